"""The calls of Segment's HTTP tracking API: what is sent, under which name it is stored, and how the key may come."""

from __future__ import annotations

import gzip
from typing import Any

import msgspec
import pytest

from tests.http.shop import KEY, START, Shop, assert_problem, basic, track
from waypost.model import GROUP, IDENTIFY, LINK, PAGE

IVAN = {"userId": "ivan", "messageId": "m1"}
CALLS: dict[str, tuple[str, dict[str, Any], str, dict[str, Any]]] = {
    # call: (letter, body, stored name, stored properties)
    "track": ("t", {"event": "report_exported", "properties": {"n": 3, "x": None}}, "report_exported", {"n": 3}),
    "identify": ("i", {"traits": {"plan": "pro", "gone": None}}, IDENTIFY, {"plan": "pro"}),
    "page": ("p", {"name": "Deals", "properties": {"path": "/deals/7"}}, PAGE, {"route": "/deals/:id", "name": "Deals", "path": "/deals/7"}),
    "screen": ("s", {"name": "Deals"}, PAGE, {"route": "Deals", "name": "Deals"}),
    "group": ("g", {"groupId": "acme", "traits": {"seats": 5}}, GROUP, {"seats": 5}),
    "alias": ("a", {"previousId": "anon-1"}, LINK, {}),
}  # fmt: skip
DONE = {"success": True, "accepted": 1, "duplicates": 0, "rejected": []}


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("short", [False, True], ids=["whole word", "one letter"])
def test_each_call_is_stored_under_its_name(shop: Shop, call: str, short: bool) -> None:
    letter, body, name, props = CALLS[call]
    answer = shop.post(f"/v1/{letter if short else call}", {**IVAN, **body})
    assert (answer.status_code, answer.json()) == (200, DONE)
    (event,) = shop.events()
    assert (event.name, event.props, event.user_id, event.message_id) == (name, props, "ivan", "m1")
    assert (event.t, event.received_at) == (START, START)


@pytest.mark.parametrize("call", CALLS)
def test_each_call_may_stand_in_a_batch_and_says_its_type(shop: Shop, call: str) -> None:
    _, body, name, props = CALLS[call]
    shop.batch({"type": call, **IVAN, **body})
    (event,) = shop.events()
    assert (event.name, event.props) == (name, props)


@pytest.mark.parametrize("path", ["/v1/batch", "/v1/b"])
def test_a_batch_has_two_names(shop: Shop, path: str) -> None:
    answer = shop.post(path, {"batch": [track("a"), track("b")]})
    assert (answer.status_code, answer.json()) == (200, {**DONE, "accepted": 2})
    assert [event.name for event in shop.events()] == ["a", "b"]


def test_the_endpoint_says_the_type_whatever_the_body_says(shop: Shop) -> None:
    shop.post("/v1/track", {**IVAN, "type": "identify", "event": "opened"})
    assert [event.name for event in shop.events()] == ["opened"]


def test_the_context_of_a_batch_holds_for_each_event_and_an_events_own_wins(shop: Shop) -> None:
    shop.batch(
        track("a"),
        track("b", context={"groupId": "other"}),
        context={"groupId": "acme", "timezone": "Asia/Tokyo", "channel": "browser"},
    )
    a, b = shop.events()
    assert (a.account_id, a.tz, a.active) == ("acme", "Asia/Tokyo", True)
    assert (b.account_id, b.tz, b.active) == ("other", "Asia/Tokyo", True)


@pytest.mark.parametrize(
    ("context", "active"),
    [
        ({"library": {"name": "analytics.js"}}, True),
        ({"library": {"name": "RudderLabs JavaScript SDK"}}, True),
        ({"channel": "mobile"}, True),
        ({"userAgent": "Mozilla/5.0"}, True),
        ({"library": {"name": "analytics-node"}}, False),
        ({"channel": "server", "userAgent": "Mozilla/5.0"}, False),
        ({}, False),
    ],
)
def test_only_what_a_browser_or_phone_sent_counts_as_use(shop: Shop, context: dict[str, Any], active: bool) -> None:
    shop.batch(track(context=context), {"type": "identify", "userId": "ivan", "context": context})
    assert [event.active for event in shop.events()] == [active, False]


