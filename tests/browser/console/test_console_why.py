"""A CS person finds out why Ivan did not see a tip last Tuesday, and what would have to change."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from playwright.sync_api import Page, expect

from tests.browser.console.conftest import Open, serve, start
from tests.browser.console.test_console_looks import LOOKS, Axe, follow, inspect
from tests.browser.demo.conftest import World
from waypost.model import DAY
from waypost.service.runtime import Runtime
from waypost.service.sync import SyncBody, sync

TITLES = {"export": "Отчёт сам по себе", "board": "Новая доска", "filters": "Сохраните фильтр", "team": "Для команд"}
TEAM = {"audience": {"==": [{"var": "account.plan"}, "team"]}, "placement": {"surface": "inline", "anchor": "a"}}
RANK = {"export": "high", "board": "normal", "filters": "low", "team": "low"}
ASKED = {"user": "Иван", "tip": "filters"}


def document(tip: str) -> dict[str, Any]:
    return {
        "id": tip,
        "name": TITLES[tip],
        "text": {"en": {"title": TITLES[tip]}},
        "placement": {"surface": "corner"},
        "trigger": {"when": True},
        "policy": {"category": tip, "priority": RANK[tip]},
        "repeat": {"cooldown": "1d", "max": 9},
        **(TEAM if tip == "team" else {}),
    }


def tuesday(now: int) -> datetime:
    """Midnight of the last Tuesday that is over."""
    today = datetime.fromtimestamp(now / 1000, UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return today - timedelta((today.weekday() - 1) % 7 or 7)


class Browser:
    """Ivan's, on that Tuesday."""

    def __init__(self, runtime: Runtime, day: datetime) -> None:
        self.runtime, self.day, self.page = runtime, day, ""

    def at(self, clock: str, **said: Any) -> list[dict[str, Any]]:
        """One sync at a time of that day: what may be shown."""
        hour, minute = map(int, clock.split(":"))
        then = self.day + timedelta(hours=hour, minutes=minute)
        self.runtime.clock.offset = int(then.timestamp() * 1000) - self.runtime.clock.wall()
        body = {"write_key": "wk_test", "user_id": "ivan", "load_id": "l", "page_view_id": "p", **said}
        with ThreadPoolExecutor(1) as aside:  # Playwright has a loop here
            answer = aside.submit(asyncio.run, sync(self.runtime, msgspec.convert(body, SyncBody))).result()
        offers: list[dict[str, Any]] = answer["offers"]
        return offers

    def comes(self, clock: str, page: str, *events: dict[str, Any]) -> None:
        hour, minute = map(int, clock.split(":"))
        all_events = [{"type": "page", "messageId": page}, *events]
        raw = [msgspec.Raw(json.dumps(event).encode()) for event in all_events]
        self.at(clock, page_view_id=page, events=raw, previous_page_view_ids=[self.page] if self.page else [])
        self.page = page
        offers = self.at(f"{hour}:{minute + 1}", page_view_id=page)
        if any(offer["intrusive"] for offer in offers):
            told = [{"offer_id": offers[0]["offer_id"], "what": "viewed"}]
            self.at(f"{hour}:{minute + 2}", page_view_id=page, feedback=told)


