"""The main job in a real browser: the sample app, the snippet, the server, and a clock that is moved."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.demo.conftest import World
from waypost.model import DAY, SECOND, user_key
from waypost.store import decisions

TIP = "waypost-tip .tip"
Device = Callable[..., BrowserContext]


def until(page: Page, holds: Callable[[], object], what: str) -> None:
    """Wait for a state of the server, which answers in threads of its own."""
    for _ in range(1_000):
        if holds():
            return
        page.wait_for_timeout(10)
    raise AssertionError(f"never: {what}")


def decided_at(world: World, user: str) -> int:
    found = world.runtime.store.read_now(lambda tx: decisions.latest(tx, world.runtime.project_id, user_key(user)))
    return found.decided_at if found else 0


def reason(world: World, user: str, tip: str) -> str:
    """What the latest decision said of a tip: "offered" or the reason code."""
    found = world.runtime.store.read_now(lambda tx: decisions.latest(tx, world.runtime.project_id, user_key(user)))
    assert found is not None
    if any(offer.tip == tip for offer in found.decision.offers):
        return "offered"
    return next(loser.code for loser in found.decision.losers if loser.tip == tip)


def after_decision(page: Page, world: World, user: str, act: Callable[[], object]) -> None:
    """Act, and wait until the server has decided for this user since."""
    before = world.runtime.clock.now()
    act()
    until(page, lambda: decided_at(world, user) > before, "a decision")


def become(page: Page, world: World, user: str, path: str = "/reports") -> None:
    """Open the app as this person; the first seconds of the visit, in which nothing is shown, pass."""
    page.goto("/team")
    page.select_option("#you", user)
    until(page, lambda: "$identify" in names_of(world, user), "an identified user")
    world.advance(5 * SECOND)
    after_decision(page, world, user, lambda: page.goto(path))


def names_of(world: World, user: str) -> list[str]:
    return world.names(user)


def export(page: Page, times: int = 3) -> None:
    for _ in range(times):
        page.click("#export")


def box(page: Page, selector: str) -> dict[str, float]:
    found = page.locator(selector).bounding_box()
    assert found is not None
    return {"x": found["x"], "y": found["y"], "width": found["width"], "height": found["height"]}


def show_export_tip(page: Page, world: World, user: str = "ivan") -> None:
    become(page, world, user)
    export(page)
    expect(page.locator(TIP)).to_be_visible()
    until(page, lambda: "viewed" in world.tip_events(user, "export-schedule"), "a view")


def test_three_exports_bring_a_tooltip_to_the_button_and_closing_it_keeps_it_away(
    page: Page, world: World, device: Device
) -> None:
    show_export_tip(page, world)
    tip, target = box(page, TIP), box(page, "#export")
    assert tip["y"] >= target["y"] + target["height"], "it stands below its button and does not cover it"
    assert tip["x"] <= target["x"] + target["width"] / 2 <= tip["x"] + tip["width"], "its button is beside it"
    page.get_by_role("button", name="Close").click()
    expect(page.locator(TIP)).to_have_count(0)
    until(page, lambda: world.tip_events("ivan", "export-schedule") == ["viewed", "dismissed"], "a dismissal")
    for look in (page.reload, lambda: export(page, 1)):
        after_decision(page, world, "ivan", look)
        assert reason(world, "ivan", "export-schedule") == "repeat_cooldown"
    second = page.context.new_page()
    after_decision(second, world, "ivan", lambda: second.goto("/reports"))
    assert reason(world, "ivan", "export-schedule") == "repeat_cooldown"
    world.advance(6 * DAY)
    after_decision(second, world, "ivan", lambda: export(second))
    assert reason(world, "ivan", "export-schedule") == "repeat_cooldown"
    assert page.locator(TIP).count() == second.locator(TIP).count() == 0
    assert world.tip_events("ivan", "export-schedule") == ["viewed", "dismissed"]


def test_an_import_left_half_way_is_remembered_two_days_later(page: Page, world: World) -> None:
    become(page, world, "ivan", "/import")
    page.click("#import-sample")
    until(page, lambda: "import_started" in world.names("ivan"), "a started import")
    page.goto("/reports")
    world.advance(2 * DAY)
    page.goto("/")
    until(page, lambda: decided_at(world, "ivan") > 0, "a decision")
    world.advance(5 * SECOND)
    after_decision(page, world, "ivan", page.reload)
    expect(page.locator(TIP)).to_contain_text("Your import is still waiting")
    page.get_by_role("button", name="Continue").click()
    expect(page).to_have_url(f"{world.site.url}/import")


def test_after_twenty_days_somebody_is_welcomed_back_by_name(page: Page, world: World) -> None:
    become(page, world, "ivan")
    page.goto("about:blank")
    world.advance(20 * DAY)
    page.goto("/reports")
    world.advance(5 * SECOND)
    after_decision(page, world, "ivan", page.reload)
    expect(page.locator(TIP)).to_contain_text("Good to see you again, Ivan Petrov")


def test_a_goal_within_its_window_is_a_success_and_retires_the_tip(page: Page, world: World) -> None:
    show_export_tip(page, world)
    page.get_by_role("button", name="Schedule it").click()
    expect(page).to_have_url(f"{world.site.url}/reports/schedule")
    page.click("#schedule-save")
    until(page, lambda: "goal" in world.tip_events("ivan", "export-schedule"), "a success")
    assert world.tip_events("ivan", "export-schedule") == ["viewed", "clicked", "goal"]
    assert world.facts("ivan").tips.marks["export-schedule"].success_at > 0
    world.advance(30 * DAY)
    after_decision(page, world, "ivan", lambda: page.goto("/reports"))
    after_decision(page, world, "ivan", lambda: export(page))
    assert reason(world, "ivan", "export-schedule") == "retired"


def test_forty_seconds_of_typing_hold_a_tip_back_and_stopping_lets_one_through(page: Page, world: World) -> None:
    page.clock.install()
    page.goto("/team")
    until(page, lambda: decided_at(world, "ann") > 0, "a first decision")
    page.locator("#invite-email").focus()
    for _ in range(40):
        page.keyboard.type("a")
        world.advance(SECOND)
        page.clock.run_for(SECOND)
        page.wait_for_timeout(10)
        assert page.locator(TIP).count() == 0
    assert reason(world, "ann", "welcome-admin") == "offered"
    for _ in range(10):
        page.clock.run_for(SECOND)
        page.wait_for_timeout(10)
    expect(page.locator(TIP)).to_have_count(1)
    expect(page.locator(TIP)).to_contain_text("Better together")


def test_a_russian_browser_gets_russian_words(device: Device, world: World) -> None:
    page = device(locale="ru-RU").new_page()
    show_export_tip(page, world)
    expect(page.locator(TIP)).to_contain_text("Отчёт может приходить сам")
    page.get_by_role("button", name="Закрыть").click()
    expect(page.locator(TIP)).to_have_count(0)


def test_not_this_again_holds_on_a_second_device(page: Page, world: World, device: Device) -> None:
    show_export_tip(page, world)
    page.get_by_role("button", name="More options").click()
    page.get_by_text("Not this again").click()
    until(page, lambda: "muted" in world.tip_events("ivan", "export-schedule"), "a mute")
    world.advance(9 * DAY)
    other = device().new_page()
    become(other, world, "ivan")
    after_decision(other, world, "ivan", lambda: export(other))
    assert reason(world, "ivan", "export-schedule") == "muted_tip"
    assert other.locator(TIP).count() == 0


def test_remind_me_later_brings_it_back_a_day_later(page: Page, world: World) -> None:
    show_export_tip(page, world)
    page.get_by_role("button", name="More options").click()
    page.get_by_text("Remind me later").click()
    until(page, lambda: "snoozed" in world.tip_events("ivan", "export-schedule"), "a snooze")
    after_decision(page, world, "ivan", page.reload)
    assert reason(world, "ivan", "export-schedule") == "snoozed"


def test_a_stopped_server_harms_nothing_and_its_events_arrive_once(page: Page, world: World) -> None:
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.clock.install()
    page.goto("/reports")
    until(page, lambda: decided_at(world, "ann") > 0, "a first decision")
    layout = box(page, "#export")
    world.backend.stop()
    export(page, 2)
    expect(page.locator(".toast").first).to_be_visible()
    for _ in range(5):
        page.clock.run_for(10 * SECOND)
        page.wait_for_timeout(20)
    assert box(page, "#export") == layout
    assert world.names("ann").count("report_exported") == 0
    world.backend.start()

    def heard() -> bool:
        page.clock.run_for(20 * SECOND)
        return world.names("ann").count("report_exported") >= 2

    until(page, heard, "the events of that time")
    for _ in range(3):
        page.clock.run_for(30 * SECOND)
        page.wait_for_timeout(20)
    assert world.names("ann").count("report_exported") == 2
    assert errors == []
