"""The portfolio over the management API: its accounts page by page, and what it stands at as a whole."""

from __future__ import annotations

from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from waypost.model import ACCOUNT, account_key
from waypost.service.runtime import Runtime
from waypost.store.portfolio import (
    Place,
    Sort,
    Wanted,
    accounts_page,
    count_accounts,
    counts,
    place_of,
)
from waypost.store.sqlite import Tx
from waypost.web.account import account, account_people, add_note
from waypost.web.account_export import export_accounts
from waypost.web.account_file import import_file
from waypost.web.account_rows import account_rows, stage_names
from waypost.web.account_timeline import account_timeline
from waypost.web.accounts_asked import asked
from waypost.web.asked import bad_parameter, lang_of, text, whole
from waypost.web.guard import runtime_of
from waypost.web.journey import journey, today
from waypost.web.public import json_response
from waypost.web.sessions import signed_in
from waypost.web.standing import portfolio
from waypost.web.zones import zone_people, zones

__all__ = ["first_page", "routes"]

MOST, USUAL = 200, 50  # accounts in one answer
EVERYBODY = Wanted()
_place = msgspec.json.Decoder(tuple[float | str | None, str])


async def accounts(request: Request) -> Response:
    """One page under a sort and a filter, with the owners and stages that there are."""
    runtime, lang = runtime_of(request), lang_of(request)
    wanted, sort = asked(request)
    after, limit = _after(request, sort), whole(request, "limit", USUAL, MOST)
    now = runtime.clock.now()
    found = await runtime.store.read(lambda tx: first_page(tx, runtime, wanted, sort, after, limit, now, lang))
    return json_response(found)


def first_page(
    tx: Tx, runtime: Runtime, wanted: Wanted, sort: Sort, after: Place | None, limit: int, now: int, lang: str
) -> dict[str, Any]:
    """The answer: the rows in one query along an index, and two small ones beside it."""
    cards = accounts_page(tx, runtime.project_id, wanted, sort, after, limit, now, lang)
    owners, stages = counts(tx, runtime.project_id)
    model = runtime.rules.plan.customers
    names, csms = stage_names(model, lang), runtime.rules.plan.csms

    def name_of(owner: str) -> str:
        return (owner in csms and csms[owner].name) or owner

    return {
        "now": now,
        "total": sum(owners.values()) if wanted == EVERYBODY else count_accounts(tx, runtime.project_id, wanted),
        "next": _next(place_of(cards[-1], sort)) if len(cards) == limit else None,
        "owners": [{"id": owner, "name": name_of(owner), "accounts": number} for owner, number in owners.items()],
        "stages": [{"id": stage, "name": names.get(stage, stage)} for stage in {**names, **stages} if stage],
        "accounts": account_rows(cards, model, lang),
    }


def _after(request: Request, sort: Sort) -> Place | None:
    """Where the last page ended, as it was told there."""
    given = text(request, "after", 1_000)
    if not given:
        return None
    try:
        value, account = _place.decode(given)
    except msgspec.DecodeError:
        raise bad_parameter("after", 'take it from "next" of the page before') from None
    if (value is None and not sort.may_lack) or (
        value is not None and isinstance(value, str) != (sort.column == "sought")
    ):
        raise bad_parameter("after", "this is the place of a page under another sort")
    return Place(value, account_key(account))


def _next(place: Place) -> str:
    return msgspec.json.encode([place.value, place.account[len(ACCOUNT) :]]).decode()


routes: list[BaseRoute] = [
    Route("/api/v1/accounts", signed_in(accounts), methods=["GET"]),
    Route("/api/v1/accounts.csv", signed_in(export_accounts), methods=["GET"]),
    Route("/api/v1/accounts/import", signed_in(import_file), methods=["POST"]),
    Route("/api/v1/accounts/{id:path}/people", signed_in(account_people), methods=["GET"]),
    Route("/api/v1/accounts/{id:path}/timeline", signed_in(account_timeline), methods=["GET"]),
    Route("/api/v1/accounts/{id:path}/notes", signed_in(add_note), methods=["POST"]),
    Route("/api/v1/accounts/{id:path}", signed_in(account), methods=["GET"]),
    Route("/api/v1/portfolio", signed_in(portfolio), methods=["GET"]),
    Route("/api/v1/zones", signed_in(zones), methods=["GET"]),
    Route("/api/v1/zones/people", signed_in(zone_people), methods=["GET"]),
    Route("/api/v1/journey", signed_in(journey), methods=["GET"]),
    Route("/api/v1/today", signed_in(today), methods=["GET"]),
]
