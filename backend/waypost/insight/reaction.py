"""How soon CSM tasks were taken up and how soon they were resolved, by owner and by rule."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from statistics import median
from typing import Any

from waypost.store.tasks import Spell

__all__ = ["times_by", "times_of"]


def times_of(spells: Iterable[Spell], now: int) -> dict[str, Any]:
    """Counts and medians (ms) over some tasks.

    opened; reacted: taken, noted, snoozed or done by a person; resolved: done by a person; alone: closed without one;
    react, resolve: medians from the opening, None without a case. in_time of with_sla: of those with a deadline that were
    resolved, or are late by now. A task that closed alone had nothing to resolve and counts in neither.
    """
    found = list(spells)
    reactions = [one.reacted_at - one.opened_at for one in found if one.reacted_at is not None]
    done = [(one, one.closed_at) for one in found if one.closed_at is not None and one.closed_by == "person"]
    in_time = sum(closed_at <= one.due_at for one, closed_at in done if one.due_at is not None)
    late = sum(one.closed_at is None and one.due_at is not None and one.due_at < now for one in found)
    return {
        "opened": len(found),
        "reacted": len(reactions),
        "resolved": len(done),
        "alone": sum(one.closed_at is not None and one.closed_by != "person" for one in found),
        "react": _median(reactions),
        "resolve": _median([closed_at - one.opened_at for one, closed_at in done]),
        "in_time": in_time,
        "with_sla": sum(one.due_at is not None for one, _ in done) + late,
    }


def times_by(spells: Iterable[Spell], key: Callable[[Spell], str], now: int) -> list[dict[str, Any]]:
    """The same for each value of `key` as `name`, the one with most tasks first."""
    groups: dict[str, list[Spell]] = {}
    for one in spells:
        groups.setdefault(key(one), []).append(one)
    rows = [{"name": name, **times_of(group, now)} for name, group in groups.items()]
    return sorted(rows, key=lambda row: (-row["opened"], row["name"]))


def _median(values: list[int]) -> int | None:
    return round(median(values)) if values else None
