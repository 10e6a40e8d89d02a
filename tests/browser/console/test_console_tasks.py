"""One task in one view: taken with a pause, given to somebody, noted, done with a code; checklists; a long inbox."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.console.conftest import Open
from tests.browser.console.test_console_looks import LOOKS, Axe, follow, inspect
from tests.browser.demo.conftest import World
from waypost.model import DAY
from waypost.store.pauses import list_pauses
from waypost.store.sqlite import Tx
from waypost.store.task_notes import notes_of
from waypost.store.tasks import StoredTask, add_task, list_tasks, spells, task_by_id


def kestrel(world: World) -> StoredTask:
    """The account that has gone quiet."""
    project = world.runtime.project_id
    found = world.runtime.store.read_now(lambda tx: list_tasks(tx, project, ("open",), account="g:kestrel"))
    return found[0]


def again(world: World, task: StoredTask) -> StoredTask:
    found = world.runtime.store.read_now(lambda tx: task_by_id(tx, world.runtime.project_id, task.id))
    assert found is not None
    return found


def opened(visit: Open, world: World, task: StoredTask, **options: Any) -> Page:
    page = visit(world, f"tasks/{task.id}", timezone_id="Europe/Berlin", **options)
    page.locator(".panel .day").first.wait_for()
    return page


def test_a_task_is_taken_with_a_pause_by_one_key_and_a_name(visit: Open, world: World) -> None:
    task = kestrel(world)
    page = opened(visit, world, task)
    page.keyboard.press("t")
    expect(page.get_by_label("Your name")).to_be_focused()
    page.keyboard.type("Olga")
    page.get_by_role("button", name="Pause until Friday, 9:00").click()
    page.get_by_role("button", name="Take", exact=True).click()
    expect(page.locator(".notice")).to_contain_text("Taken: Kestrel Labs")
    expect(page.locator(".facts")).to_contain_text("Olga")
    expect(page.locator(".pause-strip")).to_contain_text("Tips for Kestrel Labs are paused until Fri")
    changed = again(world, task)
    assert (changed.taken_by, changed.taken_at is not None) == ("Olga", True)
    now, project = world.runtime.clock.now(), world.runtime.project_id
    (pause,) = world.runtime.store.read_now(lambda tx: list_pauses(tx, project, now, 10, running=True))
    assert (pause.subject, pause.author) == ("g:kestrel", "Olga")
    page.keyboard.press("t")
    expect(page.get_by_label("Your name")).to_have_value("Olga")


def test_owner_deadline_and_notes_are_kept_and_the_outcome_has_a_code(visit: Open, world: World) -> None:
    task = kestrel(world)
    page = opened(visit, world, task)
    page.keyboard.press("o")
    page.get_by_label("Owner", exact=True).fill("max")
    page.get_by_label("Due", exact=True).fill("")
    page.keyboard.press("Enter")
    expect(page.locator(".notice")).to_contain_text("Saved: Kestrel Labs")
    expect(page.locator(".facts")).to_contain_text("max")
    page.keyboard.press("n")
    page.keyboard.type("Left a message.")
    page.get_by_role("button", name="Add the note").click()
    expect(page.locator(".day .note")).to_contain_text("Left a message.")
    changed = again(world, task)
    assert (changed.owner, changed.due_at) == ("max", None)
    notes = world.runtime.store.read_now(lambda tx: notes_of(tx, world.runtime.project_id, task.id, 9))
    assert [note.body for note in notes] == ["Left a message."]
    page.keyboard.press("e")
    page.get_by_role("button", name="They may leave").click()
    page.get_by_label("In your words").fill("The new boss knows another tool.")
    page.keyboard.press("Enter")
    expect(page.locator(".panel")).to_have_count(0)
    done = again(world, task)
    assert (done.state, done.outcome_code, done.outcome) == ("done", "churn_risk", "The new boss knows another tool.")
    follow(page, f"tasks/{task.id}", ".panel .day")
    expect(page.locator(".day").first).to_contain_text("task done")
    expect(page.locator(".day").first).to_contain_text("They may leave")


def test_a_checklist_is_begun_and_ticked(visit: Open, world: World) -> None:
    page = opened(visit, world, kestrel(world))
    page.get_by_role("button", name="Quarterly review").click()
    expect(page.locator(".checklist summary")).to_contain_text("Quarterly review 0 of 7")
    page.get_by_label("Compare with the goals that were agreed on").click()
    expect(page.locator(".checklist summary")).to_contain_text("1 of 7")
    page.reload()
    expect(page.get_by_label("Compare with the goals that were agreed on")).to_be_checked()


HEALTH = {
    "score": 34.4,
    "band": "red",
    "coverage": 0.85,
    "override": {"words": "No key action for 21 days"},
    "components": [
        {"id": "trend", "words": "Trend", "value": 0.1, "because": "usage fell by 54 % against its own norm"},
        {"id": "breadth", "words": "Breadth", "value": 0.6, "because": "4 of 10 seats active in 28 days"},
        {"id": "sentiment", "words": "Sentiment", "value": None, "because": "no answers"},
    ],
}


def healthy(route: Route) -> None:
    route.fulfill(status=200, body=json.dumps({"health_detail": HEALTH}))


@pytest.mark.parametrize("look", list(LOOKS))
def test_the_view_and_each_form_fit_and_can_be_read(
    visit: Open, world: World, axe: Axe, troubles: list[str], look: str
) -> None:
    task = kestrel(world)
    page = visit(world, "nowhere", timezone_id="Europe/Berlin", **LOOKS[look])
    page.route(re.compile("/api/v1/accounts/"), healthy)
    follow(page, f"tasks/{task.id}", ".panel .day")
    page.locator(".panel .health").wait_for()
    page.locator(".panel .chips button").first.click()
    page.locator(".checklist").wait_for()
    inspect(page, f"task-view-{look}", axe)
    page.locator(".checklist").scroll_into_view_if_needed()
    inspect(page, f"task-view-middle-{look}", axe)
    page.locator(".panel .day").last.scroll_into_view_if_needed()
    inspect(page, f"task-view-below-{look}", axe)
    for key in "tone":
        page.keyboard.press(key)
        page.locator(".act").wait_for()
        inspect(page, f"task-form-{key}-{look}", axe)
        page.keyboard.press("Escape")
        expect(page.locator(".act")).to_have_count(0)
    assert troubles == []


def test_ten_thousand_tasks_come_in_pages_and_a_search_looks_at_all(visit: Open, world: World) -> None:
    now = world.runtime.clock.now()

    def many(tx: Tx) -> None:
        for number in range(10_000):
            row = {"subject": "g:kestrel", "account": "g:kestrel", "opened_at": now, "noticed_at": now}
            texts = {"title": {"en": f"Task {number:05}"}, "body": {"en": ""}, "context": {}}
            add_task(
                tx, world.runtime.project_id, **row, **texts, rule_id="", opened_by="person", severity="low",
                owner="", due_at=now + DAY + number,
            )  # fmt: skip

    world.runtime.store.write_now(many)
    page = visit(world, "tasks")
    page.locator(".inbox li").first.wait_for()
    expect(page.locator(".inbox li")).to_have_count(200)
    page.get_by_role("button", name=re.compile(r"^Show 200 more of 9,8")).click()
    expect(page.locator(".inbox li")).to_have_count(400)
    page.keyboard.press("/")
    page.keyboard.type("Task 09999")
    expect(page.locator(".inbox li")).to_have_count(1, timeout=60_000)


@pytest.mark.parametrize("look", LOOKS)
def test_done_tasks_begin_with_how_soon_they_were_taken_up(visit: Open, still: World, look: str, axe: Axe) -> None:
    page = visit(still, "tasks?state=done", **LOOKS[look])
    times = still.runtime.store.read_now(
        lambda tx: spells(
            tx, still.runtime.project_id, still.runtime.clock.now() - 28 * DAY, still.runtime.clock.now() + 1
        )
    )
    line = page.locator(".reaction summary")
    expect(line).to_contain_text(re.compile(rf"28 (days|дней): {len(times)} "))
    line.click()
    rows = page.locator(".reaction table").last.locator("tbody tr")
    expect(rows).to_have_count(len({one.rule_id for one in times}))
    assert sum(int(row.locator("td").first.inner_text()) for row in rows.all()) == len(times)
    inspect(page, f"done-times-{look}", axe)
