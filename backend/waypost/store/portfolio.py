"""The portfolio as it is sorted, filtered and paged: a page is one walk along one index, whatever the filter.

A page begins after a place: the sort's value and the account of the last row before it, so accounts that change
meanwhile neither repeat nor hide others. Rows without a value come last. Ties are in the order of the accounts.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from waypost.model import account_key
from waypost.store.accounts import COLUMNS, StoredAccount
from waypost.store.sqlite import Tx

__all__ = [
    "NOBODY", "SORTS", "Counted", "Place", "Sort", "Stands", "Wanted", "accounts_page", "all_stand", "count_accounts", "counts", "counts_of_bands",
    "first_week", "health_then", "open_tasks", "paused_until", "place_of", "stood",
]  # fmt: skip

NOBODY = "-"  # in a filter: without one
LAST = chr(0x10FFFF)  # after everything that begins with a prefix


@dataclass(frozen=True, slots=True)
class Sort:
    """A column to sort by. `may_lack`: rows may have no value there."""

    column: str
    down: bool
    may_lack: bool = False


SORTS: Mapping[str, Sort] = {
    "rank": Sort("rank", down=True),
    "health": Sort("health", down=False, may_lack=True),  # the worst first
    "fell": Sort("fell", down=True, may_lack=True),
    "wau": Sort("wau", down=True),
    "renewal": Sort("renewal_day", down=False, may_lack=True),  # the soonest first
    "arr": Sort("arr", down=True, may_lack=True),
    "name": Sort("sought", down=False),
}
FILTERED = ("owner", "stage", "band")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A filter; "" = any, NOBODY = those without one. `sought`: how the name or the id begins."""

    owner: str = ""
    stage: str = ""
    band: str = ""
    sought: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page begins: after the row with this value of the sort (None: it has none) and this account."""

    value: float | str | None
    account: str


@dataclass(frozen=True, slots=True)
class Counted:
    """How many accounts of an owner and a stage there are, and how many of them pass the filter by band."""

    owner: str
    stage: str
    accounts: int
    wanted: int


def accounts_page(
    tx: Tx, project_id: int, wanted: Wanted, sort: Sort, after: Place | None, limit: int
) -> list[StoredAccount]:
    """The next `limit` accounts in the order of the sort."""
    column, sign, way = sort.column, "<" if sort.down else ">", "DESC" if sort.down else "ASC"
    where, params = _where(wanted)
    walks: list[tuple[str, tuple[float | str | None, ...]]] = []
    if after is None:
        walks.append((f" AND {column} IS NOT NULL" if sort.may_lack else "", ()))
    elif after.value is not None:
        walks.append((f" AND ({column}, account) {sign} (?,?)", (after.value, after.account)))
    if sort.may_lack and after is not None and after.value is None:
        walks.append((f" AND {column} IS NULL AND account {sign} ?", (after.account,)))
    elif sort.may_lack:
        walks.append((f" AND {column} IS NULL", ()))
    found: list[StoredAccount] = []
    for begin, place in walks:
        if len(found) < limit:
            rows = tx.execute(
                f"SELECT {', '.join(COLUMNS)} FROM account WHERE project_id=?{where}{begin} "
                f"ORDER BY {column} {way}, account {way} LIMIT ?",
                (project_id, *params, *place, limit - len(found)),
            )
            found += [StoredAccount(*row) for row in rows]
    return found


def place_of(row: StoredAccount, sort: Sort) -> Place:
    """Where the page after this row begins."""
    value = row.name.casefold() if sort.column == "sought" else getattr(row, sort.column)
    return Place(value, row.account)


def _where(wanted: Wanted) -> tuple[str, tuple[str, ...]]:
    """What follows `WHERE project_id=?`."""
    given = [(name, value) for name in FILTERED if (value := getattr(wanted, name))]
    where = "".join(f" AND {name}=?" for name, _ in given)
    params = tuple("" if value == NOBODY else value for _, value in given)
    if wanted.sought:
        name, account = wanted.sought.casefold(), account_key(wanted.sought)
        where += " AND (sought>=? AND sought<? OR account>=? AND account<?)"
        params += (name, name + LAST, account, account + LAST)
    return where, params


def counts(tx: Tx, project_id: int, band: str) -> list[Counted]:
    """Accounts by owner and stage, from the counts that are kept."""
    rows = tx.execute(
        "SELECT owner, stage, SUM(accounts), SUM(CASE WHEN ?='' OR band=? THEN accounts ELSE 0 END) "
        "FROM account_count WHERE project_id=? GROUP BY owner, stage HAVING SUM(accounts)>0",
        (band, "" if band == NOBODY else band, project_id),
    )
    return [Counted(*row) for row in rows]


def counts_of_bands(tx: Tx, project_id: int, owner: str) -> dict[str, int]:
    """Band -> accounts of an owner ("" = of all)."""
    rows = tx.execute(
        "SELECT band, SUM(accounts) FROM account_count WHERE project_id=? AND (?='' OR owner=?) GROUP BY band",
        (project_id, owner, "" if owner == NOBODY else owner),
    )
    return {str(row[0]): int(row[1]) for row in rows}


def count_accounts(tx: Tx, project_id: int, wanted: Wanted) -> int:
    """How many pass a filter, one by one: for a search, which no counts are kept of."""
    where, params = _where(wanted)
    row = tx.execute(f"SELECT COUNT(*) FROM account WHERE project_id=?{where}", (project_id, *params)).fetchone()
    return int(row[0])


@dataclass(frozen=True, slots=True)
class Stands:
    """What the sums of a portfolio need of one account."""

    account: str
    arr: float | None
    health: float | None
    band: str
    days_to_renewal: int | None
    wau: int
    wau_before: int
    churned: bool


def all_stand(tx: Tx, project_id: int, owner: str) -> list[Stands]:
    """Every account of an owner ("" = of all, NOBODY = of none)."""
    where, params = _where(Wanted(owner))
    rows = tx.execute(
        f"SELECT account, arr, health, band, renewal_day-day, wau, wau_before, churned FROM account WHERE project_id=?{where}",
        (project_id, *params),
    )
    return [Stands(*row) for row in rows]


def stood(tx: Tx, project_id: int, week: int) -> dict[str, tuple[float | None, str]]:
    """Account -> (ARR, band) at the end of the ISO week that began on local day `week`."""
    rows = tx.execute("SELECT account, arr, band FROM account_week WHERE project_id=? AND week=?", (project_id, week))
    return {str(row[0]): (row[1], str(row[2])) for row in rows}


def first_week(tx: Tx, project_id: int, since: int) -> int | None:
    """The first week from local day `since` on that anything is known of."""
    row = tx.execute(
        "SELECT MIN(week) FROM account_week WHERE project_id=? AND week>=?", (project_id, since)
    ).fetchone()
    return None if row[0] is None else int(row[0])


# -- what stands beside each account of a page


def _marks(values: Collection[str] | Collection[int]) -> str:
    return ", ".join("?" * len(values))


def open_tasks(tx: Tx, project_id: int, accounts: Sequence[str]) -> dict[str, int]:
    """Account -> its tasks that are not done."""
    rows = tx.execute(
        f"SELECT account, COUNT(*) FROM task WHERE project_id=? AND account IN ({_marks(accounts)}) "
        "AND state IN ('open','snoozed') GROUP BY account",
        (project_id, *accounts),
    )
    return {str(row[0]): int(row[1]) for row in rows}


def paused_until(tx: Tx, project_id: int, accounts: Sequence[str], now: int) -> dict[str, int]:
    """Account -> when its CSM pause ends, for those that are paused now."""
    rows = tx.execute(
        f"SELECT subject, ends_at FROM pause WHERE project_id=? AND subject IN ({_marks(accounts)}) "
        "AND ended_at IS NULL AND ends_at>?",
        (project_id, *accounts, now),
    )
    return {str(row[0]): int(row[1]) for row in rows}


def health_then(
    tx: Tx, project_id: int, accounts: Sequence[str], weeks: Collection[int]
) -> dict[tuple[str, int], float]:
    """(account, week) -> its health at the end of the ISO week that began on local day `week`."""
    rows = tx.execute(
        f"SELECT account, week, health FROM account_week WHERE project_id=? AND account IN ({_marks(accounts)}) "
        f"AND week IN ({_marks(weeks)}) AND health IS NOT NULL",
        (project_id, *accounts, *weeks),
    )
    return {(str(row[0]), int(row[1])): float(row[2]) for row in rows}
