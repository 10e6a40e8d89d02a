"""Webhook endpoints that were saved."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from waypost.store.sqlite import Tx

__all__ = ["Endpoint", "add_webhook", "end_webhook", "set_secret", "webhooks_saved"]


class Endpoint(msgspec.Struct, frozen=True, kw_only=True):
    """Where messages are sent to, and how they are signed."""

    id: int  # 0 = the one of the environment, which stands in no table
    url: str
    secret: str  # whsec_…
    types: list[str] = []  # of the messages that it gets; none = all
    author: str = ""
    created_at: int | None = None

    @property
    def target(self) -> str:
        """The name of this receiver in the outbox."""
        return f"w:{self.id}"

    def takes(self, kind: str) -> bool:
        return not self.types or kind in self.types


def add_webhook(tx: Tx, project_id: int, url: str, secret: str, types: Sequence[str], author: str, now: int) -> int:
    """Save an endpoint. Returns its id."""
    cursor = tx.execute(
        "INSERT INTO webhook (project_id, url, secret, types, author, created_at) VALUES (?,?,?,?,?,?)",
        (project_id, url, secret, msgspec.json.encode(types).decode(), author, now),
    )
    assert cursor.lastrowid is not None
    return cursor.lastrowid


def webhooks_saved(tx: Tx, project_id: int) -> list[Endpoint]:
    """Those that were not removed, oldest first."""
    rows = tx.execute(
        "SELECT id, url, secret, types, author, created_at FROM webhook "
        "WHERE project_id=? AND ended_at IS NULL ORDER BY id",
        (project_id,),
    )
    return [_endpoint(row) for row in rows]


def _endpoint(row: Any) -> Endpoint:
    number, url, secret, types, author, created_at = row
    return Endpoint(
        id=number, url=url, secret=secret, types=msgspec.json.decode(types), author=author, created_at=created_at
    )


def set_secret(tx: Tx, project_id: int, webhook: int, secret: str) -> None:
    tx.execute("UPDATE webhook SET secret=? WHERE project_id=? AND id=?", (secret, project_id, webhook))


def end_webhook(tx: Tx, project_id: int, webhook: int, now: int) -> None:
    tx.execute("UPDATE webhook SET ended_at=? WHERE project_id=? AND id=?", (now, project_id, webhook))
