"""CSM pauses. Time ends one without a write; an event or a person ends one here. Past ones are kept for explanations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from waypost.model import Json, Pause
from waypost.store.sqlite import Tx

__all__ = [
    "Awaited",
    "add_pause",
    "awaited",
    "end_pause",
    "list_pauses",
    "pause_by_id",
    "pauses_at",
    "pauses_of",
    "pauses_over_since",
    "pauses_running",
]

COLUMNS = (
    "id", "subject", "from_at", "until_at", "until_event", "ends_at", "allow", "reason", "author", "created_at",
    "ended_at", "ended_by",
)  # fmt: skip
_SELECT = f"SELECT {', '.join(COLUMNS)} FROM pause WHERE project_id=? "
Awaited = dict[tuple[str, str], tuple[int, int]]  # (subject, event name) -> (id, begin)
_allow = msgspec.json.Decoder(list[str])


def _pause(row: Sequence[Any]) -> Pause:
    values = dict(zip(COLUMNS, row, strict=True))
    values["allow"] = _allow.decode(values["allow"])
    return Pause(**values)


def add_pause(tx: Tx, project_id: int, now: int, **values: Json) -> int:
    """Begin a pause in the place of the subject's former one, which ends. Returns its id."""
    tx.execute(
        "UPDATE pause SET ended_by=CASE WHEN ends_at<=? THEN 'time' ELSE 'person' END, ended_at=MIN(ends_at, ?) "
        "WHERE project_id=? AND subject=? AND ended_at IS NULL",
        (now, now, project_id, values["subject"]),
    )
    stored = {**values, "allow": msgspec.json.encode(values["allow"]).decode(), "from_at": now, "created_at": now}
    names, marks = ", ".join(stored), ", ".join("?" * len(stored))
    cursor = tx.execute(
        f"INSERT INTO pause (project_id, {names}, ended_by) VALUES (?, {marks}, '')", (project_id, *stored.values())
    )
    assert cursor.lastrowid is not None
    return cursor.lastrowid


def end_pause(tx: Tx, project_id: int, pause_id: int, now: int, by: str) -> bool:
    """End a pause that is in force. Returns whether there was one."""
    cursor = tx.execute(
        "UPDATE pause SET ended_at=?, ended_by=? WHERE project_id=? AND id=? AND ended_at IS NULL AND ends_at>?",
        (now, by, project_id, pause_id, now),
    )
    return cursor.rowcount == 1


def pause_by_id(tx: Tx, project_id: int, pause_id: int) -> Pause | None:
    row = tx.execute(_SELECT + "AND id=?", (project_id, pause_id)).fetchone()
    return None if row is None else _pause(row)


def pauses_running(tx: Tx, project_id: int, subject: str, account: str | None, now: int) -> list[Pause]:
    """What is in force for a person and their account now: one probe of an index that holds unended ones only."""
    rows = tx.execute(
        _SELECT + "AND subject IN (?,?) AND ended_at IS NULL AND ends_at>?", (project_id, subject, account, now)
    )
    return [_pause(row) for row in rows]


def pauses_at(tx: Tx, project_id: int, subject: str, account: str | None, at: int) -> list[Pause]:
    """What was in force at an instant, whatever ended it since."""
    rows = tx.execute(
        _SELECT + "AND subject IN (?,?) AND from_at<=? AND COALESCE(ended_at, ends_at)>? ORDER BY id",
        (project_id, subject, account, at, at),
    )
    return [_pause(row) for row in rows]


def pauses_of(tx: Tx, project_id: int, subject: str, limit: int) -> list[Pause]:
    """The latest pauses of a person or account, newest first."""
    rows = tx.execute(_SELECT + "AND subject=? ORDER BY from_at DESC LIMIT ?", (project_id, subject, limit))
    return [_pause(row) for row in rows]


def pauses_over_since(tx: Tx, project_id: int, since: int, limit: int) -> dict[str, list[Pause]]:
    """Subject -> its pauses that were in force at `since` or later, in order; of very many the latest."""
    rows = tx.execute(
        _SELECT + "AND COALESCE(ended_at, ends_at)>? ORDER BY id DESC LIMIT ?", (project_id, since, limit)
    ).fetchall()
    found: dict[str, list[Pause]] = {}
    for row in reversed(rows):
        pause = _pause(row)
        found.setdefault(pause.subject, []).append(pause)
    return found


def list_pauses(tx: Tx, project_id: int, now: int, limit: int, *, running: bool) -> list[Pause]:
    """Those in force now, or those that are over, the latest first."""
    which = "AND ended_at IS NULL AND ends_at>?" if running else "AND (ended_at IS NOT NULL OR ends_at<=?)"
    rows = tx.execute(f"{_SELECT}{which} ORDER BY id DESC LIMIT ?", (project_id, now, limit))
    return [_pause(row) for row in rows]


def awaited(tx: Tx, project_id: int, now: int) -> Awaited:
    """The pauses in force that an event ends: nearly always none, and then an empty index says so."""
    rows = tx.execute(
        "SELECT subject, until_event, id, from_at FROM pause "
        "WHERE project_id=? AND ended_at IS NULL AND until_event IS NOT NULL AND ends_at>?",
        (project_id, now),
    )
    return {(row[0], row[1]): (row[2], row[3]) for row in rows}
