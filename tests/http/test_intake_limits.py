"""Every limit on what comes in: at the limit it is taken, one past it is refused with its own code."""

from __future__ import annotations

import gzip
from collections.abc import AsyncIterator
from typing import Any

import httpx
import msgspec
import pytest

from tests.http.shop import KEY, ORIGIN, Shop, assert_problem, basic, corner, track
from waypost.settings import LIMITS


def padded(size: int, *events: dict[str, Any]) -> bytes:
    """A batch of exactly so many bytes."""
    return msgspec.json.encode({"batch": list(events)}).ljust(size)


def sized(size: int) -> dict[str, Any]:
    """An event that is exactly so many bytes as JSON."""
    bare = track(properties={"text": ""})
    event = track(properties={"text": "x" * (size - len(msgspec.json.encode(bare)))})
    assert len(msgspec.json.encode(event)) == size
    return event


def codes(reply: dict[str, Any]) -> list[str]:
    return [reject["code"] for reject in reply["rejected"]]


async def in_chunks(body: bytes) -> AsyncIterator[bytes]:
    for at in range(0, len(body), 65_536):
        yield body[at : at + 65_536]


async def never_read() -> AsyncIterator[bytes]:
    raise AssertionError("the body was read")
    yield b""


def send_in_chunks(shop: Shop, body: bytes) -> httpx.Response:
    answer = shop.ask("POST", "/v1/batch", content=in_chunks(body), headers=basic(KEY))
    assert "content-length" not in answer.request.headers
    return answer


def test_an_event_of_32_kib(shop: Shop) -> None:
    assert LIMITS.event_bytes == 32 * 1024
    assert codes(shop.batch(sized(LIMITS.event_bytes))) == []
    assert codes(shop.batch(sized(LIMITS.event_bytes + 1), track())) == ["too_large"]
    assert len(shop.events()) == 2


def test_a_call_of_32_kib(shop: Shop) -> None:
    assert codes(shop.post("/v1/track", sized(LIMITS.event_bytes)).json()) == []
    assert codes(shop.post("/v1/track", sized(LIMITS.event_bytes + 1)).json()) == ["too_large"]


def test_a_body_of_1_mib_by_its_stated_length(shop: Shop) -> None:
    assert LIMITS.wire_bytes == 1024 * 1024
    assert shop.post("/v1/batch", padded(LIMITS.wire_bytes, track())).status_code == 200
    assert_problem(shop.post("/v1/batch", padded(LIMITS.wire_bytes + 1, track())), 413, "too_large")
    assert len(shop.events()) == 1


def test_a_body_of_1_mib_in_chunks_without_a_length(shop: Shop) -> None:
    assert send_in_chunks(shop, padded(LIMITS.wire_bytes, track())).status_code == 200
    assert_problem(send_in_chunks(shop, padded(LIMITS.wire_bytes + 1, track())), 413, "too_large")
    assert len(shop.events()) == 1


@pytest.mark.parametrize("path", ["/v1/batch", "/v1/track", "/v1/sync"])
def test_a_stated_length_past_the_limit_is_refused_unread(shared: Shop, path: str) -> None:
    headers = {**basic(KEY), "content-length": str(LIMITS.wire_bytes + 1)}
    assert_problem(shared.ask("POST", path, content=never_read(), headers=headers), 413, "too_large")


@pytest.mark.parametrize("lie", ["5", "-1", "many", "\xb2"])
def test_a_stated_length_that_is_wrong_is_not_believed(shared: Shop, lie: str) -> None:
    headers = {**basic(KEY), "content-length": lie}
    body = in_chunks(padded(LIMITS.wire_bytes + 1, track()))
    sent = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
    assert_problem(shared.ask("POST", "/v1/batch", content=body, headers=sent), 413, "too_large")


@pytest.mark.parametrize("path", ["/v1/batch", "/v1/track", "/v1/sync"])
def test_4_mib_inflated(shop: Shop, path: str) -> None:
    assert LIMITS.inflated_bytes == 4 * 1024 * 1024
    plain = msgspec.json.encode({"batch": [track()], "user_id": "ivan", **track()})
    assert shop.post(path, gzip.compress(plain.ljust(LIMITS.inflated_bytes), 1)).status_code == 200
    assert_problem(shop.post(path, gzip.compress(plain.ljust(LIMITS.inflated_bytes + 1), 1)), 413, "too_large")


