"""`waypost replay` over a long clickstream, beside ClickHouse's windowFunnel over the same file: rate and memory."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.benchmarks.stream import stream
from tests.replay.funnel import CHAIN

__all__ = ["replaying"]

USERS_PER_EVENT = 0.02
ROUNDS = 3
COLUMNS = ["--user", "user", "--event", "event", "--time", "at"]
BUYER = {
    "id": "buyer",
    "kind": "alert",
    "scope": "user",
    "text": {"en": {"title": "Bought"}},
    "trigger": {"on": {"chain": CHAIN}},
}
WATCHED = """
import os, subprocess, sys, time
start = time.perf_counter()
process = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL)
_, status, used = os.wait4(process.pid, 0)
print(time.perf_counter() - start, used.ru_maxrss)
sys.exit(status != 0)
"""
# a small process of its own: what a process forks from counts as its memory
CLICKHOUSE = """
import sys
from pathlib import Path
from tests.replay.funnel import completed
from waypost.cli.clickstream import Columns
print(len(completed(Path(sys.argv[1]), Columns("user", "event", "at"))))
"""


def replaying(events: int) -> Iterator[str]:
    """Lines of a table. Both are whole processes, start and import and all, and take turns."""
    with TemporaryDirectory() as folder:
        file, rules = Path(folder) / "clicks.csv", Path(folder) / "rules"
        rules.mkdir()
        (rules / "buyer.json").write_text(json.dumps(BUYER))
        users = _write(file, events)
        ours = [sys.executable, "-m", "waypost", "replay", str(file), *COLUMNS, "--rules", str(rules)]
        theirs = [sys.executable, "-c", CLICKHOUSE, str(file)]
        taken: dict[str, list[tuple[float, float]]] = {"waypost replay": [], "chdb windowFunnel": []}
        for _ in range(ROUNDS):
            for name, command in (("waypost replay", ours), ("chdb windowFunnel", theirs)):
                taken[name].append(_run(command))
    yield f"{events:,} events of {users:,} users, one rule: {' > '.join(step['event'] for step in CHAIN['steps'])}."
    yield ""
    yield "| what | s | events/s | most memory, MB |"
    yield "|---|---:|---:|---:|"
    medians = {}
    for name, runs in taken.items():
        seconds = medians[name] = sorted(seconds for seconds, _ in runs)[ROUNDS // 2]
        yield f"| {name} | {seconds:.1f} | {events / seconds:,.0f} | {max(most for _, most in runs):.0f} |"
    yield ""
    yield f"waypost replay to windowFunnel, time: {medians['waypost replay'] / medians['chdb windowFunnel']:.1f}"


def _write(file: Path, events: int) -> int:
    users = max(1, int(events * USERS_PER_EVENT))
    with file.open("w", newline="") as out:
        rows = csv.writer(out)
        rows.writerow(["user", "event", "at"])
        for event in stream(events, users):
            rows.writerow([event.user_id, event.name, datetime.fromtimestamp(event.t / 1000, UTC).isoformat()])
    return users


def _run(command: Sequence[str]) -> tuple[float, float]:
    """(seconds, the most memory in MB) of a process and its end. Raises when it fails."""
    told = subprocess.run([sys.executable, "-c", WATCHED, *command], stdout=subprocess.PIPE, check=True, text=True)
    seconds, kilobytes = told.stdout.split()
    return float(seconds), float(kilobytes) / 1024
