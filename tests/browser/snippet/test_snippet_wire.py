"""Events reach the server once, in order, as theirs who did them; a server in trouble is left alone."""

from __future__ import annotations

import json
import random
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page

from tests.browser.snippet.seen import open_page, settled, until
from tests.browser.snippet.stub import Answer, Stub, offer

DOWN: Answer = (500, {}, b"")


def names(stub: Stub) -> list[str]:
    return [event.get("event", event["type"]) for event in stub.events()]


def hide(page: Page, hidden: bool) -> None:
    page.evaluate(
        """hidden => { Object.defineProperty(document, "hidden", {configurable: true, get: () => hidden});
        document.dispatchEvent(new Event("visibilitychange")) }""",
        hidden,
    )


def test_the_first_sync_names_page_route_places_and_nothing_more(page: Page, stub: Stub) -> None:
    open_page(page, f"{stub.url}/reports/12?token=secret", stub.syncs)
    said = stub.syncs[0]
    assert said["write_key"] == "wk_test"
    assert said["context"]["path"] == "/reports/:id"
    assert said["context"]["placements"] == ["export"]
    assert [event["type"] for event in said["events"]] == ["page"]
    assert said["events"][0]["properties"] == {"route": "/reports/:id"}
    assert "secret" not in json.dumps(said)


def test_an_event_that_a_rule_listens_to_goes_at_once_and_others_wait(page: Page, stub: Stub) -> None:
    stub.listen = ["report_exported"]
    open_page(page, stub.url, stub.syncs)
    settled(page)
    page.evaluate("waypost.track('row_opened', {id: 1})")
    settled(page, 4_000)
    assert len(stub.syncs) == 1
    page.evaluate("waypost.track('report_exported', {format: 'csv'})")
    settled(page, 10)
    until(page, lambda: len(stub.syncs) == 2)
    assert names(stub) == ["page", "row_opened", "report_exported"]
    page.evaluate("waypost.track('row_opened', {id: 2})")
    settled(page, 5_100)
    until(page, lambda: len(stub.syncs) == 3)


def test_twenty_events_do_not_wait(page: Page, stub: Stub) -> None:
    open_page(page, stub.url, stub.syncs)
    settled(page)
    page.evaluate("for (let i = 0; i < 20; i++) waypost.track('row_opened', {i})")
    settled(page, 10)
    until(page, lambda: len(stub.events()) == 21)
    assert [event["seq"] for event in stub.events()] == list(range(1, 22))


def test_properties_are_copied_when_the_event_happens(page: Page, stub: Stub) -> None:
    open_page(page, stub.url, stub.syncs)
    page.evaluate("const p = {n: 1}; waypost.track('a', p); p.n = 2")
    settled(page, 5_100)
    until(page, lambda: len(stub.events()) == 2)
    assert stub.events()[1]["properties"] == {"n": 1}


def test_ten_tries_then_silence_and_every_event_arrives_once_after_it_heals(page: Page, stub: Stub) -> None:
    stub.answer = lambda path: DOWN if path.startswith("/v1") else None
    page.add_init_script("const ask = fetch; window.asked = 0; window.fetch = (...all) => (asked++, ask(...all))")
    open_page(page, stub.url, stub.syncs)
    page.evaluate("waypost.track('a'); waypost.track('b')")
    for _ in range(40):
        settled(page, 60_000)
    assert page.evaluate("asked") == 10
    stamps = [said["sent_at"] for said in stub.syncs]
    assert len(set(stamps)) == len(stamps), "each try has a stamp of its own"
    stub.answer = lambda path: None
    stub.syncs.clear()
    page.evaluate("history.pushState(null, '', '/next')")
    page.clock.fast_forward(400_000)
    until(page, lambda: stub.syncs)
    assert names(stub) == ["page", "a", "b", "page"]
    settled(page)
    settled(page, 60_000)
    assert len(stub.events()) == 4