MEGABYTES = gzip.compress(bytes(10_000_000), 9)


@pytest.mark.parametrize("members", [1, 10, 100], ids=["10 MB", "100 MB", "1 GB"])
@pytest.mark.parametrize("path", ["/v1/b", "/v1/t", "/v1/sync"])
def test_a_bomb_is_413(shared: Shop, path: str, members: int) -> None:
    bomb = MEGABYTES * members
    assert len(bomb) < LIMITS.wire_bytes
    assert_problem(shared.post(path, bomb), 413, "too_large")


def test_a_batch_of_2500_events(shop: Shop) -> None:
    assert LIMITS.batch_events == 2_500
    events = [track(messageId=number) for number in range(LIMITS.batch_events)]
    assert shop.batch(*events)["accepted"] == LIMITS.batch_events
    assert_problem(shop.post("/v1/batch", {"batch": [*events, track("one more")]}), 413, "too_large")
    assert len(shop.events()) == LIMITS.batch_events
    poisoned = b'{"batch":[NaN%s]}' % (b",7" * LIMITS.batch_events)
    assert_problem(shop.post("/v1/batch", poisoned), 413, "too_large")


@pytest.mark.parametrize("letter", ["x", "ж", "😀"])
def test_an_event_name_of_200_characters(shop: Shop, letter: str) -> None:
    assert LIMITS.name_chars == 200
    reply = shop.batch(track(letter * LIMITS.name_chars), track(letter * (LIMITS.name_chars + 1)))
    assert codes(reply) == ["name_too_long"]
    assert [event.name for event in shop.events()] == [letter * LIMITS.name_chars]


IDS: dict[str, dict[str, Any]] = {
    "userId": track(),
    "anonymousId": track(),
    "messageId": track(),
    "loadId": track(),
    "pageViewId": track(),
    "groupId": {"type": "group", "userId": "ivan"},
    "previousId": {"type": "alias", "userId": "ivan"},
}


@pytest.mark.parametrize("name", IDS)
def test_an_id_of_128_characters(shop: Shop, name: str) -> None:
    assert LIMITS.id_chars == 128
    for letter in "xж😀":
        fits, exceeds = letter * LIMITS.id_chars, letter * (LIMITS.id_chars + 1)
        assert codes(shop.batch({**IDS[name], name: fits})) == []
        reply = shop.batch({**IDS[name], name: exceeds})
        assert codes(reply) == ["id_too_long"]
        assert name in reply["rejected"][0]["reason"]


def test_a_group_in_the_context_of_128_characters(shop: Shop) -> None:
    assert codes(shop.batch(track(context={"groupId": "g" * LIMITS.id_chars}))) == []
    assert codes(shop.batch(track(context={"groupId": "g" * (LIMITS.id_chars + 1)}))) == ["id_too_long"]
    assert codes(shop.batch(track(), context={"groupId": "g" * (LIMITS.id_chars + 1)})) == ["id_too_long"]


@pytest.mark.parametrize("name", ["user_id", "anon_id", "load_id", "page_view_id"])
def test_an_id_of_a_sync_of_128_characters(shared: Shop, name: str) -> None:
    fits = {"user_id": "ivan", name: "x" * LIMITS.id_chars}
    assert shared.post("/v1/sync", fits).status_code == 200
    assert_problem(shared.post("/v1/sync", {**fits, name: "x" * (LIMITS.id_chars + 1)}), 400, "bad_input")


def nested(depth: int, wrap: str) -> dict[str, Any]:
    """Properties that are `depth` objects or lists deep, themselves included."""
    value: Any = 1
    for _ in range(depth - 1):
        value = {"a": value} if wrap == "objects" else [value]
    return {"a": value}


@pytest.mark.parametrize("wrap", ["objects", "lists"])
def test_properties_16_levels_deep(shop: Shop, wrap: str) -> None:
    assert LIMITS.json_depth == 16
    deepest = nested(LIMITS.json_depth, wrap)
    reply = shop.batch(track(properties=deepest), track(properties=nested(LIMITS.json_depth + 1, wrap)))
    assert codes(reply) == ["too_deep"]
    assert [event.props for event in shop.events()] == [deepest]


