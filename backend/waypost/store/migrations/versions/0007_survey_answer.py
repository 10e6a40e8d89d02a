"""Answers to surveys, each with what it was about."""

from __future__ import annotations

from alembic import op
from sqlalchemy.schema import CreateIndex, CreateTable

from waypost.store.tables import metadata

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    table = metadata.tables["survey_answer"]
    op.execute(CreateTable(table))
    for index in sorted(table.indexes, key=lambda i: str(i.name)):
        op.execute(CreateIndex(index))
