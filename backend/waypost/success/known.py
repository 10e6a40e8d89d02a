"""All that is known of an account at one look: what signals and zones are computed from."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, tzinfo
from functools import cached_property
from operator import add, or_
from typing import TypeVar

from waypost.facts.days import local_day
from waypost.model import ACTIVE as ACTIVE_NAME
from waypost.model import Json
from waypost.rules.plan import CustomerModel, Feature, Plan
from waypost.store.usage import ACTIVE, StoredPerson, StoredTicket

__all__ = [
    "DAYS", "EARLIER_BITS", "MONTH", "NOW_BITS", "TODAY", "WEEK_BITS", "Answer", "Known", "Names", "day_of", "number",
]  # fmt: skip

DAYS = 56  # complete local days that a look goes back: four windows of 14, and today beside them
MONTH = 28  # days: not a month, for 28 have no weekday more often than others
TODAY = 1 << DAYS  # days of use are bits, the oldest first: bit i is the local day `today` − DAYS + i
NOW_BITS = (1 << MONTH) - 1 << DAYS - MONTH + 1  # the last 28 days, today among them
EARLIER_BITS = NOW_BITS >> MONTH  # and the 28 before
WEEK_BITS = tuple(0b111_1111 << DAYS - 6 - 7 * week for week in range(8))  # the last 7 days, the 7 before, …
EPOCH = date(1970, 1, 1).toordinal()


def number(value: Json) -> float | None:
    """A number from 0 on; None for anything else."""
    fits = isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < float("inf")
    return float(value) if fits else None


def day_of(value: Json) -> int | None:
    """The local day number of "2027-01-31", with or without a time after it; None for anything else."""
    try:
        return date.fromisoformat(value[:10]).toordinal() - EPOCH if isinstance(value, str) else None
    except ValueError:
        return None


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer to an NPS question: 0 to 10, at an instant (ms), of a person."""

    score: int
    at: int
    subject: str = ""


@dataclass(frozen=True, slots=True)
class Names:
    """The ids of event names, as usage rows have them, by what they mean. Names that were never received are not there."""

    asked_for: frozenset[str] = frozenset()  # key actions as written: without any, nothing can be said of them
    key: frozenset[int] = frozenset()
    limits: frozenset[int] = frozenset()
    support: frozenset[int] = frozenset()
    activation: tuple[frozenset[int], ...] = ()
    features: Mapping[str, frozenset[int]] = field(default_factory=dict)
    known_since: Mapping[str, int] = field(default_factory=dict)  # feature -> ms its first event was first received
    chains: Mapping[str, tuple[frozenset[int], frozenset[int]]] = field(default_factory=dict)
    """Feature -> (first step, last step) of its chain."""

    @classmethod
    def of(cls, ids: Mapping[str, int], since: Mapping[str, int], plan: Plan) -> Names:
        """`ids`: event name -> id; `since`: event name -> ms of its first receipt."""
        ids = {**ids, ACTIVE_NAME: ACTIVE}
        model, support = plan.customers, plan.reported.support

        def some(names: Collection[str]) -> frozenset[int]:
            return frozenset(ids[name] for name in names if name in ids)

        return cls(
            asked_for=frozenset(plan.key_actions),
            key=some(plan.key_actions),
            limits=some(model.limits),
            support=some(support[0]) if support else frozenset(),
            activation=tuple(some(names) for names in plan.reported.activation),
            features={feature.id: some(feature.events) for feature in model.features},
            known_since={
                feature.id: min(since[name] for name in feature.events if name in since)
                for feature in model.features
                if any(name in since for name in feature.events)
            },
            chains={
                feature.id: (some(feature.chain.steps[0].names), some(feature.chain.steps[-1].names))
                for feature in model.features
                if feature.chain is not None
            },
        )


@dataclass(frozen=True)
class Known:
    """`first_day`: the local day of the first sight of the account. `off`: its days off (a calendar of project.json).

    Of today and the DAYS days before it, by event name (id): `did` person -> days of use as bits, `uses` local day ->
    uses by everybody. `last`: the same, person -> ms of the last time ever. `people`: its people, and those who left
    it. `today` is the local day of `now` in `tz`.
    """

    now: int
    first_day: int
    model: CustomerModel
    names: Names
    traits: Mapping[str, Json] = field(default_factory=dict)
    stage: str = ""
    tz: tzinfo = UTC
    did: Mapping[int, Mapping[str, int]] = field(default_factory=dict)
    uses: Mapping[int, Mapping[int, int]] = field(default_factory=dict)
    last: Mapping[int, Mapping[str, int]] = field(default_factory=dict)
    people: Sequence[StoredPerson] = ()
    tickets: Sequence[StoredTicket] = ()
    answers: Sequence[Answer] = ()
    off: Collection[int] = frozenset()

    @cached_property
    def today(self) -> int:
        return local_day(self.now, self.tz)

    @cached_property
    def age(self) -> int:
        """Local days since the first sight."""
        return self.today - self.first_day

    @cached_property
    def seats(self) -> int | None:
        found = number(self.traits.get("seats"))
        return int(found) if found and found >= 1 else None

    @cached_property
    def entitlements(self) -> frozenset[str]:
        found = self.traits.get("entitlements")
        return frozenset(str(one) for one in found) if isinstance(found, list) else frozenset()

    def entitled(self, feature: Feature) -> bool:
        return not feature.entitlement or feature.entitlement in self.entitlements

    def days(self, names: Collection[int]) -> Mapping[str, int]:
        """Person -> the days on which they did any of these, as bits."""
        return _together([self.did[name] for name in names if name in self.did], or_)

    def counts(self, names: Collection[int]) -> Mapping[int, int]:
        """Local day -> uses of all people."""
        return _together([self.uses[name] for name in names if name in self.uses], add)

    def last_times(self, names: Collection[int]) -> Mapping[str, int]:
        """Person -> ms when they last did any of these."""
        return _together([self.last[name] for name in names if name in self.last], max)

    def who(self, names: Collection[int], bits: int = NOW_BITS) -> set[str]:
        """The people who did any of these on any of these days; of 28 where none are named."""
        return {who for who, days in self.days(names).items() if days & bits}

    @cached_property
    def active(self) -> frozenset[str]:
        """People active in 28 days."""
        return frozenset(self.who((ACTIVE,)))

    @cached_property
    def last_seen(self) -> Mapping[str, int]:
        """Person -> ms they were last active."""
        return self.last.get(ACTIVE, {})


K = TypeVar("K", str, int)


def _together(parts: Sequence[Mapping[K, int]], merge: Callable[[int, int], int]) -> Mapping[K, int]:
    if len(parts) == 1:
        return parts[0]
    found: dict[K, int] = {}
    for part in parts:
        for key, value in part.items():
            found[key] = merge(found[key], value) if key in found else value
    return found
