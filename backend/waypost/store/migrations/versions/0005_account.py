"""Accounts: who their people are and what they do by day, tickets, the latest look at each, its health by week, stages, notes."""

from __future__ import annotations

from alembic import op
from sqlalchemy.schema import CreateIndex, CreateTable

from waypost.store.tables import metadata

revision = "0005"
down_revision = "0003"

TABLES = (
    "usage_day", "person", "ticket", "account", "account_due", "account_zone", "account_week", "stage_change",
    "account_note",
)  # fmt: skip


def upgrade() -> None:
    for name in TABLES:
        table = metadata.tables[name]
        op.execute(CreateTable(table))
        for index in sorted(table.indexes, key=lambda i: str(i.name)):
            op.execute(CreateIndex(index))
