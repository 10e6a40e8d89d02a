"""The demo's own routes: what holds each tip back right now, a clock that moves forward, a fresh start.

They exist only when the server was started by `waypost demo`, and answer this machine only.
"""

from __future__ import annotations

import ipaddress
from random import Random
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from waypost.demo.seed import live_on, seed
from waypost.engine.decide import decide
from waypost.engine.explain import words
from waypost.errors import Forbidden, Invalid
from waypost.model import DAY, HOUR, Context, subject_of
from waypost.model import Request as Question
from waypost.service.runtime import Runtime
from waypost.service.start import move_clock
from waypost.service.sync import decide_context
from waypost.service.usage import forget_usage
from waypost.store.live import load_live
from waypost.store.sqlite import Tx
from waypost.web.background import run_due, sweep
from waypost.web.guard import runtime_of
from waypost.web.looks import keep_looking
from waypost.web.public import json_response

__all__ = ["SEED", "fill", "routes"]

STEPS = {"1h": HOUR, "1d": DAY, "14d": 14 * DAY}
SEED = 7  # the same history each time
HISTORY = (
    "event", "event_name", "link", "facts", "reject", "live", "decision", "tip_day", "due", "task", "message", "delivery",
    "preview", "pause", "survey_answer", "usage_day", "person", "ticket", "account", "account_due", "account_zone",
    "account_week", "account_count", "stage_change", "account_note",
)  # fmt: skip


def _local_only(request: Request) -> Runtime:
    host = request.client.host if request.client else ""
    try:
        local = ipaddress.ip_address(host).is_loopback
    except ValueError:
        local = False
    if not local:
        raise Forbidden("the demo's controls answer this machine only", code="not_local")
    return runtime_of(request)


async def state(request: Request) -> Response:
    """Every tip for one person, here and now: offered, or the reason in words."""
    runtime, query = _local_only(request), request.query_params
    lang, path = query.get("lang", "en"), query.get("path", "/")
    subject = subject_of(query.get("user_id") or None, query.get("anon_id") or None)
    now = runtime.clock.now()

    def job(tx: Tx) -> list[dict[str, Any]]:
        unit = runtime.unit(tx)
        account = unit.account_of(subject, now)
        live = load_live(tx, runtime.project_id, subject)
        question = Question(
            subject=subject,
            account=account,
            now=now,
            page_view_id=query.get("page_view_id") or live.page_view_id,
            context=Context(path=path, locale=lang),
        )
        decision = decide(
            unit.plan,
            unit.facts(subject),
            unit.facts(account) if account else None,
            question,
            decide_context(runtime, unit, live, subject, account, now),
        )
        person = unit.facts(subject).trait("name")
        name = person if isinstance(person, str) else None
        offered = [_line(runtime, o.tip, "offered", "", "") for o in decision.offers]
        held = [
            _line(runtime, x.tip, "held", x.code, words(x.code, x.detail, lang, now=now, name=name))
            for x in decision.losers
            if runtime.rules.plan.rules[x.tip].kind != "alert"
        ]
        return [*offered, *held]

    tips = await runtime.store.read(job)
    return json_response({"now": now, "offset": runtime.clock.offset, "tips": tips})


def _line(runtime: Runtime, tip: str, state: str, code: str, said: str) -> dict[str, str]:
    return {"tip": tip, "name": runtime.rules.plan.rules[tip].name, "state": state, "code": code, "words": said}


async def clock(request: Request) -> Response:
    """Move time forward: the others go on using the app, alerts that fall due are looked at at once."""
    runtime = _local_only(request)
    try:
        step = STEPS[msgspec.json.decode(await request.body())["advance"]]
    except (msgspec.DecodeError, KeyError, TypeError) as error:
        raise Invalid(f'send {{"advance": one of {", ".join(STEPS)}}}', code="bad_parameter") from error
    before = runtime.clock.now()
    move_clock(runtime, step)
    live_on(runtime, before, runtime.clock.now(), Random(SEED))  # noqa: S311 - a demo, not a secret
    await run_due(runtime)
    await keep_looking(runtime)
    return json_response({"now": runtime.clock.now(), "offset": runtime.clock.offset})


async def reset(request: Request) -> Response:
    """Forget everything that happened and seed anew; rules and password stay."""
    runtime = _local_only(request)

    def clear(tx: Tx) -> None:
        for table in HISTORY:
            tx.execute(f"DELETE FROM {table} WHERE project_id=?", (runtime.project_id,))
        forget_usage(tx, runtime.project_id)

    await runtime.store.write(clear)
    move_clock(runtime, -runtime.clock.offset)
    fill(runtime)
    await sweep(runtime)
    return json_response({"ok": True})


def fill(runtime: Runtime, **options: Any) -> int:
    """Seed the demo's history."""
    return seed(runtime, runtime.clock.now(), Random(SEED), **options)  # noqa: S311 - a demo, not a secret


routes: list[BaseRoute] = [
    Route("/demo/state", state, methods=["GET"]),
    Route("/demo/clock", clock, methods=["POST"]),
    Route("/demo/reset", reset, methods=["POST"]),
]
