"""Short-lived delivery state of a person: who holds the lease, which page view a server's moment waits on."""

from __future__ import annotations

from dataclasses import dataclass, field

import msgspec

from waypost.store.sqlite import Tx

__all__ = ["BOUND_KEPT", "LiveState", "load_live", "save_live"]

BOUND_KEPT = 16  # bound moments remembered per person, latest last


@dataclass(frozen=True, slots=True)
class LiveState:
    page_view_id: str = ""
    lease_until: int = 0  # ms of the wall clock, which the demo's clock does not move
    bound: dict[str, str] = field(default_factory=dict)  # moment id -> page view


def load_live(tx: Tx, project_id: int, subject: str) -> LiveState:
    row = tx.execute(
        "SELECT page_view_id, lease_until, bound FROM live WHERE project_id=? AND subject=?", (project_id, subject)
    ).fetchone()
    return LiveState() if row is None else LiveState(row[0], row[1], msgspec.json.decode(row[2]))


def save_live(tx: Tx, project_id: int, subject: str, live: LiveState) -> None:
    bound = dict(list(live.bound.items())[-BOUND_KEPT:])
    tx.execute(
        "INSERT INTO live (project_id, subject, page_view_id, lease_until, bound) VALUES (?,?,?,?,?) "
        "ON CONFLICT (project_id, subject) DO UPDATE SET page_view_id=excluded.page_view_id, "
        "lease_until=excluded.lease_until, bound=excluded.bound",
        (project_id, subject, live.page_view_id, live.lease_until, msgspec.json.encode(bound).decode()),
    )
