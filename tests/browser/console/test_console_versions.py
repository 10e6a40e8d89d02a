"""The life of a tip in the console: into shadow and back to live, and an older version rolled back to."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.console.conftest import Open
from tests.browser.console.test_console_looks import LOOKS, Axe, follow, inspect
from tests.browser.demo.conftest import World
from waypost.model import DAY
from waypost.service.life import move, roll_back
from waypost.store.tips import note
from waypost.store.versions import Version, versions_of

TIP = "bulk-edit"
LONG = "Because it came up for people who had only just learnt to edit one card after another, and " * 3


def versions(world: World) -> list[Version]:
    project = world.runtime.project_id
    return world.runtime.store.read_now(lambda tx: versions_of(tx, project, TIP))


def test_a_tip_is_promoted_from_shadow_and_rolled_back_with_words(
    visit: Open, world: World, troubles: list[str]
) -> None:
    now = world.runtime.clock.now()
    move(world.runtime.rules, TIP, "shadow", now, "Ann", "see whom it reaches")
    project = world.runtime.project_id
    world.runtime.store.write_now(lambda tx: note(tx, project, TIP, now // DAY, "would_show", "u:tom", now))
    page = visit(world, "tips")
    row = page.locator(f'tr[data-walk="{TIP}"]')
    expect(row.locator(".state")).to_have_text("Shadow")
    expect(row).to_contain_text("would show to 1 person")
    expect(page.locator(".differs")).to_contain_text(TIP)

    row.locator("a").click()
    page.keyboard.press("6")
    page.get_by_role("button", name="Make live").click()
    expect(page.locator(".panel .over .state")).to_have_text("Live")
    expect(row.locator(".state")).to_have_text("Live")
    expect(page.locator(".differs")).to_have_count(0)
    assert [version.state for version in versions(world)][:2] == ["live", "shadow"]

    page.get_by_label("Back to").select_option("2")
    page.get_by_role("button", name="Roll back").click()
    expect(page.get_by_role("alert").filter(has_text="Say why")).to_be_visible()
    page.get_by_label("Why", exact=True).fill("too early")
    page.get_by_label("Your name").fill("Ann")
    page.keyboard.press("Enter")
    expect(page.locator(".versions li")).to_have_count(4)
    expect(page.locator(".versions li").first).to_contain_text("too early")
    expect(page.locator(".panel .over .state")).to_have_text("Shadow")
    expect(page.locator(".changes")).to_contain_text(re.compile("state.*added"))
    newest = versions(world)[0]
    assert (newest.version, newest.author, newest.message, newest.state) == (4, "Ann", "too early", "shadow")
    assert troubles == []


def test_a_pause_is_undone_from_the_notice(visit: Open, world: World) -> None:
    page = visit(world, f"tips/{TIP}/versions")
    page.get_by_role("button", name="Pause").click()
    expect(page.locator(".panel .over .state")).to_have_text("Paused")
    page.keyboard.press("z")
    expect(page.locator(".panel .over .state")).to_have_text("Live")
    assert [version.state for version in versions(world)] == ["live", "paused", "live"]


@pytest.mark.parametrize("look", list(LOOKS))
def test_every_state_fits_and_can_be_read(visit: Open, world: World, axe: Axe, look: str) -> None:
    rules, now = world.runtime.rules, world.runtime.clock.now()
    for state in ("paused", "live", "shadow"):
        move(rules, TIP, state, now, "Ann", LONG if state == "paused" else "")
    roll_back(rules, TIP, 1, now, "A name that is as long as a name may be, and then a little longer", LONG)
    move(rules, TIP, "shadow", now, "Ann", "")
    move(rules, "save-view", "retired", now, "Ann", "")
    page = visit(world, **LOOKS[look])
    page.locator(".tips tbody tr").first.wait_for()
    inspect(page, f"states-{look}", axe)
    for name, path, ready in (
        ("versions", f"tips/{TIP}/versions", ".versions li"),
        ("shadow", f"tips/{TIP}", ".panel .daily"),
        ("retired", "tips/save-view/versions", ".versions li"),
    ):
        follow(page, path, ready)
        inspect(page, f"{name}-{look}", axe)
        page.locator(".panel .content > :last-child").scroll_into_view_if_needed()
        inspect(page, f"{name}-below-{look}", axe)
