"""Who completed a funnel, as ClickHouse's windowFunnel says: code that shares nothing with ours."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import chdb

from waypost.cli.replay import Columns

__all__ = ["CHAIN", "STEPS", "WITHIN_MS", "completed", "with_equal_times"]

STEPS = ("catalog", "product_view", "add_to_cart", "purchase")
WITHIN_MS = 3_600_000
CHAIN = {"steps": [{"event": name} for name in STEPS], "within": "1h"}


def completed(file: Path, columns: Columns, steps: Sequence[str] = STEPS, within_ms: int = WITHIN_MS) -> set[str]:
    """Users for whom every step came in order within the window of the first; one event serves one step."""
    conditions = ", ".join(f"{columns.event} = '{name}'" for name in steps)
    return _users(
        f"SELECT {columns.user} FROM {_table(file, columns)} GROUP BY {columns.user} "
        f"HAVING windowFunnel({within_ms}, 'strict_once')({_ms(columns)}, {conditions}) = {len(steps)}"
    )


def with_equal_times(file: Path, columns: Columns) -> set[str]:
    """Users with two events at one instant: there ClickHouse orders by condition, we by the order of the rows."""
    return _users(
        f"SELECT DISTINCT {columns.user} FROM {_table(file, columns)} "
        f"GROUP BY {columns.user}, {columns.time} HAVING count() > 1"
    )


def _table(file: Path, columns: Columns) -> str:
    return f"file('{file}', 'CSVWithNames', '{columns.user} String, {columns.event} String, {columns.time} String')"


def _ms(columns: Columns) -> str:
    return f"toUInt64(toUnixTimestamp64Milli(parseDateTime64BestEffort({columns.time}, 3, 'UTC')))"


def _users(sql: str) -> set[str]:
    return set(str(chdb.query(sql, "TSV")).split())
