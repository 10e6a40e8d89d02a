"""What could not be accepted is kept with its reason, and comes back as if it had been accepted in the first place."""

from __future__ import annotations

import asyncio
import gzip
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import pytest
from typer.testing import CliRunner

from tests.http.shop import KEY, START, Shop, basic, corner, track
from waypost.cli import app as command_line
from waypost.model import HOUR, SECOND, Event
from waypost.service.journal import accept_again
from waypost.settings import LIMITS

STRICT = {"name_chars": 10, "id_chars": 12, "json_depth": 3, "traits": 4, "event_bytes": 600, "event_names": 6}


@pytest.fixture
def strict(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Limits that are far too low; `undo` mends them."""
    for name, value in STRICT.items():
        monkeypatch.setattr(LIMITS, name, value)
    return monkeypatch


def again(shop: Shop) -> list[str]:
    """Try all that wait once more: why those are still refused that are."""

    async def work() -> list[str]:
        return await asyncio.gather(*(accept_again(shop.runtime, reject) for reject in shop.rejects()))

    return [why_not for why_not in shop.run(work()) if why_not]


def post_all(shop: Shop, requests: list[tuple[str, Any]], together: int = 1) -> list[dict[str, Any]]:
    """Send them, so many at once and a second apart. The replies."""

    async def send(path: str, body: Any) -> dict[str, Any]:
        content = body if isinstance(body, bytes) else msgspec.json.encode(body)
        answer = await shop.client.post(path, content=content, headers=basic(KEY))
        assert answer.status_code == 200, answer.text
        reply: dict[str, Any] = answer.json()
        return reply

    async def work() -> list[dict[str, Any]]:
        replies: list[dict[str, Any]] = []
        for start in range(0, len(requests), together):
            shop.now += SECOND
            replies += await asyncio.gather(*(send(*request) for request in requests[start : start + together]))
        return replies

    return shop.run(work())


LONG = "x" * 40
REFUSED: dict[str, tuple[str, Any]] = {
    # each is refused for one limit that is too low, and says something that stands outside of its body
    "a name": ("/v1/track", {"event": LONG, "userId": "ivan"}),
    "a name, by letter": ("/v1/t", {"event": LONG, "userId": "ivan", "messageId": "m1", "ageMs": 5}),
    "an id": ("/v1/track", {"event": "a", "userId": LONG}),
    "traits": ("/v1/identify", {"userId": "ivan", "traits": {str(n): n for n in range(9)}, "type": "track"}),
    "traits of a group": ("/v1/group", {"userId": "ivan", "groupId": "acme", "traits": {str(n): n for n in range(9)}}),
    "depth": ("/v1/page", {"userId": "ivan", "properties": {"path": "/a/7", "a": [[[[[1]]]]]}}),
    "size": ("/v1/screen", {"userId": "ivan", "name": "Home", "properties": {"text": "y" * 600}}),
    "an alias": ("/v1/alias", {"userId": "ivan", "previousId": LONG}),
    "a clock that is wrong": (
        "/v1/batch",
        {"batch": [track(LONG, timestamp=START - 9 * HOUR)], "sentAt": START - 8 * HOUR},
    ),
    "the context of a batch": (
        "/v1/batch",
        {
            "batch": [track("a"), track(LONG, messageId="m1"), track(LONG)],
            "context": {
                "groupId": "acme",
                "timezone": "Asia/Tokyo",
                "library": {"name": "analytics.js", "version": "5"},
                "campaign": {"name": "z" * 5_000},
            },
        },
    ),
    "a group of the batch": ("/v1/batch", {"batch": [track("a")], "context": {"groupId": LONG}}),
    "a sync": (
        "/v1/sync",
        {
            "user_id": "ivan",
            "anon_id": "anon-1",
            "load_id": "l1",
            "page_view_id": "p1",
            "sent_at": START,
            "context": {"tz": "Asia/Tokyo"},
            "events": [{"type": "track", "event": "a"}, {"type": "track", "event": LONG, "seq": 4, "ageMs": 700}],
        },
    ),
    "an anonymous sync": ("/v1/sync", {"anon_id": "anon-1", "events": [{"type": "track", "event": LONG}]}),
    "names": ("/v1/batch", {"batch": [track(f"n{n}", context={"channel": "web"}) for n in range(9)], "sentAt": START}),
    "names in a sync": (
        "/v1/sync",
        {"user_id": "ivan", "page_view_id": "p1", "events": [{"type": "track", "event": f"n{n}", "ageMs": n} for n in range(9)]},
    ),
    "what was poisoned beside it": ("/v1/batch", b'{"batch":[{"type":"track","event":"%s","userId":"ivan"},{"x":1}],"y":NaN}' % LONG.encode()),
}  # fmt: skip


def by_id(events: list[Event]) -> list[Event]:
    return sorted(events, key=lambda event: (event.received_at, event.index, event.message_id))


@pytest.mark.parametrize("what", REFUSED)
def test_a_second_try_gives_the_very_event_that_the_first_would_have_given(
    tmp_path: Path, what: str, strict: pytest.MonkeyPatch
) -> None:
    path, body = REFUSED[what]
    first, second = Shop(tmp_path / "first"), Shop(tmp_path / "second")
    (reply,) = post_all(second, [(path, body)])
    assert reply["rejected"]
    unmendable = [reject for reject in reply["rejected"] if reject["code"] == "unknown_type"]
    assert len(second.rejects()) == len(reply["rejected"])
    strict.undo()
    post_all(first, [(path, body)])
    second.now += HOUR
    assert len(again(second)) == len(unmendable)
    expected = by_id(first.events())
    assert by_id(second.events()) == expected
    assert expected[-1].received_at == START + SECOND
    first.close()
    second.close()


def test_a_second_try_is_one_event_and_not_another_reject(shop: Shop, strict: pytest.MonkeyPatch) -> None:
    shop.batch(track(LONG, messageId="m1"), track("bad id", LONG))
    assert len(again(shop)) == 2, "nothing was mended yet"
    assert len(shop.rejects()) == 2
    strict.undo()
    assert again(shop) == []
    assert again(shop) == []
    assert (shop.rejects(), len(shop.rejects(waiting=False)), len(shop.events())) == ([], 2, 2)


def test_names_that_are_still_too_many_stay_as_they_are(shop: Shop, strict: pytest.MonkeyPatch) -> None:
    shop.batch(*(track(f"n{n}", messageId=f"m{n}") for n in range(9)))
    kept = shop.rejects()
    assert [reject.code for reject in kept] == ["too_many_names"] * 3
    assert all(why_not.startswith("too_many_names: ") for why_not in again(shop))
    assert shop.rejects() == kept
    strict.setattr(LIMITS, "event_names", 8)
    assert len(again(shop)) == 1
    assert [event.name for event in shop.events()] == [f"n{n}" for n in range(8)]


def test_an_event_that_arrived_meanwhile_is_a_duplicate_and_the_reject_is_done(
    shop: Shop, strict: pytest.MonkeyPatch
) -> None:
    shop.batch(track(LONG, messageId="m1"))
    strict.undo()
    shop.batch(track("short", messageId="m1"))
    assert again(shop) == []
    assert ([event.name for event in shop.events()], shop.rejects()) == (["short"], [])


def test_a_body_is_kept_as_received_and_cut_at_the_limit(shop: Shop) -> None:
    body = msgspec.json.encode(track(properties={"text": "ж" * LIMITS.event_bytes}))
    shop.post("/v1/batch", b'{"batch":[%s,{ "type" :"x"}]}' % body)
    long, short = shop.rejects()
    assert (long.body, long.size, long.code) == (body[: LIMITS.rejects_bytes], len(body), "too_large")
    assert (short.body, short.size, short.position) == (b'{ "type" :"x"}', 14, 1)
    assert long.lacking == f"cut: only the first {LIMITS.rejects_bytes} of its {len(body)} bytes were kept"
    assert short.lacking == ""


def test_what_was_cut_cannot_be_tried_again_and_says_so(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.batch(track(properties={"text": "x" * LIMITS.event_bytes}))
    monkeypatch.setattr(LIMITS, "event_bytes", 1_000_000)
    (why_not,) = again(shop)
    assert why_not.startswith("cut: only the first 32768 of its ")
    assert (shop.events(), len(shop.rejects())) == ([], 1)


def test_a_body_at_the_limit_is_kept_whole(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(LIMITS, "event_bytes", 100)
    monkeypatch.setattr(LIMITS, "rejects_bytes", 200)
    fits, exceeds = (msgspec.json.encode(track(LONG)).ljust(size) for size in (200, 201))
    for body in (fits, exceeds):
        shop.post("/v1/track", body)
    monkeypatch.undo()
    assert again(shop) == ["cut: only the first 200 of its 201 bytes were kept"]
    assert len(shop.events()) == 1


def test_what_a_request_says_beside_its_events_is_bounded_too(shop: Shop, strict: pytest.MonkeyPatch) -> None:
    for size in (3_000, 5_000):
        shop.batch(*[track(LONG, messageId=size)] * 2, context={"page": {"title": "t" * size}})
    strict.undo()
    assert again(shop) == ["cut: what its request said beside it was too large to keep"] * 2
    assert [event.message_id for event in shop.events()] == ["3000"]


def test_a_context_that_is_too_deep_to_keep_does_not_fail_the_request(shop: Shop) -> None:
    for depth in range(100, 1_000, 25):
        page = b'{"page":' * depth + b"1" + b"}" * depth
        answer = shop.post("/v1/batch", b'{"batch":[7],"context":%s}' % page)
        assert answer.status_code in (200, 400), answer.text


def test_each_project_has_rejects_of_its_own(shop: Shop) -> None:
    shop.batch(7)
    shop.runtime.project_id += 1
    assert shop.rejects() == []


FAULTS = ("name_too_long", "id_too_long", "too_deep", "too_many_traits", "too_large", "too_many_names")
HOPELESS = ("unknown_type", "no_identity", "not_an_object", "not_json", "no_name", "reserved_name", "bad_timestamp")


def random_event(random: Random, serial: int) -> bytes:
    """A call as clients send them: two of three are fine, one breaks a limit or makes no sense."""
    user = f"u{random.randrange(200)}"
    who: dict[str, Any] = random.choice(
        [{"userId": user}, {"anonymousId": f"a-{user}"}, {"userId": user, "anonymousId": f"a-{user}"}]
    )
    when = random.choice([{}, {"ageMs": random.randrange(9_999)}, {"timestamp": START - random.randrange(HOUR)}])
    named = random.choice([{"messageId": f"m{serial}"}, {}])
    event: dict[str, Any] = {
        "type": "track",
        "event": f"n{random.randrange(4)}",
        "serial": serial,
        **who,
        **when,
        **named,
    }
    match random.choice(
        ["", "", "", "", "", "", "", "", "", "", "", "", "", "", "page", "group", *FAULTS, *HOPELESS]
    ):
        case "page":
            event |= {"type": "page", "properties": {"path": f"/deals/{serial}"}}
        case "group":
            event |= {"type": "group", "groupId": random.choice(["acme", "globex"]), "userId": user}
        case "name_too_long":
            event["event"] = LONG
        case "id_too_long":
            event["userId"] = LONG
        case "too_deep":
            event["properties"] = {"a": [[[[serial]]]]}
        case "too_many_traits":
            event |= {"type": "identify", "traits": {str(n): n for n in range(9)}}
        case "too_large":
            event["properties"] = {"text": "y" * 600}
        case "too_many_names":
            event["event"] = f"id-{serial}"
        case "unknown_type":
            event["type"] = "vote"
        case "no_identity":
            event |= {"userId": None, "anonymousId": ""}
        case "not_an_object":
            return b"[]"
        case "not_json":
            return b'{"type":"track","event":NaN}'
        case "no_name":
            event["event"] = " "
        case "reserved_name":
            event["event"] = "$tip"
        case "bad_timestamp":
            event |= {"timestamp": "soon", "ageMs": None}
    return msgspec.json.encode(event)


def random_request(random: Random, serial: int) -> tuple[str, bytes, int]:
    """(path, body, number of events)"""
    events = [random_event(random, serial * 100 + n) for n in range(random.randrange(1, 8))]
    listed = b"[" + b",".join(events) + b"]"
    sent = msgspec.json.encode(random.choice([None, START, START + HOUR]))
    if b"NaN" not in listed and random.random() < 0.3:
        user = b"u%d" % random.randrange(200)
        ids = b'"user_id":"%s","anon_id":"a-%s","load_id":"l1","page_view_id":"p1"' % (user, user)
        return "/v1/sync", b'{%s,"sent_at":%s,"events":%s}' % (ids, sent, listed), len(events)
    context = random.choice(
        [{}, {"groupId": "acme", "timezone": "Asia/Tokyo"}, {"channel": "browser", "big": "z" * 999}]
    )
    body = b'{"sentAt":%s,"context":%s,"batch":%s}' % (sent, msgspec.json.encode(context), listed)
    return "/v1/batch", random.choice([body, gzip.compress(body, 1)]), len(events)


def test_of_1000_random_batches_nothing_is_lost_and_all_that_can_be_mended_comes_back(
    tmp_path: Path, strict: pytest.MonkeyPatch
) -> None:
    random = Random(6)
    requests = [random_request(random, serial) for serial in range(1_000)]
    shop, straight = Shop(tmp_path / "shop"), Shop(tmp_path / "straight")
    replies = post_all(shop, [(path, body) for path, body, _ in requests], together=50)
    for (_, _, number), reply in zip(requests, replies, strict=True):
        assert reply["accepted"] + len(reply["rejected"]) == number
        assert all(reject["code"] and reject["reason"] for reject in reply["rejected"])
    kept = shop.rejects()
    assert sorted(r["code"] for reply in replies for r in reply["rejected"]) == sorted(reject.code for reject in kept)
    assert {reject.code for reject in kept} == {*FAULTS, *HOPELESS}
    assert all(reject.reason and reject.body for reject in kept)

    strict.undo()
    mendable = [reject for reject in kept if reject.code in FAULTS]
    still = again(shop)
    assert len(still) == len(kept) - len(mendable)
    assert {why_not.partition(":")[0] for why_not in still} == set(HOPELESS)
    post_all(straight, [(path, body) for path, body, _ in requests], together=50)
    assert {e.message_id: without_account(e) for e in shop.events()} == {
        e.message_id: without_account(e) for e in straight.events()
    }
    shop.close()
    straight.close()


def without_account(event: Event) -> Event:
    """An account is that which was known when the event came in: a later try may know more."""
    return msgspec.structs.replace(event, account_id=None, account_day=0)


def run(shop: Shop, *arguments: str) -> str:
    """`waypost rejects` as another process runs it."""
    environment = {
        "WAYPOST_DATABASE_URL": shop.runtime.settings.database_url,
        "WAYPOST_RULES": str(shop.folder),
        "WAYPOST_WRITE_KEY": KEY,
    }
    result = CliRunner().invoke(command_line, ["rejects", *arguments], env=environment, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def test_the_command_lists_what_waits_with_its_reason(shop: Shop) -> None:
    assert run(shop) == "No rejected events are waiting.\n"
    shop.batch(track("", messageId="m1"), track(properties={"text": "x" * LIMITS.event_bytes}))
    first, body, second, cut, lacking = run(shop).splitlines()
    assert first == '#1  2027-01-15 08:00:00 UTC  no_name: "event" is missing'
    assert body == '    {"type":"track","event":"","userId":"ivan","messageId":"m1"}'
    assert second.startswith("#2  2027-01-15 08:00:00 UTC  too_large: 328")
    assert (len(cut), cut[-2:]) == (165, "x…")
    assert lacking.startswith("    cannot be tried again, cut: only the first 32768 of its 328")
    assert run(shop, "--limit", "1").splitlines() == [first, body]


def test_the_command_tries_all_of_them_and_says_which_are_still_refused(
    shop: Shop, strict: pytest.MonkeyPatch
) -> None:
    shop.batch(*([7] * 300), *(track(LONG, messageId=n) for n in range(300)), track("$own"))
    strict.undo()
    lines = run(shop, "--replay").splitlines()
    assert lines[0] == "#1  not_an_object: an event is a JSON object"
    assert lines[-2].startswith("#601  reserved_name: ")
    assert (len(lines), lines[-1]) == (302, "300 of 601 accepted now")
    assert len(shop.events()) == 300
    assert run(shop, "--replay").splitlines()[-1] == "0 of 301 accepted now"


def test_an_event_that_comes_back_makes_its_rule_true_as_if_it_had_been_there(
    tmp_path: Path, strict: pytest.MonkeyPatch
) -> None:
    rule = corner("hello", surface="inline", anchor="a", trigger={"when": {"did": {"event": LONG, "last": "7d"}}})
    shop = Shop(tmp_path / "shop", rule)
    told = {"type": "page", "ageMs": 60_000}
    assert shop.sync(events=[told, {"type": "track", "event": LONG}])["offers"] == []
    strict.undo()
    assert again(shop) == []
    assert [offer["tip"] for offer in shop.sync()["offers"]] == ["hello"]
    shop.close()


def test_rejects_of_a_batch_that_was_not_stored_are_not_kept_either(shop: Shop) -> None:
    shop.disk.error = OSError(5, "Input/output error")
    content = b'{"batch":[7]}'
    assert shop.ask("POST", "/v1/batch", content=content, headers=basic(KEY)).status_code == 503
    assert shop.rejects() == []
