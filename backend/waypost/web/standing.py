"""What a portfolio stands at as a whole: bands, revenue at risk, retention, active people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from waypost.facts.days import local_day, monday, zone
from waypost.service.runtime import Runtime
from waypost.settings import LIMITS
from waypost.store.portfolio import Stands, all_stand, first_week, stood
from waypost.store.sqlite import Tx
from waypost.success.revenue import Standing, red_arr, renewing_at_risk, retention, revenue_at_risk
from waypost.web.account_rows import BANDS, date_of
from waypost.web.asked import text
from waypost.web.guard import runtime_of
from waypost.web.public import json_response

__all__ = ["portfolio"]

YEAR_WEEKS, LEAST_WEEKS = 52, 4  # retention looks a year back, and says nothing over less than four weeks
QUARTER_WEEKS = 13  # over which leaving is counted


async def portfolio(request: Request) -> Response:
    """Sums over all accounts, or those of an owner. Sums of revenue are null where no account's revenue is known."""
    runtime, owner = runtime_of(request), text(request, "owner", LIMITS.id_chars)
    return json_response(await runtime.store.read(lambda tx: _sums(tx, runtime, owner)))


def _sums(tx: Tx, runtime: Runtime, owner: str) -> dict[str, Any]:
    now = runtime.clock.now()
    everybody = all_stand(tx, runtime.project_id, owner)
    rows = [row for row in everybody if not row.churned]
    accounts = [Standing(row.arr, row.health, row.band, row.days_to_renewal) for row in rows]
    bands = Counter(row.band or "none" for row in rows)
    known = any(row.arr is not None for row in rows)
    past = _past(tx, runtime, everybody, now)
    number, renewing = renewing_at_risk(accounts)
    return {
        "now": now,
        "accounts": len(rows),
        "bands": {band: bands[band] for band in (*BANDS, "none")},
        "arr": {
            "total": sum(row.arr or 0.0 for row in rows) if known else None,
            "red": red_arr(accounts) if known else None,
            "at_risk": {"value": revenue_at_risk(accounts, past), "how": "prior"} if known else None,
            "renewing_at_risk": {"accounts": number, "arr": renewing},
        },
        **_retained(tx, runtime, {row.account: 0.0 if row.churned else row.arr or 0.0 for row in everybody}, now),
        "wau": {"now": sum(row.wau for row in rows), "before": sum(row.wau_before for row in rows)},
    }


def _past(tx: Tx, runtime: Runtime, rows: Sequence[Stands], now: int) -> list[tuple[str, bool]]:
    """(band at the end of a week a quarter ago, whether it left since) of every account that there was then."""
    then = stood(tx, runtime.project_id, monday(_today(runtime, now)) - 7 * QUARTER_WEEKS)
    return [(then[row.account][1], row.churned) for row in rows if row.account in then]


def _today(runtime: Runtime, now: int) -> int:
    return local_day(now, zone(runtime.settings.timezone))


def _retained(tx: Tx, runtime: Runtime, arr: dict[str, float], now: int) -> dict[str, Any]:
    """NRR and GRR against the end of the week a year ago, or of the first that is known."""
    today = _today(runtime, now)
    this = monday(today)
    week = first_week(tx, runtime.project_id, this - 7 * YEAR_WEEKS)
    if week is None or week > this - 7 * LEAST_WEEKS:
        return {"nrr": None, "grr": None}
    then = {
        account: known or 0.0 for account, (known, _) in stood(tx, runtime.project_id, week).items() if account in arr
    }
    found = retention(then, arr)
    if found is None:
        return {"nrr": None, "grr": None}
    span = {"from": date_of(week + 6), "to": date_of(today), "accounts": found.accounts}
    return {"nrr": {"value": found.nrr, **span}, "grr": {"value": found.grr, **span}}
