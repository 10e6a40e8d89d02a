"""What people do with CSM tasks: who took one and when, notes, outcomes by code; and checklists for accounts."""

from __future__ import annotations

from alembic import op
from sqlalchemy.schema import CreateIndex, CreateTable

from waypost.store.tables import metadata

revision = "0009"
down_revision = "0008"

COLUMNS = (
    "opened_by TEXT NOT NULL DEFAULT 'rule'",
    "taken_at INTEGER",
    "taken_by TEXT NOT NULL DEFAULT ''",
    "reacted_at INTEGER",
    "outcome_code TEXT NOT NULL DEFAULT ''",
)


def upgrade() -> None:
    for column in COLUMNS:
        op.execute(f"ALTER TABLE task ADD COLUMN {column}")
    op.execute("UPDATE task SET reacted_at=closed_at WHERE closed_by='person'")
    for name in ("task_note", "checklist"):
        table = metadata.tables[name]
        op.execute(CreateTable(table))
        for index in sorted(table.indexes, key=lambda i: str(i.name)):
            op.execute(CreateIndex(index))
