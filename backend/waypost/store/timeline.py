"""What the timeline of an account is made from, beside what has a table of its own: use and tips by day."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from waypost.store.sqlite import Tx
from waypost.store.usage import ACTIVE, EVER

__all__ = ["DayOf", "TipMet", "events_by_day", "tips_met", "usage_days"]


@dataclass(frozen=True, slots=True)
class DayOf:
    """An event name on a local day: how often, by how many, the last time (ms)."""

    day: int
    name: str
    times: int
    people: int
    last_at: int


@dataclass(frozen=True, slots=True)
class TipMet:
    tip: str
    outcome: str
    subject: str
    at: int


def usage_days(tx: Tx, project_id: int, account: str, before: int, limit: int) -> list[int]:
    """The latest days before `before` on which anything was done, newest first: one probe of the key for each."""
    found: list[int] = []
    while len(found) < limit:
        row = tx.execute(
            "SELECT MAX(day) FROM usage_day WHERE project_id=? AND account=? AND day>? AND day<?",
            (project_id, account, EVER, before),
        ).fetchone()
        if row[0] is None:
            break
        before = int(row[0])
        found.append(before)
    return found


def events_by_day(tx: Tx, project_id: int, account: str, since: int, before: int) -> Iterator[DayOf]:
    """What was done on days in [since, before), by day and name."""
    rows = tx.execute(
        "SELECT day, event_name.name, SUM(count), COUNT(*), MAX(last_at) FROM usage_day "
        "JOIN event_name ON event_name.project_id=usage_day.project_id AND event_name.id=name_id "
        "WHERE usage_day.project_id=? AND account=? AND day>=? AND day<? AND day>? AND name_id<>? GROUP BY day, name_id",
        (project_id, account, since, before, EVER, ACTIVE),
    )
    return (DayOf(*row) for row in rows)


def tips_met(
    tx: Tx, project_id: int, account: str, since: int, before: int, outcomes: Sequence[str]
) -> Iterator[TipMet]:
    """Outcomes of tips of the people of an account on UTC days in [since, before]: person by person along an index."""
    marks = ", ".join("?" * len(outcomes))
    rows = tx.execute(
        "SELECT tip, outcome, tip_day.subject, at FROM person CROSS JOIN tip_day "
        "ON tip_day.project_id=person.project_id AND tip_day.subject=person.subject "
        f"WHERE person.project_id=? AND account=? AND day>=? AND day<=? AND outcome IN ({marks})",
        (project_id, account, since, before, *outcomes),
    )
    return (TipMet(*row) for row in rows)
