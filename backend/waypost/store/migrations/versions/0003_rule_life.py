"""Who published a version of a rule, with which words, and in which state."""

from __future__ import annotations

from alembic import op

revision = "0003"
down_revision = "0002"

COLUMNS = {"author": "folder", "message": "", "state": "live"}  # and what they are for versions from before


def upgrade() -> None:
    for name, before in COLUMNS.items():
        op.execute(f"ALTER TABLE rule_version ADD COLUMN {name} TEXT NOT NULL DEFAULT '{before}'")
