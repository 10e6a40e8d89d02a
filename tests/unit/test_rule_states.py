"""The states of a rule: who meets it, what it takes from others, what of it goes on."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.decide_world import START, World, compiled, tip
from waypost.engine.explain import explain
from waypost.engine.goals import goals_waiting
from waypost.model import DAY
from waypost.rules.compile import compile_rules
from waypost.rules.document import STATES
from waypost.rules.plan import Plan

RESTING = ("draft", "paused", "retired")


def shadow(tip_id: str, *args: Any, **parts: Any) -> dict[str, Any]:
    return tip(tip_id, *args, state="shadow", **parts)


def codes(world: World, **asked: Any) -> dict[str, str]:
    return {loser.tip: loser.code for loser in world.ask(**asked).losers}


def offered(world: World, **asked: Any) -> list[str]:
    return [offer.tip for offer in world.ask(**asked).offers]


def faults(**parts: Any) -> list[str]:
    document = tip("a", **parts)
    return [problem.line() for problem in compile_rules({"a.json": document}, {}, {}, {})[1]]


def test_a_rule_is_live_when_it_does_not_say_otherwise() -> None:
    assert compiled(tip("a")).rules["a"].state == "live"
    assert [len(faults(state=state)) for state in STATES] == [0] * 5
    assert faults(state="shadwo") == [
        'a.json: state: "shadwo" is not one of "draft", "shadow", "live", "paused", "retired"; did you mean "shadow"?'
    ]


@pytest.mark.parametrize("state", RESTING)
def test_nobody_meets_a_rule_that_rests(state: str) -> None:
    world = World(tip("a"), tip("b", state=state))
    decision = world.ask(preview="b")
    assert ([offer.tip for offer in decision.offers], decision.losers) == (["a"], [])
    assert set(world.plan.resting) == {"b"}
    found = world.plan.find("b")
    assert found is not None
    assert found.state == state


@pytest.mark.parametrize("state", RESTING)
def test_a_mistake_counts_in_every_state(state: str) -> None:
    assert faults(state=state, when={"and": [{"chian": {}}]}) != []


def test_the_history_of_a_paused_rule_goes_on_and_that_of_a_draft_is_not_kept() -> None:
    when = {"did": {"event": "exported"}}
    plans = {state: compiled(tip("a", when=when, state=state)) for state in STATES}
    assert {state for state, plan in plans.items() if plan.readings} == {"shadow", "live", "paused"}
    assert {state for state, plan in plans.items() if plan.listen} == {"shadow", "live"}
    assert plans["paused"].fingerprint == plans["live"].fingerprint


def test_a_goal_reached_during_a_pause_of_the_rule_counts() -> None:
    rule = tip("a", goal={"did": {"event": "exported"}})
    world = World(rule)
    world.told("a", "viewed")

    def waiting(plan: Plan) -> list[str]:
        return [found.id for found, _ in goals_waiting(plan, world.user.tips, START + DAY)]

    assert waiting(compiled({**rule, "state": "paused"})) == ["a"]
    assert waiting(compiled({**rule, "state": "retired"})) == []


def test_an_alert_has_no_shadow() -> None:
    alert = {"id": "quiet", "kind": "alert", "state": "shadow", "text": {"en": {"title": "Quiet"}}}
    alert["trigger"] = {"on": {"clock": True}, "when": {"inactive": {"for": "14d"}}}
    (problem,) = compile_rules({"a.json": alert}, {}, {}, {})[1]
    assert problem.path == "state"


# -- shadow


def test_a_shadow_is_never_offered_and_says_that_it_would_have_been() -> None:
    world = World(shadow("a"))
    decision = world.ask()
    (loser,) = decision.losers
    assert (decision.offers, loser.stage, loser.code) == ([], 10, "shadow")
    said = [explain(world.plan, decision, "a", lang, name="Ivan")[0] for lang in ("en", "ru")]
    assert said == [
        "It runs in shadow mode: it would have been offered to Ivan then.",
        "Она работает в теневом режиме: тогда пользователю Ivan она была бы предложена.",
    ]


def test_no_preview_brings_a_shadow_to_the_page() -> None:
    world = World(shadow("a"))
    assert offered(world, preview="a") == []


def test_a_shadow_takes_no_place_and_no_group_from_others() -> None:
    live, better = tip("live", policy={"exclusive": "g"}), {"exclusive": "g", "priority": "high"}
    alone, beside = World(live), World(live, shadow("better", policy=better))
    assert offered(alone) == offered(beside) == ["live"]
    assert codes(beside) == {"better": "shadow"}


def test_a_shadow_that_live_rules_would_have_beaten_says_by_which() -> None:
    world = World(tip("live", policy={"priority": "high"}), shadow("worse"))
    assert (offered(world), codes(world)) == (["live"], {"worse": "placement_taken"})


def test_shadows_do_not_hold_each_other_back() -> None:
    world = World(shadow("a"), shadow("b"))
    assert codes(world) == {"a": "shadow", "b": "shadow"}


def test_the_policy_holds_a_shadow_back_as_it_would_a_live_rule() -> None:
    world = World(tip("seen", policy={"category": "x"}), shadow("a"), shadow("b", when={"did": {"event": "never"}}))
    world.told("seen", "viewed", at=START - 30_000)
    assert codes(world, page="p2") == {"seen": "repeat_cooldown", "a": "cap_session", "b": "when_false"}


def test_what_live_rules_do_is_the_same_with_and_without_shadows() -> None:
    documents = [tip("a"), tip("b", "banner"), tip("c", "hotspot"), tip("d", policy={"priority": "low"})]
    shadows = [shadow(f"s{n}", "corner" if n % 2 else "hotspot", policy={"priority": "high"}) for n in range(4)]
    plain, both = World(*documents).ask(), World(*documents, *shadows).ask()
    assert both.offers == plain.offers
    assert [loser for loser in both.losers if loser.tip[0] != "s"] == plain.losers


def test_equal_decisions_with_a_shadow_are_equal() -> None:
    world = World(shadow("a"))
    assert world.ask().losers == world.ask(now=START + 60_000).losers
