"""The SQLite store: one writer thread, group commit, and an answer only after the disk has it.

Jobs that wait together share one transaction and one fsync; each runs in a savepoint, so one that
fails is rolled back alone. A write is confirmed only after COMMIT with synchronous=FULL returned.
"""

from __future__ import annotations

import asyncio
import queue
import sqlite3
import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Any, TypeVar

from waypost.errors import Misconfigured, Unavailable
from waypost.store.migrate import migrate

__all__ = ["Store", "Tx", "sqlite_path"]

T = TypeVar("T")
Job = Callable[["Tx"], Any]

GROUP_MAX = 256  # jobs in one commit: bounds how long the first of them waits
PRAGMAS = (
    ("journal_mode", "wal"),  # readers never wait for the writer
    ("synchronous", 2),  # FULL: an acknowledged event survives a power cut
    ("busy_timeout", 10_000),  # ms; only other processes (the command line) can hold the lock
    ("journal_size_limit", 64 * 1024 * 1024),  # bytes kept of the WAL after a checkpoint
    ("wal_autocheckpoint", 2_000),  # pages: short checkpoints, bounded WAL
    ("foreign_keys", 1),
)


def sqlite_path(url: str) -> str:
    """The file of a sqlite:/// URL. Raises Misconfigured for any other URL."""
    prefix = "sqlite:///"
    if not url.startswith(prefix) or len(url) == len(prefix):
        raise Misconfigured(
            f"WAYPOST_DATABASE_URL: this version stores in SQLite only; "
            f"write sqlite:///file.db, not {url.split('@')[-1]!r}"
        )
    return url[len(prefix) :]


class Tx:
    """One connection inside one transaction: the only way to run a statement."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def execute(self, sql: str, params: Sequence[Any] = ()) -> sqlite3.Cursor:
        return self._connection.execute(sql, params)

    def executemany(self, sql: str, rows: Iterable[Sequence[Any]]) -> sqlite3.Cursor:
        return self._connection.executemany(sql, rows)


class Store:
    """Open with Store.open(url); close when done. Safe to use from any thread or event loop."""

    def __init__(self, path: str, commit: Callable[[sqlite3.Connection], None] | None = None) -> None:
        self.path = path
        self._commit = commit or _commit
        self._jobs: queue.SimpleQueue[tuple[Job, Future[Any]] | None] = queue.SimpleQueue()
        self._readers: queue.SimpleQueue[sqlite3.Connection] = queue.SimpleQueue()
        self._all_readers: list[sqlite3.Connection] = []
        self._broken: Unavailable | None = None
        self._writer = threading.Thread(target=self._write_loop, name="waypost-writer", daemon=True)
        self._connection = connect(path)
        self._writer.start()

    @classmethod
    def open(cls, url: str, commit: Callable[[sqlite3.Connection], None] | None = None) -> Store:
        """Create or migrate the file, check that it is durable, and start the writer."""
        path = sqlite_path(url)
        parent = Path(path).parent
        if not parent.is_dir():
            raise Misconfigured(f"WAYPOST_DATABASE_URL: the folder {str(parent)!r} does not exist")
        migrate(path)
        return cls(path, commit)

    async def write(self, job: Callable[[Tx], T]) -> T:
        """Run `job` in the writer's transaction; returns after the commit is on disk.

        Raises what the job raised (it is rolled back alone), or Unavailable when the commit failed.
        """
        return await asyncio.wrap_future(self._submit(job))

    def write_now(self, job: Callable[[Tx], T]) -> T:
        """The same, blocking: for the command line and tests."""
        return self._submit(job).result()

    async def read(self, job: Callable[[Tx], T]) -> T:
        """Run `job` on a read-only connection, in a worker thread."""
        return await asyncio.to_thread(self.read_now, job)

    def read_now(self, job: Callable[[Tx], T]) -> T:
        try:
            connection = self._readers.get_nowait()
        except queue.Empty:
            connection = connect(self.path, read_only=True)
            self._all_readers.append(connection)
        try:
            connection.execute("BEGIN")
            return job(Tx(connection))
        finally:
            connection.rollback()
            self._readers.put(connection)

    def close(self) -> None:
        """Finish what waits, then close every connection."""
        self._jobs.put(None)
        self._writer.join()
        self._connection.close()
        for connection in self._all_readers:
            connection.close()

    def _submit(self, job: Callable[[Tx], T]) -> Future[T]:
        future: Future[T] = Future()
        if self._broken is not None:
            future.set_exception(self._broken)
        else:
            self._jobs.put((job, future))
        return future

    def _write_loop(self) -> None:
        while (first := self._jobs.get()) is not None:
            group = [first]
            last = False
            while len(group) < GROUP_MAX and not self._jobs.empty():
                item = self._jobs.get()
                if item is None:
                    last = True
                    break
                group.append(item)
            self._run_group(group)
            if last:
                return

    def _run_group(self, group: list[tuple[Job, Future[Any]]]) -> None:
        done: list[tuple[Future[Any], Any]] = []
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            for job, future in group:
                if future.set_running_or_notify_cancel():
                    self._run_job(job, future, done)
            self._commit(self._connection)
        except (sqlite3.Error, OSError) as error:
            self._fail_group(error, done)
            return
        for future, result in done:
            future.set_result(result)

    def _run_job(self, job: Job, future: Future[Any], done: list[tuple[Future[Any], Any]]) -> None:
        self._connection.execute("SAVEPOINT job")
        try:
            result = job(Tx(self._connection))
        except Exception as error:
            if not self._connection.in_transaction:  # SQLite rolled all of it back: disk full, I/O error
                future.set_exception(_unavailable(error))
                raise
            self._connection.execute("ROLLBACK TO job")
            future.set_exception(_unavailable(error) if isinstance(error, sqlite3.OperationalError) else error)
        else:
            done.append((future, result))
        self._connection.execute("RELEASE job")

    def _fail_group(self, error: Exception, done: list[tuple[Future[Any], Any]]) -> None:
        """The commit did not happen: nobody is told otherwise. After an I/O error nothing more is accepted."""
        unavailable = _unavailable(error)
        if "disk I/O error" in str(error) or isinstance(error, OSError):
            self._broken = unavailable
        if self._connection.in_transaction:
            self._connection.rollback()
        for future, _ in done:
            future.set_exception(unavailable)


def _commit(connection: sqlite3.Connection) -> None:
    connection.execute("COMMIT")


def _unavailable(error: Exception) -> Unavailable:
    return Unavailable(f"the database cannot store right now: {error}", code="storage", retry_after=5)


def connect(path: str, *, read_only: bool = False) -> sqlite3.Connection:
    """A connection with our pragmas, read back. Raises Misconfigured when the file cannot be durable."""
    try:
        connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=10)
        for name, value in PRAGMAS:
            connection.execute(f"PRAGMA {name}={value}")
        if read_only:
            connection.execute("PRAGMA query_only=1")
        mode = connection.execute("PRAGMA journal_mode").fetchone()[0]
        sync = connection.execute("PRAGMA synchronous").fetchone()[0]
    except sqlite3.Error as error:
        raise Misconfigured(f"WAYPOST_DATABASE_URL: cannot open {path!r}: {error}") from error
    if (mode, sync) != ("wal", 2):
        connection.close()
        raise Misconfigured(
            f"WAYPOST_DATABASE_URL: {path!r} cannot be made durable "
            f"(journal_mode={mode}, synchronous={sync}; wal and 2 are needed)"
        )
    return connection
