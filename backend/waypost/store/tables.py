"""Every table, once. Alembic migrations are made from these; the hot statements name them in plain SQL.

Times are ms since 1970 UTC. Subjects are keys of the model: u:…, a:…, g:….
Every table but `meta` carries project_id, and every statement filters by it.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column, Index, Integer, LargeBinary, PrimaryKeyConstraint, Text, text
from sqlmodel import Field, SQLModel

__all__ = ["metadata"]

metadata = SQLModel.metadata


class Meta(SQLModel, table=True):
    """Facts about the installation: schema secret, console password hash, demo clock."""

    key: str = Field(primary_key=True)
    value: str


class Project(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    name: str
    write_key: str = Field(unique=True)  # public by nature: it stands in the page
    created_at: int


class EventName(SQLModel, table=True):
    __tablename__ = "event_name"
    id: int | None = Field(default=None, primary_key=True)
    project_id: int = Field(index=False)
    name: str
    first_received_at: int
    last_received_at: int
    __table_args__ = (Index("event_name_by_name", "project_id", "name", unique=True),)


class EventRow(SQLModel, table=True):
    """The log, in append order (`id`). `subject` is whom it was received for: u:… or a:…"""

    __tablename__ = "event"
    id: int | None = Field(default=None, primary_key=True)
    project_id: int
    message_id: bytes  # 16 bytes for a UUID, else the text in UTF-8
    name_id: int
    subject: str
    account: str | None = None  # g:… or null
    t: int
    received_at: int
    body: bytes = Field(sa_column=Column(LargeBinary, nullable=False))  # msgpack of model.Event
    __table_args__ = (
        Index("event_by_message", "project_id", "message_id", unique=True),
        Index("event_by_subject", "project_id", "subject", "id"),
        Index("event_by_account", "project_id", "account", "id"),
    )


class Link(SQLModel, table=True):
    """anon → user, once per anonymous id. `event_id` is the event that linked: it fixes the rebuild order."""

    project_id: int = Field(primary_key=True)
    anon: str = Field(primary_key=True)
    subject: str  # u:…
    event_id: int
    __table_args__ = (Index("link_by_subject", "project_id", "subject"),)


class FactsRow(SQLModel, table=True):
    """What we know of one subject: one row, one compact blob, rebuilt from the log at any time."""

    __tablename__ = "facts"
    project_id: int = Field(primary_key=True)
    subject: str = Field(primary_key=True)
    plan: str  # fingerprint of the atoms it was folded under
    body: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class Reject(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    project_id: int
    received_at: int
    position: int  # index in its batch
    code: str
    reason: str
    body: bytes = Field(sa_column=Column(LargeBinary, nullable=False))  # as received, cut at the limit
    size: int  # bytes before the cut
    context: str  # JSON: what its request said beside it, ingest/rejects.py; "" = too large to keep
    replayed_at: int | None = None
    __table_args__ = (Index("reject_by_project", "project_id", "id"),)


class Live(SQLModel, table=True):
    """Short-lived delivery state of a person: the lease, and server-side moments bound to a page view."""

    project_id: int = Field(primary_key=True)
    subject: str = Field(primary_key=True)
    page_view_id: str
    lease_until: int
    bound: str = "{}"  # JSON: moment id -> page view id


class DecisionRow(SQLModel, table=True):
    """The decision log. Equal successive decisions of a person share a row and keep their instants."""

    __tablename__ = "decision"
    id: int | None = Field(default=None, primary_key=True)
    project_id: int
    subject: str
    first_at: int
    last_at: int
    digest: bytes
    body: bytes = Field(sa_column=Column(LargeBinary, nullable=False))  # msgpack, store/decisions.py
    instants: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    __table_args__ = (Index("decision_by_subject", "project_id", "subject", "first_at"),)


class TipDay(SQLModel, table=True):
    """Who met which outcome of a tip on which UTC day: what the Tips page counts. One row however often."""

    __tablename__ = "tip_day"
    project_id: int
    tip: str
    day: int
    outcome: str  # eligible would_show viewed clicked dismissed snoozed muted goal ghost, or held:<code>
    subject: str
    at: int  # the first time that day
    __table_args__ = (
        PrimaryKeyConstraint("project_id", "tip", "day", "outcome", "subject"),
        {"sqlite_with_rowid": False},
    )


def _added(name: str, *, number: bool = False) -> Column[Any]:
    """A column that a later migration adds: the first one must not make it. A number may be null."""
    return Column(name, Integer if number else Text, nullable=number, system=True)


class RuleVersion(SQLModel, table=True):
    __tablename__ = "rule_version"
    project_id: int = Field(primary_key=True)
    rule_id: str = Field(primary_key=True)
    version: int = Field(primary_key=True)
    digest: str
    body: str = Field(sa_column=Column(Text, nullable=False))  # the document as written
    live_from: int
    live_until: int | None = None
    author: str = Field(sa_column=_added("author"))  # who published it; "folder" for a change of the watched folder
    message: str = Field(sa_column=_added("message"))
    state: str = Field(sa_column=_added("state"))  # as its document says


class Due(SQLModel, table=True):
    """A lower bound of the next instant at which an alert rule may flip for a subject."""

    project_id: int = Field(primary_key=True)
    rule_id: str = Field(primary_key=True)
    subject: str = Field(primary_key=True)
    at: int
    __table_args__ = (Index("due_by_time", "project_id", "at"),)


class Task(SQLModel, table=True):
    """A CSM task: one per episode of an alert, or opened by a person. `opened_at` is when it became true, not when we
    noticed. A task that no rule opened has the id of a tip as its rule, or none."""

    id: int | None = Field(default=None, primary_key=True)
    project_id: int
    rule_id: str
    subject: str
    account: str | None = None
    state: str = "open"  # open snoozed done closed
    opened_at: int
    noticed_at: int
    closed_at: int | None = None
    closed_by: str = ""  # clear, person, late_data, rule_removed
    outcome: str = ""
    snoozed_until: int | None = None
    due_at: int | None = None  # opened + SLA
    severity: str = "medium"
    owner: str = ""
    title: str = Field(sa_column=Column(Text, nullable=False))  # JSON: locale -> plain text
    body: str = Field(sa_column=Column(Text, nullable=False))
    context: str = Field(default="{}", sa_column=Column(Text, nullable=False))  # JSON: the numbers behind
    still_true: int = 1  # the condition has not been false since opening (hysteresis of re-opening)
    opened_by: str = Field(sa_column=_added("opened_by"))  # rule, person, tip (somebody asked for a person in it)
    taken_at: int | None = Field(sa_column=_added("taken_at", number=True))
    taken_by: str = Field(sa_column=_added("taken_by"))
    reacted_at: int | None = Field(sa_column=_added("reacted_at", number=True))  # taken, noted, snoozed or done first
    outcome_code: str = Field(sa_column=_added("outcome_code"))  # of success/desk.py
    __table_args__ = (
        Index("task_by_state", "project_id", "state", "opened_at"),
        Index("task_by_subject", "project_id", "rule_id", "subject", "id"),
    )


class TaskNote(SQLModel, table=True):
    """What a person wrote on a task."""

    __tablename__ = "task_note"
    id: int | None = Field(default=None, primary_key=True)
    project_id: int
    task: int
    at: int
    by: str
    body: str = Field(sa_column=Column(Text, nullable=False))
    __table_args__ = (Index("task_note_by_task", "project_id", "task", "id"),)


class ChecklistRow(SQLModel, table=True):
    """A checklist that was begun for an account, with its own copy of the template's words."""

    __tablename__ = "checklist"
    id: int | None = Field(default=None, primary_key=True)
    project_id: int
    template: str
    account: str  # g:…
    owner: str
    name: str = Field(sa_column=Column(Text, nullable=False))  # JSON: locale -> text
    items: str = Field(sa_column=Column(Text, nullable=False))  # JSON: id, text, due_at, done_at, done_by
    begun_at: int
    begun_by: str
    done_at: int | None = None  # when the last item was ticked
    __table_args__ = (Index("checklist_by_account", "project_id", "account", "id"),)


