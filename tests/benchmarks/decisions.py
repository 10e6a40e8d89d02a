"""Decisions: how they grow with rules and with a person's history, beside a bare reply and bare JsonLogic."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request as HttpRequest
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from tests.benchmarks.timing import Case
from tests.unit.decide_world import START, World, tip
from waypost.facts.look import Look
from waypost.facts.read import ReadEnv
from waypost.facts.subject import Facts, decode, encode
from waypost.logic.profile import compile_program
from waypost.model import HOUR
from waypost.service.clock import Clock
from waypost.service.runtime import Runtime
from waypost.service.start import open_runtime
from waypost.service.sync import decode_sync, sync
from waypost.settings import Settings
from waypost.store.facts import load_facts, save_facts
from waypost.store.sqlite import Tx

__all__ = ["CONTROL", "DURABLE", "decision_cases", "runtime_of"]

CONTROL = "bare Starlette 200"
DURABLE = "bare durable row on SQLite"
MET = 10  # rules whose events this person knows
PERIOD = 24 * HOUR * 180  # a history covers so much time, however many events it has
SIZES = (10, 100, 1_000)
HISTORIES = (100, 10_000, 1_000_000)


def documents(number: int) -> list[dict[str, Any]]:
    """A mix of triggers; the first ten name events that the person did, the rest wait for others."""
    made = []
    for i in range(number):
        event = f"event_{i}"
        triggers: list[dict[str, Any]] = [
            {"when": {"did": {"event": event, "min": 3, "last": "7d"}}},
            {"on": {"event": event}, "when": {"never": {"event": f"{event}_better", "tenure": "3d"}}},
            {"when": {"and": [{"did": {"event": event}}, {"==": [{"var": "user.role"}, "admin"]}]}},
            {"when": {"chain": {"steps": [{"event": event}, {"event": f"{event}_done"}], "within": "1h"}}},
            {"when": {">=": [{"days": {"event": event, "last": "14cd"}}, 4]}, "at": {"route": "/board/:id"}},
        ]
        goal = {"did": {"event": f"{event}_done", "last": "7d"}}
        made.append(tip(f"tip-{i:04}", goal=goal, policy={"category": f"c{i % 7}"}, **triggers[i % len(triggers)]))
    return made


def with_history(world: World, events: int, end: int = START) -> World:
    world.is_known_as(at=end - PERIOD, name="Ivan", role="admin")
    for i in range(events):
        name = f"event_{i % MET}" if i % 3 else "page_viewed"
        world.did(name, at=end - HOUR - (events - i) * (PERIOD // events))
    world.now = end
    return world


@contextmanager
def decision_cases() -> Iterator[list[Case]]:
    """All cases, ready to run; what they opened is closed at the end."""
    loop = asyncio.new_event_loop()
    with TemporaryDirectory() as folder:
        opened: list[Runtime] = []
        cases = [_bare(loop)]
        for size in SIZES:
            world = with_history(World(*documents(size), session=False), HISTORIES[0])
            cases.append(Case(f"decide, {size} rules, 100 events", _times(world.ask)))
            cases.append(Case(f"bare datalogic, {size} rules", _evaluation(world)))
        for events in HISTORIES[1:]:
            world = with_history(World(*documents(100), session=False), events)
            cases.append(Case(f"decide, 100 rules, {events:,} events", _times(world.ask)))
        for size, events in [*((size, HISTORIES[0]) for size in SIZES), *((100, events) for events in HISTORIES[1:])]:
            runtime = runtime_of(Path(folder) / f"{size}-{events}", size, events)
            opened.append(runtime)
            cases.append(Case(f"read and decode facts, {size} rules, {events:,} events", _reading(runtime)))
            cases.append(Case(f"sync on SQLite, {size} rules, {events:,} events", _sync(loop, runtime)))
        cases.append(Case(DURABLE, _durable(loop, opened[0])))
        yield cases
        for runtime in opened:
            runtime.store.close()
    loop.close()


def _times(job: Callable[[], object]) -> Callable[[int], None]:
    def run(number: int) -> None:
        for _ in range(number):
            job()

    return run


def _bare(loop: asyncio.AbstractEventLoop) -> Case:
    """A 200 through routing and middleware of an otherwise empty application, called in process."""

    async def reply(_request: HttpRequest) -> PlainTextResponse:
        return PlainTextResponse("ok")

    app = Starlette(routes=[Route("/v1/sync", reply, methods=["POST"])])
    scope = {"type": "http", "method": "POST", "path": "/v1/sync", "query_string": b"", "headers": []}

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"{}", "more_body": False}

    async def send(_message: Any) -> None:
        return None

    async def many(number: int) -> None:
        for _ in range(number):
            await app(dict(scope), receive, send)

    return Case(CONTROL, lambda number: loop.run_until_complete(many(number)))


def _evaluation(world: World) -> Callable[[int], None]:
    """Each rule's condition over readings that are there already: what the logic alone costs."""
    look = Look(world.plan, world.user, None, world.now, ReadEnv())
    values = {**look.data, "$a": {name: look.reading(name) for name in world.plan.readings}}
    sources = [rule.when.program.source for rule in world.plan.rules.values() if rule.when.program]
    programs = [compile_program(source, everyday=False) for source in sources]

    def run(number: int) -> None:
        for _ in range(number):
            for program in programs:
                program.truth(values)

    return run


def runtime_of(folder: Path, size: int, events: int, *more: dict[str, Any]) -> Runtime:
    """A server's state on disk: the rules in a folder, and one person's facts."""
    tips = folder / "rules" / "tips"
    tips.mkdir(parents=True)
    for document in [*documents(size), *more]:
        (tips / f"{document['id']}.json").write_text(json.dumps(document))
    settings = Settings(database_url=f"sqlite:///{folder}/waypost.db", rules=str(folder / "rules"))
    runtime = open_runtime(settings, clock=Clock())
    world = with_history(World(session=False, plan=runtime.rules.plan), events, end=runtime.clock.now() - HOUR)
    facts: Facts = world.user

    def keep(tx: Tx) -> None:
        save_facts(tx, runtime.project_id, "u:ivan", facts.plan, encode(facts))

    runtime.store.write_now(keep)
    return runtime


def _reading(runtime: Runtime) -> Callable[[int], None]:
    def read(tx: Tx) -> Facts:
        row = load_facts(tx, runtime.project_id, "u:ivan")
        assert row is not None
        return decode(row[1])

    return _times(lambda: runtime.store.read_now(read))


def _durable(loop: asyncio.AbstractEventLoop, runtime: Runtime) -> Callable[[int], object]:
    """One row through the writer thread, committed with fsync: what any durable answer costs on this disk."""

    def job(tx: Tx) -> None:
        tx.execute("UPDATE facts SET plan=plan WHERE project_id=? AND subject=?", (runtime.project_id, "u:ivan"))

    async def many(number: int) -> None:
        for _ in range(number):
            await runtime.store.write(job)

    return lambda number: loop.run_until_complete(many(number))


def _sync(loop: asyncio.AbstractEventLoop, runtime: Runtime) -> Callable[[int], object]:
    """The whole way of a question without events: read, decide, log, lease, commit with fsync, content."""
    context = {"path": "/board/7", "locale": "en-GB", "placements": []}
    asked = {
        "write_key": runtime.write_key,
        "user_id": "ivan",
        "anon_id": "a",
        "page_view_id": "p",
        "context": context,
    }
    raw = json.dumps(asked).encode()

    async def many(number: int) -> None:
        for _ in range(number):
            await sync(runtime, decode_sync(raw))

    return lambda number: loop.run_until_complete(many(number))
