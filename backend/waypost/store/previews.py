"""A tip to show to one person whatever the policy says; never counted."""

from __future__ import annotations

from waypost.store.sqlite import Tx

__all__ = ["keep_preview", "preview_for"]


def keep_preview(tx: Tx, project_id: int, subject: str, tip: str, until: int) -> None:
    tx.execute(
        "INSERT INTO preview (project_id, subject, tip, until) VALUES (?,?,?,?) "
        "ON CONFLICT (project_id, subject) DO UPDATE SET tip=excluded.tip, until=excluded.until",
        (project_id, subject, tip, until),
    )


def preview_for(tx: Tx, project_id: int, subject: str, now: int) -> str | None:
    """The tip that this person previews now, if any."""
    row = tx.execute(
        "SELECT tip FROM preview WHERE project_id=? AND subject=? AND until>?", (project_id, subject, now)
    ).fetchone()
    return None if row is None else str(row[0])
