"""JSON to events: whatever comes, each event is taken or refused by itself, and what is taken is within every limit."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from waypost.errors import BadInput
from waypost.ingest.decode import Incoming, decode_again, decode_items, open_batch, open_call
from waypost.ingest.item import KINDS, Defaults
from waypost.ingest.rejects import refuse
from waypost.model import Event
from waypost.settings import LIMITS

NOW = 1_800_000_000_000
SOME = settings(max_examples=settings().max_examples // 10)  # deep values take long to make up
CONTROL = {chr(code) for code in (*range(32), 127)}
FIELDS = (
    "type", "event", "name", "userId", "anonymousId", "previousId", "groupId", "messageId", "properties", "traits", "context",
    "timestamp", "originalTimestamp", "sentAt", "ageMs", "seq", "loadId", "pageViewId", "channel",
)  # fmt: skip
WORDS = st.sampled_from(
    [*KINDS, "", "$tip", "ivan", "a\x00b", "x" * 300, "2027-01-15T08:00:00Z", "\U0001f600", "1e999", "9" * 500]
)
NUMBERS = st.one_of(
    st.integers(-5, 5),
    st.sampled_from([NOW, 2**63, -(2**63), 2**64, 10**40, 10**300]),
    st.floats(),
)
SCALARS = st.one_of(st.none(), st.booleans(), NUMBERS, WORDS, st.text(st.characters(), max_size=20))
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(st.one_of(st.sampled_from(["path", "groupId", "page", "library", "timezone", "userAgent"]), st.text(max_size=5)), inner, max_size=4),
    ),
    max_leaves=12,
)  # fmt: skip
ITEMS = st.one_of(
    VALUES,
    st.dictionaries(st.sampled_from(FIELDS), VALUES, max_size=8),
    st.fixed_dictionaries(
        {"type": st.sampled_from(KINDS), "userId": st.sampled_from(["ivan", 7]), "event": st.just("opened")},
        optional={name: VALUES for name in FIELDS if name not in ("type", "userId", "event")},
    ),
)
BATCHES = st.builds(
    lambda items, outer: {**outer, "batch": items},
    st.lists(ITEMS, max_size=6),
    st.dictionaries(st.sampled_from(["sentAt", "context", "writeKey"]), VALUES, max_size=3),
)


def text_of(value: Any) -> bytes:
    """JSON as careless clients write it: NaN, half surrogate pairs and huge numbers as they come."""
    return json.dumps(value).encode()


def depth_of(value: Any) -> int:
    if isinstance(value, dict | list):
        inner = value.values() if isinstance(value, dict) else value
        return 1 + max(map(depth_of, inner), default=0)
    return 0


def assert_within_every_limit(event: Event) -> None:
    assert 0 <= event.t <= event.received_at == NOW
    assert event.name
    assert len(event.name) <= LIMITS.name_chars
    ids = (event.message_id, event.user_id, event.anon_id, event.account_id, event.load_id, event.page_view_id)
    assert all(len(one) <= LIMITS.id_chars and not CONTROL & set(one) for one in ids if one)
    assert event.user_id or event.anon_id
    assert depth_of(event.props) <= LIMITS.json_depth
    assert None not in event.props.values()
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(event), type=Event) == event


def assert_all_there(incoming: Incoming, items: int) -> None:
    assert len(incoming.events) + len(incoming.rejects) == items
    places = [event.index for event in incoming.events] + [reject.index for reject in incoming.rejects]
    assert sorted(places) == list(range(items))
    assert all(reject.code and reject.reason and len(reject.reason) < 400 for reject in incoming.rejects)
    for event in incoming.events:
        assert_within_every_limit(event)


@SOME
@given(BATCHES)
def test_of_any_batch_each_event_is_taken_or_refused(batch: dict[str, Any]) -> None:
    envelope = open_batch(text_of(batch))
    items = envelope.items
    assert len(items) == len(batch["batch"])
    assert_all_there(
        decode_items(items, received_at=NOW, sent_at=envelope.sent_at, context=envelope.context), len(items)
    )


@SOME
@given(st.one_of(st.dictionaries(st.sampled_from(FIELDS), VALUES, max_size=8), VALUES), st.sampled_from(KINDS))
def test_any_call_is_taken_or_refused(body: Any, kind: str) -> None:
    try:
        envelope = open_call(text_of(body))
    except BadInput:
        assert not isinstance(body, dict)
        return
    assert_all_there(decode_items(envelope.items, received_at=NOW, sent_at=envelope.sent_at, kind=kind), 1)


@given(st.binary(max_size=200))
def test_bytes_are_a_batch_or_are_not(raw: bytes) -> None:
    for read in (open_batch, open_call):
        with suppress(BadInput):
            items = read(raw).items
            assert_all_there(decode_items(items, received_at=NOW), len(items))


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-(2**70), 2**70), WORDS),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(WORDS, inner, max_size=3)),
    max_leaves=6,
)
DEFAULTS = st.builds(
    Defaults,
    st.one_of(st.none(), st.just("olga")),
    st.one_of(st.none(), st.just("anon-1")),
    st.sampled_from(["", "l1"]),
    st.sampled_from(["", "p1"]),
    st.sampled_from(["", "Asia/Tokyo"]),
    st.booleans(),
)


@SOME
@given(
    st.lists(ITEMS, max_size=4),
    st.sampled_from([None, *KINDS]),
    st.one_of(st.none(), st.integers(0, 2 * NOW), WORDS),
    st.dictionaries(
        st.sampled_from(["groupId", "page", "timezone", "channel", "library", "userAgent", "ip"]), JSON, max_size=4
    ),
    DEFAULTS,
    st.booleans(),
)
def test_a_kept_reject_is_refused_again_for_the_same_reason(
    items: list[Any], kind: str | None, sent_at: Any, context: dict[str, Any], defaults: Defaults, trusted: bool
) -> None:
    """All that was said to an event is said to it again: else the reason would differ, or there would be none."""
    first = decode_items(
        [text_of(item) for item in items],
        received_at=NOW,
        sent_at=sent_at,
        kind=kind,
        context=context,
        defaults=defaults,
        trusted=trusted,
    )
    for reject in first.rejects:
        if reject.context:
            second = decode_again(reject.body, reject.context, index=reject.index, received_at=NOW)
            assert second == Incoming(NOW, [], [reject])


@SOME
@given(ITEMS)
def test_an_event_that_is_refused_after_decoding_comes_back_as_it_was(item: Any) -> None:
    for event in decode_items([text_of(item)], received_at=NOW).events:
        kept = refuse(event, "too_many_names", "too many")
        assert (kept.size, kept.message_id) == (len(kept.body), event.message_id)
        assert decode_again(kept.body, kept.context, index=event.index, received_at=NOW).events == [event]


def test_a_made_id_depends_on_time_and_place_only_when_the_event_says_no_time() -> None:
    dated = b'{"type":"track","event":"a","userId":"u","timestamp":1}'
    undated = b'{"type":"track","event":"a","userId":"u"}'

    def made(*items: bytes, at: int = NOW) -> list[str]:
        return [event.message_id for event in decode_items(items, received_at=at).events]

    assert len({*made(dated, dated), *made(dated, at=NOW + 1)}) == 1
    assert len({*made(undated, undated), *made(undated, at=NOW + 1)}) == 3
    assert made(undated) == made(undated)


@pytest.mark.parametrize("size", [LIMITS.rejects_bytes, LIMITS.rejects_bytes + 1])
def test_a_reject_is_cut_at_its_limit(size: int) -> None:
    raw = b'{"type":"vote"}'.ljust(size)
    (reject,) = decode_items([raw], received_at=NOW).rejects
    assert (reject.size, reject.body) == (size, raw[: LIMITS.rejects_bytes])
