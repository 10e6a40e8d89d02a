"""Health of an account: 0 to 100 from up to seven components (semantics, section 5.2).

What cannot be said is left out and the weights of the rest are scaled up; `coverage` says how much weight was there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from waypost.rules.plan import HealthModel
from waypost.success.signals import Signals

__all__ = [
    "CAP",
    "COMPONENTS",
    "FAR",
    "QUIET_DAYS",
    "SHOWN",
    "Component",
    "Delta",
    "Health",
    "Numbers",
    "deltas",
    "health_of",
]

COMPONENTS = ("trend", "breadth", "depth", "recency", "onboarding", "sentiment", "support")
CAP = 39.0  # at most so much where the champion left or nothing happens
FAR = 10.0  # points: a change beyond it is explained
QUIET_DAYS = 21  # days without a key action
WORST_FALL = 0.6  # a fall by so much leaves nothing of the trend
FULL = 0.7  # of the seats in use are as good as all
HALF_LIFE = 14  # days since the last key action
SEVERE_MOST = 3  # open severe tickets leave nothing of support
SHOWN = 3.0  # points of a change from which on a part of it is named

Numbers = dict[str, float | int | None]


@dataclass(frozen=True, slots=True)
class Component:
    """`value`: 0 to 1, None = cannot be said. `weight`: its share of the score, all of them together 1 (0 without a
    value). `points`: what it gives to the score, value · weight · 100. `because`: the numbers behind."""

    id: str
    value: float | None = None
    weight: float = 0.0
    points: float = 0.0
    because: Numbers = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Health:
    """`raw`: before the override. `override`: "" or what holds the score down: champion_left, no_key_action."""

    score: float | None = None
    band: str = ""  # red yellow green; "" without a score
    coverage: float = 0.0  # share of all weight that could be said
    override: str = ""
    raw: float | None = None
    components: tuple[Component, ...] = ()


@dataclass(frozen=True, slots=True)
class Delta:
    """What one component gave to a change of the score, in points. "override" is what the cap takes (or gives back)."""

    id: str
    points: float
    before: Component
    after: Component


def health_of(signals: Signals, model: HealthModel) -> Health:
    """The score of one account; none without any component."""
    parts = {name: (value, because) for name, value, because in _parts(signals)}
    total = sum(model.weights[name] for name in COMPONENTS)
    said = sum(model.weights[name] for name in COMPONENTS if parts[name][0] is not None)
    if not said:
        return Health(components=tuple(Component(name, because=parts[name][1]) for name in COMPONENTS))
    components = []
    for name in COMPONENTS:
        value, because = parts[name]
        weight = 0.0 if value is None else model.weights[name] / said
        components.append(Component(name, value, weight, 100 * weight * (value or 0.0), because))
    raw = round(sum(one.points for one in components), 9)  # so that 40 is 40
    override = _override(signals)
    score = min(raw, CAP) if override else raw
    band = "red" if score < model.red else "yellow" if score < model.yellow else "green"
    return Health(score, band, said / total, override, raw, tuple(components))


def _override(signals: Signals) -> str:
    if signals.contact_gone:
        return "champion_left"
    return "no_key_action" if signals.quiet_days is not None and signals.quiet_days >= QUIET_DAYS else ""


def _parts(s: Signals) -> Iterator[tuple[str, float | None, Numbers]]:
    """(component, its value, the numbers behind)."""
    fall = None if s.fell is None else max(0.0, s.fell)
    yield (
        "trend",
        None if fall is None else 1 - min(1.0, fall / WORST_FALL),
        {"fell": s.fell, "recent": s.recent, "norm": s.norm},
    )
    yield (
        "breadth",
        None if s.seats is None else min(1.0, s.mau / (FULL * s.seats)),
        {"active": s.mau, "seats": s.seats},
    )
    yield "depth", s.depth, {"lasting": s.core_lasting, "core": s.core}
    yield "recency", None if s.quiet_days is None else 2 ** (-s.quiet_days / HALF_LIFE), {"days": s.quiet_days}
    yield (
        "onboarding",
        None if s.onboarding is None else s.onboarding / 100,
        {"index": s.onboarding, "launched": s.launched, "halfway": s.halfway, "finished": s.finished},
    )
    yield "sentiment", None if s.nps is None else 0.5 + s.nps / 200, {"nps": s.nps, "answers": s.answers}
    severe = s.tickets_severe
    yield "support", None if severe is None else 1 - min(1.0, severe / SEVERE_MOST), {"severe": severe}


def deltas(before: Health, after: Health) -> list[Delta]:
    """Where the change of the score comes from, the biggest part first; they add up to it.

    A component that can be said now and could not be before (or the other way round) moves the weights of all others
    too: each delta is simply what it gives now less what it gave then.
    """
    if before.score is None or after.score is None:
        return []
    old = {one.id: one for one in before.components}
    found = [
        Delta(one.id, one.points - was.points, was, one)
        for one in after.components
        for was in (old.get(one.id, Component(one.id)),)
    ]
    capped = (after.score - (after.raw or 0.0)) - (before.score - (before.raw or 0.0))
    if capped:
        found.append(Delta("override", capped, Component(before.override), Component(after.override)))
    return sorted((one for one in found if one.points), key=lambda one: -abs(one.points))
