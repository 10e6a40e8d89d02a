"""The morning of a CSM, from Today to the account's history; and the pages of accounts in every look and size."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Route, expect

from tests.browser.console.conftest import Open, serve, start
from tests.browser.console.test_console_looks import LOOKS, PICTURES, WIDE, Axe, follow, inspect
from tests.browser.console.test_console_pause import friday, ms
from tests.browser.console.test_console_text import sync
from tests.browser.demo.conftest import World
from waypost.model import DAY, SECOND
from waypost.store.keys import add_key
from waypost.trust.keys import key_digest
from waypost.web.looks import look_at_due

SECRET = "sk_the-history"
PROJECT = {
    "key_actions": ["card_moved"],
    "features": [
        {"id": "analytics", "name": {"en": "Analytics", "ru": "Аналитика"}, "events": ["report_opened"]},
        {"id": "board", "name": {"en": "Board", "ru": "Доска"}, "events": ["card_moved"]},
        {"id": "api", "name": "API", "events": ["api_called"], "entitlement": "api"},
    ],
    "stages": [
        {"id": "new", "name": {"en": "New", "ru": "Новые"}, "when": {"<": [{"var": "account.age_days"}, 28]}},
        {"id": "live", "name": {"en": "In use", "ru": "Пользуются"}, "when": True},
    ],
    "csms": {"olga": {"name": "Olga"}},
}
STOPPED = {
    "id": "stopped",
    "kind": "alert",
    "text": {"en": {"title": "{account.name} stopped working", "body": "Ask what they are waiting for."}},
    "trigger": {
        "on": {"clock": True},
        "when": {"inactive": {"for": "7d", "event": "card_moved", "scope": "account"}},
    },
    "alert": {"owner": "account.csm", "severity": "high", "sla": "1d"},
}
HELLO = {
    "id": "hello",
    "text": {"en": {"title": "Hello", "body": "A body"}},
    "placement": {"surface": "corner"},
    "trigger": {"when": True},
}
TRAITS = {
    "acme": {"name": "Acme", "csm": "olga", "plan": "pro", "seats": 20, "arr": 24_000, "renewal": "2027-03-01"},
    "beta": {"name": "Beta", "csm": "max", "plan": "pro", "seats": 5, "arr": 3_000},
}
PEOPLE = {"acme": 17, "beta": 3}


def events(now: int) -> Iterator[dict[str, Any]]:
    """Seventeen people at Acme moved cards for five weeks; for nine days they only look. Beta uses all there is."""
    for account, number in PEOPLE.items():
        for n in range(number):
            user = f"{account}-{n:02}"

            def said(days: float, user: str = user, account: str = account, **more: Any) -> dict[str, Any]:
                when = datetime.fromtimestamp((now - int(days * DAY)) / 1000, UTC).isoformat().replace("+00:00", "Z")
                context = {"groupId": account, "library": {"name": "analytics.js"}}
                what = more.get("event", more["type"])
                return {
                    "messageId": f"{user} {what} {days}",
                    "userId": user,
                    "timestamp": when,
                    "context": context,
                    **more,
                }

            yield said(40, type="group", groupId=account, traits=TRAITS[account])
            yield said(40, type="identify", traits={"name": f"{account.title()} {n:02}", "role": "member"})
            for ago in range(1, 36):
                if account == "beta" or ago >= 9:
                    yield said(ago, type="track", event="card_moved")
                elif n % 2 == ago % 2:
                    yield said(ago, type="page", name="Board", properties={"route": "/board/:id"})
                if account == "beta" and ago % 3 == 0:
                    yield said(ago + 0.1, type="track", event="report_opened")


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The rules and the database, with a task and every account looked at."""
    folder = tmp_path_factory.mktemp("accounts")
    (folder / "rules").mkdir()
    for rule in (STOPPED, HELLO):
        (folder / "rules" / f"{rule['id']}.json").write_text(json.dumps(rule))
    (folder / "rules" / "project.json").write_text(json.dumps(PROJECT))
    runtime = start(folder / "waypost.db", folder / "rules")
    assert [problem.line() for problem in runtime.rules.problems if problem.severity == "error"] == []
    runtime.rules.backdate(runtime.clock.now() - 60 * DAY)
    digest, now = key_digest(SECRET), runtime.clock.now()
    runtime.store.write_now(lambda tx: add_key(tx, runtime.project_id, "history", digest, now))
    world = serve(runtime)
    url, history = next(world).backend.url, sorted(events(now), key=lambda event: event["timestamp"])
    for begin in range(0, len(history), 500):
        batch = {"batch": history[begin : begin + 500]}
        answer = httpx.post(f"{url}/v1/batch", json=batch, headers={"authorization": f"Bearer {SECRET}"}, timeout=60)
        assert answer.json()["rejected"] == []
    runtime.store.write_now(  # a feature tracked since yesterday says nothing of who does not use it
        lambda tx: tx.execute("UPDATE event_name SET first_received_at=? WHERE project_id=?", (now - 40 * DAY, 1))
    )
    while look_at_due(runtime):
        pass
    for _ in world:
        pass
    return folder


