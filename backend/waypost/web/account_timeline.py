"""GET /api/v1/accounts/{id}/timeline: the life of an account, newest day first."""

from __future__ import annotations

from datetime import date
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from waypost.facts.days import local_day, zone
from waypost.insight.timeline import Account, timeline
from waypost.insight.why import facts_of
from waypost.store.sqlite import Tx
from waypost.web.account import found_account
from waypost.web.account_rows import EPOCH, date_of, stage_names
from waypost.web.asked import bad_parameter, lang_of, text, whole
from waypost.web.guard import runtime_of
from waypost.web.public import json_response

__all__ = ["account_timeline"]

MOST, USUAL = 60, 14  # days in one answer


async def account_timeline(request: Request) -> Response:
    """`before`: a day as 2027-01-31, from "next" of the page before."""
    runtime, lang = runtime_of(request), lang_of(request)
    before, limit = _day(text(request, "before", 10)), whole(request, "limit", USUAL, MOST)
    now = runtime.clock.now()

    def job(tx: Tx) -> dict[str, Any]:
        row = found_account(tx, runtime, request)
        facts = facts_of(tx, runtime.project_id, row.account)
        here = zone(str((facts and facts.trait("tz")) or runtime.settings.timezone), runtime.settings.timezone)
        plan = runtime.rules.plan
        whose = Account(row.account, here, plan, stage_names(plan.customers, lang), lang)
        until = local_day(now, here) + 1 if before is None else before
        days, following = timeline(tx, runtime.project_id, whose, until, limit, now)
        told = [{"day": date_of(day), "items": [msgspec.to_builtins(item) for item in items]} for day, items in days]
        return {"days": told, "next": date_of(following)}

    return json_response(await runtime.store.read(job))


def _day(written: str) -> int | None:
    if not written:
        return None
    try:
        return date.fromisoformat(written).toordinal() - EPOCH
    except ValueError:
        raise bad_parameter("before", "a day, written as 2027-01-31") from None
