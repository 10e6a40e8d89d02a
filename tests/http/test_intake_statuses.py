"""What clients do depends on the status: 4xx but 429 is dropped, 429 and 5xx are sent again. So each must be meant."""

from __future__ import annotations

import gzip
from typing import Any

import msgspec
import pytest

from tests.http.shop import KEY, Shop, assert_problem, basic, track
from waypost.settings import LIMITS
from waypost.web.guard import RateLimit

FINAL = {400, 401, 413, 415}  # analytics.js drops the events: sending them again would not help
MEANT = {200, 429, 503} | FINAL
RETRIED_BY_MISTAKE = {408, 410, 460}  # analytics.js sends these again, so none of them may be an answer
PATHS = ("/v1/batch", "/v1/b", "/v1/track", "/v1/i", "/v1/page", "/v1/screen", "/v1/group", "/v1/alias", "/v1/sync")
DEEP = 100_000
ANY = {"batch": [], "user_id": "ivan", "groupId": "acme", "previousId": "anon-1", **track()}  # right for every path

MALFORMED: dict[str, bytes] = {
    "nothing": b"",
    "a space": b" ",
    "a word": b"hello",
    "form data": b"batch=1&writeKey=2",
    "null": b"null",
    "a number": b"7",
    "a text": b'"text"',
    "a list": b"[]",
    "a list of events": msgspec.json.encode([track()]),
    "an empty object": b"{}",
    "no batch": b'{"events":[]}',
    "a batch that is an object": b'{"batch":{}}',
    "a batch that is null": b'{"batch":null}',
    "a batch of half a surrogate pair": b'{"batch":"\\ud800"}',
    "half of it": b'{"batch":[{"type":"tra',
    "a comma too many": b'{"batch":[1,]}',
    "two documents": b"{}{}",
    "single quotes": b"{'batch':[]}",
    "not UTF-8": b'{"batch":[7],"sentAt":"\xff\xfe"}',
    "not UTF-8 and NaN": b'{"batch":[NaN],"x":"\xff"}',
    "UTF-16": '{"batch":7}'.encode("utf-16"),
    "a byte order mark": b"\xef\xbb\xbf{}",
    "NUL": b"\x00\x00\x00",
    "open lists": b"[" * DEEP,
    "open objects": b'{"a":' * DEEP,
    "deep lists": b'{"batch":' + b"[" * DEEP + b"]" * DEEP + b"}",
    "deep context": b'{"batch":[],"context":' + b"[" * DEEP + b"]" * DEEP + b"}",
    "5,000 digits": b'{"batch":' + b"9" * 5_000 + b"}",
    "5,000 digits and NaN": b'{"batch":[NaN],"sentAt":' + b"9" * 5_000 + b"}",
    "gzip that ends early": gzip.compress(b'{"batch":[]}')[:-3],
    "gzip of gzip": gzip.compress(gzip.compress(b'{"batch":[]}')),
    "gzip of nothing": gzip.compress(b""),
    "zlib": b"x\x9c\xabVJJ,I\xceP\xb2\x8a\x8e\xad\x05\x00\x15\x07\x03\x82",
}


@pytest.mark.parametrize("name", MALFORMED)
def test_whatever_is_malformed_is_answered_with_a_status_that_clients_understand(shared: Shop, name: str) -> None:
    """A batch or a sync is 400; one call may be JSON enough to be kept as a reject, which is 200."""
    for path in PATHS:
        answer = shared.post(path, MALFORMED[name])
        assert answer.status_code in MEANT - RETRIED_BY_MISTAKE, (path, answer.text)
        if answer.status_code != 200 or path in ("/v1/batch", "/v1/b", "/v1/sync"):
            assert_problem(answer, 400)
        else:
            assert (answer.json()["accepted"], len(answer.json()["rejected"])) == (0, 1)
    assert shared.events() == []


ODD: dict[str, Any] = {
    "bytes that nobody reads": b'{"batch":[],"x":"\xff\xfe"}',
    "a key that is a list": {"writeKey": [KEY]},
    "a key that is null": {"writeKey": None},
    "a key that is half a surrogate pair": b'{"batch":[],"writeKey":"\\ud800"}',
    "a context that is a text": {"context": "x"},
    "a context of half a surrogate pair": b'{"batch":[7],"context":{"groupId":"\\ud800"}}',
    "a zone that is a list": {"context": {"timezone": ["UTC"]}},
    "a page that is a text": {"context": {"page": "x"}},
    "a library that is a text": {"context": {"library": "x"}},
    "a group that is an object": {"context": {"groupId": {}}},
    "sentAt that is no time": {"sentAt": "yesterday"},
    "sentAt that is an object": {"sentAt": {}},
    "sentAt that is NaN": b'{"batch":[7],"sentAt":NaN}',
    "sentAt that is huge": {"sentAt": 10**30},
    "sentAt that is a book": {"sentAt": "x" * 100_000},
    "sentAt of half a surrogate pair": b'{"batch":[7],"sentAt":"\\ud800"}',
}


