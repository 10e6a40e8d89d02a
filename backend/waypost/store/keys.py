"""Secret keys: which there are, who made them for what, and which are revoked. The keys themselves are not kept."""

from __future__ import annotations

from dataclasses import dataclass

from waypost.store.sqlite import Tx

__all__ = ["StoredKey", "add_key", "list_keys", "revoke_key", "working_key"]

_SELECT = "SELECT id, name, digest, created_at, revoked_at FROM secret_key WHERE project_id=? "


@dataclass(frozen=True, slots=True)
class StoredKey:
    id: int
    name: str  # of the program that has it
    digest: str
    created_at: int  # ms
    revoked_at: int | None


def add_key(tx: Tx, project_id: int, name: str, digest: str, now: int) -> int:
    """Keep a key by its digest. Returns its id."""
    cursor = tx.execute(
        "INSERT INTO secret_key (project_id, name, digest, created_at) VALUES (?,?,?,?)",
        (project_id, name, digest, now),
    )
    assert cursor.lastrowid is not None
    return cursor.lastrowid


def working_key(tx: Tx, project_id: int, digest: str) -> StoredKey | None:
    """The key with this digest, unless it is revoked."""
    row = tx.execute(_SELECT + "AND digest=? AND revoked_at IS NULL", (project_id, digest)).fetchone()
    return None if row is None else StoredKey(*row)


def list_keys(tx: Tx, project_id: int) -> list[StoredKey]:
    return [StoredKey(*row) for row in tx.execute(_SELECT + "ORDER BY id", (project_id,))]


def revoke_key(tx: Tx, project_id: int, key_id: int, now: int) -> bool:
    """From now on the key opens nothing. Returns whether there was such a key, and it still worked."""
    cursor = tx.execute(
        "UPDATE secret_key SET revoked_at=? WHERE project_id=? AND id=? AND revoked_at IS NULL",
        (now, project_id, key_id),
    )
    return cursor.rowcount == 1
