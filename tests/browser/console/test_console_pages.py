"""Tips and people say what the database has; tasks are done, put off and opened again for good; the door; the bad days."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, Route, expect

from tests.browser.console.conftest import PASSWORD, Open, serve, start
from tests.browser.demo.conftest import World
from waypost.engine.labels import label
from waypost.insight.tips import Stats, held_back, tip_stats
from waypost.model import DAY, TIP
from waypost.store.events import events_of
from waypost.store.tasks import task_by_id

COLUMNS = ["eligible", "shown", "engaged", "dismissed", "goal"]


def in_database(world: World, read: Callable[[Any, int], Any]) -> Any:
    return world.runtime.store.read_now(lambda tx: read(tx, world.runtime.project_id))


def stats_of(tx: Any, project_id: int, *, now: int, days: int) -> dict[str, Stats]:
    return tip_stats(tx, project_id, now, days)


def numbers_of(page: Page, tip: str) -> dict[str, int]:
    cells = page.locator(f"[data-walk={tip}] .num").all_inner_texts()
    return dict(zip(COLUMNS, map(int, cells), strict=True))


def met(world: World, tip: str, what: str, days: int) -> set[str]:
    """Who met an outcome, read from the log of events and not from the counts."""
    first = (world.runtime.clock.now() // DAY - days + 1) * DAY

    def read(tx: Any, project_id: int) -> set[str]:
        subjects = [
            row[0] for row in tx.execute("SELECT DISTINCT subject FROM event WHERE project_id=?", (project_id,))
        ]
        return {
            subject
            for subject in subjects
            for _, event in events_of(tx, project_id, subject)
            if event.name == TIP and event.props["tip"] == tip and event.props["what"] == what and event.t >= first
        }

    found: set[str] = in_database(world, read)
    return found


def test_tips_show_the_numbers_of_the_database_for_both_periods(visit: Open, still: World) -> None:
    page = visit(still)
    for days in (28, 7):
        expect(page.locator("caption")).to_contain_text(f"last {days} days")
        stats = in_database(still, partial(stats_of, now=still.runtime.clock.now(), days=days))
        assert any(found.counts["shown"] for found in stats.values())
        for tip in still.runtime.rules.plan.rules.values():
            if tip.kind == "alert":
                continue
            counts = stats[tip.id].counts
            assert (tip.id, numbers_of(page, tip.id)) == (tip.id, {name: counts[name] for name in COLUMNS})
            held = page.locator(f"[data-walk={tip.id}] .held").inner_text()
            if stats[tip.id].held:
                code, people = stats[tip.id].held[0]
                assert held == f"{label(code, 'en')} · {people} {'person' if people == 1 else 'people'}"
            else:
                assert held == "Nothing held it back"
        page.keyboard.press("w")


def test_the_numbers_are_those_of_the_event_log_too(visit: Open, still: World) -> None:
    page = visit(still)
    page.locator(".tips").wait_for()
    shown = numbers_of(page, "bulk-edit")
    whats = {"shown": "viewed", "engaged": "clicked", "dismissed": "dismissed", "goal": "goal"}
    assert shown["shown"] > 0
    for column, what in whats.items():
        assert (column, shown[column]) == (column, len(met(still, "bulk-edit", what, 28)))


def test_a_number_opens_into_its_people_and_a_person_into_why(visit: Open, still: World) -> None:
    page = visit(still)
    page.get_by_role("link", name="Edit many tasks at once").click()
    page.get_by_role("link", name="Shown", exact=True).click()
    rows = page.locator(".rows li")
    expect(rows.first).to_be_visible()
    people = met(still, "bulk-edit", "viewed", 28)
    expect(rows).to_have_count(len(people))
    expect(page.locator(".panel .count")).to_have_text(f"{len(people)} people, last 28 days")
    assert {f"u:{row.get_attribute('data-walk').removeprefix('u:')}" for row in rows.locator("a").all()} == people  # type: ignore[union-attr]
    rows.locator("a").first.click()
    answer = page.locator(".answer")
    expect(answer).to_contain_text("It was offered")
    expect(page.get_by_label("User id")).not_to_have_value("")
    said = page.request.get(f"/api/why?tip=bulk-edit&{page.url.partition('?')[2]}").json()
    assert (said["outcome"], said["decided_at"] is not None) == ("offered", True)
    for sentence in said["words"]:
        expect(answer).to_contain_text(sentence)


def test_why_somebody_did_not_see_it_is_said_in_words(visit: Open, still: World) -> None:
    reasons = in_database(
        still, lambda tx, project: held_back(tx, project, "bulk-edit", still.runtime.clock.now(), 28)
    )
    page = visit(still, f"tips/bulk-edit/people?outcome=held:{reasons[0][0]}")
    page.locator(".rows a").first.click()
    answer = page.locator(".answer")
    expect(answer).to_contain_text("It was held back")
    expect(answer.locator(".stopped")).to_have_count(1)
    assert re.search(r"[A-Z].+\.", answer.locator("p").nth(1).inner_text()), "a sentence"
    page.get_by_label("User id").fill("nobody-knows")
    page.get_by_label("When").fill("")
    page.get_by_role("button", name="Explain").click()
    expect(answer).to_contain_text("No decision was made")


def first_task(page: Page) -> tuple[int, str]:
    row = page.locator(".inbox a").first
    row.wait_for()
    title = row.locator("strong").inner_text()
    row.click()
    expect(page.locator("#panel-title")).to_have_text(title)
    return int(row.get_attribute("data-walk") or 0), title


def state_of(world: World, task: int) -> tuple[str, str, int | None]:
    found = in_database(world, lambda tx, project: task_by_id(tx, project, task))
    return found.state, found.outcome, found.snoozed_until


def section(page: Page, name: str) -> None:
    page.get_by_role("link", name=re.compile(rf"^{name} \d")).click()


def test_a_task_is_done_with_its_outcome_and_stays_done_until_it_is_reopened(visit: Open, world: World) -> None:
    page = visit(world, "tasks")
    task, title = first_task(page)
    open_before = page.locator(".inbox a").count()
    page.keyboard.press("d")
    page.keyboard.type("Called: sends a new contract")
    page.keyboard.press("Enter")
    expect(page.locator(".notice")).to_contain_text("Done:")
    expect(page.locator(".panel")).to_have_count(0)
    expect(page.locator(".inbox a")).to_have_count(open_before - 1)
    assert state_of(world, task) == ("done", "Called: sends a new contract", None)
    page.reload()
    section(page, "Done")
    page.locator(f"[data-walk='{task}']").click()
    expect(page.locator(".facts")).to_contain_text("Called: sends a new contract")
    page.keyboard.press("r")
    expect(page.locator(".notice")).to_contain_text("Open again")
    page.reload()
    section(page, "Open")
    expect(page.locator(f"[data-walk='{task}']")).to_contain_text(title)
    assert state_of(world, task)[0] == "open"


def test_a_task_is_put_off_to_a_morning_and_z_takes_it_back(visit: Open, world: World) -> None:
    page = visit(world, "tasks")
    task, _ = first_task(page)
    page.keyboard.press("s")
    expect(page.get_by_role("button", name="Tomorrow, 9:00")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".notice")).to_contain_text("comes back")
    state, _, until = state_of(world, task)
    assert (state, until is not None and until > world.runtime.clock.now()) == ("snoozed", True)
    page.reload()
    section(page, "Snoozed")
    expect(page.locator(f"[data-walk='{task}']")).to_contain_text("Comes back")
    section(page, "Open")
    page.locator(".inbox a").first.click()
    page.keyboard.press("s")
    page.get_by_role("button", name="In 2 weeks, 9:00").click()
    expect(page.locator(".notice")).to_contain_text("Undo")
    page.keyboard.press("z")
    page.reload()
    section(page, "Snoozed")
    expect(page.locator(".inbox a")).to_have_count(1)


def test_a_task_that_the_server_would_not_change_is_back_and_says_so(visit: Open, world: World) -> None:
    page = visit(world, "tasks")
    task, _ = first_task(page)
    page.route("**/api/v1/tasks/*/done", lambda route: route.fulfill(status=500, body="{}"))
    page.keyboard.press("d")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("the change was not saved")
    assert state_of(world, task)[0] == "open"


def test_the_search_finds_a_task_by_its_account(visit: Open, still: World) -> None:
    page = visit(still, "tasks")
    page.locator(".inbox a").first.wait_for()
    page.keyboard.press("/")
    page.keyboard.type("blue pine")
    expect(page.locator(".inbox a").filter(has_text="Blue Pine Studio")).to_have_count(
        page.locator(".inbox a").count()
    )
    page.keyboard.type(" of nowhere")
    expect(page.locator(".empty")).to_contain_text("No task matches this search")
    page.get_by_role("button", name="Clear the filters").click()
    expect(page.locator(".inbox a").first).to_be_visible()


def test_a_wrong_password_says_so_and_the_right_one_leads_to_the_address_asked_for(visit: Open, still: World) -> None:
    page = visit(still, "tasks", signed_in=False)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_have_text("Type the password first.")
    page.keyboard.type("a guess")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("That is not the password")
    expect(page.locator("#password")).to_be_focused()
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Tasks", exact=True)).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    expect(page.locator("#password")).to_be_focused()
    expect(page.get_by_text("Your session has ended")).to_have_count(0)


def test_who_is_signed_out_in_the_middle_goes_on_where_they_were(visit: Open, still: World) -> None:
    page = visit(still, "tips/bulk-edit/rule")
    page.locator(".panel pre").wait_for()
    page.context.clear_cookies()
    page.get_by_role("link", name="People", exact=True).click()
    expect(page.get_by_text("Your session has ended")).to_be_visible()
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{still.backend.url}/console/tips/bulk-edit/people")
    expect(page.locator(".rows a").first).to_be_visible()


def test_an_error_says_what_happened_and_trying_again_mends_it(visit: Open, still: World) -> None:
    page = visit(still, "nowhere")
    problem = {"title": "x", "detail": "the disk is full", "status": 500}
    page.route("**/api/tips?*", lambda route: route.fulfill(status=500, body=json.dumps(problem)))
    page.get_by_role("link", name="Go to tips").click()
    alert = page.get_by_role("alert").filter(has_text="could not be loaded")
    expect(alert).to_contain_text("The server failed to answer; its log says why.")
    expect(alert).to_contain_text("the disk is full")
    page.unroute("**/api/tips?*")
    page.get_by_role("button", name="Try again").click()
    expect(page.locator(".tips")).to_be_visible()


def test_a_server_that_stops_leaves_what_was_read_and_says_that_it_may_be_old(visit: Open, world: World) -> None:
    page = visit(world)
    page.locator(".tips").wait_for()
    world.backend.stop()
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    stale = page.get_by_role("status").filter(has_text="may be old")
    expect(stale).to_be_visible()
    expect(page.locator(".tips tbody tr").first).to_be_visible()
    world.backend.start()
    page.get_by_role("button", name="Try again").click()
    expect(stale).to_have_count(0)


def test_what_is_slow_stands_as_a_skeleton(visit: Open, still: World) -> None:
    waiting: list[Route] = []
    page = visit(still, "nowhere")
    page.route("**/api/tips?*", lambda route: waiting.append(route))
    page.get_by_role("link", name="Go to tips").click()
    expect(page.locator(".skeleton")).to_be_visible()
    expect(page.get_by_role("heading", name="Tips")).to_be_visible()
    for route in waiting:
        route.continue_()
    expect(page.locator(".skeleton")).to_have_count(0)
    expect(page.locator(".tips")).to_be_visible()


def test_without_any_event_the_tag_is_there_to_be_taken(visit: Open, tmp_path: Path) -> None:
    for world in serve(start(tmp_path / "new.db")):
        page = visit(world)
        tag = f'<script async src="{world.backend.url}/sdk/waypost.js" data-key="wk_test"></script>'
        expect(page.locator(".first pre")).to_have_text(tag)
        event = {"type": "track", "event": "opened", "userId": "ivan", "writeKey": "wk_test"}
        assert page.request.post("/v1/track", data=event).ok
        page.reload()
        page.locator(".tips").wait_for()
        expect(page.locator(".first")).to_have_count(0)


def test_a_broken_rule_is_named_with_its_place(visit: Open, tmp_path: Path) -> None:
    rules = tmp_path / "rules" / "tips"
    rules.mkdir(parents=True)
    (rules / "broken.json").write_text(json.dumps({"id": "broken", "text": {"en": {"title": "x"}}, "placment": {}}))
    for world in serve(start(tmp_path / "new.db", tmp_path / "rules")):
        page = visit(world)
        expect(page.locator(".problems summary")).to_contain_text("No rule is live.")
        expect(page.locator(".problems li").first).to_contain_text("tips/broken.json: placment")


def test_the_history_of_new_rules_shows_how_far_it_is(visit: Open, still: World) -> None:
    def told(route: Route) -> None:
        reply = route.fetch()
        body = reply.json()
        body["rules"]["backfill"] = [120, 480]
        route.fulfill(response=reply, json=body)

    page = visit(still)
    expect(page.get_by_role("progressbar")).to_have_count(0)
    page.route("**/api/me*", told)
    page.reload()
    expect(page.get_by_role("progressbar", name="120 of 480")).to_have_attribute("value", "120")
