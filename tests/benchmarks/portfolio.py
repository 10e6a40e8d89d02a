"""The first page of a portfolio of 10,000 accounts, beside a bare indexed query of the same rows in the same store."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import msgspec

from tests.benchmarks.decisions import runtime_of
from tests.benchmarks.timing import Case
from waypost.facts.days import monday
from waypost.model import DAY
from waypost.service.pauses import Wanted as WantedPause
from waypost.service.pauses import begin
from waypost.service.runtime import Runtime
from waypost.store.accounts import StoredAccount, StoredWeek, put_account, put_week
from waypost.store.portfolio import SORTS, Card, Wanted
from waypost.store.sqlite import Tx
from waypost.store.tasks import add_task
from waypost.success.health import COMPONENTS, Component, Health
from waypost.success.portfolio import Body, Reason
from waypost.success.portfolio_words import reason_words
from waypost.success.signals import Signals
from waypost.web.accounts import first_page

__all__ = ["BARE", "NARROW", "PAGES", "SORTED", "portfolio_cases"]

ACCOUNTS, OWNERS, SHOWN = 10_000, 20, 50
TODAY = 20_800
SORTED = [(sort, owner) for sort in ("rank", "health", "wau", "renewal") for owner in ("", "csm-07")]
BARE = {one: f"bare query by {one[0]}{' of an owner' if one[1] else ''}" for one in SORTED}
NARROW = "bare query by rank, only the columns that a page shows"
PAGES = {one: f"first page by {one[0]}{' of an owner' if one[1] else ''}" for one in SORTED}


@contextmanager
def portfolio_cases() -> Iterator[list[Case]]:
    with TemporaryDirectory() as folder:
        runtime = runtime_of(Path(folder), 10, 10)
        _fill(runtime)
        shown = f"{', '.join(Card._fields[:-3])}, why_en"
        cases = [Case(NARROW, _bare(runtime, "rank", "", shown))]
        for one in SORTED:
            cases += [Case(BARE[one], _bare(runtime, *one)), Case(PAGES[one], _page(runtime, *one))]
        yield cases
        runtime.store.close()


def _bare(runtime: Runtime, sort: str, owner: str, columns: str = "*") -> Callable[[int], None]:
    """The same rows by the same index: nothing decoded, nothing beside them, nothing encoded."""
    by = SORTS[sort]
    way = "DESC" if by.down else "ASC"
    has = f" AND {by.column} IS NOT NULL" if by.may_lack else ""
    of = " AND owner=?" if owner else ""
    sql = (
        f"SELECT {columns} FROM account WHERE project_id=?{of}{has} "
        f"ORDER BY {by.column} {way}, account {way} LIMIT {SHOWN}"
    )
    params = (runtime.project_id, owner) if owner else (runtime.project_id,)

    def run(number: int) -> None:
        for _ in range(number):
            rows = runtime.store.read_now(lambda tx: tx.execute(sql, params).fetchall())
            assert len(rows) == SHOWN

    return run


def _page(runtime: Runtime, sort: str, owner: str) -> Callable[[int], None]:
    """The whole answer, to its last byte, but for HTTP."""
    wanted, by, now = Wanted(owner), SORTS[sort], TODAY * DAY

    def run(number: int) -> None:
        for _ in range(number):
            found = runtime.store.read_now(lambda tx: first_page(tx, runtime, wanted, by, None, SHOWN, now, "en"))
            msgspec.json.encode(found)

    return run


def _fill(runtime: Runtime) -> None:
    """Accounts of twenty owners in six stages, four weeks of health, 5,000 tasks of which 2,000 are open, 200 pauses."""
    rng, project_id = Random(7), runtime.project_id

    def accounts(first: int, tx: Tx) -> None:
        for n in range(first, first + 500):
            key, health = f"g:account-{n:05}", rng.choice((None, *(rng.uniform(5, 100) for _ in range(9))))
            put_account(tx, project_id, _account(rng, n, key, health))
            for ago in range(4):
                week = StoredWeek(monday(TODAY) - 7 * ago, health, "red", 1.0, _looked(rng, health))
                put_week(tx, project_id, key, week)

    def beside(tx: Tx) -> None:
        for n in range(5_000):
            key = f"g:account-{rng.randrange(ACCOUNTS):05}"
            state = "open" if n < 2_000 else "done"
            add_task(
                tx, project_id, rule_id="quiet", subject=key, account=key, opened_at=n, noticed_at=n, severity="high", owner="csm-01",
                title={"en": "t"}, body={"en": "b"}, context={}, state=state, due_at=None,
            )  # fmt: skip
        for n in range(200):
            begin(
                tx, project_id, WantedPause(subject=f"g:account-{n * 50:05}", until_at=(TODAY + 9) * DAY), TODAY * DAY
            )

    for first in range(0, ACCOUNTS, 500):
        runtime.store.write_now(lambda tx, first=first: accounts(first, tx))  # type: ignore[misc]
    runtime.store.write_now(beside)


def _looked(rng: Random, health: float | None) -> str:
    return msgspec.json.encode(_health(rng, health)).decode()


def _health(rng: Random, score: float | None) -> Health:
    numbers = {"fell": rng.random(), "recent": rng.random() * 99, "norm": rng.random() * 99}
    parts = tuple(Component(name, rng.random(), 1 / 7, rng.random() * 14, dict(numbers)) for name in COMPONENTS)
    return Health(score, "red" if score is None or score < 40 else "green", 0.9, "", score, parts)


def _words(why: Sequence[Reason], lang: str) -> str:
    shown = [{"code": reason.code, "words": reason_words(reason, lang)} for reason in why]
    return msgspec.json.encode(shown).decode()


def _account(rng: Random, n: int, key: str, health: float | None) -> StoredAccount:
    signals = Signals(
        wau=n % 90, wau_before=n % 80, mau=n % 300, seats=400, stickiness=rng.random(), breadth=rng.random(), depth=rng.random(),
        quiet_days=n % 40, fell=rng.random(), recent=rng.random() * 99, norm=rng.random() * 99, contact="Anna Petrova",
        weeks=tuple(rng.randrange(90) for _ in range(8)),
    )  # fmt: skip
    why = (
        Reason("red", 25.0, {"health": health, "override": ""}),
        Reason("usage_fell", 21.5, {"fell": 0.43, "recent": 58.0, "norm": 102.0}),
        Reason("tickets_severe", 10.0, {"severe": 2}),
    )
    return StoredAccount(
        account=key, name=f"Account {n} of Customers", owner=f"csm-{n % OWNERS:02}", stage=f"stage-{n % 6}", plan="business", seats=400,
        arr=rng.random() * 1e5, renewal_day=rng.choice((None, TODAY + n % 365)), last_active=TODAY * DAY, active=n % 300, wau=n % 90,
        fell=rng.random(), health=health, band=rng.choice(("red", "yellow", "green")), rank=round(rng.random() * 200, 3), day=TODAY,
        looked_at=TODAY * DAY, body=msgspec.json.encode(Body(_health(rng, health), signals, why, ())).decode(),
        health_before=health, usage=msgspec.json.encode(signals.weeks).decode(), why_en=_words(why, "en"), why_ru=_words(why, "ru"),
    )  # fmt: skip
