"""The reports of the console.

GET /api/reports                  every number of the page
GET /api/reports/{name}/people    who is behind one of them: number, of, after, limit
"""

from __future__ import annotations

import asyncio
from threading import Lock
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from waypost.engine.labels import label
from waypost.errors import Invalid, NotFound
from waypost.facts.days import local_day, zone
from waypost.insight.people import account_name, person
from waypost.insight.reports.page import REPORTS, Reports, reports
from waypost.model import account_key
from waypost.service.runtime import Runtime
from waypost.store.events import latest
from waypost.store.sqlite import Tx
from waypost.web.guard import runtime_of
from waypost.web.public import json_response

__all__ = ["PAGE", "KeptReports", "all_reports", "report_people"]

PAGE = 200  # people in one answer, at most


class KeptReports:
    """The latest reports, made anew when an event, the day or the rules changed. Who comes meanwhile waits for them.

    The people behind a number are those of the reports as they were shown: new events alone do not make them anew.
    """

    def __init__(self) -> None:
        self.made = 0  # how often they were made
        self._lock = Lock()
        self._key: tuple[object, ...] = ()
        self._found = Reports({})

    def read(self, runtime: Runtime, *, shown: bool) -> Reports:
        """Blocking: reads the log in one read transaction. Call it in a thread. `shown`: new events do not matter."""
        with self._lock:
            return runtime.store.read_now(lambda tx: self._read(tx, runtime, shown))

    def _read(self, tx: Tx, runtime: Runtime, shown: bool) -> Reports:
        now = runtime.clock.now()
        today = local_day(now, zone(runtime.settings.timezone))
        key = (runtime.project_id, today, runtime.rules.loaded_at, latest(tx, runtime.project_id))
        if key[: 3 if shown else 4] != self._key[: 3 if shown else 4]:
            self._found = reports(tx, runtime.project_id, runtime.rules.plan, now, today)
            self._key, self.made = key, self.made + 1
        return self._found


async def _kept(request: Request, *, shown: bool = False) -> Reports:
    kept: KeptReports = request.app.state.reports
    return await asyncio.to_thread(kept.read, runtime_of(request), shown=shown)


async def all_reports(request: Request) -> Response:
    """Every number; `words` names the codes of what held tips back."""
    lang = "ru" if request.query_params.get("lang", "").startswith("ru") else "en"
    numbers = (await _kept(request)).numbers
    codes = {code for tip in numbers["funnel"] for code, _ in tip["held"]}
    return json_response({**numbers, "words": {code: label(code, lang) for code in sorted(codes)}})


async def report_people(request: Request) -> Response:
    """The people behind one number, in the order of their ids, with how many there are in all."""
    runtime, query, name = runtime_of(request), request.query_params, request.path_params["name"]
    if name not in REPORTS:
        raise NotFound("there is no such report")
    given = query.get("limit", "") or "50"
    if not given.isdecimal() or int(given[:9]) < 1:
        raise Invalid("limit is a whole number from 1", code="bad_parameter")
    limit = min(PAGE, int(given[:9]))
    found = (await _kept(request, shown=True)).people(
        name, query.get("of", ""), query.get("number", ""), query.get("after", ""), limit
    )
    if found is None:
        raise NotFound("there is no such number in this report")
    subjects, total = found

    def job(tx: Tx) -> list[dict[str, Any]]:
        return [_person(tx, runtime, subject) for subject in subjects]

    listed = await runtime.store.read(job)
    after = subjects[-1] if len(subjects) == limit else None
    return json_response({"people": listed, "next": after, "total": total})


def _person(tx: Tx, runtime: Runtime, subject: str) -> dict[str, Any]:
    found = person(tx, runtime.project_id, subject)
    account = account_key(found["account"]) if found["account"] else None
    return {**found, "account_name": account_name(tx, runtime.project_id, account)}
