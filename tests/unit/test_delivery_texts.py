"""Texts that are drawn for shares of people: even, independent of the control group, and the same for good."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from tests.unit.decide_world import START, World, compiled, tip
from waypost.delivery.assign import draw
from waypost.delivery.case import DecideContext
from waypost.engine.decide import decide
from waypost.facts.fold import fold_event
from waypost.facts.read import ReadEnv
from waypost.facts.subject import Facts, encode
from waypost.model import DAY, TIP, Context, Event, Offer, Request
from waypost.rules.check import explain_defaults
from waypost.rules.plan import Plan

OWN = -1
OFTEN = {"cooldown": "0s", "max": 99}


def other(title: str = "Other", **parts: Any) -> dict[str, Any]:
    return {"text": {"en": {"title": title}}, **parts}


def drawn(*shares: float, **parts: Any) -> dict[str, Any]:
    return tip("a", variants=[other(share=share) for share in shares], **parts)


def offer(plan: Plan, subject: str, account: str | None = None, facts: Facts | None = None) -> Offer:
    asked = Request(subject=subject, account=account, now=START, page_view_id="p", context=Context())
    found = decide(plan, facts or Facts.empty(plan.fingerprint), None, asked, DecideContext(ReadEnv()))
    (one,) = found.offers
    return one


def texts(plan: Plan, people: int, account: str | None = None) -> list[int]:
    return [offer(plan, f"u:{n}", account).variant for n in range(people)]


def test_20_000_people_are_drawn_as_the_shares_say() -> None:
    people, shares = 20_000, {0: 0.2, 1: 0.3, OWN: 0.5}
    found = Counter(texts(compiled(drawn(0.2, 0.3)), people))
    assert found.keys() == shares.keys()
    chi2 = sum((found[text] - people * share) ** 2 / (people * share) for text, share in shares.items())
    assert chi2 < 13.8, "2 degrees, p = 0.001"


def test_a_text_is_drawn_independently_of_the_control_group_and_of_other_rules() -> None:
    people = 20_000
    for salt in ("a", "sample:a", "all:2027Q1", "variant:b"):
        cells = Counter((draw("variant:a", f"u:{n}") < 0.5, draw(salt, f"u:{n}") < 0.2) for n in range(people))
        wanted = {
            (text, held): people / 2 * (0.2 if held else 0.8) for text in (True, False) for held in (True, False)
        }
        assert sum((cells[cell] - n) ** 2 / n for cell, n in wanted.items()) < 16.3, "3 degrees, p = 0.001"


def test_the_draw_is_split_by_the_shares_in_the_order_written() -> None:
    plan = compiled(drawn(0.2, 0.3))
    for n in range(300):
        value = draw("variant:a", f"u:{n}")
        assert offer(plan, f"u:{n}").variant == (0 if value < 0.2 else 1 if value < 0.5 else OWN)


def test_shares_that_add_up_to_one_leave_nobody_for_the_own_text() -> None:
    plan = compiled(drawn(0.7, 0.2, 0.1))
    assert [text for text, _ in plan.rules["a"].shares] == [0, 1, 2]
    assert set(texts(plan, 300)) == {0, 1, 2}


def test_a_new_version_draws_nobody_anew() -> None:
    later = compiled(drawn(0.5, when={"!=": [1, 2]}, policy={"priority": "high"}))
    assert texts(compiled(drawn(0.5)), 300) == texts(later, 300)


def test_of_an_account_all_see_the_same_text() -> None:
    plan = compiled(drawn(0.5, policy={"unit": "account"}))
    found = [set(texts(plan, 30, f"g:{n}")) for n in range(20)]
    assert {len(one) for one in found} == {1}
    assert set().union(*found) == {0, OWN}


def test_the_control_group_is_offered_no_text() -> None:
    plan = compiled(drawn(1, policy={"holdout": 0.5}))
    offers = [offer(plan, f"u:{n}") for n in range(100)]
    assert {(one.ghost, one.variant) for one in offers} == {(True, OWN), (False, 0)}


def test_the_first_if_that_holds_decides_wherever_it_stands_and_the_others_are_drawn() -> None:
    admin = {"==": [{"var": "user.role"}, "admin"]}
    world = World(tip("a", variants=[other(share=1), {**other("Boss"), "if": admin}, {**other(), "if": admin}]))
    assert world.ask().offers[0].variant == 0
    world.is_known_as(role="admin")
    assert world.ask().offers[0].variant == 1


def seen(variant: int, plan: Plan) -> Facts:
    facts = Facts.empty(plan.fingerprint)
    told(plan, facts, START - DAY, variant)
    return facts


def told(plan: Plan, facts: Facts, at: int, variant: int, what: str = "viewed", number: str = "1") -> None:
    props = {"tip": "a", "what": what, "variant": variant, "offer": number, "surface": "corner"}
    fold_event(plan, "user", facts, Event(message_id=f"m{at}{what}", name=TIP, t=at, received_at=at, props=props))


@pytest.mark.parametrize("text", [0, 1, OWN])
def test_whoever_has_seen_a_text_keeps_it_whatever_the_shares_become(text: int) -> None:
    plan = compiled(drawn(0.001, 0.001, repeat=OFTEN))
    assert {offer(plan, f"u:{n}", facts=seen(text, plan)).variant for n in range(100)} == {text}


@pytest.mark.parametrize("text", [0, 1, 2, OWN])
def test_a_text_that_nobody_is_drawn_for_any_more_is_kept_by_nobody(text: int) -> None:
    rule = tip("a", repeat=OFTEN, variants=[*[other(**{"if": False})] * 3, other(share=1)])
    plan = compiled(rule)
    assert {offer(plan, f"u:{n}", facts=seen(text, plan)).variant for n in range(20)} == {3}


def test_the_text_of_the_first_view_is_known_in_any_order_of_arrival() -> None:
    plan = compiled(drawn(0.5))
    views = [(START, 1, "viewed", "1"), (START - 5, 1, "dismissed", "1"), (START - 9, 0, "viewed", "2")]
    kept = []
    for order in (views, views[::-1], [views[1], views[2], views[0]]):
        facts = Facts.empty(plan.fingerprint)
        for view in order:
            told(plan, facts, *view)
        kept.append((facts.tips.marks["a"].first_view, facts.tips.marks["a"].variant))
    assert set(kept) == {(START - 9, 0)}


def test_what_a_mark_keeps_of_the_text_is_one_byte() -> None:
    plan = compiled(drawn(0.5))
    assert len(encode(seen(19, plan))) == len(encode(seen(OWN, plan)))


def test_check_says_what_is_left_for_the_own_text() -> None:
    rules = compiled(drawn(0.2, 0.3)).rules
    assert explain_defaults(rules["a"])["shares"] == {"variants[0]": 0.2, "variants[1]": 0.3, "text": 0.5}
    assert "shares" not in explain_defaults(compiled(tip("a")).rules["a"])
