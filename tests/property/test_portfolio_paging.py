"""Paging the portfolio: under every sort and filter, pages of any size hold every account once, in the one order.

Ties are the rule here and many rows lack a value; between two pages accounts may change their place.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from random import Random
from typing import Any

import pytest

from tests.scale import scaled
from waypost.store.accounts import StoredAccount, put_account
from waypost.store.portfolio import (
    NOBODY,
    SORTS,
    Place,
    Sort,
    Wanted,
    accounts_page,
    count_accounts,
    counts,
    place_of,
)
from waypost.store.sqlite import Store, Tx

ROUNDS = 300
OWNERS, STAGES, BANDS = ("", "olga", "max"), ("", "live", "onboarding"), ("", "red", "yellow", "green")
NAMES = ("Acme", "acme", "ACME Ltd", "Ромашка", "ромашка", "", "Émile")


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    made = Store.open(f"sqlite:///{tmp_path_factory.mktemp('portfolio') / 'a.db'}")
    yield made
    made.close()


def row(rng: Random, account: str) -> StoredAccount:
    def some(*values: Any) -> Any:
        return rng.choice(values)

    return StoredAccount(
        account=account, name=some(*NAMES), owner=some(*OWNERS), stage=some(*STAGES), plan="", seats=None,
        arr=some(None, 0.0, 10.5, 1e6), renewal_day=some(None, 20_000, 20_030), last_active=None, active=0, wau=some(0, 1, 2),
        fell=some(None, -0.5, 0.0, 0.1 + 0.2), health=some(None, 0.0, 39.9, 100.0), band=some(*BANDS), rank=some(0.0, 1 / 3, 70.0),
        day=20_000, looked_at=0, body="{}",
    )  # fmt: skip


def fill(store: Store, project: int, rng: Random) -> dict[str, StoredAccount]:
    """A portfolio of its own, some of it written more than once."""
    found: dict[str, StoredAccount] = {}

    def job(tx: Tx) -> None:
        for _ in range(rng.randrange(60)):
            one = row(rng, f"g:{rng.choice(('a', 'A', 'ac', 'ю'))}{rng.randrange(25)}")
            found[one.account] = one
            put_account(tx, project, one)

    store.write_now(job)
    return found


def expected(accounts: dict[str, StoredAccount], wanted: Wanted, sort: Sort) -> list[str]:
    """The order as it is told: by value, then account; without a value at the end."""

    def passes(one: StoredAccount) -> bool:
        fits = all(
            not asked or getattr(one, name) == asked.replace(NOBODY, "")
            for name in ("owner", "stage", "band")
            if (asked := getattr(wanted, name)) is not None
        )
        typed = wanted.sought
        return fits and (one.name.casefold().startswith(typed.casefold()) or one.account[2:].startswith(typed))

    passing = [one for one in accounts.values() if passes(one)]
    has = [one for one in passing if place_of(one, sort).value is not None]
    lacks = [one for one in passing if place_of(one, sort).value is None]
    has.sort(key=lambda one: (place_of(one, sort).value, one.account), reverse=sort.down)
    lacks.sort(key=lambda one: one.account, reverse=sort.down)
    return [one.account for one in (*has, *lacks)]


def paged(store: Store, project: int, wanted: Wanted, sort: Sort, size: int) -> list[str]:
    found: list[str] = []
    after: Place | None = None
    while True:
        page = store.read_now(partial(_page, project, wanted, sort, after, size))
        found += [one.account for one in page]
        if len(page) < size:
            return found
        after = place_of(page[-1], sort)


def _page(project: int, wanted: Wanted, sort: Sort, after: Place | None, size: int, tx: Tx) -> list[StoredAccount]:
    return accounts_page(tx, project, wanted, sort, after, size)


def filters(rng: Random) -> Wanted:
    def some(values: tuple[str, ...]) -> str:
        return rng.choice(("", "", NOBODY, *values[1:]))

    return Wanted(some(OWNERS), some(STAGES), some(BANDS), rng.choice(("", "", "ac", "РОМ", "é", "a1", "zz")))


def test_every_account_stands_on_one_page_in_its_place(store: Store) -> None:
    for seed in range(scaled(ROUNDS)):
        rng = Random(seed)
        accounts = fill(store, seed + 1, rng)
        for name, sort in SORTS.items():
            for wanted in (Wanted(), filters(rng)):
                asked = (seed, name, wanted)
                assert paged(store, seed + 1, wanted, sort, rng.choice((1, 2, 7, 200))) == expected(
                    accounts, wanted, sort
                ), asked


def test_counts_are_those_of_the_rows(store: Store) -> None:
    for seed in range(scaled(ROUNDS)):
        rng, project = Random(seed), 1_000_000 + seed
        accounts = fill(store, project, rng)
        wanted = filters(rng)

        def job(tx: Tx, wanted: Wanted = wanted, project: int = project) -> tuple[int, int]:
            kept = counts(tx, project, wanted.band)
            fits = [
                one.wanted
                for one in kept
                if wanted.owner in ("", one.owner or NOBODY) and wanted.stage in ("", one.stage or NOBODY)
            ]
            return sum(fits), count_accounts(tx, project, wanted)

        by_counts, by_rows = store.read_now(job)
        unsought = Wanted(wanted.owner, wanted.stage, wanted.band)
        assert by_counts == len(expected(accounts, unsought, SORTS["rank"]))
        assert by_rows == len(expected(accounts, wanted, SORTS["rank"]))


def test_accounts_that_change_between_two_pages_hide_and_repeat_no_other(store: Store) -> None:
    for seed in range(scaled(ROUNDS)):
        rng, project = Random(seed), 2_000_000 + seed
        accounts = fill(store, project, rng)
        name = rng.choice(list(SORTS))
        sort = SORTS[name]
        found: list[str] = []
        after: Place | None = None
        moved: set[str] = set()
        while True:
            page = store.read_now(partial(_page, project, Wanted(), sort, after, 3))
            found += [one.account for one in page]
            if len(page) < 3:
                break
            after = place_of(page[-1], sort)
            other = row(rng, rng.choice(list(accounts)))
            moved.add(other.account)
            store.write_now(lambda tx, other=other, project=project: put_account(tx, project, other))  # type: ignore[misc]
        still = [account for account in found if account not in moved]
        assert len(still) == len(set(still)), (seed, name)
        assert set(still) == set(accounts) - moved, (seed, name)


def test_every_sort_walks_along_an_index_with_and_without_an_owner(store: Store) -> None:
    """No page is sorted or counted from all rows. Fell, revenue and names of one owner are the exceptions."""

    class Seen(Tx):
        plans: list[str]

        def execute(self, sql: str, params: Any = ()) -> Any:
            self.plans += [line[3] for line in super().execute(f"EXPLAIN QUERY PLAN {sql}", params)]
            return super().execute(sql, params)

    def job(tx: Tx) -> None:
        seen = Seen(tx._connection)
        for name, sort in SORTS.items():
            for wanted in (Wanted(), Wanted(owner="olga"), Wanted(stage="live", band="red")):
                for after in (None, Place(20.0, "g:a1"), Place(None, "g:a1")):
                    seen.plans = []
                    accounts_page(seen, 1, wanted, sort, after, 50)
                    if not (wanted.owner and name in ("fell", "arr", "name")):
                        assert not any("TEMP B-TREE" in plan for plan in seen.plans), (
                            name,
                            wanted,
                            after,
                            seen.plans,
                        )
                    assert all("USING INDEX" in plan for plan in seen.plans if plan.startswith(("SEARCH", "SCAN")))

    store.read_now(job)
