"""The decision log: what each person was offered and what held the rest back, at any instant.

Equal successive decisions of a person share a row, which keeps their instants. Rows stand in the order of people
and time, so that one place of the file has what is asked for and what is written. Bodies: store/decision_body.py.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from waypost.model import Decision
from waypost.store.decision_body import NOTHING_USUAL, Usual, decode, encode, pack, unpack
from waypost.store.sqlite import Tx

__all__ = ["BEGINNING", "INSTANTS_KEPT", "Place", "Stored", "append", "at", "forget", "latest"]

INSTANTS_KEPT = 256  # instants a row keeps; then the next equal decision begins a new one
SPAN_MS = 2**32 - 1  # instants are four bytes from the row's first

Place = tuple[str, int, int]  # subject, first_at, n: how far a walk over a project's log has come
BEGINNING: Place = ("", 0, 0)


@dataclass(frozen=True, slots=True)
class Stored:
    """A decision and the instant it was made. `next_in` is not kept."""

    decided_at: int
    decision: Decision


def append(
    tx: Tx, project_id: int, subject: str, now: int, decision: Decision, usual: Usual = NOTHING_USUAL
) -> int | None:
    """Keep one decision. An equal one as the latest only adds its instant. Gives when that one was made last."""
    body = encode(decision, usual)
    digest = hashlib.blake2b(body, digest_size=16, key=usual.name.encode()).digest()
    row = tx.execute(
        "SELECT first_at, n, last_at, digest, instants FROM decision WHERE project_id=? AND subject=? "
        "ORDER BY first_at DESC, n DESC LIMIT 1",
        (project_id, subject),
    ).fetchone()
    if row is not None and row[3] == digest and _room(row[0], row[4], now):
        first_at, n, last_at, _, instants = row
        if now != last_at:
            tx.execute(
                "UPDATE decision SET last_at=?, instants=? WHERE project_id=? AND subject=? AND first_at=? AND n=?",
                (max(now, last_at), instants + _four(now - first_at), project_id, subject, first_at, n),
            )
        return int(last_at)
    kept = pack(tx, project_id, subject, now, usual, body)
    tx.execute(
        "INSERT INTO decision (project_id, subject, first_at, n, last_at, digest, body, instants) VALUES (?,?,?,"
        "(SELECT COALESCE(MAX(n)+1, 0) FROM decision WHERE project_id=? AND subject=? AND first_at=?),?,?,?,?)",
        (project_id, subject, now, project_id, subject, now, now, digest, kept, _four(0)),
    )
    return None


def at(tx: Tx, project_id: int, subject: str, at: int) -> Stored | None:
    """The decision in force at an instant: the last one made until then; None before the first."""
    row = tx.execute(
        "SELECT first_at, body, instants FROM decision WHERE project_id=? AND subject=? AND first_at<=? "
        "ORDER BY first_at DESC, n DESC LIMIT 1",
        (project_id, subject, at),
    ).fetchone()
    if row is None:
        return None
    made = max(t for t in _instants(row[0], row[2]) if t <= at)
    return Stored(made, decode(*unpack(tx, project_id, row[1])))


def latest(tx: Tx, project_id: int, subject: str) -> Stored | None:
    """The last decision made for this person."""
    return at(tx, project_id, subject, 2**62)


def forget(tx: Tx, project_id: int, before: int, after: Place, limit: int) -> tuple[int, Place | None]:
    """Look at `limit` rows after a place and delete those that were last in force before an instant.

    Returns how many went, and the place to go on from; None at the end.
    """
    rows = tx.execute(
        "SELECT subject, first_at, n, last_at FROM decision WHERE project_id=? AND (subject, first_at, n)>(?,?,?) "
        "ORDER BY subject, first_at, n LIMIT ?",
        (project_id, *after, limit),
    ).fetchall()
    gone = [(project_id, *place) for *place, last_at in rows if last_at < before]
    tx.executemany("DELETE FROM decision WHERE project_id=? AND subject=? AND first_at=? AND n=?", gone)
    return len(gone), rows[-1][:3] if len(rows) == limit else None


def _room(first_at: int, instants: bytes, now: int) -> bool:
    return len(instants) < 4 * INSTANTS_KEPT and 0 <= now - first_at <= SPAN_MS


def _four(number: int) -> bytes:
    return number.to_bytes(4, "little")


def _instants(first_at: int, instants: bytes) -> list[int]:
    return [first_at + int.from_bytes(instants[i : i + 4], "little") for i in range(0, len(instants), 4)]
