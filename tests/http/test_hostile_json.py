"""Whatever is sent, in whatever form: no answer says that we failed, and what is stored can be read again."""

from __future__ import annotations

import asyncio
import gzip
import json
from random import Random
from typing import Any

import msgspec
import pytest
from hypothesis import settings

from tests.http.shop import KEY, Shop, basic, corner
from waypost.service.rebuild import verify

BODIES, TOGETHER = settings().max_examples, 100  # 10,000 in the full run
CALLS = ("track", "identify", "page", "screen", "group", "alias")
PATHS = ("/v1/batch", "/v1/batch", "/v1/batch", "/v1/sync", *(f"/v1/{call}" for call in CALLS))
FIELDS = (
    "type", "event", "name", "userId", "anonymousId", "previousId", "groupId", "messageId", "properties", "traits", "context",
    "timestamp", "originalTimestamp", "sentAt", "ageMs", "seq", "loadId", "pageViewId", "channel",
)  # fmt: skip
BESIDE = (
    "sentAt",
    "context",
    "writeKey",
    "user_id",
    "anon_id",
    "load_id",
    "page_view_id",
    "sent_at",
    "preview",
    "debug",
    "feedback",
)
INNER = (
    "path",
    "route",
    "page",
    "library",
    "userAgent",
    "groupId",
    "name",
    "tip",
    "what",
    "__proto__",
    "__class__",
    "$a",
    "a.b",
    "",
)
ODD: tuple[Any, ...] = (
    None, True, False, 0, -1, 1.5, -0.0, float("nan"), float("inf"), 2**53, 2**63, -(2**64), 10**40, 1e-320,
    "", " ", "ivan", "a\x00b", "\ud800", "\udfff\ud800", "\u202egpj", "\ufeff", "ж" * 200, "\U0001f600" * 60, "x" * 300,
    "2027-01-15T08:00:00Z", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z", "-1", "NaN", "{}", "\\", '"', "</script>",
    1_800_000_000_000, 99_999_999_999_999, "$tip", "$identify", "page_viewed", "u:ivan", "g:acme", [], {},
)  # fmt: skip


def wild(random: Random, depth: int = 0) -> Any:
    if depth > 5 or random.random() < 0.7:
        return random.choice(ODD)
    if random.random() < 0.1:
        return json.loads("[" * 17 + "]" * 17)
    if random.random() < 0.5:
        return [wild(random, depth + 1) for _ in range(random.randrange(4))]
    return {random.choice((*INNER, "\ud800", "x" * 99)): wild(random, depth + 1) for _ in range(random.randrange(4))}


def wild_event(random: Random) -> Any:
    if random.random() < 0.05:
        return wild(random)
    plain = {"type": random.choice(CALLS), "event": "opened", "userId": "ivan", "groupId": "acme", "previousId": "x"}
    return plain | {name: wild(random) for name in random.sample(FIELDS, random.randrange(5))}


def wild_body(random: Random, path: str) -> bytes:
    """A request for this path, now and then with a byte that is wrong or a gzip around it."""
    events = [wild_event(random) for _ in range(random.randrange(6))]
    beside = {name: wild(random) for name in random.sample(BESIDE, random.randrange(3))}
    if path == "/v1/batch":
        body: Any = {**beside, "batch": events}
    elif path == "/v1/sync":
        body = {"user_id": "ivan", "events": events, **{k: v for k, v in beside.items() if random.random() < 0.3}}
    else:
        body = events[0] if events else {}
    raw = bytearray(json.dumps(body, ensure_ascii=random.random() < 0.9).encode(errors="surrogatepass"))
    if random.random() < 0.1:
        raw[random.randrange(len(raw))] = random.randrange(256)
    return gzip.compress(raw, 1) if random.random() < 0.1 else bytes(raw)


@pytest.fixture
def requests() -> list[tuple[str, bytes]]:
    random = Random(9)
    paths = [random.choice(PATHS) for _ in range(BODIES)]
    return [(path, wild_body(random, path)) for path in paths]


def test_wild_bodies_and_not_one_failure_of_ours(tmp_path: Any, requests: list[tuple[str, bytes]]) -> None:
    rules = (
        corner(
            "a", trigger={"when": {"and": [{"did": {"event": "opened", "min": 2}}, {">": [{"var": "user.name"}, 3]}]}}
        ),
        corner("b", trigger={"on": {"event": "opened", "where": {"==": [{"var": "event.name"}, "ivan"]}}}),
    )
    shop = Shop(tmp_path / "shop", *rules)

    async def send(path: str, body: bytes) -> tuple[int, Any]:
        answer = await shop.client.post(path, content=body, headers=basic(KEY))
        return answer.status_code, answer.json()

    async def work() -> list[tuple[int, Any]]:
        replies: list[tuple[int, Any]] = []
        for start in range(0, len(requests), TOGETHER):
            replies += await asyncio.gather(*(send(*request) for request in requests[start : start + TOGETHER]))
        return replies

    replies = shop.run(work())
    failed = [request for request, (status, _) in zip(requests, replies, strict=True) if status not in (200, 400)]
    assert failed == []
    taken = [reply for status, reply in replies if status == 200]
    assert len(taken) > BODIES // 2
    assert sum(reply["accepted"] for reply in taken) > BODIES // 4
    assert sum(len(reply["rejected"]) for reply in taken) == len(shop.rejects())
    assert verify(shop.runtime.store, shop.runtime.project_id, shop.runtime.rules.plan) == []
    assert all(msgspec.json.encode(event) for event in shop.events())
    shop.close()