def test_an_id_may_be_a_number(shop: Shop) -> None:
    shop.batch({"type": "track", "event": "opened", "userId": 42, "messageId": 7})
    (event,) = shop.events()
    assert (event.user_id, event.message_id) == ("42", "7")


def test_the_snippets_own_fields_are_kept(shop: Shop) -> None:
    shop.batch(track(loadId="l1", pageViewId="p1", seq=3, ageMs=1_500))
    (event,) = shop.events()
    assert (event.load_id, event.page_view_id, event.seq, event.t) == ("l1", "p1", 3, START - 1_500)


KEYS: dict[str, dict[str, Any]] = {
    "Basic, as user name": {"headers": basic(KEY)},
    "Basic, in any case": {"headers": {"authorization": basic(KEY)["authorization"].replace("Basic", "bASIC")}},
    "Bearer": {"headers": {"authorization": f"Bearer {KEY}"}},
    "X-Write-Key": {"headers": {"x-write-key": KEY}},
    "query": {"params": {"writeKey": KEY}},
    "query beside an empty Basic": {"params": {"writeKey": KEY}, "headers": basic("")},
}


@pytest.mark.parametrize("how", KEYS)
@pytest.mark.parametrize(
    ("path", "body"),
    [("/v1/batch", {"batch": [track()]}), ("/v1/t", track()), ("/v1/sync", {"user_id": "ivan"})],
    ids=["batch", "call", "sync"],
)
def test_the_key_may_come_in_many_ways(shared: Shop, how: str, path: str, body: dict[str, Any]) -> None:
    answer = shared.ask("POST", path, content=msgspec.json.encode(body), **KEYS[how])
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/batch", {"batch": [track()], "writeKey": KEY}),
        ("/v1/t", {**track(), "writeKey": KEY}),
        ("/v1/sync", {"user_id": "ivan", "write_key": KEY}),
    ],
    ids=["batch", "call", "sync"],
)
def test_the_key_may_stand_in_the_body_as_beacons_send_it(shared: Shop, path: str, body: dict[str, Any]) -> None:
    assert shared.ask("POST", path, content=msgspec.json.encode(body)).status_code == 200
    wrong = msgspec.json.encode(body).replace(KEY.encode(), b"wk_other")
    assert_problem(shared.ask("POST", path, content=wrong), 401, "unknown_key")


def test_a_wrong_key_outside_is_not_mended_by_a_right_one_in_the_body(shop: Shop) -> None:
    body = msgspec.json.encode({"batch": [track()], "writeKey": KEY})
    assert_problem(shop.ask("POST", "/v1/batch", content=body, headers=basic("wk_other")), 401, "unknown_key")
    assert shop.events() == []


TYPES = ["", "application/json", "text/plain", "text/plain;charset=UTF-8", "application/octet-stream", "image/png"]


@pytest.mark.parametrize("content_type", TYPES)
def test_a_body_is_json_by_its_content_not_by_its_label(shop: Shop, content_type: str) -> None:
    headers = {"content-type": content_type} if content_type else {}
    assert shop.post("/v1/b", {"batch": [track()]}, headers).json() == DONE


GZIPPED = gzip.compress(msgspec.json.encode({"batch": [track()]}))


@pytest.mark.parametrize("label", ["gzip", "GZIP", "x-gzip", "identity", "", None])
def test_gzip_is_seen_in_the_bytes_whatever_the_label(shop: Shop, label: str | None) -> None:
    headers = {} if label is None else {"content-encoding": label}
    assert shop.post("/v1/b", GZIPPED, headers).json() == DONE