@pytest.mark.parametrize("name", ODD)
def test_what_stands_beside_the_events_never_fails_a_batch(shared: Shop, name: str) -> None:
    event = track(timestamp="2027-01-15T08:00:00Z")
    body = ODD[name] if isinstance(ODD[name], bytes) else {"batch": [event, 7], **ODD[name]}
    answer = shared.post("/v1/batch", body)
    assert answer.status_code == 200, answer.text
    assert answer.json()["accepted"] + len(answer.json()["rejected"]) in (0, 1, 2)
    unkeyed = shared.ask("POST", "/v1/batch", content=body if isinstance(body, bytes) else msgspec.json.encode(body))
    assert_problem(unkeyed, 401)


TIMES = ["", "soon", "2027-13-01", "2027-01-15T08:00:60Z", -1, 1e15, True, [], {}, "0000-00-00"]


@pytest.mark.parametrize("value", TIMES, ids=str)
def test_a_time_that_is_none_rejects_its_event_alone(shop: Shop, value: Any) -> None:
    reply = shop.batch(track("a", timestamp=value), track("b"))
    assert [reject["code"] for reject in reply["rejected"]] == ["bad_timestamp"]
    assert [event.name for event in shop.events()] == ["b"]


@pytest.mark.parametrize("path", PATHS)
def test_without_a_key_or_with_a_wrong_one_it_is_401(shared: Shop, path: str) -> None:
    body, before = msgspec.json.encode(ANY), shared.events()
    assert_problem(shared.ask("POST", path, content=body), 401, "no_key")
    for headers in ({"authorization": "Basic ???"}, {"authorization": "Basic"}, {"authorization": "Digest x"}):
        assert_problem(shared.ask("POST", path, content=body, headers=headers), 401, "no_key")
    for key in ("wk_other", KEY + "x", KEY[:-1], KEY.upper(), "ключ", "\x00", " "):
        assert_problem(shared.ask("POST", path, content=body, headers=basic(key)), 401, "unknown_key")
    assert shared.events() == before


@pytest.mark.parametrize("path", PATHS)
def test_a_wrong_key_outside_is_refused_before_the_body_is_read(shared: Shop, path: str) -> None:
    for body in (b"not json", b"x" * (LIMITS.wire_bytes + 1), gzip.compress(b"x" * (LIMITS.inflated_bytes + 1))):
        assert_problem(shared.ask("POST", path, content=body, headers=basic("wk_other")), 401, "unknown_key")


class Time:
    """The clock that rates are measured by."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1_000.25
        monkeypatch.setattr("time.time", lambda: self.now)


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Time:
    return Time(monkeypatch)


@pytest.mark.parametrize("path", PATHS)
def test_a_flood_is_429_and_says_when_to_come_again(shop: Shop, path: str, time: Time) -> None:
    shop.app.state.rate = RateLimit(3, 10)
    assert [shop.post(path, ANY).status_code for _ in range(3)] == [200] * 3
    time.now += 7.5
    answer = shop.post(path, ANY)
    assert_problem(answer, 429, "too_many_requests")
    assert answer.headers["retry-after"] == "3"
    time.now += int(answer.headers["retry-after"])
    assert shop.post(path, ANY).status_code == 200


def test_a_flood_from_one_address_leaves_the_others_alone(shop: Shop, time: Time) -> None:
    shop.app.state.rate = RateLimit(3, 10)
    flood = [shop.post("/v1/batch", {"batch": [track(messageId=n)]}).status_code for n in range(30)]
    assert flood == [200] * 3 + [429] * 27
    assert shop.post("/v1/batch", ANY, client=shop.browser("10.0.0.2")).status_code == 200
    assert len(shop.events()) == 3


def test_an_address_that_a_client_claims_is_not_believed(shop: Shop, time: Time) -> None:
    shop.app.state.rate = RateLimit(3, 10)
    claims = [{"x-forwarded-for": f"1.2.3.{number}", "forwarded": f"for=1.2.3.{number}"} for number in range(5)]
    assert [shop.post("/v1/batch", ANY, claim).status_code for claim in claims] == [200] * 3 + [429] * 2


def test_wrong_keys_spend_nothing_and_are_not_remembered(shop: Shop, time: Time) -> None:
    shop.app.state.rate = RateLimit(3, 10)
    for number in range(50):
        wrong = shop.ask("POST", "/v1/batch", content=b"{}", headers=basic(f"wk_{number}"))
        assert_problem(wrong, 401, "unknown_key")
    assert shop.post("/v1/batch", ANY).status_code == 200


def test_a_broken_body_spends_as_much_as_a_good_one(shop: Shop, time: Time) -> None:
    shop.app.state.rate = RateLimit(3, 10)
    assert [shop.post("/v1/batch", b"junk").status_code for _ in range(4)] == [400] * 3 + [429]


def test_a_request_that_breaks_off_is_no_failure_of_ours(shop: Shop, caplog: pytest.LogCaptureFixture) -> None:
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)

    headers = [(b"authorization", basic(KEY)["authorization"].encode())]
    scope = {"type": "http", "method": "POST", "path": "/v1/batch", "headers": headers, "query_string": b""}
    shop.run(shop.app({**scope, "client": None}, receive, send))
    assert sent[0]["status"] == 400
    assert caplog.records == []