@pytest.mark.parametrize("call", ["identify", "group"])
def test_traits_16_levels_deep_and_not_deeper(shop: Shop, call: str) -> None:
    reply = shop.batch(
        {"type": call, "userId": "ivan", "groupId": "acme", "traits": nested(LIMITS.json_depth, "lists")},
        {"type": call, "userId": "ivan", "groupId": "acme", "traits": nested(LIMITS.json_depth + 1, "lists")},
    )
    assert codes(reply) == ["too_deep"]


@pytest.mark.parametrize("call", ["identify", "group"])
def test_200_traits(shop: Shop, call: str) -> None:
    assert LIMITS.traits == 200
    fits = {f"trait {number}": number for number in range(LIMITS.traits)}
    one = {"type": call, "userId": "ivan", "groupId": "acme"}
    reply = shop.batch({**one, "traits": {**fits, "none": None}}, {**one, "traits": {**fits, "one more": 1}})
    assert codes(reply) == ["too_many_traits"]
    assert [event.props for event in shop.events()] == [fits]


@pytest.mark.parametrize(("value", "code"), [(2**63 - 1, []), (2**63, ["number_too_large"])])
@pytest.mark.parametrize("sign", [1, -1])
def test_a_whole_number_of_64_bits(shared: Shop, value: int, code: list[str], sign: int) -> None:
    assert codes(shared.batch(track(properties={"n": [sign * value]}))) == code


def names(shop: Shop) -> list[str]:
    return [event.name for event in shop.events()]


def test_so_many_event_names_in_a_project_and_no_more(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    assert LIMITS.event_names == 5_000
    monkeypatch.setattr(LIMITS, "event_names", 3)
    assert codes(shop.batch(track("a"), track("b"), track("a"))) == []
    reply = shop.batch(*(track(name, messageId=f"{name}-{n}") for n, name in enumerate("cdad$")))
    assert [(r["index"], r["message_id"], r["code"]) for r in reply["rejected"]] == [
        (1, "d-1", "too_many_names"),
        (3, "d-3", "too_many_names"),
        (4, "$-4", "reserved_name"),
    ]
    assert names(shop) == ["a", "b", "a", "c", "a"]
    assert codes(shop.batch(track("c", messageId="c"), track("e", messageId="e"))) == ["too_many_names"]


def test_names_that_are_our_own_are_never_too_many(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(LIMITS, "event_names", 1)
    ours = (
        {"type": call, "userId": "u", "groupId": "g", "previousId": "x"}
        for call in ("page", "identify", "group", "alias")
    )
    assert codes(shop.batch(track("a"), *ours, track("b"))) == ["too_many_names"]
    assert names(shop) == ["a", "page_viewed", "$identify", "$group", "$link"]


def test_names_of_a_live_rule_are_never_too_many(shop: Shop, monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    monkeypatch.setattr(LIMITS, "event_names", 1)
    ruled = Shop(tmp_path / "ruled", corner("a", trigger={"when": {"did": {"event": "exported"}}}))
    assert codes(ruled.batch(track("a"), track("b"), track("exported"))) == ["too_many_names"]
    assert names(ruled) == ["a", "exported"]
    ruled.close()


def test_feedback_on_a_tip_is_stored_when_names_are_used_up(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    shop = Shop(tmp_path / "shop", corner("hello", surface="inline", anchor="a"))
    shop.batch(track("a"))
    monkeypatch.setattr(LIMITS, "event_names", 1)
    (offer,) = shop.sync()["offers"]
    reply = shop.sync(feedback=[{"offer_id": offer["offer_id"], "what": "viewed"}], events=[track("b")])
    assert (reply["accepted"], codes(reply), reply["refused"]) == (0, ["too_many_names"], [])
    assert names(shop) == ["a", "$tip"]
    shop.close()


def test_what_the_console_sends_is_bounded_before_anybody_is_signed_in(shop: Shop) -> None:
    shop.sign_in()
    body = msgspec.json.encode({"password": "wrong"})
    full = body.ljust(64 * 1024)
    assert_problem(shop.ask("POST", "/api/login", content=full, headers=ORIGIN), 401, "wrong_password")
    assert_problem(shop.ask("POST", "/api/login", content=full + b" ", headers=ORIGIN), 413, "too_large")
    assert_problem(shop.ask("POST", "/api/login", content=in_chunks(full * 2), headers=ORIGIN), 413, "too_large")
    assert_problem(
        shop.ask("POST", "/api/v1/tasks/1/done", content=in_chunks(full * 2), headers=ORIGIN), 413, "too_large"
    )
