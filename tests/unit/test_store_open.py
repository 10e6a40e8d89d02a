"""Opening a database: durable or not at all, the schema old or new and never between, nothing left behind."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import pytest

import waypost
from waypost.errors import Misconfigured
from waypost.store import migrate as migration
from waypost.store.migrate import HEAD, migrate, revisions
from waypost.store.outbox import deliveries, unrouted
from waypost.store.sqlite import Store, Tx, sqlite_path

PACKAGES = Path(waypost.__file__).parent.parent


def tables(path: Path) -> set[str]:
    with closing(sqlite3.connect(path)) as connection:
        return {row[0] for row in connection.execute("SELECT name FROM sqlite_master")}


def revision(path: Path) -> list[tuple[str]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute("SELECT version_num FROM alembic_version").fetchall()


def refused(url: str) -> str:
    """The one line with which a start is refused."""
    with pytest.raises(Misconfigured) as caught:
        Store.open(url)
    line = caught.value.detail
    assert line.startswith("WAYPOST_DATABASE_URL: ")
    assert "\n" not in line
    return line


@pytest.mark.parametrize(
    ("url", "named"),
    [
        ("postgresql://me:hunter2@db/waypost", "SQLite only"),
        ("sqlite://", "SQLite only"),
        ("sqlite:///", "SQLite only"),
        ("waypost.db", "SQLite only"),
        ("sqlite:////no/such/folder/a.db", "'/no/such/folder' does not exist"),
        ("sqlite:////tmp", "unable to open database file"),
    ],
)
def test_a_url_that_names_no_file_of_ours_is_refused(url: str, named: str) -> None:
    line = refused(url)
    assert named in line
    assert "hunter2" not in line


def test_the_path_of_a_url_is_relative_after_three_slashes_and_absolute_after_four() -> None:
    assert (sqlite_path("sqlite:///a.db"), sqlite_path("sqlite:////var/a.db")) == ("a.db", "/var/a.db")


def test_a_start_is_refused_where_the_log_cannot_be_written_ahead() -> None:
    assert "cannot be made durable (journal_mode=memory, synchronous=2; wal and 2 are needed)" in refused(
        "sqlite:///:memory:"
    )


def test_a_start_is_refused_where_commits_would_not_be_synced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("waypost.store.sqlite.PRAGMAS", (("journal_mode", "wal"), ("synchronous", 1)))
    assert "cannot be made durable (journal_mode=wal, synchronous=1; wal and 2 are needed)" in refused(
        f"sqlite:///{tmp_path / 'a.db'}"
    )


def test_a_file_that_is_not_a_database_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    path.write_bytes(b"not a database, but somebody's letter" * 100)
    assert "file is not a database" in refused(f"sqlite:///{path}")
    assert path.read_bytes() == b"not a database, but somebody's letter" * 100


def test_the_schema_of_a_newer_version_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    migrate(str(path))
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num='9999'")
    before = tables(path)
    assert refused(f"sqlite:///{path}").endswith("has the schema '9999' of a newer Waypost; upgrade Waypost")
    assert (revision(path), tables(path)) == ([("9999",)], before)


def test_somebody_elses_database_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE project (theirs TEXT)")
    assert "table project already exists" in refused(f"sqlite:///{path}")
    assert tables(path) == {"project"}


def test_migrating_again_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    migrate(str(path))
    before = tables(path)
    migrate(str(path))
    assert (revision(path), tables(path)) == ([(HEAD,)], before)
    assert revisions()[-1] == HEAD


def schema(path: Path) -> dict[str, str]:
    with closing(sqlite3.connect(path)) as connection:
        return dict(connection.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL"))


OPENED, CLOSED = '{"type": "csm_task.opened"}', '{"type": "csm_task.closed"}'
SENT_BY_0_1 = [  # id, message id, body, next attempt, attempts, delivered, last error
    (1, "csm_task-1-opened", OPENED, None, 1, 8, ""),
    (2, "csm_task-2-opened", OPENED, 9, 2, None, "HTTP 500"),
    (3, "csm_task-3-closed", CLOSED, None, 8, None, "HTTP 500"),
]


def test_a_database_of_0_1_is_upgraded_to_the_schema_of_a_new_one_and_keeps_its_rows(tmp_path: Path) -> None:
    """schema_0_1.sql is what 0.1 made, word for word: the first migration still makes it."""
    old, new = tmp_path / "old.db", tmp_path / "new.db"
    with closing(sqlite3.connect(old)) as connection, connection:
        connection.executescript((Path(__file__).parent / "schema_0_1.sql").read_text())
        connection.execute("INSERT INTO alembic_version VALUES ('0001')")
        connection.execute("INSERT INTO preview VALUES (1, 'u:ivan', 'hello', 5)")
        connection.executemany(
            "INSERT INTO decision VALUES (?, 1, 'u:ivan', ?, 9, x'01', ?, x'00000000')",
            [(1, 7, b"first"), (2, 7, b"second"), (3, 5, b"after the clock went back")],
        )
        connection.execute("INSERT INTO meta VALUES ('decisions:1:latest', '64 ab'), ('decisions:1:64', 'words')")
        connection.executemany("INSERT INTO outbox VALUES (?,1,?,?,7,?,?,?,?)", SENT_BY_0_1)
    first = tmp_path / "first.db"
    with closing(sqlite3.connect(first, isolation_level=None)) as connection:
        migration._current(connection)
        migration._upgrade(connection, "0001")
    assert schema(first) == schema(old)
    migrate(str(old))
    migrate(str(new))
    assert schema(old) == schema(new) != schema(first)
    assert revision(old) == revision(new) == [(HEAD,)]
    with closing(sqlite3.connect(old)) as connection:
        assert connection.execute("SELECT * FROM preview").fetchall() == [(1, "u:ivan", "hello", 5)]
        assert connection.execute("SELECT first_at, n, last_at, digest, body FROM decision").fetchall() == [
            (5, 0, 9, b"\1", b"after the clock went back"),
            (7, 0, 9, b"\1", b"first"),
            (7, 1, 9, b"\1", b"second"),
        ]
        assert connection.execute("SELECT value FROM meta ORDER BY key").fetchall() == [("words",), ("64 ab -",)]
        tx = Tx(connection)
        found = {state: deliveries(tx, 1, state, 10) for state in ("waiting", "delivered", "dead")}
        assert unrouted(tx, 1, 10) == [], "nothing that was sent is sent once more"
    assert {state: [(one.message_id, one.target) for one in its] for state, its in found.items()} == {
        "waiting": [("csm_task-2-opened", "w:0")],
        "delivered": [("csm_task-1-opened", "w:0")],
        "dead": [("csm_task-3-closed", "w:0")],
    }
    assert found["dead"][0].type == "csm_task.closed"


class HalfWay(Exception):
    pass


def test_a_migration_that_dies_half_way_leaves_the_old_schema_and_the_next_start_the_new_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, whole = tmp_path / "a.db", tmp_path / "whole.db"
    migrate(str(whole))
    upgrade = migration._upgrade

    def half(connection: sqlite3.Connection, revision: str) -> None:
        upgrade(connection, revision)
        assert connection.execute("SELECT COUNT(*) FROM task").fetchone() == (0,), "the new tables are there"
        raise HalfWay

    with monkeypatch.context() as patched:
        patched.setattr(migration, "_upgrade", half)
        with pytest.raises(HalfWay):
            migrate(str(path))
    assert tables(path) == set()
    migrate(str(path))
    assert (tables(path), revision(path)) == (tables(whole), revision(whole))


KILLED_AT = """
import os, signal, sqlite3, sys
from waypost.store import migrate as migration

