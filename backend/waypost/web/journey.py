"""Where customers stand in their life, and what a CSM begins a day with."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from statistics import median
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from waypost.facts.days import local_day, monday, next_midnight, zone
from waypost.insight.people import account_name, person
from waypost.model import ACCOUNT, DAY
from waypost.service.runtime import Runtime
from waypost.settings import LIMITS
from waypost.store.answers import said_in_stage
from waypost.store.journey import Moved, Stay, moved, stays
from waypost.store.notes import latest_notes
from waypost.store.portfolio import LAST, NOBODY, SORTS, Place, Wanted, accounts_page, counts_of_bands
from waypost.store.sqlite import Tx
from waypost.store.tasks import StoredTask, count_open, due_tasks
from waypost.store.zones import ZonesWanted, ranked_zones
from waypost.success.health import FAR, Health
from waypost.success.health_words import explain_change
from waypost.success.portfolio import Body
from waypost.web.account_rows import BANDS, account_rows, feature_names, in_words, stage_names
from waypost.web.asked import lang_of, text
from waypost.web.guard import runtime_of
from waypost.web.public import json_response
from waypost.web.zones import zone_shown

__all__ = ["journey", "today"]

STUCK, STUCK_DAYS = 10, 14  # accounts told of a stage, and the least days that are called stuck
QUOTES, QUOTES_LOOKED = 3, 2_000  # of a stage; the latest notes and answers that they are taken from
FIRST, RENEWALS, CHANGES, ZONES, TASKS = 10, 20, 10, 3, 50
RENEWAL_DAYS = 30
_body, _health = msgspec.json.Decoder(Body), msgspec.json.Decoder(Health)


async def journey(request: Request) -> Response:
    """Stage by stage: how many accounts and how much revenue, for how long, who is stuck, what was written there."""
    runtime, lang, owner = runtime_of(request), lang_of(request), text(request, "owner", LIMITS.id_chars)
    return json_response(await runtime.store.read(lambda tx: _journey(tx, runtime, owner, lang)))


def _journey(tx: Tx, runtime: Runtime, owner: str, lang: str) -> dict[str, Any]:
    now, names = runtime.clock.now(), stage_names(runtime.rules.plan.customers, lang)
    by_stage: dict[str, list[Stay]] = {stage: [] for stage in names}
    for stay in stays(tx, runtime.project_id, owner):
        by_stage.setdefault(stay.stage, []).append(stay)
    told = []
    for stage, found in by_stage.items():
        words = _words(tx, runtime.project_id, owner, stage)
        told.append({"id": stage, "name": names.get(stage, stage), **_stage(found, now), "words": words})
    return {"now": now, "stages": told}


def _words(tx: Tx, project_id: int, owner: str, stage: str) -> list[dict[str, Any]]:
    """What people of these accounts answered, and what CSMs noted, the latest first."""
    notes = latest_notes(tx, project_id, owner, stage, QUOTES, QUOTES_LOOKED)
    said = [(n.at, "note", n.author, n.account, n.body) for n in notes]
    for subject, account, at, comment in said_in_stage(tx, project_id, owner, stage, QUOTES, QUOTES_LOOKED):
        who = person(tx, project_id, subject)
        said.append((at, "survey", who["name"] or who["user_id"] or "", account, comment))
    return [
        {"quote": quote, "who": who, "account": account[len(ACCOUNT) :], "at": at, "kind": kind}
        for at, kind, who, account, quote in sorted(said, reverse=True)[:QUOTES]
    ]


def _stage(found: Sequence[Stay], now: int) -> dict[str, Any]:
    """`stuck`: in it for more than twice the median, and for two weeks at least; the longest first."""
    days = {stay: (now - stay.since) // DAY for stay in found if stay.since is not None}
    middle = median(days.values()) if days else None
    least = max(2 * (middle or 0), STUCK_DAYS)
    stuck = sorted((stay for stay in days if days[stay] > least), key=lambda stay: (-days[stay], stay.account))
    revenue = [stay.arr for stay in found if stay.arr is not None]
    return {
        "accounts": len(found),
        "arr": sum(revenue) if revenue else None,
        "median_days": middle,
        "stuck": [
            {"id": stay.account[len(ACCOUNT) :], "name": stay.name, "days": days[stay]} for stay in stuck[:STUCK]
        ],
    }


async def today(request: Request) -> Response:
    """Whom to call first and why, tasks that are due, renewals near, whose health moved this week, zones of low activity."""
    runtime, lang, owner = runtime_of(request), lang_of(request), text(request, "owner", LIMITS.id_chars)
    return json_response(await runtime.store.read(lambda tx: _today(tx, runtime, owner, lang)))


def _today(tx: Tx, runtime: Runtime, owner: str, lang: str) -> dict[str, Any]:
    project_id, now, here = runtime.project_id, runtime.clock.now(), zone(runtime.settings.timezone)
    day, midnight = local_day(now, here), next_midnight(now, here)
    mine = "" if owner == NOBODY else owner
    page = partial(accounts_page, tx, project_id, Wanted(owner), now=now, lang=lang)
    first = [card for card in page(SORTS["rank"], None, FIRST) if card.rank > 0]
    soon = page(SORTS["renewal"], Place(day - 1, LAST), RENEWALS)
    soon = [card for card in soon if card.renewal_day is not None and card.renewal_day <= day + RENEWAL_DAYS]
    due = due_tasks(tx, project_id, midnight, mine if owner else None, TASKS)
    zones = ranked_zones(tx, project_id, ZonesWanted(owner), None, ZONES)
    model = runtime.rules.plan.customers
    features = feature_names(model, lang)
    bands = counts_of_bands(tx, project_id, owner)
    return {
        "now": now,
        "first": account_rows(first, model, lang),
        "tasks": {
            "overdue": [_task(tx, project_id, task, lang) for task in due if (task.due_at or 0) <= now],
            "today": [_task(tx, project_id, task, lang) for task in due if (task.due_at or 0) > now],
        },
        "renewals": account_rows(soon, model, lang),
        "changes": [_change(one, lang) for one in moved(tx, project_id, owner, monday(day) - 7, FAR, CHANGES)],
        "zones": [zone_shown(one, features, lang) for one in zones],
        "counts": {
            "accounts": sum(bands.values()),
            **{band or "none": bands.get(band, 0) for band in (*BANDS, "")},
            "open_tasks": count_open(tx, project_id, mine if owner else None),
        },
    }


def _task(tx: Tx, project_id: int, task: StoredTask, lang: str) -> dict[str, Any]:
    return {
        **{name: getattr(task, name) for name in ("id", "severity", "owner", "state", "opened_at", "due_at")},
        "title": in_words(task.title, lang, task.rule_id),
        "account": task.account[len(ACCOUNT) :] if task.account else None,
        "account_name": account_name(tx, project_id, task.account),
    }


def _change(one: Moved, lang: str) -> dict[str, Any]:
    words = explain_change(_health.decode(one.week_body), _body.decode(one.body).health, lang)
    return {
        "account": one.account[len(ACCOUNT) :],
        "name": one.name,
        "from": one.before,
        "to": one.after,
        "words": words,
    }
