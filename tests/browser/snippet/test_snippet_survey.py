"""A survey on the corner card: answered by keys alone, read by a screen reader, one answer and a thank-you."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.snippet.seen import open_page, settled, until
from tests.browser.snippet.stub import QUESTION, Stub, offer
from waypost.settings import LIMITS

TIP = "waypost-tip .tip"
PICTURES = Path(__file__).parents[3] / "test-results" / "snippet"


def ask(page: Page, stub: Stub, **question: Any) -> None:
    """Open a page on which the survey stands."""
    content = {
        "title": ["How likely are you to recommend us?"],
        "body": [],
        "cta": "",
        "secondary": "",
        "question": {**QUESTION, **question},
    }
    stub.offers = [offer("nps", surface="survey", anchor="", content=content)]
    open_page(page, stub.url, stub.syncs)
    page.locator(TIP).wait_for()
    stub.offers = []


def told(stub: Stub) -> list[dict[str, Any]]:
    """Feedback as it came, without the offer and the time."""
    return [
        {name: value for name, value in said.items() if name not in ("offer_id", "at")}
        for sync in stub.syncs
        for said in sync["feedback"]
    ]


def test_keys_alone_answer_and_the_score_and_the_comment_arrive_once(page: Page, stub: Stub) -> None:
    ask(page, stub)
    page.locator("#field").focus()
    page.keyboard.press("Tab")
    expect(page.get_by_role("radio", name="0", exact=True)).to_be_focused()
    page.keyboard.press("Space")
    for _ in range(9):
        page.keyboard.press("ArrowRight")
    expect(page.get_by_role("radio", name="9", exact=True)).to_be_checked()
    page.keyboard.press("Tab")
    page.keyboard.type("It is quick.")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Send")).to_be_focused()
    page.keyboard.press("Enter")
    until(page, lambda: told(stub) == [{"what": "answered", "score": 9, "comment": "It is quick."}], "an answer")
    expect(page.get_by_role("heading", name="Thank you for your answer")).to_be_visible()
    expect(page.get_by_role("button", name="Close")).to_be_focused()
    settled(page, 5_100)
    expect(page.locator(TIP)).to_have_count(0)
    expect(page.locator("#field")).to_be_focused()
    settled(page, 2_000)
    assert [said["what"] for said in told(stub)] == ["answered"], "neither a view nor a dismissal comes after it"


def test_closing_the_thank_you_is_no_dismissal_and_closing_the_question_is_one(page: Page, stub: Stub) -> None:
    ask(page, stub)
    page.get_by_role("radio", name="3", exact=True).check()
    page.get_by_role("button", name="Send").click()
    page.get_by_role("button", name="Close").click()
    settled(page, 100)
    until(page, lambda: told(stub) == [{"what": "answered", "score": 3, "comment": ""}], "an answer")
    stub.syncs.clear()
    ask(page, stub)
    page.get_by_role("radio", name="3", exact=True).check()
    page.get_by_role("button", name="Close").click()
    settled(page, 100)
    until(page, lambda: told(stub) == [{"what": "dismissed"}], "a dismissal: a score that was not sent is none")


def test_a_question_without_a_scale_wants_words(page: Page, stub: Stub) -> None:
    ask(page, stub, scores=None, comment="")
    words = page.get_by_role("textbox", name="How likely are you to recommend us?")
    page.get_by_role("button", name="Send").click()
    expect(words).to_be_focused()
    words.fill("  A dark theme\nfor the board ")
    page.get_by_role("button", name="Send").click()
    until(page, lambda: told(stub) == [{"what": "answered", "comment": "A dark theme\nfor the board"}], "words")


def test_a_comment_is_as_long_as_the_server_takes_it(page: Page, stub: Stub) -> None:
    ask(page, stub, scores=None, comment="")
    assert page.locator("waypost-tip textarea").evaluate("e => e.maxLength") == LIMITS.comment_chars


def test_a_screen_reader_hears_the_question_the_ends_and_each_number(
    page: Page, stub: Stub, axe: Callable[[Page], list[str]]
) -> None:
    ask(page, stub)
    group = page.get_by_role("radiogroup", name="How likely are you to recommend us?")
    expect(group).to_have_accessible_description("0 – Not likely 10 – Very likely")
    assert [radio.get_attribute("value") for radio in group.get_by_role("radio").all()] == [str(n) for n in range(11)]
    assert axe(page) == []
    page.get_by_role("radio", name="10", exact=True).check()
    expect(page.get_by_role("textbox", name="What is the main reason?")).to_be_visible()
    assert axe(page) == []


@pytest.mark.parametrize("scores", [[0, 10], [1, 5], [1, 7]])
@pytest.mark.parametrize("width", [360, 1280])
def test_every_number_can_be_hit_with_a_thumb_and_stands_in_order(
    context_of: Callable[..., BrowserContext], stub: Stub, scores: list[int], width: int
) -> None:
    page = context_of(viewport={"width": width, "height": 640}, reduced_motion="reduce").new_page()
    ask(page, stub, scores=scores)
    boxes = [one.bounding_box() for one in page.locator("waypost-tip .scale label").all()]
    assert len(boxes) == scores[1] - scores[0] + 1
    assert all(box is not None and box["width"] >= 43.5 and box["height"] >= 43.5 for box in boxes)
    assert len({box["y"] for box in boxes if box}) == (2 if len(boxes) == 11 and width == 360 else 1)
    page.screenshot(path=PICTURES / f"survey-{scores[1]}-{width}.png")


@pytest.mark.parametrize(("dark", "lang"), [(False, "en"), (True, "en"), (False, "ru")])
def test_an_answer_being_written(
    context_of: Callable[..., BrowserContext], stub: Stub, dark: bool, lang: str, axe: Callable[[Page], list[str]]
) -> None:
    """Pictures for a person to look at; nothing for axe to find."""
    page = context_of(viewport={"width": 360 if lang == "ru" else 1280, "height": 640}).new_page()
    page.clock.install()
    stub.page = stub.page.replace("<html", f'<html class="{"dark" if dark else ""}"')
    ask(page, stub)
    page.get_by_role("radio", name="8", exact=True).check()
    page.locator("waypost-tip textarea").fill("Reports save me an hour every Friday.")
    assert axe(page) == []
    page.screenshot(path=PICTURES / f"survey-written-{'dark' if dark else lang}.png")
    page.get_by_role("button", name="Send").click()
    page.get_by_role("heading", name="Thank you").wait_for()
    page.screenshot(path=PICTURES / f"survey-thanks-{'dark' if dark else lang}.png")
