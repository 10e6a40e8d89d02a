"""Stages 7, 8 and 10: the order of offers, one winner a placement, one page that may interrupt."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.decide_world import START, World, tip
from waypost.model import DAY, MINUTE


def order(world: World) -> list[str]:
    return [offer.tip for offer in world.ask().offers]


def test_bands_come_first() -> None:
    bands = {"a": "low", "b": "critical", "c": "normal", "d": "high"}
    rules = [tip(name, "inline", anchor=name, policy={"priority": band}) for name, band in bands.items()]
    assert order(World(*rules)) == ["b", "d", "c", "a"]


def test_inside_a_band_a_moment_comes_before_a_state() -> None:
    world = World(tip("a", "inline", anchor="a"), tip("b", "inline", anchor="b", on={"event": "x"}))
    world.did("x", page="p1")
    assert order(world) == ["b", "a"]


def test_then_the_more_specific_place_in_the_page() -> None:
    at = {"route": "/x", "idle": "5s"}
    world = World(tip("a", "inline", anchor="a", at={"route": "/x"}), tip("b", "inline", anchor="b", at=at), tip("c"))
    assert order(world) == ["b", "a", "c"]


def test_then_the_least_recently_shown() -> None:
    rules = [tip(name, "inline", anchor=name, repeat={"cooldown": "0s", "max": 9}) for name in "abc"]
    world = World(*rules)
    world.told("a", "viewed", at=START - 2 * DAY)
    world.told("b", "viewed", at=START - 3 * DAY)
    assert order(world) == ["c", "b", "a"]


def test_then_a_lot_that_never_changes_and_does_not_favour_a_name() -> None:
    rules = [tip(f"t{i}", "inline", anchor=f"t{i}") for i in range(12)]
    first = order(World(*rules))
    assert first == order(World(*reversed(rules)))
    assert first != sorted(first)


def test_a_placement_has_one_winner() -> None:
    world = World(tip("a"), tip("b", policy={"priority": "high"}), tip("c", "banner"))
    assert order(world) == ["b", "c"]
    assert world.loser("a").detail == {"by": "b"}
    assert world.loser("a").code == "placement_taken"


def test_passive_tips_are_one_an_anchor_whatever_their_surface() -> None:
    first = tip("a", "inline", policy={"priority": "high"}, at={"route": "/x"})
    world = World(first, tip("b", "hotspot"), tip("c", "tooltip"))
    assert order(world) == ["a", "c"]
    assert world.reason("b") == "placement_taken"


@pytest.mark.parametrize(
    ("first", "second", "blocked"),
    [
        ({}, {}, True),
        ({}, {"at": {"route": "/x"}}, True),
        ({"at": {"route": "/x"}}, {}, False),
        ({"at": {"route": "/x"}}, {"at": {"route": "/y"}}, False),
        ({"at": {"idle": "5s"}}, {"at": {"idle": "9s"}}, True),
        ({"at": {"idle": "9s"}}, {"at": {"idle": "5s"}}, False),
        ({"settle": "2s"}, {}, False),
        ({"settle": "2s"}, {"settle": "3s"}, True),
    ],
)
def test_an_offer_that_may_wait_does_not_block_one_that_may_be_ready(
    first: dict[str, Any], second: dict[str, Any], blocked: bool
) -> None:
    world = World(tip("a", policy={"priority": "high"}, **first), tip("b", **second))
    assert world.reason("b") == ("placement_taken" if blocked else "offered")


def test_a_page_view_is_interrupted_once() -> None:
    world = World(tip("a"), tip("b", policy={"priority": "critical"}), tip("c", "inline", policy={"category": "x"}))
    world.told("a", "viewed", page="p1", category="y")
    assert world.reason("b", page="p1") == "page_view_spent"
    assert world.reason("b", page="p2") == "offered"
    assert world.reason("c", page="p1") == "offered"


def test_a_page_view_is_not_spent_by_what_does_not_interrupt() -> None:
    world = World(tip("a", "inline", policy={"category": "x"}), tip("b"))
    world.told("a", "viewed", page="p1")
    assert world.reason("b", page="p1") == "offered"


def test_while_another_page_view_holds_the_lease_nothing_interrupts_here() -> None:
    world = World(tip("a"), tip("b", "inline"))
    world.context = {"lease_page": "p1", "lease_until": START + 30_000}
    assert world.reason("a", page="p2", now=START + 29_999) == "leased_elsewhere"
    assert world.reason("b", page="p2") == "offered"
    assert world.ask(page="p2").next_in == 30_000
    assert world.reason("a", page="p1") == "offered"
    assert world.reason("a", page="p2", now=START + 30_000) == "offered"


def test_the_lease_does_not_enter_the_log_with_a_time_that_always_changes() -> None:
    world = World(tip("a"))
    world.context = {"lease_page": "p1", "lease_until": START + MINUTE}
    assert world.loser("a", page="p2").detail == {}
