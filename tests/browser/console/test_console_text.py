"""Hostile names of users, accounts and events stand in the console as text, and run nothing."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.console.conftest import Open
from tests.browser.console.test_console_looks import follow
from tests.browser.demo.conftest import World
from tests.browser.snippet.test_snippet_host import PAYLOADS
from waypost.demo.seed import check_due_alerts
from waypost.model import DAY

BAD = """() => [...document.querySelectorAll("#app *")].filter(e =>
  /^(script|iframe|style|img|video|object|embed|link|base|form|meta|marquee|template|math)$/i.test(e.tagName)
    && !e.matches("form.ask, form.act")
  || [...e.attributes].some(a => /^on|^srcdoc|^style$/i.test(a.name) && !e.matches(".bars i, .daily b"))
  || /^\\s*(javascript|data|vbscript):/i.test(e.getAttribute("href") ?? "")).map(e => e.outerHTML)"""


def sync(page: Page, user: str, **parts: Any) -> dict[str, Any]:
    body = {
        "write_key": "wk_test",
        "user_id": user,
        "anon_id": f"anon-{user}",
        "load_id": f"load-{user}",
        "page_view_id": f"view-{user}",
        "context": {"path": "/board/1", "locale": "en", "placements": ["[data-waypost=row-select]"]},
        **parts,
    }
    answer = page.request.post("/v1/sync", data=body)
    assert answer.ok, answer.text()
    found: dict[str, Any] = answer.json()
    return found


def call(kind: str, user: str, seq: int, **fields: Any) -> dict[str, Any]:
    return {"type": kind, "messageId": f"{user}-{seq}", "seq": seq, "ageMs": 0, **fields}


@pytest.fixture
def hostile(world: World, visit: Open) -> Page:
    """Fifty people of fifty accounts, named by the payloads, saw a tip; then all was quiet for two weeks."""
    page = visit(world, "nowhere")
    people = [f"h{number}" for number in range(len(PAYLOADS))]
    for number, (user, text) in enumerate(zip(people, PAYLOADS, strict=True)):
        first = [
            call("identify", user, 1, traits={"name": text, "role": "member"}),
            call("group", user, 2, groupId=f"g{number}", traits={"name": text, "plan": "team", "csm": text}),
            call("page", user, 3, properties={"route": "/board/:id"}),
            call("track", user, 4, event=text, properties={}),
        ]
        sync(page, user, events=first)
    world.advance(10_000)
    for user in people:
        edits = [call("track", user, n, event="card_edited", properties={"card_id": n}) for n in range(5, 10)]
        (offer,) = sync(page, user, events=edits)["offers"]
        assert offer["tip"] == "bulk-edit"
        sync(page, user, feedback=[{"offer_id": offer["offer_id"], "what": "viewed"}])
    world.advance(15 * DAY)
    now = world.runtime.clock.now()
    world.runtime.store.write_now(lambda tx: check_due_alerts(world.runtime, tx, now))
    return page


def test_fifty_payloads_as_names_of_people_accounts_events_and_tasks_stand_as_text(hostile: Page) -> None:
    page, ran = hostile, list[str]()
    page.expose_function("pwned", lambda *_: ran.append("ran"))
    page.on("dialog", lambda dialog: ran.append(dialog.message))
    assert len(PAYLOADS) == 50
    follow(page, "tips/bulk-edit/people", ".rows li")
    names = page.locator(".rows strong")
    expect(names).to_have_count(50)
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_role("button", name="Show")).to_have_count(0)
    texts = set(names.all_text_contents())
    assert [payload for payload in PAYLOADS if payload not in texts] == []
    assert page.evaluate(BAD) == []
    follow(page, "tasks", ".inbox li")
    titles = set(page.locator(".inbox strong").all_text_contents())
    assert [payload for payload in PAYLOADS if f"{payload} has gone quiet" not in titles] == []
    assert page.evaluate(BAD) == []
    for payload in PAYLOADS[:: len(PAYLOADS) // 10]:
        page.locator(".inbox a").filter(has_text=payload.strip()).first.click()
        expect(page.locator(".panel .facts")).to_be_visible()
        panel = page.locator(".panel").text_content() or ""
        assert panel.count(payload) >= 4, "its title, account, owner and person"
        assert page.evaluate(BAD) == []
    follow(page, "tips/bulk-edit/why?user=h0", ".answer")
    expect(page.locator(".answer")).to_contain_text(PAYLOADS[0])
    page.keyboard.press("Control+k")
    page.keyboard.type("<img src=x")
    expect(page.get_by_role("option").first).to_contain_text("<img src=x onerror=pwned()>")
    assert page.evaluate(BAD) == []
    assert ran == []


@pytest.mark.parametrize("payload", ["<img src=x onerror=pwned()>", "'\"><svg onload=pwned()>", "javascript:pwned()"])
def test_an_address_made_by_somebody_else_runs_nothing(visit: Open, still: World, payload: str) -> None:
    ran: list[str] = []
    page = visit(still, "nowhere")
    page.expose_function("pwned", lambda *_: ran.append("ran"))
    for path in ("tips", "tips/{}", "tips/bulk-edit/{}", "tasks/{}", "{}"):
        page.goto(f"/console/{path.format(payload.replace('/', '%2F'))}?q={payload}&user={payload}&outcome={payload}")
        page.locator("#content h1").wait_for()
        assert page.evaluate(BAD) == []
    page.goto(f"/console/tips/bulk-edit/why?user={payload}")
    expect(page.get_by_label("User id")).to_have_value(payload)
    expect(page.locator(".answer")).to_be_visible()
    assert page.evaluate(BAD) == []
    assert ran == []
