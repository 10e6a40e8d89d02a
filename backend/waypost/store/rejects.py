"""Events that could not be accepted: kept with their reason, listed, and sent again once the cause is mended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from waypost.settings import LIMITS
from waypost.store.sqlite import Tx

__all__ = ["Kept", "keep", "kept", "mark_replayed"]


class Refused(Protocol):
    """What is kept of a rejected event."""

    @property
    def index(self) -> int: ...
    @property
    def code(self) -> str: ...
    @property
    def reason(self) -> str: ...
    @property
    def body(self) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Kept:
    id: int
    received_at: int
    position: int  # index in its batch
    code: str
    reason: str
    body: bytes  # as received, cut at the limit
    replayed_at: int | None


def keep(tx: Tx, project_id: int, rejects: Sequence[Refused], now: int) -> None:
    tx.executemany(
        "INSERT INTO reject (project_id, received_at, position, code, reason, body, context, duplicates) "
        "VALUES (?,?,?,?,?,?,'',0)",
        [(project_id, now, r.index, r.code, r.reason, r.body[: LIMITS.rejects_bytes]) for r in rejects],
    )


def kept(tx: Tx, project_id: int, after_id: int = 0, limit: int = 100, *, waiting: bool = True) -> list[Kept]:
    """Oldest first, from the one after `after_id`. `waiting`: only those that were not replayed yet."""
    only = "AND replayed_at IS NULL " if waiting else ""
    rows = tx.execute(
        "SELECT id, received_at, position, code, reason, body, replayed_at FROM reject "
        f"WHERE project_id=? AND id>? {only}ORDER BY id LIMIT ?",
        (project_id, after_id, limit),
    )
    return [Kept(row[0], row[1], row[2], row[3], row[4], bytes(row[5]), row[6]) for row in rows]


def mark_replayed(tx: Tx, project_id: int, reject_id: int, now: int) -> None:
    tx.execute("UPDATE reject SET replayed_at=? WHERE project_id=? AND id=?", (now, project_id, reject_id))
