"""Chains by trying every choice of events. Sections 1.4.1 and 1.4.2.

A *partial* is a choice of events for the first steps, in order, with t(last) − t(first) ≤ within and every gap
≤ gap. It is alive until min(t(first) + within, t(last) + gap), that instant included. An attempt is open as long as
some partial of it is alive. Nothing here carries state from one event to the next but where the attempt began.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from tests.oracle.history import Happening, Where, in_order, length, matches

__all__ = [
    "ENDED_KEPT", "FOREVER", "KEYS", "Attempts", "Ended", "Match", "Rules", "abandonments", "apply_event", "attempts", "end_before",
    "expanded", "key_of", "played", "progress",
]  # fmt: skip

KEYS = 16  # live correlation keys per subject and chain
ENDED_KEPT = 8  # abandoned attempts remembered (section 1.5)
FOREVER = 1 << 62


class Match(NamedTuple):
    """One event as a chain sees it: the steps it may serve (from 0), and whether it breaks the chain."""

    t: int
    id: str
    steps: frozenset[int]
    breaks: bool
    key: str


class Ended(NamedTuple):
    """An attempt that time ended: when, the event that opened it, and the furthest step it ever reached."""

    deadline: int
    opened_by: str
    furthest: int


@dataclass
class Attempts:
    opened: int = 0
    completed: list[tuple[int, str]] = field(default_factory=list)  # t and id of the completing event
    interrupted: int = 0
    abandoned: list[Ended] = field(default_factory=list)  # by the order of deadlines
    evicted: int = 0
    open: dict[str, list[Match]] = field(default_factory=dict)  # key -> events of the open attempt, latest key last


def key_of(props: Mapping[str, Any], same: Sequence[str]) -> str | None:
    """The value of `same`, type-strict; None when one is missing."""
    values = [props.get(name) for name in same]
    if any(value is None for value in values):
        return None
    return json.dumps([_number(value) for value in values], sort_keys=True)


def _number(value: Any) -> Any:
    """JSON has one kind of number: 1 and 1.0 are the same."""
    return int(value) if isinstance(value, float) and value == int(value) else value


def expanded(steps: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """{"step": …, "times": n} is n steps."""
    return [step.get("step", step) for step in steps for _ in range(step.get("times", 1))]


def played(
    history: Iterable[Happening], chain: Mapping[str, Any], where: Where, key_actions: Sequence[str] = ()
) -> list[Match]:
    """The events that the chain looks at, in order."""
    found = []
    steps = expanded(chain["steps"])
    for h in in_order(history):
        roles = frozenset(i for i, step in enumerate(steps) if matches(h, step, where, key_actions))
        breaks = any(matches(h, unless, where, key_actions) for unless in chain.get("unless", ()))
        key = key_of(h.get("props", {}), chain.get("same", ()))
        if key is not None and (roles or breaks):
            found.append(Match(h["t"], h["id"], roles, breaks, key))
    return found


def _choices(
    events: Sequence[Match], size: int, within: int, gap: int, first: int | None
) -> Iterator[tuple[int, ...]]:
    """Every choice of places for the first `size` steps. `first` pins the first step to one place."""

    def extend(chosen: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
        if len(chosen) == size:
            yield chosen
            return
        for at in range(chosen[-1] + 1 if chosen else 0, len(events)):
            if len(chosen) not in events[at].steps or (not chosen and first is not None and at != first):
                continue
            t = events[at].t
            if not chosen or (t - events[chosen[0]].t <= within and t - events[chosen[-1]].t <= gap):
                yield from extend((*chosen, at))

    yield from extend(())


def _alive_until(events: Sequence[Match], chosen: tuple[int, ...], within: int, gap: int) -> int:
    return min(events[chosen[0]].t + within, events[chosen[-1]].t + gap)


class Rules:
    """The numbers of a chain, and every choice of events under them."""

    def __init__(self, chain: Mapping[str, Any]) -> None:
        self.size = len(expanded(chain["steps"]))
        self.within = length(chain["within"])
        self.gap = length(chain["gap"]) if "gap" in chain else FOREVER
        self.first = 0 if chain.get("restart") == "first" else None  # the event that opened the attempt comes first

    def partials(self, events: Sequence[Match]) -> Iterator[tuple[int, ...]]:
        for size in range(1, self.size):
            yield from _choices(events, size, self.within, self.gap, self.first)

    def deadline(self, events: Sequence[Match]) -> int:
        return max(_alive_until(events, p, self.within, self.gap) for p in self.partials(events))

    def furthest(self, events: Sequence[Match]) -> int:
        return max(len(p) for p in self.partials(events))

    def complete(self, events: Sequence[Match]) -> bool:
        """Whether the last event completes an occurrence."""
        last = len(events) - 1
        return any(c[-1] == last for c in _choices(events, self.size, self.within, self.gap, self.first))

    def alive(self, events: Sequence[Match], now: int) -> int:
        """The furthest step from which the attempt can still go on at `now`; 0 when it cannot."""
        living = (p for p in self.partials(events) if _alive_until(events, p, self.within, self.gap) >= now)
        return max((len(p) for p in living), default=0)


def attempts(events: Sequence[Match], chain: Mapping[str, Any]) -> Attempts:
    """What became of every attempt when these events have happened and nothing after them is known."""
    rules, found = Rules(chain), Attempts()
    for event in events:
        end_before(rules, found, event.t)
        apply_event(rules, found, event)
    return found


def end_before(rules: Rules, found: Attempts, t: int) -> None:
    """Attempts whose deadline lies before t are over."""
    over = sorted((rules.deadline(events), key) for key, events in found.open.items())
    for deadline, key in over:
        if deadline < t:
            events = found.open.pop(key)
            found.abandoned.append(Ended(deadline, events[0].id, rules.furthest(events)))


def apply_event(rules: Rules, found: Attempts, event: Match) -> None:
    """Open, go on with, complete or break the attempt of the event's key. The least recent of too many keys goes."""
    before = found.open.pop(event.key, [])
    if not before and 0 not in event.steps:
        return
    found.opened += not before
    events = [*before, event]
    if rules.complete(events):
        found.completed.append((event.t, event.id))
    elif event.breaks:
        found.interrupted += 1
    else:
        found.open[event.key] = events
    if len(found.open) > KEYS:
        del found.open[next(iter(found.open))]
        found.evicted += 1


def abandonments(found: Attempts, chain: Mapping[str, Any], now: int) -> list[Ended]:
    """Every attempt that time had ended by `now`, by deadline."""
    at_now = Attempts(abandoned=list(found.abandoned), open=dict(found.open))
    end_before(Rules(chain), at_now, now)
    return at_now.abandoned


def progress(found: Attempts, chain: Mapping[str, Any], now: int) -> int:
    """How many steps of the open attempt are done; 0 when none is open."""
    rules = Rules(chain)
    return max((rules.alive(open_, now) for open_ in found.open.values()), default=0)
