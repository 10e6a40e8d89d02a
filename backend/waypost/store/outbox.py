"""Webhooks to send: written in the transaction of their cause, delivered at least once, each with its own id."""

from __future__ import annotations

from dataclasses import dataclass

from waypost.store.sqlite import Tx

__all__ = ["Waiting", "add_message", "delivered", "failed", "message_state", "waiting"]


@dataclass(frozen=True, slots=True)
class Waiting:
    id: int
    message_id: str
    body: str
    attempts: int


def add_message(tx: Tx, project_id: int, message_id: str, body: str, now: int) -> None:
    """Put a message in line; the same id only once."""
    tx.execute(
        "INSERT INTO outbox (project_id, message_id, body, created_at, next_at, attempts, last_error) "
        "VALUES (?,?,?,?,?,0,'') ON CONFLICT (message_id) DO NOTHING",
        (project_id, message_id, body, now, now),
    )


def waiting(tx: Tx, project_id: int, now: int, limit: int) -> list[Waiting]:
    """Messages whose time has come, oldest first."""
    rows = tx.execute(
        "SELECT id, message_id, body, attempts FROM outbox WHERE project_id=? AND next_at<=? ORDER BY id LIMIT ?",
        (project_id, now, limit),
    )
    return [Waiting(*row) for row in rows]


def delivered(tx: Tx, project_id: int, outbox_id: int, now: int) -> None:
    tx.execute(
        "UPDATE outbox SET delivered_at=?, next_at=NULL, attempts=attempts+1, last_error='' WHERE project_id=? AND id=?",
        (now, project_id, outbox_id),
    )


def failed(tx: Tx, project_id: int, outbox_id: int, error: str, next_at: int | None) -> None:
    """Note a failure; next_at None = given up."""
    tx.execute(
        "UPDATE outbox SET attempts=attempts+1, last_error=?, next_at=? WHERE project_id=? AND id=?",
        (error[:300], next_at, project_id, outbox_id),
    )


def message_state(tx: Tx, project_id: int, message_id: str) -> tuple[str, int, str]:
    """(sent | waiting | failed | off, attempts, last error)."""
    row = tx.execute(
        "SELECT delivered_at, next_at, attempts, last_error FROM outbox WHERE project_id=? AND message_id=?",
        (project_id, message_id),
    ).fetchone()
    if row is None:
        return "off", 0, ""
    state = "sent" if row[0] is not None else "waiting" if row[1] is not None else "failed"
    return state, int(row[2]), str(row[3])
