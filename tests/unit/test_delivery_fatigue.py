"""Stages 3 and 5: the attention budget and the fatigue guard, each at its edge and one past it."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from tests.unit.decide_world import START, World, tip
from waypost.delivery.fatigue import fatigue_of
from waypost.facts.fold import fold_event
from waypost.facts.subject import Facts
from waypost.model import DAY, HOUR, MINUTE, TIP, Event
from waypost.rules.compile import compile_rules

NOW = START + 60 * DAY


def closed(world: World, *times: int, what: str = "dismissed", tip_id: str = "seen", after: int = 60_000) -> None:
    """Views and what was done with them so long after."""
    for t in times:
        world.told(tip_id, "viewed", at=t - after, offer=f"{tip_id}{t}")
        world.told(tip_id, what, at=t, offer=f"{tip_id}{t}", until=t + DAY)


def world_of(surface: str = "inline", project: Any = None, **policy: Any) -> World:
    """A passive tip that was seen, and the tip "a" in question, each of its own category."""
    documents = [
        tip("seen", "inline", repeat={"cooldown": "0s", "max": 99}, policy={"category": "other", "stop_after": {"dismissed": 99}}),
        tip("bold", "corner", policy={"category": "bold"}),
        tip("a", surface, policy=policy),
    ]  # fmt: skip
    plan, problems = compile_rules({d["id"]: d for d in documents}, {}, {}, {}, project)
    assert [p.line() for p in problems if p.severity == "error"] == []
    return World(plan=plan, session=False)


# -- fatigue


@pytest.mark.parametrize(
    ("number", "priority", "reason"),
    [
        (2, "normal", "offered"), (4, "normal", "fatigue"), (4, "high", "offered"), (6, "high", "fatigue"), (6, "critical", "offered"),
    ],
)  # fmt: skip
def test_from_three_on_only_high_and_from_five_on_only_critical(number: int, priority: str, reason: str) -> None:
    world = world_of(priority=priority)
    closed(world, *[NOW] * number)
    assert fatigue_of(world.user.tips, NOW) == (number, NOW)
    assert world.reason("a", now=NOW + MINUTE) == reason


def test_fatigue_halves_in_fourteen_days_and_its_end_is_told_to_the_millisecond() -> None:
    world = world_of()
    closed(world, NOW, NOW, NOW, NOW)
    held = world.loser("a", now=NOW + MINUTE)
    assert (held.code, held.stage, held.detail["level"], held.detail["threshold"]) == ("fatigue", 5, 4.0, 3.0)
    until = held.detail["until"]
    assert NOW + 5 * DAY < until < NOW + 6 * DAY  # 4 / 2^(5.81 / 14) = 3
    assert world.reason("a", now=until - 2) == "fatigue"
    assert world.reason("a", now=until) == "offered"
    assert world.loser("a", now=NOW + DAY).detail == held.detail, "an equal reason later: one row of the log"


@pytest.mark.parametrize(("after", "weight"), [(1_999, 1.5), (2_000, 1.0)])
def test_who_closes_within_two_seconds_did_not_read(after: int, weight: float) -> None:
    world = world_of()
    closed(world, NOW, after=after)
    assert fatigue_of(world.user.tips, NOW) == (weight, NOW)


@pytest.mark.parametrize(
    ("what", "weight"), [("snoozed", 0.25), ("clicked", 0.0), ("answered", 0.0), ("goal", 0.0), ("muted", 0.0)]
)
def test_what_else_is_done_with_a_tip(what: str, weight: float) -> None:
    world = world_of()
    closed(world, NOW, what=what)
    assert fatigue_of(world.user.tips, NOW)[0] == weight


def test_a_click_takes_one_off_and_a_goal_two() -> None:
    for what, left in (("clicked", 2.0), ("goal", 1.0)):
        world = world_of()
        closed(world, NOW, NOW, NOW)
        closed(world, NOW + 1, what=what)
        assert round(fatigue_of(world.user.tips, NOW + 1)[0], 3) == left


def test_a_tip_that_is_left_alone_for_half_an_hour_was_ignored() -> None:
    world = world_of()
    world.told("bold", "viewed", at=NOW, offer="o1")
    world.told("seen", "viewed", at=NOW, offer="o2")
    world.told("bold", "ghost", at=NOW, offer="o3")
    assert fatigue_of(world.user.tips, NOW + 30 * MINUTE - 1) == (0.0, 0)
    assert fatigue_of(world.user.tips, NOW + 30 * MINUTE) == (0.5, NOW + 30 * MINUTE), (
        "passive ones and ghosts are not"
    )


@pytest.mark.parametrize(("number", "days"), [(2, 7), (3, 14), (4, 28), (5, 56), (6, 90), (7, 90)])
def test_a_category_rests_longer_with_each_dismissal_in_a_row(number: int, days: int) -> None:
    world = world_of(category="other", priority="high")
    closed(world, *(NOW - i * 20 * DAY for i in range(number)))
    assert world.reason("a", now=NOW + days * DAY - 1) == "fatigue_category"
    assert world.reason("a", now=NOW + days * DAY) == "offered"


def test_an_engagement_halves_the_count_and_does_not_forget_it() -> None:
    world = world_of(category="other")
    closed(world, NOW - 50 * DAY, NOW - 40 * DAY, NOW - 30 * DAY)
    closed(world, NOW - 20 * DAY, what="clicked")  # 3 becomes 1
    assert world.reason("a", now=NOW) == "offered"
    closed(world, NOW)  # 2
    assert world.loser("a", now=NOW + DAY).detail["count"] == 2


# -- attention


def test_a_dialog_costs_three_of_six_and_a_dismissal_makes_it_dearer() -> None:
    world = world_of("modal")
    world.told("bold", "viewed", at=NOW - 5 * DAY, surface="modal", offer="o1")
    assert world.reason("a", now=NOW) == "offered", "3 + 3"
    closed(world, NOW - 3 * DAY)
    held = world.loser("a", now=NOW)
    assert (held.code, held.stage) == ("attention_user", 3)
    assert held.detail == {"spent": 3, "cost": 4.5, "budget": 6, "until": NOW + 2 * DAY}
    assert world.reason("a", now=NOW + 2 * DAY - 1) == "attention_user"
    assert world.reason("a", now=NOW + 2 * DAY) == "offered"


def test_what_was_paid_stands_when_the_dismissals_are_forgotten() -> None:
    world = world_of("modal")
    closed(world, NOW - 14 * DAY + 1)
    world.told("bold", "viewed", at=NOW - DAY, surface="banner", offer="o1")
    assert world.loser("a", now=NOW).detail["spent"] == 3, "2 and a half more"
    assert world.loser("a", now=NOW).detail["until"] == NOW + 1
    assert world.reason("a", now=NOW + 1) == "offered", "3 + 3: now no dismissal counts"


def test_the_project_sets_the_budget() -> None:
    world = world_of(project={"attention": {"user": 0}})
    assert world.reason("a", now=NOW) == "offered", "what does not interrupt costs nothing"
    assert world_of("corner", project={"attention": {"user": 0}}).reason("a", now=NOW) == "attention_user"
    assert world_of("corner", project={"attention": {"user": 1}}).reason("a", now=NOW) == "offered"


def of_account(world: World, *events: Event) -> World:
    world.account = Facts.empty(world.plan.fingerprint)
    for event in events:
        fold_event(world.plan, "account", world.account, event)
    return world


def of(person: str, at: int, **fields: Any) -> Event:
    head = {"message_id": f"{person}{at}{len(fields)}", "t": at, "received_at": at, "account_day": at // DAY}
    return Event(**head, user_id=person, **{"name": "page_viewed", **fields})


def seen_by(person: str, at: int, surface: str = "modal") -> Event:
    props = {"tip": "bold", "what": "viewed", "surface": surface, "intrusive": True, "offer": f"{person}{at}"}
    return of(person, at, name=TIP, props=props)


def test_an_account_has_two_for_each_active_person_and_never_less_than_one_person() -> None:
    shown = [seen_by("olga", NOW - DAY), seen_by("petr", NOW - DAY)]
    people = [of(f"p{i}", NOW - HOUR, active=True) for i in range(4)]
    world = of_account(world_of("corner"), *shown, *people[:3])
    held = world.loser("a", now=NOW)
    assert (held.code, held.detail) == (
        "attention_account",
        {"spent": 6, "cost": 1, "budget": 6, "until": NOW + 6 * DAY},
    )
    world = of_account(world_of("corner"), *shown, *people)
    assert world.reason("a", now=NOW) == "offered", "four people: 8"
    today = NOW // DAY
    late = [msgspec.structs.replace(people[0], account_day=today - back, user_id="late") for back in (7, 6)]
    for event, reason in zip(late, ("attention_account", "offered"), strict=True):
        assert of_account(world_of("corner"), *shown, *people[:3], event).reason("a", now=NOW) == reason


def test_a_cap_of_the_account_counts_what_its_people_see() -> None:
    project = {"frequency": {"account": [{"count": 2, "per": "1d"}]}}
    shown = [seen_by("olga", NOW - DAY, "corner"), seen_by("petr", NOW - HOUR, "corner")]
    world = of_account(world_of("corner", project), *shown)
    held = world.loser("a", now=NOW - 1)
    assert (held.code, held.detail["by"]) == ("cap_account", [["bold", NOW - DAY], ["bold", NOW - HOUR]])
    assert world.reason("a", now=NOW) == "offered"


# -- surveys and quiet hours


def test_ninety_days_lie_between_two_surveys() -> None:
    survey = tip("s", "corner", kind="survey", policy={"category": "one"})
    world = World(tip("old", "corner", kind="survey", policy={"category": "two"}), survey, session=False)
    world.told("old", "viewed", at=NOW - 90 * DAY)
    assert world.reason("s", now=NOW - 1) == "cap_survey"
    assert world.reason("s", now=NOW) == "offered"


@pytest.mark.parametrize(
    ("hours", "clock", "until"),
    [
        (("22:00", "07:00"), "21:59", None), (("22:00", "07:00"), "22:00", "07:00"), (("22:00", "07:00"), "06:59", "07:00"),
        (("22:00", "07:00"), "07:00", None), (("12:00", "13:30"), "13:29", "13:30"), (("12:00", "13:30"), "11:59", None),
    ],
)  # fmt: skip
def test_quiet_hours_go_by_the_clock_of_the_person(hours: tuple[str, str], clock: str, until: str | None) -> None:
    world = world_of(project={"quiet_hours": {"from": hours[0], "to": hours[1]}})
    midnight = NOW // DAY * DAY
    hour, minute = map(int, clock.split(":"))
    now = midnight + hour * HOUR + minute * MINUTE
    if until is None:
        assert world.reason("a", now=now) == "offered"
        return
    held = world.loser("a", now=now)
    assert (held.code, held.stage) == ("quiet_hours", 4)
    assert held.detail["until"] % DAY == int(until[:2]) * HOUR + int(until[3:]) * MINUTE
    assert 0 < held.detail["until"] - now < DAY
    assert world.reason("a", now=held.detail["until"]) == "offered"
