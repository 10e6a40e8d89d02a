"""Traits that the server itself says of an account: its stage and health as they change."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import msgspec

from waypost.model import GROUP, Event, Json

__all__ = ["LOOK", "traits_event"]

LOOK = "look"


def traits_event(account_id: str, traits: Mapping[str, Json], now: int, source: str) -> Event:
    """A group call by the server, for journal.record. The same traits from the same source at the same instant are one
    event. `source` names who says it ("import"); what "look" says follows from a look and asks for no other."""
    said = msgspec.json.encode([account_id, traits, now, source], order="sorted")
    return Event(
        message_id=f"{source}-{hashlib.sha256(said).hexdigest()[:32]}",
        name=GROUP,
        t=now,
        received_at=now,
        account_id=account_id,
        props=dict(traits),
    )
