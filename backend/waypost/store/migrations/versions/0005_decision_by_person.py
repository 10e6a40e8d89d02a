"""The decision log in the order of people and time: a decision is written to one place of the file, not to two."""

from __future__ import annotations

from alembic import op
from sqlalchemy.schema import CreateTable

from waypost.store.tables import metadata

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.execute("ALTER TABLE decision RENAME TO decision_before")
    op.execute(CreateTable(metadata.tables["decision"]))
    op.execute(
        "INSERT INTO decision (project_id, subject, first_at, n, last_at, digest, body, instants) "
        "SELECT project_id, subject, first_at, "
        "ROW_NUMBER() OVER (PARTITION BY project_id, subject, first_at ORDER BY id) - 1, "
        "last_at, digest, body, instants FROM decision_before ORDER BY project_id, subject, first_at, id"
    )
    op.execute("DROP TABLE decision_before")
    op.execute("UPDATE meta SET value = value || ' -' WHERE key LIKE 'decisions%latest'")  # no usual losers yet
