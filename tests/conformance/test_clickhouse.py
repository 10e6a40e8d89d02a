"""Chains, counts and active users against ClickHouse (chdb, in process) over 4,000 users."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import chdb
import pytest

from waypost.facts.days import local_day, zone
from waypost.facts.fold import fold_event
from waypost.facts.look import Look
from waypost.facts.read import ReadEnv
from waypost.facts.subject import Facts
from waypost.model import DAY, HOUR, Event
from waypost.rules.compile import compile_rules
from waypost.rules.plan import Plan

USERS = 4_050  # some have no event before the last instant
START = 1_800_000_000_000
SPAN = 30 * DAY
NOW = START + SPAN
STEPS = ("a", "b", "c")
BERLIN = zone("Europe/Berlin")
WINDOWS = {"10m": 600_000, "1h": HOUR, "6h": 6 * HOUR, "2d": 2 * DAY}


def stream() -> Iterator[tuple[int, int, str]]:
    """(user, ms, name): visits of a few events; each user's instants differ, for ties are ours to decide."""
    rng = Random(11)
    for user in range(USERS):
        used: set[int] = set()
        for _ in range(rng.randint(1, 6)):
            t = START + rng.randrange(SPAN)
            for _ in range(rng.randint(1, 6)):
                t += rng.choice([1, 1_000, 60_000, 599_999, 600_000, 600_001, HOUR, 5 * HOUR])
                if t not in used and t <= NOW:
                    used.add(t)
                    yield user, t, rng.choice("aabbccx")


@pytest.fixture(scope="module")
def rows() -> list[tuple[int, int, str]]:
    return sorted(stream(), key=lambda row: (row[0], row[1]))


@pytest.fixture(scope="module")
def table(rows: list[tuple[int, int, str]], tmp_path_factory: pytest.TempPathFactory) -> str:
    file: Path = tmp_path_factory.mktemp("clickhouse") / "events.csv"
    file.write_text("".join(f"{user},{t},{name}\n" for user, t, name in rows))
    return f"file('{file}', 'CSV', 'user UInt32, t UInt64, name String')"


def ask(sql: str) -> list[list[str]]:
    return [line.split(",") for line in str(chdb.query(sql, "CSV")).replace('"', "").split()]


def by_user(sql: str) -> dict[int, int]:
    return {int(user): int(value) for user, value in ask(sql)}


def compiled(whens: dict[str, Any]) -> Plan:
    documents = {
        name: {
            "id": name,
            "text": {"en": {"title": "t"}},
            "placement": {"surface": "corner"},
            "trigger": {"when": when},
        }
        for name, when in whens.items()
    }
    plan, problems = compile_rules(documents, {}, {}, {})
    assert [problem for problem in problems if problem.severity == "error"] == []
    return plan


def folded(plan: Plan, rows: list[tuple[int, int, str]]) -> dict[int, Facts]:
    people: dict[int, Facts] = {}
    for i, (user, t, name) in enumerate(rows):
        facts = people.setdefault(user, Facts.empty(plan.fingerprint))
        event = Event(
            message_id=f"m{i}",
            name=name,
            t=t,
            received_at=t,
            active=True,
            day=local_day(t, BERLIN),
            user_id=str(user),
        )
        fold_event(plan, "user", facts, event)
    return people


def chain(steps: str, within: str) -> dict[str, Any]:
    return {"chain": {"steps": [{"event": name} for name in steps], "within": within}}


@pytest.mark.parametrize("within", WINDOWS)
def test_the_furthest_step_is_that_of_window_funnel(
    rows: list[tuple[int, int, str]], table: str, within: str
) -> None:
    prefixes = ["a", "ab", "abc"]
    plan = compiled({f"r{i}": chain(prefix, within) for i, prefix in enumerate(prefixes)})
    people = folded(plan, rows)
    ours = {
        user: sum(Look(plan, facts, None, NOW, ReadEnv()).truth(plan.rules[f"r{i}"].when) for i in range(3))
        for user, facts in people.items()
    }
    conditions = ", ".join(f"name = '{name}'" for name in STEPS)
    theirs = by_user(f"SELECT user, windowFunnel({WINDOWS[within]})(t, {conditions}) FROM {table} GROUP BY user")
    assert len(theirs) >= 4_000
    assert ours == theirs
    assert set(theirs.values()) == {0, 1, 2, 3}


def test_occurrences_that_do_not_overlap_are_those_of_sequence_count(
    rows: list[tuple[int, int, str]], table: str
) -> None:
    plan = compiled({"r": chain("abc", "90d")})
    (atom,) = (a.id for a in plan.atoms.values() if a.chain)
    people = folded(plan, rows)
    ours = {user: (s.completed if (s := facts.now.chains.get(atom)) else 0) for user, facts in people.items()}
    conditions = ", ".join(f"name = '{name}'" for name in STEPS)
    theirs = by_user(f"SELECT user, sequenceCount('(?1).*(?2).*(?3)')(t, {conditions}) FROM {table} GROUP BY user")
    assert ours == theirs
    assert max(theirs.values()) >= 3


@pytest.mark.parametrize("days", [1, 7, 14, 28])
def test_distinct_local_days_are_those_of_clickhouse(rows: list[tuple[int, int, str]], table: str, days: int) -> None:
    plan = compiled({"r": {">=": [{"days": {"event": "a", "last": f"{days}cd"}}, 1]}})
    (reading,) = plan.readings
    env = ReadEnv(user_zone=BERLIN)
    ours = {user: Look(plan, facts, None, NOW, env).reading(reading) for user, facts in folded(plan, rows).items()}
    local = "toDate(toDateTime(intDiv(t, 1000), 'Europe/Berlin'), 'Europe/Berlin')"
    today = datetime.fromtimestamp(NOW / 1000, BERLIN).date()
    theirs = by_user(
        f"SELECT user, uniqExactIf({local}, name = 'a' AND {local} > toDate('{today}') - {days}) "
        f"FROM {table} GROUP BY user"
    )
    assert ours == theirs
    assert max(theirs.values()) >= min(days, 3)


def test_rolling_active_users_are_those_of_clickhouse(rows: list[tuple[int, int, str]], table: str) -> None:
    """The window is open on the left and closed on the right, at instants that events fall on as well."""
    whens = {f"r{d}": {"did": {"event": "$active", "last": f"{d}d"}} for d in (1, 7, 28)}
    plan = compiled(whens)
    edges = [rows[i][1] for i in (5, 5_000, 20_000)]
    instants = sorted({NOW, START + 15 * DAY, *edges, *(t + DAY for t in edges), *(t + 7 * DAY - 1 for t in edges)})
    for now in [instant for instant in instants if instant <= NOW]:
        people = folded(plan, [row for row in rows if row[1] <= now])
        for d in (1, 7, 28):
            when = plan.rules[f"r{d}"].when
            ours = sum(Look(plan, facts, None, now, ReadEnv()).truth(when) for facts in people.values())
            ((theirs,),) = ask(f"SELECT uniqExact(user) FROM {table} WHERE t > {now - d * DAY} AND t <= {now}")
            assert ours == int(theirs), (d, datetime.fromtimestamp(now / 1000, UTC))


def test_the_stream_is_large_enough(rows: list[tuple[int, int, str]]) -> None:
    assert len({user for user, _, _ in rows}) >= 4_000
    assert len(rows) > 40_000
