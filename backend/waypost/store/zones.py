"""Zones of all accounts: the fields of a heat map, and the list by what they are worth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from waypost.store.portfolio import NOBODY
from waypost.store.sqlite import Tx

__all__ = ["Field", "ZonePlace", "ZonesWanted", "count_zones", "fields_of", "ranked_zones"]

ZonePlace = tuple[float, str, str]
"""(worth, account, feature) of the last zone of a page."""
COLUMNS = "z.account, a.name, z.feature, z.state, z.people, z.of, z.before, z.since, z.worth"


@dataclass(frozen=True, slots=True)
class Field:
    """How an account stands with a feature, see AccountZone; `name`: of the account."""

    account: str
    name: str
    feature: str
    state: str
    people: int
    of: int
    before: int
    since: int | None
    worth: float


@dataclass(frozen=True, slots=True)
class ZonesWanted:
    """A filter; "" = any. Without a state only zones that are worth something are listed."""

    owner: str = ""
    feature: str = ""
    state: str = ""


def ranked_zones(tx: Tx, project_id: int, wanted: ZonesWanted, after: ZonePlace | None, limit: int) -> list[Field]:
    """The next zones by worth, from the most on."""
    where, params = _where(wanted)
    begin = " AND (worth, z.account, z.feature)<(?,?,?)" if after else ""
    rows = tx.execute(
        f"SELECT {COLUMNS} FROM account_zone AS z CROSS JOIN account AS a ON a.project_id=z.project_id AND a.account=z.account "
        f"WHERE z.project_id=?{where}{begin} ORDER BY worth DESC, z.account DESC, z.feature DESC LIMIT ?",
        (project_id, *params, *(after or ()), limit),
    )
    return [Field(*row) for row in rows]


def count_zones(tx: Tx, project_id: int, wanted: ZonesWanted) -> int:
    """Of an owner by way of the owner's accounts, of all without a look at the accounts."""
    where, params = _where(wanted, "+worth" if wanted.owner else "worth")  # +: not by the index of all zones by worth
    source = (
        "account AS a CROSS JOIN account_zone AS z ON z.project_id=a.project_id AND z.account=a.account WHERE a.project_id=?"
        if wanted.owner
        else "account_zone AS z WHERE z.project_id=?"
    )
    return int(tx.execute(f"SELECT COUNT(*) FROM {source}{where}", (project_id, *params)).fetchone()[0])


def fields_of(tx: Tx, project_id: int, accounts: Sequence[str]) -> list[Field]:
    """Every zone of these accounts."""
    marks = ", ".join("?" * len(accounts))
    rows = tx.execute(
        f"SELECT {COLUMNS} FROM account_zone AS z JOIN account AS a ON a.project_id=z.project_id AND a.account=z.account "
        f"WHERE z.project_id=? AND z.account IN ({marks})",
        (project_id, *accounts),
    )
    return [Field(*row) for row in rows]


def _where(wanted: ZonesWanted, worth: str = "worth") -> tuple[str, tuple[str, ...]]:
    where, params = "", list[str]()
    for column, value in (("a.owner", wanted.owner), ("z.feature", wanted.feature), ("z.state", wanted.state)):
        if value:
            where += f" AND {column}=?"
            params.append("" if value == NOBODY else value)
    return where if wanted.state else f"{where} AND {worth}>0", tuple(params)
