"""The life of a rule over the management API: versions and what changed, the way back, states, and whom they reach."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from tests.http.shop import ORIGIN, START, Shop, assert_problem, corner, track
from waypost.model import DAY, MINUTE
from waypost.web.background import alerts_hook, reload_rules, run_due, watch

PAGE = {"type": "page", "properties": {"route": "/deals"}, "ageMs": MINUTE}
HELLO = corner("hello", surface="hotspot", anchor="x")
ALERT = {
    "id": "quiet",
    "kind": "alert",
    "text": {"en": {"title": "Quiet"}},
    "trigger": {"on": {"clock": True}, "when": {"inactive": {"for": "14d", "scope": "account"}}},
}


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    """`hello` in its second version; somebody is signed in."""
    made = Shop(tmp_path / "shop", HELLO, ALERT)
    made.sync(events=[PAGE])
    made.sign_in()
    made.now += MINUTE
    write(made, {**HELLO, "text": {"en": {"title": "Louder"}}})
    assert made.run(reload_rules(made.runtime))
    yield made
    made.close()


def write(shop: Shop, document: dict[str, Any]) -> None:
    (shop.folder / "tips" / f"{document['id']}.json").write_bytes(msgspec.json.encode(document))


def versions(shop: Shop, tip: str = "hello", **query: Any) -> dict[str, Any]:
    answer = shop.ask("GET", f"/api/tips/{tip}/versions", params=query)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def post(shop: Shop, what: str, tip: str = "hello", **body: Any) -> httpx.Response:
    return shop.ask("POST", f"/api/tips/{tip}/{what}", json=body, headers=ORIGIN)


def state(shop: Shop, tip: str = "hello") -> str:
    return str(next(one["state"] for one in shop.ask("GET", "/api/tips").json()["tips"] if one["id"] == tip))


def titles(shop: Shop) -> list[str]:
    return ["".join(offer["content"]["title"]) for offer in shop.sync()["offers"]]


def test_versions_are_listed_with_what_changed_between_the_last_two(shop: Shop) -> None:
    found = versions(shop)
    assert found["versions"] == [
        {"version": 2, "live_from": START + MINUTE, "live_until": None, "author": "folder", "message": "", "state": "live"},
        {"version": 1, "live_from": START, "live_until": START + MINUTE, "author": "folder", "message": "", "state": "live"},
    ]  # fmt: skip
    assert (found["from"], found["to"], found["differs"], found["state"]) == (1, 2, False, "live")
    assert [change["path"] for change in found["changes"]] == ["text.en.body", "text.en.title"]
    assert versions(shop, **{"from": 2, "to": 2})["changes"] == []


def test_a_rollback_is_what_people_see_next_and_the_folder_is_said_to_differ(shop: Shop) -> None:
    assert titles(shop) == ["Louder"]
    made = post(shop, "rollback", to=1, by="Ann", message="too loud").json()
    assert (made["version"]["version"], made["version"]["author"], made["differs"]) == (3, "Ann", True)
    assert titles(shop) == ["hello"]
    assert shop.ask("GET", "/api/tips").json()["differs"] == ["hello"]
    shop.run(watch(shop.runtime))
    shop.restart()
    assert titles(shop) == ["hello"]


def test_a_changed_document_is_published_as_a_new_version(shop: Shop) -> None:
    live = shop.ask("GET", "/api/tips/hello").json()["rule"]
    draft = {**live, "text": {"en": {"title": "Softer", "body": "A body"}}}
    made = post(shop, "publish", document=draft, by="Ann", message="too loud").json()
    assert (made["version"]["version"], made["version"]["author"], made["version"]["message"]) == (
        3,
        "Ann",
        "too loud",
    )
    assert titles(shop) == ["Softer"]
    assert_problem(post(shop, "publish", document=draft, message="again"), 422, "no_change")
    post(shop, "rollback", message="as it was")
    assert titles(shop) == ["Louder"]


def test_a_document_with_a_mistake_is_not_published(shop: Shop) -> None:
    live = shop.ask("GET", "/api/tips/hello").json()["rule"]
    wrong = assert_problem(post(shop, "publish", document={**live, "trigger": {"whn": True}}, message="x"), 422)
    assert "trigger" in wrong["detail"]
    assert "when" in wrong["detail"], "what was probably meant"
    big = {**live, "note": "x" * 65_536}
    assert_problem(post(shop, "publish", document=big, message="x"), 422, "too_large")
    assert len(versions(shop)["versions"]) == 2


def test_a_rule_goes_through_its_states(shop: Shop) -> None:
    seen = []
    for step in ("paused", "live", "shadow", "live", "retired"):
        made = post(shop, "state", state=step, by="Ann").json()
        assert (made["state"], made["version"]["state"], state(shop)) == (step, step, step)
        seen.append((step, titles(shop)))
    assert seen == [
        (step, ["Louder"] if step == "live" else []) for step in ("paused", "live", "shadow", "live", "retired")
    ]
    assert versions(shop)["moves"] == []
    assert [one["state"] for one in versions(shop)["versions"]] == [
        "retired",
        "live",
        "shadow",
        "live",
        "paused",
        "live",
        "live",
    ]


REFUSED: list[tuple[str, dict[str, Any], int, str]] = [
    ("rollback", {"to": 9, "message": "x"}, 404, "not_found"),
    ("rollback", {"to": 2, "message": "x"}, 422, "no_change"),
    ("rollback", {"to": 1}, 422, "bad_parameter"),
    ("rollback", {"to": 1, "message": " "}, 422, "bad_parameter"),
    ("rollback", {"to": "1", "message": "x"}, 422, "bad_parameter"),
    ("rollback", {"to": 1, "message": "a\nb"}, 422, "bad_parameter"),
    ("rollback", {"to": 1, "message": "x" * 501}, 422, "bad_parameter"),
    ("publish", {"message": "x"}, 422, "bad_parameter"),
    ("publish", {"document": {"id": "other"}, "message": "x"}, 422, "bad_parameter"),
    ("publish", {"document": {"id": "hello"}}, 422, "bad_parameter"),
    ("state", {}, 422, "bad_parameter"),
    ("state", {"state": "gone"}, 422, "bad_parameter"),
    ("state", {"state": "draft"}, 422, "no_such_move"),
    ("state", {"state": "live"}, 422, "no_such_move"),
    ("state", {"state": "paused", "by": "x" * 101}, 422, "bad_parameter"),
]


@pytest.mark.parametrize(("what", "body", "status", "code"), REFUSED)
def test_what_cannot_be_done_changes_nothing(
    shop: Shop, what: str, body: dict[str, Any], status: int, code: str
) -> None:
    assert_problem(post(shop, what, **body), status, code)
    assert len(versions(shop)["versions"]) == 2


def test_an_unknown_rule_has_no_versions_and_no_state(shop: Shop) -> None:
    assert_problem(shop.ask("GET", "/api/tips/zzz/versions"), 404)
    assert_problem(post(shop, "rollback", "zzz", message="x"), 404)
    assert_problem(post(shop, "state", "zzz", state="paused"), 404)
    assert_problem(shop.ask("GET", "/api/tips/hello/versions?from=7"), 422, "bad_parameter")


def test_an_alert_cannot_run_in_shadow_and_stays_live(shop: Shop) -> None:
    found = assert_problem(post(shop, "state", "quiet", state="shadow"), 422)
    assert "an alert shows nothing to anybody" in found["detail"]
    assert versions(shop, "quiet")["state"] == "live"


def test_tasks_of_a_paused_alert_stay_and_those_of_a_retired_one_end(shop: Shop) -> None:
    shop.runtime.on_facts = alerts_hook
    shop.batch({"type": "group", "userId": "ivan", "groupId": "acme", "traits": {"name": "Acme"}}, track())
    shop.now += 15 * DAY
    shop.run(run_due(shop.runtime))
    shop.sign_in()  # the session is over

    def tasks(which: str) -> list[str]:
        return [task["closed_by"] for task in shop.ask("GET", f"/api/v1/tasks?state={which}").json()["tasks"]]

    assert tasks("open") == [""]
    post(shop, "state", "quiet", state="paused")
    assert (tasks("open"), shop.run(run_due(shop.runtime))) == ([""], 0)
    post(shop, "state", "quiet", state="retired")
    assert (tasks("open"), tasks("done")) == ([], ["rule_removed"])