class Outbox(SQLModel, table=True):
    """Webhooks to send, with retries. Written in the transaction that opened or closed the task."""

    id: int | None = Field(default=None, primary_key=True)
    project_id: int
    message_id: str = Field(unique=True)  # webhook-id: the receiver's de-duplication key
    body: str = Field(sa_column=Column(Text, nullable=False))
    created_at: int
    next_at: int | None = None  # null = delivered or given up
    attempts: int = Field(default=0, sa_type=Integer)
    delivered_at: int | None = None
    last_error: str = ""
    __table_args__ = (Index("outbox_by_time", "project_id", "next_at"),)


class Preview(SQLModel, table=True):
    """A tip to show to a test user whatever the policy says; never counted."""

    project_id: int = Field(primary_key=True)
    subject: str = Field(primary_key=True)
    tip: str
    until: int


class PauseRow(SQLModel, table=True):
    """CSM pauses, past ones too. An unended row may be over by time; a subject has at most one of them."""

    __tablename__ = "pause"
    id: int | None = Field(default=None, primary_key=True)
    project_id: int
    subject: str  # u:… or g:…
    from_at: int
    until_at: int | None = None
    until_event: str | None = None
    ends_at: int  # until_at, or the longest that a pause may be
    allow: str = Field(default="[]", sa_column=Column(Text, nullable=False))  # JSON: tip ids that pass
    reason: str = Field(sa_column=Column(Text, nullable=False))
    author: str
    created_at: int
    ended_at: int | None = None
    ended_by: str = ""  # event, person; time only where a new pause took its place
    __table_args__ = (
        Index("pause_unended", "project_id", "subject", unique=True, sqlite_where=text("ended_at IS NULL")),
        Index("pause_by_subject", "project_id", "subject", "from_at"),
        Index(
            "pause_by_event",
            "project_id",
            "until_event",
            sqlite_where=text("ended_at IS NULL AND until_event IS NOT NULL"),
        ),
    )
