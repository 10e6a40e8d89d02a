"""Checklists for accounts over the management API: begin one from a template, tick what is done. Times are ms.

GET  /api/v1/checklists?account=&state=      POST /api/v1/checklists
POST /api/v1/checklists/{id}/items/{item}
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from waypost.errors import Invalid, NotFound
from waypost.insight.people import account_name
from waypost.insight.why import facts_of
from waypost.logic.guard import meant
from waypost.model import account_key
from waypost.rules.checklists import templates
from waypost.rules.durations import parse_ms
from waypost.service.life import fault_in_words
from waypost.service.runtime import Runtime
from waypost.settings import LIMITS
from waypost.store import checklists as stored
from waypost.store.checklists import Checklist, Item
from waypost.store.sqlite import Tx
from waypost.success.messages import task_owner
from waypost.web.guard import lang_of, read_object, runtime_of
from waypost.web.public import json_response
from waypost.web.sessions import signed_in

__all__ = ["routes"]

STATES = {"open": False, "done": True}


class _Begun(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    template: str
    account: str
    owner: str = ""
    by: str = ""


class _Ticked(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    done: bool
    by: str = ""


S = TypeVar("S", _Begun, _Ticked)


async def _read(request: Request, shape: type[S]) -> S:
    try:
        said = msgspec.convert(await read_object(request), shape)
    except msgspec.ValidationError as error:
        raise Invalid(f"this cannot be read: {error}", code="bad_parameter") from error
    fault = fault_in_words(said.by, "")
    if fault:
        raise Invalid(fault, code="bad_parameter")
    return said


async def checklists(request: Request) -> Response:
    """One route, so that a wrong method is told of both."""
    return await (_begin if request.method == "POST" else _list)(request)


async def _list(request: Request) -> Response:
    """The latest begun first, and the templates that there are."""
    runtime, lang, query = runtime_of(request), lang_of(request), request.query_params
    state, account = query.get("state"), query.get("account")
    if state is not None and state not in STATES:
        raise Invalid(f"state is one of {', '.join(STATES)}", code="bad_parameter")

    def job(tx: Tx) -> list[dict[str, Any]]:
        key, done = None if account is None else account_key(account), None if state is None else STATES[state]
        found = stored.list_checklists(tx, runtime.project_id, LIMITS.checklists_listed, account=key, done=done)
        return [_shown(tx, runtime, one, lang) for one in found]

    known = templates(runtime.rules.live().checklists).values()
    return json_response(
        {
            "checklists": await runtime.store.read(job),
            "templates": [
                {"id": one["id"], "name": _in(one["name"], lang), "items": len(one["items"])} for one in known
            ],
        }
    )


def _shown(tx: Tx, runtime: Runtime, one: Checklist, lang: str) -> dict[str, Any]:
    return {
        **{name: getattr(one, name) for name in ("id", "template", "owner", "begun_at", "begun_by", "done_at")},
        "account": one.account[2:],
        "account_name": account_name(tx, runtime.project_id, one.account),
        "name": _in(one.name, lang),
        "done": sum(item.done_at is not None for item in one.items),
        "items": [{**msgspec.to_builtins(item), "text": _in(item.text, lang)} for item in one.items],
    }


def _in(texts: Mapping[str, str], lang: str) -> str:
    return texts.get(lang) or texts.get("en") or next(iter(texts.values()), "")


async def _begin(request: Request) -> Response:
    """The words are copied: an edited template changes nothing that was begun."""
    runtime, lang, said = runtime_of(request), lang_of(request), await _read(request, _Begun)
    known = templates(runtime.rules.live().checklists)
    template = known.get(said.template)
    if template is None:
        hint = meant(said.template, known)
        raise Invalid(f"there is no checklist {said.template!r} in checklists/{hint}", code="bad_parameter")
    if len(said.owner) > LIMITS.task_owner_chars:
        raise Invalid(f"owner is a text of at most {LIMITS.task_owner_chars} characters", code="bad_parameter")
    account, now = account_key(said.account), runtime.clock.now()
    items = [
        Item(id=item["id"], text=item["text"], due_at=now + parse_ms(item["due"]) if "due" in item else None)
        for item in template["items"]
    ]

    def job(tx: Tx) -> dict[str, Any]:
        facts = facts_of(tx, runtime.project_id, account)
        if facts is None:
            raise Invalid(f"nothing is known of {said.account!r}; check the id", code="bad_parameter")
        owner = said.owner.strip() or task_owner("account.csm", None, facts)
        made = stored.add_checklist(
            tx, runtime.project_id, template["id"], account, owner, template["name"], items, now, said.by.strip()
        )
        return _shown(tx, runtime, _known(tx, runtime, made), lang)

    return json_response(await runtime.store.write(job))


def _known(tx: Tx, runtime: Runtime, checklist_id: int) -> Checklist:
    found = stored.checklist_by_id(tx, runtime.project_id, checklist_id) if checklist_id < 1 << 63 else None
    if found is None:
        raise NotFound("there is no such checklist")
    return found


async def tick(request: Request) -> Response:
    """Tick an item, or take the tick away. A ticked one keeps who did it first: two people may click."""
    runtime, lang, said = runtime_of(request), lang_of(request), await _read(request, _Ticked)
    wanted, now = request.path_params["item"], runtime.clock.now()

    def ticked(item: Item) -> Item:
        if item.id != wanted or said.done is (item.done_at is not None):
            return item
        done_at, by = (now, said.by.strip()) if said.done else (None, "")
        return msgspec.structs.replace(item, done_at=done_at, done_by=by)

    def job(tx: Tx) -> dict[str, Any]:
        one = _known(tx, runtime, request.path_params["id"])
        if all(item.id != wanted for item in one.items):
            raise NotFound("there is no such item")
        items = [ticked(item) for item in one.items]
        if items != one.items:
            done_at = now if all(item.done_at is not None for item in items) else None
            stored.save_items(tx, runtime.project_id, one.id, items, done_at)
        return _shown(tx, runtime, _known(tx, runtime, one.id), lang)

    return json_response(await runtime.store.write(job))


routes: list[BaseRoute] = [
    Route("/api/v1/checklists", signed_in(checklists), methods=["GET", "POST"]),
    Route("/api/v1/checklists/{id:int}/items/{item}", signed_in(tick), methods=["POST"]),
]
