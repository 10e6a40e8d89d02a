"""The three lines that `waypost demo` prints, done as they are written; the bar below the sample app."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.demo.conftest import World
from tests.browser.demo.test_demo import TIP, box, until
from waypost.cli.demo import PASSWORD, greet
from waypost.demo import seed as seeding
from waypost.demo.control import SEED
from waypost.demo.people import ACCOUNTS
from waypost.model import DAY, HOUR, MINUTE, SECOND
from waypost.web.sessions import reset_password

BAR = "#waypost-demo-bar"
CUSTOMERS = 6  # of the demo's: those that are known by name, and one that goes on
QUIET = ["Blue Pine Studio", "Harbor Freight Desk", "Kestrel Labs"]
PAGES = ["board/1", "reports", "reports/2", "reports/schedule", "import", "team", "settings", "billing"]


@pytest.fixture
def demo(world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """The demo as it starts, with fewer customers."""
    monkeypatch.setattr(seeding, "ACCOUNTS", ACCOUNTS[:CUSTOMERS])
    reset_password(world.runtime, PASSWORD)
    seeding.seed(world.runtime, world.runtime.clock.now(), Random(SEED))
    return world


def press(page: Page, step: str) -> None:
    """A button of the bar; the app is loaded anew when the clock has moved."""
    with page.expect_navigation(timeout=60_000):
        page.locator(f"{BAR} [data-step='{step}']").click()
    expect(page.locator(f"{BAR} .time")).to_contain_text(":")


def past_the_first_seconds(page: Page, world: World) -> None:
    """A newcomer reads before acting; here the server's clock does."""
    until(page, lambda: "$identify" in world.names("ann"), "an identified user")
    world.advance(6 * SECOND)


def tasks_in_console(page: Page, world: World) -> list[str]:
    page.goto(f"{world.backend.url}/console/")
    if page.locator("#password").or_(page.locator("#content")).first.get_attribute("id") == "password":
        page.keyboard.type(PASSWORD)
        page.keyboard.press("Enter")
    page.locator("nav").get_by_role("link", name="Tasks").click()
    page.locator(".inbox, .empty").first.wait_for()
    return page.locator(".inbox strong").all_inner_texts()


def test_a_newcomer_is_told_three_things_to_try(capsys: pytest.CaptureFixture[str]) -> None:
    greet("http://127.0.0.1:8000", "http://127.0.0.1:8001")
    said = capsys.readouterr().out
    assert "http://127.0.0.1:8001\n" in said
    assert f"http://127.0.0.1:8000/console/   password: {PASSWORD}\n" in said
    assert [line[0] for line in said.splitlines() if line[:2] in ("1.", "2.", "3.", "4.")] == ["1", "2", "3"]


def test_the_first_line_three_exports_bring_a_tip_that_stays_away_once_closed(page: Page, demo: World) -> None:
    page.goto("/")
    past_the_first_seconds(page, demo)
    page.get_by_role("link", name="Reports").click()
    for _ in range(3):
        page.get_by_role("button", name="Export CSV").click()
    expect(page.locator(TIP)).to_contain_text("This report can come by itself")
    assert box(page, TIP)["y"] > box(page, "#export")["y"], "at the button"
    until(page, lambda: "viewed" in demo.tip_events("ann", "export-schedule"), "a view")
    page.get_by_role("button", name="Close").click()
    until(page, lambda: "dismissed" in demo.tip_events("ann", "export-schedule"), "a dismissal")
    page.reload()
    page.locator(f"{BAR} [data-why]").click()
    expect(page.locator(f"{BAR} [data-tip=export-schedule]")).to_have_attribute("data-code", "repeat_cooldown")
    expect(page.locator(TIP)).to_have_count(0)


