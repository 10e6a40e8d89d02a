"""Laws 2 and 9 of section 4.3 through the real door: journal, store and facts."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests.oracle.history import HOUR, MINUTE, Happening
from tests.property.chain_shapes import CHAINS, PROPS, STEPS
from tests.property.histories import RUNS, event_of, received, story
from tests.unit.decide_world import START, tip
from waypost.facts.fold import fold_event
from waypost.facts.subject import Facts, decode, encode
from waypost.model import Event
from waypost.service.clock import Clock
from waypost.service.journal import record
from waypost.service.rebuild import verify
from waypost.service.runtime import Runtime
from waypost.service.start import open_runtime
from waypost.settings import Settings
from waypost.store.facts import load_facts

RULE = tip(
    "a",
    when={
        "and": [
            {"chain": {"ref": "ab"}}, {"chain": {"ref": "same"}}, {"abandoned": {"ref": "abc-unless"}}, {"returned": {"after": "1d"}},
            {"did": {"event": "A", "min": 3, "last": "1d"}}, {"days": {"event": "$active", "last": "7cd"}},
            {"count": {"event": "B"}}, {"never": {"event": "X", "tenure": "0s"}}, {"inactive": {"for": "1h"}},
        ]
    },
)  # fmt: skip
SPANS = (10 * MINUTE, HOUR, 24 * HOUR)
AT_ONCE = 25  # lives in one transaction: each commit is a write to the disk


@pytest.fixture(scope="module")
def runtime(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runtime]:
    folder: Path = tmp_path_factory.mktemp("journal")
    (folder / "rules" / "tips").mkdir(parents=True)
    (folder / "rules" / "tips" / "a.json").write_text(json.dumps(RULE))
    (folder / "rules" / "chains.json").write_text(
        json.dumps({name: CHAINS[name] for name in ("ab", "same", "abc-unless")})
    )
    made = open_runtime(
        Settings(database_url=f"sqlite:///{folder / 'a.db'}", rules=str(folder / "rules"), write_key="wk"),
        clock=Clock(lambda: START),
    )
    assert not made.rules.broken
    yield made
    made.store.close()


def life(rng: Random, who: str, most: int) -> list[dict[str, Any]]:
    told = story(rng, "AABBCX", SPANS, props=PROPS, steps=STEPS, most=most, zones=("UTC",))
    return [{**h, "id": f"{who}-{h['id']}"} for h in told.arrivals]


def receive(runtime: Runtime, batches: Sequence[Sequence[Event]]) -> list[tuple[int, int]]:
    """Record these batches in one transaction: (accepted, duplicates) of each."""

    def job(tx: Any) -> list[tuple[int, int]]:
        found = []
        for batch in batches:
            unit = runtime.unit(tx)
            receipt = record(runtime, unit, batch, START)
            unit.save()
            found.append((receipt.accepted, receipt.duplicates))
        return found

    return runtime.store.write_now(job)


def kept(runtime: Runtime, subject: str) -> bytes:
    row = runtime.store.read_now(lambda tx: load_facts(tx, runtime.project_id, subject))
    return row[1] if row else encode(Facts.empty(runtime.rules.plan.fingerprint))


def folded(runtime: Runtime, happenings: Sequence[Happening], **who: Any) -> bytes:
    facts = Facts.empty(runtime.rules.plan.fingerprint)
    for h in happenings:
        fold_event(runtime.rules.plan, "user", facts, event_of(h, **who))
    return encode(facts)


def cut(rng: Random, events: Sequence[Event]) -> list[list[Event]]:
    batches, left = [], list(events)
    while left:
        size = rng.randint(1, 4)
        batches.append(left[:size])
        left = left[size:]
    return batches


def test_repeating_messages_changes_nothing(runtime: Runtime) -> None:
    for first in range(0, RUNS, AT_ONCE):
        lives, batches = {}, []
        for seed in range(first, first + AT_ONCE):
            rng, who = Random(seed), f"twice{seed}"
            sent = life(rng, who, 8)
            again = [{**h, "props": dict(rng.choice(PROPS))} for h in sent if rng.random() < 0.5]
            sent += rng.sample(again, len(again))
            lives[who] = sent
            batches.append(cut(rng, [event_of(h, user_id=who) for h in sent]))
        receipts = receive(runtime, [batch for of_one in batches for batch in of_one])
        distinct = sum(len(received(sent)) for sent in lives.values())
        assert sum(accepted - duplicates for accepted, duplicates in receipts) == distinct
        for who, sent in lives.items():
            assert kept(runtime, f"u:{who}") == folded(runtime, received(sent), user_id=who), who
    assert verify(runtime.store, runtime.project_id, runtime.rules.plan) == []


def test_a_linked_history_is_the_union_of_both(runtime: Runtime) -> None:
    """Some of it anonymous, some of it as a user; the link comes at its place, and anything may come late."""
    for first in range(0, RUNS // 4, AT_ONCE):
        lives, batches = {}, []
        for seed in range(first, first + AT_ONCE):
            rng, who = Random(-1 - seed), f"linked{seed}"
            told = received(life(rng, who, 9))
            link_at = START - rng.choice((0, 5 * MINUTE, 2 * HOUR))
            arrivals = [event_of(h, anon_id=who, **({} if h["t"] <= link_at else {"user_id": who})) for h in told]
            link = {"id": f"{who}-link", "t": link_at, "recv": START, "name": "$identify", "active": False}
            arrivals.insert(rng.randint(0, len(arrivals)), event_of(link, anon_id=who, user_id=who))
            lives[who] = [*told, link]
            batches += cut(rng, arrivals)
        receive(runtime, batches)
        for who, told in lives.items():
            facts, union = (state(body) for body in (kept(runtime, f"u:{who}"), folded(runtime, told, user_id=who)))
            assert facts == union, who
    assert verify(runtime.store, runtime.project_id, runtime.rules.plan) == []


def state(body: bytes) -> tuple[Any, ...]:
    facts = decode(body)
    seen = (facts.first_seen, facts.last_seen, facts.last_active, facts.states, facts.now)
    return (*seen, [entry[0] for entry in facts.log])
