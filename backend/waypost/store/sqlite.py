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
from contextlib import ExitStack, suppress
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
        self._gate = threading.Lock()  # nothing may be queued behind the end: nobody would answer it
        self._closed = False
        self._broken = ""  # the I/O error after which nothing is stored any more
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
        return await asyncio.wrap_future(self.submit(job))

    def write_now(self, job: Callable[[Tx], T]) -> T:
        """The same, blocking: for the command line and tests. Never from within a job, which would wait for itself."""
        if threading.current_thread() is self._writer:
            raise RuntimeError("a job of the writer waits for another one of its own")
        return self.submit(job).result()

    def submit(self, job: Callable[[Tx], T]) -> Future[T]:
        """Queue a job; its future is answered as `write` says."""
        future: Future[T] = Future()
        with self._gate:
            refusal = self._broken or ("it is closed" if self._closed else "")
            if not refusal:
                self._jobs.put((job, future))
        if refusal:
            future.set_exception(_unavailable(refusal))
        return future

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
        """Finish what waits, then close every connection. What comes later is refused."""
        with self._gate:
            self._closed = True
            self._jobs.put(None)
        self._writer.join()
        self._connection.close()
        for connection in self._all_readers:
            connection.close()

    def _write_loop(self) -> None:
        while (first := self._jobs.get()) is not None:
            group, last = [first], False
            while len(group) < GROUP_MAX and not self._jobs.empty():
                item = self._jobs.get()
                if item is None:
                    last = True
                    break
                group.append(item)
            self._run_group([(job, future) for job, future in group if future.set_running_or_notify_cancel()])
            if last:
                return

    def _run_group(self, group: list[tuple[Job, Future[Any]]]) -> None:
        """One transaction and one commit. Whatever happens, every job of the group is answered."""
        done: list[tuple[Future[Any], Any]] = []
        try:
            if self._broken:  # these were queued before it broke
                raise OSError(self._broken)
            self._connection.execute("BEGIN IMMEDIATE")
            for job, future in group:
                self._run_job(job, future, done)
            self._commit(self._connection)
        except Exception as error:
            self._fail_group(error, group)
            return
        for future, result in done:
            future.set_result(result)

    def _run_job(self, job: Job, future: Future[Any], done: list[tuple[Future[Any], Any]]) -> None:
        self._connection.execute("SAVEPOINT job")
        try:
            result = job(Tx(self._connection))
        except Exception as error:
            if not self._connection.in_transaction:  # SQLite rolled all of it back: disk full, I/O error
                raise
            self._connection.execute("ROLLBACK TO job")
            future.set_exception(_unavailable(error) if isinstance(error, sqlite3.OperationalError) else error)
        else:
            done.append((future, result))
        self._connection.execute("RELEASE job")

    def _fail_group(self, error: Exception, group: list[tuple[Job, Future[Any]]]) -> None:
        """The commit did not happen: nobody is told otherwise. After an I/O error nothing more is accepted."""
        if _is_io_error(error):
            self._broken = str(error)
        with suppress(sqlite3.Error):  # the next BEGIN will say so
            self._connection.rollback()
        for _, future in group:
            if not future.done():
                future.set_exception(_unavailable(error))


def _commit(connection: sqlite3.Connection) -> None:
    connection.execute("COMMIT")


def _is_io_error(error: Exception) -> bool:
    """After a failed write or fsync the kernel may have dropped what it held: only a restart reads the truth."""
    result = getattr(error, "sqlite_errorcode", None)
    return isinstance(error, OSError) or (result is not None and result & 0xFF == sqlite3.SQLITE_IOERR)


def _unavailable(reason: Exception | str) -> Unavailable:
    return Unavailable(f"the database cannot store right now: {reason}", code="storage", retry_after=5)


def connect(path: str, *, read_only: bool = False) -> sqlite3.Connection:
    """A connection with our pragmas, read back. Raises Misconfigured when the file cannot be durable."""
    with ExitStack() as undo:
        try:
            connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=10)
            undo.callback(connection.close)
            for name, value in PRAGMAS:
                connection.execute(f"PRAGMA {name}={value}")
            if read_only:
                connection.execute("PRAGMA query_only=1")
            _check_durable(connection, path)
        except sqlite3.Error as error:
            raise Misconfigured(f"WAYPOST_DATABASE_URL: cannot open {path!r}: {error}") from error
        undo.pop_all()
    return connection


def _check_durable(connection: sqlite3.Connection, path: str) -> None:
    mode = connection.execute("PRAGMA journal_mode").fetchone()[0]
    sync = connection.execute("PRAGMA synchronous").fetchone()[0]
    if (mode, sync) != ("wal", 2):
        raise Misconfigured(
            f"WAYPOST_DATABASE_URL: {path!r} cannot be made durable "
            f"(journal_mode={mode}, synchronous={sync}; wal and 2 are needed)"
        )
