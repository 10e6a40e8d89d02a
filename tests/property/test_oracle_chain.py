"""Chains of the engine against every choice of events tried by brute force."""

from __future__ import annotations

from random import Random

from hypothesis import settings

from tests.oracle.chains import occurrences
from waypost.facts.fold import fold_event
from waypost.facts.subject import Facts
from waypost.model import Event
from waypost.rules.plan import Atom, Chain, Matcher, Plan

WITHIN = 1_000


def _plan(steps: str, gap: int | None, unless: str) -> Plan:
    chain = Chain(tuple(Matcher((s,)) for s in steps), WITHIN, gap, tuple(Matcher((u,)) for u in unless))
    index: dict[str, tuple[tuple[str, int], ...]] = {}
    roles = [(name, i) for i, name in enumerate(steps)] + [(name, -1 - i) for i, name in enumerate(unless)]
    for name, role in roles:
        index[name] = (*index.get(name, ()), ("c", role))
    return Plan({}, {"c": Atom("c", "chain", "user", chain=chain)}, {}, {"user": index}, (), "f")


def _history(rng: Random) -> list[Event]:
    t, events = 10_000, []
    for i in range(rng.randint(2, 10)):
        t += rng.choice([0, 0, 1, 299, 300, 301, 499, 500, 999, 1_000, 1_001])
        events.append(Event(message_id=f"m{i:02}", name=rng.choice("AABBCCX"), t=t, received_at=50_000))
    return events


def test_chains_complete_exactly_where_some_choice_of_events_does_in_any_order_of_arrival() -> None:
    for seed in range(settings.default.max_examples if settings.default else 2_000):
        rng = Random(seed)
        steps, gap = rng.choice(["AB", "ABC", "AA", "ABA", "AAB"]), rng.choice([None, None, 300, 500])
        unless, events = rng.choice(["", "X"]), _history(rng)
        facts, arrived = Facts.empty("f"), rng.sample(events, len(events))
        for event in arrived:
            fold_event(_plan(steps, gap, unless), "user", facts, event)
        found = occurrences([(e.t, e.name) for e in events], steps, WITHIN, gap, unless)
        state = facts.now.chains.get("c")
        assert (state.completed if state else 0) == len(found), seed
        done = (state.done or (None,))[0] if state else None
        assert done == (events[found[-1]].t if found else None), seed
