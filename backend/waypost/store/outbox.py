"""What is to be told to the outside: messages, written in the transaction of their cause, and their deliveries.

A message is routed once: to each receiver goes a delivery of its own, tried until it arrives or is dead. The message
id is the receiver's de-duplication key, the same in every attempt and for every receiver.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from waypost.store.sqlite import Tx

__all__ = [
    "STATES",
    "Delivery",
    "Message",
    "Waiting",
    "add_message",
    "delivered",
    "deliveries",
    "delivery_by_id",
    "end_target",
    "failed",
    "message_exists",
    "message_state",
    "next_id",
    "replay",
    "replay_dead",
    "route",
    "undelivered",
    "unrouted",
    "waiting",
]  # fmt: skip

STATES = {
    "waiting": "AND delivery.next_at IS NOT NULL",
    "delivered": "AND delivery.delivered_at IS NOT NULL",
    "dead": "AND delivery.next_at IS NULL AND delivery.delivered_at IS NULL",
}
AFTER = "."  # sorts behind "-", and so behind every numbered id of the same name


@dataclass(frozen=True, slots=True)
class Message:
    id: int
    message_id: str
    type: str
    body: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """A delivery whose time has come."""

    id: int
    target: str
    attempts: int
    message_id: str
    type: str
    body: str


@dataclass(frozen=True, slots=True)
class Delivery:
    """A delivery as it is listed."""

    id: int
    target: str
    message_id: str
    type: str
    created_at: int
    attempts: int
    next_at: int | None
    delivered_at: int | None
    last_error: str

    @property
    def state(self) -> str:
        return "waiting" if self.next_at is not None else "dead" if self.delivered_at is None else "delivered"


def add_message(tx: Tx, project_id: int, message_id: str, kind: str, body: str, now: int) -> int:
    """Put a message in line. Returns its row, for `route`."""
    cursor = tx.execute(
        "INSERT INTO message (project_id, message_id, type, body, created_at) VALUES (?,?,?,?,?)",
        (project_id, message_id, kind, body, now),
    )
    assert cursor.lastrowid is not None
    return cursor.lastrowid


def next_id(tx: Tx, project_id: int, name: str) -> str:
    """The id of one more message of this name: task-5-closed, then task-5-closed-2."""
    (known,) = tx.execute(
        "SELECT COUNT(*) FROM message WHERE project_id=? AND message_id>=? AND message_id<?",
        (project_id, name, name + AFTER),
    ).fetchone()
    return f"{name}-{known + 1}" if known else name


def message_exists(tx: Tx, project_id: int, message_id: str) -> bool:
    found = tx.execute("SELECT 1 FROM message WHERE project_id=? AND message_id=?", (project_id, message_id))
    return found.fetchone() is not None


def unrouted(tx: Tx, project_id: int, limit: int) -> list[Message]:
    """Messages of which nobody has decided yet to whom they go, oldest first."""
    rows = tx.execute(
        "SELECT id, message_id, type, body FROM message WHERE project_id=? AND routed_at IS NULL ORDER BY id LIMIT ?",
        (project_id, limit),
    )
    return [Message(*row) for row in rows]


def route(tx: Tx, project_id: int, message: int, targets: Sequence[str], now: int) -> None:
    """Decide to whom a message goes: to nobody, too, and once."""
    tx.executemany(
        "INSERT INTO delivery (project_id, message, target, next_at, attempts, last_error) VALUES (?,?,?,?,0,'')",
        [(project_id, message, target, now) for target in targets],
    )
    tx.execute("UPDATE message SET routed_at=? WHERE project_id=? AND id=?", (now, project_id, message))


def waiting(tx: Tx, project_id: int, now: int, limit: int) -> list[Waiting]:
    """Deliveries whose time has come, oldest first, at most `limit` of one target: none waits behind another's."""
    rows = tx.execute(
        "SELECT due.id, due.target, due.attempts, message.message_id, message.type, message.body FROM "
        "(SELECT id, target, attempts, message, ROW_NUMBER() OVER (PARTITION BY target ORDER BY id) AS place "
        "FROM delivery WHERE project_id=? AND next_at<=?) AS due "
        "JOIN message ON message.id=due.message AND message.project_id=? WHERE due.place<=? ORDER BY due.id",
        (project_id, now, project_id, limit),
    )
    return [Waiting(*row) for row in rows]


