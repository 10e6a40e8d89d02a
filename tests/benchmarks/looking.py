"""The daily pass over many accounts: every one looked at on its new local day, rate and memory."""

from __future__ import annotations

import resource
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

import msgspec

from waypost.model import DAY, GROUP, Event
from waypost.service.clock import Clock
from waypost.service.journal import record
from waypost.service.runtime import Runtime
from waypost.service.start import open_runtime
from waypost.settings import Settings
from waypost.store import usage
from waypost.store.events import append
from waypost.store.sqlite import Store, Tx
from waypost.store.usage import ACTIVE, EVER, PersonSaid
from waypost.web.background import alerts_hook
from waypost.web.looks import look_at_due

__all__ = ["looking"]

START = 1_800_000_000_000
PEOPLE, DAYS, COMES, DOES = 6, 56, 0.3, 3  # of an account; of those days; what each does on one
NAMES = ("edit", "view", "export", "share", "plan", "import", "filter", "invite", "page_viewed")
PROJECT = {
    "key_actions": ["edit"],
    "features": [{"id": name, "events": [name]} for name in NAMES[:8]],
    "stages": [
        {"id": "onboarding", "when": {"<": [{"var": "account.age_days"}, 30]}},
        {"id": "adopting", "when": {"did": {"event": "edit", "scope": "account", "last": "14d"}}},
    ],
}


def looking(events: int) -> Iterator[str]:
    """Lines of a table, for a hundredth as many accounts as there are events."""
    accounts, now = max(1, events // 100), [START]
    with TemporaryDirectory() as folder:
        (Path(folder) / "project.json").write_bytes(msgspec.json.encode(PROJECT))
        settings = Settings(database_url=f"sqlite:///{folder}/a.db", rules=folder, write_key="wk")
        runtime = open_runtime(settings, alerts_hook(settings), Clock(lambda: now[0]))
        _fill(runtime, accounts)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        look_at_due(runtime)
        now[0] += DAY
        writer, start, cpu = list[float](), time.perf_counter(), time.process_time()
        with _timed(writer):
            looked = look_at_due(runtime)
        taken, cpu = time.perf_counter() - start, time.process_time() - cpu
        runtime.store.close()
    more = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    middle = sorted(writer)[len(writer) // 2]
    yield f"{looked:,} accounts of {PEOPLE} people, {len(NAMES) - 1} features, on a new day."
    yield ""
    yield f"an account: {1000 * cpu / looked:.2f} ms of the processor (goal ≤ 2), {1000 * taken / looked:.2f} ms by the clock"
    yield f"the writer, 50 accounts: median {1000 * middle:.0f} ms; memory beyond what the process held before: {more:.0f} MB"


@contextmanager
def _timed(taken: list[float]) -> Iterator[None]:
    """Note what each job of the writer takes of the processor, in seconds."""
    whole = Store.write_now

    def timed(store: Store, job: Callable[[Tx], Any]) -> Any:
        def run(tx: Tx) -> Any:
            start = time.thread_time()
            found = job(tx)
            taken.append(time.thread_time() - start)
            return found

        return whole(store, run)

    with patch.object(Store, "write_now", timed):
        yield


def _fill(runtime: Runtime, accounts: int) -> None:
    """What the cursor would have made of eight weeks of use."""
    rng, today = Random(3), START // DAY

    def names(tx: Tx) -> dict[str, int]:
        append(tx, 1, [("u:x", Event(message_id=f"n{n}", name=n, t=0, received_at=0, user_id="x")) for n in NAMES])
        return usage.name_ids(tx, 1)

    ids = runtime.store.write_now(names)
    look_at_due(runtime)  # the cursor has begun: it forgets nothing of what follows
    some = [ids[name] for name in NAMES]
    for low in range(0, accounts, 100):
        chunk = range(low, min(low + 100, accounts))

        def job(tx: Tx, chunk: range = chunk) -> None:
            unit, at = runtime.unit(tx), START - 200 * DAY
            traits = {"seats": PEOPLE + 4, "csm": "olga", "plan": "team", "renewal": "2027-06-01"}
            record(
                runtime,
                unit,
                [
                    Event(
                        message_id=f"g{i}",
                        name=GROUP,
                        t=at,
                        received_at=at,
                        user_id=f"{i}-0",
                        account_id=f"a{i}",
                        props=traits,
                    )
                    for i in chunk
                ],
                START,
            )
            unit.save()
            for i in chunk:
                counts: dict[tuple[str, int, int, str], tuple[int, int]] = {}
                for person in range(PEOPLE):
                    who = f"u:{i}-{person}"
                    usage.put_person(
                        tx, 1, who, PersonSaid((at, f"g:a{i}"), (at, who), (at, "member" if person else "admin"))
                    )
                    for back in range(1, DAYS + 1):
                        for name in [ACTIVE, *rng.sample(some, DOES)] if rng.random() < COMES else []:
                            counts[f"g:a{i}", today - back, name, who] = rng.randrange(1, 6), START - back * DAY
                            counts.setdefault((f"g:a{i}", EVER, name, who), (1, START - back * DAY))
                usage.add_counts(tx, 1, counts)

        runtime.store.write_now(job)
