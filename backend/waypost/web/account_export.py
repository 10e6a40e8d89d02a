"""GET /api/v1/accounts.csv: the portfolio as a file, under the filter and in the order of the list."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial

from starlette.requests import Request
from starlette.responses import Response

from waypost.ingest.accounts import COMPUTED, FORMULA
from waypost.model import ACCOUNT
from waypost.service.runtime import Runtime
from waypost.store.portfolio import Card, Place, Sort, Wanted, accounts_page, place_of
from waypost.store.sqlite import Tx
from waypost.web.account_rows import date_of
from waypost.web.accounts_asked import asked
from waypost.web.guard import runtime_of

__all__ = ["export_accounts"]

PAGE = 500
COLUMNS = ("id", "name", "csm", "plan", "stage", "seats", "arr", "renewal", *COMPUTED)


async def export_accounts(request: Request) -> Response:
    """What can be imported again, and beside it what Waypost found, which an import passes over."""
    runtime, (wanted, sort) = runtime_of(request), asked(request)
    text = await runtime.store.read(lambda tx: _written(_all(tx, runtime, wanted, sort)))
    headers = {"content-disposition": 'attachment; filename="accounts.csv"'}
    return Response(text.encode("utf-8-sig"), headers=headers, media_type="text/csv")


def _all(tx: Tx, runtime: Runtime, wanted: Wanted, sort: Sort) -> Iterator[Card]:
    """Page by page, in one read transaction."""
    page = partial(accounts_page, tx, runtime.project_id, wanted, sort, now=runtime.clock.now(), lang="en")
    after: Place | None = None
    while cards := page(after, PAGE):
        yield from cards
        after = place_of(cards[-1], sort)


def _written(cards: Iterator[Card]) -> str:
    """RFC 4180."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for card in cards:
        computed = {
            "health": _rounded(card.health),
            "health_band": card.band,
            "active": card.active,
            "wau": card.wau,
            "fell": _rounded(card.fell),
            "rank": _rounded(card.rank),
            "open_tasks": card.open_tasks,
            "last_active": _minute(card.last_active),
        }
        given = (card.account[len(ACCOUNT) :], card.name, card.owner, card.plan, card.stage)
        numbers = (card.seats, card.arr, date_of(card.renewal_day))
        writer.writerow([*map(_safe, given), *numbers, *(computed[name] for name in COMPUTED)])
    return out.getvalue()


def _safe(text: str) -> str:
    """What a spreadsheet would run as a formula is given an apostrophe, which an import takes off again."""
    return f"'{text}" if text.startswith(FORMULA) else text


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3)


def _minute(at: int | None) -> str:
    return "" if at is None else f"{datetime.fromtimestamp(at / 1000, UTC):%Y-%m-%dT%H:%MZ}"
