"""Stages 0 and 1: each reason that holds a tip back, at its edge and one past it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.decide_world import START, World, paused, tip
from waypost.delivery.eligible import anchor_name
from waypost.delivery.moments import moment_id
from waypost.facts.fold import fold_event
from waypost.facts.subject import Facts
from waypost.model import DAY, GROUP, HOUR, MINUTE, Event

WEEK = 7 * DAY
IMPORT = {"import": {"steps": [{"event": "started"}, {"event": "done"}], "within": "30m"}}


def test_the_least_rule_is_offered() -> None:
    world = World(tip("a", "tooltip", when={"did": {"event": "exported", "min": 3, "last": "7d"}}))
    for _ in range(3):
        world.did("exported")
    (offer,) = world.ask().offers
    assert (offer.tip, offer.version, offer.surface, offer.anchor, offer.intrusive) == (
        "a",
        1,
        "tooltip",
        "export",
        True,
    )
    assert (offer.category, offer.locale, offer.variant, offer.moment, offer.preview) == (
        "general",
        "en",
        -1,
        "",
        False,
    )


def test_every_live_tip_is_either_offered_or_has_a_reason() -> None:
    world = World(*(tip(f"t{i}", when={"did": {"event": f"e{i}"}}) for i in range(20)))
    world.did("e3")
    decision = world.ask()
    assert [offer.tip for offer in decision.offers] == ["t3"]
    assert sorted(loser.tip for loser in decision.losers) == sorted(f"t{i}" for i in range(20) if i != 3)


def test_alerts_are_never_offered() -> None:
    alert = {"id": "quiet", "kind": "alert", "text": {"en": {"title": "t", "body": "b"}}}
    alert["trigger"] = {"on": {"clock": True}, "when": {"inactive": {"for": "14d", "scope": "account"}}}
    decision = World(alert, tip("a")).ask(preview="quiet")
    assert [offer.tip for offer in decision.offers] == ["a"]
    assert decision.losers == []


@pytest.mark.parametrize(
    ("context", "request_", "code"),
    [
        ({"pauses": [paused("g:acme")]}, {}, "paused"),
        ({"kill_switch": True}, {}, "kill_switch"),
        ({}, {"test_user": True}, "test_user"),
    ],
)
def test_everything_is_silent_while(context: dict[str, Any], request_: dict[str, Any], code: str) -> None:
    world = World(tip("a"), tip("b", when={"did": {"event": "x"}}))
    world.context = context
    assert {loser.tip: loser.code for loser in world.ask(**request_).losers} == {"a": code, "b": code}


def test_a_mandatory_tip_passes_mutes_but_not_the_test_user() -> None:
    world = World(tip("a", policy={"mandatory": True}), tip("b"))
    world.told("b", "muted", at=START - HOUR, scope="all")
    assert world.reason("a") == "offered"
    assert world.reason("b") == "muted_all"
    assert world.reason("a", test_user=True) == "test_user"


def test_not_this_again_holds_one_tip_back_for_good() -> None:
    world = World(tip("a"), tip("b"), tip("c", when={"did": {"event": "x"}}))
    world.told("a", "muted", at=START - HOUR)
    world.told("c", "muted", at=START - HOUR)
    later = START + 1_000 * DAY
    assert [world.reason(name, now=later) for name in "abc"] == ["muted_tip", "offered", "muted_tip"]


def test_a_muted_category_holds_all_its_tips_back() -> None:
    world = World(
        tip("a", policy={"category": "x"}), tip("b", when={"did": {"event": "e"}}, policy={"category": "x"}), tip("c")
    )
    world.told("a", "muted", at=START - HOUR, scope="category")
    assert [world.reason(name) for name in "abc"] == ["muted_category", "muted_category", "offered"]


def test_a_snooze_ends_at_its_instant() -> None:
    world = World(tip("a"))
    world.told("a", "snoozed", at=START - HOUR, until=START + HOUR)
    assert world.reason("a", now=START + HOUR - 1) == "snoozed"
    assert world.reason("a", now=START + HOUR) == "offered"
    assert world.ask(now=START).next_in == HOUR


def test_a_schedule_is_open_from_its_start_to_before_its_end() -> None:
    world = World(tip("a", schedule={"from": "2027-01-15T09:00", "to": "2027-01-16T09:00"}))
    start = START + HOUR
    assert world.reason("a", now=start - 1) == "not_started"
    assert world.ask(now=start - 1).next_in == 1
    assert world.reason("a", now=start) == "offered"
    assert world.reason("a", now=start + DAY - 1) == "offered"
    assert world.reason("a", now=start + DAY) == "ended"


def test_the_audience_reads_traits_of_the_person() -> None:
    world = World(tip("a", audience={"==": [{"var": "user.role"}, "admin"]}))
    assert world.reason("a") == "audience_false"
    world.is_known_as(role="admin")
    assert world.reason("a") == "offered"


def test_a_condition_that_does_not_hold_names_what_is_not_so() -> None:
    needs: dict[str, Any] = {"did": {"event": "x", "min": 2}}
    world = World(tip("a", when=needs))
    assert (world.loser("a").code, world.loser("a").detail) == ("when_false", {})
    world.did("x")
    assert (world.loser("a").code, world.loser("a").detail) == ("when_false", {"unmet": [needs], "seen": [1]})


def test_a_number_of_days_needs_days() -> None:
    world = World(tip("a", when={"and": [{">=": [{"days": {"event": "x", "last": "14cd"}}, 1]}, True]}))
    assert (world.loser("a").code, world.loser("a").detail) == ("when_false", {})
    world.did("x", at=START - 100 * DAY)
    assert world.reason("a") == "when_false"


@pytest.mark.parametrize(
    "when",
    [
        {"<=": [{"count": {"event": "x"}}, 2]},
        {">=": [{"count": {"event": "x"}}, 0]},
        {">": [2, {"count": {"event": "x"}}]},
        {"did": {"event": "x", "min": 0, "max": 1}},
        {"or": [{"did": {"event": "x"}}, {"inactive": {"for": "0s"}}]},
        {"!": [{"did": {"event": "x"}}]},
    ],
)
def test_what_may_hold_without_any_event_is_looked_at(when: dict[str, Any]) -> None:
    assert World(tip("a", when=when)).reason("a") == "offered"


def test_a_condition_on_the_account_is_false_without_one() -> None:
    world = World(tip("a", when={"did": {"event": "x", "scope": "account"}}))
    assert world.reason("a") == "when_false"
    world.account = Facts.empty(world.plan.fingerprint)
    event = Event(message_id="m", name="x", t=START - HOUR, received_at=START - HOUR, account_id="acme")
    fold_event(world.plan, "account", world.account, event)
    assert world.reason("a") == "offered"


def test_a_reached_goal_holds_a_tip_back_while_it_is_true() -> None:
    world = World(tip("a", goal={"did": {"event": "scheduled", "last": "1d"}}))
    world.did("scheduled", at=START - DAY + 60_000)
    assert world.reason("a") == "goal_reached"
    assert world.ask().next_in == 60_000
    assert world.reason("a", now=START + 60_000) == "offered"


def test_a_success_retires_a_tip_unless_it_comes_per_moment() -> None:
    moment: dict[str, Any] = {"on": {"event": "x"}, "repeat": {"mode": "per_moment"}}
    world = World(tip("a"), tip("b", **moment))
    for name in "ab":
        world.told(name, "goal", at=START - 30 * DAY)
    world.did("x")
    assert world.reason("a") == "retired"
    assert world.reason("b") == "offered"


def test_an_absence_that_the_log_does_not_reach_is_said_so() -> None:
    world = World(tip("a", when={"never": {"event": "bulk", "tenure": "3d"}}), session=False)
    world.did("page_viewed", at=START - 100 * DAY)
    world.did("page_viewed", at=START - MINUTE)
    assert world.loser("a").code == "history_not_covered"
    world.known = {"bulk": START - 3 * DAY + 1}
    assert world.loser("a").code == "history_not_covered"
    assert world.loser("a").detail == {"events": ["bulk"]}
    assert world.ask().next_in == 1
    assert world.reason("a", now=START + 1) == "offered"


def test_a_new_person_is_not_an_uncovered_history() -> None:
    world = World(tip("a", when={"never": {"event": "bulk", "tenure": "3d"}}))
    world.known = {"bulk": START - 100 * DAY}
    assert world.reason("a") == "when_false"


def test_an_uncovered_absence_is_not_blamed_when_something_else_is_false_too() -> None:
    world = World(
        tip("a", when={"and": [{"never": {"event": "bulk", "tenure": "0s"}}, {"==": [{"var": "user.x"}, 1]}]})
    )
    assert world.reason("a") == "when_false"


# -- moments


def test_a_moment_waits_for_its_event() -> None:
    world = World(tip("a", on={"event": "saved"}))
    assert world.reason("a") == "no_moment"
    world.did("saved", page="p1")
    assert world.reason("a", page="p1") == "offered"
    assert world.ask().offers[0].moment == moment_id("a", "m2")


def test_a_moment_of_a_page_belongs_to_that_page_view() -> None:
    world = World(tip("a", on={"event": "saved"}))
    world.did("saved", page="p1")
    assert world.reason("a", page="p2") == "other_page"
    assert world.reason("a", page="p1", now=START + 20 * MINUTE) == "offered"


def test_a_moment_of_a_server_goes_to_the_next_page_view_within_half_an_hour() -> None:
    world = World(tip("a", on={"event": "invoiced"}))
    world.did("invoiced", page="")
    edge = START + 30 * MINUTE
    world.did("page_viewed", at=edge - MINUTE)
    assert world.reason("a", page="p2", now=edge) == "offered"
    assert world.reason("a", page="p2", now=edge + 1) == "moment_expired"


def test_a_moment_of_a_server_stays_with_the_page_view_it_is_bound_to() -> None:
    world = World(tip("a", on={"event": "invoiced"}))
    world.did("invoiced", page="")
    world.context = {"bound": {moment_id("a", "m2"): "p2"}}
    assert world.reason("a", page="p1") == "other_page"
    assert world.reason("a", page="p2", now=START + 25 * MINUTE) == "offered"


def test_a_moment_with_a_duration_is_pending_until_it_is_over() -> None:
    world = World(tip("a", on={"event": "saved"}, ttl="2m"))
    world.did("saved", page="p1")
    assert world.reason("a", page="p2", now=START + 2 * MINUTE - 1) == "offered"
    assert world.loser("a", page="p2", now=START + 2 * MINUTE).detail == {"at": START, "ttl": 2 * MINUTE}
    assert world.ask(page="p2", now=START + MINUTE).next_in == MINUTE


def test_a_moment_of_a_session_ends_with_it() -> None:
    world = World(tip("a", on={"event": "saved"}, ttl="session"))
    world.did("saved", page="p1")
    assert world.reason("a", page="p9", now=START + 29 * MINUTE) == "offered"
    world.did("page_viewed", at=START + HOUR)
    assert world.reason("a", page="p9", now=START + HOUR + MINUTE) == "moment_expired"


def test_a_session_start_is_a_moment_of_its_own() -> None:
    world = World(tip("a", on={"session": "start"}, ttl="session"), session=False)
    assert world.reason("a") == "no_moment"
    world.did("page_viewed")
    assert world.reason("a", now=START + 3_000) == "offered"


def test_a_viewed_moment_is_consumed_and_a_newer_one_is_not() -> None:
    world = World(tip("a", on={"event": "saved"}, ttl="7d", repeat={"mode": "cooldown", "cooldown": "0s"}))
    world.did("saved", at=START - 2 * DAY)
    world.told("a", "viewed", at=START - 2 * DAY + 1, moment=moment_id("a", "m2"))
    assert world.reason("a") == "moment_consumed"
    world.did("saved", at=START - MINUTE)
    assert world.reason("a") == "offered"


def test_a_moment_that_was_beaten_is_not_consumed() -> None:
    world = World(tip("a", on={"event": "saved"}), tip("b", policy={"priority": "high"}))
    world.did("saved", page="p1")
    assert world.ask().offers[0].tip == "b"
    assert world.reason("a") == "placement_taken"
    world.told("b", "muted", at=START - 40_000)
    assert world.reason("a") == "offered"


def test_once_per_moment_is_its_own_reason() -> None:
    world = World(tip("a", on={"event": "saved"}, ttl="7d", repeat={"mode": "per_moment"}))
    world.did("saved", at=START - 2 * DAY)
    world.told("a", "viewed", at=START - 2 * DAY, moment=moment_id("a", "m2"))
    assert world.reason("a") == "repeat_moment"


def test_an_abandonment_is_a_moment_after_deadline_and_grace() -> None:
    world = World(tip("a", on={"abandoned": {"ref": "import"}}, ttl="7d"), chains=IMPORT)
    world.did("started", at=START)
    ripe = START + 30 * MINUTE + 2 * MINUTE + 1
    assert world.reason("a", now=ripe - 1) == "no_moment"
    assert world.ask(now=START + MINUTE).next_in == ripe - START - MINUTE
    assert world.reason("a", now=ripe) == "offered"
    assert world.reason("a", now=START + 30 * MINUTE + WEEK - 1) == "offered"
    assert world.reason("a", now=START + 30 * MINUTE + WEEK) == "moment_expired"


def test_an_abandonment_that_lasts_a_page_goes_to_the_next_page_view() -> None:
    world = World(tip("a", on={"abandoned": {"ref": "import"}}), chains=IMPORT)
    world.did("started", at=START, page="p1")
    assert world.reason("a", page="p2", now=START + 40 * MINUTE) == "offered"


# -- repeat


def test_a_tip_shown_once_never_comes_again() -> None:
    world = World(tip("a", repeat={"mode": "once"}))
    world.told("a", "viewed", at=START - 300 * DAY)
    assert world.reason("a") == "repeat_once"


def test_a_cool_down_is_over_at_its_end() -> None:
    world = World(tip("a", repeat={"cooldown": "7d"}))
    world.told("a", "viewed", at=START - WEEK)
    assert world.reason("a", now=START - 1) == "repeat_cooldown"
    assert world.ask(now=START - 1).next_in == 1
    assert world.reason("a", now=START) == "offered"


@pytest.mark.parametrize(("closed", "wait"), [(1, WEEK), (2, 2 * WEEK), (3, 4 * WEEK)])
def test_each_dismissal_doubles_the_wait(closed: int, wait: int) -> None:
    world = World(tip("a", repeat={"cooldown": "7d", "max": 9}, policy={"stop_after": {"dismissed": 9}}))
    for i in range(closed):
        world.told("a", "dismissed", at=START - wait - i)
    assert world.reason("a", now=START - 1) == "repeat_cooldown"
    assert world.reason("a", now=START) == "offered"


def test_views_of_all_versions_count_to_the_maximum() -> None:
    world = World(tip("a", repeat={"max": 2}))
    world.told("a", "viewed", at=START - 90 * DAY, version=1)
    assert world.reason("a") == "offered"
    world.told("a", "viewed", at=START - 60 * DAY, version=2)
    assert world.loser("a").detail == {"count": 2, "limit": 2}
    assert world.reason("a") == "repeat_max"


def test_a_ghost_counts_as_a_view() -> None:
    world = World(tip("a", repeat={"mode": "once"}))
    world.told("a", "ghost", at=START - 90 * DAY)
    assert world.reason("a") == "repeat_once"


def test_after_two_dismissals_a_tip_stops() -> None:
    world = World(tip("a"))
    world.told("a", "dismissed", at=START - 200 * DAY)
    assert world.reason("a") == "offered"
    world.told("a", "dismissed", at=START - 100 * DAY)
    assert world.reason("a") == "stopped_dismissed"


def test_per_key_comes_once_for_each_value() -> None:
    world = World(tip("a", repeat={"mode": "per_key", "key": {"var": "user.renewal"}, "cooldown": "0s"}))
    world.is_known_as(at=START - 10 * DAY, renewal="2027-01")
    first = world.ask().offers[0].moment
    assert first
    world.told("a", "viewed", at=START - 5 * DAY, moment=first)
    assert world.reason("a") == "repeat_moment"
    world.is_known_as(at=START - DAY, renewal="2028-01")
    assert world.reason("a") == "offered"
    assert world.ask().offers[0].moment != first


# -- places


@pytest.mark.parametrize(
    ("anchor", "placements", "reason"),
    [
        ("export", None, "offered"),
        ("export", ["export"], "offered"),
        ("export", ["other"], "anchor_not_on_page"),
        ("[data-waypost=export]", ["export"], "offered"),
        ('[data-waypost="export"]', [], "anchor_not_on_page"),
        ("#import-dropzone", [], "offered"),
        ("export", [f"n{i}" for i in range(49)], "anchor_not_on_page"),
        ("export", [f"n{i}" for i in range(50)], "offered"),
    ],
)
def test_only_a_marked_place_that_the_page_did_not_name_is_absent(
    anchor: str, placements: list[str] | None, reason: str
) -> None:
    assert World(tip("a", "tooltip", anchor=anchor)).reason("a", placements=placements) == reason


@pytest.mark.parametrize(
    ("anchor", "name"), [("a-b", "a-b"), ("[data-waypost='x']", "x"), ("[data-waypost='x\"]", None), (".a", None)]
)
def test_the_name_in_an_anchor(anchor: str, name: str | None) -> None:
    assert anchor_name(anchor) == name


# -- previews


def test_a_preview_comes_first_whatever_the_policy_says() -> None:
    world = World(tip("a", when={"did": {"event": "x"}}), tip("b"))
    world.told("a", "muted", at=START - HOUR, scope="all")
    decision = world.ask(preview="a", test_user=True)
    assert [(offer.tip, offer.preview) for offer in decision.offers] == [("a", True)]
    assert [(loser.tip, loser.code) for loser in decision.losers] == [("b", "test_user")]


def test_a_preview_of_a_tip_that_is_due_anyway_is_offered_once() -> None:
    decision = World(tip("a")).ask(preview="a")
    assert [(offer.tip, offer.preview) for offer in decision.offers] == [("a", True)]
    assert World(tip("a")).ask(preview="nothing").offers[0].preview is False


def test_traits_of_an_account_decide_too() -> None:
    world = World(tip("a", audience={">=": [{"var": "account.age_days"}, 2]}))
    world.account = Facts.empty(world.plan.fingerprint)
    event = Event(message_id="g", name=GROUP, t=START - 2 * DAY + 5, received_at=START, account_id="acme")
    fold_event(world.plan, "account", world.account, event)
    assert world.reason("a") == "audience_false"
    assert world.ask().next_in == 5
    assert world.reason("a", now=START + 5) == "offered"
