"""A trace: how a rule came out, part by part, with the numbers and the events behind each operator."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import pytest

from waypost.engine.rehearse import Rehearsal
from waypost.engine.trace import EVENTS_SHOWN, Trace, trace_lines, trace_rule
from waypost.facts.look import Look
from waypost.facts.read import ReadEnv
from waypost.facts.subject import Facts
from waypost.model import DAY, GROUP, HOUR, IDENTIFY, MINUTE, PAGE, TIP, Event
from waypost.rules.check import check_folder
from waypost.rules.compile import compile_rules
from waypost.rules.plan import Plan

TWENTY = Path(__file__).parents[1] / "conformance" / "twenty"
NOW = 1_772_442_000_000  # Monday, 2 March 2026, 09:00 UTC
DID = {"did": {"event": "x"}}
CHAINS = {"import": {"steps": [{"event": "start"}, {"event": "map"}, {"event": "done"}], "within": "30m"}}


def plan_of(chains: Any = None, **parts: Any) -> Plan:
    names = ("on", "when")
    trigger = {name: parts.pop(name) for name in names if name in parts}
    place = {} if parts.get("kind") == "alert" else {"placement": {"surface": "corner"}}
    document = {"id": "r", "text": {"en": {"title": "t"}}, **place, "trigger": trigger, **parts}
    plan, problems = compile_rules({"r": document}, chains or CHAINS, {}, {})
    assert [problem.line() for problem in problems if problem.severity == "error"] == []
    return plan


class World:
    """One person of one account, told of what happened `ago`."""

    def __init__(self, plan: Plan, born: int = 60 * DAY, account: bool = True) -> None:
        self.plan, self.serial = plan, 0
        self.world = Rehearsal(plan, dict.fromkeys(plan.names, NOW - 100 * DAY))
        self.tell(IDENTIFY, born, active=False)
        if account:
            self.tell(GROUP, born, account="acme", active=False)

    def tell(
        self, name: str, ago: int, user: str = "ivan", account: str | None = None, active: bool = True, **props: Any
    ) -> None:
        self.serial += 1
        t = NOW - ago
        self.world.tell(
            Event(
                message_id=f"m{self.serial}", name=name, t=t, received_at=t, seq=self.serial, user_id=user,
                account_id=account, active=active, props=props, page_view_id="p" if active else "",
            )
        )  # fmt: skip

    def trace(self, subject: str = "u:ivan", now: int = NOW, lang: str = "en", **env: Any) -> list[Trace]:
        look = self.world.look(subject, now)
        look = Look(look.plan, look.user, look.account, now, replace(look.env, **env), look.ids)
        return trace_rule(look, self.plan.rules["r"], partial(behind, self.world, subject, now=now), lang)

    def lines(self, **more: Any) -> list[str]:
        return trace_lines(self.trace(**more), at)


def behind(world: Rehearsal, subject: str, scope: str, now: int = NOW) -> Iterable[Event]:
    return world.behind(subject, scope, now)


def at(ms: int) -> str:
    return f"{datetime.fromtimestamp(ms / 1000, UTC):%d %H:%M}"


def part(traces: list[Trace], *path: int, top: str = "trigger.when") -> Trace:
    found = next(trace for trace in traces if trace.part == top)
    for i in path:
        found = found.parts[i]
    return found


# -- the parts of an expression


def test_each_part_has_its_value() -> None:
    plan = plan_of(
        audience={"and": [{"==": [{"var": "user.role"}, "admin"]}, {"or": [{"var": "user.beta"}, {"did": {"event": "x"}}]}]},
        when={"!": [{"did": {"event": "y"}}]},
        goal={"did": {"event": "z", "min": 2}},
    )  # fmt: skip
    world = World(plan)
    world.tell(IDENTIFY, DAY, active=False, role="manager")
    world.tell("x", HOUR)
    world.tell("z", HOUR)
    traces = world.trace()
    assert [(trace.part, trace.value) for trace in traces] == [
        ("audience", False),
        ("trigger.when", True),
        ("goal", False),
    ]
    assert world.lines() == [
        "audience: no",
        "  user.role = admin: no   (user.role manager)",
        "  any of these: yes",
        "    user.beta: not set",
        "    “x” at least 1 time: yes   (1 so far)",
        "      · 02 08:00  x",
        "trigger.when: yes",
        "  not this: yes",
        "    “y” at least 1 time: no   (0 so far)",
        "goal: no",
        "  “z” at least 2 times: no   (1 so far)",
        "    · 02 08:00  z",
    ]


def test_a_comparison_shares_a_line_with_the_number_that_it_compares() -> None:
    when = {"and": [{"<": [{"count": {"event": "x", "last": "7d"}}, 2]}, {"<=": [0, {"var": "user.seats"}, 9]}]}
    world = World(plan_of(when=when))
    world.tell("x", HOUR)
    counted = part(world.trace(), 0)
    assert (counted.value, counted.parts[0].value) == (True, 1)
    assert world.lines()[1:] == [
        "trigger.when: no",
        "  number of “x” in the last 7 days < 2: yes   (it is 1)",
        "    · 02 08:00  x",
        "  0 ≤ user.seats ≤ 9: no   (user.seats not set)",
    ]


def test_branches_are_told_apart() -> None:
    when = {"if": [{"==": [{"var": "user.role"}, "admin"]}, {"did": {"event": "x"}}, {"did": {"event": "y"}}]}
    assert World(plan_of(when=when)).lines()[2:] == [
        "  one of these, as it depends: no",
        "    if user.role = admin: no   (user.role not set)",
        "    then “x” at least 1 time: no   (0 so far)",
        "    else “y” at least 1 time: no   (0 so far)",
    ]


def test_an_expression_over_a_list_is_not_taken_apart_for_each_element() -> None:
    when = {"some": [{"var": "user.tags"}, {"==": [{"var": ""}, "vip"]}]}
    world = World(plan_of(when=when))
    world.tell(IDENTIFY, DAY, active=False, tags=["new", "vip"])
    assert part(world.trace(), 0).numbers == {"user.tags": ["new", "vip"]}
    assert world.lines()[2].endswith(": yes   (user.tags new, vip)")


def test_a_constant_has_no_parts() -> None:
    traces = World(plan_of(when=True)).trace()
    assert [(trace.part, trace.value, trace.parts) for trace in traces] == [
        ("audience", True, []),
        ("trigger.when", True, []),
    ]


@pytest.mark.parametrize("when", [1, "x", None, [], [DID], {"cat": ["a", DID]}, {"!!": DID}, {"and": DID}], ids=repr)
def test_an_odd_condition_has_a_trace_as_well(when: Any) -> None:
    assert trace_lines(World(plan_of(when=when)).trace(), at)[1].startswith("trigger.when: ")


# -- events behind an operator


def test_at_most_five_events_the_newest_first() -> None:
    world = World(plan_of(when={"did": {"event": "x", "min": 9}}))
    for minutes in range(8, 0, -1):
        world.tell("x", minutes * MINUTE, number=minutes)
    world.tell("other", MINUTE)
    events = part(world.trace(), 0).events
    assert [event.props["number"] for event in events] == [1, 2, 3, 4, 5]
    assert len(events) == EVENTS_SHOWN


def test_events_of_the_future_and_of_other_properties_are_not_behind_it() -> None:
    where = {"==": [{"var": "event.kind"}, "a"]}
    world = World(plan_of(when={"did": {"event": "x", "where": where}}))
    for ago, kind in ((3 * MINUTE, "a"), (2 * MINUTE, "b"), (MINUTE, "a")):
        world.tell("x", ago, kind=kind)
    assert [event.t for event in part(world.trace(now=NOW - 2 * MINUTE), 0).events] == [NOW - 3 * MINUTE]
    assert world.lines()[3] == "    · 02 08:59  x  kind a"


@pytest.mark.parametrize(
    ("when", "outside"),
    [
        ({"did": {"event": "x", "last": "2d"}}, 2),  # the left edge is open
        ({"count": {"event": "x", "last": "3d"}}, 1),
        ({"did": {"event": "x", "last": "2cd"}}, 2),
        ({"days": {"event": "x", "last": "3cd"}}, 1),
        ({"did": {"event": "x", "in": "session"}}, 3),
        ({"did": {"event": "x"}}, 0),
        ({"inactive": {"event": "x", "for": "2d"}}, 2),
        ({"never": {"event": "x", "tenure": "1d"}}, 0),
    ],
    ids=repr,
)
def test_events_before_the_window_are_shown_as_such(when: Any, outside: int) -> None:
    world = World(plan_of(when=when))
    for ago in (3 * DAY, 2 * DAY, 2 * HOUR, 0):
        world.tell("x", ago)
    assert part(world.trace(), 0).outside == outside
    marks = [line.endswith("(too long ago to count)") for line in world.lines() if "·" in line]
    assert marks == [False] * (4 - outside) + [True] * outside


def test_an_operator_over_the_account_shows_what_anybody_did() -> None:
    world = World(plan_of(when={"did": {"event": "x", "min": 2, "scope": "account"}}))
    world.tell("x", HOUR)
    world.tell("x", 2 * HOUR, user="olga", account="acme")
    found = part(world.trace(), 0)
    assert [event.user_id for event in found.events] == ["ivan", "olga"]
    assert found.part == "“x” at least 2 times, in the whole account"
    assert world.lines(subject="g:acme")[2] == "  “x” at least 2 times: yes   (2 so far)"


def test_without_an_account_it_says_so() -> None:
    world = World(plan_of(when={"never": {"event": "x", "tenure": "0s", "scope": "account"}}), account=False)
    assert world.lines()[2] == "  never “x”, in the whole account: no   (account not set)"


# -- numbers


def numbers(when: Any, told: list[tuple[str, int]], **more: Any) -> dict[str, Any]:
    world = World(plan_of(when=when))
    for name, ago in sorted(told, key=lambda item: -item[1]):
        world.tell(name, ago)
    found = part(world.trace(**more), 0)
    return (found.parts[0] if found.compares else found).numbers


def test_how_often_so_far() -> None:
    told = [("x", HOUR), ("x", 2 * HOUR), ("x", 8 * DAY)]
    assert numbers({"did": {"event": "x", "min": 3, "last": "7d"}}, told) == {"so far": 2}
    assert numbers({"did": {"event": "x", "min": 3, "last": "7d"}}, []) == {"so far": 0}


def test_for_how_long_never_and_for_how_long_quiet() -> None:
    assert numbers({"never": {"event": "x", "tenure": "90d"}}, []) == {"known for": 60 * DAY}
    assert numbers({"never": {"event": "x", "tenure": "90d"}}, [("x", HOUR)]) == {}
    assert numbers({"inactive": {"event": "x", "for": "7d"}}, [("x", HOUR)]) == {"quiet for": HOUR}
    assert numbers({"inactive": {"event": "x", "for": "7d"}}, []) == {"quiet for": 60 * DAY}
    assert numbers({"returned": {"after": "7d"}}, [(PAGE, 9 * DAY), (PAGE, 0)]) == {"away for": 9 * DAY}
    assert numbers({"returned": {"after": "7d"}}, [(PAGE, 9 * DAY)]) == {}
    unheard = World(plan_of(when={"never": {"event": "x", "tenure": "1d"}}))
    assert part(unheard.trace(known_since={}), 0).numbers == {"known for": None}
    assert unheard.lines(known_since={})[2] == "  never “x” in at least 1 day: no   (not known yet)"


def test_a_span_is_never_rounded_up() -> None:
    world = World(plan_of(when={"inactive": {"event": "x", "for": "7d"}}))
    world.tell("x", 7 * DAY - 1)
    assert world.lines()[2] == "  no “x” for 7 days: no   (quiet for 6 d 23 h 59 min)"


def test_attempts_at_a_chain() -> None:
    when = {"chain": {"ref": "import"}}
    done = [("start", 5 * HOUR), ("map", 5 * HOUR - MINUTE), ("done", 5 * HOUR - 2 * MINUTE)]
    left = [("start", 3 * HOUR)]
    begun = [("start", 10 * MINUTE), ("map", 5 * MINUTE)]
    assert numbers(when, []) == {"opened": 0}
    ended = {"opened": 2, "completed": 1, "interrupted": 0, "abandoned": 1, "open": 0}
    assert numbers(when, [*done, *left]) == ended
    running = {"opened": 3, "completed": 1, "interrupted": 0, "abandoned": 1, "open": 1}
    assert numbers(when, [*done, *left, *begun]) == {**running, "step": 2, "until": NOW + 20 * MINUTE}
    world = World(plan_of(when=when))
    for name, ago in (*left, *begun):
        world.tell(name, ago)
    assert world.lines()[2:] == [
        "  went through the chain “import”: no   (2 begun, 1 abandoned, 1 open, at step 2, until 02 09:20)",
        "    · 02 08:55  map",
        "    · 02 08:50  start",
        "    · 02 06:00  start",
    ]


def test_an_abandonment_that_waits_for_what_may_be_late() -> None:
    world = World(plan_of(when={"abandoned": {"ref": "import", "grace": "5m"}}))
    world.tell("start", 32 * MINUTE)
    found = part(world.trace(), 0)
    assert (found.value, found.numbers["abandoned"], found.numbers["waits"]) == (False, 1, NOW + 3 * MINUTE)
    assert "waits until 02 09:03 for what may be late" in world.lines()[2]
    later = part(world.trace(now=NOW + 3 * MINUTE + 1), 0)
    assert (later.value, "waits" in later.numbers) == (True, False)


def test_a_stall() -> None:
    when = {"abandoned": {"ref": "import", "after": 1, "within": "10m", "grace": "0s"}}
    world = World(plan_of(when=when))
    world.tell("start", 5 * MINUTE)
    waiting = part(world.trace(), 0)
    assert (waiting.value, waiting.numbers["stalled"], waiting.numbers["until"]) == (False, 0, NOW + 5 * MINUTE)
    stalled = part(world.trace(now=NOW + 6 * MINUTE), 0)
    assert (stalled.value, stalled.numbers["stalled"], stalled.numbers["open"]) == (True, 1, 1)


USAGE = {"metric": {"event": "x"}, "by": 0.4, "recent": "7cd", "baseline": 4, "min_base": 20, "guard": 1.645}


def dropped(**more: Any) -> dict[str, Any]:
    return {"dropped": {**USAGE, "scope": "account", **more}}


def weeks(world: World, *counts: int) -> None:
    """So many events in each of the weeks before today, the oldest first."""
    for ago, number in zip(range(len(counts), 0, -1), counts, strict=True):
        for i in range(number):
            world.tell("x", ago * 7 * DAY - (i + 1) * MINUTE)


def test_usage_against_its_norm() -> None:
    """The test vector of section 1.4.3."""
    world = World(plan_of(kind="alert", when=dropped()))
    weeks(world, 100, 110, 90, 104, 58)
    found = part(world.trace(subject="g:acme"), 0)
    assert found.value is True
    assert found.numbers == {
        "recent": 58.0, "norm": 102.0, "windows": [104.0, 90.0, 110.0, 100.0], "change": -0.4314, "z": 3.827, "guard": 1.645,
    }  # fmt: skip
    assert world.lines(subject="g:acme")[2].endswith(
        ": yes   (recent 58, norm 102, before that 104, 90, 110, 100, change -43%, z 3.827, needs 1.645)"
    )


def test_usage_that_cannot_be_told() -> None:
    young = World(plan_of(kind="alert", when=dropped()), born=20 * DAY)
    assert part(young.trace(subject="g:acme"), 0).numbers == {"norm": "none: too new, or too few working days"}
    idle = World(plan_of(kind="alert", when=dropped()))
    assert part(idle.trace(subject="g:acme"), 0).numbers == {"recent": 0.0, "norm": 0.0, "windows": [0.0] * 4}


def test_usage_against_the_others_of_the_plan_and_against_a_frozen_norm() -> None:
    world = World(plan_of(kind="alert", when=dropped(relative_to="peers")))
    weeks(world, 30, 30, 30, 30, 15)
    found = part(world.trace(subject="g:acme", peers=lambda reading, plan: 0.5), 0)
    assert (found.value, found.numbers["peers"]) == (False, -0.5)
    assert "others of the plan -50%" in world.lines(subject="g:acme", peers=lambda reading, plan: 0.5)[2]
    assert part(world.trace(subject="g:acme"), 0).numbers["peers"] is None
    world = World(plan_of(kind="alert", when=dropped(relative_to="peers", min_days=3.75)))
    weeks(world, 30, 30, 30, 30, 5)
    (line,) = [
        line for line in world.lines(subject="g:acme", peers=lambda reading, plan: 0.7) if "days of work" in line
    ]
    assert "others of the plan -30%, days of work 3.5, needs 3.75" in line
    assert ": no " in line
    assert part(world.trace(subject="g:acme", peers=lambda reading, plan: 0.75), 0).value is True
    frozen = {"metric": {"event": "x"}, "by": 0.2, "recent": "7cd", "baseline": "frozen", "scope": "account"}
    world = World(plan_of(kind="alert", when={"dropped": frozen}))
    weeks(world, 30, 15)
    (atom,) = (a.id for a in world.plan.atoms.values() if a.kind == "days")
    found = part(world.trace(subject="g:acme", frozen={f"{atom}/7": 30.0}), 0)
    assert (found.value, found.numbers) == (True, {"recent": 15.0, "norm": 30.0, "change": -0.5})
    assert "norm not known: no task is open" in world.lines(subject="g:acme")[2]


def test_a_share_and_the_days_to_a_date() -> None:
    share = {"<": [{"share": {"event": "x", "among": "seats", "last": "28cd"}}, 0.2]}
    days = {"<=": [0, {"days_to": {"var": "account.renewal"}}, 90]}
    world = World(plan_of(kind="alert", when={"and": [share, days]}))
    world.tell(GROUP, DAY, account="acme", active=False, seats=20, renewal="2026-03-12")
    world.tell("x", HOUR)
    shared, left = part(world.trace(subject="g:acme")).parts
    assert (shared.value, shared.parts[0].value, shared.parts[0].numbers) == (True, 0.05, {"account.seats": 20})
    assert (left.value, left.parts[0].value, left.parts[0].numbers) == (True, 10, {"account.renewal": "2026-03-12"})


# -- the moment


def moment(on: Any, told: list[tuple[str, int]]) -> Trace:
    world = World(plan_of(on=on))
    for name, ago in told:
        world.tell(name, ago)
    top = part(world.trace(), top="trigger.on")
    assert top.parts[0].value is top.value
    return top.parts[0]


def test_the_moment_of_a_rule() -> None:
    event = moment({"event": {"any": ["x", "y"]}}, [("x", HOUR), ("y", MINUTE)])
    assert (event.part, event.value, event.numbers) == ("“x” or “y”", True, {"at": NOW - MINUTE})
    assert [found.name for found in event.events] == ["y", "x"]
    assert moment({"event": "x"}, []).value is False
    visit = moment({"session": "start"}, [("x", 5 * MINUTE)])
    assert (visit.value, visit.numbers, visit.events) == (True, {"at": NOW - 5 * MINUTE}, [])
    third = moment({"nth": {"event": "x", "n": 3}}, [("x", HOUR), ("x", MINUTE)])
    assert (third.value, third.numbers) == (False, {"so far": 2})
    left = moment({"abandoned": {"ref": "import"}}, [("start", HOUR)])
    assert (left.value, left.numbers["at"], left.numbers["abandoned"]) == (True, NOW - 30 * MINUTE, 1)
    done = moment({"chain": {"ref": "import"}}, [("start", 9 * MINUTE), ("map", 8 * MINUTE)])
    assert (done.value, done.numbers["open"], done.numbers["step"]) == (False, 1, 2)


def test_a_rule_without_a_moment_and_one_by_the_clock_have_none() -> None:
    assert [trace.part for trace in World(plan_of(when=True)).trace()] == ["audience", "trigger.when"]
    clock = plan_of(
        kind="alert", on={"clock": True}, when=True, alert={"clear": {"did": {"event": "x", "scope": "account"}}}
    )
    assert [trace.part for trace in World(clock).trace(subject="g:acme")] == [
        "audience",
        "trigger.when",
        "alert.clear",
    ]


# -- while history is brought in


def awaiting(when: Any, told: list[tuple[str, int]], *waits: str) -> World:
    """A world in which the atoms over these events await their history."""
    world = World(plan_of(when=when))
    for name, ago in told:
        world.tell(name, ago)
    facts = world.world.of("u:ivan")
    atoms = world.plan.atoms.values()
    facts.awaiting = tuple(a.id for a in atoms if a.matcher is not None and set(a.matcher.names) & set(waits))
    return world


def test_what_waits_for_its_history_is_not_known_yet() -> None:
    world = awaiting(
        {"and": [{"never": {"event": "x", "tenure": "1d"}}, {"did": {"event": "y"}}]}, [("y", HOUR)], "x"
    )
    traces = world.trace()
    assert [trace.known for trace in part(traces).parts] == [False, True]
    assert (part(traces).known, part(traces).value) == (False, False)
    assert world.lines()[1:3] == [
        "trigger.when: not known yet",
        "  never “x” in at least 1 day: not known yet   (known for 60 d)",
    ]


def test_what_is_so_either_way_is_known() -> None:
    did, other = {"did": {"event": "x", "min": 2}}, {"did": {"event": "y"}}
    enough = awaiting(did, [("x", HOUR), ("x", MINUTE)], "x")
    assert (part(enough.trace()).known, part(enough.trace()).value) == (True, True)
    assert part(awaiting(did, [("x", HOUR)], "x").trace()).known is False
    assert part(awaiting({"and": [did, other]}, [], "x").trace()).known is True  # the other is false
    assert part(awaiting({"or": [did, other]}, [("y", HOUR)], "x").trace()).known is True  # the other is true
    assert part(awaiting({"or": [did, other]}, [], "x").trace()).known is False
    assert part(awaiting({"!": [did]}, [], "x").trace()).known is False


def test_a_number_that_waits_is_not_known_yet() -> None:
    world = awaiting({">=": [{"days": {"event": "x", "last": "7cd"}}, 2]}, [("x", HOUR)], "x")
    assert world.lines()[1:] == [
        "trigger.when: not known yet",
        "  days with “x” in the last 7 days ≥ 2: not known yet",
        "    · 02 08:00  x",
    ]


def test_a_moment_that_waits_is_not_known_yet() -> None:
    world = World(plan_of(on={"event": "x"}))
    world.world.of("u:ivan").awaiting = tuple(world.plan.atoms)
    assert world.lines()[1:3] == ["trigger.on: not known yet", "  “x”: not known yet"]
    world.tell("x", MINUTE)
    assert world.lines()[1] == "trigger.on: yes"


# -- languages


def test_in_russian() -> None:
    when = {"or": [{"did": {"event": "x"}}, {"never": {"event": "y", "tenure": "0s", "scope": "account"}}]}
    parts = part(World(plan_of(when=when, on={"session": "start"})).trace(lang="ru-RU"), 0)
    assert parts.part == "что-нибудь из этого"
    assert parts.parts[1].part.endswith(", во всей организации")


# -- never raising


def subjects() -> Iterator[tuple[str, Facts | None, Facts | None]]:
    yield "nobody", None, None
    yield "empty", Facts.empty(""), Facts.empty("")


@pytest.mark.parametrize("name", sorted(check_folder(TWENTY)[0].rules))
def test_it_never_raises_for_any_of_the_twenty(name: str) -> None:
    plan, _ = check_folder(TWENTY)
    rule, events = plan.rules[name], sorted(plan.names)
    for _, user, account in subjects():
        for lang in ("en", "ru"):
            look = Look(plan, user, account, NOW, ReadEnv())
            assert trace_lines(trace_rule(look, rule, lambda scope: [], lang), at)
    rng = Random(name)
    for _ in range(15):
        world = Rehearsal(plan, dict.fromkeys(events[::2], NOW - 90 * DAY), "Europe/Berlin")
        for i in range(rng.randint(0, 60)):
            t = NOW - rng.randrange(80 * DAY)
            event = rng.choice([*events, PAGE, IDENTIFY, GROUP, TIP])
            odd = rng.choice([None, 5, "5", "2026-03-09", True, [1], {"a": 1}])
            props = dict.fromkeys(
                ("role", "seats", "plan", "renewal_date", "health", "form_id", "module", "country"), odd
            )
            tip = {"tip": rng.choice(sorted(plan.rules)), "what": rng.choice(["viewed", "dismissed", "answered"])}
            world.tell(
                Event(
                    message_id=f"m{i}", name=event, t=t, received_at=NOW - 80 * DAY + i, seq=i, user_id="ivan",
                    account_id="acme" if event == GROUP or rng.random() < 0.7 else None,
                    active=not event.startswith("$"), props=tip if event == TIP else props, page_view_id="p",
                )
            )  # fmt: skip
        if rng.random() < 0.5:
            for facts in world.facts.values():
                facts.awaiting = tuple(atom for atom in plan.atoms if rng.random() < 0.5)
        subject = "g:acme" if rule.scope == "account" else "u:ivan"
        for lang in ("en", "ru"):
            look = world.look(subject, NOW)
            traces = trace_rule(look, rule, partial(behind, world, subject), lang)
            lines = trace_lines(traces, at)
            assert len(lines) >= len(traces)
            assert not any("None" in line or "True" in line or "'" in line for line in lines if "·" not in line), (
                lines
            )
