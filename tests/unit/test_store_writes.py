"""The writer: an answer only after the commit, one commit for those that wait together, and no lies after an error."""

from __future__ import annotations

import errno
import sqlite3
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any

import pytest

from waypost.errors import Unavailable
from waypost.store.sqlite import Store, Tx

Commit = Callable[[sqlite3.Connection], None]
Open = Callable[..., Store]


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Open]:
    """Opens the one file of a test, with a table of notes; every store is closed at the end."""
    stores: list[Store] = []

    def open_it(commit: Commit | None = None) -> Store:
        stores.append(Store.open(f"sqlite:///{tmp_path / 'a.db'}", commit))
        return stores[-1]

    first = open_it()
    first.write_now(lambda tx: tx.execute("CREATE TABLE note (text TEXT UNIQUE)"))
    first.close()
    yield open_it
    for store in stores:
        store.close()


def note(text: str) -> Callable[[Tx], str]:
    def job(tx: Tx) -> str:
        tx.execute("INSERT INTO note VALUES (?)", (text,))
        return text

    return job


def notes(store: Store) -> list[str]:
    return store.read_now(lambda tx: [row[0] for row in tx.execute("SELECT text FROM note ORDER BY rowid")])


class Gate:
    """A job that keeps the writer busy until it is opened, so that others gather behind it."""

    def __init__(self) -> None:
        self.entered, self._open = threading.Event(), threading.Event()

    def job(self, _tx: Tx) -> None:
        self.entered.set()
        assert self._open.wait(timeout=60)

    def open(self) -> None:
        self._open.set()


def waiting_together(store: Store, *jobs: Callable[[Tx], Any]) -> list[Future[Any]]:
    """Every job as one group: queued while the writer is busy. Returns when all are answered."""
    gate = Gate()
    with ThreadPoolExecutor(len(jobs) + 1) as threads:
        busy = threads.submit(store.write_now, gate.job)
        assert gate.entered.wait(timeout=60)
        answers = [store.submit(job) for job in jobs]
        gate.open()
        wait([busy, *answers], timeout=60)
    return answers


def test_nothing_is_acknowledged_before_its_commit_returned(opened: Open) -> None:
    order: list[str] = []

    def commit(connection: sqlite3.Connection) -> None:
        order.append("commit begins")
        connection.execute("COMMIT")
        order.append("commit returned")

    store = opened(commit)
    for text in ("a", "b"):
        answer = store.submit(note(text))
        answer.add_done_callback(lambda done: order.append(f"acknowledged {done.result()}"))
        wait([answer], timeout=60)
    assert order == [
        "commit begins", "commit returned", "acknowledged a",
        "commit begins", "commit returned", "acknowledged b",
    ]  # fmt: skip