def test_retry_after_is_obeyed_also_after_a_reload(page: Page, stub: Stub) -> None:
    stub.answer = lambda path: (503, {"retry-after": "120"}, b"") if path.startswith("/v1") else None
    open_page(page, stub.url, stub.syncs)
    settled(page)
    page.reload()
    settled(page, 100_000)
    assert len(stub.syncs) == 1
    stub.answer = lambda path: None
    settled(page, 30_000)
    until(page, lambda: len(stub.syncs) == 2)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 413, 422])
def test_a_refusal_is_never_tried_again(page: Page, stub: Stub, status: int) -> None:
    stub.answer = lambda path: (status, {}, b"{}") if path.startswith("/v1") else None
    open_page(page, stub.url, stub.syncs)
    settled(page)
    settled(page, 600_000)
    assert len(stub.syncs) == 1


def test_events_of_a_closed_page_arrive_by_beacon_all_hundred(page: Page, stub: Stub) -> None:
    open_page(page, stub.url, stub.syncs)
    settled(page)
    page.evaluate("for (let i = 0; i < 19; i++) waypost.track('small', {i})")
    hide(page, True)
    until(page, lambda: len(stub.batches) == 1)
    assert len(stub.batches[0]["batch"]) == 19
    page.evaluate("for (let i = 19; i < 99; i++) waypost.track('big', {i, text: 'x'.repeat(150)})")
    settled(page, 10)
    page.goto("about:blank")
    until(page, lambda: len({event["messageId"] for event in stub.events()}) == 100)


def test_what_a_page_left_behind_comes_with_the_next_one_without_its_own_clock(page: Page, stub: Stub) -> None:
    open_page(page, stub.url, stub.syncs)
    settled(page)
    stub.answer = lambda path: DOWN if path.startswith("/v1") else None
    page.evaluate("waypost.track('left')")
    settled(page, 1_000)
    stub.answer = lambda path: None
    page.goto("about:blank")
    stub.syncs.clear()
    open_page(page, f"{stub.url}/other", stub.syncs)
    left, fresh = stub.syncs[0]["events"]
    assert left["event"] == "left"
    assert "ageMs" not in left
    assert left["loadId"] != stub.syncs[0]["load_id"] == fresh["loadId"]
    assert fresh["ageMs"] >= 0


def test_ten_thousand_random_steps_never_put_one_persons_event_on_another(page: Page, stub: Stub) -> None:
    open_page(page, stub.url, stub.syncs)
    settled(page)
    dice = random.Random(5)
    who = ""
    for _ in range(100):
        steps: list[list[str]] = []
        for _ in range(100):
            kind = dice.choices(["identify", "reset", "track"], [1, 1, 20])[0]
            if kind == "identify":
                who = dice.choice(["ivan", "maria", "wei"])
                steps.append(["identify", who])
            elif kind == "reset":
                who = ""
                steps.append(["reset", ""])
            else:
                steps.append(["track", who])
        page.evaluate(
            """steps => { for (const [kind, who] of steps) kind === "track" ? waypost.track("by", {who})
            : kind === "identify" ? waypost.identify(who) : waypost.reset() }""",
            steps,
        )
        page.clock.run_for(dice.choice([0, 0, 10, 6_000]))
    settled(page, 30_000)
    until(page, lambda: any(said["user_id"] == who for said in stub.syncs[-1:] if who) or not who)
    by = [event for event in stub.events() if event.get("event") == "by"]
    assert len(by) > 200, "how many get through before the queue is full depends on the machine"
    assert [event for event in by if event.get("userId", "") != event["properties"]["who"]] == []
    owners: dict[str, set[str]] = {}
    for event in by:
        if "userId" in event:
            owners.setdefault(event["anonymousId"], set()).add(event["userId"])
    assert [names for names in owners.values() if len(names) > 1] == []


