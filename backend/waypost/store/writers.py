"""Who writes a trait: a look at the end of the log, never through all of it."""

from __future__ import annotations

import msgspec

from waypost.model import GROUP, IDENTIFY, Event
from waypost.store.sqlite import Tx

__all__ = ["LOOKED_AT", "last_writers"]

LOOKED_AT = 5_000  # events at the end of the log
_unpack = msgspec.msgpack.Decoder(Event)


def last_writers(tx: Tx, project_id: int, traits: list[str]) -> tuple[dict[str, Event], bool]:
    """(user.role, account.plan, … -> the last event that wrote it for anybody, whether that was the whole log)."""
    rows = tx.execute(
        "SELECT event_name.name, latest.body FROM "
        "(SELECT id, name_id, body FROM event NOT INDEXED WHERE project_id=? ORDER BY id DESC LIMIT ?) AS latest "
        "LEFT JOIN event_name ON event_name.id=latest.name_id AND event_name.project_id=? AND event_name.name IN (?,?) "
        "ORDER BY latest.id DESC",
        (project_id, LOOKED_AT, project_id, IDENTIFY, GROUP),
    )
    found: dict[str, Event] = {}
    seen = 0
    for name, body in rows:
        seen += 1
        if name is None:
            continue
        event, scope = _unpack.decode(body), "user" if name == IDENTIFY else "account"
        for trait in traits:
            if trait not in found and trait.startswith(f"{scope}.") and trait.split(".")[1] in event.props:
                found[trait] = event
        if len(found) == len(traits):
            break
    return found, seen < LOOKED_AT
