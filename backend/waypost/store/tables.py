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


class SecretKey(SQLModel, table=True):
    """What a server shows: it may send events of any time and use the management API. Only its hash is kept."""

    __tablename__ = "secret_key"
    id: int | None = Field(default=None, primary_key=True)
    project_id: int
    name: str
    digest: str = Field(unique=True)  # SHA-256 of the key
    created_at: int
    revoked_at: int | None = None


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
    project_id: int
    subject: str
    first_at: int
    n: int  # of rows that begin in the same instant
    last_at: int
    digest: bytes
    body: bytes = Field(sa_column=Column(LargeBinary, nullable=False))  # msgpack, store/decisions.py
    instants: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    __table_args__ = (
        PrimaryKeyConstraint("project_id", "subject", "first_at", "n"),
        {"sqlite_with_rowid": False},
    )


class TipDay(SQLModel, table=True):
    """Who met which outcome of a tip on which UTC day: what the Tips page counts. One row however often."""

    __tablename__ = "tip_day"
    project_id: int
    tip: str
    day: int
    outcome: str  # eligible would_show viewed clicked dismissed snoozed muted goal ghost, held:<code>, text:<variant>
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


class Webhook(SQLModel, table=True):
    """An endpoint that messages are sent to. One that was removed stays: its past deliveries name it."""

    id: int | None = Field(default=None, primary_key=True)
    project_id: int
    url: str = Field(sa_column=Column(Text, nullable=False))
    secret: str  # whsec_…, as it is: it has to sign
    types: str = Field(sa_column=Column(Text, nullable=False))  # JSON: the types of message it gets; [] = all
    author: str
    created_at: int
    ended_at: int | None = None  # removed
    __table_args__ = (Index("webhook_by_project", "project_id", "id"),)


class MessageRow(SQLModel, table=True):
    """Something to be told to the outside, written in the transaction of its cause."""

    __tablename__ = "message"
    id: int | None = Field(default=None, primary_key=True)
    project_id: int
    message_id: str  # webhook-id: the receiver's de-duplication key
    type: str
    body: str = Field(sa_column=Column(Text, nullable=False))
    created_at: int
    routed_at: int | None = None  # when it was decided to whom it goes
    __table_args__ = (
        Index("message_by_id", "project_id", "message_id", unique=True),
        Index("message_unrouted", "project_id", "id", sqlite_where=text("routed_at IS NULL")),
    )


class DeliveryRow(SQLModel, table=True):
    """One message on its way to one receiver, with retries."""

    __tablename__ = "delivery"
    id: int | None = Field(default=None, primary_key=True)
    project_id: int
    message: int  # message.id
    target: str  # w:<webhook.id>, w:0 for the endpoint of the environment; m:<CSM>
    next_at: int | None = None  # null = delivered or dead
    attempts: int = 0
    delivered_at: int | None = None
    last_error: str = Field(default="", sa_column=Column(Text, nullable=False))
    __table_args__ = (
        Index("delivery_of_message", "project_id", "message", "target", unique=True),
        Index("delivery_by_time", "project_id", "next_at", sqlite_where=text("next_at IS NOT NULL")),
        Index("delivery_dead", "project_id", "id", sqlite_where=text("next_at IS NULL AND delivered_at IS NULL")),
    )


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


class UsageDay(SQLModel, table=True):
    """What each person of an account did on each local day of the account: counts by event name.

    Made from the log by a cursor (service/usage.py), so it can always be made again. `name_id` 0 counts active events.
    `day` 0 is ever: one row for each person and event, of all days together.
    """

    __tablename__ = "usage_day"
    project_id: int
    account: str  # g:…
    day: int
    name_id: int
    subject: str  # whom the event was received for
    count: int
    last_at: int
    __table_args__ = (
        PrimaryKeyConstraint("project_id", "account", "day", "name_id", "subject"),
        {"sqlite_with_rowid": False},
    )


class PersonRow(SQLModel, table=True):
    """Who each known person is and which account they belong to: the latest that was said. Made from the log."""

    __tablename__ = "person"
    project_id: int
    subject: str  # u:…
    account: str = ""  # g:… of the latest group call
    since: int = -1  # ms of that call
    name: str = ""
    name_at: int = -1  # when it was said: the latest wins, in any order of arrival
    role: str = ""
    role_at: int = -1
    __table_args__ = (
        PrimaryKeyConstraint("project_id", "subject"),
        Index("person_by_account", "project_id", "account", "subject"),
    )  # not clustered by its key: SQLite would then go through all people to find those of an account


class TicketRow(SQLModel, table=True):
    """Support requests that name themselves (ticket_id), from opening to closing. Made from the log."""

    __tablename__ = "ticket"
    project_id: int
    account: str  # g:…
    ticket: str
    subject: str = ""
    opened_at: int | None = None  # null: only its closing was seen so far
    closed_at: int | None = None
    severity: str = ""
    topic: str = ""
    __table_args__ = (
        PrimaryKeyConstraint("project_id", "account", "ticket"),
        {"sqlite_with_rowid": False},
    )


