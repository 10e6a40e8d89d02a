"""Stages 2, 6 and 9: samples, tips that exclude or need each other, and the control group that is revealed last."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from tests.unit.decide_world import START, World, compiled, tip
from waypost.delivery.assign import draw, held_out
from waypost.delivery.case import Case, DecideContext
from waypost.engine.decide import decide
from waypost.facts.fold import fold_event
from waypost.facts.read import ReadEnv
from waypost.facts.subject import Facts
from waypost.model import DAY, HOUR, TIP, Context, Event, Request
from waypost.rules.compile import compile_rules
from waypost.rules.plan import Plan

PEOPLE = 4_000


def ghosts(plan: Plan, rule: str, people: int = PEOPLE, account: str | None = None) -> set[int]:
    """Who of so many people would get the tip as a ghost."""
    found = set()
    for number in range(people):
        asked = Request(
            subject=f"u:{number}", account=account, now=START, page_view_id="p", context=Context(), preview=None
        )
        facts = Facts.empty(plan.fingerprint)
        offers = decide(plan, facts, None, asked, DecideContext(ReadEnv())).offers
        if next(offer for offer in offers if offer.tip == rule).ghost:
            found.add(number)
    return found


def chi_square(seen: int, share: float) -> float:
    wanted = PEOPLE * share
    return (seen - wanted) ** 2 / wanted + (seen - wanted) ** 2 / (PEOPLE - wanted)


def test_a_draw_is_uniform_and_independent_of_other_salts() -> None:
    one, two = [[draw(salt, f"u:{i}") for i in range(PEOPLE)] for salt in ("a", "b")]
    tenths = [sum(i / 10 <= value < (i + 1) / 10 for value in one) for i in range(10)]
    assert sum((seen - 400) ** 2 / 400 for seen in tenths) < 27.9, "chi-square, 9 degrees, p = 0.001"
    both = sum(a < 0.5 and b < 0.5 for a, b in zip(one, two, strict=True))
    assert abs(both - PEOPLE / 4) < 110


def test_100_000_units_are_drawn_evenly_and_each_salt_draws_anew() -> None:
    units = 100_000
    one, two = [[int(draw(salt, f"u:{i}") * 20) for i in range(units)] for salt in ("export-schedule", "bulk-edit")]
    twentieths = [one.count(i) for i in range(20)]
    assert sum((seen - units / 20) ** 2 / (units / 20) for seen in twentieths) < 43.8, "19 degrees, p = 0.001"
    cells = Counter(zip(one, two, strict=True))
    assert len(cells) == 400
    assert sum((seen - units / 400) ** 2 / (units / 400) for seen in cells.values()) < 492.3, "399 degrees, p = 0.001"


def test_a_draw_is_the_same_after_every_restart_and_in_every_version() -> None:
    known = {
        ("export-schedule", "u:ivan"): 0.0707,
        ("export-schedule", "g:acme"): 0.10696,
        ("all:2027Q1", "u:ivan"): 0.74341,
        ("", ""): 0.43048,
        ("правило", "u:иван"): 0.10018,
    }
    assert {pair: round(draw(*pair), 5) for pair in known} == known


def test_a_new_version_of_a_rule_draws_nobody_anew() -> None:
    one = compiled(tip("a", policy={"holdout": 0.2}))
    two = compiled(tip("a", "banner", when={"!=": [1, 2]}, policy={"holdout": 0.2}))
    assert ghosts(one, "a", 500) == ghosts(two, "a", 500)
    more = compiled(tip("a", policy={"holdout": 0.3}))
    assert ghosts(one, "a", 500) < ghosts(more, "a", 500), "a larger share takes the smaller one in"


def test_a_test_user_is_held_out_of_nothing() -> None:
    plan, _ = compile_rules({"a": tip("a", policy={"holdout": 0.5})}, {}, {}, {}, {"holdout": {"share": 0.5}})
    for number in range(50):
        asked = Request(
            subject=f"u:{number}", account=None, now=START, page_view_id="p", context=Context(), test_user=True
        )
        case = Case(plan, Facts.empty(plan.fingerprint), None, asked, DecideContext(ReadEnv()))
        assert not held_out(case, plan.rules["a"])
        assert decide(plan, case.user, None, asked, case.context).offers == []


def test_a_sample_is_that_share_of_people_and_always_the_same() -> None:
    world = World(tip("a", "inline", policy={"sample": 0.25}))
    inside = [i for i in range(PEOPLE) if draw("sample:a", f"u:{i}") < 0.25]
    assert chi_square(len(inside), 0.25) < 10.8
    expected = "offered" if draw("sample:a", "u:ivan") < 0.25 else "not_sampled"
    assert {world.reason("a") for _ in range(3)} == {expected}
    assert World(tip("a", policy={"sample": 0})).reason("a") == "not_sampled"
    assert World(tip("a", policy={"sample": 1})).reason("a") == "offered"


def test_the_control_group_of_a_rule_is_its_share_and_the_same_on_every_device() -> None:
    plan = compiled(tip("a", policy={"holdout": 0.1}))
    found = ghosts(plan, "a")
    assert chi_square(len(found), 0.1) < 10.8
    assert ghosts(plan, "a", 200) == {number for number in found if number < 200}


def test_control_groups_of_two_rules_are_independent() -> None:
    plan = compiled(
        tip("a", "inline", anchor="a", policy={"holdout": 0.5}),
        tip("b", "inline", anchor="b", policy={"holdout": 0.5}),
    )
    both = ghosts(plan, "a") & ghosts(plan, "b")
    assert abs(len(both) - PEOPLE / 4) < 110


def test_of_an_account_all_or_none_are_held_out() -> None:
    plan = compiled(tip("a", policy={"holdout": 0.5, "unit": "account"}))
    sizes = {len(ghosts(plan, "a", 50, account=f"g:{i}")) for i in range(20)}
    assert sizes == {0, 50}


@pytest.mark.parametrize("policy", [{"category": "help"}, {"category": "security"}, {"mandatory": True}])
def test_help_security_and_mandatory_tips_have_no_control_group(policy: dict[str, Any]) -> None:
    plan, problems = compile_rules({"a": tip("a", policy={**policy, "holdout": 0.5})}, {}, {}, {})
    assert [problem.code for problem in problems] == ["contradiction"]
    everybody, _ = compile_rules({"a": tip("a", policy=policy)}, {}, {}, {}, {"holdout": {"share": 0.5}})
    assert plan.rules == {}
    assert ghosts(everybody, "a", 200) == set()


def test_the_control_group_of_everything_sees_no_tip_and_is_drawn_anew_each_quarter() -> None:
    rules = {name: tip(name, "inline", anchor=name) for name in "ab"}
    plan, _ = compile_rules(rules, {}, {}, {}, {"holdout": {"share": 0.2}})
    held = ghosts(plan, "a")
    assert held == ghosts(plan, "b")
    assert chi_square(len(held), 0.2) < 10.8
    later = [n for n in range(PEOPLE) if draw("all:2027Q2", f"u:{n}") < 0.2]
    assert held == {n for n in range(PEOPLE) if draw("all:2027Q1", f"u:{n}") < 0.2}
    assert 0 < len(held & set(later)) < len(held) / 2


def test_whoever_was_told_apart_once_stays_so_whatever_the_share_becomes() -> None:
    half = World(tip("a", policy={"holdout": 0.5}, repeat={"cooldown": "0s", "max": 99}), session=False)
    half.told("a", "ghost", at=START - 9 * DAY)
    none = World(tip("a", repeat={"cooldown": "0s", "max": 99}), session=False)
    none.user.tips = half.user.tips
    assert none.ask().offers[0].ghost
    seen = World(tip("a", policy={"holdout": 0.5}, repeat={"cooldown": "0s", "max": 99}), session=False)
    seen.told("a", "viewed", at=START - 9 * DAY)
    assert not seen.ask().offers[0].ghost


def test_a_preview_is_never_held_out() -> None:
    world = World(tip("a", policy={"holdout": 0.5}))
    world.told("a", "ghost", at=START - 9 * DAY)
    assert not world.ask(preview="a").offers[0].ghost


def test_of_an_exclusive_group_one_is_open_and_one_is_seen_in_a_day() -> None:
    rules = [
        tip(name, "inline", anchor=name, policy={"exclusive": "launch", "category": name, "priority": priority})
        for name, priority in (("a", "high"), ("b", "normal"))
    ]
    world = World(*rules, session=False)
    assert (world.reason("a"), world.reason("b")) == ("offered", "group_taken")
    world.told("a", "viewed", at=START)
    assert world.reason("b", now=START + DAY - 1) == "exclusive_24h"
    assert world.ask(now=START + HOUR).next_in is not None
    assert world.reason("b", now=START + DAY) == "offered"


def test_with_unit_account_one_of_the_account_is_enough() -> None:
    rules = [
        tip(name, "inline", anchor=name, policy={"exclusive": "launch", "category": name, "unit": "account"})
        for name in "ab"
    ]
    world = World(*rules, session=False)
    world.account = Facts.empty(world.plan.fingerprint)
    props = {"tip": "a", "what": "viewed", "category": "a"}
    event = Event(
        message_id="v", name=TIP, t=START - HOUR, received_at=START, user_id="olga", account_id="x", props=props
    )
    fold_event(world.plan, "account", world.account, event)
    assert world.reason("b") == "exclusive_24h"
    assert {world.reason(name, now=START + DAY) for name in "ab"} == {"offered", "group_taken"}


@pytest.mark.parametrize(("did", "what"), [("viewed", "viewed"), ("completed", "goal")])
def test_a_tip_may_need_another_or_be_blocked_by_it(did: str, what: str) -> None:
    other = {"tip": "first", "did": did}
    world = World(
        tip("first", "inline", anchor="f", policy={"category": "x"}),
        tip("after", "inline", anchor="a", policy={"requires": [other]}),
        tip("never", "inline", anchor="n", policy={"blocked_by": [other], "category": "y"}),
    )
    assert (world.reason("after"), world.reason("never")) == ("requires", "offered")
    world.told("first", what, at=START - 2 * DAY)
    assert (world.reason("after"), world.reason("never")) == ("offered", "blocked_by")
