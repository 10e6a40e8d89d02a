"""GET /api/v1/explain: why somebody did or did not see a tip at an instant, whole. GET /api/people: who is known."""

from __future__ import annotations

from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from waypost.engine.trace import Trace
from waypost.errors import Invalid
from waypost.insight.explained import Changes, changes
from waypost.insight.people import account_name, person
from waypost.insight.search import people_like
from waypost.insight.why import Why, facts_of, subject_named, why
from waypost.model import account_key
from waypost.service.past import trace_at
from waypost.service.runtime import Runtime
from waypost.settings import LIMITS
from waypost.store.sqlite import Tx
from waypost.web.guard import runtime_of
from waypost.web.public import json_response

__all__ = ["explain_route", "explained", "people_route"]

INSTANT_DIGITS = 15


def explained(
    runtime: Runtime, tx: Tx, subject: str, tip: str, at: int, lang: str
) -> tuple[Why, Changes, list[Trace]]:
    """The decision in force, what would have to change, and how the rule came out; no trace of a tip that is not live."""
    plan, timezone = runtime.rules.plan, runtime.settings.timezone
    found = why(tx, runtime.project_id, plan, subject, tip, at, lang, timezone)
    trace = trace_at(runtime, tx, subject, tip, at, lang) if tip in plan.rules else []
    return found, changes(tx, runtime.project_id, found, trace, lang, timezone), trace


async def explain_route(request: Request) -> Response:
    """user, tip, at (ms; now when left out), lang."""
    runtime, query = runtime_of(request), request.query_params
    user, tip, lang = (
        query.get("user", ""),
        query.get("tip", ""),
        "ru" if query.get("lang", "").startswith("ru") else "en",
    )
    if not user or not tip:
        raise Invalid("user and tip are needed", code="bad_parameter")
    subject, at = subject_named(user), _instant(query.get("at", ""), runtime.clock.now())

    def job(tx: Tx) -> dict[str, Any]:
        found, change, trace = explained(runtime, tx, subject, tip, at, lang)
        who = person(tx, runtime.project_id, subject)
        account = account_key(who["account"]) if who["account"] else None
        return {
            **msgspec.to_builtins(found),
            "user": user,
            "known": facts_of(tx, runtime.project_id, subject) is not None,
            "name": who["name"],
            "account": who["account"],
            "account_name": account_name(tx, runtime.project_id, account),
            "change": change.words,
            "writers": [msgspec.to_builtins(writer) for writer in change.writers],
            "trace": [_part(part) for part in trace],
        }

    return json_response(await runtime.store.read(job))


def _instant(text: str, now: int) -> int:
    if not text:
        return now
    if not text.isdecimal() or len(text) > INSTANT_DIGITS:
        raise Invalid("at is not an instant in ms", code="bad_parameter")
    return int(text)


def _part(part: Trace) -> dict[str, Any]:
    return {
        "part": part.part,
        "value": part.value,
        "known": part.known,
        "numbers": part.numbers,
        "events": [{"at": event.t, "name": event.name, "props": event.props} for event in part.events],
        "outside": part.outside,
        "compares": part.compares,
        "parts": [_part(inner) for inner in part.parts],
    }


async def people_route(request: Request) -> Response:
    """Who is known by an id or a name like `q`, at most ten: for a field that completes as one types."""
    runtime, typed = runtime_of(request), request.query_params.get("q", "")
    if len(typed) > LIMITS.id_chars:
        raise Invalid(f"q has at most {LIMITS.id_chars} characters", code="bad_parameter")
    found = await runtime.store.read(lambda tx: people_like(tx, runtime.project_id, typed))
    return json_response({"people": found})