@pytest.fixture(scope="module")
def ivan(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Two tips in the morning; the third would have come at half past three."""
    folder: Path = tmp_path_factory.mktemp("ivan")
    (folder / "rules" / "tips").mkdir(parents=True)
    for tip in TITLES:
        (folder / "rules" / "tips" / f"{tip}.json").write_text(json.dumps(document(tip)))
    runtime = start(folder / "waypost.db", folder / "rules")
    assert not runtime.rules.broken
    browser = Browser(runtime, tuesday(runtime.clock.wall()))
    known = {"type": "identify", "messageId": "i", "traits": {"name": "Иван"}}
    group = {"type": "group", "messageId": "g", "groupId": "vector", "traits": {"name": "Вектор"}}
    browser.comes("09:00", "p1", known, group)
    browser.comes("11:30", "p2")
    browser.comes("15:30", "p3")
    runtime.clock.offset = 0
    yield from serve(runtime)


def asked(page: Page, world: World, who: str = "Иван", tip: str = "filters", clock: str = "16:00") -> None:
    day = tuesday(world.runtime.clock.wall())
    page.get_by_role("combobox", name=re.compile("Person|Человек")).fill(who)
    expect(page.locator("datalist option")).to_have_count(1)
    page.locator(".asking select").select_option(tip)
    page.get_by_label(re.compile("Day and time|День и время")).fill(f"{day:%Y-%m-%d}T{clock}")
    page.keyboard.press("Enter")


def test_why_ivan_did_not_see_it_last_tuesday_at_four(visit: Open, ivan: World, troubles: list[str]) -> None:
    page = visit(ivan, locale="ru-RU", timezone_id="UTC")
    page.keyboard.press("g")
    page.keyboard.press("w")
    expect(page.get_by_role("heading", name="Почему?", level=1)).to_be_visible()
    expect(page.get_by_role("combobox", name="Человек")).to_be_focused()
    asked(page, ivan)
    answer, day = page.locator(".answer"), tuesday(ivan.runtime.clock.wall())
    expect(answer).to_contain_text("Подсказку сдержали")
    free = day + timedelta(days=1, hours=9, minutes=2)
    expect(answer).to_contain_text("за последние 24 часа пользователь Иван видел 2")
    expect(answer).to_contain_text(f"«export» {day:%d.%m.%Y}, 09:02 UTC; «board» {day:%d.%m.%Y}, 11:32 UTC")
    expect(answer).to_contain_text(f"Она может появиться {free:%d.%m.%Y}, 09:02 UTC, если до этого ничего другого")
    assert "user=ivan" in page.url
    page.get_by_role("link", name="Открыть подсказку").click()
    expect(page.locator(".panel .answer")).to_contain_text("за последние 24 часа пользователь Иван видел 2")
    assert troubles == []


def test_g_w_leaves_the_period_of_the_tips_page_alone(visit: Open, ivan: World) -> None:
    page = visit(ivan)
    page.keyboard.press("g")
    page.keyboard.press("w")
    expect(page.get_by_role("heading", name="Why?", level=1)).to_be_visible()
    assert page.url.endswith("/console/why")


def test_the_palette_leads_there_and_a_missing_trait_is_named(visit: Open, ivan: World) -> None:
    page = visit(ivan, timezone_id="UTC")
    page.keyboard.press("Control+k")
    page.keyboard.type("why")
    page.keyboard.press("Enter")
    expect(page.locator(".empty")).to_contain_text("Choose a person and a tip")
    asked(page, ivan, who="ivan", tip="team")
    answer = page.locator(".answer")
    expect(answer).to_contain_text("What is missing: account.plan = team (now not set).")
    expect(answer).to_contain_text("Nobody has sent the trait plan yet: send it with group.")
    answer.locator("summary").click()
    expect(answer.locator(".tree").first).to_contain_text("Audience: no")
    expect(answer.locator(".tree").first).to_contain_text("account.plan = team")


def test_a_stranger_and_a_time_before_everything(visit: Open, ivan: World) -> None:
    page = visit(ivan, "why?user=nobody&tip=filters")
    expect(page.locator(".answer")).to_contain_text("Nothing is known of “nobody”")
    expect(page.locator(".answer")).to_contain_text("No decision was made")


def test_a_failure_says_what_was_kept(visit: Open, ivan: World, troubles: list[str]) -> None:
    page = visit(ivan, "why")
    page.locator(".asking").wait_for()
    page.route("**/api/v1/explain*", lambda route: route.fulfill(status=500, body="{}"))
    follow(page, "why?user=ivan&tip=filters", ".failed")
    expect(page.locator(".failed")).to_contain_text("Nothing was changed.")
    page.unroute("**/api/v1/explain*")
    page.get_by_role("button", name="Try again").click()
    expect(page.locator(".answer")).to_be_visible()
    troubles.clear()


def test_without_a_live_tip_there_is_nothing_to_explain(visit: Open, empty: World) -> None:
    page = visit(empty, "why")
    expect(page.locator(".empty")).to_contain_text("No tip is live yet")


@pytest.mark.parametrize("look", list(LOOKS))
def test_the_page_fits_and_can_be_read(visit: Open, ivan: World, axe: Axe, troubles: list[str], look: str) -> None:
    page = visit(ivan, "why", **LOOKS[look])
    page.locator(".empty").wait_for()
    inspect(page, f"why-page-empty-{look}", axe)
    at = int((tuesday(ivan.runtime.clock.wall()) + timedelta(hours=16)).timestamp() * 1000)
    for tip in ("filters", "team"):
        follow(page, f"why?user=ivan&tip={tip}&at={at}", ".answer")
        page.locator(".answer summary").click()
        page.locator(".answer .tree").first.wait_for()
        inspect(page, f"why-page-{tip}-{look}", axe)
    assert troubles == []
    assert at > ivan.runtime.clock.wall() - 8 * DAY
