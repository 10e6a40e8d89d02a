"""A tip stands when its context holds, says what a person did with it, and leaves no trace."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.snippet.seen import WATCH, open_page, settled, state, tip, until
from tests.browser.snippet.stub import Stub, offer

TIP = "waypost-tip .tip"


def shown(page: Page) -> int:
    return page.locator(TIP).count()


def test_a_tooltip_stands_at_its_target_and_its_view_and_its_close_are_told(page: Page, stub: Stub) -> None:
    stub.offers = [offer()]
    open_page(page, stub.url, stub.syncs)
    found = tip(page)
    assert found["box"][1] >= found["target"][3]
    assert "Send this report by itself" in found["text"]
    settled(page, 1_100)
    until(page, lambda: stub.feedback() == ["viewed"])
    page.get_by_role("button", name="Close").click()
    assert shown(page) == 0
    settled(page, 10)
    until(page, lambda: stub.feedback() == ["viewed", "dismissed"])
    settled(page, 5_000)
    assert shown(page) == 0


def test_what_is_closed_within_a_second_is_not_reported_as_viewed_twice(page: Page, stub: Stub) -> None:
    stub.offers = [offer()]
    open_page(page, stub.url, stub.syncs)
    page.get_by_role("button", name="Not now").click()
    settled(page, 3_000)
    until(page, lambda: stub.feedback() == ["dismissed"])


def test_without_a_lease_nothing_intrusive_stands(page: Page, stub: Stub) -> None:
    stub.lease = None
    stub.offers = [offer("loud"), offer("quiet", surface="corner", anchor="", intrusive=False)]
    open_page(page, stub.url, stub.syncs)
    page.locator(TIP).wait_for()
    assert page.locator("waypost-tip").get_attribute("tip") == "quiet"


def test_a_lease_that_ran_out_lets_nothing_new_stand(page: Page, stub: Stub) -> None:
    stub.offers = [offer(at={"dwell": 40_000})]
    open_page(page, stub.url, stub.syncs)
    settled(page)
    stub.answer = lambda path: (500, {}, b"") if path.startswith("/v1") else None
    for _ in range(9):
        settled(page, 10_000)
    assert shown(page) == 0


def test_one_intrusive_tip_a_page_view_and_the_first_ready_one_wins(page: Page, stub: Stub) -> None:
    stub.offers = [offer("waits", at={"dwell": 5_000}), offer("ready"), offer("third")]
    open_page(page, stub.url, stub.syncs)
    tip(page)
    assert page.locator("waypost-tip").get_attribute("tip") == "ready"
    page.get_by_role("button", name="Close").click()
    settled(page, 20_000)
    assert shown(page) == 0


def test_a_ghost_takes_the_turn_and_shows_nothing(page: Page, stub: Stub) -> None:
    stub.offers = [offer("held-out", ghost=True, content={}), offer("next")]
    open_page(page, stub.url, stub.syncs)
    settled(page, 2_000)
    until(page, lambda: stub.feedback() == ["ghost"])
    assert shown(page) == 0


@pytest.mark.parametrize(
    ("at", "early", "late"),
    [
        ({"dwell": 5_000}, 3_000, 3_000),
        ({"idle": 5_000}, 3_000, 3_000),
        ({"route": "/other"}, 60_000, None),
        ({"route_not": "/start"}, 60_000, None),
        ({"route": ["/x", "/:page"]}, None, 100),
        ({"url": {"endsWith": "/start"}}, None, 100),
        ({"url": {"contains": "nothing"}}, 30_000, None),
        ({"viewport": {"min_width": 1_000}}, None, 100),
        ({"viewport": {"max_width": 1_000}}, 30_000, None),
        ({"element": "#field"}, None, 100),
        ({"element": "#nothing"}, 30_000, None),
        ({"not_known_yet": 1}, 60_000, None),
    ],
)
def test_a_tip_stands_only_while_its_context_holds(
    page: Page, stub: Stub, at: dict[str, Any], early: int | None, late: int | None
) -> None:
    stub.offers = [offer(at=at)]
    open_page(page, f"{stub.url}/start", stub.syncs)
    settled(page)
    if early:
        settled(page, early)
        assert shown(page) == 0
    if late:
        settled(page, late)
        tip(page)


def test_settle_is_cancelled_when_the_context_stops_holding(page: Page, stub: Stub) -> None:
    stub.offers = [offer(settle=3_000, at={"element": "#field"})]
    open_page(page, stub.url, stub.syncs)
    settled(page, 2_500)
    page.evaluate("document.getElementById('field').style.display = 'none'")
    settled(page, 2_000)
    page.evaluate("document.getElementById('field').style.display = ''")
    settled(page, 2_500)
    assert shown(page) == 0
    settled(page, 1_000)
    tip(page)


def test_nothing_stands_up_while_somebody_types_and_exactly_one_after(page: Page, stub: Stub) -> None:
    stub.offers = [offer("one", at={"dwell": 3_000}), offer("two", at={"dwell": 3_000})]
    open_page(page, stub.url, stub.syncs)
    page.locator("#field").focus()
    for _ in range(40):
        page.keyboard.type("a")
        page.clock.run_for(1_000)
    assert shown(page) == 0
    settled(page, 2_500)
    assert shown(page) == 1
    settled(page, 20_000)
    assert shown(page) == 1


def test_idle_begins_again_with_each_input(page: Page, stub: Stub) -> None:
    stub.offers = [offer(at={"idle": 5_000})]
    open_page(page, stub.url, stub.syncs)
    settled(page)
    for _ in range(5):
        settled(page, 3_000)
        page.mouse.move(200, 300 + _)
    assert shown(page) == 0
    settled(page, 5_100)
    tip(page)


def test_exit_intent_is_leaving_by_the_top(page: Page, stub: Stub) -> None:
    stub.offers = [offer(at={"exit_intent": True})]
    open_page(page, stub.url, stub.syncs)
    settled(page, 1_000)
    assert shown(page) == 0
    page.evaluate("document.dispatchEvent(new MouseEvent('mouseout', {clientY: -1, relatedTarget: null}))")
    settled(page, 100)
    tip(page)


def test_an_open_dialog_of_the_host_holds_tips_back(page: Page, stub: Stub) -> None:
    stub.offers = [offer(at={"dwell": 1_000})]
    stub.page = stub.page.replace("</main>", '<dialog id="d">Host</dialog></main>')
    open_page(page, stub.url, stub.syncs)
    page.evaluate("document.getElementById('d').showModal()")
    settled(page, 10_000)
    assert shown(page) == 0
    page.evaluate("document.getElementById('d').close()")
    settled(page, 500)
    tip(page)


def test_an_element_that_comes_late_is_waited_for_and_its_place_is_told(page: Page, stub: Stub) -> None:
    stub.offers = [offer(anchor="late")]
    open_page(page, stub.url, stub.syncs)
    settled(page, 3_000)
    page.evaluate(
        """() => { const b = document.createElement("button"); b.dataset.waypost = "late"; b.textContent = "Late";
        document.querySelector("main").append(b) }"""
    )
    settled(page, 400)
    tip(page)
    until(page, lambda: stub.syncs[-1]["context"]["placements"] == ["export", "late"])


def test_an_anchor_that_never_comes_is_reported_once(page: Page, stub: Stub) -> None:
    stub.offers = [offer(anchor="#nowhere")]
    open_page(page, stub.url, stub.syncs)
    for _ in range(12):
        settled(page, 5_000)
    assert stub.feedback() == ["anchor_missing"]
    assert shown(page) == 0


def test_a_tip_leaves_with_its_target_and_finds_it_again(page: Page, stub: Stub) -> None:
    stub.offers = [offer()]
    open_page(page, stub.url, stub.syncs)
    tip(page)
    page.evaluate("const b = document.getElementById('export'); b.replaceWith(b.cloneNode(true))")
    settled(page, 300)
    assert shown(page) == 1
    page.evaluate("document.getElementById('export').remove()")
    settled(page, 300)
    assert shown(page) == 0
    settled(page, 100)
    until(page, lambda: stub.feedback() == ["anchor_missing"])


def test_a_tip_follows_its_target(page: Page, stub: Stub) -> None:
    stub.offers = [offer()]
    open_page(page, stub.url, stub.syncs)
    before = tip(page)
    page.evaluate("document.getElementById('export').style.marginLeft = '400px'")
    settled(page, 400)
    after = tip(page)
    assert after["box"][0] - before["box"][0] > 200
    assert after["box"][1] >= after["target"][3]


@pytest.mark.parametrize("rtl", [False, True])
@pytest.mark.parametrize(
    "where", ["top:0;left:0", "top:0;right:0", "bottom:0;left:0", "bottom:0;right:0", "top:50%;left:50%"]
)
@pytest.mark.parametrize("size", [(1280, 720), (360, 640)])
def test_a_tooltip_never_covers_its_target_nor_leaves_the_window(
    page: Page, stub: Stub, where: str, size: tuple[int, int], rtl: bool
) -> None:
    stub.offers = [offer(content={"dir": "rtl" if rtl else "ltr"})]
    stub.page = stub.page.replace('data-waypost="export"', f'data-waypost="export" style="position:fixed;{where}"')
    page.set_viewport_size({"width": size[0], "height": size[1]})
    open_page(page, stub.url, stub.syncs)
    found = tip(page)
    left, top, right, bottom = found["box"]
    assert left >= 0
    assert top >= 0
    assert right <= size[0]
    assert bottom <= size[1]
    target = found["target"]
    assert right <= target[0] or left >= target[2] or bottom <= target[1] or top >= target[3]


def test_the_menu_says_why_and_takes_later_never_and_off(page: Page, stub: Stub) -> None:
    asked = {"Remind me later": "snoozed", "Not this again": "muted", "Turn tips off": "muted"}
    for label, what in asked.items():
        stub.syncs.clear()
        stub.offers = [offer()]
        open_page(page, stub.url, stub.syncs)
        page.get_by_role("button", name="More options").click()
        page.get_by_role("button", name="Why am I seeing this?").click()
        expect(page.locator("waypost-tip .menu p")).to_have_text("You exported a report 3 times in 7 days.")
        page.get_by_role("button", name=label).click()
        settled(page, 10)
        until(page, partial(lambda what: what in stub.feedback(), what))
        said = next(item for sync in stub.syncs for item in sync["feedback"] if item["what"] == what)
        if what == "snoozed":
            assert said["until_ms"] == 86_400_000
        else:
            assert said["scope"] == {"Not this again": "tip", "Turn tips off": "all"}[label]
        assert shown(page) == 0


def test_the_host_may_take_the_primary_action_over(page: Page, stub: Stub) -> None:
    stub.offers = [offer()]
    open_page(page, stub.url, stub.syncs)
    page.evaluate("waypost.on('open', e => { e.preventDefault(); window.opened = e.detail.url })")
    page.get_by_role("button", name="Schedule").click()
    assert page.evaluate("opened") == "/reports/schedule"
    assert page.url == f"{stub.url}/"
    settled(page, 10)
    until(page, lambda: "clicked" in stub.feedback())


def test_else_the_page_goes_there_and_the_click_is_not_lost(page: Page, stub: Stub) -> None:
    stub.offers = [offer()]
    open_page(page, stub.url, stub.syncs)
    tip(page)
    stub.offers = []
    page.get_by_role("button", name="Schedule").click()
    page.wait_for_url("**/reports/schedule")
    settled(page, 200)
    until(page, lambda: "clicked" in stub.feedback())


@pytest.mark.parametrize(
    ("action", "what"),
    [
        ({"track": "tip_used"}, "clicked"),
        ({"snooze": 3_600_000}, "snoozed"),
        ({"dismiss": True}, "dismissed"),
        ({}, "clicked"),
    ],
)
def test_each_kind_of_action_is_told(page: Page, stub: Stub, action: dict[str, Any], what: str) -> None:
    stub.offers = [offer(content={"action": action})]
    open_page(page, stub.url, stub.syncs)
    page.get_by_role("button", name="Schedule").click()
    settled(page, 5_100)
    until(page, lambda: stub.feedback() == [what])
    assert [e["event"] for e in stub.events() if e["type"] == "track"] == (
        [action["track"]] if "track" in action else []
    )


@pytest.mark.parametrize("surface", ["tooltip", "corner", "modal"])
def test_a_person_is_asked_for_once_and_a_note_says_that_it_was_sent(page: Page, stub: Stub, surface: str) -> None:
    stub.offers = [offer(surface=surface, content={"cta": "Talk to a person", "action": {"talk": True}})]
    open_page(page, stub.url, stub.syncs)
    page.get_by_role("button", name="Talk to a person").click()
    note = page.locator("waypost-tip [role=status]", has_text="Sent. Somebody will get in touch with you.")
    expect(note).to_be_visible()
    until(page, lambda: stub.feedback() == ["clicked"])
    (said,) = [item for sync in stub.syncs for item in sync["feedback"]]
    assert said["talk"] is True
    expect(page.get_by_role("button", name="Talk to a person")).to_have_count(0)
    page.get_by_role("button", name="Close").click()
    assert shown(page) == 0
    settled(page, 10_000)
    assert stub.feedback() == ["clicked"], "closing the note says nothing more"


def test_the_note_leaves_by_itself(page: Page, stub: Stub) -> None:
    stub.offers = [offer(content={"cta": "Talk to a person", "action": {"talk": True}})]
    open_page(page, stub.url, stub.syncs)
    page.get_by_role("button", name="Talk to a person").click()
    expect(page.locator("waypost-tip p[role=status]")).to_be_visible()
    settled(page, 8_100)
    assert shown(page) == 0


def test_the_keyboard_reaches_everything_and_escape_closes(page: Page, stub: Stub) -> None:
    stub.offers = [offer()]
    open_page(page, stub.url, stub.syncs)
    tip(page)
    page.locator("#field").focus()
    stops = []
    for _ in range(4):
        page.keyboard.press("Tab")
        stops.append(page.evaluate("document.activeElement.shadowRoot?.activeElement.textContent"))
    assert stops == ["Schedule", "Not now", "⋯", "×"]
    page.keyboard.press("Escape")
    assert shown(page) == 0
    assert page.evaluate("document.activeElement.id") == "field"


def test_escape_in_a_field_of_the_host_is_the_hosts(page: Page, stub: Stub) -> None:
    stub.offers = [offer()]
    open_page(page, stub.url, stub.syncs)
    tip(page)
    page.locator("#field").focus()
    page.keyboard.press("Escape")
    assert shown(page) == 1


def test_a_modal_keeps_focus_inside_and_gives_it_back(page: Page, stub: Stub) -> None:
    stub.offers = [offer(surface="modal", anchor="", at={"dwell": 1_000})]
    open_page(page, stub.url, stub.syncs)
    page.locator("#count").focus()
    settled(page, 1_100)
    tip(page)
    stops = []
    for _ in range(5):
        stops.append(page.evaluate("document.activeElement.shadowRoot?.activeElement.textContent"))
        page.keyboard.press("Tab")
    assert stops == ["Schedule", "Not now", "⋯", "×", "Schedule"]
    page.keyboard.press("Escape")
    assert shown(page) == 0
    assert page.evaluate("document.activeElement.id") == "count"
    settled(page, 10)
    until(page, lambda: "dismissed" in stub.feedback())


def test_a_tip_closed_in_one_tab_closes_in_the_other(context_of: Callable[..., BrowserContext], stub: Stub) -> None:
    context = context_of()
    first, second = context.new_page(), context.new_page()
    stub.offers = [offer()]
    for page in (first, second):
        page.clock.install()
        open_page(page, stub.url, stub.syncs)
        page.locator(TIP).wait_for()
    first.get_by_role("button", name="Close").click()
    expect(second.locator(TIP)).to_have_count(0)


def test_a_tip_of_another_route_leaves_with_the_route(page: Page, stub: Stub) -> None:
    stub.offers = [offer(surface="corner", anchor="", at={"route": "/a"})]
    open_page(page, f"{stub.url}/a", stub.syncs)
    tip(page)
    stub.offers = []
    page.evaluate("history.pushState(null, '', '/b')")
    settled(page, 100)
    assert shown(page) == 0


def test_another_person_sees_nothing_of_the_first(page: Page, stub: Stub) -> None:
    stub.offers = [offer()]
    open_page(page, stub.url, stub.syncs)
    tip(page)
    stub.offers = []
    page.evaluate("waypost.reset()")
    assert shown(page) == 0


def test_the_host_may_start_what_is_offered_and_end_it(page: Page, stub: Stub) -> None:
    stub.offers = [offer(at={"route": "/elsewhere"})]
    open_page(page, stub.url, stub.syncs)
    settled(page)
    assert page.evaluate("[waypost.start('unknown'), waypost.isStarted()]") == [False, False]
    assert page.evaluate("[waypost.start('export-schedule'), waypost.isStarted('export-schedule')]") == [True, True]
    tip(page)
    page.evaluate("waypost.endAll()")
    assert shown(page) == 0


def test_a_switch_in_the_address_or_the_window_keeps_tips_off(page: Page, stub: Stub) -> None:
    stub.offers = [offer()]
    open_page(page, f"{stub.url}/?waypost=off", stub.syncs)
    settled(page, 5_000)
    assert shown(page) == 0
    page.add_init_script("window.__WAYPOST_DISABLED__ = true")
    open_page(page, stub.url, stub.syncs)
    settled(page, 5_000)
    assert shown(page) == 0


def test_a_preview_is_asked_for_and_waits_for_nothing(page: Page, stub: Stub) -> None:
    stub.lease = None
    stub.offers = [offer(preview=True, at={"route": "/elsewhere", "dwell": 60_000}, settle=5_000)]
    open_page(page, f"{stub.url}/?waypost_preview=signed.token", stub.syncs)
    assert stub.syncs[0]["preview"] == "signed.token"
    tip(page)


def test_the_locale_can_be_set(page: Page, stub: Stub) -> None:
    open_page(page, stub.url, stub.syncs)
    settled(page)
    assert stub.syncs[0]["context"]["locale"] == "en-US"
    page.evaluate("waypost.setLocale('ru')")
    settled(page, 10)
    until(page, lambda: stub.syncs[-1]["context"]["locale"] == "ru")


def test_a_surface_that_cannot_be_fetched_is_reported_and_costs_nobody_the_turn(page: Page, stub: Stub) -> None:
    stub.offers = [offer("broken", surface="unheard-of", anchor=""), offer("fine")]
    open_page(page, stub.url, stub.syncs)
    until(page, lambda: shown(page) == 1)
    settled(page, 10)
    until(page, lambda: "render_failed" in stub.feedback())


def test_the_debug_panel_lists_who_events_offers_and_reasons(page: Page, stub: Stub) -> None:
    stub.offers = [offer("waiting", at={"route": "/elsewhere"})]
    stub.reasons = [{"tip": "quiet", "code": "cap_user_24h", "words": "Two tips were seen in the last 24 hours."}]
    open_page(page, stub.url, stub.syncs)
    page.evaluate("waypost.identify('ivan'); waypost.track('report_exported'); waypost.debug()")
    settled(page, 100)
    panel = page.locator("waypost-debug")
    for words in ("user ivan", "report_exported", "waiting: waits for its context", "cap_user_24h", "Two tips"):
        settled(page, 1_000)
        expect(panel).to_contain_text(words)
    assert stub.syncs[-1]["debug"] is True


def test_nothing_is_left_behind_after_a_close(page: Page, stub: Stub) -> None:
    page.add_init_script(
        """window.open_ = 0; const add = EventTarget.prototype.addEventListener, drop = EventTarget.prototype.removeEventListener;
        EventTarget.prototype.addEventListener = function (...a) { open_++; return add.apply(this, a) };
        EventTarget.prototype.removeEventListener = function (...a) { open_--; return drop.apply(this, a) };"""
    )
    open_page(page, stub.url, stub.syncs)
    settled(page, 11_000)
    idle = page.evaluate("open_")
    assert idle <= 8
    stub.offers = [offer("a", at={"route": "/a"})]
    page.evaluate("history.pushState(null, '', '/a')")
    settled(page, 100)
    tip(page)
    stub.offers = []
    nodes = page.evaluate("document.querySelectorAll('*').length")
    page.get_by_role("button", name="Close").click()
    settled(page, 11_000)
    assert page.evaluate("document.querySelectorAll('*').length") == nodes - 1
    assert page.evaluate("open_") - idle <= 4  # the four buttons of the tip that is gone were listened to


def test_a_tip_moves_nothing_of_the_host(page: Page, stub: Stub) -> None:
    for surface in ("tooltip", "corner", "banner", "modal"):
        stub.offers = [offer(surface, surface=surface)]
        page.add_init_script(path=WATCH)
        open_page(page, stub.url, stub.syncs)
        tip(page)
        assert state(page)["shift"] == 0
        assert state(page)["errors"] == []
