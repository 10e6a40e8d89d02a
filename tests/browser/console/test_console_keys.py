"""Every action has a key, in any keyboard layout; the focus goes where the reader looks and comes back."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.browser.console.conftest import Open
from tests.browser.demo.conftest import World

FOCUS = "document.activeElement.closest('[data-walk]')?.dataset.walk ?? document.activeElement.id"


def focus(page: Page) -> str:
    found: str = page.evaluate(FOCUS)
    return found


def walks(page: Page) -> list[str]:
    page.locator("#content [data-walk]").first.wait_for()
    found: list[str] = page.evaluate(
        "[...document.querySelectorAll('#content [data-walk]')].map(e => e.dataset.walk)"
    )
    return found


def test_j_and_k_walk_enter_opens_e_shows_the_rule_and_escape_gives_the_focus_back(visit: Open, still: World) -> None:
    page = visit(still)
    tips = walks(page)
    for key, place in (("j", 0), ("j", 1), ("j", 2), ("k", 1), ("k", 0), ("k", 0)):
        page.keyboard.press(key)
        assert (key, focus(page)) == (key, tips[place])
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(f"/tips/{tips[1]}$"))
    expect(page.locator("#panel-title")).to_be_focused()
    page.keyboard.press("j")
    assert focus(page) == tips[2], "from the open row on"
    page.keyboard.press("e")
    expect(page).to_have_url(re.compile(f"/tips/{tips[2]}/rule$"))
    expect(page.locator(".panel pre")).to_contain_text(f'"id": "{tips[2]}"')
    page.keyboard.press("Escape")
    expect(page.locator(".panel")).to_have_count(0)
    page.wait_for_function(f"{FOCUS} === '{tips[2]}'")


def test_the_parts_of_a_panel_have_numbers_and_its_people_are_walked_too(visit: Open, still: World) -> None:
    page = visit(still, "tips/bulk-edit")
    page.locator(".panel .daily").wait_for()
    page.keyboard.press("t")
    expect(page.locator(".panel .plain").first).to_be_visible()
    page.keyboard.press("4")
    expect(page.locator(".panel pre")).to_be_visible()
    page.keyboard.press("2")
    people = page.locator(".panel [data-walk]")
    people.first.wait_for()
    page.locator(".panel select").focus()
    page.keyboard.press("Tab")
    expect(people.first).to_be_focused()
    page.keyboard.press("j")
    expect(people.nth(1)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".answer")).to_be_visible()
    page.keyboard.press("1")
    expect(page.locator(".panel .plain, .panel .bars").first).to_be_visible()


def test_tasks_have_the_same_keys_and_escape_closes_the_form_first(visit: Open, still: World) -> None:
    page = visit(still, "tasks")
    tasks = walks(page)
    page.keyboard.press("j")
    page.keyboard.press("e")
    expect(page.get_by_label("What came of it?")).to_be_focused()
    page.keyboard.type("jkds/?")
    expect(page.get_by_label("What came of it?")).to_have_value("jkds/?")
    page.keyboard.press("Escape")
    expect(page.locator(".act")).to_have_count(0)
    expect(page.locator(".panel")).to_be_visible()
    page.keyboard.press("s")
    expect(page.get_by_role("button", name="Tomorrow, 9:00")).to_be_focused()
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    expect(page.locator(".panel")).to_have_count(0)
    page.wait_for_function(f"{FOCUS} === '{tasks[0]}'")


def test_search_and_export_and_the_pages_have_keys(visit: Open, still: World) -> None:
    page = visit(still)
    walks(page)
    page.keyboard.press("/")
    page.keyboard.type("import")
    expect(page.locator("caption")).to_contain_text("1 of 12 tips")
    page.keyboard.press("Enter")
    assert focus(page) == "import-abandoned"
    with page.expect_download() as download:
        page.keyboard.press("x")
    rows = download.value.path().read_text("utf-8-sig").splitlines()
    assert (download.value.suggested_filename, len(rows)) == ("tips-28d.csv", 2)
    assert rows[1].startswith("import-abandoned,")
    page.keyboard.press("/")
    page.keyboard.press("Escape")
    expect(page.locator("caption")).to_contain_text("12 tips.")
    for key, title in (("a", "Tasks"), ("i", "Tips")):
        page.keyboard.press("g")
        page.keyboard.press(key)
        expect(page.get_by_role("heading", name=title, exact=True)).to_be_visible()


def test_the_palette_goes_to_a_tip_by_a_few_letters(visit: Open, still: World) -> None:
    page = visit(still, "tasks")
    walks(page)
    page.keyboard.press("Control+k")
    expect(page.get_by_role("combobox")).to_be_focused()
    page.keyboard.type("save fil")
    expect(page.get_by_role("option")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/tips/save-view$"))
    page.keyboard.press("Control+k")
    page.keyboard.type("dark")
    page.keyboard.press("Enter")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")


def test_a_russian_layout_has_the_same_keys(visit: Open, still: World) -> None:
    page = visit(still, locale="ru-RU")
    tips = walks(page)
    press = "([key, code, more]) => document.activeElement.dispatchEvent(new KeyboardEvent('keydown', {key, code, bubbles: true, ...more}))"
    for key, code in (("о", "KeyJ"), ("о", "KeyJ"), ("л", "KeyK")):
        page.evaluate(press, [key, code, {}])
    assert focus(page) == tips[0]
    page.evaluate(press, ["у", "KeyE", {}])
    expect(page).to_have_url(re.compile(f"/tips/{tips[0]}/rule$"))
    expect(page.locator("#panel-title")).to_be_focused()
    page.evaluate(press, [".", "Slash", {}])
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.evaluate("document.activeElement.blur()")
    page.evaluate(press, ["л", "KeyK", {"ctrlKey": True}])
    expect(page.locator(".palette")).to_be_visible()


def test_on_a_narrow_screen_the_panel_alone_can_be_reached(visit: Open, still: World) -> None:
    page = visit(still, "tips/bulk-edit", viewport={"width": 360, "height": 740})
    page.locator(".panel .daily").wait_for()
    expect(page.locator("#panel-title")).to_be_focused()
    page.keyboard.press("Shift+Tab")
    expect(page.locator(".panel .close")).to_be_focused()
    assert page.evaluate("document.querySelector('main').inert")
    page.keyboard.press("Enter")
    expect(page.locator(".panel")).to_have_count(0)
    page.wait_for_function(f"{FOCUS} === 'bulk-edit'")


def test_tab_goes_from_the_skip_link_over_everything_that_can_be_done_and_each_has_a_name(
    visit: Open, still: World
) -> None:
    page = visit(still)
    walks(page)
    names: list[str] = []
    for _ in range(40):
        page.keyboard.press("Tab")
        name = page.evaluate(
            """() => { const e = document.activeElement; if (e === document.body) return null;
            if (!e.matches(".skip") && !e.checkVisibility()) return "";
            return (e.getAttribute("aria-label") ?? e.textContent).trim() }"""
        )
        if name is None:
            break
        names.append(name)
    assert names[0] == "Skip to the content"
    assert all(names)
    order = [
        "Waypost",
        "Tips",
        "Go to…",
        "Sign out",
        "7 days",
        "Export CSV",
        "Search by name or id",
        "Edit many tasks",
    ]
    places = [next(i for i, name in enumerate(names) if name.startswith(wanted)) for wanted in order]
    assert places == sorted(places)
    assert len([name for name in names if name == "Edit many tasks at once"]) == 1, "a row is one stop"
