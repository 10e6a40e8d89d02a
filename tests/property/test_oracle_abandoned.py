"""abandoned against brute force: attempts that time ended, when that is told, and how far they had come."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Any

from tests.property.chain_shapes import chain_shapes, chain_story
from tests.property.histories import RUNS, differences

ASKED: tuple[dict[str, Any], ...] = (
    {}, {"grace": "0s"}, {"grace": "2m"}, {"grace": "15m"}, {"after": 1}, {"after": 2, "grace": "0s"},
    {"after": 3}, {"last": "10m"}, {"last": "1h", "grace": "0s"}, {"last": "1d", "after": 2},
)  # fmt: skip
CALENDAR: tuple[dict[str, Any], ...] = ({"last": "1cd"}, {"last": "2cd", "after": 2})


def run(each: int, asked: Sequence[dict[str, Any]], account: str = "") -> None:
    tried = chain_shapes([{"abandoned": more} for more in asked], bool(account))
    for seed in range(RUNS):
        rng = Random(f"{account} {seed}")
        shapes = rng.choice(tried)
        numbers = rng.sample(range(len(shapes.exprs)), min(each, len(shapes.exprs)))
        assert differences(shapes, chain_story(rng), numbers, account=account) == [], seed


def test_an_attempt_is_abandoned_after_its_deadline_and_the_grace() -> None:
    run(10, ASKED)


def test_an_attempt_of_an_account_is_abandoned_by_all_its_people() -> None:
    run(6, ASKED, "Europe/Moscow")


def test_an_attempt_was_abandoned_on_one_of_the_last_local_days() -> None:
    run(6, CALENDAR)
