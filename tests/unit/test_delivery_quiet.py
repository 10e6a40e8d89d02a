"""Stage 4: quiet times at their end and one before it, and muted routes."""

from __future__ import annotations

import pytest

from tests.unit.decide_world import START, World, tip
from waypost.delivery.quiet import route_matches


def test_nothing_in_the_first_three_seconds_of_a_session() -> None:
    world = World(tip("a", policy={"priority": "critical"}), tip("b", "inline"), session=False)
    world.did("page_viewed")
    assert world.reason("a", now=START + 2_999) == world.reason("b", now=START + 2_999) == "quiet_session_start"
    assert world.ask(now=START).next_in == 3_000
    assert world.reason("a", now=START + 3_000) == "offered"


@pytest.mark.parametrize("what", ["dismissed", "snoozed", "muted", "clicked"])
def test_nothing_within_thirty_seconds_of_a_close(what: str) -> None:
    world = World(tip("a"), tip("b", "banner"))
    world.told("b", what)
    assert world.reason("a", now=START + 29_999) == "quiet_after_close"
    assert world.ask(now=START).next_in == 30_000
    assert world.reason("a", now=START + 30_000) == "offered"


def test_nothing_on_a_muted_route() -> None:
    world = World(tip("a"))
    world.context = {"muted_routes": ["/pay/*"]}
    assert world.loser("a", path="/pay/now").detail == {"route": "/pay/*"}
    assert world.reason("a", path="/pay/now?x=1") == "quiet_route"
    assert world.reason("a", path="/paying") == "offered"


@pytest.mark.parametrize(
    ("pattern", "path", "matches"),
    [
        ("/", "/", True),
        ("/a", "/a/", True),
        ("/a", "/a/b", False),
        ("/a/:id", "/a/7", True),
        ("/a/:id", "/a", False),
        ("/a/:id/b", "/a/7/c", False),
        ("/a/*", "/a", True),
        ("/a/*", "/a/b/c#x", True),
        ("*", "/anything/at/all", True),
    ],
)
def test_routes(pattern: str, path: str, matches: bool) -> None:
    assert route_matches(pattern, path) is matches
