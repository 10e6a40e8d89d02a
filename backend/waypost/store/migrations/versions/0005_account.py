"""Accounts: who their people are and what they do by day, tickets, the latest look at each, its health by week, stages, notes."""

from __future__ import annotations

from alembic import op
from sqlalchemy.schema import CreateIndex, CreateTable

from waypost.store.tables import metadata

revision = "0005"
down_revision = "0003"

TABLES = (
    "usage_day", "person", "ticket", "account", "account_count", "account_due", "account_zone", "account_week", "stage_change",
    "account_note",
)  # fmt: skip
OF_ACCOUNT = (  # what the page and the timeline of an account look up in tables that were there before
    "CREATE INDEX IF NOT EXISTS task_by_account ON task (project_id, account, id)",
    "CREATE INDEX tip_day_by_subject ON tip_day (project_id, subject, day)",
)


def upgrade() -> None:
    for name in TABLES:
        table = metadata.tables[name]
        op.execute(CreateTable(table))
        for index in sorted(table.indexes, key=lambda i: str(i.name)):
            op.execute(CreateIndex(index))
    for index_of_account in OF_ACCOUNT:
        op.execute(index_of_account)
