"""What CSMs wrote about accounts."""

from __future__ import annotations

from dataclasses import dataclass

from waypost.store.portfolio import owned
from waypost.store.sqlite import Tx

__all__ = ["StoredNote", "add_note", "latest_notes", "notes_of"]


@dataclass(frozen=True, slots=True)
class StoredNote:
    id: int
    account: str
    at: int
    author: str
    body: str


def add_note(tx: Tx, project_id: int, account: str, at: int, author: str, body: str) -> StoredNote:
    cursor = tx.execute(
        "INSERT INTO account_note (project_id, account, at, author, body) VALUES (?,?,?,?,?)",
        (project_id, account, at, author, body),
    )
    assert cursor.lastrowid is not None
    return StoredNote(cursor.lastrowid, account, at, author, body)


def notes_of(tx: Tx, project_id: int, account: str, limit: int, before: int = 1 << 62) -> list[StoredNote]:
    """The latest notes of an account from before an instant (ms), newest first."""
    rows = tx.execute(
        "SELECT id, account, at, author, body FROM account_note WHERE project_id=? AND account=? AND at<? "
        "ORDER BY at DESC, id DESC LIMIT ?",
        (project_id, account, before, limit),
    )
    return [StoredNote(*row) for row in rows]


def latest_notes(tx: Tx, project_id: int, owner: str, stage: str, limit: int, looked: int) -> list[StoredNote]:
    """The latest notes about accounts that are in a stage now, newest first. `looked`: notes looked through at most."""
    where, params = owned(owner)
    rows = tx.execute(
        "SELECT note.id, note.account, note.at, note.author, note.body FROM "
        "(SELECT * FROM account_note WHERE project_id=? ORDER BY id DESC LIMIT ?) AS note "
        "JOIN account ON account.project_id=note.project_id AND account.account=note.account "
        f"WHERE account.stage=?{where} ORDER BY note.id DESC LIMIT ?",
        (project_id, looked, stage, *params, limit),
    )
    return [StoredNote(*row) for row in rows]
