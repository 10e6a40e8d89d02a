"""Stage 3: each cap at its limit and one past it, at the end of its window and one past it."""

from __future__ import annotations

import pytest

from tests.unit.decide_world import START, World, tip
from waypost.model import DAY, HOUR, MINUTE
from waypost.settings import Policy

OTHER = {"category": "other"}


def seen(world: World, *times: int, tip_id: str = "seen", what: str = "viewed") -> None:
    for t in times:
        world.told(tip_id, what, at=t)


def two(surface: str = "corner", **policy: object) -> World:
    """A tip that was seen, of its own category, and the tip "a" in question. No session runs."""
    return World(tip("seen", policy=OTHER), tip("a", surface, policy=policy), session=False)


def test_one_tip_a_day_of_a_category() -> None:
    world = World(tip("seen", "inline"), tip("a", "inline"), session=False)
    seen(world, START - DAY)
    assert world.reason("a", now=START - 1) == "cap_category_24h"
    assert world.ask(now=START - 1).next_in == 1
    assert world.loser("a", now=START - 1).detail == {
        "count": 1, "limit": 1, "per": DAY, "until": START, "category": "general", "by": [["seen", START - DAY]],
    }  # fmt: skip
    assert world.reason("a", now=START) == "offered"


def test_two_tips_that_interrupt_in_a_day() -> None:
    world = two()
    seen(world, START - DAY)
    assert world.reason("a", now=START - 1) == "offered"
    seen(world, START - HOUR)
    assert world.reason("a", now=START - 1) == "cap_user_24h"
    assert world.reason("a", now=START) == "offered"


def test_five_tips_that_interrupt_in_a_week() -> None:
    world = two()
    seen(world, *(START - (7 - i) * DAY for i in range(4)))
    assert world.reason("a", now=START - 1) == "offered"
    seen(world, START - 2 * DAY)
    assert world.reason("a", now=START - 1) == "cap_user_7d"
    assert world.reason("a", now=START) == "offered"


def test_one_tip_that_interrupts_in_a_session() -> None:
    world = World(tip("seen", policy=OTHER), tip("a"))
    seen(world, START - 59 * MINUTE)
    assert world.reason("a") == "offered"
    seen(world, START - MINUTE)
    assert world.reason("a", now=START + 9 * MINUTE) == "cap_session"


def test_ten_minutes_between_two_that_interrupt() -> None:
    world = two()
    seen(world, START - 10 * MINUTE)
    assert world.reason("a", now=START - 1) == "cap_gap"
    assert world.ask(now=START - 1).next_in == 1
    assert world.reason("a", now=START) == "offered"


@pytest.mark.parametrize("surface", ["inline", "hotspot"])
def test_what_does_not_interrupt_is_not_capped_by_what_does(surface: str) -> None:
    world = two(surface)
    seen(world, *(START - i * MINUTE for i in range(1, 8)))
    assert world.reason("a") == "offered"


def test_what_does_not_interrupt_does_not_use_up_the_day() -> None:
    world = World(tip("seen", "inline", policy=OTHER), tip("a"))
    seen(world, *(START - i * MINUTE for i in range(1, 8)))
    assert world.reason("a") == "offered"


@pytest.mark.parametrize("what", ["viewed", "ghost"])
def test_critical_passes_the_caps_but_counts(what: str) -> None:
    world = World(
        tip("seen", policy={"priority": "critical", **OTHER}), tip("a"), tip("b", policy={"priority": "critical"})
    )
    seen(world, START - 2 * MINUTE, what=what)
    assert world.reason("a") == "cap_gap"
    assert world.reason("b") == "offered"


def test_a_cap_of_the_tip_itself() -> None:
    caps = [{"count": 2, "per": "30d"}]
    world = World(tip("a", "inline", repeat={"cooldown": "0s", "max": 9}, policy={"caps": caps}), session=False)
    seen(world, START - 30 * DAY, tip_id="a")
    assert world.reason("a", now=START - 1) == "offered"
    seen(world, START - 3 * DAY, tip_id="a")
    assert world.loser("a", now=START - 1).detail == {
        "count": 2, "limit": 2, "per": 30 * DAY, "until": START, "by": [["a", START - 30 * DAY], ["a", START - 3 * DAY]],
    }  # fmt: skip
    assert world.reason("a", now=START - 1) == "cap_tip"
    assert world.reason("a", now=START) == "offered"


def test_a_cap_of_the_category_over_longer() -> None:
    caps = [{"count": 1, "per": "7d", "group": "category"}]
    world = World(tip("seen", "inline"), tip("a", "inline", policy={"caps": caps}), session=False)
    seen(world, START - 7 * DAY)
    assert world.reason("a", now=START - 1) == "cap_category"
    assert world.reason("a", now=START) == "offered"


def test_views_of_a_tip_that_is_gone_still_count() -> None:
    world = two()
    seen(world, START - MINUTE)
    fresh = World(tip("a"), session=False)
    fresh.user.tips = world.user.tips
    assert fresh.reason("a") == "cap_gap"


def test_the_defaults_are_those_of_the_policy() -> None:
    assert (Policy.intrusive_per_session, Policy.intrusive_per_day, Policy.intrusive_per_week) == (1, 2, 5)
    assert (Policy.category_per_day, Policy.intrusive_gap_ms) == (1, 10 * MINUTE)
