"""The management API of the console. Every route needs a session; each answers problem+json when it fails.

GET  /api/me                        POST /api/login · /api/logout
GET  /api/tips                      GET  /api/tips/{id} · /api/tips/{id}/people · /api/tips/{id}/effect
GET  /api/why                       /api/v1/tasks…: web/tasks.py · /api/v1/checklists…: web/checklists.py
GET  /api/tips/{id}/versions        POST /api/tips/{id}/publish · /rollback · /state
GET  /api/v1/explain · /api/people    POST /api/backtests · /api/backtests/{id}/stop
GET  /api/backtests/{id}
GET  /api/reports                   GET  /api/reports/{name}/people
GET  /api/pauses                    POST /api/pauses · /api/pauses/{id}/end
Surveys: web/surveys.py; accounts: web/accounts.py; webhooks: web/webhooks.py. README.md tells what each route takes and answers.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from waypost import __version__
from waypost.engine.labels import label
from waypost.errors import Invalid, NotFound
from waypost.facts.days import local_instant, zone
from waypost.insight.people import account_name, person
from waypost.insight.tips import PERIODS, Stats, daily_views, held_back, people, tip_stats
from waypost.insight.why import subject_named, why
from waypost.model import account_key
from waypost.rules.plan import CompiledRule
from waypost.rules.words import trigger_words
from waypost.service.life import MOVES
from waypost.service.runtime import Runtime
from waypost.store.sqlite import Tx
from waypost.store.versions import Version, versions_of
from waypost.web import accounts, checklists, tasks, webhooks
from waypost.web.effect import tip_effect
from waypost.web.explain import explain_route, people_route
from waypost.web.guard import lang_of, number_of, runtime_of
from waypost.web.pauses import end_pause, pauses
from waypost.web.public import json_response
from waypost.web.reports import all_reports, report_people
from waypost.web.sessions import login, logout, signed_in
from waypost.web.surveys import routes as survey_routes
from waypost.web.trials import begin_trial, stop_trial, trial
from waypost.web.versions import change_state, publish_tip, rollback, tip_versions

__all__ = ["routes"]

PAGE = 200  # people in one answer, at most
NOTHING = Stats()


async def me(request: Request) -> Response:
    """Where we are: the project, the server's clock, whether anything was heard yet, the rules folder."""
    runtime = runtime_of(request)
    rules = runtime.rules
    return json_response(
        {
            "project": "Ridgeline" if runtime.settings.demo else "",
            "write_key": runtime.write_key,
            "heard": await runtime.store.read(lambda tx: _heard(tx, runtime.project_id)),
            "now": runtime.clock.now(),
            "version": __version__,
            "demo": runtime.settings.demo,
            "rules": {
                "folder": rules.folder,
                "loaded_at": rules.loaded_at,
                "problems": [msgspec.to_builtins(problem) for problem in rules.problems],
                "backfill": rules.backfill,
            },
        }
    )


def _heard(tx: Tx, project_id: int) -> bool:
    return tx.execute("SELECT 1 FROM event WHERE project_id=? LIMIT 1", (project_id,)).fetchone() is not None


async def tips(request: Request) -> Response:
    """Every tip, in whatever state, with its numbers."""
    runtime, lang = runtime_of(request), lang_of(request)
    now = runtime.clock.now()

    def job(tx: Tx) -> list[dict[str, Any]]:
        stats = {days: tip_stats(tx, runtime.project_id, now, days) for days in PERIODS}
        daily = daily_views(tx, runtime.project_id, now)
        return [
            _tip(tx, runtime, rule, stats, daily, now, lang)
            for rule in sorted(runtime.rules.plan.all, key=lambda rule: rule.id)
            if rule.kind != "alert"
        ]

    return json_response({"now": now, "tips": await runtime.store.read(job), "differs": runtime.rules.differs})


def _tip(
    tx: Tx,
    runtime: Runtime,
    rule: CompiledRule,
    stats: Mapping[int, Mapping[str, Stats]],
    daily: Mapping[str, list[int]],
    now: int,
    lang: str,
) -> dict[str, Any]:
    versions = versions_of(tx, runtime.project_id, rule.id)
    warnings = [p for p in runtime.rules.problems if p.severity == "warning" and p.rule == rule.id]
    return {
        "id": rule.id,
        "name": rule.name,
        "kind": rule.kind,
        "category": rule.category,
        "surface": rule.surface,
        "state": _state(rule, runtime, now),
        "version": rule.version,
        "live_from": versions[0].live_from if versions else now,
        "why": trigger_words(rule, lang),
        "warnings": [msgspec.to_builtins(problem) for problem in warnings],
        **{str(days): _stats(stats[days].get(rule.id, NOTHING), lang) for days in PERIODS},
        "daily": daily.get(rule.id, [0] * 28),
    }


def _state(rule: CompiledRule, runtime: Runtime, now: int) -> str:
    """As the environment's clock sees it; a schedule by user or account may begin some hours earlier or later."""
    if rule.state != "live":
        return rule.state
    here = zone(runtime.settings.timezone)
    if rule.starts and now < local_instant(rule.starts, here):
        return "scheduled"
    return "ended" if rule.ends and now >= local_instant(rule.ends, here) else "live"


def _stats(stats: Stats, lang: str) -> dict[str, Any]:
    top = stats.held[0] if stats.held else None
    return {**stats.counts, "held_back": None if top is None else _held(*top, lang)}


