"""A CSM pauses tips from a task: until Friday, and then they come again by themselves."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.console.conftest import Open
from tests.browser.console.test_console_looks import LOOKS, Axe, follow, inspect
from tests.browser.console.test_console_text import sync
from tests.browser.demo.conftest import World
from waypost.model import MINUTE, SECOND, Pause
from waypost.store.pauses import list_pauses
from waypost.store.tasks import list_tasks

MARK, STRIP = ".pause-mark", ".panel .pause-strip"
BERLIN = ZoneInfo("Europe/Berlin")


def friday(world: World) -> datetime:
    """The coming Friday at nine in Berlin; on a Friday the one a week later."""
    today = datetime.fromtimestamp(world.runtime.clock.now() / 1000, BERLIN)
    day = today + timedelta((11 - today.weekday()) % 7 or 7)
    return day.replace(hour=9, minute=0, second=0, microsecond=0)


def ms(when: datetime) -> int:
    return int(when.timestamp() * 1000)


def running(world: World) -> list[Pause]:
    now, project = world.runtime.clock.now(), world.runtime.project_id
    return world.runtime.store.read_now(lambda tx: list_pauses(tx, project, now, 10, running=True))


def open_task(visit: Open, world: World, **options: Any) -> Page:
    """The task of Kestrel Labs, where Zoe works: it has gone quiet."""
    project = world.runtime.project_id
    tasks = world.runtime.store.read_now(lambda tx: list_tasks(tx, project, ("open",)))
    (task,) = [task for task in tasks if task.account == "g:kestrel"]
    page = visit(world, f"tasks/{task.id}", timezone_id="Europe/Berlin", **options)
    page.locator(".panel .actions").wait_for()
    return page


def test_until_friday_at_nine_and_then_a_tip_comes_again_unaided(visit: Open, world: World) -> None:
    page, until = open_task(visit, world), friday(world)
    page.keyboard.press("p")
    expect(page.get_by_role("dialog", name="Pause tips: Kestrel Labs")).to_be_visible()
    expect(page.get_by_role("button", name="Tomorrow, 9:00")).to_be_focused()
    page.get_by_role("button", name="Friday, 9:00").click()
    expect(page.get_by_label("Until", exact=True)).to_have_value(f"{until:%Y-%m-%dT09:00}")
    page.get_by_role("button", name="Call booked").click()
    page.get_by_label("Your name").fill("Ann")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_role("link", name="Change the pause")).to_be_visible()
    day = f"{until:%a} {until.day} {until:%b}, 09:00"
    expect(page.locator(STRIP)).to_contain_text(f"Tips for Kestrel Labs are paused until {day} · Call booked · Ann")
    expect(page.locator("[data-walk][aria-current=true]").locator(MARK)).to_have_text(f" Tips paused until {day}")
    (pause,) = running(world)
    assert (pause.subject, pause.until_at, pause.author) == ("g:kestrel", ms(until), "Ann")

    world.advance(ms(until) - MINUTE - world.runtime.clock.now())
    arrived = {"type": "page", "messageId": "z1", "ageMs": 0, "properties": {"route": "/board/:id"}}
    assert sync(page, "zoe", events=[arrived])["offers"] == []
    world.advance(30 * SECOND)
    held = sync(page, "zoe")
    assert (held["offers"], 0 < held["next_in_ms"] <= 30 * SECOND) == ([], True)
    why = page.request.get("/api/why?user=zoe&tip=welcome-back").json()
    assert why["words"][0].startswith("Ann paused tips for the account Kestrel Labs")
    world.advance(held["next_in_ms"])
    assert [offer["tip"] for offer in sync(page, "zoe")["offers"]] == ["welcome-back"]
    assert running(world) == []


def test_the_strip_and_the_mark_go_when_the_time_has_come(visit: Open, world: World) -> None:
    page = open_task(visit, world)
    page.keyboard.press("p")
    page.get_by_role("button", name="In a week, 9:00").click()
    page.get_by_role("dialog").get_by_role("button", name="Pause tips").click()
    expect(page.locator(STRIP)).to_have_count(1)
    (pause,) = running(world)
    assert pause.until_at is not None
    world.advance(pause.until_at - world.runtime.clock.now())
    page.reload()
    page.locator(".panel .actions").wait_for()
    expect(page.locator(f"{STRIP}, {MARK}")).to_have_count(0)


def test_an_event_may_end_it_and_a_person_resumes(visit: Open, world: World) -> None:
    page = open_task(visit, world)
    page.get_by_role("link", name="Pause tips").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Pause tips").click()
    expect(dialog.get_by_role("alert")).to_have_text("Say until when: choose a time, or name an event.")
    dialog.get_by_label("Or until this event comes").fill("$tip")
    page.keyboard.press("Enter")
    expect(dialog.get_by_role("alert")).to_contain_text("Nothing was paused.")
    expect(dialog.get_by_role("alert")).to_contain_text("no app sends an event that begins with $")
    dialog.get_by_label("Or until this event comes").fill("call_booked")
    page.keyboard.press("Enter")
    expect(page.locator(STRIP)).to_contain_text("Tips for Kestrel Labs are paused until call_booked comes")
    page.get_by_role("button", name="Resume").click()
    expect(page.locator(f"{STRIP}, {MARK}")).to_have_count(0)
    expect(page.locator(".notice")).to_contain_text("Tips are on again: Kestrel Labs")
    assert running(world) == []


def of_zoe(route: Route) -> None:
    """The real answer, but the task is about a person of the account."""
    answer = route.fetch()
    body = answer.json()
    for task in body.get("tasks", [body]):
        task["subject"] = "u:zoe"
    route.fulfill(response=answer, body=json.dumps(body))


def test_a_task_about_a_person_pauses_theirs_or_everybodys_and_a_change_keeps_what_was_said(
    visit: Open, world: World, axe: Axe
) -> None:
    page = open_task(visit, world)
    page.route(re.compile(r"/api/v1/tasks(/\d+)?\?"), of_zoe)
    page.reload()
    page.get_by_role("link", name="Pause tips").click()
    expect(page.get_by_label("Only Zoe Finch")).to_be_checked()
    page.get_by_label("Everybody at Kestrel Labs").check()
    page.get_by_label("Or until this event comes").fill("call_booked")
    page.get_by_label("Why (optional)").fill("Escalation")
    inspect(page, "pause-person-light", axe)
    page.keyboard.press("Enter")
    expect(page.locator(STRIP)).to_contain_text("until call_booked comes · Escalation")
    page.get_by_role("link", name="Change the pause").click()
    expect(page.get_by_label("Everybody at Kestrel Labs")).to_be_checked()
    expect(page.get_by_label("Why (optional)")).to_have_value("Escalation")
    page.get_by_role("button", name="In a week, 9:00").click()
    page.get_by_role("dialog").get_by_role("button", name="Pause tips").click()
    expect(page.locator(STRIP)).to_contain_text("09:00, or call_booked comes · Escalation")
    (pause,) = running(world)
    assert (pause.subject, pause.until_event, pause.reason) == ("g:kestrel", "call_booked", "Escalation")


def test_escape_closes_the_dialog_alone_and_z_takes_a_pause_back(visit: Open, world: World) -> None:
    page = open_task(visit, world)
    page.keyboard.press("p")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.locator(".panel")).to_be_visible()
    page.keyboard.press("p")
    page.keyboard.press("Enter")  # tomorrow
    page.get_by_role("dialog").get_by_role("button", name="Pause tips").click()
    expect(page.locator(STRIP)).to_have_count(1)
    page.keyboard.press("z")
    expect(page.locator(STRIP)).to_have_count(0)
    assert running(world) == []


@pytest.mark.parametrize("look", list(LOOKS))
def test_dialog_strip_and_mark_fit_and_can_be_read(
    visit: Open, world: World, axe: Axe, troubles: list[str], look: str
) -> None:
    page = open_task(visit, world, **LOOKS[look])
    page.keyboard.press("p")
    dialog = page.locator("dialog.pausing")
    dialog.locator(".chips button").nth(1).click()
    dialog.locator("[name=reason]").fill("Renewal, three more seats")
    dialog.locator("[name=event]").fill("call_booked")
    dialog.locator("[name=author]").fill("Ann Lindqvist")
    inspect(page, f"pause-{look}", axe)
    page.keyboard.press("Enter")
    page.locator(STRIP).wait_for()
    inspect(page, f"paused-{look}", axe)
    follow(page, "tasks", MARK)
    inspect(page, f"paused-list-{look}", axe)
    assert troubles == []
