"""Surveys over the management API.

GET /api/v1/surveys         every survey: score, interval, response rate, distribution, weeks; days
GET /api/v1/surveys/{id}    one, with what people wrote, the latest first; days, before, limit
"""

from __future__ import annotations

from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from waypost.errors import Invalid, NotFound
from waypost.insight.people import answer_shown
from waypost.insight.surveys import LEAST, survey, surveys
from waypost.model import DAY
from waypost.settings import LIMITS
from waypost.store.answers import comments_on
from waypost.store.sqlite import Tx
from waypost.web.guard import runtime_of
from waypost.web.public import json_response
from waypost.web.sessions import signed_in

__all__ = ["routes"]

PERIODS = (28, 90, 365)  # days
FIRST = 10**17  # beyond every id


def _days(request: Request) -> int:
    days = _number(request, "days", 90)
    if days not in PERIODS:
        raise Invalid("days is 28, 90 or 365", code="bad_parameter")
    return days


def _number(request: Request, name: str, default: int) -> int:
    value = request.query_params.get(name, "") or str(default)
    if not value.isdecimal() or len(value) > 18 or not int(value):
        raise Invalid(f"{name} is a whole number from 1", code="bad_parameter")
    return int(value)


async def all_surveys(request: Request) -> Response:
    """Every survey that runs or was answered lately."""
    runtime, days = runtime_of(request), _days(request)
    now = runtime.clock.now()

    def job(tx: Tx) -> Any:
        return msgspec.to_builtins(surveys(tx, runtime.project_id, runtime.rules.plan, now, days))

    return json_response({"now": now, "days": days, "least": LEAST, "surveys": await runtime.store.read(job)})


async def one_survey(request: Request) -> Response:
    """One survey with a page of comments; `next` is the `before` of the page after it."""
    runtime, days = runtime_of(request), _days(request)
    rule, now = runtime.rules.plan.find(request.path_params["id"]), runtime.clock.now()
    if rule is None or rule.question is None:
        raise NotFound("there is no survey with this id that asks a question")
    before = _number(request, "before", FIRST)
    limit = min(LIMITS.answers_listed, _number(request, "limit", 50))

    def job(tx: Tx) -> dict[str, Any]:
        found = comments_on(tx, runtime.project_id, rule.id, now - days * DAY, before, limit)
        return {
            **msgspec.to_builtins(survey(tx, runtime.project_id, rule, now, days)),
            "comments_listed": [answer_shown(tx, runtime.project_id, given) for given in found],
            "next": found[-1].id if len(found) == limit else None,
        }

    return json_response({"now": now, "days": days, "least": LEAST, **await runtime.store.read(job)})


routes: list[BaseRoute] = [
    Route("/api/v1/surveys", signed_in(all_surveys), methods=["GET"]),
    Route("/api/v1/surveys/{id}", signed_in(one_survey), methods=["GET"]),
]
