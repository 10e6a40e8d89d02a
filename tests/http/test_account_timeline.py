"""The timeline of an account: days with counts, everything that was done for it, paged by day without loss."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.http.customers import customers, day_of, look
from tests.http.shop import ORIGIN, START, Shop, assert_problem
from waypost.insight.timeline import NAMES
from waypost.model import DAY, HOUR
from waypost.store.accounts import StoredStage, StoredWeek, add_stage, put_week
from waypost.store.sqlite import Tx
from waypost.store.tasks import add_task
from waypost.store.tips import note

MONDAY = START // DAY - (START // DAY + 3) % 7


@pytest.fixture(scope="module")
def shop(module_path: Path) -> Iterator[Shop]:
    """The small customer base, and something of every kind in the life of acme."""
    made = customers(module_path / "shop")
    project = made.runtime.project_id

    def lived(tx: Tx) -> None:
        for n, outcome in (
            (0, "viewed"),
            (1, "viewed"),
            (2, "viewed"),
            (1, "clicked"),
            (2, "answered"),
            (3, "held:cap_user_24h"),
        ):
            note(tx, project, "hello", START // DAY - 2, outcome, f"u:acme-{n:02}", START - 2 * DAY + n * HOUR)
        add_task(
            tx, project, rule_id="quiet", subject="g:acme", account="g:acme", opened_at=START - 6 * DAY, noticed_at=START - 6 * DAY,
            severity="low", owner="olga", title={"en": "Call them", "ru": "Позвоните"}, body={"en": ""}, context={},
            state="done", closed_at=START - 5 * DAY, closed_by="person", outcome="they renew", due_at=None,
        )  # fmt: skip
        add_stage(tx, project, "g:acme", StoredStage(START - 9 * DAY, "live", "onboarding"))
        for week, health, band in ((MONDAY - 14, 81.0, "green"), (MONDAY - 7, 52.0, "yellow")):
            put_week(tx, project, "g:acme", StoredWeek(week, health, band, None, '{"score": 1}'))

    made.runtime.store.write_now(lived)
    made.batch(
        *(
            {"type": "track", "event": f"kind_{n:02}", "userId": "acme-05", "context": {"groupId": "acme"}, "messageId": f"k{n}"}
            for n in range(NAMES + 3)
        )
    )  # fmt: skip
    look(made)
    pause = {"subject": "g:acme", "until_at": made.now + DAY, "reason": "renewal talks", "author": "Olga"}
    made.now += HOUR
    begun = made.ask("POST", "/api/pauses", json=pause, headers=ORIGIN).json()
    made.now += HOUR
    made.ask("POST", f"/api/pauses/{begun['id']}/end", headers=ORIGIN)
    yield made
    made.close()


def days_of(shop: Shop, account: str = "acme", **params: Any) -> list[dict[str, Any]]:
    answer = shop.ask("GET", f"/api/v1/accounts/{account}/timeline", params=params)
    assert answer.status_code == 200, answer.text
    days: list[dict[str, Any]] = answer.json()["days"]
    return days


def items(shop: Shop, days_ago: int, kind: str, **params: Any) -> list[tuple[str, str | None, int]]:
    """(words, who, count) of a kind on one day, counted back from START."""
    for day in days_of(shop, limit=60, **params):
        if day["day"] == day_of(days_ago):
            return [(item["words"], item["user_id"], item["count"]) for item in day["items"] if item["kind"] == kind]
    return []


def test_use_is_counted_by_day_not_listed(shop: Shop) -> None:
    assert ("card_moved: 7 times, 7 people", None, 7) in items(shop, 3, "event")
    assert ("card_moved: 7 раз, 7 человек", None, 7) in items(shop, 3, "event", lang="ru")


def test_of_very_many_kinds_of_events_the_rest_stand_in_one_line(shop: Shop) -> None:
    today = items(shop, 0, "event")
    assert len(today) == NAMES + 1
    assert ("3 other events: 3 times", None, 3) in today


def test_tips_and_answers_are_told_by_how_many_people(shop: Shop) -> None:
    assert items(shop, 2, "tip") == [
        ("“hello” was seen: 3 people", None, 3),
        ("“hello” was taken up: 1 person", "acme-01", 1),
    ]
    assert items(shop, 2, "survey") == [("“hello” was answered: 1 person", "acme-02", 1)]
    assert items(shop, 2, "tip", lang="ru")[0] == ("подсказку «hello» видели: 3 человека", None, 3)


def test_tasks_stages_health_pauses_and_tickets_stand_on_their_days(shop: Shop) -> None:
    assert items(shop, 6, "task") == [("task: Call them", None, 1)]
    assert items(shop, 5, "task") == [("task closed: Call them. they renew", None, 1)]
    assert items(shop, 9, "stage") == [("stage: Onboarding → Live", None, 1)]
    assert items(shop, 9, "stage", lang="ru") == [("этап: Внедрение → Live", None, 1)]
    assert [words for words, _, _ in items(shop, 0, "pause")] == [
        "the pause was ended by a person",
        "tips are paused: Olga: renewal talks",
    ]
    sunday = (START // DAY) - (MONDAY - 1)
    assert items(shop, sunday, "health") == [("health 81 → 52, yellow", None, 1)]
    assert items(shop, 3, "ticket") == [("support request: billing, high", "acme-01", 1)]
    assert items(shop, 4, "ticket") == [("support request closed: import, low", "acme-02", 1)]
    assert items(shop, 5, "ticket") == [("support request: import, low", "acme-02", 1)]


@pytest.mark.parametrize("limit", [1, 2, 7, 60])
@pytest.mark.parametrize("account", ["acme", "beta", "gone"])
def test_pages_of_days_hold_every_day_once_and_whole(shop: Shop, account: str, limit: int) -> None:
    whole, before = [], ""
    for _ in range(3):
        answer = shop.ask(
            "GET", f"/api/v1/accounts/{account}/timeline", params={"limit": 60, "before": before}
        ).json()
        whole += answer["days"]
        if answer["next"] is None:
            break
        before = answer["next"]
    found, before = [], ""
    while True:
        answer = shop.ask(
            "GET", f"/api/v1/accounts/{account}/timeline", params={"limit": limit, "before": before}
        ).json()
        assert len(answer["days"]) <= limit
        found += answer["days"]
        if answer["next"] is None:
            break
        before = answer["next"]
    assert found == whole
    days = [day["day"] for day in found]
    assert days == sorted(set(days), reverse=True)
    assert all(day["items"] for day in found)
    assert days[-1] <= day_of(50)


@pytest.mark.parametrize("before", ["yesterday", "2027-1-1", "2027-02-30", "x" * 11])
def test_a_wrong_day_is_refused(shop: Shop, before: str) -> None:
    answer = shop.ask("GET", "/api/v1/accounts/acme/timeline", params={"before": before})
    assert assert_problem(answer, 400, "bad_parameter")["detail"].startswith("before: ")


@pytest.mark.parametrize("limit", ["0", "61"])
def test_a_page_of_no_days_or_too_many_is_refused(shop: Shop, limit: str) -> None:
    answer = shop.ask("GET", "/api/v1/accounts/acme/timeline", params={"limit": limit})
    assert assert_problem(answer, 400, "bad_parameter")["detail"] == "limit: a whole number from 1 to 60"


def test_the_end_of_time_and_its_beginning_are_days_too(shop: Shop) -> None:
    assert days_of(shop, before="0001-01-01") == []
    assert days_of(shop, before="9999-12-31", limit=1) == days_of(shop, limit=1)