def test_the_lease_is_renewed_while_a_tip_stands_and_not_while_hidden(page: Page, stub: Stub) -> None:
    stub.offers = [offer()]
    open_page(page, stub.url, stub.syncs)
    settled(page, 1_200)
    until(page, lambda: "viewed" in stub.feedback())
    stub.offers = []
    settled(page)
    before = len(stub.syncs)
    settled(page, 26_000)
    until(page, lambda: len(stub.syncs) == before + 1)
    settled(page, 26_000)
    until(page, lambda: len(stub.syncs) == before + 2)
    hide(page, True)
    settled(page, 120_000)
    assert len(stub.syncs) == before + 2
    hide(page, False)
    settled(page, 10)
    until(page, lambda: len(stub.syncs) == before + 3)


def test_a_page_on_which_nothing_waits_is_silent(page: Page, stub: Stub) -> None:
    open_page(page, stub.url, stub.syncs)
    settled(page)
    settled(page, 600_000)
    assert len(stub.syncs) == 1


def test_routes_of_a_single_page_app_are_page_views(page: Page, stub: Stub) -> None:
    open_page(page, f"{stub.url}/a", stub.syncs)
    page.evaluate("history.pushState(null, '', '/tasks/7')")
    settled(page, 100)
    until(page, lambda: len(stub.syncs) == 2)
    page.evaluate("history.replaceState(null, '', '/tasks/8')")
    settled(page, 100)
    until(page, lambda: len(stub.syncs) == 3)
    page.evaluate("location.hash = '#part'")
    settled(page, 100)
    page.evaluate("history.back()")
    settled(page, 100)
    assert [event["properties"]["route"] for event in stub.events()][:3] == ["/a", "/tasks/:id", "/tasks/:id"]
    views = [said["page_view_id"] for said in stub.syncs]
    assert [said["previous_page_view_ids"] for said in stub.syncs[:3]] == [[], views[:1], views[:2]]


def test_without_the_navigation_api_the_history_is_watched(
    context_of: Callable[..., BrowserContext], stub: Stub
) -> None:
    page = context_of().new_page()
    page.clock.install()
    page.add_init_script("delete window.navigation; Object.defineProperty(window, 'navigation', {value: undefined})")
    open_page(page, f"{stub.url}/a", stub.syncs)
    until(page, lambda: page.evaluate("Object.hasOwn(history, 'pushState')"))
    page.evaluate("history.pushState(null, '', '/b')")
    settled(page, 100)
    until(page, lambda: len(stub.syncs) == 2)
    assert stub.syncs[1]["context"]["path"] == "/b"


def test_a_stub_queue_is_taken_over_with_its_order_and_times(page: Page, stub: Stub) -> None:
    stub.page = stub.page.replace(
        '<script async src="/sdk/waypost.js" data-key="wk_test"></script>',
        "<script>LOADER</script><script>waypost.identify('ivan');waypost.track('early');"
        "waypost.on('tip',()=>0);waypost.ready(()=>window.isReady=1)</script>",
    ).replace(
        "LOADER",
        stub.file("/sdk/loader.js")[2].decode().replace("WAYPOST_URL", "").replace("WAYPOST_KEY", "wk_test"),
    )
    open_page(page, stub.url, stub.syncs)
    assert names(stub) == ["page", "identify", "early"]
    assert stub.syncs[0]["user_id"] == "ivan"
    assert page.evaluate("window.isReady") == 1
    assert stub.events()[2]["ageMs"] >= stub.events()[1]["ageMs"] - 1


def test_pending_consent_keeps_and_sends_nothing_until_it_is_granted_and_denial_wipes(page: Page, stub: Stub) -> None:
    stub.page = stub.page.replace('data-key="wk_test"', 'data-key="wk_test" data-consent="pending"')
    page.goto(stub.url)
    page.evaluate("waypost.track('before')")
    settled(page, 60_000)
    assert stub.syncs == []
    assert page.evaluate("localStorage.length") == 0
    page.evaluate("waypost.consent('granted')")
    settled(page, 10)
    until(page, lambda: stub.syncs)
    assert names(stub) == ["page", "before"]
    page.evaluate("waypost.track('after'); waypost.consent('denied'); waypost.track('never')")
    settled(page, 60_000)
    assert names(stub) == ["page", "before"]
    assert page.evaluate("localStorage.length") == 0
