"""An event is acknowledged when the disk has it, once however often it is sent, and not before."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import pytest

from tests.http.shop import KEY, Shop, assert_problem, basic, track
from waypost.store.events import append, count_events
from waypost.store.projects import ensure_project
from waypost.store.sqlite import Tx

BODY = {"batch": [track()], "user_id": "ivan", **track(), "groupId": "acme", "previousId": "anon-1"}
WRITES = (
    "/v1/batch",
    "/v1/b",
    "/v1/track",
    "/v1/identify",
    "/v1/page",
    "/v1/screen",
    "/v1/group",
    "/v1/alias",
    "/v1/sync",
)


@pytest.mark.parametrize("path", WRITES)
@pytest.mark.parametrize(
    "error", [sqlite3.OperationalError("disk I/O error"), OSError(5, "Input/output error")], ids=["SQLite", "EIO"]
)
def test_a_commit_that_fails_is_503_and_nothing_is_stored(shop: Shop, path: str, error: Exception) -> None:
    shop.disk.error = error
    answer = shop.post(path, BODY)
    assert_problem(answer, 503, "storage")
    assert int(answer.headers["retry-after"]) > 0
    assert shop.events() == []


def test_after_an_io_error_nothing_more_is_acknowledged_until_a_restart(shop: Shop) -> None:
    shop.disk.error = OSError(5, "Input/output error")
    shop.post("/v1/batch", BODY)
    shop.disk.error = None  # the disk says it is well again, but what it swallowed is unknown
    for _ in range(3):
        assert_problem(shop.post("/v1/batch", BODY), 503, "storage")
    assert_problem(shop.ask("GET", "/readyz"), 503, "storage")
    assert shop.ask("GET", "/healthz").status_code == 200
    shop.restart()
    assert shop.batch(track())["accepted"] == 1
    assert len(shop.events()) == 1


def test_a_full_disk_is_503_and_mends_itself_when_there_is_room(shop: Shop) -> None:
    shop.batch(track("before"))
    shop.disk.error = sqlite3.OperationalError("database or disk is full")
    assert_problem(shop.post("/v1/batch", BODY), 503, "storage")
    shop.disk.error = None
    shop.batch(track("after", messageId="after"))
    assert [event.name for event in shop.events()] == ["before", "after"]


async def turns() -> None:
    """Let everything that can go on without the disk go on."""
    for _ in range(200):
        await asyncio.sleep(0)


@pytest.mark.parametrize("path", WRITES)
def test_no_reply_leaves_before_the_commit_returned(shop: Shop, path: str) -> None:
    async def scenario() -> tuple[bool, int]:
        shop.disk.free.clear()
        shop.disk.reached.clear()
        content = msgspec.json.encode(BODY)
        request = asyncio.create_task(shop.client.post(path, content=content, headers=basic(KEY)))
        assert await asyncio.to_thread(shop.disk.reached.wait, 60)
        await turns()
        early = request.done()
        shop.disk.free.set()
        return early, (await request).status_code

    assert shop.run(scenario()) == (False, 200)


def test_batches_that_arrive_together_share_a_commit(shop: Shop) -> None:
    async def send(number: int) -> int:
        body = msgspec.json.encode({"batch": [track(messageId=number)]})
        return (await shop.client.post("/v1/batch", content=body, headers=basic(KEY))).status_code

    async def scenario() -> tuple[list[int], int]:
        shop.disk.free.clear()
        shop.disk.reached.clear()
        first = asyncio.create_task(send(0))
        assert await asyncio.to_thread(shop.disk.reached.wait, 60)
        before = shop.disk.commits
        others = [asyncio.create_task(send(number)) for number in range(1, 101)]
        await turns()
        shop.disk.free.set()
        return [await task for task in (first, *others)], shop.disk.commits - before

    statuses, commits = shop.run(scenario())
    assert statuses == [200] * 101
    assert commits == 2, "the first by itself, the hundred that came meanwhile in one"
    assert len(shop.events()) == 101


def test_one_batch_that_fails_in_a_shared_commit_fails_alone(shop: Shop) -> None:
    def on_facts(_unit: Any, subject: str, _now: int) -> None:
        if subject == "u:unlucky":
            raise RuntimeError("a bug of ours")

    shop.runtime.on_facts = on_facts

    async def send(user: str) -> int:
        body = msgspec.json.encode({"batch": [track(user=user)]})
        return (await shop.client.post("/v1/batch", content=body, headers=basic(KEY))).status_code

    async def scenario() -> list[int]:
        return list(await asyncio.gather(send("ivan"), send("unlucky"), send("olga")))

    assert shop.run(scenario()) == [200, 500, 200]
    assert [event.user_id for event in shop.events()] == ["ivan", "olga"]


def test_10000_events_sent_five_times_in_any_order_and_over_restarts_count_once(shop: Shop) -> None:
    random = Random(11)
    sends = [number for number in range(10_000) for _ in range(5)]
    random.shuffle(sends)
    accepted = duplicates = 0
    for start in range(0, len(sends), 1_000):
        if start in (15_000, 35_000):
            shop.restart()
        numbers = sends[start : start + 1_000]
        reply = shop.batch(*(track(f"n{n % 7}", user=f"u{n % 40}", messageId=f"m{n}") for n in numbers))
        accepted, duplicates = accepted + reply["accepted"], duplicates + reply["duplicates"]
    assert (accepted, duplicates) == (50_000, 40_000)
    assert sorted(event.message_id for event in shop.events()) == sorted(f"m{n}" for n in range(10_000))


def test_one_id_many_times_inside_one_batch_counts_once(shop: Shop) -> None:
    reply = shop.batch(*[track(messageId="m1")] * 50)
    assert (reply["accepted"], reply["duplicates"], len(shop.events())) == (50, 49, 1)


@pytest.mark.parametrize(
    "message_id", ["m1", "6a3e1c52-8f5b-4a0e-9d51-0f7f4f0c2b11", "6A3E1C52-8F5B-4A0E-9D51-0F7F4F0C2B11"]
)
def test_the_first_body_under_an_id_wins_and_the_second_is_counted(shop: Shop, message_id: str) -> None:
    shop.batch(track("first", messageId=message_id, properties={"n": 1}))
    reply = shop.batch(track("second", user="olga", messageId=message_id, properties={"n": 2}))
    assert (reply["accepted"], reply["duplicates"], reply["rejected"]) == (1, 1, [])
    (event,) = shop.events()
    assert (event.name, event.user_id, event.props, event.message_id) == ("first", "ivan", {"n": 1}, message_id)


def test_ids_that_differ_in_case_are_two(shop: Shop) -> None:
    ids = ["6a3e1c52-8f5b-4a0e-9d51-0f7f4f0c2b11", "6A3E1C52-8F5B-4A0E-9D51-0F7F4F0C2B11", "m", "M"]
    assert shop.batch(*(track(messageId=one) for one in ids))["duplicates"] == 0
    assert [event.message_id for event in shop.events()] == ids


def test_the_same_id_in_another_project_is_another_event(shop: Shop) -> None:
    shop.batch(track(messageId="m1"))
    (event,) = shop.events()

    def job(tx: Tx) -> tuple[list[int | None], int, int]:
        other = ensure_project(tx, "wk_other", "other", shop.now)
        placed = append(tx, other.id, [("u:ivan", event), ("u:ivan", event)])
        return placed, count_events(tx, shop.runtime.project_id), count_events(tx, other.id)

    (first, second), ours, theirs = shop.runtime.store.write_now(job)
    assert first is not None
    assert second is None
    assert (ours, theirs) == (1, 1)


def test_a_dated_event_without_an_id_counts_once_however_often_it_is_sent(shop: Shop) -> None:
    event = track(timestamp="2027-01-15T07:00:00Z")
    for _ in range(3):
        shop.now += 5_000
        shop.batch(event)
    (stored,) = shop.events()
    assert stored.message_id.startswith("made-")


@pytest.mark.parametrize("fields", [{}, {"timestamp": None}, {"originalTimestamp": None, "ageMs": 10}], ids=str)
def test_an_undated_event_without_an_id_happened_each_time(shop: Shop, fields: dict[str, Any]) -> None:
    shop.batch(track(**fields), track(**fields))
    shop.now += 1
    shop.batch(track(**fields))
    assert len({event.message_id for event in shop.events()}) == 3


def test_what_was_acknowledged_is_there_after_a_restart(tmp_path: Path) -> None:
    shop = Shop(tmp_path / "shop")
    shop.batch(track("a"), track("b"))
    before = shop.events()
    shop.restart()
    assert shop.events() == before
    assert len(before) == 2
    shop.close()
