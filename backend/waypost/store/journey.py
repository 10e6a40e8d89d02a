"""Where accounts stand in their life and since when, and whose health moved: one pass over the accounts of an owner."""

from __future__ import annotations

from dataclasses import dataclass

from waypost.store.portfolio import owned
from waypost.store.sqlite import Tx

__all__ = ["Moved", "Stay", "moved", "stays"]


@dataclass(frozen=True, slots=True)
class Stay:
    """An account in its present stage. `since`: ms it entered, None = it is not known."""

    account: str
    name: str
    stage: str
    arr: float | None
    since: int | None


@dataclass(frozen=True, slots=True)
class Moved:
    """Health at the end of a week and now, with the JSON that explains each."""

    account: str
    name: str
    before: float
    after: float
    week_body: str
    body: str


def stays(tx: Tx, project_id: int, owner: str) -> list[Stay]:
    """Every account of an owner ("" = of all) that did not leave, with the last change of its stage."""
    where, params = owned(owner)
    rows = tx.execute(
        "SELECT account, name, stage, arr, (SELECT MAX(at) FROM stage_change AS c "
        "WHERE c.project_id=account.project_id AND c.account=account.account) "
        f"FROM account WHERE project_id=? AND NOT churned{where}",
        (project_id, *params),
    )
    return [Stay(*row) for row in rows]


def moved(tx: Tx, project_id: int, owner: str, week: int, by: float, limit: int) -> list[Moved]:
    """Accounts whose health is further than `by` points from what it was at the end of a week, the furthest first."""
    where, params = owned(owner)
    rows = tx.execute(
        "SELECT account.account, name, w.health, account.health, w.body, account.body FROM account CROSS JOIN account_week AS w "
        "ON w.project_id=account.project_id AND w.account=account.account AND w.week=? "
        f"WHERE account.project_id=?{where} AND ABS(account.health-w.health)>? "
        "ORDER BY ABS(account.health-w.health) DESC, account.account LIMIT ?",
        (week, project_id, *params, by, limit),
    )
    return [Moved(*row) for row in rows]
