"""What became of each tip: distinct people per outcome over 7 and 28 days, and what held it back most."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from waypost.model import DAY, Json
from waypost.store.sqlite import Tx

__all__ = ["PERIODS", "Stats", "daily_views", "held_back", "people", "tip_stats"]

PERIODS = (7, 28)  # days, today included
COLUMNS = {
    "eligible": "eligible", "viewed": "shown", "clicked": "engaged", "dismissed": "dismissed",
    "snoozed": "snoozed", "muted": "muted", "goal": "goal", "would_show": "would_show",
}  # fmt: skip


@dataclass
class Stats:
    """Distinct people. `held`: reason code -> people, the most first."""

    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(COLUMNS.values(), 0))
    held: list[tuple[str, int]] = field(default_factory=list)


def tip_stats(tx: Tx, project_id: int, now: int, days: int) -> dict[str, Stats]:
    """Tip id -> its numbers over the last `days` UTC days, today included."""
    rows = tx.execute(
        "SELECT tip, outcome, COUNT(DISTINCT subject) FROM tip_day WHERE project_id=? AND day>? AND day<=? "
        "GROUP BY tip, outcome",
        (project_id, now // DAY - days, now // DAY),
    )
    found: dict[str, Stats] = defaultdict(Stats)
    for tip, outcome, number in rows:
        if outcome in COLUMNS:
            found[tip].counts[COLUMNS[outcome]] = int(number)
        elif outcome.startswith("held:"):
            found[tip].held.append((outcome.removeprefix("held:"), int(number)))
    for stats in found.values():
        stats.held.sort(key=lambda item: (-item[1], item[0]))
    return found


def daily_views(tx: Tx, project_id: int, now: int, days: int = 28) -> dict[str, list[int]]:
    """Tip id -> distinct people who saw it on each of the last `days` UTC days, oldest first."""
    first = now // DAY - days + 1
    rows = tx.execute(
        "SELECT tip, day, COUNT(DISTINCT subject) FROM tip_day "
        "WHERE project_id=? AND day>=? AND day<=? AND outcome='viewed' GROUP BY tip, day",
        (project_id, first, now // DAY),
    )
    found: dict[str, list[int]] = defaultdict(lambda: [0] * days)
    for tip, day, number in rows:
        found[tip][day - first] = int(number)
    return found


def held_back(tx: Tx, project_id: int, tip: str, now: int, days: int) -> list[tuple[str, int]]:
    """What held one tip back, by people, the most first."""
    return tip_stats(tx, project_id, now, days).get(tip, Stats()).held


def people(
    tx: Tx, project_id: int, tip: str, outcome: str, now: int, days: int, after: str = "", limit: int = 50
) -> tuple[list[tuple[str, int]], int]:
    """((subject, latest time) in the order of subjects, from the one after `after`; how many in all)."""
    where = "FROM tip_day WHERE project_id=? AND tip=? AND outcome=? AND day>? AND day<=?"
    params: list[Json] = [project_id, tip, outcome, now // DAY - days, now // DAY]
    total = tx.execute(f"SELECT COUNT(DISTINCT subject) {where}", params).fetchone()[0]
    rows = tx.execute(
        f"SELECT subject, MAX(at) {where} AND subject>? GROUP BY subject ORDER BY subject LIMIT ?",
        [*params, after, limit],
    )
    return [(str(row[0]), int(row[1])) for row in rows], int(total)
