"""Webhook endpoints that are saved; a message and its deliveries in the place of the outbox, which had one receiver."""

from __future__ import annotations

from alembic import op
from sqlalchemy.schema import CreateIndex, CreateTable

from waypost.store.tables import metadata

revision = "0008"
down_revision = "0007"

MOVED = (
    "INSERT INTO message (id, project_id, message_id, type, body, created_at, routed_at) "
    "SELECT id, project_id, message_id, json_extract(body, '$.type'), body, created_at, created_at FROM outbox",
    "INSERT INTO delivery (id, project_id, message, target, next_at, attempts, delivered_at, last_error) "
    "SELECT id, project_id, id, 'w:0', next_at, attempts, delivered_at, last_error FROM outbox",
    "DROP TABLE outbox",
)


def upgrade() -> None:
    for name in ("webhook", "message", "delivery"):
        table = metadata.tables[name]
        op.execute(CreateTable(table))
        for index in sorted(table.indexes, key=lambda i: str(i.name)):
            op.execute(CreateIndex(index))
    for statement in MOVED:
        op.execute(statement)
