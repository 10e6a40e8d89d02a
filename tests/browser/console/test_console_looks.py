"""Pictures of every page for a person to look at, and what a machine can see of them: nothing cut, axe content."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.console.conftest import Open
from tests.browser.console.seen import cut_or_outside
from tests.browser.demo.conftest import World
from waypost.model import DAY

PICTURES = Path(__file__).parents[3] / "test-results" / "console"
NARROW = {"viewport": {"width": 360, "height": 740}}
LOOKS: dict[str, dict[str, Any]] = {
    "light": {},
    "dark": {"color_scheme": "dark"},
    "360": NARROW,
    "ru": {"locale": "ru-RU"},
    "ru-360-dark": {"locale": "ru-RU", "color_scheme": "dark", **NARROW},
}
ACCESSIBLE = ("light", "ru-360-dark")  # axe is slow: between them these two have every colour, width and word
PAGES = {
    "tips": ("tips", ".tips tbody tr"),
    "tip": ("tips/bulk-edit", ".panel .daily"),
    "people": ("tips/bulk-edit/people", ".panel .rows li"),
    "why": ("tips/bulk-edit/why?user=tom", ".panel .answer"),
    "effect": ("tips/bulk-edit/effect", ".panel .answer.effect"),
    "rule": ("tips/bulk-edit/rule", ".panel pre"),
    "tasks": ("tasks", ".inbox li"),
    "done": ("tasks?state=done", ".inbox li"),
    "reports": ("reports", ".report .drawn"),
    "reports-people": ("reports/activity/mau", ".panel .plain-rows li"),
    "missing": ("nowhere", ".head + .button"),
}
KEYS = {"palette": ("Control+k", ".palette li"), "shortcuts": ("?", ".sheet dl")}
Axe = Callable[[Page], list[str]]


def picture(page: Page, name: str) -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=PICTURES / f"{name}.png")


def inspect(page: Page, name: str, axe: Axe) -> None:
    """A picture, and nothing to find fault with. The place of the fault stands in the message."""
    picture(page, name)
    assert (name, cut_or_outside(page)) == (name, [])
    if name.endswith(ACCESSIBLE):
        assert (name, axe(page)) == (name, [])


def follow(page: Page, path: str, ready: str) -> None:
    """Go to an address as a link does, and wait until its part is there."""
    page.evaluate(
        "to => { history.pushState(null, '', to); dispatchEvent(new Event('popstate')) }", f"/console/{path}"
    )
    page.locator(ready).first.wait_for()


@pytest.mark.parametrize("look", list(LOOKS))
def test_every_page_fits_and_can_be_read(visit: Open, still: World, axe: Axe, troubles: list[str], look: str) -> None:
    page = visit(still, **LOOKS[look])
    for name, (path, ready) in PAGES.items():
        follow(page, path, ready)
        inspect(page, f"{name}-{look}", axe)
    follow(page, "tasks", ".inbox li")
    page.locator(".inbox a").first.click()
    for name, key in (("task", ""), ("task-done", "d"), ("task-snooze", "s")):
        if key:
            page.keyboard.press(key)
            page.locator(".act").wait_for()
        inspect(page, f"{name}-{look}", axe)
        if key:
            page.keyboard.press("Escape")
    follow(page, "tips", ".tips tbody tr")
    for name, (key, ready) in KEYS.items():
        page.keyboard.press(key)
        page.locator(ready).first.wait_for()
        inspect(page, f"{name}-{look}", axe)
        page.keyboard.press("Escape")
        expect(page.locator("dialog")).to_have_count(0)
    assert troubles == []


@pytest.mark.parametrize("look", list(LOOKS))
def test_the_door_fits(visit: Open, still: World, axe: Axe, look: str) -> None:
    page = visit(still, signed_in=False, **LOOKS[look])
    expect(page.locator("#password")).to_be_focused()
    inspect(page, f"door-{look}", axe)


@pytest.mark.parametrize("look", ["light", "ru-360-dark"])
def test_an_empty_server_says_what_to_do(visit: Open, empty: World, axe: Axe, troubles: list[str], look: str) -> None:
    page = visit(empty, **LOOKS[look])
    expect(page.locator(".empty pre")).to_contain_text('"trigger"')
    inspect(page, f"empty-tips-{look}", axe)
    follow(page, "tasks", ".empty")
    inspect(page, f"empty-tasks-{look}", axe)
    follow(page, "reports", ".empty")
    inspect(page, f"empty-reports-{look}", axe)
    assert troubles == []


def looks_of(days: int) -> list[dict[str, Any]]:
    """How a difference of 3.6 points becomes known, day by day."""
    return [
        {
            "day": 20_000 + day, "shown": 90 * day, "shown_reached": 10 * day, "held": 90 * day, "held_reached": 7 * day,
            "difference": 0.036, "low": 0.036 - 0.6 / day, "high": 0.036 + 0.6 / day,
        }
        for day in range(2, days)
    ]  # fmt: skip


FIXED = {"day": 20_018, "difference": 0.036, "low": 0.0069, "high": 0.0594}
LEFT = {"test_users": 2, "earlier": 1_234, "control_of_all": 12, "contaminated": 31, "immature": 370}
TEXTS = {
    "since": 1_728_000_000_000,
    "words": ["Text “a name of some length” against the rule’s own text: not clear yet. +3.6 points (−0.6 to 7.7)."]
    * 2,
    "tried": [
        {"variant": n, "name": "a name of some length" * n, "share": 0.25, "people": 12_345, "reached": 1_234}
        for n in (-1, 0, 1)
    ],
}
EFFECTS: dict[str, dict[str, Any]] = {
    "helps": {
        "verdict": {"looks": looks_of(40), "fixed": FIXED, "accounts": None},
        "words": ["It helps.", "…"],
        "texts": TEXTS,
    },
    "mismatch": {"verdict": {"looks": looks_of(9), "fixed": None, "accounts": None}, "words": ["Do not trust " * 9]},
    "too_few": {"verdict": {"looks": [], "fixed": None, "accounts": [3, 4]}, "unit": "account", "words": ["Too few."]},
    "not_causal": {
        "words": ["Not causal.", "Write `policy.holdout`."],
        "cohorts": [{"week": 20_000 + 7 * n, "people": 1_234, "reached": 99, "low": 0.066, "high": 0.097} for n in range(9)],
    },
    "no_goal": {"words": ["No goal."]},
}  # fmt: skip


def effect_of(state: str) -> dict[str, Any]:
    head = {"state": state, "unit": "user", "window": 7 * 86_400_000, "since": 1_728_000_000_000, "left_out": LEFT}
    return {**head, "verdict": None, "cohorts": [], "texts": None, **EFFECTS[state]}


@pytest.mark.parametrize("look", ["light", "dark", "ru-360-dark"])
def test_every_verdict_on_a_tip_fits_and_can_be_read(visit: Open, still: World, axe: Axe, look: str) -> None:
    page, state = visit(still, "nowhere", **LOOKS[look]), ""
    page.route("**/api/tips/*/effect*", lambda route: route.fulfill(body=json.dumps(effect_of(state))))
    for state in EFFECTS:
        follow(page, "tips", ".tips tbody tr")
        follow(page, "tips/bulk-edit/effect", f".panel .effect.{state}")
        expect(page.locator("svg.difference .whisker")).to_have_count(int(state == "helps"))
        expect(page.locator(".panel table tbody tr")).to_have_count(
            {"helps": 5, "mismatch": 2, "too_few": 2, "not_causal": 9, "no_goal": 0}[state]
        )
        inspect(page, f"effect-{state}-{look}", axe)
    follow(page, "tips", ".tips tbody tr")
    state = "helps"
    follow(page, "tips/bulk-edit/effect", "svg.difference")
    page.keyboard.press("t")
    expect(page.locator("figure tbody tr")).to_have_count(29)


def test_an_effect_that_cannot_be_read_is_said(visit: Open, still: World) -> None:
    page = visit(still, "nowhere")
    problem = {"detail": "the statistics of effects are not installed: pip install 'waypost[stats]'"}
    page.route("**/api/tips/*/effect*", lambda route: route.fulfill(status=503, body=json.dumps(problem)))
    follow(page, "tips/bulk-edit/effect", ".panel .failed")
    expect(page.locator(".panel .failed")).to_contain_text("pip install 'waypost[stats]'")


WIDE = "Ш" * 60
LONG = "A customer whose legal name is as long as only a holding of holdings can have it " * 2


def pause_of(subject: str, now: int) -> dict[str, Any]:
    """A pause with a reason of three lines and an event as long as one may be."""
    said = {"reason": LONG * 2, "author": WIDE, "allow": [f"tip-{n}" for n in range(20)], "until_event": "e" * 200}
    return {"id": 1, "subject": subject, "ends_at": now + DAY, "until_at": now + DAY, **said}


def with_long_texts(route: Route) -> None:
    """The real answer with the longest names that can be: no break in one, two hundred letters in another."""
    answer = route.fetch()
    body = answer.json()
    for tip in body.get("tips", []) if "timeline" not in body else []:
        tip["name"] = WIDE
        for days in ("7", "28"):
            tip[days].update(eligible=1_234_567, shown=1_234_567, engaged=123_456, dismissed=99_999, goal=12_345)
    for task in body.get("tasks", [body] if "timeline" in body else []):
        task["pauses"] = [pause_of(task["subject"], body.get("now", task["noticed_at"] + 400 * DAY))]
        task.update(title=f"{WIDE} has gone quiet", account_name=LONG, owner="owner@" + "w" * 60, outcome=WIDE * 3)
    if "timeline" in body:
        body["body"], body["words"], body["context"] = LONG * 3, [LONG], {"tip": WIDE, "route": "/" + WIDE}
        long = {"at": body["noticed_at"], "user_id": WIDE, "times": 99_999}
        body["timeline"] += [
            {"kind": "event", "name": WIDE, **long},
            {"kind": "note", "body": WIDE * 3, "by": WIDE, **long},
        ]
        body["tips"] = [
            {"tip": WIDE, **dict.fromkeys(("seen", "ignored", "clicked", "dismissed", "completed"), 99_999)}
        ]
        body["people"]["do_not"] = [{"user_id": "x", "name": WIDE, "last_active_at": None}]
        body["before"] = [{**body, "id": 9, "title": WIDE}]
    people = body.get("people", [])
    for person in people if isinstance(people, list) else []:
        person.update(name=WIDE, account_name=LONG)
    route.fulfill(response=answer, body=json.dumps(body))


@pytest.mark.parametrize("look", ["dark", "360"])
def test_long_names_and_large_numbers_fit(visit: Open, still: World, axe: Axe, look: str) -> None:
    page = visit(still, "nowhere", **LOOKS[look])
    page.route("**/api/ti*s*", with_long_texts)
    page.route("**/api/tips/*/people*", with_long_texts)
    page.route("**/api/v1/tasks*", with_long_texts)
    page.route("**/api/v1/tasks/*", with_long_texts)
    for name in ("tips", "people", "tasks"):
        follow(page, *PAGES[name])
        expect(page.get_by_text(WIDE).first).to_be_attached()
        inspect(page, f"{name}-long-{look}", axe)
    page.locator(".inbox a").first.click()
    inspect(page, f"task-long-{look}", axe)


MANY = """() => { const real = fetch; window.fetch = async (...asked) => {
  const answer = await real(...asked);
  if (!/api\\/tips\\?/.test(asked[0])) return answer;
  const said = await answer.json(), first = said.tips[0];
  const tips = Array.from({length: 10_000}, (_, n) => ({...first, id: `tip-${n}`, name: `Tip ${n}`}));
  return Response.json({...said, tips}) } }"""


def test_ten_thousand_tips_are_drawn_in_parts(visit: Open, still: World) -> None:
    page = visit(still, "nowhere")
    page.evaluate(MANY)
    follow(page, *PAGES["tips"])
    expect(page.locator("caption")).to_contain_text("10,000 tips")
    expect(page.locator(".tips tbody tr")).to_have_count(200)
    page.get_by_role("button", name="Show 200 more of 9,800").click()
    expect(page.locator(".tips tbody tr")).to_have_count(400)
    page.keyboard.press("/")
    page.keyboard.type("Tip 9999")
    expect(page.locator(".tips tbody tr")).to_have_count(1)
    picture(page, "tips-many")
