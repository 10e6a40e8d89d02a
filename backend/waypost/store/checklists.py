"""Checklists that were begun for accounts, each with its own copy of the words: an edited template changes none."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from waypost.store.sqlite import Tx

__all__ = ["Checklist", "Item", "add_checklist", "checklist_by_id", "list_checklists", "save_items"]


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """One thing to do. `text`: language -> text."""

    id: str
    text: dict[str, str]
    due_at: int | None = None
    done_at: int | None = None
    done_by: str = ""


class Checklist(msgspec.Struct, frozen=True, kw_only=True):
    id: int
    template: str
    account: str  # g:…
    owner: str
    name: dict[str, str]
    items: list[Item]
    begun_at: int
    begun_by: str
    done_at: int | None


COLUMNS = ("id", "template", "account", "owner", "name", "items", "begun_at", "begun_by", "done_at")
_SELECT = f"SELECT {', '.join(COLUMNS)} FROM checklist WHERE project_id=? "
_name = msgspec.json.Decoder(dict[str, str])
_items = msgspec.json.Decoder(list[Item])


def _checklist(row: Sequence[Any]) -> Checklist:
    values = dict(zip(COLUMNS, row, strict=True))
    return Checklist(**{**values, "name": _name.decode(values["name"]), "items": _items.decode(values["items"])})


def add_checklist(
    tx: Tx,
    project_id: int,
    template: str,
    account: str,
    owner: str,
    name: dict[str, str],
    items: list[Item],
    now: int,
    by: str,
) -> int:
    """Begin one. Returns its id."""
    cursor = tx.execute(
        "INSERT INTO checklist (project_id, template, account, owner, name, items, begun_at, begun_by) "
        "VALUES (?,?,?,?,?,?,?,?)",
        (project_id, template, account, owner, _json(name), _json(items), now, by),
    )
    assert cursor.lastrowid is not None
    return cursor.lastrowid


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()


def checklist_by_id(tx: Tx, project_id: int, checklist_id: int) -> Checklist | None:
    row = tx.execute(_SELECT + "AND id=?", (project_id, checklist_id)).fetchone()
    return None if row is None else _checklist(row)


def list_checklists(
    tx: Tx, project_id: int, limit: int, *, account: str | None = None, done: bool | None = None
) -> list[Checklist]:
    """The latest begun first; of one account, or only those that are done, or not."""
    which = "" if done is None else "AND done_at IS NOT NULL " if done else "AND done_at IS NULL "
    of = "AND account=? " if account is not None else ""
    values = (account,) if account is not None else ()
    rows = tx.execute(f"{_SELECT}{of}{which}ORDER BY id DESC LIMIT ?", (project_id, *values, limit))
    return [_checklist(row) for row in rows]


def save_items(tx: Tx, project_id: int, checklist_id: int, items: list[Item], done_at: int | None) -> None:
    tx.execute(
        "UPDATE checklist SET items=?, done_at=? WHERE project_id=? AND id=?",
        (_json(items), done_at, project_id, checklist_id),
    )