def _held(code: str, users: int, lang: str) -> dict[str, Any]:
    return {"code": code, "words": label(code, lang), "users": users}


def _rule(runtime: Runtime, request: Request) -> CompiledRule:
    rule = runtime.rules.plan.find(request.path_params["id"])
    if rule is None or rule.kind == "alert":
        raise NotFound("there is no live tip with this id")
    return rule


async def tip(request: Request) -> Response:
    """One tip: its numbers, its document, what held it back, its versions, where it can go."""
    runtime, lang = runtime_of(request), lang_of(request)
    rule, now = _rule(runtime, request), runtime.clock.now()

    def job(tx: Tx) -> dict[str, Any]:
        stats = {days: tip_stats(tx, runtime.project_id, now, days) for days in PERIODS}
        daily = daily_views(tx, runtime.project_id, now)
        return {
            **_tip(tx, runtime, rule, stats, daily, now, lang),
            "rule": rule.source,
            "trigger_words": trigger_words(rule, lang),
            "held": [_held(*item, lang) for item in held_back(tx, runtime.project_id, rule.id, now, 28)],
            "moves": MOVES[rule.state],
            "versions": [_version(version) for version in versions_of(tx, runtime.project_id, rule.id)],
            "content": {locale: {"title": t.title, "body": t.body} for locale, t in rule.texts.items()},
        }

    return json_response(await runtime.store.read(job))


def _version(version: Version) -> dict[str, Any]:
    return {"version": version.version, "live_from": version.live_from, "live_until": version.live_until}


async def tip_people(request: Request) -> Response:
    """Who met an outcome of a tip."""
    runtime, query = runtime_of(request), request.query_params
    rule, now = _rule(runtime, request), runtime.clock.now()
    days, limit = number_of(request, "days", 28), min(PAGE, number_of(request, "limit", 50))
    if days not in PERIODS:
        raise Invalid("days is 7 or 28", code="bad_parameter")
    if not limit:
        raise Invalid("limit is at least 1", code="bad_parameter")

    def job(tx: Tx) -> dict[str, Any]:
        outcome = query.get("outcome", "viewed")
        found, total = people(tx, runtime.project_id, rule.id, outcome, now, days, query.get("after", ""), limit)
        listed = [_met(tx, runtime, subject, at) for subject, at in found]
        return {"people": listed, "next": found[-1][0] if len(found) == limit else None, "total": total}

    return json_response(await runtime.store.read(job))


def _met(tx: Tx, runtime: Runtime, subject: str, at: int) -> dict[str, Any]:
    found = person(tx, runtime.project_id, subject)
    account = account_key(found["account"]) if found["account"] else None
    return {**found, "account_name": account_name(tx, runtime.project_id, account), "at": at}


async def why_route(request: Request) -> Response:
    """Why a person did or did not see a tip at an instant."""
    runtime, query = runtime_of(request), request.query_params
    user, tip_id = query.get("user", ""), query.get("tip", "")
    if not user or not tip_id:
        raise Invalid("user and tip are needed", code="bad_parameter")
    at = number_of(request, "at", runtime.clock.now())
    found = await runtime.store.read(
        lambda tx: why(
            tx, runtime.project_id, runtime.rules.plan, subject_named(user), tip_id, at, lang_of(request),
            runtime.settings.timezone,
        )
    )  # fmt: skip
    return json_response({"user": user, **msgspec.to_builtins(found)})


routes: list[BaseRoute] = [
    Route("/api/login", login, methods=["POST"]),
    Route("/api/logout", logout, methods=["POST"]),
    Route("/api/me", signed_in(me), methods=["GET"]),
    Route("/api/tips", signed_in(tips), methods=["GET"]),
    Route("/api/tips/{id}", signed_in(tip), methods=["GET"]),
    Route("/api/tips/{id}/people", signed_in(tip_people), methods=["GET"]),
    Route("/api/tips/{id}/effect", signed_in(tip_effect), methods=["GET"]),
    Route("/api/tips/{id}/versions", signed_in(tip_versions), methods=["GET"]),
    Route("/api/tips/{id}/publish", signed_in(publish_tip), methods=["POST"]),
    Route("/api/tips/{id}/rollback", signed_in(rollback), methods=["POST"]),
    Route("/api/tips/{id}/state", signed_in(change_state), methods=["POST"]),
    Route("/api/why", signed_in(why_route), methods=["GET"]),
    Route("/api/v1/explain", signed_in(explain_route), methods=["GET"]),
    Route("/api/people", signed_in(people_route), methods=["GET"]),
    Route("/api/backtests", signed_in(begin_trial), methods=["POST"]),
    Route("/api/backtests/{id:int}", signed_in(trial), methods=["GET"]),
    Route("/api/backtests/{id:int}/stop", signed_in(stop_trial), methods=["POST"]),
    *tasks.routes,
    *checklists.routes,
    Route("/api/reports", signed_in(all_reports), methods=["GET"]),
    Route("/api/reports/{name}/people", signed_in(report_people), methods=["GET"]),
    Route("/api/pauses", signed_in(pauses), methods=["GET", "POST"]),
    Route("/api/pauses/{id:int}/end", signed_in(end_pause), methods=["POST"]),
    *accounts.routes,
    *survey_routes,
    *webhooks.routes,
]
