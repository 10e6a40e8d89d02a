"""The first schema: every table of store/tables.py as of version 0.1, and the outbox, which 0008 takes apart."""

from __future__ import annotations

from alembic import op
from sqlalchemy import Column, Index, Integer, LargeBinary, MetaData, String, Table, Text
from sqlalchemy.schema import CreateIndex, CreateTable

from waypost.store.tables import metadata

revision = "0001"
down_revision = None

TABLES = (
    "meta", "project", "event_name", "event", "link", "facts", "reject", "live", "tip_day",
    "rule_version", "due", "task", "preview",
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
OUTBOX = Table(  # as it was until 0008
    "outbox",
    MetaData(),
    Column("id", Integer, primary_key=True),
    Column("project_id", Integer, nullable=False),
    Column("message_id", String, nullable=False, unique=True),
    Column("body", Text, nullable=False),
    Column("created_at", Integer, nullable=False),
    Column("next_at", Integer),
    Column("attempts", Integer, nullable=False),
    Column("delivered_at", Integer),
    Column("last_error", String, nullable=False),
    Index("outbox_by_time", "project_id", "next_at"),
)


def upgrade() -> None:
    for table in (DECISION, OUTBOX, *(table for table in metadata.sorted_tables if table.name in TABLES)):
        op.execute(CreateTable(table))
        for index in sorted(table.indexes, key=lambda i: str(i.name)):
            op.execute(CreateIndex(index))
