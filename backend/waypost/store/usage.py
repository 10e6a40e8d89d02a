"""What each person of an account did by day, who the people are, and tickets: all made from the log.

Days are local days of the account; day EVER holds all of them together. Names are ids of event_name; ACTIVE counts
active events. Subjects are whom an event was received for: what an anonymous id did stays under it, and readers
take it for the user that it became (links).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from waypost.store.projects import get_meta, set_meta
from waypost.store.sqlite import Tx

__all__ = [
    "ACTIVE", "EVER", "Counts", "Cursor", "PersonSaid", "StoredPerson", "StoredTicket", "add_counts", "clear",
    "cursor", "days_of", "forget", "last_of", "name_ids", "people_of", "put_person", "put_ticket", "set_cursor",
    "tickets_of", "uses_of",
]  # fmt: skip

EVER = 0  # the day of all days
ACTIVE = 0  # the name of active events
Counts = Mapping[tuple[str, int, int, str], tuple[int, int]]
"""(account, day, name id, subject) -> (count, ms of the last)."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """How far the log was counted: the place of the last event; below 0: what was counted is being forgotten first.

    `made_for`: what of the rules the counting depends on. Where that changes everything is counted anew.
    """

    place: int = 0
    made_for: str = ""


@dataclass
class PersonSaid:
    """What events say of a person, each with when it was said (ms); None: nothing of that."""

    account: tuple[int, str] | None = None
    name: tuple[int, str] | None = None
    role: tuple[int, str] | None = None


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
    place, _, made_for = (get_meta(tx, _cursor_key(project_id)) or "0 ").partition(" ")
    return Cursor(int(place), made_for)


def set_cursor(tx: Tx, project_id: int, at: Cursor) -> None:
    set_meta(tx, _cursor_key(project_id), f"{at.place} {at.made_for}")


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


def put_person(tx: Tx, project_id: int, subject: str, said: PersonSaid) -> None:
    """Keep what was said last, by the time of the events: any order of arrival ends in the same row."""
    account, name, role = (part or (-1, "") for part in (said.account, said.name, said.role))
    tx.execute(
        "INSERT INTO person (project_id, subject, since, account, name_at, name, role_at, role) "
        "VALUES (?,?,?,?,?,?,?,?) ON CONFLICT (project_id, subject) DO UPDATE SET "
        "account=IIF((excluded.since, excluded.account)>(since, account), excluded.account, account), "
        "since=MAX(since, excluded.since), "
        "name=IIF((excluded.name_at, excluded.name)>(name_at, name), excluded.name, name), "
        "name_at=MAX(name_at, excluded.name_at), "
        "role=IIF((excluded.role_at, excluded.role)>(role_at, role), excluded.role, role), "
        "role_at=MAX(role_at, excluded.role_at)",
        (project_id, subject, *account, *name, *role),
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


def days_of(tx: Tx, project_id: int, account: str, first: int, number: int) -> dict[int, dict[str, int]]:
    """Name -> person -> the days of use as bits: bit i is local day `first` + i, of `number` ≤ 63 days."""
    found: dict[int, dict[str, int]] = {}
    for name, subject, bits in tx.execute(
        "SELECT name_id, subject, SUM(1<<(day-?)) FROM usage_day "
        "WHERE project_id=? AND account=? AND day>=? AND day<? GROUP BY name_id, subject",
        (first, project_id, account, first, first + number),
    ):
        found.setdefault(name, {})[subject] = bits
    return found


def uses_of(tx: Tx, project_id: int, account: str, first: int, number: int) -> dict[int, dict[int, int]]:
    """Name -> local day -> uses by everybody, of `number` days from `first` on."""
    found: dict[int, dict[int, int]] = {}
    for day, name, times in tx.execute(
        "SELECT day, name_id, SUM(count) FROM usage_day "
        "WHERE project_id=? AND account=? AND day>=? AND day<? GROUP BY day, name_id",
        (project_id, account, first, first + number),
    ):
        found.setdefault(name, {})[day] = times
    return found


def last_of(tx: Tx, project_id: int, account: str) -> dict[int, dict[str, int]]:
    """Name -> person -> ms of the last time ever."""
    found: dict[int, dict[str, int]] = {}
    for name, subject, at in tx.execute(
        "SELECT name_id, subject, last_at FROM usage_day WHERE project_id=? AND account=? AND day=?",
        (project_id, account, EVER),
    ):
        found.setdefault(name, {})[subject] = at
    return found


def people_of(tx: Tx, project_id: int, account: str, *, also: Collection[str] = ()) -> list[StoredPerson]:
    """The people of an account, then those of `also` (who did something in it) that belong to another one by now, or
    of whom nothing else is known."""
    here = tx.execute(
        "SELECT subject, name, role, since FROM person WHERE project_id=? AND account=? ORDER BY subject",
        (project_id, account),
    )
    found = [StoredPerson(row[0], row[1], row[2], True, max(0, row[3])) for row in here]
    for subject in sorted(set(also) - {one.subject for one in found}):
        row = tx.execute(
            "SELECT name, role, account, since FROM person WHERE project_id=? AND subject=?", (project_id, subject)
        ).fetchone()
        name, role, other, since = row or ("", "", "", 0)
        found.append(StoredPerson(subject, name, role, not other, max(0, since)))
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


def clear(tx: Tx, project_id: int, limit: int) -> bool:
    """Forget what was counted, at most `limit` rows at a time. Returns whether all is gone."""
    gone = tx.execute(
        "DELETE FROM usage_day WHERE (project_id, account, day, name_id, subject) IN "
        "(SELECT project_id, account, day, name_id, subject FROM usage_day WHERE project_id=? LIMIT ?)",
        (project_id, limit),
    ).rowcount
    gone += tx.execute(
        "DELETE FROM person WHERE (project_id, subject) IN "
        "(SELECT project_id, subject FROM person WHERE project_id=? LIMIT ?)",
        (project_id, limit - gone),
    ).rowcount
    gone += tx.execute(
        "DELETE FROM ticket WHERE (project_id, account, ticket) IN "
        "(SELECT project_id, account, ticket FROM ticket WHERE project_id=? LIMIT ?)",
        (project_id, limit - gone),
    ).rowcount
    return gone < limit
