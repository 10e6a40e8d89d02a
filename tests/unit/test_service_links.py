"""An anonymous id becomes a user's: its history comes along in any order of arrival, and only once."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import permutations
from pathlib import Path

import msgspec
import pytest

from waypost.facts.subject import Facts, decode
from waypost.model import IDENTIFY, MINUTE, Event
from waypost.service.clock import Clock
from waypost.service.journal import record
from waypost.service.rebuild import verify
from waypost.service.runtime import Runtime
from waypost.service.start import open_runtime
from waypost.settings import Settings
from waypost.store.facts import load_facts
from waypost.store.sqlite import Tx

START = 1_800_000_000_000
RULE = {
    "id": "a",
    "text": {"en": {"title": "A"}},
    "placement": {"surface": "corner"},
    "trigger": {
        "when": {
            "and": [
                {"chain": {"steps": [{"event": "one"}, {"event": "two"}, {"event": "three"}], "within": "1h"}},
                {"did": {"event": "two", "min": 5}},
            ]
        }
    },
}
HISTORY = [
    ("one", {"anon_id": "x"}),
    ("two", {"anon_id": "x"}),
    (IDENTIFY, {"anon_id": "x", "user_id": "ivan"}),
    ("three", {"user_id": "ivan"}),
]


def open_in(folder: Path) -> Runtime:
    (folder / "rules" / "tips").mkdir(parents=True)
    (folder / "rules" / "tips" / "a.json").write_bytes(msgspec.json.encode(RULE))
    settings = Settings(database_url=f"sqlite:///{folder / 'a.db'}", rules=str(folder / "rules"), write_key="wk")
    return open_runtime(settings, clock=Clock(lambda: START))


@pytest.fixture
def runtime(tmp_path: Path) -> Iterator[Runtime]:
    made = open_in(tmp_path)
    yield made
    made.store.close()


def happened(number: int, name: str, **who: str) -> Event:
    at = START + number * MINUTE
    return Event(message_id=f"{who}-{number}-{name}", name=name, t=at, received_at=at, active=True, **who)  # type: ignore[arg-type]


def receive(runtime: Runtime, *events: Event) -> None:
    def job(tx: Tx) -> None:
        unit = runtime.unit(tx)
        record(runtime, unit, events, START)
        unit.save()

    runtime.store.write_now(job)


def facts(runtime: Runtime, subject: str = "u:ivan") -> Facts:
    row = runtime.store.read_now(lambda tx: load_facts(tx, runtime.project_id, subject))
    assert row is not None
    return decode(row[1])


@pytest.mark.parametrize("together", [False, True], ids=["one by one", "in one batch"])
def test_the_history_comes_along_in_any_order_of_arrival(tmp_path: Path, together: bool) -> None:
    events = [happened(number, name, **who) for number, (name, who) in enumerate(HISTORY)]
    seen = []
    for turn, order in enumerate(permutations(events)):
        runtime = open_in(tmp_path / str(turn))
        for batch in [order] if together else [[event] for event in order]:
            receive(runtime, *batch)
        found = facts(runtime)
        assert verify(runtime.store, runtime.project_id, runtime.rules.plan) == []
        runtime.store.close()
        (chain,) = found.now.chains.values()
        assert (chain.completed, found.session and found.session.n) == (1, 1)
        seen.append((found.first_seen, found.last_seen, found.states, found.now, [key for key, *_ in found.log]))
    assert len(seen) == 24
    assert all(one == seen[0] for one in seen)


def test_a_second_user_on_the_same_browser_inherits_nothing(runtime: Runtime) -> None:
    receive(runtime, happened(0, "two", anon_id="x"), happened(1, IDENTIFY, anon_id="x", user_id="ivan"))
    receive(runtime, happened(2, IDENTIFY, anon_id="x", user_id="olga"), happened(3, "two", user_id="olga"))
    assert [len(times) for times in facts(runtime, "u:olga").states.values()] == [1]
    assert facts(runtime, "u:olga").first_seen == START + 2 * MINUTE


def test_what_an_anonymous_id_does_after_it_was_linked_is_its_own(runtime: Runtime) -> None:
    receive(runtime, happened(1, IDENTIFY, anon_id="x", user_id="ivan"), happened(2, "two", anon_id="x"))
    assert facts(runtime).states == {}
    assert [len(times) for times in facts(runtime, "a:x").states.values()] == [1]
    assert verify(runtime.store, runtime.project_id, runtime.rules.plan) == []
