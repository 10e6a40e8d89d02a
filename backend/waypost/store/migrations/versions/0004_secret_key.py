"""Secret keys: what servers send events with and use the management API by."""

from __future__ import annotations

from alembic import op
from sqlalchemy.schema import CreateTable

from waypost.store.tables import metadata

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.execute(CreateTable(metadata.tables["secret_key"]))