def test_the_commit_that_is_waited_for_syncs_to_disk(opened: Open) -> None:
    seen: list[tuple[str, int]] = []

    def commit(connection: sqlite3.Connection) -> None:
        mode, sync = (connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous"))
        seen.append((mode, sync))
        connection.execute("COMMIT")

    opened(commit).write_now(note("a"))
    assert seen == [("wal", 2)]


def test_jobs_that_wait_together_share_one_commit(opened: Open) -> None:
    commits = 0

    def commit(connection: sqlite3.Connection) -> None:
        nonlocal commits
        commits += 1
        connection.execute("COMMIT")

    store = opened(commit)
    answers = waiting_together(store, *(note(str(i)) for i in range(50)))
    assert [answer.result() for answer in answers] == [str(i) for i in range(50)]
    assert commits == 2, "one for the job that they waited behind, one for all fifty"
    assert notes(store) == [str(i) for i in range(50)]


def test_a_job_that_fails_is_rolled_back_alone_and_told_what_it_raised(opened: Open) -> None:
    def wrong(tx: Tx) -> None:
        note("half")(tx)
        raise LookupError("not this one")

    store = opened()
    before, failed, twice, after = waiting_together(store, note("before"), wrong, note("before"), note("after"))
    assert (before.result(), after.result()) == ("before", "after")
    assert repr(failed.exception()) == "LookupError('not this one')"
    assert isinstance(twice.exception(), sqlite3.IntegrityError)
    assert notes(store) == ["before", "after"]


def test_a_job_that_takes_the_whole_transaction_with_it_leaves_nobody_without_an_answer(opened: Open) -> None:
    def ruin(tx: Tx) -> None:
        tx.execute("ROLLBACK")
        raise sqlite3.OperationalError("database or disk is full")

    store = opened()
    answers = waiting_together(store, note("before"), ruin, note("after"))
    assert [type(answer.exception()) for answer in answers] == [Unavailable] * 3
    assert notes(store) == []
    assert store.write_now(note("later")) == "later"


def test_after_an_i_o_error_nothing_is_acknowledged_any_more_not_even_what_waited_already(opened: Open) -> None:
    tries = 0

    def commit(connection: sqlite3.Connection) -> None:
        nonlocal tries
        tries += 1
        raise OSError(errno.EIO, "Input/output error")

    store = opened(commit)
    answers = waiting_together(store, note("a"), note("b"))
    later = store.submit(note("c"))
    errors = [answer.exception() for answer in (*answers, later)]
    assert [(type(error), getattr(error, "status", 0), getattr(error, "retry_after", 0)) for error in errors] == [
        (Unavailable, 503, 5)
    ] * 3
    assert all("Input/output error" in str(error) for error in errors)
    assert tries == 1, "the writer stopped at the first"
    assert notes(store) == []


def test_a_commit_that_fails_for_a_while_is_refused_and_then_goes_on(opened: Open) -> None:
    full = [True]

    def commit(connection: sqlite3.Connection) -> None:
        if full.pop():
            raise sqlite3.OperationalError("database or disk is full")
        connection.execute("COMMIT")

    store = opened(commit)
    with pytest.raises(Unavailable, match="disk is full"):
        store.write_now(note("a"))
    full.append(False)
    assert store.write_now(note("a")) == "a"
    assert notes(store) == ["a"]


def test_what_waits_is_finished_before_the_store_is_closed_and_what_comes_later_is_refused(opened: Open) -> None:
    store, gate = opened(), Gate()
    first = store.submit(gate.job)
    assert gate.entered.wait(timeout=60)
    second = store.submit(note("a"))
    with ThreadPoolExecutor(1) as threads:
        closing = threads.submit(store.close)
        gate.open()
        for one in (first, second, closing):
            one.result(timeout=60)
    assert second.result() == "a"
    with pytest.raises(Unavailable, match="closed"):
        store.write_now(note("b"))
    assert notes(opened()) == ["a"]


def test_every_acknowledged_write_is_seen_by_the_readers_at_once(opened: Open) -> None:
    store = opened()

    def write_and_read(name: str) -> list[bool]:
        return [store.write_now(note(f"{name}{i}")) in notes(store) for i in range(50)]

    with ThreadPoolExecutor(4) as threads:
        seen = list(threads.map(write_and_read, "abcd"))
    assert seen == [[True] * 50] * 4


def test_a_reader_cannot_write(opened: Open) -> None:
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        opened().read_now(note("a"))


def test_a_full_disk_is_told_loses_nothing_and_is_over_when_there_is_space_again(opened: Open) -> None:
    store = opened()
    pages = store.read_now(lambda tx: int(tx.execute("PRAGMA page_count").fetchone()[0]))
    store.write_now(lambda tx: tx.execute(f"PRAGMA max_page_count={pages + 20}"))
    stored, refused = [], []
    for i in range(60):
        text = f"{i:03}" + "x" * 4_000
        try:
            stored.append(store.write_now(note(text)))
        except Unavailable as error:
            refused.append((text, error.status, error.retry_after))
    assert stored
    assert refused
    assert {(status, retry) for _, status, retry in refused} == {(503, 5)}
    assert notes(store) == stored
    store.write_now(lambda tx: tx.execute(f"PRAGMA max_page_count={pages + 2_000}"))
    for text, _, _ in refused:
        stored.append(store.write_now(note(text)))
    assert notes(store) == stored
    assert store.read_now(lambda tx: tx.execute("PRAGMA integrity_check").fetchone()[0]) == "ok"


def test_a_job_that_would_wait_for_itself_is_told_so(tmp_path: Path) -> None:
    store = Store.open(f"sqlite:///{tmp_path / 'a.db'}")
    with pytest.raises(RuntimeError, match="of its own"):
        store.write_now(lambda _tx: store.write_now(lambda _inner: None))
    assert store.write_now(lambda _tx: 1) == 1, "and the writer goes on"
    store.close()
