"""The Reports page in a real browser: numbers that open, exports, tables, and the states beside "here it is"."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Route, expect

from tests.browser.console.conftest import Open
from tests.browser.console.test_console_looks import LOOKS, WIDE, Axe, follow, inspect
from tests.browser.demo.conftest import World

READY = ".report .drawn"


def test_a_number_opens_into_its_people_and_gives_the_focus_back(
    visit: Open, still: World, troubles: list[str]
) -> None:
    page = visit(still)
    page.keyboard.press("g")
    page.keyboard.press("r")
    number = page.locator(".report .big a").nth(1)
    shown = number.inner_text()
    number.focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{still.backend.url}/console/reports/activity/mau")
    expect(page.locator(".panel header")).to_contain_text(f"{shown} people")
    expect(page.locator(".panel .plain-rows li")).to_have_count(int(shown))
    page.keyboard.press("Escape")
    expect(page).to_have_url(f"{still.backend.url}/console/reports")
    expect(number).to_be_focused()
    assert troubles == []


def test_every_link_of_the_page_has_people(visit: Open, still: World) -> None:
    """As many as the number says."""
    page = visit(still, "reports")
    page.locator(READY).first.wait_for()
    links = page.locator(".report a.number").evaluate_all("all => all.map(a => [a.pathname + a.search, a.innerText])")
    assert len(links) > 20
    for path, number in links[::7]:
        follow(page, path.removeprefix("/console/"), ".panel .plain-rows li")
        expect(page.locator(".panel .plain-rows li")).to_have_count(min(50, int(number)))


def test_the_people_of_a_funnel_lead_to_why(visit: Open, still: World) -> None:
    page = visit(still, "reports/funnel/viewed?of=bulk-edit")
    page.locator(".panel .plain-rows a").first.click()
    expect(page.locator(".panel .answer")).to_be_visible()


def test_each_report_is_exported(visit: Open, still: World, tmp_path: Path) -> None:
    page = visit(still, "reports")
    page.locator(READY).first.wait_for()
    buttons = page.locator(".report > header button")
    for name in ("activity", "adoption", "activation", "value", "onboarding", "funnel"):
        with page.expect_download() as download:
            page.locator(f"#report-{name} + button").click()
        assert download.value.suggested_filename == f"{name}.csv"
        download.value.save_as(tmp_path / name)
        head, *rows = (tmp_path / name).read_text(encoding="utf-8-sig").splitlines()
        assert rows
        assert {row.count(",") for row in rows if '"' not in row} == {head.count(",")}
    assert buttons.count() >= 6


def test_the_charts_are_tables_one_key_away(visit: Open, still: World) -> None:
    page = visit(still, "reports")
    page.locator(READY).first.wait_for()
    page.keyboard.press("t")
    expect(page.locator(".report svg.drawn")).to_have_count(0)
    expect(page.locator("[aria-labelledby=report-activity] figure tbody tr")).to_have_count(12)


def changed(change: Callable[[dict[str, Any]], None]) -> Callable[[Route], None]:
    """The real answer, changed."""

    def answer(route: Route) -> None:
        real = route.fetch()
        body = real.json()
        change(body)
        route.fulfill(response=real, body=json.dumps(body))

    return answer


def a_year_and_long_names(body: dict[str, Any]) -> None:
    activity = body["activity"]
    activity["period"].update(dau=123_456.7, wau=1_234_567, mau=9_876_543)
    activity["year_ago"] = {"dau": 98_765.4, "wau": 1_111_111, "mau": 8_765_432, "stickiness": 0.1}
    for week in activity["weeks"]:
        week.update(active=1_234_567, year_ago=1_111_111)
    for row in body["adoption"]["features"]:
        row.update(feature=f"{WIDE} {row['feature']}", adopters=1_234_567, sustained=999_999, not_yet=1_234_567)
    for row in body["onboarding"]:
        row.update(chain=f"{row['chain']} {WIDE}", events=[WIDE for _ in row["events"]])
    for row in body["funnel"]:
        row.update(name=WIDE, ghosts=123_456, held=[[WIDE, 1_234_567]])
        for stage in row["stages"]:
            stage["people"] = 1_234_567
    side = {"people": 1_234_567, "again": 123_456, "early": 9, "share": 0.1}
    topic = {"topic": WIDE, "asking": 1_234_567, **side}
    both = {"topic": WIDE, "before": side, "after": side}
    body["support"] = {"event": WIDE, "topics": [topic], "tips": [{"tip": "x", "name": WIDE, "topics": [both]}]}


@pytest.mark.parametrize("look", ["light", "360", "ru-360-dark"])
def test_long_names_and_a_year_before_fit(visit: Open, still: World, axe: Axe, look: str) -> None:
    page = visit(still, "nowhere", **LOOKS[look])
    page.route("**/api/reports?*", changed(a_year_and_long_names))
    follow(page, "reports", READY)
    expect(page.locator(".drawn polyline.before")).to_have_attribute("points", re.compile(r"^(\S+ ){11}\S+$"))
    inspect(page, f"reports-long-{look}", axe)
    page.locator(".pick-tip select").select_option("x")
    expect(page.locator("[aria-labelledby=report-support] .stale")).to_be_visible()
    inspect(page, f"reports-support-{look}", axe)


def nothing_named(body: dict[str, Any]) -> None:
    body.update(activation=None, value=None, support=None, onboarding=[], funnel=[])
    body["adoption"]["features"] = []


def nobody_yet(body: dict[str, Any]) -> None:
    for row in body["adoption"]["features"]:
        row.update(adopters=0, sustained=0, per_adopter=None, sustained_share=None)
    for row in body["onboarding"]:
        row.update(launches=0)
    body["activation"].update(people=0, activated=0, rate=None, cohorts=[])
    body["value"].update(people=0, reached=0, curve=[])
    body["support"].update(topics=[], tips=[])


@pytest.mark.parametrize("look", ["light", "ru-360-dark"])
@pytest.mark.parametrize(("change", "empty"), [(nothing_named, 6), (nobody_yet, 0)])
def test_what_is_empty_says_what_will_stand_there(
    visit: Open, still: World, axe: Axe, look: str, change: Callable[[dict[str, Any]], None], empty: int
) -> None:
    page = visit(still, "nowhere", **LOOKS[look])
    page.route("**/api/reports?*", changed(change))
    follow(page, "reports", READY)
    expect(page.locator(".missing")).to_have_count(empty)
    inspect(page, f"reports-{change.__name__}-{look}", axe)


def test_a_failure_is_said_and_tried_again(visit: Open, still: World) -> None:
    page = visit(still, "nowhere")
    page.route("**/api/reports?*", lambda route: route.fulfill(status=500, body=json.dumps({"detail": "no luck"})))
    follow(page, "reports", ".failed")
    expect(page.locator(".failed")).to_contain_text("no luck")
    page.unroute("**/api/reports?*")
    page.locator(".failed button").click()
    page.locator(READY).first.wait_for()


def test_a_number_that_is_gone_is_said(visit: Open, still: World, troubles: list[str]) -> None:
    page = visit(still, "reports/activity/nothing")
    expect(page.locator(".panel .failed")).to_be_visible()
    expect(page.locator(".panel h2").first).to_have_text("This number is not here any more")
    troubles.clear()
