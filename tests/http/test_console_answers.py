"""What the console asks and gets: tips with their numbers, why, and the tasks that a person works through."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.http.shop import ORIGIN, START, Shop, assert_problem, corner, track
from tests.http.test_console_access import QUIET
from waypost.model import DAY, HOUR, MINUTE
from waypost.web.background import alerts_hook, run_due

PAGE = {"type": "page", "ageMs": MINUTE}
NOW = START + 15 * DAY


@pytest.fixture(scope="module")
def shop(module_path: Path) -> Iterator[Shop]:
    """Three people saw a tip, one clicked it; their account has been quiet since; somebody is signed in."""
    tip = corner("hello", surface="inline", anchor="a", repeat={"mode": "once"})
    made = Shop(module_path / "shop", tip, QUIET)
    made.runtime.on_facts = alerts_hook
    made.batch({"type": "group", "userId": "ivan", "groupId": "acme", "traits": {"name": "Acme"}}, track())
    for user in ("ivan", "olga", "petr"):
        reply = made.sync(user, anon_id=f"anon-{user}", events=[{**PAGE, "messageId": user}])
        offer = reply["offers"][0]["offer_id"]
        told = [{"offer_id": offer, "what": what} for what in ("viewed", "clicked")[: 1 + (user == "olga")]]
        made.sync(user, anon_id=f"anon-{user}", feedback=told)
    made.now = NOW
    made.run(run_due(made.runtime))
    made.sign_in()
    yield made
    made.close()


def get(shop: Shop, path: str) -> Any:
    answer = shop.ask("GET", path)
    assert answer.status_code == 200, answer.text
    return answer.json()


def change(shop: Shop, what: str, body: Any = None, task: int = 1) -> Any:
    return shop.ask("POST", f"/api/v1/tasks/{task}/{what}", json=body or {}, headers=ORIGIN)


def test_me_says_where_one_is(shop: Shop) -> None:
    me = get(shop, "/api/me")
    assert (me["now"], me["demo"], me["rules"]["problems"]) == (NOW, False, [])
    assert (me["rules"]["folder"], me["rules"]["backfill"]) == (str(shop.folder), None)


def test_tips_are_listed_with_their_numbers_and_alerts_are_not_among_them(shop: Shop) -> None:
    (tip,) = get(shop, "/api/tips")["tips"]
    assert (tip["id"], tip["state"], tip["version"], tip["surface"]) == ("hello", "live", 1, "inline")
    counts = {name: tip["28"][name] for name in ("shown", "engaged", "dismissed")}
    assert counts == {"shown": 3, "engaged": 1, "dismissed": 0}
    assert tip["7"]["shown"] == 0, "15 days have passed"
    assert (sum(tip["daily"]), len(tip["daily"])) == (3, 28)


def test_one_tip_comes_with_its_document_and_its_versions(shop: Shop) -> None:
    tip = get(shop, "/api/tips/hello")
    assert tip["rule"]["id"] == "hello"
    assert tip["versions"] == [{"version": 1, "live_from": START, "live_until": None}]
    assert tip["content"]["en"]["title"]


@pytest.mark.parametrize("tip", ["nope", "quiet", "%00", "hello%20", "x" * 3_000])
def test_a_tip_that_is_not_live_is_404(shop: Shop, tip: str) -> None:
    assert_problem(shop.ask("GET", f"/api/tips/{tip}"), 404, "not_found")
    assert_problem(shop.ask("GET", f"/api/tips/{tip}/people"), 404, "not_found")


def test_people_come_in_pages(shop: Shop) -> None:
    path = "/api/tips/hello/people?limit=2"
    first = get(shop, path)
    assert ([one["user_id"] for one in first["people"]], first["next"], first["total"]) == (
        ["ivan", "olga"],
        "u:olga",
        3,
    )
    second = get(shop, f"{path}&after={first['next']}")
    assert ([one["user_id"] for one in second["people"]], second["next"], second["total"]) == (["petr"], None, 3)
    clicked = get(shop, "/api/tips/hello/people?outcome=clicked")
    assert [one["user_id"] for one in clicked["people"]] == ["olga"]


BAD_PARAMETERS = [
    "/api/tips/hello/people?days=8",
    "/api/tips/hello/people?days=x",
    "/api/tips/hello/people?limit=-1",
    "/api/tips/hello/people?limit=0",
    "/api/tips/hello/people?limit=1.5",
    "/api/tips/hello/people?limit=" + "9" * 16,
    "/api/why",
    "/api/why?user=ivan",
    "/api/why?tip=hello",
    "/api/why?user=ivan&tip=hello&at=now",
    "/api/why?user=ivan&tip=hello&at=%C2%B2",
    "/api/why?user=ivan&tip=hello&at=-1",
    "/api/v1/tasks?state=lost",
]


@pytest.mark.parametrize("path", BAD_PARAMETERS)
def test_a_parameter_that_is_wrong_is_422(shop: Shop, path: str) -> None:
    assert_problem(shop.ask("GET", path), 422, "bad_parameter")


@pytest.mark.parametrize("limit", [1, 200, 201, 999_999_999_999_999])
def test_a_page_has_200_people_at_most(shop: Shop, limit: int) -> None:
    assert get(shop, f"/api/tips/hello/people?limit={limit}")["total"] == 3


@pytest.mark.parametrize("at", [0, 1, START - 1, START, NOW, 999_999_999_999_999])
def test_why_looks_at_any_instant(shop: Shop, at: int) -> None:
    found = get(shop, f"/api/why?user=ivan&tip=hello&at={at}")
    assert found["outcome"] == ("no_decision" if at < START else "held")
    assert found["words"]


def test_why_knows_people_by_id_or_key_and_speaks_russian(shop: Shop) -> None:
    english, russian = (get(shop, f"/api/why?user=u:ivan&tip=hello&lang={lang}")["words"] for lang in ("en", "ru"))
    assert english == get(shop, "/api/why?user=ivan&tip=hello")["words"]
    assert english != russian


TEXT = st.text(max_size=30)


@given(user=TEXT, tip=TEXT, at=TEXT, lang=TEXT, days=TEXT, limit=TEXT, outcome=TEXT, after=TEXT, state=TEXT)
@settings(max_examples=60)
def test_no_parameter_is_a_failure_of_ours(shop: Shop, **said: str) -> None:
    for path in ("/api/tips", "/api/tips/hello", "/api/tips/hello/people", "/api/why", "/api/v1/tasks"):
        answer = shop.ask("GET", path, params=said)
        assert answer.status_code in (200, 422), answer.text


def test_the_inbox_has_the_task_with_all_that_it_takes_to_call(shop: Shop) -> None:
    inbox = get(shop, "/api/v1/tasks")
    assert inbox["counts"]["open"] == 1
    (task,) = inbox["tasks"]
    assert (task["id"], task["account"], task["account_name"], task["state"]) == (1, "acme", "Acme", "open")
    assert (task["title"], task["opened_at"]) == ("Acme has gone quiet", START + 14 * DAY)
    whole = get(shop, "/api/v1/tasks/1")
    assert whole["title"] == task["title"]
    assert [person["user_id"] for person in whole["people"]["do_not"]] == ["ivan"], "a server sent it"


def test_a_task_is_snoozed_done_and_reopened(shop: Shop) -> None:
    until = NOW + HOUR
    assert change(shop, "snooze", {"until": until}).json()["snoozed_until"] == until
    assert [task["id"] for task in get(shop, "/api/v1/tasks?state=snoozed")["tasks"]] == [1]
    done = change(shop, "done", {"code": "reached", "outcome": "They were on holiday."}).json()
    assert (done["state"], done["closed_by"], done["closed_at"], done["snoozed_until"]) == (
        "done",
        "person",
        NOW,
        None,
    )
    assert (done["outcome_code"], done["outcome"]) == ("reached", "They were on holiday.")
    assert_problem(change(shop, "snooze", {"until": until}), 422, "task_done")
    again = change(shop, "reopen").json()
    assert (again["state"], again["closed_by"], again["closed_at"], again["outcome"]) == ("open", "", None, "")


@pytest.mark.parametrize("until", [None, "tomorrow", True, 1.5, -1, 0, NOW, NOW + 366 * DAY, 10**30], ids=repr)
def test_a_task_cannot_be_snoozed_until_then(shop: Shop, until: Any) -> None:
    assert_problem(change(shop, "snooze", {"until": until}), 422, "bad_parameter")


@pytest.mark.parametrize("until", [NOW + 1, NOW + 366 * DAY - 1])
def test_a_task_can_be_snoozed_from_the_next_instant_up_to_a_year(shop: Shop, until: int) -> None:
    assert change(shop, "snooze", {"until": until}).json()["snoozed_until"] == until
    change(shop, "reopen")


def test_an_outcome_of_2000_characters(shop: Shop) -> None:
    done = {"code": "reached", "outcome": "ж" * 2_000}
    assert change(shop, "done", done).json()["outcome"] == "ж" * 2_000
    assert_problem(change(shop, "done", {**done, "outcome": "ж" * 2_001}), 422, "bad_parameter")
    assert_problem(change(shop, "done", {**done, "outcome": 7}), 422, "bad_parameter")
    change(shop, "reopen")


@pytest.mark.parametrize("task", [0, 2, 2**31, 2**63 - 1, 2**63, 10**30])
@pytest.mark.parametrize(
    ("what", "body"), [("done", {"code": "reached"}), ("snooze", {"until": NOW + HOUR}), ("reopen", {}), ("take", {})]
)
def test_a_task_that_does_not_exist_is_404(shop: Shop, task: int, what: str, body: Any) -> None:
    assert_problem(change(shop, what, body, task), 404, "not_found")
