"""What each person of an account did by day, who the people are, and tickets: all made from the log.

Days are local days of the account; day EVER holds all of them together. Names are ids of event_name; ACTIVE counts
active events. Subjects are whom an event was received for: what an anonymous id did stays under it, and readers
take it for the user that it became (links).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from waypost.store.projects import get_meta, set_meta
from waypost.store.sqlite import Tx

__all__ = [
    "ACTIVE", "EVER", "Counts", "Cursor", "PersonSaid", "StoredPerson", "StoredTicket", "Used", "add_counts", "clear",
    "cursor", "ever_of", "forget", "name_ids", "people_of", "put_person", "put_ticket", "set_cursor", "tickets_of",
    "usage_of",
]  # fmt: skip

EVER = 0  # the day of all days
ACTIVE = 0  # the name of active events
Counts = Mapping[tuple[str, int, int, str], tuple[int, int]]
"""(account, day, name id, subject) -> (count, ms of the last)."""


class Used(NamedTuple):
    """One row: a person did one thing `count` times on a day, the last time at `last_at` (ms)."""

    day: int
    name: int
    subject: str
    count: int
    last_at: int


@dataclass(frozen=True, slots=True)
class Cursor:
    """How far the log was counted: the place of the last event, and the first day that is kept."""

    place: int = 0
    since_day: int = 0


@dataclass(frozen=True, slots=True)
class PersonSaid:
    """What one event says of a person; None: nothing of that."""

    subject: str
    at: int
    account: str | None = None
    name: str | None = None
    role: str | None = None


@dataclass(frozen=True, slots=True)
class StoredPerson:
    """A person of an account. `here`: this is the account of their latest group call. `since`: ms of that call."""

    subject: str
    name: str
    role: str
    here: bool
    since: int


@dataclass(frozen=True, slots=True)
class StoredTicket:
    ticket: str
    subject: str
    opened_at: int | None
    closed_at: int | None
    severity: str
    topic: str


def _cursor_key(project_id: int) -> str:
    return f"usage:{project_id}:cursor"


def cursor(tx: Tx, project_id: int) -> Cursor:
    place, _, day = (get_meta(tx, _cursor_key(project_id)) or "0 0").partition(" ")
    return Cursor(int(place), int(day))


def set_cursor(tx: Tx, project_id: int, at: Cursor) -> None:
    set_meta(tx, _cursor_key(project_id), f"{at.place} {at.since_day}")


def name_ids(tx: Tx, project_id: int) -> dict[str, int]:
    """Event name -> its id in usage rows."""
    rows = tx.execute("SELECT name, id FROM event_name WHERE project_id=?", (project_id,))
    return {str(row[0]): int(row[1]) for row in rows}


def add_counts(tx: Tx, project_id: int, counts: Counts) -> None:
    """Add to what is there. Sorted, so that neighbouring rows are written together."""
    tx.executemany(
        "INSERT INTO usage_day (project_id, account, day, name_id, subject, count, last_at) VALUES (?,?,?,?,?,?,?) "
        "ON CONFLICT (project_id, account, day, name_id, subject) "
        "DO UPDATE SET count=count+excluded.count, last_at=MAX(last_at, excluded.last_at)",
        ((project_id, *key, *value) for key, value in sorted(counts.items())),
    )


def put_person(tx: Tx, project_id: int, said: PersonSaid) -> None:
    """Keep what was said last, by the time of the events: any order of arrival ends in the same row."""
    tx.execute(
        "INSERT INTO person (project_id, subject, account, since, name, name_at, role, role_at) "
        "VALUES (?,?,'',0,'',-1,'',-1) ON CONFLICT (project_id, subject) DO NOTHING",
        (project_id, said.subject),
    )
    key = (project_id, said.subject)
    if said.account is not None:
        tx.execute(
            "UPDATE person SET account=?, since=? WHERE project_id=? AND subject=? AND (since, account)<(?, ?)",
            (said.account, said.at, *key, said.at, said.account),
        )
    if said.name is not None:
        tx.execute(
            "UPDATE person SET name=?, name_at=? WHERE project_id=? AND subject=? AND (name_at, name)<(?, ?)",
            (said.name, said.at, *key, said.at, said.name),
        )
    if said.role is not None:
        tx.execute(
            "UPDATE person SET role=?, role_at=? WHERE project_id=? AND subject=? AND (role_at, role)<(?, ?)",
            (said.role, said.at, *key, said.at, said.role),
        )


def put_ticket(tx: Tx, project_id: int, account: str, ticket: StoredTicket) -> None:
    """Open or close a ticket; the first opening and the last closing count, in any order of arrival."""
    tx.execute(
        "INSERT INTO ticket (project_id, account, ticket, subject, opened_at, closed_at, severity, topic) "
        "VALUES (?,?,?,?,?,?,?,?) ON CONFLICT (project_id, account, ticket) DO UPDATE SET "
        "subject=IIF(excluded.opened_at IS NULL, subject, excluded.subject), "
        "severity=IIF(excluded.opened_at IS NULL, severity, excluded.severity), "
        "topic=IIF(excluded.opened_at IS NULL, topic, excluded.topic), "
        "opened_at=COALESCE(MIN(opened_at, excluded.opened_at), opened_at, excluded.opened_at), "
        "closed_at=COALESCE(MAX(closed_at, excluded.closed_at), closed_at, excluded.closed_at)",
        (
            project_id, account, ticket.ticket, ticket.subject, ticket.opened_at, ticket.closed_at, ticket.severity,
            ticket.topic,
        ),
    )  # fmt: skip


def usage_of(tx: Tx, project_id: int, account: str, since_day: int) -> list[Used]:
    """Rows of an account from a local day on (`since_day` ≥ 1), in order of day, name, subject."""
    rows = tx.execute(
        "SELECT day, name_id, subject, count, last_at FROM usage_day WHERE project_id=? AND account=? AND day>=?",
        (project_id, account, max(since_day, EVER + 1)),
    )
    return [Used(*row) for row in rows]


def ever_of(tx: Tx, project_id: int, account: str) -> list[Used]:
    """What each person ever did in the account, one row an event; `last_at` is the last time."""
    rows = tx.execute(
        "SELECT day, name_id, subject, count, last_at FROM usage_day WHERE project_id=? AND account=? AND day=?",
        (project_id, account, EVER),
    )
    return [Used(*row) for row in rows]


def people_of(tx: Tx, project_id: int, account: str, *, also: Collection[str] = ()) -> list[StoredPerson]:
    """The people of an account, and those of `also` (who did something in it) that belong to another one by now."""
    here = tx.execute(
        "SELECT subject, name, role, 1, since FROM person WHERE project_id=? AND account=? ORDER BY subject",
        (project_id, account),
    )
    found = [StoredPerson(row[0], row[1], row[2], True, int(row[4])) for row in here]
    known = {one.subject for one in found}
    for subject in sorted(set(also) - known):
        row = tx.execute(
            "SELECT name, role, since FROM person WHERE project_id=? AND subject=?", (project_id, subject)
        ).fetchone()
        if row is not None:
            found.append(StoredPerson(subject, row[0], row[1], False, int(row[2])))
    return found


def tickets_of(tx: Tx, project_id: int, account: str) -> list[StoredTicket]:
    rows = tx.execute(
        "SELECT ticket, subject, opened_at, closed_at, severity, topic FROM ticket WHERE project_id=? AND account=?",
        (project_id, account),
    )
    return [StoredTicket(*row) for row in rows]


def forget(tx: Tx, project_id: int, account: str, before_day: int) -> int:
    """Delete the rows of days before `before_day`; what was ever done stays. Returns how many rows are gone."""
    return tx.execute(
        "DELETE FROM usage_day WHERE project_id=? AND account=? AND day>? AND day<?",
        (project_id, account, EVER, before_day),
    ).rowcount


def clear(tx: Tx, project_id: int) -> None:
    """Forget all that was counted, and the cursor with it."""
    for table in TABLES:
        tx.execute(f"DELETE FROM {table} WHERE project_id=?", (project_id,))
    set_cursor(tx, project_id, Cursor())


TABLES: Iterable[str] = ("usage_day", "person", "ticket")
