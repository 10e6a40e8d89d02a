"""The portfolio as it is sorted, filtered and paged: a page is one walk along one index, whatever the filter.

A page begins after a place: the sort's value and the account of the last row before it, so accounts that change
meanwhile neither repeat nor hide others. Rows without a value come last. Ties are in the order of the accounts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from waypost.model import account_key
from waypost.store.accounts import StoredAccount
from waypost.store.sqlite import Tx

__all__ = [
    "LAST", "NOBODY", "SORTS", "Card", "Place", "Sort", "Stands", "Wanted", "accounts_page", "all_stand", "card_of", "count_accounts",
    "counts", "counts_of_bands", "first_week", "owned", "place_of", "stood",
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


class Card(NamedTuple):
    """Of an account what a row of the portfolio shows. `usage` and `why`: JSON as it is sent. `paused_until`: ms."""

    account: str
    name: str
    owner: str
    plan: str
    stage: str
    seats: int | None
    active: int
    wau: int
    fell: float | None
    health: float | None
    band: str
    health_before: float | None
    arr: float | None
    renewal_day: int | None
    last_active: int | None
    rank: float
    day: int
    usage: str
    why: str
    open_tasks: int
    paused_until: int | None


_CARDS = {
    lang: f"SELECT {', '.join(Card._fields[:-3])}, why_{lang}, (SELECT COUNT(*) FROM task INDEXED BY task_open WHERE task.project_id="
    "account.project_id AND task.account=account.account AND task.state IN ('open','snoozed')), "
    "(SELECT ends_at FROM pause WHERE pause.project_id=account.project_id AND pause.subject=account.account "
    "AND pause.ended_at IS NULL AND pause.ends_at>?) FROM account WHERE project_id=?"
    for lang in ("en", "ru")
}


def card_of(tx: Tx, project_id: int, account: str, now: int, lang: str) -> Card | None:
    row = tx.execute(f"{_CARDS[lang]} AND account=?", (now, project_id, account)).fetchone()
    return None if row is None else Card._make(row)


def accounts_page(
    tx: Tx, project_id: int, wanted: Wanted, sort: Sort, after: Place | None, limit: int, now: int, lang: str
) -> list[Card]:
    """The next `limit` accounts in the order of the sort, with what is open and paused at `now`."""
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
    found: list[Card] = []
    for begin, place in walks:
        if len(found) < limit:
            rows = tx.execute(
                f"{_CARDS[lang]}{where}{begin} ORDER BY {column} {way}, account {way} LIMIT ?",
                (now, project_id, *params, *place, limit - len(found)),
            )
            found += map(Card._make, rows)
    return found


def place_of(row: Card | StoredAccount, sort: Sort) -> Place:
    """Where the page after this row begins."""
    value = row.name.casefold() if sort.column == "sought" else getattr(row, sort.column)
    return Place(value, row.account)


def owned(owner: str) -> tuple[str, tuple[str, ...]]:
    """What follows `WHERE project_id=?` for the accounts of an owner: nothing for "", all of them."""
    return (" AND owner=?", ("" if owner == NOBODY else owner,)) if owner else ("", ())


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


def counts(tx: Tx, project_id: int) -> tuple[dict[str, int], dict[str, int]]:
    """(owner -> accounts, stage -> accounts), in order; "" is those without one."""
    rows = tx.execute(
        "SELECT by, owner, stage, accounts FROM account_count WHERE project_id=? AND by IN ('owner','stage') AND accounts>0",
        (project_id,),
    )
    owners, stages = dict[str, int](), dict[str, int]()
    for by, owner, stage, accounts in rows:
        if by == "owner":
            owners[owner] = accounts
        else:
            stages[stage] = accounts
    return owners, stages


def counts_of_bands(tx: Tx, project_id: int, owner: str) -> dict[str, int]:
    """Band -> accounts of an owner ("" = of all)."""
    where, params = owned(owner)
    rows = tx.execute(
        f"SELECT band, SUM(accounts) FROM account_count WHERE project_id=? AND by='all'{where} GROUP BY band",
        (project_id, *params),
    )
    return {str(row[0]): int(row[1]) for row in rows}


def count_accounts(tx: Tx, project_id: int, wanted: Wanted) -> int:
    """How many pass a filter: from the counts that are kept, but for a search, which takes a look at each."""
    where, params = _where(wanted)
    if wanted.sought:
        row = tx.execute(f"SELECT COUNT(*) FROM account WHERE project_id=?{where}", (project_id, *params)).fetchone()
    else:
        by = "all" if wanted.stage or wanted.band else "owner"
        row = tx.execute(
            f"SELECT COALESCE(SUM(accounts), 0) FROM account_count WHERE project_id=? AND by=?{where}",
            (project_id, by, *params),
        ).fetchone()
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
    where, params = owned(owner)
    rows = tx.execute(
        f"SELECT account, arr, health, band, renewal_day-day, wau, wau_before, churned FROM account WHERE project_id=?{where}",
        (project_id, *params),
    )
    return [Stands(*row) for row in rows]


def stood(tx: Tx, project_id: int, week: int) -> dict[str, tuple[float | None, str]]:
    """Account -> (ARR, band) at the end of the ISO week that began on local day `week`."""
    rows = tx.execute("SELECT account, arr, band FROM account_week WHERE project_id=? AND week=?", (project_id, week))
    return {str(row[0]): (row[1], str(row[2])) for row in rows}


def week_bodies(tx: Tx, project_id: int, week: int) -> list[tuple[str, str]]:
    """(account, JSON of success.health.Health) at the end of one week."""
    rows = tx.execute(
        "SELECT account, body FROM account_week WHERE project_id=? AND week=? ORDER BY account", (project_id, week)
    )
    return [(str(row[0]), str(row[1])) for row in rows]


def churned(tx: Tx, project_id: int) -> list[str]:
    rows = tx.execute("SELECT account FROM account WHERE project_id=? AND churned", (project_id,))
    return [str(row[0]) for row in rows]


def first_week(tx: Tx, project_id: int, since: int) -> int | None:
    """The first week from local day `since` on that anything is known of."""
    row = tx.execute(
        "SELECT MIN(week) FROM account_week WHERE project_id=? AND week>=?", (project_id, since)
    ).fetchone()
    return None if row[0] is None else int(row[0])
