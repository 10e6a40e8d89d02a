"""CSM tasks over the management API: the inbox, one task with all that it takes to call, and what is done with it.

Times are ms. Who acts says so as `by`: the console has one password for all.

GET  /api/v1/tasks?state=&owner=&account=&rule=&overdue=1&after=&limit=
POST /api/v1/tasks                  a task by hand
GET  /api/v1/tasks/times            time to react and to resolve
GET  /api/v1/tasks/{id}             POST /api/v1/tasks/{id}/take · /assign · /due · /notes · /done · /snooze · /reopen
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal, TypeVar

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from waypost.errors import Invalid, NotFound
from waypost.insight.people import account_name
from waypost.insight.reaction import times_by, times_of
from waypost.insight.task_view import task_view
from waypost.insight.why import facts_of
from waypost.model import DAY, account_key, user_key
from waypost.rules.words import trigger_words
from waypost.service.journal import record
from waypost.service.life import fault_in_words
from waypost.service.pauses import Wanted, begin, fault_in
from waypost.service.runtime import Runtime
from waypost.settings import LIMITS
from waypost.store import tasks
from waypost.store.outbox import message_state
from waypost.store.pauses import pauses_running
from waypost.store.sqlite import Tx
from waypost.store.tasks import StoredTask
from waypost.success.desk import OUTCOMES, Desk
from waypost.success.messages import message_id, task_owner
from waypost.web.guard import lang_of, number_of, read_object, runtime_of
from waypost.web.pauses import pause_shown
from waypost.web.public import json_response
from waypost.web.sessions import signed_in

__all__ = ["routes"]

STATES = {"open": ("open",), "snoozed": ("snoozed",), "done": tasks.DONE}
PERIOD = 28  # days of the times, when not asked for others
LONGEST = 366


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


# -- the inbox


async def inbox(request: Request) -> Response:
    """One route, so that a wrong method is told of both."""
    return await (open_by_hand if request.method == "POST" else list_tasks)(request)


async def list_tasks(request: Request) -> Response:
    """A page of the inbox: by deadline, those put off by the day they come back, those done by when."""
    runtime, lang, query = runtime_of(request), lang_of(request), request.query_params
    state, now = query.get("state", "open"), runtime.clock.now()
    if state not in STATES:
        raise Invalid(f"state is one of {', '.join(STATES)}", code="bad_parameter")
    limit = min(LIMITS.tasks_page, number_of(request, "limit", LIMITS.tasks_page))
    if not limit:
        raise Invalid("limit is at least 1", code="bad_parameter")
    after = _place(query.get("after", ""))
    account = query.get("account")

    def job(tx: Tx) -> dict[str, Any]:
        found = tasks.list_tasks(
            tx,
            runtime.project_id,
            STATES[state],
            limit,
            owner=query.get("owner"),
            account=None if account is None else account_key(account),
            rule=query.get("rule"),
            overdue_at=now if query.get("overdue") else None,
            after=after,
        )
        return {
            "now": now,
            "counts": tasks.count_tasks(tx, runtime.project_id),
            "tasks": [_row(tx, runtime, task, lang, now) for task in found],
            "next": "{}.{}".format(*found[-1].place) if len(found) == limit else None,
        }

    return json_response(await runtime.store.read(job))


def _place(text: str) -> tuple[int, int] | None:
    if not text:
        return None
    place, _, task_id = text.partition(".")
    if not (place.removeprefix("-").isdecimal() and task_id.isdecimal() and text.isascii() and len(text) <= 40):
        raise Invalid("after is what the page before gave as next", code="bad_parameter")
    if abs(int(place)) >= 1 << 62 or int(task_id) >= 1 << 62:
        raise Invalid("after is what the page before gave as next", code="bad_parameter")
    return int(place), int(task_id)


def _row(tx: Tx, runtime: Runtime, task: StoredTask, lang: str, now: int) -> dict[str, Any]:
    facts = facts_of(tx, runtime.project_id, task.subject)
    running = pauses_running(tx, runtime.project_id, task.subject, task.account, now)
    plain = (
        "id", "subject", "severity", "owner", "state", "opened_at", "noticed_at", "due_at", "snoozed_until", "closed_at",
        "closed_by", "outcome", "outcome_code", "opened_by", "taken_at", "taken_by",
    )  # fmt: skip
    return {
        **{name: getattr(task, name) for name in plain},
        "rule": task.rule_id,
        "account": task.account[2:] if task.account else None,
        "account_name": account_name(tx, runtime.project_id, task.account),
        "title": _in(task.title, lang),
        "body": _in(task.body, lang),
        "last_active_at": facts.last_active if facts else None,
        "pauses": [pause_shown(tx, runtime.project_id, pause, now) for pause in running],
    }


def _in(texts: Mapping[str, str], lang: str) -> str:
    return texts.get(lang) or texts.get("en") or next(iter(texts.values()), "")


# -- one task


async def one_task(request: Request) -> Response:
    """All that it takes to call."""
    runtime, lang = runtime_of(request), lang_of(request)

    def job(tx: Tx) -> dict[str, Any]:
        return _whole(tx, runtime, _task(tx, runtime, request), lang)

    return json_response(await runtime.store.read(job))


def _task(tx: Tx, runtime: Runtime, request: Request) -> StoredTask:
    task_id = request.path_params["id"]
    task = tasks.task_by_id(tx, runtime.project_id, task_id) if task_id < 1 << 63 else None
    if task is None:
        raise NotFound("there is no such task")
    return task


def _whole(tx: Tx, runtime: Runtime, task: StoredTask, lang: str) -> dict[str, Any]:
    plan, now = runtime.rules.plan, runtime.clock.now()
    rule = plan.find(task.rule_id)
    state, attempts, last_error = message_state(
        tx, runtime.project_id, message_id(task.id, "opened" if task.active else "closed")
    )
    view = task_view(tx, runtime.project_id, plan, task, now, runtime.settings.timezone)
    return {
        **_row(tx, runtime, task, lang, now),
        **view,
        "before": [{**one, "title": _in(one["title"], lang)} for one in view["before"]],
        "words": [trigger_words(rule, lang)] if rule else [],
        "context": task.context,
        "webhook": {"state": state, "attempts": attempts, "last_error": last_error},
    }


# -- what is done with it


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
    return Desk(tx, runtime.project_id, now, by.strip(), bool(runtime.settings.webhook_url))


def _recorded(runtime: Runtime, desk: Desk, task_id: int, lang: str) -> dict[str, Any]:
    """The events of a deed go into the log with it; the task as it is then."""
    unit = runtime.unit(desk.tx)
    record(runtime, unit, desk.happened, desk.now)
    unit.save()
    task = tasks.task_by_id(desk.tx, runtime.project_id, task_id)
    assert task is not None
    return _whole(desk.tx, runtime, task, lang)


async def _change(request: Request, by: str, deed: Callable[[Desk, StoredTask], object]) -> Response:
    runtime, lang = runtime_of(request), lang_of(request)

    def job(tx: Tx) -> dict[str, Any]:
        desk, task = _desk(tx, runtime, by, runtime.clock.now()), _task(tx, runtime, request)
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


async def times(request: Request) -> Response:
    """Time to react and time to resolve of the tasks that were opened in the last days."""
    runtime, days = runtime_of(request), number_of(request, "days", PERIOD)
    if not 1 <= days <= LONGEST:
        raise Invalid(f"days is 1 to {LONGEST}", code="bad_parameter")
    now = runtime.clock.now()
    since = now - days * DAY
    found = await runtime.store.read(lambda tx: tasks.spells(tx, runtime.project_id, since, now + 1))
    return json_response(
        {
            "since": since,
            "until": now,
            "all": times_of(found, now),
            "owners": times_by(found, lambda one: one.owner, now),
            "rules": times_by(found, lambda one: one.rule_id, now),
        }
    )


routes: list[BaseRoute] = [
    Route("/api/v1/tasks", signed_in(inbox), methods=["GET", "POST"]),
    Route("/api/v1/tasks/times", signed_in(times), methods=["GET"]),
    Route("/api/v1/tasks/{id:int}", signed_in(one_task), methods=["GET"]),
    Route("/api/v1/tasks/{id:int}/take", signed_in(take), methods=["POST"]),
    Route("/api/v1/tasks/{id:int}/assign", signed_in(assign), methods=["POST"]),
    Route("/api/v1/tasks/{id:int}/due", signed_in(set_due), methods=["POST"]),
    Route("/api/v1/tasks/{id:int}/notes", signed_in(add_note), methods=["POST"]),
    Route("/api/v1/tasks/{id:int}/done", signed_in(finish), methods=["POST"]),
    Route("/api/v1/tasks/{id:int}/snooze", signed_in(snooze), methods=["POST"]),
    Route("/api/v1/tasks/{id:int}/reopen", signed_in(reopen), methods=["POST"]),
]
