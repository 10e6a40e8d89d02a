"""Which account is worth a call today and why: rank = Σ points of the reasons (100 at most) × weight of its revenue.

Points say how urgent, the weight how much hangs on it: from 1 without revenue to 2.5 for a million a year. The same
numbers give the same rank.

tasks         30 for each open alert task of high severity, 15 medium, 5 low; 40 at most
red, yellow   25, 8
health_fell   the points by which health fell in four weeks, where more than 10; 20 at most
usage_fell    50 × the fall of usage where it is at least 30 % and no noise; 30 at most
renewal       renewal within 90 days and health below 60: 10, and up to 15 more the nearer it is
contact_gone  15
tickets_rose  10
tickets_severe  5 for each open severe ticket; 15 at most
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from math import log10

from waypost.model import Json
from waypost.success.health import FAR, Health
from waypost.success.known import number
from waypost.success.signals import Signals

__all__ = [
    "NEAR_DAYS", "POINTS_MOST", "SHAKY", "Body", "Reason", "arr_of", "opportunities", "rank_of", "weight_of",
]  # fmt: skip

POINTS_MOST = 100.0
TASKS = {"high": 30.0, "medium": 15.0, "low": 5.0}
TASKS_MOST, FELL_MOST, HEALTH_MOST, SEVERE_MOST = 40.0, 30.0, 20.0, 15.0
NEAR_DAYS = 90  # to a renewal
SHAKY = 60.0  # health below which a renewal is at risk
SEATS_FULL = 0.9


@dataclass(frozen=True, slots=True)
class Reason:
    """Why an account is worth a call (or what it could grow by): a stable code, its points, the numbers behind."""

    code: str
    points: float = 0.0
    numbers: dict[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Body:
    """What `account.body` holds as JSON: msgspec.json.decode(row.body, type=Body)."""

    health: Health = field(default_factory=Health)
    signals: Signals = field(default_factory=Signals)
    why: tuple[Reason, ...] = ()  # of the rank, the weightiest first
    room: tuple[Reason, ...] = ()  # to grow


def arr_of(traits: Mapping[str, Json]) -> float | None:
    """Revenue a year: the trait arr, else 12 × mrr; None where neither is a number from 0 on."""
    arr, mrr = number(traits.get("arr")), number(traits.get("mrr"))
    return arr if arr is not None else None if mrr is None else 12 * mrr


def weight_of(arr: float | None) -> float:
    """1 without revenue, 1.5 at about 10,000 a year, 2.5 from a million on."""
    return min(2.5, 1 + log10(1 + (arr or 0.0) / 1_000) / 2)


def rank_of(
    signals: Signals, health: Health, before: float | None, arr: float | None, tasks: Mapping[str, int]
) -> tuple[float, tuple[Reason, ...]]:
    """(rank, reasons, the weightiest first). `before`: health four weeks ago; `tasks`: open alert tasks by severity."""
    reasons = sorted(_reasons(signals, health, before, tasks), key=lambda one: (-one.points, one.code))
    points = min(POINTS_MOST, sum(one.points for one in reasons))
    return round(points * weight_of(arr), 3), tuple(reasons)


def _reasons(s: Signals, health: Health, before: float | None, tasks: Mapping[str, int]) -> Iterator[Reason]:
    open_tasks = sum(tasks.values())
    if open_tasks:
        points = min(TASKS_MOST, sum(TASKS.get(severity, TASKS["low"]) * n for severity, n in tasks.items()))
        yield Reason("tasks", points, {"tasks": open_tasks, "high": tasks.get("high", 0)})
    if health.band == "red":
        yield Reason("red", 25.0, {"health": health.score, "override": health.override})
    elif health.band == "yellow":
        yield Reason("yellow", 8.0, {"health": health.score})
    if health.score is not None and before is not None and before - health.score > FAR:
        points = min(HEALTH_MOST, before - health.score)
        yield Reason("health_fell", points, {"health": health.score, "before": before})
    if s.fell is not None and s.fell_far:
        numbers = {"fell": s.fell, "recent": s.recent, "norm": s.norm}
        yield Reason("usage_fell", min(FELL_MOST, 50 * s.fell), numbers)
    days = s.days_to_renewal
    if days is not None and 0 <= days <= NEAR_DAYS and health.score is not None and health.score < SHAKY:
        yield Reason("renewal", 10 + 15 * (1 - days / NEAR_DAYS), {"days": days, "health": health.score})
    if s.contact_gone:
        yield Reason("contact_gone", 15.0, {"contact": s.contact})
    if s.tickets_rose:
        yield Reason("tickets_rose", 10.0, {"tickets": s.tickets, "norm": s.tickets_norm})
    if s.tickets_severe:
        yield Reason("tickets_severe", min(SEVERE_MOST, 5.0 * s.tickets_severe), {"severe": s.tickets_severe})


def opportunities(signals: Signals) -> tuple[Reason, ...]:
    """Room to grow: nine tenths of the seats in use, a limit of the plan met, a feature tried that the plan lacks."""
    found = []
    if signals.seats and signals.mau >= SEATS_FULL * signals.seats:
        found.append(Reason("seats_full", numbers={"active": signals.mau, "seats": signals.seats}))
    if signals.limit_hits:
        found.append(Reason("limit_hit", numbers={"times": signals.limit_hits}))
    return (*found, *(Reason("tried", numbers={"feature": feature}) for feature in signals.tried))
