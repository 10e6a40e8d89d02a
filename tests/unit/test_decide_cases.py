"""The written cases of the semantics (section 4.4) that are about delivery, and absences at decision time."""

from __future__ import annotations

from typing import Any

from tests.unit.decide_world import START, World, compiled, tip
from waypost.delivery.moments import moment_id
from waypost.model import DAY, MINUTE, SECOND

NEVER: dict[str, Any] = {"never": {"event": "bulk", "tenure": "3d"}}


def test_21_a_new_person_has_not_never_done_it_until_three_days_later_without_any_event() -> None:
    world = World(tip("a", when=NEVER), session=False)
    world.known = {"bulk": START - 500 * DAY}
    world.did("page_viewed")
    assert world.reason("a", now=START + 3 * DAY - 1) == "when_false"
    assert world.ask(now=START + 2 * DAY + MINUTE).next_in == DAY - MINUTE
    assert world.reason("a", now=START + 3 * DAY) == "offered"


def test_22_a_feature_that_is_tracked_since_yesterday_says_nothing_of_an_old_person() -> None:
    world = World(tip("a", when=NEVER))
    world.did("page_viewed", at=START - 700 * DAY)
    world.known = {"bulk": START - DAY}
    assert world.reason("a") == "history_not_covered"
    assert world.ask(now=START + DAY + MINUTE).next_in == DAY - MINUTE
    assert world.reason("a", now=START + 2 * DAY) == "offered"


def test_23_welcome_back_lasts_the_session_while_inactivity_is_over() -> None:
    back = tip("back", when={"returned": {"after": "14d"}})
    quiet = tip("quiet", "banner", when={"inactive": {"for": "14d"}})
    world = World(back, quiet, session=False)
    world.did("page_viewed", at=START - 20 * DAY)
    for i in range(3):
        world.did("page_viewed", at=START + i * MINUTE, page=f"p{i}")
    world.now = START + 2 * MINUTE + SECOND
    assert (world.reason("back"), world.reason("quiet")) == ("offered", "when_false")


def test_29_two_tabs_ask_at_once_and_one_may_interrupt() -> None:
    world = World(tip("a"))
    assert world.reason("a", page="left") == "offered"
    world.context = {"lease_page": "left", "lease_until": START + 30 * SECOND}
    assert world.reason("a", page="right") == "leased_elsewhere"
    world.told("a", "viewed", page="left")
    assert world.reason("a", page="right", now=START + 30 * SECOND) == "repeat_cooldown"


def test_30_a_new_version_inherits_views_and_dismissals() -> None:
    old = World(tip("a", policy={"stop_after": {"dismissed": 1}}))
    old.told("a", "viewed", at=START - 90 * DAY, version=1)
    old.told("a", "dismissed", at=START - 90 * DAY, version=1)
    edited = tip("a", text={"en": {"title": "Better", "body": "words"}}, policy={"stop_after": {"dismissed": 1}})
    new = World(plan=compiled(edited), session=False)
    new.user.tips = old.user.tips
    assert new.reason("a") == "stopped_dismissed"


def test_30_a_tip_that_is_beaten_all_through_its_ttl_is_dropped() -> None:
    world = World(tip("a", on={"event": "saved"}, ttl="2m"), tip("b", policy={"priority": "high"}))
    world.did("saved")
    assert world.reason("a", now=START + MINUTE) == "placement_taken"
    assert world.reason("a", now=START + 2 * MINUTE) == "moment_expired"


def test_30_a_trait_that_is_missing_makes_a_negated_comparison_true() -> None:
    world = World(tip("a", audience={"!": [{">": [{"var": "user.x"}, 5]}]}))
    assert world.reason("a") == "offered"
    world.is_known_as(x=6)
    assert world.reason("a") == "audience_false"


def test_13_to_15_a_late_completion_takes_a_pending_abandonment_back() -> None:
    chains = {"import": {"steps": [{"event": "started"}, {"event": "done"}], "within": "30m"}}
    world = World(tip("a", on={"abandoned": {"ref": "import"}}, ttl="7d"), chains=chains)
    world.did("started", at=START)
    later = START + 40 * MINUTE
    assert world.ask(now=later).offers[0].moment == moment_id("a", "m2")
    world.did("done", at=START + 30 * MINUTE)
    assert world.reason("a", now=later) == "no_moment"