def test_the_second_line_an_import_left_half_way_is_brought_back_a_day_later(page: Page, demo: World) -> None:
    page.goto("/")
    page.get_by_role("link", name="Import").click()
    page.get_by_role("button", name="Use a sample file").click()
    until(page, lambda: "import_started" in demo.names("ann"), "a started import")
    page.get_by_role("link", name="Board").click()
    press(page, "1d")
    demo.advance(6 * SECOND)
    page.reload()
    expect(page.locator(TIP)).to_contain_text("Your import is still waiting")
    page.locator(f"{BAR} [data-why]").click()
    expect(page.locator(f"{BAR} [data-tip=import-abandoned]")).to_contain_text("stands on this page")
    page.get_by_role("button", name="Continue").click()
    expect(page).to_have_url(f"{demo.site.url}/import")
    expect(page.get_by_role("heading", name="Match the columns")).to_be_visible()


def test_the_third_line_two_weeks_later_quiet_accounts_wait_for_a_person(page: Page, demo: World) -> None:
    page.goto("/")
    press(page, "14d")
    quiet = [title for title in tasks_in_console(page, demo) if title.endswith("has gone quiet")]
    assert sorted(quiet) == [f"{name} has gone quiet" for name in QUIET], "the others went on meanwhile"
    expect(page.locator(".clock-note")).to_contain_text("14 days ahead of now")


def test_the_bar_moves_the_clock_by_what_it_says_and_reset_begins_anew(page: Page, demo: World) -> None:
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto("/import")
    page.get_by_role("button", name="Use a sample file").click()
    for step, length in (("1h", HOUR), ("1d", DAY), ("14d", 14 * DAY)):
        before = demo.runtime.clock.offset
        press(page, step)
        assert demo.runtime.clock.offset == before + length
    press(page, "reset")
    assert demo.runtime.clock.offset == 0
    assert demo.runtime.clock.now() - demo.runtime.clock.wall() < MINUTE
    expect(page.get_by_role("button", name="Use a sample file")).to_be_visible()
    assert "import_started" not in demo.names("ann")
    assert "Harbor Freight Desk has gone quiet" not in tasks_in_console(page, demo)


@pytest.mark.parametrize(("width", "locale"), [(1280, "en-US"), (360, "ru-RU")])
def test_the_bar_hides_nothing_and_every_page_can_be_read(
    device: Callable[..., BrowserContext], world: World, width: int, locale: str
) -> None:
    axe = (Path(__file__).parents[3] / "sdk-js/node_modules/axe-core/axe.min.js").read_text()
    page = device(viewport={"width": width, "height": 800}, locale=locale).new_page()
    for path in PAGES:
        page.goto(f"/{path}")
        expect(page.locator(f"{BAR} .time")).to_contain_text(":")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
        page.evaluate("scrollTo(0, document.body.scrollHeight)")
        last = page.evaluate(
            "Math.max(...[...document.querySelectorAll('#app main > :last-child, .nav-link')].map(e => e.getBoundingClientRect().bottom))"
        )
        assert last <= page.evaluate("innerHeight") - box(page, f"{BAR} .bar")["height"], path
        page.evaluate(axe)
        found = page.evaluate(
            "async () => (await axe.run({preload: false})).violations.map(v => v.id + v.nodes[0].html)"
        )
        assert (path, found) == (path, [])
    page.goto("/reports")
    page.click("#export")
    toast = box(page, ".toast")
    assert toast["y"] + toast["height"] <= 800 - box(page, f"{BAR} .bar")["height"]


def test_switched_off_the_app_works_and_no_tip_stands(page: Page, demo: World) -> None:
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda told: errors.append(told.text) if told.type == "error" else None)
    page.goto("/reports?waypost=off")
    past_the_first_seconds(page, demo)
    for _ in range(3):
        page.click("#export")
    until(page, lambda: demo.names("ann").count("report_exported") >= 3, "the exports")
    page.get_by_role("link", name="Board").click()
    page.click("#new-task")
    page.fill("#card-title", "Still here")
    page.get_by_role("button", name="Create").click()
    expect(page.get_by_role("button", name="Still here")).to_be_visible()
    expect(page.locator(TIP)).to_have_count(0)
    assert errors == []
