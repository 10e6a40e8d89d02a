"""Health of an account: 0 to 100 from up to seven components (semantics, section 5.2).

What cannot be said is left out and the weights of the rest are scaled up; `coverage` says how much weight was there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from waypost.rules.plan import HealthModel
from waypost.success.signals import Signals

__all__ = ["CAP", "COMPONENTS", "FAR", "Component", "Delta", "Health", "deltas", "health_of"]

COMPONENTS = ("trend", "breadth", "depth", "recency", "onboarding", "sentiment", "support")
CAP = 39.0  # at most so much where the champion left or nothing happens
FAR = 10.0  # points: a change beyond it is explained


@dataclass(frozen=True, slots=True)
class Component:
    """`value`: 0 to 1, None = cannot be said. `weight`: its share of the score, all of them together 1 (0 without a
    value). `points`: what it gives to the score, value · weight · 100. `because`: the numbers behind."""

    id: str
    value: float | None
    weight: float
    points: float
    because: dict[str, float | int | None] = field(default_factory=dict)


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
    """What one component (or `override`) gave to a change of the score, in points; the deltas add up to the change."""

    id: str
    points: float
    before: Mapping[str, float | int | None]
    after: Mapping[str, float | int | None]


def health_of(signals: Signals, model: HealthModel) -> Health:
    """The score of one account. Never raises; without any component there is no score."""
    raise NotImplementedError


def deltas(before: Health, after: Health) -> list[Delta]:
    """Where the change of the score comes from, the biggest part first; parts below half a point are left out."""
    raise NotImplementedError
