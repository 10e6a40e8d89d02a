"""python -m tests.replay FILE.csv.gz: the same comparison over a clickstream of one's own, in figures."""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

from tests.replay.funnel import CHAIN, completed, with_equal_times
from waypost.cli.clickstream import Columns
from waypost.cli.replay import replay_file

COLUMNS = Columns("user_id", "event", "timestamp")
BUYER = {
    "id": "buyer",
    "kind": "alert",
    "scope": "user",
    "text": {"en": {"title": "Bought"}},
    "trigger": {"on": {"chain": CHAIN}},
}


def compare(file: Path) -> None:
    with tempfile.TemporaryDirectory() as rules:
        (Path(rules) / "buyer.json").write_text(json.dumps(BUYER))
        stream, run = replay_file(file, COLUMNS, Path(rules))
    ours, theirs, tied = run.reach["buyer"].users, completed(file, COLUMNS), with_equal_times(file, COLUMNS)
    print("{} events, {} users".format(*stream.count()))
    print(f"completed: {len(ours)} here, {len(theirs)} in ClickHouse; {len(tied)} users have events at one instant")
    print(f"differ: {len((ours ^ theirs) - tied)} without events at one instant, {len((ours ^ theirs) & tied)} with")


compare(Path(sys.argv[1]))
