"""The first schema: every table of store/tables.py as of version 0.1."""

from __future__ import annotations

from alembic import op
from sqlalchemy import Column, Index, Integer, LargeBinary, MetaData, String, Table
from sqlalchemy.schema import CreateIndex, CreateTable

from waypost.store.tables import metadata

revision = "0001"
down_revision = None

TABLES = (
    "meta", "project", "event_name", "event", "link", "facts", "reject", "live", "tip_day",
    "rule_version", "due", "task", "outbox", "preview",
)  # fmt: skip
DECISION = Table(  # as it was until 0005
    "decision",
    MetaData(),
    Column("id", Integer, primary_key=True),
    Column("project_id", Integer, nullable=False),
    Column("subject", String, nullable=False),
    Column("first_at", Integer, nullable=False),
    Column("last_at", Integer, nullable=False),
    *(Column(name, LargeBinary, nullable=False) for name in ("digest", "body", "instants")),
    Index("decision_by_subject", "project_id", "subject", "first_at"),
)


def upgrade() -> None:
    for table in [DECISION, *(table for table in metadata.sorted_tables if table.name in TABLES)]:
        op.execute(CreateTable(table))
        for index in sorted(table.indexes, key=lambda i: str(i.name)):
            op.execute(CreateIndex(index))