class AccountRow(SQLModel, table=True):
    """The latest look at each account: what the portfolio sorts and filters by. Made again when anything changed."""

    __tablename__ = "account"
    project_id: int = Field(primary_key=True)
    account: str = Field(primary_key=True)  # g:…
    name: str
    sought: str  # the name in small letters: for the search, and the order by name
    owner: str = ""  # trait csm
    stage: str = ""
    plan: str = ""
    seats: int | None = None
    arr: float | None = None  # a year; 12 × mrr where only that is known
    renewal_day: int | None = None  # local day number
    last_active: int | None = None  # ms
    active: int = 0  # people in 28 local days
    wau: int = 0  # people in 7 local days
    wau_before: int = 0  # people in the 7 local days before those
    fell: float | None = None  # usage against its own norm: 0.43 = fell by 43 %, below 0 = rose; None = no norm yet
    health: float | None = None  # 0 … 100
    band: str = ""  # red yellow green; "" without a score
    health_before: float | None = None  # at the end of the week before
    rank: float = 0.0  # what a call today is worth, success/portfolio.py
    churned: int = 0  # it left (trait status): its revenue does not count any more
    day: int = 0  # the local day that this look was taken on
    looked_at: int = 0  # ms
    usage: str = Field(sa_column=Column(Text, nullable=False))  # JSON: active people of the last weeks, oldest first
    why_en: str = Field(
        sa_column=Column(Text, nullable=False)
    )  # JSON: the first reasons of the rank in words, as they are sent
    why_ru: str = Field(sa_column=Column(Text, nullable=False))
    body: str = Field(
        sa_column=Column(Text, nullable=False)
    )  # JSON: health by components, signals, reasons of the rank
    __table_args__ = (
        Index("account_by_rank", "project_id", "rank", "account"),
        Index("account_by_health", "project_id", "health", "account"),
        Index("account_by_fell", "project_id", "fell", "account"),
        Index("account_by_wau", "project_id", "wau", "account"),
        Index("account_by_renewal", "project_id", "renewal_day", "account"),
        Index("account_by_arr", "project_id", "arr", "account"),
        Index("account_by_name", "project_id", "sought", "account"),
        Index("account_of_owner", "project_id", "owner", "rank", "account"),
        Index("account_of_owner_by_health", "project_id", "owner", "health", "account"),
        Index("account_of_owner_by_wau", "project_id", "owner", "wau", "account"),
        Index("account_of_owner_by_renewal", "project_id", "owner", "renewal_day", "account"),
    )


class AccountCount(SQLModel, table=True):
    """How many accounts there are by owner, by stage, and by all of owner, stage and band: kept with the rows, for a page
    must not count them. What `by` does not count by is empty."""

    __tablename__ = "account_count"
    project_id: int
    by: str  # owner stage all
    owner: str
    stage: str
    band: str
    accounts: int
    __table_args__ = (
        PrimaryKeyConstraint("project_id", "by", "owner", "stage", "band"),
        {"sqlite_with_rowid": False},
    )


class AccountDue(SQLModel, table=True):
    """When an account is to be looked at again: as its next local day begins, or at once (below 0) after a change."""

    __tablename__ = "account_due"
    project_id: int
    account: str
    at: int
    __table_args__ = (
        PrimaryKeyConstraint("project_id", "account"),
        {"sqlite_with_rowid": False},
    )


class AccountZone(SQLModel, table=True):
    """How an account stands with each feature: one field of the heat map. Made again with the account's look."""

    __tablename__ = "account_zone"
    project_id: int
    account: str
    feature: str
    state: str  # unused falling abandoned used not_entitled
    people: int  # whom the state is about
    of: int  # of so many
    before: int  # people who used it in the 28 days before, or ever where it is unused
    since: int | None = None  # local day of the last use
    worth: float = 0.0  # what the ranked list sorts by; 0: nothing to do here
    __table_args__ = (
        PrimaryKeyConstraint("project_id", "account", "feature"),
        Index("zone_by_worth", "project_id", "worth", "account", "feature"),
        {"sqlite_with_rowid": False},
    )


class AccountWeek(SQLModel, table=True):
    """The health of an account at the end of each ISO week, and how it came about."""

    __tablename__ = "account_week"
    project_id: int
    account: str
    week: int  # local day number of its Monday
    health: float | None = None
    band: str = ""
    arr: float | None = None
    body: str = Field(sa_column=Column(Text, nullable=False))  # JSON: components, weights, coverage, override
    __table_args__ = (
        PrimaryKeyConstraint("project_id", "account", "week"),
        Index("week_of_all", "project_id", "week", "account"),
        {"sqlite_with_rowid": False},
    )


class StageChange(SQLModel, table=True):
    """When an account entered a stage of its life."""

    __tablename__ = "stage_change"
    project_id: int = Field(primary_key=True)
    account: str = Field(primary_key=True)
    at: int = Field(primary_key=True)
    stage: str
    before: str = ""
    __table_args__ = (Index("stage_by_name", "project_id", "stage", "at"),)


class AccountNote(SQLModel, table=True):
    """What a CSM wrote about an account."""

    __tablename__ = "account_note"
    id: int | None = Field(default=None, primary_key=True)
    project_id: int
    account: str
    at: int
    author: str
    body: str = Field(sa_column=Column(Text, nullable=False))
    __table_args__ = (Index("note_by_account", "project_id", "account", "at"),)


class SurveyAnswer(SQLModel, table=True):
    """Every answer to a survey. The latest of a person counts; the others stay."""

    __tablename__ = "survey_answer"
    id: int | None = Field(default=None, primary_key=True)
    project_id: int
    survey: str  # the id of its rule
    version: int
    scale: str  # nps csat ces text
    subject: str  # u:… or a:…
    account: str | None = None  # g:… or null
    at: int
    score: int | None = None
    comment: str = Field(sa_column=Column(Text, nullable=False))
    route: str  # where it was answered; "" = outside the app
    locale: str
    plan: str  # of the account, then
    recent: str = Field(sa_column=Column(Text, nullable=False))  # JSON: the events just before, the latest first
    __table_args__ = (
        Index("answer_by_survey", "project_id", "survey", "at"),
        Index("answer_by_subject", "project_id", "subject", "at"),
        Index("answer_by_account", "project_id", "account", "at"),
    )
