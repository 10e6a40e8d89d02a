"""tip against the whole history of what a person did with tips."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Any

import pytest

from tests.oracle.history import DAY, HOUR, Happening
from tests.property.histories import RUNS, Shapes, differences, story

SPANS = (HOUR, DAY, 7 * DAY)
WINDOWS: list[dict[str, Any]] = [{}, {"last": "1h"}, {"last": "1d"}, {"last": "7d"}, {"last": "400d"}]
PROPS = [
    {"tip": tip, "what": what, "category": category, **more}
    for tip, category in (("seen", "general"), ("other", "news"))
    for what in ("viewed", "viewed", "clicked", "dismissed", "goal", "snoozed", "muted", "ghost")
    for more in ({}, {}, {}, {"preview": True})
]
TIPS = [{"id": "seen"}, {"id": "other"}]


def reached_before(h: Happening, earlier: Sequence[Happening]) -> bool:
    """A goal is reached once for each tip: the service says it under one message id."""
    goal = h["props"].get("what") == "goal" and not h["props"].get("preview")
    return goal and any(
        one["props"].get("tip") == h["props"]["tip"] and one["props"]["what"] == "goal" for one in earlier
    )


def run(asked: list[dict[str, Any]]) -> None:
    shapes = Shapes([{"tip": args} for args in asked])
    for seed in range(RUNS):
        rng = Random(seed)
        told = story(rng, ("$tip", "$tip", "$tip", "A"), SPANS, props=PROPS, steps=(0, 1), most=8)
        told.arrivals = [h for i, h in enumerate(told.arrivals) if not reached_before(h, told.arrivals[:i])]
        told.looks = [(len(told.arrivals), now) for _, now in told.looks if now >= told.looks[-1][1] - DAY]
        assert differences(shapes, told, rng.sample(range(len(asked)), min(10, len(asked)))) == [], seed


def test_a_tip_was_seen_so_many_times_in_the_window() -> None:
    whose = [*TIPS, {"category": "general"}, {"category": "news"}]
    run([{**one, **window, "min": least} for one in whose for window in WINDOWS for least in (1, 2, 3)])


def test_a_tip_was_seen_so_long_ago() -> None:
    windows: list[dict[str, Any]] = [{}, {"last": "7d"}, {"last": "400d"}]
    run([{**one, **window, "ago": ago} for one in TIPS for window in windows for ago in ("1ms", "1h", "1d")])
    run([{**one, "did": did, "ago": "1d", "min": 2} for one in TIPS for did in ("viewed", "clicked", "dismissed")])


@pytest.mark.parametrize("did", ["clicked", "dismissed", "completed"])
def test_a_tip_was_clicked_dismissed_or_completed_in_the_window(did: str) -> None:
    run([{**one, **window, "did": did} for one in TIPS for window in WINDOWS])


@pytest.mark.parametrize("did", ["clicked", "dismissed"])
def test_a_tip_was_clicked_or_dismissed_several_times_in_the_window(did: str) -> None:
    run([{**one, **window, "did": did, "min": least} for one in TIPS for window in WINDOWS for least in (2, 3)])
