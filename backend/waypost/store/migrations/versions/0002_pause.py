"""CSM pauses: an account or a person whose tips rest until an instant or an event."""

from __future__ import annotations

from alembic import op
from sqlalchemy.schema import CreateIndex, CreateTable

from waypost.store.tables import metadata

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    table = metadata.tables["pause"]
    op.execute(CreateTable(table))
    for index in sorted(table.indexes, key=lambda i: str(i.name)):
        op.execute(CreateIndex(index))
