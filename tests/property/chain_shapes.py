"""Chains of every form, and histories that reach their edges."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Any

from tests.oracle.history import DAY, HOUR, MINUTE
from tests.property.histories import Shapes, Story, story

__all__ = ["CHAINS", "KEY_ACTIONS", "chain_shapes", "chain_story"]

W, G = 10 * MINUTE, 4 * MINUTE
SPANS = (W, G, 2 * MINUTE, W + 2 * MINUTE, 30 * MINUTE, HOUR, DAY)
STEPS = (0, 0, 1, MINUTE, G - 1, G, G + 1, W - G, W - 1, W, W + 1, W + 2 * MINUTE, 2 * W)
PROPS: tuple[dict[str, Any], ...] = (
    {},
    {"k": 1},
    {"k": 1},
    {"k": "1"},
    {"k": 2, "j": True},
    {"k": 1.0, "j": 0},
    {"k": None},
    {"k": [1], "x": 5},
)
ONE, BIG = {"==": [{"var": "event.k"}, 1]}, {">": [{"var": "event.x"}, 3]}


def of(text: str) -> list[dict[str, Any]]:
    return [{"event": name} for name in text]


KEY_ACTIONS = ["B"]
X = [{"event": "X"}]
CHAINS: dict[str, dict[str, Any]] = {
    "ab": {"steps": of("AB"), "within": "10m"},
    "abc": {"steps": of("ABC"), "within": "10m"},
    "abc-first": {"steps": of("ABC"), "within": "10m", "restart": "first"},
    "abcd-gap": {"steps": of("ABCB"), "within": "10m", "gap": "4m"},
    "abc-gap-first": {"steps": of("ABC"), "within": "10m", "gap": "4m", "restart": "first"},
    "abc-wide-gap": {"steps": of("ABC"), "within": "10m", "gap": "1h"},
    "abc-unless": {"steps": of("ABC"), "within": "10m", "unless": X},
    "ab-unless-first": {"steps": of("AB"), "within": "10m", "unless": X, "restart": "first"},
    "one": {"steps": of("A"), "within": "10m"},
    "one-unless": {"steps": of("A"), "within": "0s", "unless": X},
    "aa": {"steps": of("AA"), "within": "10m"},
    "aa-first": {"steps": of("AA"), "within": "10m", "restart": "first"},
    "aba": {"steps": of("ABA"), "within": "10m", "gap": "4m"},
    "aab-first": {"steps": of("AAB"), "within": "10m", "restart": "first", "gap": "4m"},
    "times": {"steps": [{"step": {"event": "A"}, "times": 3}, {"event": "B"}], "within": "1h"},
    "any": {"steps": [{"event": {"any": ["A", "B"]}}, {"event": {"any": ["B", "C"]}}], "within": "10m", "gap": "4m"},
    "active": {"steps": [{"event": "A"}, {"event": "$active"}, {"event": "$key_action"}], "within": "10m"},
    "instant": {"steps": of("AB"), "within": "0s"},
    "instant-gap": {"steps": of("ABA"), "within": "10m", "gap": "0s"},
    "same": {"steps": of("AB"), "within": "10m", "same": ["k"]},
    "same-first": {"steps": of("ABC"), "within": "10m", "same": ["k"], "restart": "first", "unless": X},
    "same-two": {"steps": of("AB"), "within": "1h", "same": ["k", "j"], "unless": X},
    "same-gap": {"steps": of("AAB"), "within": "10m", "gap": "4m", "same": ["k"]},
    "where": {"steps": [{"event": "A", "where": ONE}, {"event": "A"}, {"event": "B", "where": BIG}], "within": "10m"},
    "where-first": {"steps": [{"event": "A"}, {"event": "A", "where": ONE}], "within": "10m", "restart": "first"},
    "where-unless": {"steps": of("AB"), "within": "10m", "unless": [{"event": "B", "where": ONE}]},
    "start-breaks": {"steps": of("AB"), "within": "10m", "unless": [{"event": "A", "where": ONE}]},
    "start-breaks-first": {
        "steps": of("ABC"), "within": "10m", "restart": "first",
        "unless": [{"event": {"any": ["A", "C"]}, "where": ONE}, {"event": "X"}],
    },
    "long": {"steps": of("ABABAB"), "within": "1h"},
    "day": {"steps": of("AB"), "within": "1d", "gap": "30m"},
}  # fmt: skip


def chain_shapes(asked: Sequence[dict[str, Any]], account: bool, together: int = 6) -> list[Shapes]:
    """Every chain under every operator of `asked`, a few chains to a plan: what is not asked need not be folded."""
    scope = {"scope": "account"} if account else {}
    names = sorted(CHAINS)
    return [
        Shapes(
            [{op: {"ref": name, **args}} for name in names[i::together] for one in asked for op, args in one.items()],
            chains={name: {**chain, **scope} for name, chain in CHAINS.items()},
            key_actions=KEY_ACTIONS,
        )
        for i in range(together)
    ]


def chain_story(rng: Random, most: int = 10) -> Story:
    """Events of the chains' names, most of them close together, in one zone: an occurrence has no zone of its own."""
    names = rng.choice(("AABBC", "ABCX", "AABX", "ABAB", "AB", "A"))
    return story(rng, names, SPANS, props=rng.choice((({},), PROPS)), steps=STEPS, most=most, travel=False)
