"""What runs beside the requests: watch the rules, look at alerts that fall due, send webhooks and e-mail."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress

from waypost.model import ACCOUNT, Event
from waypost.service.backfill import backfill
from waypost.service.journal import tell
from waypost.service.runtime import Runtime
from waypost.service.subjects import Subjects
from waypost.store import decisions
from waypost.store.facts import subjects
from waypost.store.sqlite import Tx
from waypost.store.tasks import wake_snoozed
from waypost.success.desk import Desk
from waypost.success.talk import ask_for_person
from waypost.success.tasks import AlertCheck, check_alerts, close_removed, due_subjects, look_again
from waypost.web.looks import keep_looking
from waypost.web.ways_out import send_round, way_out, write_digests

__all__ = [
    "alerts_hook",
    "forget_decisions",
    "reload_rules",
    "run_due",
    "running",
    "settle",
    "sweep",
    "talk_hook",
    "tell_tasks",
    "watch",
]

log = logging.getLogger("waypost")
CHUNK = 50  # subjects in one transaction: what a request may have to wait behind
FORGOTTEN = 500  # rows of the decision log looked at in one transaction
WATCH_S, DUE_S, SEND_S, DIGEST_S, FORGET_S, LOOK_S = 1.0, 5.0, 2.0, 60.0, 3_600.0, 10.0


def alerts_hook(unit: Subjects, subject: str, now: int) -> None:
    """The hook of the journal: open or close the tasks of one subject whose facts changed."""
    account = unit.account_of(subject, now)
    check = AlertCheck(
        unit.tx,
        unit.project_id,
        unit.plan,
        subject,
        account,
        None if subject.startswith(ACCOUNT) else unit.facts(subject),
        unit.facts(account) if account else None,
        unit.env(subject, account),
        now,
    )
    check_alerts(check)
    tell_tasks(unit, check.happened, now)


def talk_hook(unit: Subjects, subject: str, event: Event, now: int) -> None:
    """The hook of the journal: a person was asked for in a tip."""
    account = unit.account_of(subject, now)
    desk = Desk(unit.tx, unit.project_id, now)
    of_account = unit.facts(account) if account else None
    ask_for_person(desk, unit.plan, subject, account, unit.facts(subject), of_account, event)
    tell_tasks(unit, desk.happened, now)


def tell_tasks(unit: Subjects, happened: Sequence[Event], now: int) -> None:
    """What became of tasks is an event like any other; alerts that wait for it are looked at next."""
    for subject in tell(unit, happened) if happened else ():
        look_again(unit.tx, unit.project_id, unit.plan, subject, now + 1)


async def run_due(runtime: Runtime) -> int:
    """Look at every subject whose alert may have become true by time alone. Returns how many were looked at."""
    looked = 0
    while True:
        now = runtime.clock.now()

        def job(tx: Tx, now: int = now) -> int:
            wake_snoozed(tx, runtime.project_id, now)
            unit = runtime.unit(tx)
            due = due_subjects(tx, runtime.project_id, now, CHUNK)
            for subject in due:
                runtime.on_facts(unit, subject, now)
            unit.save()
            return len(due)

        number = await runtime.store.write(job)
        looked += number
        if number < CHUNK:
            return looked


async def forget_decisions(runtime: Runtime) -> int:
    """Delete what the project's retention of the decision log does not keep, a little at a time."""
    kept, gone = runtime.rules.plan.decisions_kept, 0
    if kept is None:
        return 0
    place: decisions.Place | None = decisions.BEGINNING
    while place is not None:

        def job(tx: Tx, after: decisions.Place = place) -> tuple[int, decisions.Place | None]:
            return decisions.forget(tx, runtime.project_id, runtime.clock.now() - kept, after, FORGOTTEN)

        number, place = await runtime.store.write(job)
        gone += number
    return gone


async def sweep(runtime: Runtime) -> None:
    """After rules changed, or at a start: bring history in where it is missing, then look at the alerts of everybody."""
    await backfill(runtime)
    plan, after = runtime.rules.plan, ""
    while runtime.rules.plan is plan:

        def job(tx: Tx, after: str = after) -> list[str]:
            unit, now = runtime.unit(tx), runtime.clock.now()
            found = subjects(tx, runtime.project_id, after, CHUNK)
            for subject in found:
                runtime.on_facts(unit, subject, now)
            unit.save()
            return found

        done = await runtime.store.write(job)
        if not done:
            return
        after = done[-1]


async def reload_rules(runtime: Runtime) -> bool:
    """Publish the folder as it is now. A broken one leaves the old rules live and says so."""
    now = runtime.clock.now()
    if not await asyncio.to_thread(runtime.rules.load, now):
        errors = [p for p in runtime.rules.problems if p.severity == "error"]
        log.warning("rules not changed: %d mistakes, the first is %s", len(errors), errors[0].line())
        return False
    log.info("rules live: %d", len(runtime.rules.plan.rules))
    await settle(runtime)
    return True


async def settle(runtime: Runtime) -> None:
    """What follows from other rules: tasks of those that are gone close, history is brought in, alerts are looked at."""
    plan, now = runtime.rules.plan, runtime.clock.now()

    def job(tx: Tx) -> None:
        unit = runtime.unit(tx)
        tell_tasks(unit, close_removed(tx, runtime.project_id, plan, now), now)
        unit.save()

    await runtime.store.write(job)
    await sweep(runtime)


async def watch(runtime: Runtime) -> None:
    """Take over what changed in the folder, or what another process published."""
    rules = runtime.rules
    if await asyncio.to_thread(rules.changed):
        await reload_rules(runtime)
    elif await asyncio.to_thread(rules.overtaken):
        await asyncio.to_thread(rules.restore, runtime.clock.now())
        await settle(runtime)


async def _repeat(seconds: float, step: Callable[[], Awaitable[object]]) -> None:
    """Run a step again and again; a failure is logged and the next turn tries again."""
    while True:
        try:
            await step()
        except Exception:
            log.exception("background work failed; it is tried again")
        await asyncio.sleep(seconds)


@asynccontextmanager
async def running(runtime: Runtime) -> AsyncIterator[None]:
    """Everything of the background while the application is up."""
    async with way_out(runtime) as way:
        started = asyncio.create_task(sweep(runtime))
        loops = [
            asyncio.create_task(_repeat(WATCH_S, lambda: watch(runtime))),
            asyncio.create_task(_repeat(DUE_S, lambda: run_due(runtime))),
            asyncio.create_task(_repeat(SEND_S, lambda: send_round(runtime, way))),
            asyncio.create_task(_repeat(DIGEST_S, lambda: write_digests(runtime))),
            asyncio.create_task(_repeat(LOOK_S, lambda: keep_looking(runtime))),
            asyncio.create_task(_repeat(FORGET_S, lambda: forget_decisions(runtime))),
        ]
        try:
            yield
        finally:
            for task in (started, *loops):
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task
