"""Notes that people write on CSM tasks."""

from __future__ import annotations

from dataclasses import dataclass

from waypost.store.sqlite import Tx

__all__ = ["Note", "add_note", "notes_of"]


@dataclass(frozen=True, slots=True)
class Note:
    id: int
    at: int
    by: str
    body: str


def add_note(tx: Tx, project_id: int, task_id: int, at: int, by: str, body: str) -> None:
    tx.execute(
        'INSERT INTO task_note (project_id, task, at, "by", body) VALUES (?,?,?,?,?)',
        (project_id, task_id, at, by, body),
    )


def notes_of(tx: Tx, project_id: int, task_id: int, limit: int) -> list[Note]:
    """The latest notes of a task, newest first."""
    rows = tx.execute(
        'SELECT id, at, "by", body FROM task_note WHERE project_id=? AND task=? ORDER BY id DESC LIMIT ?',
        (project_id, task_id, limit),
    )
    return [Note(*row) for row in rows]
