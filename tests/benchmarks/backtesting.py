"""A backtest of a long log, beside folding the same log alone: rate, memory, and how right its progress bar is."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

__all__ = ["backtesting"]

USERS_PER_EVENT = 0.02
WRITING = """
import sys
from itertools import islice
from tests.benchmarks.stream import stream
from waypost.model import user_key
from waypost.service.start import open_runtime
from waypost.settings import Settings
from waypost.store.events import append
url, rules, events, users = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
runtime = open_runtime(Settings(database_url=url, rules=rules, write_key="wk"))
told = stream(events, users)
while batch := list(islice(told, 20_000)):
    pairs = [(user_key(event.user_id), event) for event in batch]
    runtime.store.write_now(lambda tx: append(tx, runtime.project_id, pairs))
runtime.store.close()
"""
LIVING = """
import resource, sys, time
from tests.benchmarks.folding import mixed
from tests.benchmarks.stream import START
from tests.unit.decide_world import compiled
from waypost.cli import calm_collector
from waypost.insight.backtest import Backtest, Side, weighed
from waypost.model import DAY
from waypost.store.events import count_since, everything
from waypost.facts.fold import fold_event
from waypost.insight.crowd import Crowd
from waypost.store.sqlite import Store
calm_collector()
store, plan = Store.open(sys.argv[1]), compiled(*mixed())
def fold(tx):
    crowd, start = Crowd(plan.fingerprint), time.perf_counter()
    for _, subject, event in everything(tx, 1):
        fold_event(plan, "user", crowd.facts(subject), event)
    return time.perf_counter() - start
def live(tx):
    first = tx.execute("SELECT MIN(received_at), MAX(received_at) FROM event WHERE project_id=1").fetchone()
    since = (first[0] + first[1]) // 2
    known = dict.fromkeys(plan.names, START)
    run = Backtest([Side(plan, known, "UTC"), Side(plan, known, "UTC")], since)
    total, done, marks, start = weighed(*count_since(tx, 1, since)), 0, {}, time.perf_counter()
    def progress(cost):
        nonlocal done
        done += cost
        for share in (10, 25, 50):
            if share not in marks and done * 100 >= total * share:
                marks[share] = (time.perf_counter() - start) * 100 / share
    run.run(tx, 1, progress)
    taken = time.perf_counter() - start
    return taken, {share: guess / taken for share, guess in marks.items()}, [side.decisions for side in run.sides]
folded = store.read_now(fold)
taken, guesses, decisions = store.read_now(live)
most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(folded, taken, most, *(guesses[share] for share in (10, 25, 50)), decisions[0])
"""


def backtesting(events: int) -> Iterator[str]:
    """Lines of a table. The tips of the window are decided twice: under a draft and under the live rules."""
    users = max(1, int(events * USERS_PER_EVENT))
    with TemporaryDirectory() as folder:
        url, rules = f"sqlite:///{Path(folder) / 'log.db'}", Path(folder) / "rules"
        rules.mkdir()
        subprocess.run([sys.executable, "-c", WRITING, url, str(rules), str(events), str(users)], check=True)
        told = subprocess.run([sys.executable, "-c", LIVING, url], stdout=subprocess.PIPE, check=True, text=True)
    folded, taken, most, tenth, quarter, half, decisions = map(float, told.stdout.split())
    yield f"{events:,} events of {users:,} users, 20 rules on two sides, the later half of the time decided: {decisions:,.0f} decisions a side."
    yield ""
    yield "| what | s | events/s |"
    yield "|---|---:|---:|"
    yield f"| the log read and folded, nothing else | {folded:.1f} | {events / folded:,.0f} |"
    yield f"| backtest | {taken:.1f} | {events / taken:,.0f} |"
    yield ""
    yield f"backtest to the fold alone: {taken / folded:.1f}; most memory {most:.0f} MB (goal ≤ 300)"
    yield f"time foretold at 10, 25, 50 % to the time it took: {tenth:.2f}, {quarter:.2f}, {half:.2f} (goal 0.5 to 2)"
