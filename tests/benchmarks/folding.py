"""Folding: what an event costs, beside a bare decode of the same bytes, and how that grows with rules."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from random import Random
from typing import Any

import msgspec

from tests.benchmarks.stream import NAMES, START, stream
from tests.benchmarks.timing import Case
from tests.unit.decide_world import compiled, tip
from waypost.facts.fold import fold_event
from waypost.facts.subject import Facts
from waypost.model import Event
from waypost.rules.plan import Plan

__all__ = ["DECODE", "MIXED", "OPERATORS", "folding_cases", "growth_cases"]

DECODE = "bare msgspec decode"
MIXED = "fold, 20 rules of which 10 are chains"
BATCH = 20_000  # events of one round


def mixed() -> list[dict[str, Any]]:
    """Twenty rules over the names of the stream; ten are chains of two to four steps."""
    draw = Random(1)
    rules = []
    for _ in range(10):
        steps = [{"event": draw.choice(NAMES)} for _ in range(draw.randint(2, 4))]
        rules.append({"chain": {"steps": steps, "within": draw.choice(["10m", "1h", "1d"])}})
    for i in range(10):
        event = {"event": NAMES[i % len(NAMES)]}
        rules.append(
            [
                {"did": {**event, "min": 3, "last": "7d"}},
                {"never": {**event, "tenure": "3d"}},
                {"inactive": {"for": "7d", **event}},
                {">=": [{"days": {**event, "last": "14cd"}}, 3]},
                {">=": [{"count": {**event, "last": "7d"}}, 5]},
            ][i % 5]
        )
    return [tip(f"r{i}", when=when) for i, when in enumerate(rules)]


OPERATORS: dict[str, dict[str, Any]] = {
    "nothing but the session": {"did": {"event": "unheard"}},
    "did": {"did": {"event": "catalog", "min": 3, "last": "7d"}},
    "count": {">=": [{"count": {"event": "catalog", "last": "7d"}}, 5]},
    "days": {">=": [{"days": {"event": "catalog", "last": "14cd"}}, 3]},
    "never": {"never": {"event": "catalog", "tenure": "3d"}},
    "inactive": {"inactive": {"for": "7d", "event": "catalog"}},
    "chain of 3": {"chain": {"steps": [{"event": "catalog"}, {"event": "product_view"}, {"event": "add_to_cart"}], "within": "1h"}},
    "chain with where": {
        "chain": {
            "steps": [{"event": "catalog", "where": {"!=": [{"var": "event.x"}, 1]}}, {"event": "product_view"}], "within": "1h",
        }
    },
    "strict chain": {
        "chain": {"steps": [{"event": "catalog"}, {"event": "product_view"}], "within": "1h", "mode": "strict"}
    },
}  # fmt: skip


class _Folding:
    """Folds the stream on and on, from where the last round left off; people are those of a service that runs."""

    def __init__(self, plan: Plan, events: list[Event]) -> None:
        self.plan, self.events, self.at = plan, events, 0
        self.people: dict[str, Facts] = {}
        for event in events[: len(events) // 2]:
            self._fold(event)
        self.at = len(events) // 2

    def _fold(self, event: Event) -> None:
        user = event.user_id or ""
        facts = self.people.get(user)
        if facts is None:
            facts = self.people[user] = Facts.empty(self.plan.fingerprint)
        fold_event(self.plan, "user", facts, event)

    def run(self, number: int) -> None:
        for _ in range(number):
            if self.at == len(self.events):
                self.people, self.at = {}, 0
            self._fold(self.events[self.at])
            self.at += 1


def _decoding(events: list[Event]) -> Callable[[int], None]:
    raw, decoder = [msgspec.json.encode(event) for event in events], msgspec.json.Decoder(Event)

    def run(number: int) -> None:
        for i in range(number):
            decoder.decode(raw[i % len(raw)])

    return run


@contextmanager
def folding_cases(events: int = 200_000, users: int = 4_000) -> Iterator[list[Case]]:
    told = list(stream(events, users))
    cases = [Case(DECODE, _decoding(told)), Case(MIXED, _Folding(compiled(*mixed()), told).run)]
    for name, when in OPERATORS.items():
        cases.append(Case(f"fold, one rule: {name}", _Folding(compiled(tip("r", when=when)), told).run))
    yield cases


@contextmanager
def growth_cases(sizes: tuple[int, ...] = (10, 100, 1_000)) -> Iterator[list[Case]]:
    """An event that three rules name, among ever more rules that do not."""
    told = [
        Event(message_id=f"m{i}", name="catalog", t=START + i * 60_000, received_at=START + i * 60_000, active=True, user_id=f"u{i % 50}")
        for i in range(50_000)
    ]  # fmt: skip
    naming = [OPERATORS["did"], OPERATORS["chain of 3"], OPERATORS["never"]]
    cases = []
    for size in sizes:
        others = [tip(f"o{i}", when={"did": {"event": f"other_{i}"}}) for i in range(size - 3)]
        plan = compiled(*(tip(f"r{i}", when=when) for i, when in enumerate(naming)), *others)
        cases.append(Case(f"fold an event that 3 of {size} rules name", _Folding(plan, told).run))
    yield cases