@pytest.fixture
def customers(base: Path) -> Iterator[World]:
    yield from serve(start(base / "waypost.db", base / "rules"))


def test_a_csm_sees_whom_to_call_takes_the_task_pauses_tips_and_writes_what_came_of_it(
    visit: Open, customers: World, troubles: list[str]
) -> None:
    page, until = visit(customers, "today", timezone_id="Europe/Berlin"), friday(customers)
    first = page.locator(".calls-list li").first
    expect(first).to_contain_text("Acme")
    expect(first).to_contain_text("open alerts: 1")
    expect(page.locator(".beside")).to_contain_text("Acme stopped working")
    first.locator("a").click()
    expect(page.get_by_role("heading", name="Acme", exact=True)).to_be_focused()
    expect(page.locator(".panel")).to_contain_text("usage fell by 100")
    expect(page.locator(".panel .zone-list a", has_text="Analytics")).to_contain_text("not used")
    page.keyboard.press("Escape")
    page.keyboard.press("g")
    page.keyboard.press("l")
    expect(page.locator(".zones tbody tr").first).to_contain_text("nobody has ever used Analytics; active people: 17")
    page.locator(".map a.unused").click()
    expect(page.get_by_role("heading", name="Analytics at Acme")).to_be_visible()
    expect(page.locator(".panel")).to_contain_text("17 people who do not use it")
    expect(page.locator(".panel .person")).to_have_count(17)
    page.keyboard.press("Escape")
    page.keyboard.press("g")
    page.keyboard.press("a")
    page.locator(".inbox a", has_text="Acme stopped working").click()
    page.locator(".panel .actions").wait_for()
    expect(page.locator(".panel")).to_contain_text("Ask what they are waiting for.")
    page.keyboard.press("t")
    page.get_by_label("Your name").fill("Olga")
    page.get_by_role("button", name="Pause until Friday, 9:00").click()
    page.locator(".act button[type=submit]").click()
    expect(page.locator(".pause-strip")).to_contain_text("Tips for Acme are paused until")

    arrived = {"type": "page", "messageId": "z1", "ageMs": 0, "properties": {"route": "/board/:id"}}
    assert sync(page, "acme-00", events=[arrived])["offers"] == []
    why = page.request.get("/api/why?user=acme-00&tip=hello").json()
    assert why["words"][0].startswith("Olga paused tips for the account Acme")

    page.keyboard.press("e")
    page.get_by_role("button", name="Solved").click()
    page.get_by_label("In your words (optional)").fill("They wait for an import")
    page.locator(".act button[type=submit]").click()
    expect(page.locator(".notice")).to_be_visible()
    look_at_due(customers.runtime)
    follow(page, "accounts/acme", ".panel .rows")
    expect(page.locator(".panel")).to_contain_text("They wait for an import")
    follow(page, "accounts/acme/timeline", ".panel .timeline")
    expect(page.locator(".panel .timeline .task").first).to_be_visible()

    customers.advance(ms(until) - customers.runtime.clock.now())
    customers.advance(SECOND)
    sync(page, "acme-00", events=[{**arrived, "messageId": "z2"}])
    customers.advance(5 * SECOND)
    offers = sync(page, "acme-00")["offers"]
    assert [offer["tip"] for offer in offers] == ["hello"]
    assert troubles == []


def test_a_note_is_kept_and_stands_in_the_account(visit: Open, customers: World) -> None:
    page = visit(customers, "accounts/beta/notes")
    page.get_by_label("New note").fill("Very happy.\nWants the API.")
    page.get_by_label("Your name").fill("Max")
    page.get_by_role("button", name="Add the note").click()
    expect(page.locator(".panel .notes li").first).to_contain_text("Very happy.")
    expect(page.locator(".panel .notes li").first).to_contain_text("Max")


def test_the_list_is_narrowed_by_csm_band_and_name_and_sorted(visit: Open, customers: World) -> None:
    page = visit(customers, "accounts")
    rows = page.locator(".accounts tbody tr")
    expect(rows).to_have_count(2)
    expect(rows.first).to_contain_text("Acme")
    page.get_by_label("Sort by").select_option("name")
    expect(rows.nth(1)).to_contain_text("Beta")
    page.get_by_label("CSM").select_option("max")
    expect(rows).to_have_count(1)
    expect(rows.first).to_contain_text("Beta")
    page.get_by_label("CSM").select_option("")
    expect(rows).to_have_count(2)
    page.keyboard.press("/")
    page.keyboard.type("ac")
    expect(rows).to_have_count(1)
    expect(rows.first).to_contain_text("Acme")
    page.keyboard.press("Enter")
    expect(rows.first).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Acme", exact=True)).to_be_visible()


