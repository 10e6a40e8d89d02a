"""Somebody adds a webhook, tests it, finds a dead letter and sends it again."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect
from standardwebhooks.webhooks import Webhook

from tests.browser.console.conftest import Open
from tests.browser.console.test_console_looks import LOOKS, Axe, inspect
from tests.browser.demo.conftest import World
from tests.outside import Receiver, receiver
from waypost.store import outbox
from waypost.store.sqlite import Tx
from waypost.store.webhooks import add_webhook


@pytest.fixture
def end() -> Iterator[Receiver]:
    with receiver() as made:
        yield made


@pytest.fixture
def private(world: World) -> World:
    world.runtime.settings.webhook_private = True
    return world


def give_up(world: World, url: str, letters: int = 1) -> None:
    """An endpoint, and messages to it that are dead."""
    runtime = world.runtime
    project_id, now = runtime.project_id, runtime.clock.now()

    def job(tx: Tx) -> None:
        number = add_webhook(tx, project_id, url, "whsec_c2VjcmV0", ["csm_task.opened"], "", now)
        for each in range(letters):
            row = outbox.add_message(tx, project_id, f"csm_task-{each + 900}-opened", "csm_task.opened", "{}", now)
            outbox.route(tx, project_id, row, [f"w:{number}", "m:olga"], now)
        for one in outbox.deliveries(tx, project_id, "waiting", 100):
            outbox.failed(tx, project_id, one.id, "HTTP 503", None)

    runtime.store.write_now(job)


def add(page: Page, url: str) -> None:
    page.get_by_label("Add a webhook").fill(url)
    page.get_by_role("button", name="Add", exact=True).click()


def test_a_webhook_is_added_its_secret_is_shown_and_a_test_arrives(
    private: World, visit: Open, end: Receiver
) -> None:
    page = visit(private)
    page.keyboard.press("g")
    page.keyboard.press("s")
    expect(page.get_by_role("heading", name="No webhook yet")).to_be_visible()
    add(page, end.url)
    secret = page.locator(".taken code").inner_text()
    row = page.get_by_role("row").filter(has_text=end.url)
    row.get_by_role("button", name="Test").click()
    expect(page.locator(".notice")).to_contain_text("It arrived: HTTP 204.")
    ((headers, body),) = end.got
    Webhook(secret).verify(body, {name.lower(): value for name, value in headers.items()})
    page.reload()
    expect(row).to_be_visible()
    expect(page.locator(".taken")).to_have_count(0)


def test_what_is_refused_and_what_does_not_arrive_is_said(
    private: World, visit: Open, end: Receiver, troubles: list[str]
) -> None:
    private.runtime.settings.webhook_private = False
    page = visit(private, "settings")
    add(page, end.url)
    expect(page.get_by_role("alert").filter(has_text="is not a public address")).to_be_visible()
    private.runtime.settings.webhook_private = True
    end.answers = [(500, {})]
    add(page, end.url)
    page.get_by_role("button", name="Test").click()
    expect(page.locator(".notice.bad")).to_contain_text("It did not arrive: HTTP 500")
    troubles.clear()  # the refusal, which the browser tells of too


def test_a_dead_letter_is_seen_and_sent_again(private: World, visit: Open, end: Receiver) -> None:
    give_up(private, end.url, 2)
    page = visit(private, "settings")
    letters = page.get_by_role("region", name="Dead letters").locator("tbody tr")
    expect(letters).to_have_count(4)
    letters.filter(has_text="olga").first.get_by_role("button").click()
    expect(page.locator(".notice")).to_contain_text("1 message will be sent again.")
    expect(letters).to_have_count(3)
    page.get_by_role("button", name="Replay dead").click()
    expect(page.locator(".notice")).to_contain_text("2 messages will be sent again.")
    expect(letters).to_have_count(1)
    row = page.get_by_role("row").filter(has_text=end.url)
    row.get_by_role("button", name="Remove").click()
    row.get_by_role("button", name="Yes, remove it").click()
    expect(page.get_by_role("heading", name="No webhook yet")).to_be_visible()
    expect(letters).to_have_count(3)


@pytest.mark.parametrize("look", LOOKS)
def test_the_page_looks_right_empty_and_full(private: World, visit: Open, axe: Axe, look: str) -> None:
    page = visit(private, "settings", **LOOKS[look])
    page.locator(".ways .empty").wait_for()
    inspect(page, f"settings-empty-{look}", axe)
    give_up(private, "https://crm.example/hooks/" + "a-very-long-part/" * 6, 3)
    page.reload()
    page.locator(".ways tbody tr").first.wait_for()
    inspect(page, f"settings-{look}", axe)
