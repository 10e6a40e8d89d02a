"""did and count against the whole history, at the edges of windows, days and daylight saving."""

from __future__ import annotations

from functools import cache
from random import Random
from typing import Any

from tests.oracle.history import DAY, HOUR, MINUTE
from tests.property.histories import RUNS, Shapes, differences, story

NAMES = ("A", "A", "B", "C")
SPANS = (MINUTE, 30 * MINUTE, 2 * HOUR, DAY, 2 * DAY, 7 * DAY, 14 * DAY, 28 * DAY)
PROPS: tuple[dict[str, Any], ...] = ({}, {}, {"x": 1}, {"x": "1"}, {"x": 5, "tags": ["a"]}, {"x": None}, {"x": 1.0})
EVENTS: list[dict[str, Any]] = [
    {"event": "A"},
    {"event": {"any": ["A", "B"]}},
    {"event": "$active"},
    {"event": "$key_action"},
    {"event": "A", "where": {"==": [{"var": "event.x"}, 1]}},
    {"event": {"any": ["B", "$active"]}, "where": {"!": [{"missing": ["event.x"]}]}},
    {"event": "B", "where": {"in": ["a", {"var": "event.tags"}]}},
    {"event": "never_seen"},
]
WINDOWS: list[dict[str, Any]] = [
    {}, {"last": "1m"}, {"last": "1d"}, {"last": "24h"}, {"last": "7d"}, {"last": "28d"}, {"last": "1cd"},
    {"last": "2cd"}, {"last": "7cd"}, {"last": "28cd"}, {"in": "session"}, {"last": "0s"},
]  # fmt: skip
BOUNDS: list[dict[str, Any]] = [
    {}, {"min": 2}, {"min": 3}, {"min": 0, "max": 0}, {"min": 0, "max": 2}, {"min": 1, "max": 1}, {"min": 0},
]  # fmt: skip
ACCOUNT = "America/New_York"


def scoped(args: dict[str, Any], account: bool) -> dict[str, Any]:
    return {**args, "scope": "account"} if account else args


def windows(account: bool) -> list[dict[str, Any]]:
    return [window for window in WINDOWS if not (account and "in" in window)]


@cache
def shapes(name: str, account: bool) -> Shapes:
    asked = [{**event, **window} for event in EVENTS for window in windows(account)]
    if name == "did":
        rng = Random(7)
        asked = [{**args, **rng.choice(BOUNDS)} for args in asked]
        asked += [{**EVENTS[0], **window, **bound} for window in windows(account) for bound in BOUNDS]
    return Shapes([{name: scoped(args, account)} for args in asked], key_actions=["B"])


def run(name: str, account: str = "", each: int = 6) -> None:
    tried = shapes(name, bool(account))
    for seed in range(RUNS):
        rng = Random(f"{name} {account} {seed}")
        told = story(rng, NAMES, SPANS, props=PROPS, reach=60 * DAY)
        assert differences(tried, told, rng.sample(range(len(tried.exprs)), each), account=account) == [], seed


def test_did_is_the_number_of_events_in_the_window() -> None:
    run("did", each=10)


def test_did_of_an_account_is_that_of_all_its_people() -> None:
    run("did", ACCOUNT)


def test_count_is_the_number_itself() -> None:
    run("count")


def test_count_of_an_account_is_that_of_all_its_people() -> None:
    run("count", ACCOUNT)


def compared(rng: Random) -> dict[str, Any]:
    """A count beside literals: the engine keeps no more of it than they need."""
    count = {"count": {**rng.choice(EVENTS[:3]), **rng.choice(WINDOWS)}}
    sign, literal = rng.choice(("<", "<=", ">", ">=", "==", "!=")), rng.choice((0, 1, 2, 2.5, 3, -1))
    if sign in ("<", "<=") and rng.random() < 0.3:
        return {sign: [rng.choice((-1, 0, 1)), count, literal]}
    return {sign: [count, literal] if rng.random() < 0.5 else [literal, count]}


def test_a_count_that_is_only_compared_is_compared_right() -> None:
    plans = [Shapes([compared(Random(f"{i} {j}")) for j in range(12)], key_actions=["B"]) for i in range(20)]
    for seed in range(RUNS // 2):
        rng = Random(seed)
        tried = rng.choice(plans)
        assert differences(tried, story(rng, NAMES, SPANS, most=8, reach=60 * DAY), range(12)) == [], seed
