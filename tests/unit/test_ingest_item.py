"""One call to one event: routes, instants, and what is read of a context."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from waypost.ingest.item import CONTEXT, EPOCH, Refusal, Said, event_time, instant, relevant, route_of, to_event
from waypost.model import DAY, Event, subject_of, subjects_of

NOW = 1_800_000_000_000

ROUTES = {
    "/": "/",
    "": "/",
    "/deals": "/deals",
    "/deals/7": "/deals/:id",
    "/deals/7/": "/deals/:id/",
    "/deals/7/notes/12": "/deals/:id/notes/:id",
    "/deals/007": "/deals/:id",
    "/deals/7a": "/deals/7a",
    "/deals/6a3e1c52-8f5b-4a0e-9d51-0f7f4f0c2b11": "/deals/:id",
    "/deals/6A3E1C52-8F5B-4A0E-9D51-0F7F4F0C2B11/edit": "/deals/:id/edit",
    "/deals/6a3e1c52-8f5b-4a0e-9d51": "/deals/6a3e1c52-8f5b-4a0e-9d51",
    "/deals?id=7": "/deals",
    "/deals/7?tab=2#top": "/deals/:id",
    "/#/deals/7": "/",
    "?a=1": "/",
    "/v2/deals": "/v2/deals",
    "/сделки/7": "/сделки/:id",
    "/deals/٣": "/deals/:id",
    "Home": "Home",
}


@pytest.mark.parametrize("path", ROUTES)
def test_numbers_and_uuids_of_a_path_are_ids(path: str) -> None:
    assert route_of(path) == ROUTES[path]


def event_of(context: dict[str, Any] | None = None, **fields: Any) -> Event:
    item = {"type": "page", "userId": "ivan", **fields}
    return to_event(item, b"{}", Said(context=context or {}), index=0, received_at=NOW)


PAGES: list[tuple[dict[str, Any], str]] = [
    ({"properties": {"route": "/deals/:id", "path": "/x"}}, "/deals/:id"),
    ({"properties": {"route": 7, "path": "/deals/7"}}, "/deals/:id"),
    ({"properties": {"path": "/deals/7"}, "context": {"page": {"path": "/x"}}}, "/deals/:id"),
    ({"context": {"page": {"path": "/deals/7"}}, "name": "Deals"}, "/deals/:id"),
    ({"name": "Deals"}, "Deals"),
    ({"properties": {"name": "Deals"}, "name": "Other"}, "Deals"),
    ({"context": {"page": "no object"}}, "/"),
    ({}, "/"),
    ({"properties": {"path": "/" + "a" * 5_000}}, "/" + "a" * 2_047),
]


@pytest.mark.parametrize(("fields", "route"), PAGES)
def test_the_route_of_a_page_is_what_is_said_else_its_path_else_its_name(fields: dict[str, Any], route: str) -> None:
    assert event_of(**fields).props["route"] == route


INSTANTS: list[tuple[Any, int]] = [
    (0, 0),
    (NOW, NOW),
    (1.9, 1),
    ("2027-01-15T08:00:00Z", NOW),
    ("2027-01-15T08:00:00.001Z", NOW + 1),
    ("2027-01-15T08:00:00.0019Z", NOW + 1),
    ("2027-01-15T08:00:00+00:00", NOW),
    ("2027-01-15T11:00:00+03:00", NOW),
    ("20270115T080000Z", NOW),
    (" 2027-01-15 08:00 ", NOW),
    ("2027-01-16", NOW + DAY - 8 * 3_600_000),
    ("1969-12-31T23:59:59.999Z", -1),
]


@pytest.mark.parametrize(("value", "ms"), INSTANTS)
def test_an_instant_is_iso_8601_or_ms(value: Any, ms: int) -> None:
    assert instant(value, "timestamp") == ms


@given(st.datetimes(timezones=st.just(UTC)))
def test_every_millisecond_is_read_as_it_was_written(at: datetime) -> None:
    at = at.replace(microsecond=at.microsecond // 1_000 * 1_000)
    assert EPOCH + timedelta(milliseconds=instant(at.isoformat(), "timestamp")) == at


@pytest.mark.parametrize(
    "value", [None, "", "soon", -1, 1e14, float("nan"), float("inf"), True, [], {}, "24:00", "2027-02-30"]
)
def test_anything_else_is_no_instant(value: Any) -> None:
    with pytest.raises(Refusal, match="is not a time"):
        instant(value, "timestamp")


@given(st.integers(0, 2 * NOW), st.one_of(st.none(), st.integers(0, 2 * NOW)), st.booleans())
def test_no_event_is_later_than_its_reception_nor_before_1970(at: int, sent_at: int | None, trusted: bool) -> None:
    assert 0 <= event_time({"timestamp": at}, NOW, sent_at, trusted=trusted) <= NOW


@given(st.integers(0, NOW), st.integers(0, DAY), st.integers(-NOW, NOW))
def test_a_skew_of_the_clock_changes_nothing(at: int, later: int, skew: int) -> None:
    def corrected(by: int) -> int:
        return event_time({"timestamp": at + by}, NOW, at + by + later, trusted=False)

    if at + skew >= 0:
        assert corrected(skew) == corrected(0) == max(0, NOW - later)


def test_a_trusted_caller_is_taken_at_its_word_but_not_for_the_future() -> None:
    assert event_time({"timestamp": NOW - DAY}, NOW, NOW - DAY, trusted=True) == NOW - DAY
    assert event_time({"timestamp": NOW - DAY}, NOW, NOW - DAY, trusted=False) == NOW
    assert event_time({"timestamp": NOW + DAY}, NOW, NOW, trusted=True) == NOW


WORDS = st.sampled_from(
    ["acme", "Asia/Tokyo", "browser", "server", "analytics.js", "Mozilla/5.0", "/deals/7", "", "x" * 200]
)
CONTEXTS = st.dictionaries(
    st.sampled_from([*CONTEXT, "ip", "traits", "campaign", "os", "group_id", "anonymousId", "userId", "sentAt"]),
    st.one_of(WORDS, st.none(), st.integers(-9, 9), st.dictionaries(st.sampled_from(["name", "path", "id"]), WORDS, max_size=2)),
    max_size=6,
)  # fmt: skip


@given(CONTEXTS, CONTEXTS, st.sampled_from(["track", "identify", "page", "screen", "group", "alias"]))
@settings(max_examples=500)
def test_what_is_left_out_of_a_context_means_nothing(outer: dict[str, Any], own: dict[str, Any], kind: str) -> None:
    """`relevant` says what is kept with a reject: were something missing, another try would give another event."""
    item = {"type": kind, "event": "a", "userId": "ivan", "groupId": "acme", "previousId": "x", "context": own}

    def outcome(context: dict[str, Any]) -> Any:
        try:
            return to_event(item, b"{}", Said(context=context), index=0, received_at=NOW)
        except Refusal as refusal:
            return refusal.code, refusal.reason

    assert outcome(outer) == outcome(relevant(outer))


def test_only_a_trusted_caller_may_speak_of_an_account_alone() -> None:
    call = {"groupId": "acme", "traits": {"plan": "pro"}}
    event = to_event(call, b"{}", Said(kind="group", trusted=True), index=0, received_at=NOW)
    assert (event.account_id, event.user_id, event.anon_id, event.props) == ("acme", None, None, {"plan": "pro"})
    assert subject_of(event.user_id, event.anon_id, event.account_id) == "g:acme"
    assert subjects_of("g:acme", event) == ["g:acme"]
    assert subjects_of("u:ivan", event) == ["u:ivan", "g:acme"]
    for said in (Said(kind="group"), Said(kind="track", trusted=True)):
        with pytest.raises(Refusal) as refused:
            to_event({**call, "event": "x"}, b"{}", said, index=0, received_at=NOW)
        assert refused.value.code == "no_identity"