def test_a_plain_body_under_a_gzip_label_is_read(shop: Shop) -> None:
    assert shop.post("/v1/b", {"batch": [track()]}, {"content-encoding": "gzip"}).json() == DONE


def test_gzip_in_several_members_is_one_body(shop: Shop) -> None:
    plain = msgspec.json.encode({"batch": [track("a"), track("b"), track("c")]})
    members = [gzip.compress(plain[at : at + 40]) for at in range(0, len(plain), 40)]
    assert len(members) > 2
    assert shop.post("/v1/b", b"".join(members)).json() == {**DONE, "accepted": 3}


@pytest.mark.parametrize("label", ["br", "zstd", "deflate", "compress", "gzip, gzip", "gzip, br", "snappy"])
def test_other_and_stacked_encodings_are_415(shared: Shop, label: str) -> None:
    assert_problem(shared.post("/v1/b", GZIPPED, {"content-encoding": label}), 415, "unsupported_encoding")


@pytest.mark.parametrize(
    "broken", [GZIPPED[:-1], GZIPPED[:20], GZIPPED[:2], GZIPPED[:-5] + b"xxxxx", GZIPPED + b"junk", b"\x1f\x8b junk"]
)
def test_broken_gzip_is_400(shared: Shop, broken: bytes) -> None:
    assert_problem(shared.post("/v1/b", broken), 400, "bad_gzip")


def test_a_batch_is_taken_in_part_with_a_reason_for_each_that_is_not(shop: Shop) -> None:
    reply = shop.batch(
        track("a", messageId="m0"),
        track("", messageId="m1"),
        {"type": "vote", "userId": "ivan", "messageId": "m2"},
        "no object",
        track("b", messageId="m4"),
        {"type": "track", "event": "c", "messageId": "m5"},
    )
    assert [event.name for event in shop.events()] == ["a", "b"]
    assert reply == {
        "success": True,
        "accepted": 2,
        "duplicates": 0,
        "rejected": [
            {"index": 1, "message_id": "m1", "code": "no_name", "reason": '"event" is missing'},
            {
                "index": 2,
                "message_id": "m2",
                "code": "unknown_type",
                "reason": "\"type\" is 'vote'; it is one of track, identify, page, screen, group, alias",
            },
            {"index": 3, "message_id": None, "code": "not_an_object", "reason": "an event is a JSON object"},
            {
                "index": 5,
                "message_id": "m5",
                "code": "no_identity",
                "reason": 'neither "userId" nor "anonymousId" is there',
            },
        ],
    }


def test_a_batch_of_nothing_but_rejects_is_200_too_for_sending_it_again_would_not_help(shop: Shop) -> None:
    reply = shop.batch(track(""), track("$mine"), 7)
    assert (reply["accepted"], len(reply["rejected"])) == (0, 3)
    assert len(shop.rejects()) == 3


@pytest.mark.parametrize(
    "poison", [b'{"x":NaN}', b'{"x":"\\ud800"}', b'{"x":1e999}', b'{"x":"\xff"}', b'{"x":-Infinity}']
)
def test_one_poisoned_event_does_not_cost_its_batch(shop: Shop, poison: bytes) -> None:
    good = msgspec.json.encode(track())
    answer = shop.post("/v1/batch", b'{"batch":[%s,%s,%s]}' % (good, poison, good.replace(b"opened", b"closed")))
    assert answer.status_code == 200, answer.text
    assert (answer.json()["accepted"], [r["code"] for r in answer.json()["rejected"]]) == (2, ["not_json"])
    assert [event.name for event in shop.events()] == ["opened", "closed"]


def test_one_poisoned_call_is_rejected_like_one_in_a_batch(shop: Shop) -> None:
    answer = shop.post("/v1/track", b'{"event":"opened","userId":"ivan","properties":{"x":NaN}}')
    assert (answer.status_code, answer.json()["rejected"][0]["code"]) == (200, "not_json")
    assert [reject.code for reject in shop.rejects()] == ["not_json"]
