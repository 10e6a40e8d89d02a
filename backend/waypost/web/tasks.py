"""CSM tasks over the management API: the inbox, one task with all that it takes to call, and what is done with it.

Times are ms. Who acts says so as `by`: the console has one password for all.

GET  /api/v1/tasks?state=&owner=&account=&rule=&overdue=1&after=&limit=
POST /api/v1/tasks                  a task by hand
GET  /api/v1/tasks/times            time to react and to resolve
GET  /api/v1/tasks/{id}             POST /api/v1/tasks/{id}/take · /assign · /due · /notes · /done · /snooze · /reopen
"""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from waypost.errors import Invalid
from waypost.insight.reaction import times_by, times_of
from waypost.model import DAY, account_key
from waypost.settings import LIMITS
from waypost.store import tasks
from waypost.store.sqlite import Tx
from waypost.web.guard import lang_of, number_of, runtime_of
from waypost.web.public import json_response
from waypost.web.sessions import signed_in
from waypost.web.task_deeds import add_note, assign, finish, open_by_hand, reopen, set_due, snooze, take
from waypost.web.task_shown import task_asked, task_row, whole_task

__all__ = ["routes"]

STATES = {"open": ("open",), "snoozed": ("snoozed",), "done": tasks.DONE}
PERIOD = 28  # days of the times, when not asked for others
LONGEST = 366


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
            "tasks": [task_row(tx, runtime, task, lang, now) for task in found],
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


async def one_task(request: Request) -> Response:
    """All that it takes to call."""
    runtime, lang = runtime_of(request), lang_of(request)

    def job(tx: Tx) -> dict[str, Any]:
        return whole_task(tx, runtime, task_asked(tx, runtime, request), lang)

    return json_response(await runtime.store.read(job))


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
