"""days and weeks against the whole history: a local day is that of the zone in which an event came in."""

from __future__ import annotations

from random import Random
from typing import Any

from tests.oracle.history import DAY, HOUR
from tests.property.histories import RUNS, Shapes, differences, story

SPANS = (HOUR, DAY, 2 * DAY, 7 * DAY, 14 * DAY, 28 * DAY)
EVENTS: list[dict[str, Any]] = [
    {"event": "A"},
    {"event": {"any": ["A", "B"]}},
    {"event": "$active"},
    {"event": "$key_action"},
    {"event": "A", "where": {"==": [{"var": "event.x"}, 1]}},
]
CALENDAR = ("1cd", "2cd", "7cd", "14cd", "28cd", "400cd")


def run(name: str, account: str = "") -> None:
    scope = {"scope": "account"} if account else {}
    exprs = [{name: {**event, "last": last, **scope}} for event in EVENTS for last in CALENDAR]
    tried = Shapes(exprs, key_actions=["B"])
    for seed in range(RUNS):
        rng = Random(f"{name} {account} {seed}")
        told = story(rng, "AABC", SPANS, props=({}, {"x": 1}, {"x": "1"}), reach=60 * DAY)
        assert differences(tried, told, rng.sample(range(len(exprs)), 6), account=account) == [], seed


def test_days_are_distinct_local_days() -> None:
    run("days")


def test_weeks_are_distinct_iso_weeks() -> None:
    run("weeks")


def test_days_of_an_account_are_counted_in_its_zone() -> None:
    run("days", "America/New_York")


def test_weeks_of_an_account_are_counted_in_its_zone() -> None:
    run("weeks", "Australia/Lord_Howe")
