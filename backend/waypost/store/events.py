"""The log: events in append order, each message id once, and which anonymous id became which user.

These are hot statements: plain SQL, ids as integers and 16 bytes.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence

import msgspec

from waypost.model import ACCOUNT, USER, Event, account_key
from waypost.settings import LIMITS
from waypost.store.sqlite import Tx

__all__ = [
    "after",
    "append",
    "count_events",
    "count_of",
    "count_since",
    "events_of",
    "events_of_account",
    "everything",
    "known_since",
    "last_received",
    "lately",
    "latest",
    "link",
    "linked_user",
    "links",
    "links_by_anon",
    "links_of",
    "message_key",
    "names_left",
    "recent_of_account",
]  # fmt: skip

LATELY = 5_000  # events at the end of the log
_pack = msgspec.msgpack.Encoder()
_unpack = msgspec.msgpack.Decoder(Event)


def message_key(message_id: str) -> bytes:
    """16 bytes for a UUID as programs write it, else the text itself."""
    if len(message_id) == 36:
        try:
            found = uuid.UUID(message_id)
        except ValueError:
            return message_id.encode()
        if str(found) == message_id:
            return found.bytes
    return message_id.encode()


def append(tx: Tx, project_id: int, events: Sequence[tuple[str, Event]]) -> list[int | None]:
    """Append (subject, event) pairs. Gives each its place in the log, or None for a message id that is there already.

    The first received wins, whatever the content; within one call too.
    """
    if not events:
        return []
    names = _name_ids(tx, project_id, events)
    places: list[int | None] = []
    for subject, event in events:
        cursor = tx.execute(
            "INSERT INTO event (project_id, message_id, name_id, subject, account, t, received_at, body) "
            "VALUES (?,?,?,?,?,?,?,?) ON CONFLICT (project_id, message_id) DO NOTHING",
            (
                project_id,
                message_key(event.message_id),
                names[event.name],
                subject,
                account_key(event.account_id) if event.account_id else None,
                event.t,
                event.received_at,
                _pack.encode(event),
            ),
        )
        places.append(cursor.lastrowid if cursor.rowcount == 1 else None)
    return places


def _name_ids(tx: Tx, project_id: int, events: Sequence[tuple[str, Event]]) -> dict[str, int]:
    """The id of each name; a new name is remembered with the time of its first receipt."""
    latest: dict[str, int] = {}
    for _, event in events:
        latest[event.name] = max(event.received_at, latest.get(event.name, 0))
    ids: dict[str, int] = {}
    for name, at in latest.items():
        row = tx.execute(
            "SELECT id, last_received_at FROM event_name WHERE project_id=? AND name=?", (project_id, name)
        ).fetchone()
        if row is None:
            cursor = tx.execute(
                "INSERT INTO event_name (project_id, name, first_received_at, last_received_at) VALUES (?,?,?,?)",
                (project_id, name, at, at),
            )
            assert cursor.lastrowid is not None
            ids[name] = cursor.lastrowid
            continue
        ids[name] = int(row[0])
        if at - row[1] >= 60_000:  # a minute's truth is enough, and most batches write nothing here
            tx.execute(
                "UPDATE event_name SET last_received_at=? WHERE project_id=? AND id=?", (at, project_id, row[0])
            )
    return ids


def names_left(tx: Tx, project_id: int) -> int:
    """How many new event names this project may still send."""
    row = tx.execute("SELECT COUNT(*) FROM event_name WHERE project_id=?", (project_id,)).fetchone()
    return LIMITS.event_names - int(row[0])


def known_since(tx: Tx, project_id: int) -> dict[str, int]:
    """Event name -> ms of its first receipt."""
    rows = tx.execute("SELECT name, first_received_at FROM event_name WHERE project_id=?", (project_id,))
    return {row[0]: int(row[1]) for row in rows}


def last_received(tx: Tx, project_id: int) -> dict[str, int]:
    """Event name -> ms of its last receipt, a minute more or less."""
    rows = tx.execute("SELECT name, last_received_at FROM event_name WHERE project_id=?", (project_id,))
    return {row[0]: int(row[1]) for row in rows}


def events_of(
    tx: Tx, project_id: int, subject: str, after_id: int = 0, before_id: int | None = None
) -> Iterator[tuple[int, Event]]:
    """(place, event) of one person in append order, with after_id < place < before_id."""
    rows = tx.execute(
        "SELECT id, body FROM event WHERE project_id=? AND subject=? AND id>? AND id<? ORDER BY id",
        (project_id, subject, after_id, before_id or 1 << 62),
    )
    return ((int(row[0]), _unpack.decode(row[1])) for row in rows)


def everything(tx: Tx, project_id: int) -> Iterator[tuple[int, str, Event]]:
    """(place, whom it was received for, event) of the whole log, in append order."""
    rows = tx.execute("SELECT id, subject, body FROM event WHERE project_id=? ORDER BY id", (project_id,))
    return ((int(row[0]), str(row[1]), _unpack.decode(row[2])) for row in rows)


def after(tx: Tx, project_id: int, place: int, limit: int) -> list[tuple[int, int, str, str | None, Event]]:
    """(place, name id, subject, account, event) of the next events of the log."""
    rows = tx.execute(
        "SELECT id, name_id, subject, account, body FROM event WHERE project_id=? AND id>? ORDER BY id LIMIT ?",
        (project_id, place, limit),
    )
    return [(row[0], row[1], row[2], row[3], _unpack.decode(row[4])) for row in rows]


def count_since(tx: Tx, project_id: int, since: int) -> tuple[int, int]:
    """(events of the log, those of them that were received from `since` on)."""
    row = tx.execute(
        "SELECT COUNT(*), COALESCE(SUM(received_at>=?), 0) FROM event WHERE project_id=?", (since, project_id)
    ).fetchone()
    return int(row[0]), int(row[1])


def links(tx: Tx, project_id: int) -> dict[int, str]:
    """The place of each event that linked -> the anonymous subject that it linked."""
    rows = tx.execute("SELECT event_id, anon FROM link WHERE project_id=?", (project_id,))
    return {int(row[0]): str(row[1]) for row in rows}


def links_by_anon(tx: Tx, project_id: int) -> dict[str, str]:
    """Anonymous subject -> the user that it became."""
    return dict(tx.execute("SELECT anon, subject FROM link WHERE project_id=?", (project_id,)))


def latest(tx: Tx, project_id: int) -> int:
    """The place of the last event; 0 for an empty log."""
    row = tx.execute("SELECT id FROM event WHERE project_id=? ORDER BY id DESC LIMIT 1", (project_id,)).fetchone()
    return 0 if row is None else int(row[0])


def events_of_account(tx: Tx, project_id: int, account: str, after_id: int = 0) -> Iterator[tuple[int, Event]]:
    """(place, event) of all that happened in one account, in append order, after a place."""
    rows = tx.execute(
        "SELECT id, body FROM event WHERE project_id=? AND account=? AND id>? ORDER BY id",
        (project_id, account, after_id),
    )
    return ((int(row[0]), _unpack.decode(row[1])) for row in rows)


def recent_of_account(tx: Tx, project_id: int, account: str, limit: int) -> list[tuple[str, Event]]:
    """The latest (subject, event) pairs of an account, newest first."""
    rows = tx.execute(
        "SELECT subject, body FROM event WHERE project_id=? AND account=? ORDER BY id DESC LIMIT ?",
        (project_id, account, limit),
    )
    return [(str(row[0]), _unpack.decode(row[1])) for row in rows]


def recent_of_subject(tx: Tx, project_id: int, subject: str, limit: int) -> list[tuple[str, Event]]:
    """The latest (subject, event) pairs of one person, newest first."""
    rows = tx.execute(
        "SELECT body FROM event WHERE project_id=? AND subject=? ORDER BY id DESC LIMIT ?",
        (project_id, subject, limit),
    )
    return [(subject, _unpack.decode(row[0])) for row in rows]


def count_of(tx: Tx, project_id: int, subject: str, most: int) -> int:
    """How many events a person or account has, counted up to `most`."""
    column = "account" if subject.startswith(ACCOUNT) else "subject"
    row = tx.execute(
        f"SELECT COUNT(*) FROM (SELECT 1 FROM event WHERE project_id=? AND {column}=? LIMIT ?)",
        (project_id, subject, most),
    ).fetchone()
    return int(row[0])


def lately(tx: Tx, project_id: int, limit: int) -> list[str]:
    """People of the latest events, the last one first: a look at the end of the log."""
    rows = tx.execute(
        "SELECT subject FROM (SELECT id, subject FROM event NOT INDEXED WHERE project_id=? ORDER BY id DESC LIMIT ?) "
        "WHERE subject>=? AND subject<? GROUP BY subject ORDER BY MAX(id) DESC LIMIT ?",
        (project_id, LATELY, USER, USER[:-1] + chr(ord(USER[-1]) + 1), limit),
    )
    return [str(row[0]) for row in rows]


def count_events(tx: Tx, project_id: int) -> int:
    return int(tx.execute("SELECT COUNT(*) FROM event WHERE project_id=?", (project_id,)).fetchone()[0])


def link(tx: Tx, project_id: int, anon: str, subject: str, event_id: int) -> bool:
    """Give the history of `anon` to `subject`, as of the event that said so. False: it was given before."""
    cursor = tx.execute(
        "INSERT INTO link (project_id, anon, subject, event_id) VALUES (?,?,?,?) ON CONFLICT DO NOTHING",
        (project_id, anon, subject, event_id),
    )
    return cursor.rowcount == 1


def links_of(tx: Tx, project_id: int, subject: str) -> list[tuple[str, int]]:
    """(anonymous subject, place of the event that linked it), in the order of linking."""
    rows = tx.execute(
        "SELECT anon, event_id FROM link WHERE project_id=? AND subject=? ORDER BY event_id", (project_id, subject)
    )
    return [(str(row[0]), int(row[1])) for row in rows]


def linked_user(tx: Tx, project_id: int, anon: str) -> tuple[str, int] | None:
    """(the user whom this anonymous id was given to, the time of the event that said so)."""
    row = tx.execute(
        "SELECT link.subject, event.t FROM link JOIN event ON event.id=link.event_id AND event.project_id=? "
        "WHERE link.project_id=? AND link.anon=?",
        (project_id, project_id, anon),
    ).fetchone()
    return None if row is None else (str(row[0]), int(row[1]))
