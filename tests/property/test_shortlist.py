"""Skipping rules that cannot apply changes no decision: what is skipped would have been held back by stage 1."""

from __future__ import annotations

from random import Random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.unit.decide_world import START, World, compiled, tip
from waypost.delivery.shortlist import Shortlist, shortlist_of
from waypost.model import DAY, MINUTE, Decision, Loser
from waypost.rules.plan import Plan

EVENTS = tuple("abcdefg")
RULES = 40


def condition(draw: Random, depth: int = 0) -> dict[str, Any]:
    """A condition of any shape over a few events."""
    event = {"event": draw.choice(EVENTS)}
    if depth < 3 and draw.random() < 0.5:
        parts = [condition(draw, depth + 1) for _ in range(draw.randint(1, 3))]
        return {draw.choice(["and", "and", "or"]): parts} if draw.random() < 0.85 else {"!": parts[:1]}
    number = {draw.choice(["count", "days"]): {**event, "last": f"{draw.randint(1, 9)}cd"}}
    compared = [number, draw.randint(0, 2)]
    return draw.choice(
        [
            {"did": {**event, "min": draw.randint(0, 3)}},
            {"did": {**event, "min": 0, "max": draw.randint(0, 2), "last": "7d"}},
            {"never": {**event, "tenure": "0s"}},
            {"inactive": {"for": "1d", **event}},
            {draw.choice(["<", "<=", ">", ">="]): draw.sample(compared, 2)},
            {"chain": {"steps": [event, {"event": draw.choice(EVENTS)}], "within": "1h"}},
            {"==": [{"var": "user.role"}, "admin"]},
        ]
    )


def plan_of(seed: int) -> Plan:
    draw = Random(seed)
    rules = []
    for i in range(RULES):
        moment = {"on": {"event": draw.choice(EVENTS)}, "ttl": "7d"} if draw.random() < 0.3 else {}
        rules.append(tip(f"t{i}", "inline", anchor=f"t{i}", when=condition(draw), **moment))
    return compiled(*rules)


PLANS = [plan_of(seed) for seed in range(20)]


def everything(plan: Plan) -> Shortlist:
    """A shortlist that skips nothing."""
    found = shortlist_of(plan)
    return Shortlist(found.rules, {"user": {}, "account": {}}, {}, found.categories, found.rules)


def history(world: World, seed: int) -> None:
    draw = Random(seed)
    world.known = dict.fromkeys(EVENTS, START - 100 * DAY)
    for _ in range(draw.randint(0, 8)):
        world.did(draw.choice(EVENTS), at=START - draw.randint(1, 10 * DAY // MINUTE) * MINUTE)
    if draw.random() < 0.5:
        world.is_known_as(role="admin")
    if draw.random() < 0.3:
        world.told(f"t{draw.randrange(RULES)}", "goal", at=START - DAY)
    if draw.random() < 0.3:
        world.told(f"t{draw.randrange(RULES)}", "muted", at=START - DAY, scope=draw.choice(["tip", "category"]))


def reasons(decision: Decision) -> dict[str, Loser]:
    return {loser.tip: loser for loser in decision.losers}


@given(st.sampled_from(range(len(PLANS))), st.integers(0, 2**48))
def test_a_skipped_rule_would_not_have_been_offered(which: int, seed: int) -> None:
    world = World(plan=PLANS[which])
    history(world, seed)
    quick = world.ask()
    kept = shortlist_of(world.plan)
    world.plan.memo["shortlist"] = everything(world.plan)
    try:
        slow = world.ask()
    finally:
        world.plan.memo["shortlist"] = kept
    assert quick.offers == slow.offers
    fast, full = reasons(quick), reasons(slow)
    assert fast.keys() == full.keys()
    for name, loser in fast.items():
        assert (loser.stage, loser.code) == (full[name].stage, full[name].code)
    assert quick.next_in is None or slow.next_in is not None
