"""Projects and the installation's own settings (meta)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from waypost.store.sqlite import Tx

__all__ = ["Project", "ensure_meta", "ensure_project", "first_project", "get_meta", "project_by_key", "set_meta"]


@dataclass(frozen=True, slots=True)
class Project:
    id: int
    name: str
    write_key: str  # public by nature: it stands in the page


def ensure_project(tx: Tx, write_key: str, name: str, now: int) -> Project:
    """The project with this key; made when there is none."""
    tx.execute(
        "INSERT INTO project (name, write_key, created_at) VALUES (?,?,?) ON CONFLICT (write_key) DO NOTHING",
        (name, write_key, now),
    )
    found = project_by_key(tx, write_key)
    assert found is not None
    return found


def project_by_key(tx: Tx, write_key: str) -> Project | None:
    row = tx.execute("SELECT id, name, write_key FROM project WHERE write_key=?", (write_key,)).fetchone()
    return None if row is None else Project(*row)


def first_project(tx: Tx) -> Project | None:
    """The oldest project: the one that a server without WAYPOST_WRITE_KEY goes on with."""
    row = tx.execute("SELECT id, name, write_key FROM project ORDER BY id LIMIT 1").fetchone()
    return None if row is None else Project(*row)


def get_meta(tx: Tx, key: str) -> str | None:
    row = tx.execute("SELECT value FROM meta WHERE key=?", (key,)).fetchone()
    return None if row is None else str(row[0])


def set_meta(tx: Tx, key: str, value: str) -> None:
    tx.execute(
        "INSERT INTO meta (key, value) VALUES (?,?) ON CONFLICT (key) DO UPDATE SET value=excluded.value",
        (key, value),
    )


def ensure_meta(tx: Tx, key: str, make: Callable[[], str]) -> str:
    """The stored value; made and stored when there is none."""
    found = get_meta(tx, key)
    if found is None:
        found = make()
        set_meta(tx, key, found)
    return found
