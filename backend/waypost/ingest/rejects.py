"""What is kept of an event that is not accepted: enough that another try gives the very event of the first."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from waypost.ingest.item import Refusal, Said
from waypost.model import Event
from waypost.settings import LIMITS

__all__ = ["Rejected", "kept_event", "kept_words", "refuse", "reject"]

CONTEXT_BYTES = 4_096  # of what a request says beside its events, kept with each reject: ids, zone, page, library


@dataclass(frozen=True, slots=True)
class Rejected:
    """One event that is not accepted, and why."""

    index: int
    message_id: str | None
    code: str
    reason: str
    body: bytes  # as received, cut at the limit; of an event refused after decoding, the event
    size: int  # bytes before the cut
    context: str  # how to read it again, as JSON; "" when that is too large to keep


class _Context(msgspec.Struct, frozen=True, omit_defaults=True):
    said: Said = Said()
    decoded: bool = False  # the body is the event itself


_context = msgspec.json.Decoder(_Context)
_event = msgspec.json.Decoder(Event)


def reject(raw: bytes, said: Said, refusal: Refusal, index: int, message_id: str | None) -> Rejected:
    """A refusal while decoding."""
    body, context = bytes(raw[: LIMITS.rejects_bytes]), _written(_Context(said))
    return Rejected(index, message_id, refusal.code, refusal.reason, body, len(raw), context)


def refuse(event: Event, code: str, reason: str) -> Rejected:
    """A refusal after decoding: the event is kept as decoded, so that no later change of ours can alter it."""
    body, context = msgspec.json.encode(event), _written(_Context(decoded=True))
    return Rejected(event.index, event.message_id, code, reason, body, len(body), context)


def kept_event(body: bytes, context: str) -> Event | None:
    """The event, when it was refused after decoding."""
    return _event.decode(body) if _context.decode(context).decoded else None


def kept_words(context: str) -> Said:
    """What the request said beside a body that was refused while decoding."""
    return _context.decode(context).said


def _written(context: _Context) -> str:
    try:
        text = msgspec.json.encode(context)
    except RecursionError:
        return ""
    return text.decode() if len(text) <= CONTEXT_BYTES else ""
