"""A CS person tries a changed tip on the past before anybody sees it."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.console.conftest import Open
from tests.browser.console.test_console_looks import LOOKS, Axe, inspect
from tests.browser.demo.conftest import World
from waypost.web.trials import Trial, Trials

TIP = "tips/bulk-edit/try"


class Gate:
    """Holds a backtest in the middle of the log until it may go on."""

    def __init__(self, world: World, after: int) -> None:
        self.after, self.seen, self.free = after, 0, threading.Event()
        self.app = world.backend.app
        self.app.state.trials = Trials(self.tick)

    def tick(self, _trial: Trial) -> None:
        self.seen += 1
        if self.seen > self.after:
            assert self.free.wait(60)


@pytest.fixture
def gate(world: World) -> Iterator[Gate]:
    made = Gate(world, 200)
    yield made
    made.free.set()
    made.app.state.trials.end()


def edited(page: Page, **change: object) -> None:
    field = page.get_by_label("The rule, as JSON")
    document = json.loads(field.input_value())
    field.fill(json.dumps({**document, **change}))


def test_an_edited_tip_is_tried_and_nothing_goes_live(visit: Open, world: World, troubles: list[str]) -> None:
    page = visit(world, "tips/bulk-edit/rule")
    page.locator(".panel pre").wait_for()
    page.keyboard.press("y")
    expect(page.get_by_role("heading", name="Try on the past")).to_be_visible()
    before = world.runtime.rules.plan
    edited(page, trigger={"when": {"did": {"event": "$active"}}}, audience=True)
    page.get_by_role("button", name="90 days").click()
    page.get_by_role("button", name="Run").click()
    result = page.locator(".result")
    expect(result).to_contain_text("Who would see it", timeout=60_000)
    expect(result).to_contain_text("As it is live now:")
    expect(result).to_contain_text("Tips that would lose showings")
    expect(result).to_contain_text("Attention a person a week")
    assert result.locator(".facts dd").count() == 2
    assert world.runtime.rules.plan is before
    assert troubles == []


def test_what_was_tried_is_published_and_rolled_back(visit: Open, world: World, troubles: list[str]) -> None:
    page = visit(world, TIP)
    edited(page, name="Edit them all at once")
    page.get_by_role("button", name="Run").click()
    expect(page.locator(".result")).to_be_visible(timeout=60_000)
    publish = page.get_by_role("button", name="Publish")
    publish.click()
    expect(page.locator(".panel .problem")).to_contain_text("Say why")
    page.get_by_label("Why", exact=True).fill("clearer")
    page.get_by_label("Your name").fill("Ann")
    publish.click()
    expect(page.locator(".notice")).to_contain_text("published")
    expect(page.locator(".panel h2").first).to_have_text("Edit them all at once")
    assert world.runtime.rules.plan.rules["bulk-edit"].name == "Edit them all at once"
    page.get_by_role("link", name="Versions").click()
    expect(page.locator(".versions li").first).to_contain_text("clearer")
    page.get_by_label("Why", exact=True).fill("as it was")
    page.get_by_role("button", name="Roll back").click()
    expect(page.locator(".panel h2").first).to_have_text("Edit many tasks at once")
    assert world.runtime.rules.plan.rules["bulk-edit"].name == "Edit many tasks at once"
    assert troubles == []


def test_mistakes_are_listed_as_check_says_them(visit: Open, world: World, troubles: list[str]) -> None:
    page = visit(world, TIP)
    edited(page, trigger={"when": {"chian": {}}}, reapet={})
    page.get_by_role("button", name="Run").click()
    problems = page.locator(".mistakes li")
    expect(problems).to_have_count(2)
    expect(problems.last).to_contain_text('tips/bulk-edit.json: trigger.when: unknown operator "chian"')
    page.get_by_label("The rule, as JSON").fill("{")
    page.get_by_role("button", name="Run").click()
    expect(problems).to_have_count(1)
    expect(problems).to_contain_text("This is not JSON")
    page.get_by_role("button", name="Take the live rule again").click()
    assert json.loads(page.get_by_label("The rule, as JSON").input_value())["id"] == "bulk-edit"
    troubles.clear()  # the browser tells of the 422


def test_it_shows_how_far_it_is_and_stops(visit: Open, world: World, gate: Gate, troubles: list[str]) -> None:
    page = visit(world, TIP)
    page.get_by_role("button", name="Run").click()
    expect(page.get_by_role("progressbar")).to_be_visible()
    expect(page.locator(".progress")).to_contain_text("Living through the log again")
    second = visit(world, TIP)
    second.get_by_role("button", name="Run").click()
    expect(second.locator(".mistakes")).to_contain_text("Another backtest runs on this server")
    page.get_by_role("button", name="Stop").click()
    gate.free.set()
    expect(page.locator(".result")).to_contain_text("Stopped before the end: these are the numbers so far.")
    expect(page.get_by_role("button", name="Run again")).to_be_visible()
    troubles.clear()  # the browser tells of the 409


@pytest.mark.parametrize("look", list(LOOKS))
def test_it_fits_and_can_be_read(visit: Open, world: World, axe: Axe, troubles: list[str], look: str) -> None:
    page = visit(world, TIP, **LOOKS[look])
    page.locator(".trial textarea").wait_for()
    inspect(page, f"try-{look}", axe)
    field = page.locator(".trial textarea")
    document = json.loads(field.input_value())
    wide = {"trigger": {"when": {"did": {"event": "$active"}}, "at": document["trigger"].get("at", {})}}
    field.fill(json.dumps({**document, **wide, "audience": True, "policy": {"category": "x", "priority": "high"}}))
    page.locator(".trial .primary").click()
    page.locator(".result").wait_for(timeout=60_000)
    page.locator(".result").scroll_into_view_if_needed()
    inspect(page, f"try-result-{look}", axe)
    assert troubles == []
