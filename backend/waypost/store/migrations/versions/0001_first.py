"""The first schema: every table of store/tables.py as of version 0.1."""

from __future__ import annotations

from alembic import op
from sqlalchemy.schema import CreateIndex, CreateTable

from waypost.store.tables import metadata

revision = "0001"
down_revision = None

TABLES = (
    "meta", "project", "event_name", "event", "link", "facts", "reject", "live", "decision", "tip_day",
    "rule_version", "due", "task", "outbox", "preview",
)  # fmt: skip


def upgrade() -> None:
    for table in (table for table in metadata.sorted_tables if table.name in TABLES):
        op.execute(CreateTable(table))
        for index in sorted(table.indexes, key=lambda i: str(i.name)):
            op.execute(CreateIndex(index))
