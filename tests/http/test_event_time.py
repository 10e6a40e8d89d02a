"""When an event happened, corrected for the client's clock and never later than it was received (semantics, 1.1)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.http.shop import START, Shop, track
from waypost.model import DAY, HOUR, MINUTE, SECOND


def iso(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def stored(shop: Shop, event: dict[str, Any], **outer: Any) -> int:
    """Ms between the reception of an event and the time that it was given."""
    shop.batch(event, **outer)
    (found,) = shop.events()
    assert found.received_at == START
    return found.t - START


TIMES: dict[str, tuple[dict[str, Any], dict[str, Any], int]] = {
    # what is said: (of the event, of the batch, t − received_at)
    "nothing": ({}, {}, 0),
    "an age": ({"ageMs": 1_500}, {}, -1_500),
    "an age with a fraction": ({"ageMs": 1_500.9}, {}, -1_500),
    "an age of nothing": ({"ageMs": 0}, {}, 0),
    "an age and a clock that is wrong": ({"ageMs": 5, "timestamp": iso(START + DAY)}, {"sentAt": iso(START)}, -5),
    "an age below nothing counts as none": ({"ageMs": -5, "timestamp": iso(START - 7)}, {}, -7),
    "an age that is a text counts as none": ({"ageMs": "5"}, {}, 0),
    "an age beyond 1970": ({"ageMs": 1e300}, {}, -START),
    "a time": ({"timestamp": iso(START - HOUR)}, {}, -HOUR),
    "a time in ms": ({"timestamp": START - HOUR}, {}, -HOUR),
    "a time of RudderStack's name": ({"originalTimestamp": iso(START - HOUR)}, {}, -HOUR),
    "two times": ({"timestamp": iso(START - 1), "originalTimestamp": iso(START - 2)}, {}, -1),
    "a time to the millisecond": ({"timestamp": iso(START - 1)}, {}, -1),
    "a time with nanoseconds": ({"timestamp": "2027-01-15T07:59:59.123456789Z"}, {}, -877),
    "a time in a zone": ({"timestamp": "2027-01-15T10:30:00+03:00"}, {}, -30 * MINUTE),
    "a time without a zone is UTC": ({"timestamp": "2027-01-15T07:30:00"}, {}, -30 * MINUTE),
    "a day": ({"timestamp": "2027-01-15"}, {}, -8 * HOUR),
    "a future time without sentAt": ({"timestamp": iso(START + DAY)}, {}, 0),
    "a time before 1970": ({"timestamp": "1960-01-01T00:00:00Z"}, {}, -START),
    "a clock that is right": ({"timestamp": iso(START - HOUR)}, {"sentAt": iso(START)}, -HOUR),
    "a clock 3 h fast": ({"timestamp": iso(START + 2 * HOUR)}, {"sentAt": iso(START + 3 * HOUR)}, -HOUR),
    "a clock 10 years slow": ({"timestamp": iso(START - 3_650 * DAY)}, {"sentAt": iso(START - 3_650 * DAY + HOUR)}, -HOUR),
    "sent before it happened": ({"timestamp": iso(START + SECOND)}, {"sentAt": iso(START)}, 0),
    "sentAt of the event itself wins": ({"timestamp": iso(START), "sentAt": iso(START + MINUTE)}, {"sentAt": iso(START)}, -MINUTE),
    "sentAt without a time": ({}, {"sentAt": iso(START - DAY)}, 0),
    "sent ages after it happened": ({"timestamp": 0}, {"sentAt": iso(START + 300 * DAY)}, -START),
}  # fmt: skip


@pytest.mark.parametrize("said", TIMES)
def test_the_time_of_an_event(shop: Shop, said: str) -> None:
    event, outer, expected = TIMES[said]
    assert stored(shop, track(**event), **outer) == expected


@pytest.mark.parametrize("said", TIMES)
def test_the_time_of_a_single_call(shop: Shop, said: str) -> None:
    event, outer, expected = TIMES[said]
    shop.post("/v1/track", {**track(), **outer, **event})
    assert [found.t - START for found in shop.events()] == [expected]


@pytest.mark.parametrize("skew", [-3_650 * DAY, -3 * HOUR, 0, 1, 3 * HOUR, 300 * DAY])
def test_a_wrong_clock_changes_nothing_as_long_as_it_is_equally_wrong(shop: Shop, skew: int) -> None:
    events = [track(timestamp=iso(START + skew - age), messageId=str(age)) for age in (0, 1, 999, HOUR)]
    shop.batch(*events, sentAt=iso(START + skew))
    assert [event.t for event in shop.events()] == [START, START - 1, START - 999, START - HOUR]


def test_a_stamp_of_the_last_try_gives_the_right_time_and_one_of_the_first_a_late_one(shop: Shop) -> None:
    happened = START - 2 * HOUR
    shop.batch(track("right", timestamp=iso(happened), sentAt=iso(START)))
    shop.batch(track("late", timestamp=iso(happened), sentAt=iso(happened)))
    assert [event.t for event in shop.events()] == [happened, START]


@pytest.mark.parametrize("ms", range(0, 1_000, 37))
def test_no_millisecond_is_lost_on_the_way(shop: Shop, ms: int) -> None:
    assert stored(shop, track(timestamp=iso(START - DAY + ms))) == ms - DAY


def test_the_place_in_the_batch_and_the_page_load_settle_ties(shop: Shop) -> None:
    shop.batch(*(track(messageId=str(n), loadId="l1", seq=9 - n) for n in range(3)))
    assert [(event.index, event.seq, event.load_id) for event in shop.events()] == [
        (0, 9, "l1"),
        (1, 8, "l1"),
        (2, 7, "l1"),
    ]


@pytest.mark.parametrize("seq", [-1, 2**63, 1.5, "1", True, None])
def test_a_counter_that_is_none_counts_as_nothing(shop: Shop, seq: Any) -> None:
    shop.batch(track(seq=seq))
    assert [event.seq for event in shop.events()] == [0]


def test_the_local_day_is_that_of_the_browsers_zone_and_is_fixed_when_it_comes_in(shop: Shop) -> None:
    late = iso(START - START % DAY + 23 * HOUR - DAY)
    shop.batch(track("here", timestamp=late, context={"timezone": "Europe/Berlin"}), track("there", timestamp=late))
    here, there = shop.events()
    assert (here.day - there.day, here.account_day - there.account_day) == (1, 0)
    assert there.day == there.t // DAY
