"""Secret keys: events of any time, and the management API; never in a page, and over at once when revoked."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.http.shop import HOST, ORIGIN, START, Shop, assert_problem, basic, corner, track
from waypost.model import DAY
from waypost.store import keys
from waypost.trust.keys import key_digest

SECRET = "sk_test-secret"
BEARER = {"authorization": f"Bearer {SECRET}"}
EARLIER = {"timestamp": "2026-12-01T08:00:00.000Z"}  # 45 days before START


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    made = Shop(tmp_path / "shop", corner("hello"))
    add(made, SECRET)
    yield made
    made.close()


def add(shop: Shop, key: str) -> int:
    digest = key_digest(key)
    return shop.runtime.store.write_now(lambda tx: keys.add_key(tx, shop.runtime.project_id, "crm", digest, shop.now))


def revoke(shop: Shop, key_id: int) -> bool:
    return shop.runtime.store.write_now(lambda tx: keys.revoke_key(tx, shop.runtime.project_id, key_id, shop.now))


@pytest.mark.parametrize("headers", [BEARER, basic(SECRET), {"x-write-key": SECRET}])
def test_a_server_with_a_secret_key_sets_the_time_of_its_events(shop: Shop, headers: dict[str, str]) -> None:
    body = {"batch": [track("paid", **EARLIER)], "sentAt": "2027-01-15T07:59:00.000Z"}
    assert shop.ask("POST", "/v1/batch", json=body, headers=headers).status_code == 200
    (event,) = shop.events()
    assert (START - event.t, event.received_at, event.active) == (45 * DAY, START, False)


def test_with_the_public_key_the_clock_of_the_sender_is_corrected(shop: Shop) -> None:
    body = {"batch": [track("paid", **EARLIER)], "sentAt": EARLIER["timestamp"]}
    assert shop.ask("POST", "/v1/batch", json=body, headers=basic("wk_test")).status_code == 200
    assert [event.t for event in shop.events()] == [START]


def test_a_secret_key_in_the_body_counts_too(shop: Shop) -> None:
    body = {"writeKey": SECRET, "batch": [track("paid", **EARLIER)]}
    assert shop.ask("POST", "/v1/batch", json=body).status_code == 200
    assert [START - event.t for event in shop.events()] == [45 * DAY]


@pytest.mark.parametrize("key", ["sk_", "sk_wrong", SECRET + "x", SECRET[:-1], "sk_" + key_digest(SECRET)])
def test_another_secret_key_opens_nothing(shop: Shop, key: str) -> None:
    refused = shop.ask("POST", "/v1/batch", json={"writeKey": key, "batch": [track()]})
    assert_problem(refused, 401, "unknown_key")
    assert shop.events() == []


def test_a_secret_key_that_came_to_a_page_is_refused_there(shop: Shop) -> None:
    assert_problem(shop.ask("POST", "/v1/sync", json={"write_key": SECRET, "anon_id": "a"}), 401, "secret_key")
    assert_problem(shop.ask("GET", f"/sourceConfig?writeKey={SECRET}"), 401, "secret_key")
    assert shop.events() == []


def test_the_api_is_open_to_a_secret_key_without_a_cookie_from_anywhere(shop: Shop) -> None:
    for headers in (BEARER, {**BEARER, "origin": "https://crm.example"}):
        assert shop.ask("GET", "/api/tips", shop.browser(), headers=headers).status_code == 200
        pause = {"subject": "g:acme", "until_at": shop.now + DAY}
        assert shop.ask("POST", "/api/pauses", shop.browser(), headers=headers, json=pause).status_code == 200


def test_a_cookie_beside_the_key_is_checked_as_without_it(shop: Shop) -> None:
    shop.sign_in()
    pause = {"subject": "g:acme", "until_at": shop.now + DAY}
    foreign = {**BEARER, "origin": "https://evil.example"}
    assert_problem(shop.ask("POST", "/api/pauses", headers=foreign, json=pause), 403, "cross_site")
    assert shop.ask("POST", "/api/pauses", headers={**BEARER, **ORIGIN}, json=pause).status_code == 200


def test_a_revoked_key_opens_nothing_from_that_moment_on(shop: Shop) -> None:
    other = add(shop, "sk_other")
    headers = {"authorization": "Bearer sk_other"}
    assert shop.ask("GET", f"{HOST}/api/tips", shop.browser(), headers=headers).status_code == 200
    assert revoke(shop, other)
    assert not revoke(shop, other), "once"
    assert_problem(shop.ask("GET", "/api/tips", shop.browser(), headers=headers), 401, "unknown_key")
    assert_problem(shop.ask("POST", "/v1/batch", headers=headers, json={"batch": [track()]}), 401, "unknown_key")
    assert shop.ask("GET", "/api/tips", shop.browser(), headers=BEARER).status_code == 200, "the first one works on"


def test_a_key_of_another_project_opens_nothing_here(shop: Shop) -> None:
    digest = key_digest("sk_foreign")
    shop.runtime.store.write_now(lambda tx: keys.add_key(tx, shop.runtime.project_id + 1, "x", digest, shop.now))
    headers = {"authorization": "Bearer sk_foreign"}
    assert_problem(shop.ask("GET", "/api/tips", shop.browser(), headers=headers), 401, "unknown_key")


def test_the_key_itself_is_nowhere_in_the_database(shop: Shop) -> None:
    kept = b"".join(path.read_bytes() for path in shop.folder.glob("a.db*"))
    assert SECRET.encode() not in kept
    assert key_digest(SECRET).encode() in kept
