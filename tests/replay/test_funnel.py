"""A chain completes for exactly those whom ClickHouse's windowFunnel finds, through the whole of `waypost replay`."""

from __future__ import annotations

import csv
import gzip
import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests.replay.funnel import CHAIN, STEPS, WITHIN_MS, completed, with_equal_times
from waypost.cli import main
from waypost.cli.clickstream import Columns
from waypost.cli.replay import replay_file
from waypost.insight.replay import Replay

USERS = 2_000
COLUMNS = Columns("visitor", "action", "at")
HOUR = WITHIN_MS
START = 1_700_000_000_000
GAPS = (1, 999, 60_000, HOUR // 3 - 1, HOUR // 3, HOUR // 3 + 1, HOUR // 2, HOUR - 2, HOUR - 1, HOUR, HOUR + 1)
"""ms between two events of a person: three thirds of an hour are the closed edge of the window."""
NAMES = (*STEPS, *STEPS, "search", "wishlist_add")


def visits(rng: Random) -> list[tuple[int, str]]:
    """(ms, event) of one person, distinct times: often the next step of the funnel, often not."""
    at, step, events = START + rng.randrange(30 * 24 * HOUR), 0, []
    for _ in range(rng.randint(1, 14)):
        at += rng.choice(GAPS)
        name = STEPS[step % len(STEPS)] if rng.random() < 0.6 else rng.choice(NAMES)
        step = STEPS.index(name) + 1 if name in STEPS else step
        events.append((at, name))
    return events


@pytest.fixture(scope="module")
def clickstream(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file in no order of time, as exports are."""
    rng = Random(20_260_101)
    rows = [(f"visitor-{user}", name, at) for user in range(USERS) for at, name in visits(rng)]
    rng.shuffle(rows)
    path = tmp_path_factory.mktemp("replay") / "clicks.csv.gz"
    with gzip.open(path, "wt", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["action", "visitor", "at", "device"])
        for user, name, at in rows:
            writer.writerow([name, user, datetime.fromtimestamp(at / 1000, UTC).isoformat(), rng.choice("ab")])
    return path


def rule(rule_id: str, **parts: Any) -> dict[str, Any]:
    return {"id": rule_id, "name": rule_id, "text": {"en": {"title": rule_id}}, **parts}


ALERT = {"kind": "alert", "scope": "user"}
CORNER = {"placement": {"surface": "corner"}}
REF = {"chain": {"ref": "purchase"}}
RULES = [
    rule("task-at-the-moment", **ALERT, trigger={"on": REF}),
    rule("task-as-a-state", **ALERT, trigger={"when": REF}),
    rule("tip-at-the-moment", **CORNER, trigger={"on": REF}),
    rule("tip-as-a-state", **CORNER, trigger={"when": REF}),
    rule("rival", **CORNER, trigger={"on": {"event": "catalog"}}, policy={"priority": "high"}),
]


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("rules")
    (folder / "tips").mkdir()
    (folder / "chains.json").write_text(json.dumps({"purchase": CHAIN}))
    for document in RULES:
        (folder / "tips" / f"{document['id']}.json").write_text(json.dumps(document))
    return folder


@pytest.fixture(scope="module")
def run(clickstream: Path, rules: Path) -> Replay:
    return replay_file(clickstream, COLUMNS, rules)[1]


def test_a_chain_completes_for_exactly_those_whom_window_funnel_finds(clickstream: Path, run: Replay) -> None:
    expected = completed(clickstream, COLUMNS)
    assert with_equal_times(clickstream, COLUMNS) == set(), "where times are equal the two may differ"
    assert 100 < len(expected) < USERS - 100
    assert run.reach["task-at-the-moment"].users == expected
    assert run.reach["task-as-a-state"].users == expected
    assert run.reach["tip-at-the-moment"].due == expected
    assert run.reach["tip-as-a-state"].due == expected


def test_caps_hide_nobody_for_whom_a_tip_came_up_and_every_user_is_in_one_group(run: Replay) -> None:
    for rule_id in ("tip-at-the-moment", "tip-as-a-state", "rival"):
        reach = run.reach[rule_id]
        assert reach.users <= reach.due
        assert len(reach.users) + reach.held.total() == len(reach.due)
        assert len(reach.due) + reach.unmet.total() == USERS
    assert run.reach["tip-at-the-moment"].users < run.reach["tip-at-the-moment"].due, "the rival took some places"


def test_the_report_counts_those_users(
    clickstream: Path, rules: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    columns = ["--user", "visitor", "--event", "action", "--time", "at"]
    monkeypatch.setattr(sys, "argv", ["waypost", "replay", str(clickstream), *columns, "--rules", str(rules)])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 0
    printed = capsys.readouterr()
    number = len(completed(clickstream, COLUMNS))
    share = f"{100 * number / USERS:.1f} %"
    shown = printed.out.split("\n\n")
    assert shown[0].endswith(" UTC")
    assert f" of {USERS:,} users, 2023-11-" in shown[0]
    task = next(part for part in shown if part.startswith("task-at-the-moment (CSM task)")).splitlines()
    assert task[1].split() == ["opened", "for", str(number), "users", *share.split(), *task[1].split()[6:]]
    assert task[2].split()[:5] == ["never", "true", "for", f"{USERS - number:,}", "users"]
    assert "Replaying" in printed.err
