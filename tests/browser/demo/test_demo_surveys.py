"""The feedback box of the sample app, from the click to what is kept."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.demo.conftest import World
from tests.browser.demo.test_demo import TIP, become, export, until
from waypost.store.answers import Answer, answers_of

PICTURES = Path(__file__).parents[3] / "test-results" / "demo"


def answers(world: World, subject: str) -> list[Answer]:
    return world.runtime.store.read_now(lambda tx: answers_of(tx, world.runtime.project_id, subject, 10))


def test_the_feedback_box_comes_when_it_is_opened_and_keeps_where_and_after_what(page: Page, world: World) -> None:
    become(page, world, "ivan")
    export(page, 2)
    page.locator("#idea").click()
    expect(page.locator(TIP)).to_contain_text("What is missing here?")
    PICTURES.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=PICTURES / "feature-request.png")
    page.get_by_role("textbox", name="What is missing here?").fill("Exports by week")
    page.get_by_role("button", name="Send").click()
    until(page, lambda: answers(world, "u:ivan"), "an answer")
    (kept,) = answers(world, "u:ivan")
    assert (kept.survey, kept.comment, kept.route, kept.plan) == (
        "feature-request",
        "Exports by week",
        "/reports",
        "team",
    )
    assert kept.recent == ["feedback_opened", "report_exported"]
    expect(page.locator(TIP)).to_have_count(0, timeout=10_000)
    page.locator("#idea").click()
    expect(page.locator(TIP)).to_contain_text("What is missing here?")
