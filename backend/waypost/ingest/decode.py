"""From JSON to events: one pass over each, partial acceptance, every refusal with its reason.

Shapes are those of Segment's HTTP tracking API; a snippet of ours adds seq, ageMs, loadId and pageViewId.
open_batch / open_call → Envelope → decode_items → Incoming
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from waypost.errors import BadInput, TooLarge
from waypost.ingest.item import Defaults, Refusal, to_event
from waypost.model import Event, Json
from waypost.settings import LIMITS

__all__ = ["Envelope", "Incoming", "Rejected", "decode_items", "open_batch", "open_call"]


@dataclass(frozen=True, slots=True)
class Rejected:
    """One event that is not accepted: kept as received."""

    index: int
    message_id: str | None
    code: str
    reason: str
    body: bytes


@dataclass
class Incoming:
    events: list[Event] = field(default_factory=list)
    rejects: list[Rejected] = field(default_factory=list)


@dataclass
class Envelope:
    """A request body after its outer layer was read; `items` are still JSON text."""

    items: list[bytes]
    write_key: str = ""
    sent_at: Json = None
    context: Mapping[str, Json] = field(default_factory=dict)


class _Batch(msgspec.Struct):
    batch: list[msgspec.Raw]
    writeKey: Any = ""
    sentAt: Any = None
    context: Any = None


_batch = msgspec.json.Decoder(_Batch)
_any = msgspec.json.Decoder()


def open_batch(raw: bytes) -> Envelope:
    """Read the outer layer of /v1/batch. Raises BadInput when it is not a batch, TooLarge for too many events."""
    try:
        found = _batch.decode(raw)
        items = [bytes(item) for item in found.batch]
        outer = {"writeKey": found.writeKey, "sentAt": found.sentAt, "context": found.context}
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        outer, items = _open_leniently(raw, error)
    if len(items) > LIMITS.batch_events:
        raise TooLarge(f"{len(items)} events in one batch; {LIMITS.batch_events} at most")
    context = outer.get("context")
    return Envelope(
        items,
        outer["writeKey"] if isinstance(outer.get("writeKey"), str) else "",
        outer.get("sentAt"),
        context if isinstance(context, dict) else {},
    )


def _open_leniently(raw: bytes, error: Exception) -> tuple[dict[str, Json], list[bytes]]:
    """One NaN or half a surrogate pair must not cost the whole batch: each event is judged by itself."""
    try:
        outer = json.loads(raw)
        if not isinstance(outer, dict) or not isinstance(outer.get("batch"), list):
            raise BadInput('this is not a batch; send {"batch": [...]}') from error
        items = [json.dumps(item, ensure_ascii=True).encode() for item in outer.pop("batch")]
    except (ValueError, RecursionError, UnicodeError):
        raise BadInput(f"the body is not JSON: {_short(error)}") from error
    return outer, items


def open_call(raw: bytes) -> Envelope:
    """Read the body of /v1/track and its like: one event."""
    try:
        found = _any.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadInput(f"the body is not JSON: {_short(error)}") from error
    if not isinstance(found, dict):
        raise BadInput("the body is not a JSON object")
    key = found.get("writeKey")
    return Envelope([raw], key if isinstance(key, str) else "", found.get("sentAt"))


def _short(error: Exception) -> str:
    return str(error)[:200]


def decode_items(
    items: Sequence[bytes],
    *,
    received_at: int,
    sent_at: Json = None,
    kind: str | None = None,
    context: Mapping[str, Json] | None = None,
    defaults: Defaults | None = None,
    trusted: bool = False,
) -> Incoming:
    """Decode each event by itself. `kind`: the type that the endpoint says; else each event says its own.

    Never raises: what cannot be accepted is in `rejects` with its code and reason.
    """
    incoming = Incoming()
    given = defaults or Defaults()
    for index, raw in enumerate(items):
        message_id: str | None = None
        try:
            item = _decode_one(raw)
            claimed = item.get("messageId")
            message_id = claimed[: LIMITS.id_chars] if isinstance(claimed, str) else None
            event = to_event(
                item,
                raw,
                kind=kind,
                index=index,
                received_at=received_at,
                sent_at=sent_at,
                context=context or {},
                defaults=given,
                trusted=trusted,
            )
        except Refusal as refusal:
            incoming.rejects.append(Rejected(index, message_id, refusal.code, refusal.reason, bytes(raw)))
        else:
            incoming.events.append(event)
    return incoming


def _decode_one(raw: bytes) -> dict[str, Json]:
    if len(raw) > LIMITS.event_bytes:
        raise Refusal("too_large", f"{len(raw)} bytes; {LIMITS.event_bytes} at most for one event")
    try:
        item = _any.decode(raw)
    except RecursionError as error:
        raise Refusal("too_deep", f"nested deeper than {LIMITS.json_depth} levels") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Refusal("not_json", _short(error)) from error
    if not isinstance(item, dict):
        raise Refusal("not_an_object", "an event is a JSON object")
    return item
