"""The wire of /v1/sync: what happened goes in, what may be shown comes out, what came of it goes in again (semantics, 1.6)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.http.shop import START, Shop, assert_problem, corner, track
from waypost.model import DAY, HOUR, MINUTE, SECOND, TIP
from waypost.trust.signing import Signer

HELLO = corner("hello")
NEWS = corner("news", surface="inline", anchor="news", policy={"category": "news"})
EXPORT = corner(
    "export",
    surface="inline",
    anchor="export",
    trigger={"on": {"event": "exported"}, "ttl": "1h"},
    repeat={"mode": "per_moment"},
    policy={"category": "export"},
)
PAGE = {
    "type": "page",
    "properties": {"route": "/deals"},
    "ageMs": MINUTE,
}  # the visit is a minute old: no quiet time
OUTCOMES = (
    "viewed",
    "ghost",
    "clicked",
    "dismissed",
    "snoozed",
    "muted",
    "answered",
    "render_failed",
    "anchor_missing",
)


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    made = Shop(tmp_path / "shop", HELLO, NEWS, EXPORT)
    yield made
    made.close()


def tips(reply: dict[str, Any]) -> list[str]:
    return sorted(offer["tip"] for offer in reply["offers"])


def offer_of(reply: dict[str, Any], tip: str) -> str:
    return str(next(offer["offer_id"] for offer in reply["offers"] if offer["tip"] == tip))


def said(offer_id: str, what: str, **more: Any) -> dict[str, Any]:
    return {"offer_id": offer_id, "what": what, **more}


def told(shop: Shop) -> list[tuple[str, str]]:
    """What is stored of what people did with tips."""
    return [(event.props["tip"], event.props["what"]) for event in shop.events(TIP)]


def test_a_sync_answers_with_everything_that_the_snippet_waits_for(shop: Shop) -> None:
    reply = shop.sync(events=[PAGE, {"type": "track"}])
    assert set(reply) == {"accepted", "rejected", "refused", "lease", "listen", "offers", "next_in_ms"}
    assert reply["accepted"] == 1
    assert [(r["index"], r["message_id"], r["code"]) for r in reply["rejected"]] == [(1, None, "no_name")]
    assert reply["refused"] == []
    assert reply["lease"] == {"id": "p1", "expires_in_ms": 30 * SECOND}
    assert reply["listen"] == ["exported"]
    assert tips(reply) == ["hello", "news"]
    assert reply["next_in_ms"] is None, "only an event can change something"


def test_an_offer_is_all_that_it_takes_to_show_a_tip(shop: Shop) -> None:
    offer = next(offer for offer in shop.sync(events=[PAGE])["offers"] if offer["tip"] == "news")
    assert isinstance(offer.pop("offer_id"), str)
    assert offer.pop("content")["title"] == ["news"]
    assert offer == {
        "tip": "news",
        "version": 1,
        "surface": "inline",
        "anchor": "news",
        "intrusive": False,
        "at": {},
        "settle": 0,
        "ghost": False,
        "preview": False,
    }


def test_what_a_sync_says_once_holds_for_each_of_its_events(shop: Shop) -> None:
    shop.sync(
        "ivan",
        "p7",
        load_id="l7",
        context={"tz": "Asia/Tokyo"},
        events=[
            {"type": "track", "event": "a", "messageId": "a", "seq": 1},
            {"type": "track", "event": "b", "messageId": "b", "userId": "olga", "loadId": "l1", "pageViewId": "p1"},
        ],
    )
    a, b = shop.events()
    assert (a.user_id, a.anon_id, a.load_id, a.page_view_id, a.tz, a.active) == (
        "ivan",
        "anon-1",
        "l7",
        "p7",
        "Asia/Tokyo",
        True,
    )
    assert (b.user_id, b.anon_id, b.load_id, b.page_view_id, b.tz, b.active) == (
        "olga",
        "anon-1",
        "l1",
        "p1",
        "Asia/Tokyo",
        True,
    )


def test_a_sync_may_be_anonymous_and_gets_its_own_answers(shop: Shop) -> None:
    assert tips(shop.sync(None, events=[PAGE])) == ["hello", "news"]
    assert [event.user_id for event in shop.events()] == [None]
    assert_problem(shop.post("/v1/sync", {"page_view_id": "p1"}), 400, "bad_input")


def test_the_moment_of_an_event_in_the_same_sync_is_seen_at_once(shop: Shop) -> None:
    assert "export" not in tips(shop.sync(events=[PAGE]))
    reply = shop.sync(events=[{"type": "track", "event": "exported"}])
    assert "export" in tips(reply)
    assert reply["next_in_ms"] == HOUR, "then the moment is over"
    shop.now += HOUR
    assert "export" not in tips(shop.sync())


@pytest.mark.parametrize("what", OUTCOMES)
def test_each_outcome_is_stored_as_an_event_of_its_person(shop: Shop, what: str) -> None:
    offer = offer_of(shop.sync(events=[PAGE]), "news")
    shop.now += MINUTE
    reply = shop.sync(feedback=[said(offer, what, at=5 * SECOND)])
    assert (reply["accepted"], reply["refused"]) == (0, [])
    (event,) = shop.events(TIP)
    assert (event.user_id, event.t, event.received_at) == ("ivan", START + 55 * SECOND, START + MINUTE)
    props = {
        name: event.props[name]
        for name in ("tip", "what", "version", "surface", "intrusive", "category", "page_view")
    }
    assert props == {
        "tip": "news", "what": what, "version": 1, "surface": "inline", "intrusive": False, "category": "news", "page_view": "p1",
    }  # fmt: skip


def forged(shop: Shop, offer: str) -> list[str]:
    """Tokens that look like an offer and are none of ours."""
    real = shop.runtime.signer.loads("offer", offer)
    payload, signature = offer.rsplit(".", 1)
    return [
        "",
        "x",
        payload,
        offer[:-1],
        offer + "A",
        f"{payload}.{signature[::-1]}",
        f"{payload[:-2]}AA.{signature}",
        offer.upper(),
        "\x00" + offer,
        "ключ.ключ",
        Signer("another secret that is long").dumps("offer", real, shop.now),
        shop.runtime.signer.dumps("preview", real, shop.now),
        shop.runtime.signer.dumps("console", real, shop.now),
    ]


def test_feedback_on_a_forged_offer_is_refused_and_counts_for_nothing(shop: Shop) -> None:
    offer = offer_of(shop.sync(events=[PAGE]), "news")
    tokens = forged(shop, offer)
    reply = shop.sync(feedback=[said(token, "viewed") for token in tokens])
    assert reply["refused"] == [{"offer_id": token, "reason": "bad_token"} for token in tokens]
    assert told(shop) == []


def test_feedback_on_another_persons_offer_is_refused(shop: Shop) -> None:
    olgas = offer_of(shop.sync("olga", anon_id="anon-2", events=[PAGE]), "news")
    for other in ("ivan", None):
        reply = shop.sync(other, feedback=[said(olgas, "viewed")])
        assert reply["refused"] == [{"offer_id": olgas, "reason": "other_subject"}]
    assert told(shop) == []


def test_feedback_on_an_offer_from_before_the_sign_in_counts(shop: Shop) -> None:
    offer = offer_of(shop.sync(None, events=[PAGE]), "news")
    assert shop.sync("ivan", feedback=[said(offer, "viewed")])["refused"] == []
    assert told(shop) == [("news", "viewed")]


def test_feedback_is_taken_for_a_week_and_not_a_millisecond_longer(shop: Shop) -> None:
    reply = shop.sync(events=[PAGE])
    news, hello = offer_of(reply, "news"), offer_of(reply, "hello")
    shop.now += 7 * DAY
    assert shop.sync(feedback=[said(news, "viewed")])["refused"] == []
    shop.now += 1
    assert shop.sync(feedback=[said(hello, "viewed")])["refused"] == [{"offer_id": hello, "reason": "expired_token"}]
    assert told(shop) == [("news", "viewed")]


def test_an_outcome_that_we_do_not_know_is_refused_and_the_others_count(shop: Shop) -> None:
    reply = shop.sync(events=[PAGE])
    news, hello = offer_of(reply, "news"), offer_of(reply, "hello")
    reply = shop.sync(feedback=[said(news, "goal"), said(news, "eaten"), said(hello, "viewed")])
    assert reply["refused"] == [{"offer_id": news, "reason": "unknown_outcome"}] * 2
    assert told(shop) == [("hello", "viewed")]


def test_feedback_that_is_sent_twice_counts_once(shop: Shop) -> None:
    offer = offer_of(shop.sync(events=[PAGE]), "news")
    for _ in range(3):
        shop.now += SECOND
        shop.sync(feedback=[said(offer, "viewed"), said(offer, "viewed")])
    assert told(shop) == [("news", "viewed")]


def test_an_app_cannot_send_feedback_as_an_event(shop: Shop) -> None:
    reply = shop.sync(events=[{"type": "track", "event": TIP, "properties": {"tip": "news", "what": "viewed"}}])
    assert [reject["code"] for reject in reply["rejected"]] == ["reserved_name"]
    assert told(shop) == []


def test_what_was_viewed_is_consumed(shop: Shop) -> None:
    reply = shop.sync(events=[PAGE, {"type": "track", "event": "exported"}])
    assert tips(reply) == ["export", "hello", "news"]
    for tip in ("export", "news"):
        shop.sync(feedback=[said(offer_of(reply, tip), "viewed")])
    assert tips(shop.sync()) == ["hello"]
    shop.now += DAY  # one of a category in 24 hours
    assert "export" not in tips(shop.sync(events=[{**PAGE, "messageId": "tomorrow"}]))
    assert "export" in tips(shop.sync(events=[{"type": "track", "event": "exported", "messageId": "next"}]))


@pytest.mark.parametrize("what", ["render_failed", "anchor_missing"])
def test_what_could_not_be_shown_is_not_consumed(shop: Shop, what: str) -> None:
    reply = shop.sync(events=[PAGE, {"type": "track", "event": "exported"}])
    shop.sync(feedback=[said(offer_of(reply, "export"), what)])
    assert "export" in tips(shop.sync())


def test_a_snoozed_tip_comes_back_when_it_was_asked_to(shop: Shop) -> None:
    offer = offer_of(shop.sync(events=[PAGE]), "news")
    reply = shop.sync(feedback=[said(offer, "snoozed", until_ms=2 * DAY)])
    assert "news" not in tips(reply)
    shop.now += 2 * DAY - 1
    assert "news" not in tips(shop.sync(events=[{**PAGE, "messageId": "p2"}]))
    shop.now += 1
    assert "news" in tips(shop.sync())


@pytest.mark.parametrize("until", [None, 0, -5])
def test_a_tip_that_is_snoozed_without_an_end_comes_back_after_a_day(shop: Shop, until: int | None) -> None:
    offer = offer_of(shop.sync(events=[PAGE]), "news")
    shop.sync(feedback=[said(offer, "snoozed", until_ms=until)])
    assert [event.props["until"] for event in shop.events(TIP)] == [START + DAY]


@pytest.mark.parametrize(
    ("scope", "left"),
    [("tip", ["hello", "more"]), ("category", ["hello"]), ("all", []), ("nonsense", ["hello", "more"])],
)
def test_a_muted_tip_takes_with_it_what_it_was_asked_to_for_ever(tmp_path: Path, scope: str, left: list[str]) -> None:
    shop = Shop(
        tmp_path / "shop", HELLO, NEWS, corner("more", surface="inline", anchor="m", policy={"category": "news"})
    )
    offer = offer_of(shop.sync(events=[PAGE]), "news")
    shop.sync(feedback=[said(offer, "muted", scope=scope)])
    shop.now += 300 * DAY
    shop.restart()
    assert tips(shop.sync(events=[{**PAGE, "messageId": "later"}])) == left
    shop.close()


def test_a_second_tab_gets_no_intrusive_offer_while_the_lease_of_the_first_lives(shop: Shop) -> None:
    assert tips(shop.sync(page="p1", events=[PAGE])) == ["hello", "news"]
    second = shop.sync(page="p2")
    assert (tips(second), second["lease"]) == (["news"], None)
    shop.now += 30 * SECOND - 1
    assert tips(shop.sync(page="p2")) == ["news"]
    shop.now += 1
    free = shop.sync(page="p2")
    assert (tips(free), free["lease"]) == (["hello", "news"], {"id": "p2", "expires_in_ms": 30 * SECOND})
    assert tips(shop.sync(page="p1")) == ["news"]


def test_each_sync_of_the_holder_renews_the_lease(shop: Shop) -> None:
    shop.sync(page="p1", events=[PAGE])
    for _ in range(5):
        shop.now += 25 * SECOND
        assert shop.sync(page="p1")["lease"] == {"id": "p1", "expires_in_ms": 30 * SECOND}
        assert shop.sync(page="p2")["lease"] is None


def test_a_lease_goes_over_to_the_page_that_replaced_its_own_in_the_tab(shop: Shop) -> None:
    shop.sync(page="p1", events=[PAGE])
    reply = shop.sync(page="p2", previous_page_view_ids=["p0", "p1"])
    assert (tips(reply), reply["lease"]) == (["hello", "news"], {"id": "p2", "expires_in_ms": 30 * SECOND})
    assert shop.sync(page="p3", previous_page_view_ids=["p1"])["lease"] is None


def test_another_person_has_a_lease_of_their_own(shop: Shop) -> None:
    shop.sync("ivan", "p1", events=[PAGE])
    assert tips(shop.sync("olga", "p2", anon_id="anon-2", events=[{**PAGE, "messageId": "olga"}])) == [
        "hello",
        "news",
    ]


def test_a_lease_survives_a_restart(shop: Shop) -> None:
    shop.sync(page="p1", events=[PAGE])
    shop.restart()
    assert shop.sync(page="p2")["lease"] is None


def test_nobody_is_held_out_so_no_offer_is_a_ghost(shop: Shop) -> None:
    for number in range(40):
        reply = shop.sync(f"user-{number}", anon_id=f"anon-{number}", events=[{**PAGE, "messageId": number}])
        assert [(offer["ghost"], bool(offer["content"])) for offer in reply["offers"]] == [(False, True)] * 2


def test_nothing_in_the_first_seconds_of_a_visit_and_the_reply_says_when_to_ask(shop: Shop) -> None:
    reply = shop.sync(events=[{**PAGE, "ageMs": SECOND}])
    assert (tips(reply), reply["next_in_ms"]) == ([], 2 * SECOND)
    shop.now += 2 * SECOND
    assert tips(shop.sync()) == ["hello", "news"]


def test_an_anchor_that_is_not_on_the_page_gets_no_offer(shop: Shop) -> None:
    assert tips(shop.sync(events=[PAGE], context={"placements": ["export"]})) == ["hello"]
    assert tips(shop.sync(context={"placements": ["export", "news"]})) == ["hello", "news"]


def test_a_preview_link_shows_its_tip_whatever_the_policy_says_and_is_never_counted(shop: Shop) -> None:
    shop.sync(page="p1", events=[PAGE])
    link = shop.runtime.signer.dumps("preview", {"tip": "export"}, shop.now)
    reply = shop.sync(page="p2", preview=link)
    assert [(o["tip"], o["preview"]) for o in reply["offers"] if o["tip"] == "export"] == [("export", True)]
    shop.sync(page="p2", feedback=[said(offer_of(reply, "export"), "viewed")])
    read = shop.runtime.store.read_now
    noted = read(lambda tx: tx.execute("SELECT DISTINCT outcome FROM tip_day WHERE tip='export'").fetchall())
    assert [tuple(row) for row in noted if row[0] == "viewed"] == []


def test_a_preview_link_that_is_forged_or_a_day_old_is_as_none(shop: Shop) -> None:
    link = shop.runtime.signer.dumps("preview", {"tip": "export"}, shop.now - DAY - 1)
    shop.sync(events=[PAGE])
    for worthless in (link, link[:-1], "x", shop.runtime.signer.dumps("offer", {"tip": "export"}, shop.now)):
        assert tips(shop.sync(preview=worthless)) == ["hello", "news"]


def test_the_reasons_are_told_to_the_debug_panel_only_where_that_is_switched_on(shop: Shop) -> None:
    assert "reasons" not in shop.sync(events=[PAGE], debug=True)
    shop.runtime.settings.debug_reasons = True
    assert "reasons" not in shop.sync()
    reasons = shop.sync(debug=True)["reasons"]
    assert [(reason["tip"], reason["code"]) for reason in reasons] == [("export", "no_moment")]
    assert reasons[0]["words"]


def test_a_public_key_reads_nothing_of_others(shop: Shop) -> None:
    shop.batch({"type": "identify", "userId": "olga", "traits": {"email": "olga@acme.example"}}, track(user="olga"))
    reply = shop.post("/v1/sync", {"user_id": "ivan", "anon_id": "x", "debug": True, "preview": "olga"})
    assert "olga" not in reply.text


WRONG: list[dict[str, Any]] = [
    {"user_id": 7},
    {"user_id": ["ivan"]},
    {"anon_id": {}},
    {"page_view_id": None},
    {"load_id": 1},
    {"context": None},
    {"context": {"path": 1}},
    {"context": {"placements": "news"}},
    {"events": None},
    {"events": {}},
    {"feedback": [{}]},
    {"feedback": [{"offer_id": "x"}]},
    {"feedback": [{"offer_id": "x", "what": 1}]},
    {"feedback": [{"offer_id": "x", "what": "viewed", "at": "now"}]},
    {"previous_page_view_ids": "p1"},
    {"preview": 1},
    {"debug": "yes"},
    {"write_key": 1},
    {"user_id": "", "anon_id": ""},
    {"page_view_id": "p\x00"},
    {"anon_id": "a\n"},
]


@pytest.mark.parametrize("wrong", WRONG, ids=str)
def test_a_sync_that_is_wrong_is_400_and_says_where(shared: Shop, wrong: dict[str, Any]) -> None:
    found = assert_problem(shared.post("/v1/sync", {"user_id": "ivan", **wrong}), 400, "bad_input")
    assert found["detail"].startswith("this is not a sync: ")
    assert shared.events() == []


def test_one_event_that_is_wrong_does_not_cost_the_sync(shop: Shop) -> None:
    reply = shop.sync(events=[PAGE, 7, {"type": "track", "event": "a", "properties": {"n": 2**70}}])
    assert [(r["index"], r["code"]) for r in reply["rejected"]] == [(1, "not_an_object"), (2, "number_too_large")]
    assert tips(reply) == ["hello", "news"]
    assert [reject.code for reject in shop.rejects()] == ["not_an_object", "number_too_large"]


def test_a_sync_holds_as_many_events_as_a_batch_and_not_one_more(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("waypost.settings.Limits.batch_events", 3)
    assert shop.sync(events=[PAGE] * 3)["accepted"] == 3
    assert_problem(shop.post("/v1/sync", {"user_id": "ivan", "events": [PAGE] * 4}), 413, "too_large")
    many = [said("x", "viewed")] * 4
    assert_problem(shop.post("/v1/sync", {"user_id": "ivan", "feedback": many}), 413, "too_large")


def test_feedback_of_any_size_is_bounded(shop: Shop) -> None:
    offer = offer_of(shop.sync(events=[PAGE]), "hello")
    reply = shop.sync(feedback=[said(offer, "snoozed", at=10**17, until_ms=2**62)])
    assert reply["refused"] == []
    (event,) = shop.events(TIP)
    assert START - event.t == 7 * DAY
    assert event.props["until"] - event.t == 90 * DAY


@pytest.mark.parametrize("zone", ["Mars/Olympus", "", "../../etc/passwd", "Europe", "x" * 300, "\x00"])
def test_a_zone_that_means_nothing_costs_nobody_an_event(shop: Shop, zone: str) -> None:
    assert shop.sync(events=[PAGE], context={"tz": zone})["accepted"] == 1
    event = {**PAGE, "messageId": "m", "context": {"timezone": zone}, "userId": "ivan"}
    answer = shop.post("/v1/batch", {"batch": [event]})
    assert (answer.status_code, answer.json()["rejected"]) == (200, [])
