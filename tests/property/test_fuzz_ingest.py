"""Any bytes as a request: only domain errors come out, every event is accepted or refused with a reason, and what is
accepted can be stored and dated."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Callable
from random import Random
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.property.test_fuzz_rules import NUMBERS, SEEDS, TEXTS
from waypost.errors import BadInput, TooLarge, UnsupportedEncoding, WaypostError
from waypost.facts.days import local_day, zone
from waypost.ingest.body import check_encoding, inflate
from waypost.ingest.decode import Envelope, Incoming, decode_items, open_batch, open_call
from waypost.model import Event
from waypost.service.sync import Feedback, SyncBody, decode_incoming, decode_sync, feedback_event
from waypost.settings import LIMITS

NOW = 1_800_000_000_000
KINDS = ("track", "identify", "page", "screen", "group", "alias")
DIGITS = "1" * 5_000


def raw(text: str) -> str:
    """JSON text that json.dumps would not write: it is put in after encoding."""
    return f"@@{text}@@"


RAW = [
    raw("NaN"), raw("Infinity"), raw("-Infinity"), raw("1e999"), raw(DIGITS), raw('"\\ud800"'), raw('"\\udc00x"'),
    raw('"\\u0000"'), raw("[" * 3_000), raw("[" * 3_000 + "]" * 3_000), raw('{"a":1,"a":2}'), raw("01"), raw("'a'"),
    raw("1e308"), raw("-0"), raw("tru"), raw('"\\x"'), raw('"\t"'), raw("{,}"), raw("[1,]"),
]  # fmt: skip
VALUES: list[Any] = [
    None, True, False, [], {}, [[]], {"": 1}, {"__proto__": {"a": 1}}, {"__class__": 1}, {"a": {"b": [1, {"c": None}]}},
    *NUMBERS[:-1], *(text for text in TEXTS if text != "\ud800"), "Europe/Berlin", "Nowhere/City", "aaa", "2026-01-31T12:00:00Z",
    "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "31.12.2026", "a" * 128, "a" * 129, "x" * 40_000,
]  # fmt: skip
FIELDS = (
    "type", "event", "userId", "anonymousId", "previousId", "groupId", "messageId", "timestamp", "originalTimestamp", "sentAt",
    "ageMs", "seq", "loadId", "pageViewId", "properties", "traits", "context", "name", "channel", "writeKey",
)  # fmt: skip


def any_value(rng: Random) -> Any:
    return rng.choice(RAW) if rng.random() < 0.12 else rng.choice(VALUES)


def nested(levels: int) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for _ in range(levels - 1):
        found = {"a": found}
    return found


def item(rng: Random) -> Any:
    """One call, mostly right."""
    if rng.random() < 0.05:
        return any_value(rng)
    made: dict[str, Any] = {
        "type": rng.choice(KINDS), "event": "report_exported", "userId": "ivan", "messageId": f"m{rng.randrange(9)}",
        "timestamp": rng.choice(["2027-01-15T07:59:59.999Z", NOW - 5, NOW + 10**9]), "properties": {"rows": 5},
    }  # fmt: skip
    optional: dict[str, Any] = {
        "anonymousId": "browser", "previousId": "old", "groupId": "acme", "sentAt": "2027-01-15T08:00:00Z", "ageMs": 12.5, "seq": 3,
        "loadId": "l", "pageViewId": "p", "traits": {"role": "admin"}, "properties": nested(rng.choice((15, 16, 17, 18))),
        "context": {"timezone": "Europe/Moscow", "groupId": "acme", "userAgent": "x", "page": {"path": "/deals/7"}, "library": {"name": "waypost"}},
    }  # fmt: skip
    made |= {name: value for name, value in optional.items() if rng.random() < 0.3}
    for _ in range(rng.choice((0, 0, 1, 1, 2))):
        spot = made
        inside = made.get(rng.choice(("properties", "context", "traits")))
        if isinstance(inside, dict) and rng.random() < 0.5:
            spot = inside
        spot[rng.choice((*FIELDS, "timezone", "page", "library", "route", "path", *TEXTS[:-20]))] = any_value(rng)
    return made


def written(value: Any, rng: Random) -> bytes:
    text = json.dumps(value, ensure_ascii=rng.random() < 0.5)
    for one in RAW:
        text = text.replace(json.dumps(one), one[2:-2])
    body = text.encode("utf-8", "surrogatepass")
    if rng.random() < 0.1 and body:
        at = rng.randrange(len(body))
        body = (
            body[:at]
            + rng.choice((b"", b"\x00", b"\xff", b'"', b"}", b"\xed\xa0\x80", b"\\"))
            + body[at + rng.randrange(3) :]
        )
    return body


def packed(body: bytes, rng: Random) -> bytes:
    """Plain, or gzip: whole, doubled, cut, or with a wrong byte."""
    kind = rng.random()
    if kind < 0.6:
        return body
    made = gzip.compress(body, 1)
    if kind < 0.75:
        return made
    if kind < 0.8:
        return made + gzip.compress(b" ", 1)
    if kind < 0.85:
        return made[: rng.randrange(len(made))]
    if kind < 0.9:
        return b"\x1f\x8b" + rng.randbytes(rng.randrange(60))
    at = rng.randrange(len(made))
    return made[:at] + rng.randbytes(1) + made[at + 1 :]


# -- what must hold


def domain_error_or(open_: Callable[[], Any]) -> Any:
    """The result, or None after an error of ours that says something."""
    refused: WaypostError | None = None
    try:
        return open_()
    except WaypostError as error:
        refused = error
    assert refused.detail
    assert 400 <= refused.status < 500
    return None


def all_said(found: Incoming, items: int) -> None:
    """Accepted and refused make all; refusals have reasons; the rest can be kept."""
    assert len(found.events) + len(found.rejects) == items
    assert len({r.index for r in found.rejects} | {e.index for e in found.events}) == items
    for reject in found.rejects:
        assert reject.code
        assert reject.reason
        assert isinstance(reject.body, bytes)
    for event in found.events:
        storable(event)


def storable(event: Event) -> None:
    assert 0 <= event.t <= event.received_at
    assert event.user_id or event.anon_id
    assert 1 <= len(event.name) <= LIMITS.name_chars
    assert max(len(event.message_id), len(event.user_id or ""), len(event.anon_id or "")) <= LIMITS.id_chars
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(event), type=Event) == event
    assert msgspec.json.encode(event)
    assert local_day(event.t, zone(event.tz or "UTC")) >= 0


@given(SEEDS)
def test_any_batch_is_taken_apart_or_refused(seed: int) -> None:
    rng = Random(seed)
    whole: dict[str, Any] = {"batch": [item(rng) for _ in range(rng.randint(0, 4))], "writeKey": "wk"}
    for name in ("sentAt", "context", "writeKey", "batch"):
        if rng.random() < 0.1:
            whole[name] = any_value(rng)
    body = written(whole, rng)
    plain = domain_error_or(lambda: inflate(packed(body, rng)))
    envelope: Envelope | None = None if plain is None else domain_error_or(lambda: open_batch(plain))
    if envelope is not None:
        found = decode_items(
            envelope.items,
            received_at=NOW,
            sent_at=envelope.sent_at,
            context=envelope.context,
            trusted=rng.random() < 0.5,
        )
        all_said(found, len(envelope.items))


@given(SEEDS)
def test_any_single_call_is_an_event_or_refused(seed: int) -> None:
    rng = Random(seed)
    body = written(item(rng), rng)
    envelope: Envelope | None = domain_error_or(lambda: open_call(body))
    if envelope is not None:
        all_said(decode_items(envelope.items, received_at=NOW, sent_at=envelope.sent_at, kind=rng.choice(KINDS)), 1)


@given(SEEDS)
def test_any_sync_is_taken_apart_or_refused(seed: int) -> None:
    rng = Random(seed)
    whole: dict[str, Any] = {
        "write_key": "wk", "anon_id": "browser", "load_id": "l", "page_view_id": "p", "sent_at": NOW,
        "context": {"path": "/", "locale": "en", "tz": "Europe/Moscow", "placements": ["a"]},
        "events": [item(rng) for _ in range(rng.randint(0, 3))],
        "feedback": [{"offer_id": "o", "what": rng.choice(["viewed", "snoozed", "muted"]), "at": rng.choice([0, 5, NOW])}],
    }  # fmt: skip
    for _ in range(rng.choice((0, 1, 2))):
        spot: Any = rng.choice((whole, whole, whole["context"], whole["feedback"]))
        spot = spot[0] if isinstance(spot, list) and spot else spot
        if isinstance(spot, dict) and spot:
            spot[rng.choice(list(spot))] = any_value(rng)
    sync: SyncBody | None = domain_error_or(lambda: decode_sync(written(whole, rng)))
    if sync is not None:
        all_said(decode_incoming(sync, NOW), len(sync.events))
        for index, told in enumerate(sync.feedback):
            storable(feedback_event(sync, told, {"props": {"tip": "a"}, "id": "x", "page_view": "p"}, NOW, index))


@given(st.binary(max_size=200))
def test_any_bytes_are_refused_or_read(body: bytes) -> None:
    plain = domain_error_or(lambda: inflate(body))
    for read in (open_batch, open_call, decode_sync):
        if plain is not None:
            domain_error_or(lambda read=read: read(plain))  # type: ignore[misc]


# -- limits


def test_a_body_at_the_limit_passes_and_one_byte_more_does_not() -> None:
    assert len(inflate(b" " * LIMITS.inflated_bytes)) == LIMITS.inflated_bytes
    assert len(inflate(gzip.compress(b" " * LIMITS.inflated_bytes))) == LIMITS.inflated_bytes
    for body in (b" " * (LIMITS.inflated_bytes + 1), gzip.compress(b" " * (LIMITS.inflated_bytes + 1))):
        with pytest.raises(TooLarge):
            inflate(body)


def test_a_bomb_is_stopped_at_the_limit() -> None:
    bomb = zlib.compressobj(9, wbits=31)
    body = b"".join(bomb.compress(b"\0" * 1_048_576) for _ in range(200)) + bomb.flush()
    with pytest.raises(TooLarge):
        inflate(body)


@pytest.mark.parametrize("label", ["br", "zstd", "deflate", "gzip, gzip", "gzip;q=1", "\x00"])
def test_another_encoding_is_refused(label: str) -> None:
    with pytest.raises(UnsupportedEncoding):
        check_encoding(label)


def test_a_batch_has_so_many_events_and_not_one_more() -> None:
    def body(number: int) -> bytes:
        return b'{"batch":[' + b",".join([b"{}"] * number) + b"]}"

    assert len(open_batch(body(LIMITS.batch_events)).items) == LIMITS.batch_events
    with pytest.raises(TooLarge):
        open_batch(body(LIMITS.batch_events + 1))


def test_a_sync_has_so_many_events_and_not_one_more() -> None:
    def body(number: int) -> bytes:
        return b'{"anon_id":"a","events":[' + b",".join([b"{}"] * number) + b"]}"

    assert len(decode_sync(body(LIMITS.batch_events)).events) == LIMITS.batch_events
    with pytest.raises(TooLarge):
        decode_sync(body(LIMITS.batch_events + 1))


def refusals(body: Any) -> list[str]:
    raw_body = body if isinstance(body, bytes) else json.dumps(body).encode()
    return [reject.code for reject in decode_items([raw_body], received_at=NOW, kind="track").rejects]


@pytest.mark.parametrize(("levels", "codes"), [(LIMITS.json_depth, []), (LIMITS.json_depth + 1, ["too_deep"])])
def test_properties_are_so_deep_and_not_deeper(levels: int, codes: list[str]) -> None:
    assert refusals({"event": "a", "userId": "u", "properties": nested(levels)}) == codes


@pytest.mark.parametrize(("length", "codes"), [(LIMITS.name_chars, []), (LIMITS.name_chars + 1, ["name_too_long"])])
def test_a_name_is_so_long_and_not_longer(length: int, codes: list[str]) -> None:
    assert refusals({"event": "я" * length, "userId": "u"}) == codes


@pytest.mark.parametrize(("length", "codes"), [(LIMITS.id_chars, []), (LIMITS.id_chars + 1, ["id_too_long"])])
@pytest.mark.parametrize("field", ["userId", "anonymousId", "messageId", "loadId", "pageViewId"])
def test_an_id_is_so_long_and_not_longer(field: str, length: int, codes: list[str]) -> None:
    assert refusals({"event": "a", "userId": "u", field: "я" * length}) == codes


@pytest.mark.parametrize(("size", "codes"), [(LIMITS.event_bytes, []), (LIMITS.event_bytes + 1, ["too_large"])])
def test_an_event_is_so_large_and_not_larger(size: int, codes: list[str]) -> None:
    empty = json.dumps({"event": "a", "userId": "u", "properties": {"x": ""}}).encode()
    assert refusals(empty.replace(b'""', b'"' + b"x" * (size - len(empty)) + b'"')) == codes


@pytest.mark.parametrize(("number", "codes"), [(2**63 - 1, []), (-(2**63) + 1, []), (2**63, ["number_too_large"])])
def test_a_whole_number_has_64_bits(number: int, codes: list[str]) -> None:
    assert refusals({"event": "a", "userId": "u", "properties": {"x": [{"y": number}]}}) == codes


@pytest.mark.parametrize(("number", "codes"), [(LIMITS.traits, []), (LIMITS.traits + 1, ["too_many_traits"])])
def test_a_subject_has_so_many_traits_and_not_one_more(number: int, codes: list[str]) -> None:
    body = json.dumps({"userId": "u", "traits": {f"t{i}": i for i in range(number)}}).encode()
    assert [r.code for r in decode_items([body], received_at=NOW, kind="identify").rejects] == codes


def test_of_two_equal_keys_the_last_counts() -> None:
    (event,) = decode_items([b'{"event":"a","event":"b","userId":"u"}'], received_at=NOW, kind="track").events
    assert event.name == "b"


# -- the smallest of what was found


@pytest.mark.parametrize("name", ["Nowhere/City", "aaa", "Europe/Berlin\n", " ", "é"])
def test_a_zone_that_means_nothing_is_the_fallback(name: str) -> None:
    """Else one event of a public key fails its whole batch, and one trait every later request of that person."""
    assert str(zone(name, "Europe/Moscow")) == "Europe/Moscow"


POISON = {
    "half a character": rb'{"event":"x","type":"track","properties":{"text":"\ud83d"}}',
    "not a number": rb'{"event":"x","type":"track","properties":{"n":NaN}}',
    "5,000 digits": b'{"event":"x","type":"track","properties":{"n":' + b"1" * 5_000 + b"}}",
}


@pytest.mark.parametrize("name", POISON)
def test_one_bad_event_does_not_cost_the_others_of_a_batch(name: str) -> None:
    good = b'{"event":"y","type":"track","userId":"u"}'
    items = open_batch(b'{"batch":[' + POISON[name] + b"," + good + b"]}").items
    found = decode_items(items, received_at=NOW)
    assert ([e.name for e in found.events], [r.index for r in found.rejects]) == (["y"], [0])


@pytest.mark.parametrize("name", POISON)
def test_one_bad_event_does_not_cost_the_others_of_a_sync(name: str) -> None:
    good = b'{"event":"y","type":"track"}'
    sync = decode_sync(b'{"anon_id":"a","events":[' + POISON[name] + b"," + good + b"]}")
    found = decode_incoming(sync, NOW)
    assert ([e.name for e in found.events], [r.index for r in found.rejects]) == (["y"], [0])


@pytest.mark.parametrize("at", [NOW + 1, 10**17, 2**63, 10**30])
def test_feedback_is_never_older_than_time(at: int) -> None:
    body, offer = SyncBody(anon_id="a"), {"props": {"tip": "a"}, "id": "x", "page_view": "p"}
    storable(feedback_event(body, Feedback(offer_id="o", what="viewed", at=at), offer, NOW, 0))


@pytest.mark.parametrize("until", [2**63, 10**30])
def test_a_snooze_ends_some_day(until: int) -> None:
    body, offer = SyncBody(anon_id="a"), {"props": {"tip": "a"}, "id": "x", "page_view": "p"}
    storable(feedback_event(body, Feedback(offer_id="o", what="snoozed", until_ms=until), offer, NOW, 0))


@pytest.mark.parametrize("field", ["user_id", "anon_id", "load_id", "page_view_id"])
def test_a_control_character_is_no_part_of_an_id_in_a_sync_either(field: str) -> None:
    with pytest.raises(BadInput):
        decode_sync(json.dumps({"anon_id": "a", field: "a\x00b"}).encode())
