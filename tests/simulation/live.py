"""A customer base lives through its winter in the product: which tasks are opened, and when.

The rules are those of rules/, the runtime, facts, store, due index, tasks and the yardstick of peers the product's own.
Two things are shorter than in life. Events go to the account's facts and not through the log of events; those of a day
arrive together when work ends at 18:00 local, with a look at the alerts on the first day only, for what complete days
say changes at midnight alone. From then on the background work looks at what is due at each local midnight. Nobody
takes, closes or snoozes a task.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from pathlib import Path
from shutil import copytree
from zoneinfo import ZoneInfo

from tests.simulation.base import DAYS, OUTAGE, Customer, day_of
from waypost.model import GROUP, HOUR, Event, account_key
from waypost.service.clock import Clock
from waypost.service.runtime import Runtime
from waypost.service.start import open_runtime
from waypost.settings import Settings
from waypost.store.sqlite import Tx
from waypost.store.tasks import list_tasks
from waypost.web.background import alerts_hook, run_due

__all__ = ["RULES", "Opened", "live"]

RULES = Path(__file__).parents[2] / "rules"
EPOCH = 719_163  # the ordinal of 1970-01-01
ACTIONS = ("task_created", "card_edited", "report_exported")
WORK = (9, 18)  # local hours


@dataclass(frozen=True)
class Opened:
    """A task: of which rule, for whom, since which local day of the account (counted from BEGIN)."""

    rule: str
    customer: Customer
    day: int


@dataclass
class _Clock:
    now: int = 0


def live(base: Sequence[Customer], folder: Path, *, outage: bool = True, calendars: bool = True) -> list[Opened]:
    """Every task of the rules over usage, in order of opening.

    `folder`: an empty one for the database. `calendars`: whether the rules know of days off.
    """
    clock, rules = _Clock(), RULES if calendars else _without_calendars(folder / "rules")
    settings = Settings(database_url=f"sqlite:///{folder / 'winter.db'}", rules=str(rules), write_key="wk")
    runtime = open_runtime(settings, alerts_hook, Clock(lambda: clock.now))
    assert not runtime.rules.broken
    try:
        for now, arriving in _instants(base):
            clock.now = now
            if arriving:
                runtime.store.write_now(
                    lambda tx, arriving=arriving, now=now: _arrive(runtime, tx, arriving, now, outage)  # type: ignore[misc]
                )
            asyncio.run(run_due(runtime))
        return _tasks(runtime, base)
    finally:
        runtime.store.close()


def _without_calendars(folder: Path) -> Path:
    copytree(RULES, folder)
    project = json.loads((RULES / "project.json").read_text())
    (folder / "project.json").write_text(
        json.dumps({**project, "calendars": {name: [] for name in project["calendars"]}})
    )
    return folder


def _instants(base: Sequence[Customer]) -> Iterator[tuple[int, list[tuple[Customer, int]]]]:
    """Each end of work with the accounts whose day ends then (and which day that is), and each local midnight."""
    instants: dict[int, list[tuple[Customer, int]]] = {}
    for customer in base:
        for day in range(customer.joined, DAYS):
            instants.setdefault(_instant(customer, day, WORK[1]), []).append((customer, day))
            instants.setdefault(_instant(customer, day + 1, 0), [])
    yield from sorted(instants.items())


def _instant(customer: Customer, day: int, hour: int) -> int:
    local = datetime.combine(day_of(day), time(hour), ZoneInfo(customer.tz))
    return int(local.timestamp() * 1000)


def _arrive(runtime: Runtime, tx: Tx, arriving: Sequence[tuple[Customer, int]], now: int, outage: bool) -> None:
    unit = runtime.unit(tx)
    for customer, day in arriving:
        subject = account_key(customer.id)
        for event in _events(customer, day, now, outage):
            unit.fold(subject, event)
        if day == customer.joined:  # from here on the due index knows it
            runtime.on_facts(unit, subject, now)
    unit.save()


def _events(customer: Customer, day: int, now: int, outage: bool) -> Iterator[Event]:
    """What one account did on one day, spread over working hours; nothing arrives during an outage."""
    number = day_of(day).toordinal() - EPOCH
    if day == customer.joined:
        traits = {"plan": customer.plan, "country": customer.country, "tz": customer.tz, "seats": customer.people}
        yield Event(
            message_id=customer.id, name=GROUP, t=now - 9 * HOUR, received_at=now, account_day=number, props=traits
        )
    begin, count = _instant(customer, day, WORK[0]), customer.counts[day]
    lost = [int(edge.timestamp() * 1000) for edge in OUTAGE]
    for i in range(count):
        t = begin + (2 * i + 1) * (WORK[1] - WORK[0]) * HOUR // (2 * count)
        if not (outage and lost[0] <= t < lost[1]):
            yield Event(
                message_id=f"{customer.id}-{day}-{i}",
                name=ACTIONS[i % len(ACTIONS)],
                t=t,
                received_at=now,
                active=True,
                account_id=customer.id,
                account_day=number,
            )


def _tasks(runtime: Runtime, base: Sequence[Customer]) -> list[Opened]:
    customers = {account_key(customer.id): customer for customer in base}
    found = runtime.store.read_now(lambda tx: list_tasks(tx, runtime.project_id, ("open", "closed"), limit=1_000_000))
    opened = []
    for task in sorted(found, key=lambda task: task.opened_at):
        customer = customers[task.subject]
        local = datetime.fromtimestamp(task.opened_at / 1000, ZoneInfo(customer.tz)).date()
        opened.append(Opened(task.rule_id, customer, (local - day_of(0)) // timedelta(days=1)))
    return opened
