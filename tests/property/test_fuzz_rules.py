"""Any JSON as rules: the compiler never raises, says what is wrong and where, and what it lets through never raises either."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.decide_world import START, World, tip
from waypost.engine.explain import words
from waypost.errors import Problem
from waypost.logic.guard import ARITY
from waypost.model import DAY
from waypost.rules.compile import compile_rules
from waypost.rules.operators import OPERATORS
from waypost.rules.plan import Plan
from waypost.rules.words import trigger_words

SEEDS = st.integers(0, 2**48)


def nested(levels: int, wrap: str = "!") -> Any:
    found: Any = True
    for _ in range(levels):
        found = {wrap: [found]} if wrap else [found]
    return found


NUMBERS: list[Any] = [0, 1, -1, 3, 16, 1000, 1001, 1.5, 2**31, 2**53, 2**63, 2**64, 10**30, -(10**30), 1e308, 10**400]
TEXTS = [
    "", " ", "a", "A", "seen", "import", "admins", "nobody", "user.role", "user.", ".", "user..x", "event.x", "account.plan",
    "session.n", "session.x", "$root.user.x", "$root.", "$a.x", "$a", "current", "$active", "$key_action", "$x",
    "__proto__", "__class__", "user.__class__.__mro__", "constructor.prototype", "{}", "[1", "{\"var\": \"user.x\"}",
    "{\"throw\": 1}", "true", "7d", "0d", "7cd", "0cd", "400d", "401d", "90d", "91d", "999999999d", "-1d", "1e3d", "٣d",
    "7d\n", "2026-13-45T99:99", "2026-12-01T09:00", "0000-01-01T00:00", "9999-12-31T23:59", "٢٠٢٦-12-01T09:00", "page",
    "session", "start", "javascript:alert(1)", "https://x.y/z", "//evil", "/ok", "[data-x=", "a" * 201, "я" * 5_000,
    "- " * 1_500, "*" * 3_000, "[" * 3_000, "![](" * 900, "{user.name|there}", "{user}", "{" * 2_000, "\x00", "\ud800",
    "\n", "en", "en\n", "admin", "user", "account", "critical", "clicked", "viewed", "first",
]  # fmt: skip
DEEP: list[Any] = [nested(31), nested(32), nested(400), nested(3_000), nested(3_000, "")]
WIDE: list[Any] = [
    list(range(600)),
    list(range(1_001)),
    {"and": [True] * 600},
    dict.fromkeys(map(str, range(300)), 1),
]
SMALL: list[Any] = [
    None, True, False, [], {}, [[]], [{}], {"": 1}, {"a": 1, "b": 2}, {"var": []}, {"var": [[]]}, {"var": {}}, {"var": None},
    {"var": ["user.x", {"a": 1, "b": 2}]}, {"var": ["user.x", {"log": 1}]}, {"var": ["user.x", {"did": {"event": "a"}}]},
    {"var": [["user", {"a": 1}]]}, {"var": [["user", "a.b"], 1]}, {"method": ["a", "b"]}, {"log": 1}, {"__proto__": {}},
    {"chain": {"steps": [{"event": "a"}]}}, {"chain": {"ref": "broken"}}, {"seg": "self"}, {"seg": "admins"}, {"any": ["a"]},
    {"did": {"event": {"any": ["a", "$active"]}, "min": 2}}, {"<": [{"count": {"event": "a"}}, 1e308]},
    {"<": [{"count": {"event": "a"}}, float("inf")]}, {"in": ["a", None]}, {"map": [None, None]}, {"reduce": [[1], 1, 1]},
]  # fmt: skip


def hostile(rng: Random) -> Any:
    kind = rng.random()
    if kind < 0.3:
        return rng.choice(TEXTS)
    if kind < 0.5:
        return rng.choice(NUMBERS)
    if kind < 0.9:
        return rng.choice(SMALL)
    return rng.choice(DEEP) if kind < 0.95 else rng.choice(WIDE)


# -- expressions and documents


def expression(rng: Random, depth: int = 0) -> Any:
    """Mostly of the right form: any operator over any operands."""
    kind = rng.random()
    if depth > 4 or kind < 0.25:
        return (
            hostile(rng) if rng.random() < 0.3 else rng.choice((True, 1, "a", {"var": "user.role"}, ["a", 1], None))
        )
    if kind < 0.55:
        return operation(rng)
    name = rng.choice(list(ARITY))
    low, high = ARITY[name]
    count = rng.randint(low, min(high, low + 2)) if rng.random() < 0.95 else rng.randint(0, 4)
    if name == "var":
        return {
            "var": rng.choice(
                ["user.role", "user.tags.0", "session.n", ["user.x", 5], "account.age_days", hostile(rng)]
            )
        }
    operands = [expression(rng, depth + 1) for _ in range(count)]
    return {name: operands[0] if count == 1 and rng.random() < 0.5 else operands}


SIZES = ("0s", "1ms", "90s", "30m", "2h", "7d", "90d")


def event(rng: Random) -> dict[str, Any]:
    name = rng.choice(["a", "b", "$active", "$key_action", {"any": ["a", "b"]}])
    where = {"where": expression(rng, 3)} if rng.random() < 0.2 else {}
    return {"event": name, **where}


def operation(rng: Random) -> Any:
    """One behavioural operator with arguments that fit, as far as they are drawn."""
    name = rng.choice(list(OPERATORS))
    last = {"last": rng.choice([*SIZES, "7cd", "400cd"])} if rng.random() < 0.5 else {}
    made: dict[str, Callable[[], Any]] = {
        "did": lambda: {**event(rng), **last, "min": rng.randint(0, 5), **rng.choice([{}, {"max": 7}])},
        "count": lambda: {**event(rng), **last},
        "days": lambda: {**event(rng), "last": rng.choice(["1cd", "7cd"])},
        "weeks": lambda: {**event(rng), "last": rng.choice(["1cd", "28cd"])},
        "never": lambda: {**event(rng), "tenure": rng.choice(SIZES), "scope": rng.choice(["user", "account"])},
        "inactive": lambda: {"for": rng.choice(SIZES), **rng.choice([{}, event(rng)])},
        "returned": lambda: {"after": rng.choice(SIZES)},
        "chain": lambda: rng.choice(
            [{"ref": "import", **last}, {**chain(rng), **last}, {**chain(rng), "in": "session", "same": ["x"]}]
        ),
        "progress": lambda: {"ref": "import"},
        "abandoned": lambda: {"ref": "import", "after": rng.randint(1, 3), **last},
        "tip": lambda: rng.choice(
            [{"id": "seen", **last}, {"category": "general"}, {"id": "seen", "did": "clicked"}]
        ),
        "seg": lambda: rng.choice(["admins", "busy", "self", "nobody"]),
        "share": lambda: {**event(rng), "last": rng.choice(["1cd", "7cd"]), "among": rng.choice(["seats", "active"])},
        "survey": lambda: rng.choice(
            [{"id": "seen", "answered": False}, {"id": "seen", "score": True}, {"id": "seen", "answered": True}]
        ),
        "changed": lambda: {
            "var": rng.choice(["user.role", "account.plan", "user.x"]),
            **last,
            **rng.choice([{}, {"to": hostile(rng)}]),
        },
        "days_to": lambda: {"var": rng.choice(["user.until", "account.renewal"])},
        "dropped": lambda: usage(rng),
        "rose": lambda: usage(rng),
    }
    return spoiled(rng, {name: made[name]()}, 0.25)


def chain(rng: Random) -> dict[str, Any]:
    how = rng.choice([{}, {}, {"mode": "strict"}, {"order": "any"}, {"restart": "first"}, {"gap": "1h"}])
    steps = [event(rng) for _ in range(rng.randint(1, 3))]
    return {"steps": steps, "within": rng.choice([*SIZES, "session"]), **how}


def usage(rng: Random) -> dict[str, Any]:
    return {
        "metric": event(rng), "recent": rng.choice(["7cd", "14cd", "3cd"]), "by": rng.choice([0.4, 1, 0]), "min_base": rng.choice([0, 10]),
        "baseline": {"windows": rng.randint(1, 5), **rng.choice([{}, {"lag": "28cd"}])}, "scope": rng.choice(["user", "account"]),
    }  # fmt: skip


def document(rng: Random) -> Any:
    """A whole rule, with hostile values here and there."""
    expr = expression(rng)
    made = tip("rule", rng.choice(["corner", "inline", "modal", "tooltip"]), when=expr)
    for name, value in {
        "kind": "tip", "name": "A rule", "note": "", "audience": expression(rng, 2), "goal": expression(rng, 3),
        "goal_window": "7d", "action": rng.choice([{"open": "/x"}, {"start": "seen"}, {"snooze": "1d"}, {"dismiss": True}]),
        "repeat": rng.choice([{"mode": "once"}, {"cooldown": "7d", "max": 3}, {"mode": "per_key", "key": expression(rng, 3)}]),
        "schedule": {"from": "2026-12-01T09:00", "to": "2027-12-01T09:00", "tz": "user"},
        "policy": {"category": "help", "priority": "high", "caps": [{"count": 1, "per": "1d"}], "stop_after": {"dismissed": 1}},
        "variants": [{"if": expression(rng, 3), "text": {"en": {"title": "B"}}}, {"share": 0.5, "name": "C", "text": {"en": {"title": "C"}}}],
    }.items():  # fmt: skip
        if rng.random() < 0.35:
            made[name] = value
    if rng.random() < 0.4:
        made["trigger"] |= {"on": moment(rng), "ttl": rng.choice(["page", "session", "7d"])}
    if rng.random() < 0.3:
        made["trigger"]["at"] = {"route": "/deals/:id", "dwell": "3s", "element": "#x"}
    if rng.random() < 0.1:
        made |= {"kind": "alert", "alert": {"owner": "x", "clear": expression(rng, 3)}}
        made.pop("placement")
    return spoiled(rng, made, 0.35)


def moment(rng: Random) -> Any:
    return rng.choice(
        [event(rng), {"session": "start"}, {"chain": {"ref": "import"}}, {"abandoned": {"ref": "import"}}, {"clock": True},
         {"chain": {"steps": [event(rng), event(rng)], "within": "1h"}}, {"chain": {"ref": "broken"}},
         {"nth": {**event(rng), "n": rng.randint(1, 5)}}, {"nth": {**event(rng), "every": rng.randint(1, 5)}},
         {"abandoned": {"ref": "import", "after": 1, "within": "10m"}}]
    )  # fmt: skip


def spoiled(rng: Random, value: Any, chance: float) -> Any:
    """The same JSON with some fields replaced, dropped or added, or as it is."""
    if rng.random() > chance:
        return value
    if rng.random() < 0.03:
        return hostile(rng)
    for _ in range(rng.choice((1, 1, 1, 2, 4))):
        value = _spoiled_once(rng, value)
    return value


def _spoiled_once(rng: Random, value: Any) -> Any:
    """A copy along one path; the rest is shared."""
    if not isinstance(value, dict | list) or not value:
        return hostile(rng)
    made: Any = dict(value) if isinstance(value, dict) else list(value)
    key = rng.choice(list(value) if isinstance(value, dict) else range(len(value)))
    inner, how = value[key], rng.random()
    if isinstance(inner, dict | list) and inner and how < 0.65:
        made[key] = _spoiled_once(rng, inner)
    elif isinstance(value, dict) and how < 0.75:
        del made[key]
    elif isinstance(value, dict) and how < 0.85:
        made[rng.choice(TEXTS)] = hostile(rng)
    else:
        made[key] = hostile(rng)
    return made


CHAINS: dict[str, Any] = {
    "import": {"steps": [{"event": "a"}, {"event": "b"}], "within": "30m", "unless": [{"event": "c"}], "same": ["x"]},
    "team": {"steps": [{"event": "a", "times": 2}], "within": "1d", "scope": "account"},
}
SEGMENTS: dict[str, Any] = {
    "admins": {"==": [{"var": "user.role"}, "admin"]},
    "busy": {"and": [{"seg": "admins"}, {"did": {"event": "a", "min": 2}}]},
    "self": {"seg": "self"},
}


# -- what must hold


def checked(documents: Any, chains: Any = None, segments: Any = None, project: Any = None) -> Plan:
    """Compile. Every problem says where, and a document with an error is not in the plan."""
    plan, problems = compile_rules(documents, chains or {}, segments or {}, {}, project or {})
    for problem in problems:
        well_said(problem)
    broken = [documents[p.file] for p in problems if p.severity == "error" and p.file in documents]
    assert [rule.id for rule in plan.rules.values() if any(rule.source is one for one in broken)] == []
    return plan


def well_said(problem: Problem) -> None:
    assert isinstance(problem.path, str)
    assert problem.file
    assert problem.message
    assert problem.code
    assert problem.severity in ("error", "warning")
    assert problem.line()


TRAITS: list[dict[str, Any]] = [
    {}, {"role": "admin", "x": 5}, {"role": {}, "tags": [], "x": None}, {"x": {"a": [1, {"b": "c"}]}, "a.b": 7, "tags": ["a", 1.5]},
    {"role": ["admin"], "x": "\x00", "tags": "abc", "name": "я" * 500}, {"x": 1e308, "role": True, "tz": "Europe/Berlin"},
]  # fmt: skip
PROPS: list[dict[str, Any]] = [
    {},
    {"x": 1},
    {"x": "1"},
    {"x": 1e300},
    {"x": [1, {"a": []}], "y": {}},
    {"x": True},
    {"x": -0.0},
]


def lived_through(plan: Plan, rng: Random) -> None:
    """A person under these rules: fold, decide, and put every reason into words. Nothing may raise."""
    world = World(plan=plan)
    world.known = {"a": 0, "b": START}
    world.is_known_as(**rng.choice(TRAITS))
    for _ in range(4):
        world.did(rng.choice("abc"), at=START - rng.choice((0, 1, DAY, 8 * DAY)), **rng.choice(PROPS))
    if rng.random() < 0.3:
        world.account = world.user
    for now in (START, START + 40 * DAY):
        decision = world.ask(now=now, locale=rng.choice(("en", "ru", "pt-BR", "")))
        for loser in decision.losers:
            assert words(loser.code, loser.detail, "en", now=now)
    for rule in plan.rules.values():
        assert trigger_words(rule, "en")
        assert trigger_words(rule, "ru")


@given(SEEDS)
def test_any_document_is_compiled_or_refused_and_then_never_raises(seed: int) -> None:
    rng = Random(seed)
    made = {"rule": document(rng), "seen": tip("seen", "inline")}
    lived_through(checked(made, CHAINS, SEGMENTS, {"key_actions": ["a"]}), rng)


@given(SEEDS)
def test_any_expression_is_compiled_or_refused_and_then_never_raises(seed: int) -> None:
    rng = Random(seed)
    made = {"rule": tip("rule", when=expression(rng)), "seen": tip("seen", "inline")}
    lived_through(checked(made, CHAINS, SEGMENTS, {"key_actions": ["a"]}), rng)


@given(SEEDS)
def test_any_shared_file_is_compiled_or_refused_and_then_never_raises(seed: int) -> None:
    rng = Random(seed)
    made = {"rule": tip("rule", when=operation(rng), on=moment(rng)), "seen": tip("seen", "inline")}
    shared = [spoiled(rng, CHAINS, 0.7), spoiled(rng, SEGMENTS, 0.7), spoiled(rng, {"key_actions": ["a", "b"]}, 0.7)]
    lived_through(checked(made, *shared), rng)


# -- the smallest of what was found


@pytest.mark.parametrize("which", ["chains", "segments", "project"])
@pytest.mark.parametrize("value", [[1], "x", 5, True], ids=str)
def test_a_shared_file_that_is_no_object_is_a_problem(which: str, value: Any) -> None:
    shared: dict[str, Any] = {"chains": {}, "segments": {}, "project": {}, which: value}
    plan, problems = compile_rules({}, shared["chains"], shared["segments"], {}, shared["project"])
    assert [problem.file for problem in problems] == [f"{which}.json"]
    assert plan.rules == {}


REFUSED: dict[str, Any] = {
    "a variable without a name": {"var": []},
    "a path without a part": {"var": [[]]},
    "a path through an operation": {"var": [["user", {"a": 1}]]},
    "two operators in a default": {"var": ["user.x", {"a": 1, "b": 2}]},
    "an unknown operator in a default": {"var": ["user.x", {"foo": 1}]},
    "a removed operator in a default": {"var": ["user.x", {"log": 1}]},
    "a chain without within": {"chain": {"steps": [{"event": "a"}]}},
    "a number beyond 64 bits": {"==": [{"var": "user.x"}, 10**30]},
    "a number beyond 64 bits in a where": {"did": {"event": "a", "where": {"==": [{"var": "event.x"}, 10**30]}}},
    "an infinite number beside a count": {"<": [{"count": {"event": "a"}}, float("inf")]},
    "half a character": {"==": [{"var": "user.x"}, "\ud800"]},
    "half a character as a name": {"did": {"event": "\ud800"}},
    "3,000 levels": nested(3_000),
    "3,000 levels of lists": nested(3_000, ""),
    "3,000 levels in a default": {"var": ["user.x", nested(3_000)]},
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_mean_anything_is_refused_in_its_place(name: str) -> None:
    plan, problems = compile_rules({"a.json": tip("a", when=REFUSED[name])}, {}, {}, {}, {})
    assert next(p.path for p in problems if p.severity == "error").startswith("trigger.when")
    assert plan.rules == {}


def test_a_chain_moment_without_within_is_refused() -> None:
    made = tip("a", on={"chain": {"steps": [{"event": "a"}]}})
    assert compile_rules({"a": made}, {}, {}, {}, {})[1]


@pytest.mark.parametrize(
    "text", ["[1", "hello", '{"throw": 1}', '{"a": 1, "b": 2}', '{"did": {"event": "a"}}', "0", "null"]
)
def test_a_text_is_a_value_and_never_read_as_a_program(text: str) -> None:
    """JsonLogic: a text that is not empty is true, whatever it says."""
    plan, problems = compile_rules({"a": tip("a", when=text)}, {}, {}, {}, {})
    assert problems == []
    assert World(plan=plan).reason("a") == "offered"
    guarded = {"did": {"event": "page_viewed", "where": text}}
    plan, problems = compile_rules({"a": tip("a", when=guarded)}, {}, {}, {}, {})
    assert problems == []
    assert World(plan=plan).reason("a") == "offered"


@pytest.mark.parametrize(
    "date", ["2026-13-01T00:00", "2026-02-30T00:00", "2026-12-01T24:30", "0000-01-01T00:00", "٢٠٢٦-12-01T09:00"]
)
def test_a_day_that_does_not_exist_is_refused(date: str) -> None:
    plan, problems = compile_rules({"a": tip("a", schedule={"from": date})}, {}, {}, {}, {})
    assert [p.path for p in problems] == ["schedule.from"]
    assert plan.rules == {}


@pytest.mark.parametrize(("field", "value"), [("id", "a\n"), ("text", {"en\n": {"title": "A"}})])
def test_a_line_break_is_no_part_of_a_name(field: str, value: Any) -> None:
    assert [p.severity for p in compile_rules({"a": {**tip("a"), field: value}}, {}, {}, {}, {})[1]] == ["error"]


def test_a_rule_over_a_broken_chain_is_left_out() -> None:
    """Else its moment would be gone, and it would come up all the time."""
    made = {"a": tip("a", on={"chain": {"ref": "broken"}}), "b": tip("b", when={"!": [{"chain": {"ref": "broken"}}]})}
    plan, problems = compile_rules(made, {"broken": {"steps": 5}}, {}, {}, {})
    assert {p.file for p in problems} >= {"chains.json"}
    assert plan.rules == {}


@pytest.mark.parametrize(
    "part", [{"when": {"tip": {"id": "nobody"}}}, {"action": {"start": "nobody"}}], ids=["when", "action"]
)
def test_a_rule_over_a_tip_that_is_not_there_is_left_out(part: dict[str, Any]) -> None:
    plan, problems = compile_rules({"a": tip("a", **part)}, {}, {}, {}, {})
    assert [p.code for p in problems] == ["unknown"]
    assert plan.rules == {}


def test_segments_do_not_multiply_beyond_the_limit_of_one_expression() -> None:
    many = {"and": [{"seg": "b"}] * 20}
    segments = {"a": many, "b": {"and": [{"seg": "c"}] * 20}, "c": {"and": [True] * 20}}
    plan, problems = compile_rules({"r": tip("r", when={"seg": "a"})}, {}, segments, {}, {})
    assert {(p.code, p.severity) for p in problems if p.file == "r"} == {("too_large", "error")}
    assert plan.rules == {}


def test_a_key_action_may_be_any_of_several() -> None:
    made = tip("a", when={"did": {"event": "$key_action"}})
    plan, problems = compile_rules({"a": made}, {}, {}, {}, {"key_actions": [{"any": ["x", "y"]}]})
    assert problems == []
    assert plan.names == {"x", "y"}


def test_an_account_chain_has_no_session() -> None:
    made = tip("a", when={"chain": {"ref": "team", "in": "session"}})
    assert [p.code for p in compile_rules({"a": made}, CHAINS, {}, {}, {})[1]] == ["no_session"]
