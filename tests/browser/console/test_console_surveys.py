"""The surveys of the Reports page: score, interval and response rate; the words and who said them; nothing yet."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.console.conftest import Open
from tests.browser.console.test_console_looks import LOOKS, WIDE, Axe, follow, inspect
from tests.browser.demo.conftest import World

NPS = "[aria-labelledby=report-surveys] .survey"
BASE: dict[str, Any] = {
    "state": "live", "viewed": 400, "answered": 100, "rate": {"value": 0.25, "low": 0.2101, "high": 0.2947},
    "easy": None, "accounts": None, "comments": 3,
}  # fmt: skip
SURVEYS = [
    {
        **BASE, "id": "nps", "name": "Would you recommend us?", "scale": "nps", "answers": 100,
        "score": {"value": 34.0, "low": 19.0, "high": 49.0}, "accounts": [41, -28.6],
        "counts": [3, 0, 1, 2, 3, 4, 5, 14, 16, 22, 30], "weeks": [[20_780 + 7 * n, 8, 40 - 9 * n] for n in range(13)],
    },
    {
        **BASE, "id": "csat", "name": WIDE, "scale": "csat", "answers": 1_234_567,
        "score": {"value": 0.812, "low": 0.79, "high": 0.83}, "counts": [1, 2, 30_000, 999_999, 234_567], "weeks": [],
    },
    {
        **BASE, "id": "ces", "name": "How easy was it?", "scale": "ces", "answers": 40,
        "score": {"value": 5.31, "low": 4.9, "high": 5.7}, "easy": {"value": 0.7, "low": 0.55, "high": 0.82},
        "counts": [1, 2, 3, 4, 10, 10, 10], "weeks": [],
    },
    {**BASE, "id": "few", "name": "Few", "scale": "nps", "answers": 3, "score": None, "counts": [0] * 10 + [3], "weeks": []},
    {**BASE, "id": "idea", "name": "What is missing?", "scale": "text", "answers": 3, "score": None, "counts": [], "weeks": []},
    {
        **BASE, "id": "new", "name": "Nobody yet", "scale": "csat", "answers": 0, "viewed": 0, "answered": 0, "rate": None,
        "score": None, "counts": [0] * 5, "weeks": [], "comments": 0,
    },
]  # fmt: skip
ANSWER = {
    "id": 9, "survey": "nps", "scale": "nps", "at": 1_795_000_000_000, "score": 3, "comment": f"Slow.\n{WIDE}", "plan": "team",
    "route": "/reports/:id", "recent": ["report_opened", "report_exported"], "subject": "u:tom", "user_id": "tom",
    "name": "Tom Baker", "account": "acme", "account_name": "Acme",
}  # fmt: skip


def with_surveys(page: Page, surveys: list[dict[str, Any]]) -> None:
    def answer(route: Route) -> None:
        wanted = route.request.url.split("?")[0].split("/v1/surveys")[1].strip("/")
        one = next((survey for survey in surveys if survey["id"] == wanted), {})
        listed = {
            "comments_listed": [ANSWER, {**ANSWER, "id": 8, "score": 10, "name": None, "user_id": None}],
            "next": None,
        }
        body = {**one, **listed} if wanted else {"now": 0, "days": 90, "surveys": surveys}
        route.fulfill(status=200, content_type="application/json", body=json.dumps({"least": 10, **body}))

    page.route("**/api/v1/surveys*", answer)
    page.route("**/api/v1/surveys/*", answer)


def test_a_score_stands_with_its_interval_and_its_words_are_one_click_away(visit: Open, still: World) -> None:
    page = visit(still, "nowhere")
    with_surveys(page, SURVEYS)
    follow(page, "reports", NPS)
    first = page.locator(NPS).first
    expect(first).to_contain_text("34")
    expect(first).to_contain_text("95% interval: 19 to 49")
    expect(first).to_contain_text("95% interval: 21 % to 29 %".replace(" %", "\u202f%"))
    expect(first).to_contain_text("−29")
    expect(page.locator(NPS).nth(3)).to_contain_text("3 of the 10 answers that a score needs")
    expect(page.locator(NPS).nth(5)).to_contain_text("Nobody has been asked yet")
    link = first.get_by_role("link", name="3 comments")
    link.focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{still.backend.url}/console/reports/surveys/nps")
    expect(page.locator(".panel .answers li").first).to_contain_text("Tom Baker · Acme · team")
    expect(page.locator(".panel .answers li").first).to_contain_text("just before: report_opened, report_exported")
    page.keyboard.press("Escape")
    expect(link).to_be_focused()


def test_the_surveys_of_the_history_are_there_and_are_exported(visit: Open, still: World, tmp_path: Path) -> None:
    page = visit(still, "reports")
    expect(page.locator(NPS)).to_have_count(3)
    with page.expect_download() as download:
        page.locator("#report-surveys + button").click()
    download.value.save_as(tmp_path / "surveys.csv")
    head, *rows = (tmp_path / "surveys.csv").read_text(encoding="utf-8-sig").splitlines()
    assert head == "survey,scale,measure,value,low,high"
    assert {row.count(",") for row in rows} == {5}
    assert "nps,nps,response_rate," in "\n".join(rows)


@pytest.mark.parametrize("look", list(LOOKS))
def test_surveys_fit_and_can_be_read(visit: Open, still: World, axe: Axe, troubles: list[str], look: str) -> None:
    page = visit(still, "nowhere", **LOOKS[look])
    with_surveys(page, SURVEYS)
    follow(page, "reports", NPS)
    page.locator("#report-surveys").scroll_into_view_if_needed()
    page.evaluate("document.getElementById('report-surveys').scrollIntoView()")
    inspect(page, f"surveys-{look}", axe)
    follow(page, "reports/surveys/nps", ".panel .answers li")
    inspect(page, f"surveys-comments-{look}", axe)
    assert troubles == []


def test_no_survey_and_a_failure_say_what_to_do(visit: Open, still: World) -> None:
    page = visit(still, "nowhere")
    with_surveys(page, [])
    follow(page, "reports", "[aria-labelledby=report-surveys] .missing")
    expect(page.locator("[aria-labelledby=report-surveys] .missing")).to_contain_text(
        '"questions": [{"scale": "nps"}]'
    )
    page.unroute("**/api/v1/surveys*")
    page.route("**/api/v1/surveys*", lambda route: route.fulfill(status=500, body="{}"))
    follow(page, "nowhere", ".head + .button")
    page.reload()
    follow(page, "reports", "[aria-labelledby=report-surveys] .failed")
    page.unroute("**/api/v1/surveys*")
    page.locator("[aria-labelledby=report-surveys] .failed button").click()
    page.locator(NPS).first.wait_for()
