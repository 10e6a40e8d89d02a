"""Events that could not be accepted: kept with their reason, listed, and sent again once the cause is mended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

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
    @property
    def size(self) -> int: ...
    @property
    def context(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Kept:
    """One row. `body` is as received, but cut at the limit; `context` is what ingest needs to read it again."""

    id: int
    received_at: int
    position: int  # index in its batch
    code: str
    reason: str
    body: bytes
    size: int  # bytes before the cut
    context: str
    replayed_at: int | None

    @property
    def lacking(self) -> str:
        """Why it can never be tried again; "" when all that it takes was kept."""
        if len(self.body) < self.size:
            return f"cut: only the first {len(self.body)} of its {self.size} bytes were kept"
        return "" if self.context else "cut: what its request said beside it was too large to keep"


def keep(tx: Tx, project_id: int, rejects: Sequence[Refused], received_at: int) -> None:
    tx.executemany(
        "INSERT INTO reject (project_id, received_at, position, code, reason, body, size, context) "
        "VALUES (?,?,?,?,?,?,?,?)",
        [(project_id, received_at, r.index, r.code, r.reason, r.body, r.size, r.context) for r in rejects],
    )


def kept(tx: Tx, project_id: int, after_id: int = 0, limit: int = 100, *, waiting: bool = True) -> list[Kept]:
    """Oldest first, from the one after `after_id`. `waiting`: only those that were not replayed yet."""
    only = "AND replayed_at IS NULL " if waiting else ""
    rows = tx.execute(
        "SELECT id, received_at, position, code, reason, body, size, context, replayed_at FROM reject "
        f"WHERE project_id=? AND id>? {only}ORDER BY id LIMIT ?",
        (project_id, after_id, limit),
    )
    return [Kept(*row) for row in rows]


def mark_replayed(tx: Tx, project_id: int, reject_id: int, now: int) -> None:
    tx.execute("UPDATE reject SET replayed_at=? WHERE project_id=? AND id=?", (now, project_id, reject_id))