PAGES = {
    "today": ("today", ".calls-list li"),
    "accounts": ("accounts", ".accounts tbody tr"),
    "journey": ("accounts?view=journey", ".journey > li"),
    "account": ("accounts/acme", ".panel .components li"),
    "members": ("accounts/acme/people", ".panel .person"),
    "timeline": ("accounts/acme/timeline", ".panel .timeline li"),
    "zones": ("zones", ".map td a"),
    "zone": ("zones/acme/analytics?state=unused", ".panel .person"),
}


@pytest.mark.parametrize("look", list(LOOKS))
def test_every_page_of_accounts_fits_and_can_be_read(
    visit: Open, customers: World, axe: Axe, troubles: list[str], look: str
) -> None:
    page = visit(customers, **LOOKS[look])
    for name, (path, ready) in PAGES.items():
        follow(page, path, ready)
        inspect(page, f"{name}-{look}", axe)
    assert troubles == []


@pytest.mark.parametrize("look", ["light", "ru-360-dark"])
def test_a_server_without_accounts_says_how_they_come(visit: Open, empty: World, axe: Axe, look: str) -> None:
    page = visit(empty, **LOOKS[look])
    for name in ("today", "accounts", "zones"):
        follow(page, name, ".empty")
        inspect(page, f"empty-{name}-{look}", axe)


def many(route: Route) -> None:
    """Ten thousand accounts, the names as long as names are."""
    asked = httpx.URL(route.request.url)
    answer, after = route.fetch(url=str(asked.copy_remove_param("after"))), asked.params.get("after", "0")
    body = answer.json()
    first = body["accounts"][0]
    body["accounts"] = [
        {**first, "id": f"a{n}", "name": f"{WIDE} {n}", "arr": 123_456_789, "why": first["why"] * 2}
        for n in range(int(after), int(after) + 50)
    ]
    body |= {"total": 10_000, "next": str(int(after) + 50)}
    route.fulfill(response=answer, body=json.dumps(body))


@pytest.mark.parametrize("look", ["light", "360"])
def test_ten_thousand_accounts_come_page_by_page(visit: Open, customers: World, axe: Axe, look: str) -> None:
    page = visit(customers, **LOOKS[look])
    page.route("**/api/v1/accounts?*", many)
    follow(page, "accounts", ".accounts tbody tr")
    expect(page.locator("caption")).to_contain_text("50 of 10,000 accounts")
    page.get_by_role("button", name="Show more").click()
    expect(page.locator(".accounts tbody tr")).to_have_count(100)
    inspect(page, f"accounts-many-{look}", axe)


def many_zones(route: Route) -> None:
    asked = httpx.URL(route.request.url)
    answer, after = route.fetch(url=str(asked.copy_remove_param("after"))), asked.params.get("after", "0")
    body = answer.json()
    first = body["ranked"][0]
    body["ranked"] = [
        {
            **first,
            "account": f"a{n}",
            "account_name": f"{WIDE} {n}",
            "feature_name": WIDE,
            "people": 4_321,
            "of": 5_000,
        }
        for n in range(int(after), int(after) + 50)
    ]
    body |= {"total": 10_000, "next": str(int(after) + 50)}
    for name, number in (("accounts", 50), ("features", 20)):
        body[name] = [{**body[name][0], "id": f"x{n}", "name": f"{WIDE} {n}"} for n in range(number)]
    cells = [(one["id"], other["id"]) for one in body["accounts"] for other in body["features"]]
    states = ["unused", "falling", "abandoned", "used", "not_entitled"]
    body["cells"] = [
        {"account": account, "feature": feature, "state": states[n % 5], "people": 4_321, "of": 5_000}
        for n, (account, feature) in enumerate(cells)
    ]
    route.fulfill(response=answer, body=json.dumps(body))


@pytest.mark.parametrize("look", ["dark", "360"])
def test_ten_thousand_zones_come_page_by_page_beside_a_full_map(
    visit: Open, customers: World, axe: Axe, look: str
) -> None:
    page = visit(customers, **LOOKS[look])
    page.route("**/api/v1/zones?*", many_zones)
    follow(page, "zones", ".zones tbody tr")
    expect(page.locator(".zones-list h2")).to_contain_text("10,000")
    expect(page.locator(".map td .cell")).to_have_count(1_000)
    page.get_by_role("button", name="Show more").click()
    expect(page.locator(".zones tbody tr")).to_have_count(100)
    page.screenshot(path=PICTURES / f"zones-many-{look}.png")
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
