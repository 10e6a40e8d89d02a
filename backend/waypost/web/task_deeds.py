"""What people do with CSM tasks over the management API, each deed with its events in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal, TypeVar

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from waypost.errors import Invalid
from waypost.insight.why import facts_of
from waypost.model import account_key, user_key
from waypost.service.journal import record
from waypost.service.life import fault_in_words
from waypost.service.pauses import Wanted, begin, fault_in
from waypost.service.runtime import Runtime
from waypost.settings import LIMITS
from waypost.store.sqlite import Tx
from waypost.store.tasks import StoredTask, task_by_id
from waypost.success.desk import OUTCOMES, Desk
from waypost.success.messages import task_owner
from waypost.web.guard import lang_of, read_object, runtime_of
from waypost.web.public import json_response
from waypost.web.task_shown import task_asked, whole_task

__all__ = ["add_note", "assign", "finish", "open_by_hand", "reopen", "set_due", "snooze", "take"]


class _Said(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    by: str = ""


class _Opened(_Said):
    title: str
    account: str = ""
    user: str = ""
    body: str = ""
    owner: str = ""
    due_at: int | None = None
    severity: Literal["low", "medium", "high"] = "medium"


class _Rest(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A pause that begins with the taking: of the account, or of the person without one."""

    until_at: int | None = None
    until_event: str | None = None
    allow: list[str] = []
    reason: str = ""


class _Taken(_Said):
    pause: _Rest | None = None


class _Assigned(_Said):
    owner: str


class _Due(_Said):
    due_at: int | None


class _Noted(_Said):
    body: str


class _Done(_Said):
    code: str
    outcome: str = ""


class _Snoozed(_Said):
    until: int


S = TypeVar("S", bound=_Said)


async def _read(request: Request, shape: type[S]) -> S:
    """Raises Invalid for what is no such deed, or whose texts are too long."""
    try:
        said = msgspec.convert(await read_object(request), shape)
    except msgspec.ValidationError as error:
        raise Invalid(f"this cannot be read: {error}", code="bad_parameter") from error
    fault = fault_in_words(said.by, "")
    if fault:
        raise Invalid(fault, code="bad_parameter")
    for name, most in TEXTS.items():
        text = getattr(said, name, "")
        if len(text) > most:
            raise Invalid(f"{name} is a text of at most {most} characters", code="bad_parameter")
    return said


TEXTS: Mapping[str, int] = {
    "title": LIMITS.task_title_chars,
    "body": LIMITS.task_text_chars,
    "outcome": LIMITS.task_text_chars,
    "owner": LIMITS.task_owner_chars,
    "account": LIMITS.id_chars,
    "user": LIMITS.id_chars,
}


def _filled(text: str, name: str) -> str:
    if not text.strip():
        raise Invalid(f"{name} is missing", code="bad_parameter")
    return text.strip()


def _later(instant: int, now: int, name: str) -> int:
    if not now < instant < now + LIMITS.task_due_ms:
        raise Invalid(f"{name} is an instant in ms, later than now and within a year", code="bad_parameter")
    return instant


async def open_by_hand(request: Request) -> Response:
    """A person opens a task for somebody whom the project knows."""
    runtime, lang, said = runtime_of(request), lang_of(request), await _read(request, _Opened)
    if bool(said.user) == bool(said.account):
        raise Invalid("one of account and user is needed", code="bad_parameter")
    subject, now = account_key(said.account) if said.account else user_key(said.user), runtime.clock.now()
    texts = {"title": {"en": _filled(said.title, "title")}, "body": {"en": said.body.strip()}}
    due_at = None if said.due_at is None else _later(said.due_at, now, "due_at")

    def job(tx: Tx) -> dict[str, Any]:
        known = facts_of(tx, runtime.project_id, subject)
        if known is None:
            raise Invalid(f"nothing is known of {subject[2:]!r}; check the id", code="bad_parameter")
        group = known.account_at(now) if said.user else said.account
        account = account_key(group) if group else None
        owner = said.owner or task_owner(
            "account.csm", None, facts_of(tx, runtime.project_id, account) if account else None
        )
        desk = _desk(tx, runtime, said.by, now)
        task = desk.open(subject, account, "person", **texts, owner=owner, due_at=due_at, severity=said.severity)
        return _recorded(runtime, desk, task.id, lang)

    return json_response(await runtime.store.write(job))


def _desk(tx: Tx, runtime: Runtime, by: str, now: int) -> Desk:
    return Desk(tx, runtime.project_id, now, by.strip())


def _recorded(runtime: Runtime, desk: Desk, task_id: int, lang: str) -> dict[str, Any]:
    """The events of a deed go into the log with it; the task as it is then."""
    unit = runtime.unit(desk.tx)
    record(runtime, unit, desk.happened, desk.now)
    unit.save()
    task = task_by_id(desk.tx, runtime.project_id, task_id)
    assert task is not None
    return whole_task(desk.tx, runtime, task, lang)


async def _change(request: Request, by: str, deed: Callable[[Desk, StoredTask], object]) -> Response:
    runtime, lang = runtime_of(request), lang_of(request)

    def job(tx: Tx) -> dict[str, Any]:
        desk, task = _desk(tx, runtime, by, runtime.clock.now()), task_asked(tx, runtime, request)
        deed(desk, task)
        return _recorded(runtime, desk, task.id, lang)

    return json_response(await runtime.store.write(job))


async def take(request: Request) -> Response:
    """This person sees to it now; with `pause`, tips rest meanwhile."""
    runtime, said = runtime_of(request), await _read(request, _Taken)

    def deed(desk: Desk, task: StoredTask) -> None:
        desk.take(task)
        if said.pause is not None:
            asked: dict[str, Any] = msgspec.structs.asdict(said.pause)
            wanted = Wanted(subject=task.account or task.subject, author=said.by, **asked)
            fault = fault_in(wanted, runtime.rules.plan, desk.now)
            if fault is not None:
                raise Invalid("pause." + ": ".join(fault), code="bad_parameter")
            begin(desk.tx, desk.project_id, wanted, desk.now)

    return await _change(request, said.by, deed)


async def assign(request: Request) -> Response:
    """Give the task to another CSM; "" is nobody."""
    said = await _read(request, _Assigned)
    return await _change(request, said.by, lambda desk, task: desk.assign(task, said.owner.strip()))


async def set_due(request: Request) -> Response:
    """Another deadline; null is none."""
    said = await _read(request, _Due)
    due_at = None if said.due_at is None else _later(said.due_at, runtime_of(request).clock.now(), "due_at")
    return await _change(request, said.by, lambda desk, task: desk.move(task, due_at))


async def add_note(request: Request) -> Response:
    said = await _read(request, _Noted)
    body = _filled(said.body, "body")
    return await _change(request, said.by, lambda desk, task: desk.note(task, body))


async def finish(request: Request) -> Response:
    """A person closes the task, with what came of it."""
    said = await _read(request, _Done)
    if said.code not in OUTCOMES:
        raise Invalid(f"code is one of {', '.join(OUTCOMES)}", code="bad_parameter")
    return await _change(request, said.by, lambda desk, task: desk.finish(task, said.code, said.outcome.strip()))


async def snooze(request: Request) -> Response:
    """Put the task away until an instant."""
    said = await _read(request, _Snoozed)
    until = _later(said.until, runtime_of(request).clock.now(), "until")
    return await _change(request, said.by, lambda desk, task: desk.snooze(task, until))


async def reopen(request: Request) -> Response:
    said = await _read(request, _Said)
    return await _change(request, said.by, lambda desk, task: desk.reopen(task))