class Connection(sqlite3.Connection):
    left = int(sys.argv[2])
    def execute(self, *args):
        Connection.left -= 1
        if Connection.left < 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return super().execute(*args)

connect = sqlite3.connect
migration.sqlite3.connect = lambda path, **more: connect(path, factory=Connection, **more)
migration.migrate(sys.argv[1])
"""


def test_a_migration_that_is_killed_leaves_the_old_schema_or_the_new_one(tmp_path: Path) -> None:
    whole = tmp_path / "whole.db"
    migrate(str(whole))
    new, seen = tables(whole), []
    for statements in (2, 5, 15, 30, 1_000):
        path = tmp_path / f"{statements}.db"
        command = [sys.executable, "-c", KILLED_AT, str(path), str(statements)]
        done = subprocess.run(command, env={**os.environ, "PYTHONPATH": str(PACKAGES)}, check=False)
        seen.append((done.returncode, tables(path)))
        migrate(str(path))
        assert (tables(path), revision(path)) == (new, [(HEAD,)])
    assert seen == [(-signal.SIGKILL, set())] * 4 + [(0, new)]


def open_files() -> int:
    return len(os.listdir("/proc/self/fd" if Path("/proc/self/fd").is_dir() else "/dev/fd"))


def test_fifty_stores_opened_and_closed_leave_no_file_and_no_thread_open(tmp_path: Path) -> None:
    def open_and_close() -> None:
        store = Store.open(f"sqlite:///{tmp_path / 'a.db'}")
        store.write_now(lambda tx: tx.execute("SELECT 1").fetchone())
        store.read_now(lambda tx: tx.execute("SELECT 1").fetchone())
        store.close()

    open_and_close()
    files, threads = open_files(), threading.active_count()
    for _ in range(50):
        open_and_close()
    assert open_files() - files <= 2
    assert threading.active_count() - threads <= 2


def test_fifty_refused_starts_leave_no_file_open(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    path.write_bytes(b"not a database, but somebody's letter" * 100)
    refused(f"sqlite:///{path}")
    files = open_files()
    for _ in range(50):
        refused(f"sqlite:///{path}")
    assert open_files() - files <= 2
