"""never and inactive against the whole history: an absence needs time, and something to be absent from."""

from __future__ import annotations

from functools import cache
from random import Random
from typing import Any

from tests.oracle.history import DAY, HOUR, MINUTE
from tests.property.histories import RUNS, Shapes, Story, differences, story

NAMES = ("A", "B", "B", "C", "D")
SPANS = (MINUTE, HOUR, DAY, 3 * DAY, 14 * DAY)
LENGTHS = ("0s", "1m", "1h", "24h", "1d", "3d", "14d")
EVENTS: list[dict[str, Any]] = [
    {"event": "A"},
    {"event": {"any": ["A", "B"]}},
    {"event": "A", "where": {">=": [{"var": "event.n"}, 2]}},
    {"event": "$active"},
    {"event": "$key_action"},
    {"event": {"any": ["A", "$active"]}},
]
PROPS: tuple[dict[str, Any], ...] = ({}, {"n": 1}, {"n": 2}, {"n": "2"}, {"n": None})


@cache
def shapes(name: str, account: bool) -> Shapes:
    scope = {"scope": "account"} if account else {}
    key = "tenure" if name == "never" else "for"
    events = EVENTS if name == "never" else [{}, *EVENTS]
    return Shapes(
        [{name: {**event, key: size, **scope}} for event in events for size in LENGTHS], key_actions=["B", "D"]
    )


def knowledge(rng: Random, told: Story) -> dict[str, int]:
    """Some names are known since long, some since an edge, some not at all."""
    now = told.looks[-1][1]
    since = [0, *(now - span + off for span in SPANS for off in (-1, 0, 1))]
    return {name: rng.choice(since) for name in "ABCD" if rng.random() < 0.9}


def run(name: str, account: str = "") -> None:
    tried = shapes(name, bool(account))
    for seed in range(RUNS):
        rng = Random(f"{name} {account} {seed}")
        told = story(rng, NAMES, SPANS, props=PROPS, most=6, reach=60 * DAY)
        numbers = rng.sample(range(len(tried.exprs)), 10)
        assert differences(tried, told, numbers, knowledge(rng, told), account) == [], seed


def test_never_needs_tenure_and_a_name_that_is_known() -> None:
    run("never")


def test_never_of_an_account_counts_from_its_own_first_event() -> None:
    run("never", "Asia/Kathmandu")


def test_inactive_is_the_time_since_the_latest_event_or_since_the_first_sight() -> None:
    run("inactive")


def test_inactive_of_an_account_is_the_silence_of_all_its_people() -> None:
    run("inactive", "Asia/Kathmandu")