def delivered(tx: Tx, project_id: int, delivery: int, now: int) -> None:
    tx.execute(
        "UPDATE delivery SET delivered_at=?, next_at=NULL, attempts=attempts+1, last_error='' "
        "WHERE project_id=? AND id=?",
        (now, project_id, delivery),
    )


def failed(tx: Tx, project_id: int, delivery: int, error: str, next_at: int | None) -> None:
    """Note a failure; next_at None = dead: kept, and sent again only by `replay`."""
    tx.execute(
        "UPDATE delivery SET attempts=attempts+1, last_error=?, next_at=? WHERE project_id=? AND id=?",
        (error[:300], next_at, project_id, delivery),
    )


def deliveries(tx: Tx, project_id: int, state: str, limit: int, target: str | None = None) -> list[Delivery]:
    """Those in a state, the latest first."""
    whose = "" if target is None else "AND delivery.target=?"
    rows = tx.execute(
        f"{_SELECT} {STATES[state]} {whose} ORDER BY delivery.id DESC LIMIT ?",
        (project_id, *([] if target is None else [target]), limit),
    )
    return [Delivery(*row) for row in rows]


def delivery_by_id(tx: Tx, project_id: int, delivery: int) -> Delivery | None:
    row = tx.execute(f"{_SELECT} AND delivery.id=?", (project_id, delivery)).fetchone()
    return None if row is None else Delivery(*row)


_SELECT = (
    "SELECT delivery.id, target, message.message_id, type, created_at, attempts, next_at, delivered_at, last_error "
    "FROM delivery JOIN message ON message.id=delivery.message AND message.project_id=delivery.project_id "
    "WHERE delivery.project_id=?"
)


def undelivered(tx: Tx, project_id: int) -> dict[str, tuple[int, int]]:
    """Target -> (how many wait, how many are dead)."""
    rows = tx.execute(
        "SELECT target, COUNT(next_at), COUNT(*)-COUNT(next_at) FROM delivery "
        "WHERE project_id=? AND (next_at IS NOT NULL OR delivered_at IS NULL) GROUP BY target",
        (project_id,),
    )
    return {target: (waits, dead) for target, waits, dead in rows}


def replay(tx: Tx, project_id: int, delivery: int, now: int) -> None:
    """Send it again from the start, under the same message id."""
    tx.execute(
        "UPDATE delivery SET next_at=?, attempts=0, delivered_at=NULL WHERE project_id=? AND id=?",
        (now, project_id, delivery),
    )


def replay_dead(tx: Tx, project_id: int, target: str, now: int) -> int:
    """The same for every dead one of a target. Returns how many."""
    return tx.execute(
        "UPDATE delivery SET next_at=?, attempts=0 "
        "WHERE project_id=? AND target=? AND next_at IS NULL AND delivered_at IS NULL",
        (now, project_id, target),
    ).rowcount


def end_target(tx: Tx, project_id: int, target: str, error: str) -> None:
    """Nobody is there any more: what waits for it is dead."""
    tx.execute(
        "UPDATE delivery SET next_at=NULL, last_error=? WHERE project_id=? AND target=? AND next_at IS NOT NULL",
        (error, project_id, target),
    )


def message_state(tx: Tx, project_id: int, name: str) -> tuple[str, int, str]:
    """(sent | waiting | failed | off, attempts, last error) of the latest message of this name at the endpoints.

    Of several endpoints the worst; off: it went to none.
    """
    rows = tx.execute(
        "SELECT delivered_at, next_at, attempts, last_error FROM delivery WHERE project_id=? AND target GLOB 'w:*' "
        "AND message=(SELECT MAX(id) FROM message WHERE project_id=? AND message_id>=? AND message_id<?)",
        (project_id, project_id, name, name + AFTER),
    ).fetchall()
    if not rows:
        return "off", 0, ""
    sent, later, attempts, error = min(rows, key=lambda row: (row[0] is not None, row[1] is not None))
    return "sent" if sent is not None else "waiting" if later is not None else "failed", int(attempts), str(error)
