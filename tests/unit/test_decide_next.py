"""When to ask again: the nearest instant at which time alone may change something."""

from __future__ import annotations

from tests.unit.decide_world import START, World, tip
from waypost.engine.decide import NEXT_MOST
from waypost.model import DAY, HOUR, MINUTE, SECOND

TO_MIDNIGHT = 16 * HOUR  # from START to midnight in UTC


def test_nothing_to_wait_for() -> None:
    assert World(tip("a", when={"did": {"event": "x"}})).ask().next_in is None


def test_a_window_that_slides_over_an_event() -> None:
    world = World(tip("a", when={"did": {"event": "x", "last": "7d"}}))
    world.did("x", at=START - 6 * DAY)
    assert world.ask().next_in == DAY


def test_an_absence_that_grows() -> None:
    world = World(tip("a", when={"inactive": {"for": "14d", "event": "x"}}))
    world.did("x", at=START - 13 * DAY)
    assert world.ask().next_in == DAY
    assert world.reason("a", now=START + DAY) == "offered"


def test_days_change_at_midnight() -> None:
    world = World(tip("a", when={">=": [{"days": {"event": "x", "last": "14cd"}}, 4]}))
    world.did("x")
    assert world.ask().next_in == TO_MIDNIGHT


def test_what_holds_inside_a_session_ends_with_it() -> None:
    world = World(tip("a", when={"did": {"event": "x", "in": "session"}}))
    world.did("x", at=START - MINUTE)
    assert world.ask().next_in == 29 * MINUTE
    assert world.reason("a", now=START + 29 * MINUTE) == "when_false"


def test_a_return_that_is_not_there_does_not_come_by_waiting() -> None:
    world = World(tip("a", when={"returned": {"after": "14d"}}))
    assert world.ask().next_in is None
    world.did("page_viewed", at=START + 20 * DAY)
    assert world.ask(now=START + 20 * DAY + 3 * SECOND).next_in == 30 * MINUTE - 3 * SECOND


def test_the_age_of_a_session_passes_by_the_second_and_then_by_the_minute() -> None:
    world = World(tip("a", when={">=": [{"var": "session.age_s"}, 300]}), session=False)
    world.did("page_viewed")
    assert world.ask(now=START + 10 * SECOND).next_in == SECOND
    assert world.ask(now=START + 2 * MINUTE).next_in == MINUTE


def test_the_nearest_of_several_wins() -> None:
    world = World(
        tip("a", when={"inactive": {"for": "14d", "event": "x"}}), tip("b", schedule={"from": "2027-01-15T09:00"})
    )
    world.did("x", at=START - 13 * DAY)
    assert world.ask().next_in == HOUR


def test_a_browser_is_never_told_to_wait_longer_than_its_timer_can() -> None:
    world = World(tip("a", when={"inactive": {"for": "90d", "event": "x"}}))
    world.did("x")
    assert world.ask().next_in == NEXT_MOST == DAY
