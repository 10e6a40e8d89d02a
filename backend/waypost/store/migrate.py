"""Bring a database to the schema of this version with Alembic, in one transaction: old or new, never between."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from io import StringIO
from pathlib import Path

from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory

from waypost.errors import Misconfigured

__all__ = ["HEAD", "migrate", "revisions"]


def _scripts() -> ScriptDirectory:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    return ScriptDirectory.from_config(config)


def revisions() -> list[str]:
    """Every revision, oldest first."""
    return [script.revision for script in reversed(list(_scripts().walk_revisions()))]


HEAD = revisions()[-1]


def migrate(path: str) -> None:
    """Raises Misconfigured when the file cannot be opened or changed, or was made by a newer version."""
    try:
        with closing(sqlite3.connect(path, isolation_level=None, timeout=30)) as connection:
            connection.execute("PRAGMA journal_mode=wal")
            connection.execute("BEGIN IMMEDIATE")
            for revision in _missing(connection, path):
                _upgrade(connection, revision)
            connection.execute("COMMIT")
    except sqlite3.Error as error:
        raise Misconfigured(f"WAYPOST_DATABASE_URL: cannot open {path!r}: {error}") from error


def _missing(connection: sqlite3.Connection, path: str) -> list[str]:
    """The revisions that this database does not have yet, oldest first."""
    current, known = _current(connection), revisions()
    if current is None:
        return known
    if current not in known:
        raise Misconfigured(
            f"WAYPOST_DATABASE_URL: {path!r} has the schema {current!r} of a newer Waypost; upgrade Waypost"
        )
    return known[known.index(current) + 1 :]


def _current(connection: sqlite3.Connection) -> str | None:
    connection.execute("CREATE TABLE IF NOT EXISTS alembic_version (version_num VARCHAR(32) PRIMARY KEY)")
    row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    return None if row is None else str(row[0])


def _upgrade(connection: sqlite3.Connection, revision: str) -> None:
    """Let Alembic write the revision as SQL and run it in the transaction that is open."""
    sql = StringIO()
    context = MigrationContext.configure(dialect_name="sqlite", opts={"as_sql": True, "output_buffer": sql})
    with Operations.context(context):
        _scripts().get_revision(revision).module.upgrade()
    for statement in sql.getvalue().split(";"):
        connection.execute(statement)
    connection.execute("DELETE FROM alembic_version")
    connection.execute("INSERT INTO alembic_version VALUES (?)", (revision,))
