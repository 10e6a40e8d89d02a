"""From JSON to events: one pass over each, partial acceptance, every refusal with its reason.

Shapes are those of Segment's HTTP tracking API; a snippet of ours adds seq, ageMs, loadId and pageViewId.
open_batch / open_call → Envelope → decode_items → Incoming
What was refused and kept takes the same way once more: decode_again → Incoming
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from waypost.errors import BadInput, TooLarge
from waypost.ingest.item import Defaults, Refusal, Said, relevant, to_event
from waypost.ingest.rejects import Rejected, kept_event, kept_words, reject
from waypost.model import Event, Json
from waypost.settings import LIMITS

__all__ = [
    "MALFORMED",
    "Envelope",
    "Incoming",
    "decode_again",
    "decode_items",
    "open_batch",
    "open_call",
    "read_leniently",
]

MALFORMED = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


@dataclass
class Incoming:
    """What became of the events of one request; each is in one of the lists."""

    received_at: int
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
    except MALFORMED as error:
        outer = read_leniently(raw, error, "batch")
        items = outer.pop("batch", None)
        if not isinstance(items, list):
            raise BadInput('this is not a batch; send {"batch": [...]}') from error
    if len(items) > LIMITS.batch_events:
        raise TooLarge(f"{len(items)} events in one batch; {LIMITS.batch_events} at most")
    return _envelope(items, outer)


def open_call(raw: bytes) -> Envelope:
    """Read the body of /v1/track and its like: one event. Raises BadInput when it is not a JSON object."""
    try:
        found = _any.decode(raw)
    except MALFORMED as error:
        found = read_leniently(raw, error, "batch")
    if not isinstance(found, dict):
        raise BadInput("the body is not a JSON object")
    return _envelope([raw], {"writeKey": found.get("writeKey"), "sentAt": found.get("sentAt")})


def _envelope(items: list[bytes], outer: Mapping[str, Json]) -> Envelope:
    key, context = outer.get("writeKey"), outer.get("context")
    return Envelope(
        items,
        key if isinstance(key, str) else "",
        outer.get("sentAt"),
        context if isinstance(context, dict) else {},
    )


def read_leniently(raw: bytes, error: Exception, items: str) -> dict[str, Json]:
    """One NaN or half a surrogate pair must not cost the whole batch: each event of `items` stays bytes, and is judged
    by itself.

    What the request says beside its events counts only where it is JSON.
    """
    try:
        outer = json.loads(raw)
        if not isinstance(outer, dict):
            raise BadInput("the body is not a JSON object") from error
        if isinstance(found := outer.get(items), list):
            outer[items] = [_as_bytes(item) for item in found]
        return {name: value if name == items else _only_json(value) for name, value in outer.items()}
    except (ValueError, RecursionError) as worse:
        raise BadInput(f"the body is not JSON: {str(error)[:200]}") from worse


def _as_bytes(value: Json) -> bytes:
    return json.dumps(value, ensure_ascii=True).encode()


def _only_json(value: Json) -> Json:
    try:
        return _any.decode(_as_bytes(value))
    except msgspec.DecodeError:
        return None


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
    said = Said(kind, sent_at, relevant(context or {}), defaults or Defaults(), trusted)
    incoming = Incoming(received_at)
    for index, raw in enumerate(items):
        _decode_into(incoming, raw, said, index)
    return incoming


def decode_again(body: bytes, context: str, *, index: int, received_at: int) -> Incoming:
    """Decode a kept reject as it would have been in the first place: same time, same place, same made id."""
    incoming = Incoming(received_at)
    event = kept_event(body, context)
    if event is not None:
        incoming.events.append(event)
    else:
        _decode_into(incoming, body, kept_words(context), index)
    return incoming


def _decode_into(incoming: Incoming, raw: bytes, said: Said, index: int) -> None:
    message_id: str | None = None
    try:
        item = _decode_one(raw)
        claimed = item.get("messageId")
        message_id = claimed[: LIMITS.id_chars] if isinstance(claimed, str) else None
        incoming.events.append(to_event(item, raw, said, index=index, received_at=incoming.received_at))
    except Refusal as refusal:
        incoming.rejects.append(reject(raw, said, refusal, index, message_id))


def _decode_one(raw: bytes) -> dict[str, Json]:
    if len(raw) > LIMITS.event_bytes:
        raise Refusal("too_large", f"{len(raw)} bytes; {LIMITS.event_bytes} at most for one event")
    try:
        item = _any.decode(raw)
    except RecursionError as error:
        raise Refusal("too_deep", f"nested deeper than {LIMITS.json_depth} levels") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Refusal("not_json", str(error)[:200]) from error
    if not isinstance(item, dict):
        raise Refusal("not_an_object", "an event is a JSON object")
    return item
