"""The latest look at each account, its zones, its health by week, its stages: what the console sorts and shows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass, fields

from waypost.store.sqlite import Tx

__all__ = [
    "COLUMNS", "StoredAccount", "StoredStage", "StoredWeek", "StoredZone", "add_stage", "count_due", "due_accounts", "health_of_week",
    "load_account",
    "put_account", "put_week", "put_zones", "set_due", "stages_of", "touch", "weeks_of", "zones_of",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class StoredAccount:
    """A row of `account`, see store/tables.py. `body`: JSON of success.portfolio.Body."""

    account: str
    name: str
    owner: str
    stage: str
    plan: str
    seats: int | None
    arr: float | None
    renewal_day: int | None
    last_active: int | None
    active: int
    wau: int
    fell: float | None
    health: float | None
    band: str
    rank: float
    day: int
    looked_at: int
    body: str
    wau_before: int = 0
    churned: bool = False


@dataclass(frozen=True, slots=True)
class StoredZone:
    """How an account stands with a feature; `since`: local day of the last use, None = never."""

    feature: str
    state: str
    people: int
    of: int
    before: int
    since: int | None
    worth: float


@dataclass(frozen=True, slots=True)
class StoredWeek:
    """Health at the end of the ISO week that begins on local day `week`. `body`: JSON of success.health.Health."""

    week: int
    health: float | None
    band: str
    arr: float | None
    body: str


@dataclass(frozen=True, slots=True)
class StoredStage:
    at: int
    stage: str
    before: str


COLUMNS = tuple(field.name for field in fields(StoredAccount))
_SELECT = f"SELECT {', '.join(COLUMNS)} FROM account WHERE project_id=? "
_PUT = (
    f"INSERT OR REPLACE INTO account (project_id, sought, {', '.join(COLUMNS)}) "
    f"VALUES (?, ?, {', '.join('?' * len(COLUMNS))})"
)


def load_account(tx: Tx, project_id: int, account: str) -> StoredAccount | None:
    row = tx.execute(_SELECT + "AND account=?", (project_id, account)).fetchone()
    return None if row is None else StoredAccount(*row)


def put_account(tx: Tx, project_id: int, row: StoredAccount) -> None:
    """Keep the latest look; the counts of the portfolio go along."""
    before = tx.execute(
        "SELECT owner, stage, band FROM account WHERE project_id=? AND account=?", (project_id, row.account)
    ).fetchone()
    tx.execute(_PUT, (project_id, row.name.casefold(), *astuple(row)))
    here = (row.owner, row.stage, row.band)
    if before == here:
        return
    tx.executemany(
        "INSERT INTO account_count (project_id, owner, stage, band, accounts) VALUES (?,?,?,?,?) "
        "ON CONFLICT (project_id, owner, stage, band) DO UPDATE SET accounts=accounts+excluded.accounts",
        [(project_id, *here, 1), *([] if before is None else [(project_id, *before, -1)])],
    )


def zones_of(tx: Tx, project_id: int, account: str) -> list[StoredZone]:
    rows = tx.execute(
        "SELECT feature, state, people, of, before, since, worth FROM account_zone WHERE project_id=? AND account=?",
        (project_id, account),
    )
    return [StoredZone(*row) for row in rows]


def put_zones(tx: Tx, project_id: int, account: str, zones: Sequence[StoredZone]) -> None:
    """These and no others; rows that are the same already are left alone."""
    known = {zone.feature: zone for zone in zones_of(tx, project_id, account)}
    for feature in known.keys() - {zone.feature for zone in zones}:
        tx.execute(
            "DELETE FROM account_zone WHERE project_id=? AND account=? AND feature=?", (project_id, account, feature)
        )
    tx.executemany(
        "INSERT OR REPLACE INTO account_zone "
        "(project_id, account, feature, state, people, of, before, since, worth) VALUES (?,?,?,?,?,?,?,?,?)",
        ((project_id, account, *astuple(zone)) for zone in zones if known.get(zone.feature) != zone),
    )


def weeks_of(tx: Tx, project_id: int, account: str, limit: int = 60) -> list[StoredWeek]:
    """The latest weeks, oldest first."""
    rows = tx.execute(
        "SELECT week, health, band, arr, body FROM account_week WHERE project_id=? AND account=? "
        "ORDER BY week DESC LIMIT ?",
        (project_id, account, limit),
    )
    return [StoredWeek(*row) for row in rows][::-1]


def health_of_week(tx: Tx, project_id: int, account: str, week: int) -> float | None:
    """Health at the end of one week; None where there was none."""
    row = tx.execute(
        "SELECT health FROM account_week WHERE project_id=? AND account=? AND week=?", (project_id, account, week)
    ).fetchone()
    return None if row is None else row[0]


def put_week(tx: Tx, project_id: int, account: str, week: StoredWeek) -> None:
    """The week that runs is written again with each look; those that are over stay as they were."""
    tx.execute(
        "INSERT OR REPLACE INTO account_week (project_id, account, week, health, band, arr, body) "
        "VALUES (?,?,?,?,?,?,?)",
        (project_id, account, *astuple(week)),
    )


def add_stage(tx: Tx, project_id: int, account: str, change: StoredStage) -> None:
    tx.execute(
        "INSERT OR REPLACE INTO stage_change (project_id, account, at, stage, before) VALUES (?,?,?,?,?)",
        (project_id, account, *astuple(change)),
    )


def stages_of(tx: Tx, project_id: int, account: str) -> list[StoredStage]:
    """All changes of the stage, oldest first."""
    rows = tx.execute(
        "SELECT at, stage, before FROM stage_change WHERE project_id=? AND account=? ORDER BY at",
        (project_id, account),
    )
    return [StoredStage(*row) for row in rows]


def touch(tx: Tx, project_id: int, accounts: Iterable[str]) -> None:
    """Something changed in these accounts: they are to be looked at as soon as may be. Each touch counts one down."""
    tx.executemany(
        "INSERT INTO account_due (project_id, account, at) VALUES (?,?,-1) "
        "ON CONFLICT (project_id, account) DO UPDATE SET at=MIN(at, 0)-1",
        ((project_id, account) for account in accounts),
    )


def set_due(tx: Tx, project_id: int, account: str, seen: int, at: int) -> None:
    """Looked at; again at `at` (ms). Not if it was touched since it was `seen` to be due: then it still is."""
    tx.execute(
        "UPDATE account_due SET at=? WHERE project_id=? AND account=? AND at=?", (at, project_id, account, seen)
    )


def due_accounts(tx: Tx, project_id: int, now: int, after: str, limit: int) -> list[tuple[str, int]]:
    """(account, due since) to be looked at by now, in order of their keys, from the one after `after`."""
    rows = tx.execute(
        "SELECT account, at FROM account_due WHERE project_id=? AND account>? AND at<=? ORDER BY account LIMIT ?",
        (project_id, after, now, limit),
    )
    return [(str(row[0]), int(row[1])) for row in rows]


def count_due(tx: Tx, project_id: int, now: int) -> int:
    """How many accounts wait for a look."""
    row = tx.execute("SELECT COUNT(*) FROM account_due WHERE project_id=? AND at<=?", (project_id, now)).fetchone()
    return int(row[0])
