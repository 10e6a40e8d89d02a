"""Advice: what can never show, never follow or never wins is said, with its place; what is right is left alone."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random
from typing import Any

import pytest

from waypost.engine.rehearse import Rehearsal
from waypost.model import DAY, HOUR, IDENTIFY, MINUTE, PAGE, Context, Event
from waypost.rules.compile import compile_rules

TEXT = {"en": {"title": "A title"}}
NOW = 1_800_000_000_000
IMPORT = {"steps": [{"event": "start"}, {"event": "map"}, {"event": "done"}], "within": "30m"}


def rule(rule_id: str = "mine", **parts: Any) -> dict[str, Any]:
    """A tip; `on`, `when`, `at`, `settle`, `ttl` go into the trigger."""
    names = ("on", "when", "at", "settle", "ttl")
    trigger = {name: parts.pop(name) for name in names if name in parts}
    place = {} if parts.get("kind") == "alert" else {"placement": parts.pop("placement", {"surface": "corner"})}
    return {"id": rule_id, "text": TEXT, **place, "trigger": trigger, **parts}


def alert(**parts: Any) -> dict[str, Any]:
    return rule(kind="alert", **{"scope": "account", **parts})


def advice(
    *documents: dict[str, Any],
    chains: Any = None,
    segments: Any = None,
    project: Any = None,
    seen: Mapping[str, int] | None = None,
) -> list[tuple[str, str, str]]:
    """(rule, path, message) of everything that is said about these rules; they have no mistakes."""
    found = {document["id"]: document for document in documents}
    _, problems = compile_rules(found, chains or {}, segments or {}, {}, project, seen, NOW)
    assert [problem.line() for problem in problems if problem.severity == "error"] == []
    return [(problem.rule, problem.path, problem.message) for problem in problems]


def said(*documents: dict[str, Any], **more: Any) -> str:
    """The one piece of advice, as "path: message"."""
    found = advice(*documents, **more)
    assert len(found) == 1, found
    assert found[0][0] == "mine"
    return f"{found[0][1]}: {found[0][2]}"


def var(name: str) -> dict[str, str]:
    return {"var": name}


def did(event: str, **args: Any) -> dict[str, Any]:
    return {"did": {"event": event, **args}}


def never(event: str, tenure: str = "0s", **args: Any) -> dict[str, Any]:
    return {"never": {"event": event, "tenure": tenure, **args}}


def count(event: str, **args: Any) -> dict[str, Any]:
    return {"count": {"event": event, **args}}


def both(*conditions: Any) -> dict[str, Any]:
    return {"and": list(conditions)}


PLANNING = {"==": [var("event.module"), "planning"]}
NEVER_TRUE = "this is never true, so the rule never comes up; mend or remove it"


# -- what is never true


@pytest.mark.parametrize(
    "when",
    [
        False,
        {"==": [1, 2]},
        {"in": [var("user.role"), []]},
        {"<": [count("x"), 0]},
        {">=": [{"days": {"event": "x", "last": "7cd"}}, 8]},
        {">": [{"weeks": {"event": "x", "last": "28cd"}}, 5]},
        {">=": [{"progress": {"ref": "import"}}, 3]},
        {">": [{"share": {"event": "x", "among": "active", "last": "28cd"}}, 1]},
        {"<": [var("session.n"), 1]},
        {"<": [var("account.age_days"), 0]},
        {"<": [10, var("user.seats"), 5]},
        {">": [var("user.seats"), None]},
    ],
    ids=repr,
)
def test_what_no_value_satisfies_is_said(when: Any) -> None:
    assert said(rule(when=when), chains={"import": IMPORT}) == f"trigger.when: {NEVER_TRUE}"


@pytest.mark.parametrize(
    "when",
    [
        True,
        {"==": [1, 1]},
        {"in": [var("user.role"), ["admin"]]},
        {"<": [count("x"), 1]},
        {">=": [count("x"), 999]},
        {">=": [{"days": {"event": "x", "last": "7cd"}}, 7]},
        {">=": [{"weeks": {"event": "x", "last": "28cd"}}, 5]},
        {">=": [{"progress": {"ref": "import"}}, 2]},
        {">=": [{"share": {"event": "x", "among": "active", "last": "28cd"}}, 1]},
        {"<=": [var("session.n"), 1]},
        {"<": [0, {"days_to": var("account.renewal")}, 90]},
        {"<": [{"days_to": var("account.renewal")}, 0]},
        {">": [var("user.since"), "2026-01-01"]},
        {"<": [var("user.seats"), var("account.seats")]},
        {">": [{"+": [var("user.a"), 1]}, 2]},
        {"some": [var("user.tags"), {"==": [var(""), "vip"]}]},
        {"missing": ["user.role"]},
    ],
    ids=repr,
)
def test_what_some_value_satisfies_is_left_alone(when: Any) -> None:
    assert advice(rule(when=when), chains={"import": IMPORT}) == []


def test_a_part_that_is_never_true_is_named_wherever_it_stands() -> None:
    document = rule(audience=both({"==": [var("user.role"), "admin"]}, False), when=did("x"))
    assert said(document) == f"audience.and[1]: {NEVER_TRUE}"
    assert said(rule(audience={"seg": "nobody"}), segments={"nobody": {"==": [1, 2]}}) == f"audience: {NEVER_TRUE}"
    assert advice(rule(when={"or": [False, did("x")]})) == []


# -- the goal


GOAL_ITSELF = "this is the goal itself: whenever the tip could show, its goal is reached already; name another goal"
REACHED = "this is reached already whenever the tip could show, so it never does; name another goal"


def test_the_goal_among_its_own_conditions() -> None:
    document = rule(when=both(did("x", min=3), {"seg": "team"}), goal=did("x", min=3))
    assert said(document, segments={"team": did("y")}) == f"trigger.when.and[0]: {GOAL_ITSELF}"


@pytest.mark.parametrize(
    "parts",
    [
        {"when": did("x", min=3, last="7d"), "goal": did("x")},
        {"when": did("x", last="7d"), "goal": did("x", last="30d")},
        {"when": {">=": [count("x", last="7d"), 2]}, "goal": did("x", min=2, last="7d")},
        {"when": both(did("x"), did("y")), "goal": both(did("y"), did("x"))},
        {"when": did("x"), "goal": {"or": [did("z"), did("x")]}},
        {"when": did("x", where=PLANNING), "goal": did("x")},
        {"when": did("x"), "goal": {"did": {"event": {"any": ["x", "y"]}}}},
        {"when": did("x"), "goal": did("x", scope="account")},
        {"on": {"event": "x"}, "goal": did("x", last="7d")},
        {"on": {"chain": {"ref": "import"}}, "goal": did("map")},
        {"when": did("y"), "goal": True},
    ],
    ids=repr,
)
def test_a_goal_that_the_conditions_bring_with_them(parts: Any) -> None:
    assert said(rule(**parts), chains={"import": IMPORT}) == f"goal: {REACHED}"


@pytest.mark.parametrize(
    "parts",
    [
        {"when": did("x", min=3, last="7d"), "goal": did("x", min=4)},
        {"when": did("x", last="30d"), "goal": did("x", last="7d")},
        {"when": did("x"), "goal": did("x", where=PLANNING)},
        {"when": did("x"), "goal": did("y")},
        {"when": did("x"), "goal": {"and": [did("x"), did("z")]}},
        {"when": did("x", scope="account"), "goal": did("x")},
        {"on": {"event": "x"}, "goal": did("x", last="1h")},
        {"on": {"event": "x"}, "ttl": "2d", "goal": did("x", last="1d")},
        {"on": {"abandoned": {"ref": "import", "after": 1}}, "goal": did("map")},
        {"on": {"session": "start"}, "goal": did("$active", min=2, last="1h")},
        {"when": did("x"), "goal": False},
    ],
    ids=repr,
)
def test_a_goal_that_is_still_to_be_reached_is_left_alone(parts: Any) -> None:
    assert advice(rule(**parts), chains={"import": IMPORT}) == []


# -- parts that exclude each other

TOGETHER = "this and trigger.when.and[0] are never true together; remove one"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (never("x"), did("x")),
        (did("x", min=2, last="7d"), never("x", "30d")),
        ({"never": {"event": {"any": ["x", "y"]}, "tenure": "0s"}}, did("x")),
        (never("x"), did("x", where=PLANNING)),
        (never("x"), {">=": [count("x"), 1]}),
        (never("x"), {">": [{"days": {"event": "x", "last": "7cd"}}, 0]}),
        (never("done"), {"chain": {"ref": "import"}}),
        (never("map"), {"abandoned": {"ref": "import", "after": 2}}),
        (never("start"), {">=": [{"progress": {"ref": "import"}}, 1]}),
        (never("x", scope="account"), did("x")),
        (never("task_done"), did("$key_action")),
        ({"inactive": {"for": "7d", "event": "x"}}, did("x", last="7d")),
        ({"inactive": {"for": "2d", "event": "x"}}, did("x", last="1cd")),
        ({"inactive": {"for": "1d", "event": "x"}}, {"did": {"event": "x", "in": "session"}}),
        (did("x", min=0, max=2, last="30d"), did("x", min=3, last="7d")),
        (did("x", min=0, max=0), did("x", last="7cd")),
        (did("x", min=0, max=2, last="14cd"), {">=": [count("x", last="7cd"), 3]}),
        ({"<": [count("x", last="30d"), 2]}, did("x", min=2, last="7d")),
        ({"!": [did("x", min=2)]}, did("x", min=3)),
        ({"!": [did("x")]}, did("x")),
        ({">": [var("user.seats"), 10]}, {"<": [var("user.seats"), 10]}),
        ({"<": [var("user.seats"), 10]}, {">=": [var("user.seats"), 10]}),
        ({"==": [var("user.plan"), "free"]}, {"==": [var("user.plan"), "team"]}),
        ({"==": [var("user.plan"), "free"]}, {"in": [var("user.plan"), ["team", "pro"]]}),
        ({"==": [var("user.seats"), 5]}, {">": [var("user.seats"), 5]}),
        ({"==": [var("user.seats"), 5]}, {"!=": [var("user.seats"), 5]}),
        (var("user.beta"), {"!": [var("user.beta")]}),
        ({"seg": "team"}, {"!": [{"seg": "team"}]}),
        ({">": [{"days": {"event": "x", "last": "7cd"}}, 2]}, {"<": [{"days": {"event": "x", "last": "7cd"}}, 3]}),
    ],
    ids=repr,
)
def test_two_parts_that_are_never_true_together(one: Any, other: Any) -> None:
    more: dict[str, Any] = {
        "chains": {"import": IMPORT},
        "segments": {"team": both({">": [var("account.seats"), 3]}, did("y"))},
        "project": {"key_actions": ["task_done"]},
    }
    assert said(rule(when=both(one, other)), **more) == f"trigger.when.and[1]: {TOGETHER}"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (never("x"), did("y")),
        (never("x"), did("x", min=0, max=3)),
        (never("x", where=PLANNING), did("x")),
        (never("x"), {"did": {"event": {"any": ["x", "y"]}}}),
        (never("x"), did("x", scope="account")),
        (never("x"), {"<": [count("x"), 1]}),
        (never("done"), {"abandoned": {"ref": "import", "after": 2}}),
        (never("start"), {"!": [{"chain": {"ref": "import"}}]}),
        ({"inactive": {"for": "7d", "event": "x"}}, did("x", last="8d")),
        ({"inactive": {"for": "7d", "event": "x"}}, did("x", last="7cd")),
        ({"inactive": {"for": "7d", "event": "x"}}, did("x")),
        ({"inactive": {"for": "12h", "event": "x"}}, {"did": {"event": "x", "in": "session"}}),
        (did("x", min=0, max=2, last="7d"), did("x", min=3, last="30d")),
        (did("x", min=0, max=3, last="30d"), did("x", min=3, last="7d")),
        ({"!": [did("x", last="7d")]}, did("x", last="30d")),
        ({">": [var("user.seats"), 10]}, {"<": [var("account.seats"), 5]}),
        ({">=": [var("user.seats"), 10]}, {"<=": [var("user.seats"), 10]}),
        ({">": [var("user.seats"), 10]}, {"<": [var("user.seats"), 11]}),
        ({"==": [var("user.plan"), "free"]}, {"in": [var("user.plan"), ["free", "pro"]]}),
        ({"in": ["planning", var("account.modules")]}, {"in": ["reports", var("account.modules")]}),
        ({"in": ["@acme", var("user.email")]}, {"in": [".test", var("user.email")]}),
        ({"!=": [var("user.plan"), "free"]}, {"!": [var("user.plan")]}),
        ({"or": [did("x"), did("y")]}, never("x")),
        ({">": [count("x"), 2]}, {"<": [count("x", last="7d"), 3]}),
    ],
    ids=repr,
)
def test_two_parts_that_can_be_true_together_are_left_alone(one: Any, other: Any) -> None:
    assert advice(rule(when=both(one, other)), chains={"import": IMPORT}) == []


def test_audience_and_when_are_one_condition() -> None:
    document = rule(audience=never("x"), when=both(did("y"), did("x")))
    assert said(document) == "trigger.when.and[1]: this and audience are never true together; remove one"


# -- parts against the moment


@pytest.mark.parametrize(
    "parts",
    [
        {"on": {"event": "x"}, "when": never("x")},
        {"on": {"event": "x"}, "when": never("x", scope="account")},
        {"on": {"event": "x", "where": PLANNING}, "when": never("x")},
        {"on": {"event": "x", "where": PLANNING}, "when": never("x", where=PLANNING)},
        {"on": {"nth": {"event": "x", "n": 3}}, "when": did("x", min=0, max=2)},
        {"on": {"chain": {"ref": "import"}}, "when": never("map")},
        {"on": {"chain": {"ref": "import"}}, "when": {"inactive": {"for": "1d", "event": "done"}}},
        {"on": {"abandoned": {"ref": "import", "after": 2}}, "when": never("map")},
        {"on": {"event": "x"}, "ttl": "2h", "when": {"inactive": {"for": "2h", "event": "x"}}},
    ],
    ids=repr,
)
def test_a_condition_that_the_moment_itself_breaks(parts: Any) -> None:
    assert said(rule(**parts), chains={"import": IMPORT}) == (
        "trigger.when: the rule comes up on this very event, so this is never true; look at another event"
    )


@pytest.mark.parametrize(
    "parts",
    [
        {"on": {"event": "x"}, "when": never("y")},
        {"on": {"event": "x"}, "when": never("x", where=PLANNING)},
        {"on": {"event": {"any": ["x", "y"]}}, "when": never("x")},
        {"on": {"nth": {"event": "x", "n": 3}}, "when": did("x", min=0, max=3)},
        {"on": {"nth": {"event": "x", "n": 3}}, "when": did("x", min=0, max=2, last="7d")},
        {"on": {"abandoned": {"ref": "import", "after": 1}}, "when": never("map")},
        {"on": {"chain": {"ref": "import"}}, "when": {"inactive": {"for": "1d", "event": "start"}}},
        {"on": {"event": "x"}, "ttl": "3h", "when": {"inactive": {"for": "2h", "event": "x"}}},
    ],
    ids=repr,
)
def test_a_condition_that_the_moment_leaves_open_is_left_alone(parts: Any) -> None:
    assert advice(rule(**parts), chains={"import": IMPORT}) == []


RETURNED = 'for who comes back write {"returned": {"after": "14d"}}'


def test_whoever_can_see_a_tip_is_not_inactive() -> None:
    quiet = {"inactive": {"for": "14d"}}
    assert (
        said(rule(when=quiet)) == f"trigger.when: whoever can see it uses the app, so this is never true; {RETURNED}"
    )
    assert said(rule(on={"session": "start"}, when={"inactive": {"for": "30m"}})) == (
        f"trigger.when: the rule comes up while somebody uses the app, so this is never true; {RETURNED}"
    )
    assert advice(rule(when={"inactive": {"for": "14d", "event": "x"}})) == []
    assert advice(rule(when={"inactive": {"for": "2h"}})) == []
    assert advice(rule(when={"returned": {"after": "14d"}})) == []
    assert advice(alert(when={"inactive": {"for": "14d", "scope": "account"}})) == []
    assert advice(alert(scope="user", when=quiet)) == []


def test_who_has_returned_is_not_inactive() -> None:
    document = alert(scope="user", when=both({"returned": {"after": "14d"}}, {"inactive": {"for": "14d"}}))
    assert said(document) == f"trigger.when.and[1]: {TOGETHER}"


# -- alerts that close


def test_a_task_that_closes_as_it_opens_or_never() -> None:
    quiet = {"inactive": {"for": "14d", "scope": "account"}}
    assert said(alert(when=both(quiet, did("x", scope="account")), alert={"clear": quiet})) == (
        "alert.clear: this is true whenever the alert is, so its task closes as it opens; ask for something else"
    )
    assert said(alert(when=quiet, alert={"clear": False})) == (
        "alert.clear: this is never true, so a task never closes by itself; mend it"
    )
    assert advice(alert(when=quiet, alert={"clear": did("$active", last="1d", scope="account")})) == []


# -- chains


def chain(**parts: Any) -> dict[str, Any]:
    return {"import": {**IMPORT, **parts}}


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        (
            {"unless": [{"event": {"any": ["map", "cancel"]}}]},
            'step 2 of the chain "import" is an event that breaks it, so nothing can follow; mend its unless',
        ),
        (
            {"unless": [{"event": {"any": ["start", "stop"]}}]},
            'step 1 of the chain "import" is an event that breaks it, so nothing can follow; mend its unless',
        ),
        (
            {
                "steps": [
                    {"event": "start", "where": {"==": [var("event.kind"), "a"]}},
                    {"event": "map"},
                    {"event": "done", "where": {"==": ["b", var("event.kind")]}},
                ],
                "same": ["kind"],
            },
            'step 3 of the chain "import" wants another kind than step 1, and both must be the same; '
            "it cannot follow: mend one",
        ),
        ({"gap": "30m"}, 'the chain "import" has a gap that is no shorter than the whole of it and means nothing; remove it'),
        ({"within": "0s"}, 'no time lies between the steps of the chain "import", so none can follow; give it more'),
    ],
    ids=["unless covers a step", "unless covers the first", "same pinned apart", "gap", "within"],
)  # fmt: skip
def test_a_chain_step_that_cannot_follow(spec: Any, message: str) -> None:
    for on in ({"chain": {"ref": "import"}}, {"abandoned": {"ref": "import"}}):
        assert said(rule(on=on), chains=chain(**spec)) == f"trigger.on.{next(iter(on))}: {message}"
    where = both(did("x"), {"chain": {"ref": "import"}})
    assert said(rule(when=where), chains=chain(**spec)) == f"trigger.when.and[1].chain: {message}"


@pytest.mark.parametrize(
    "spec",
    [
        {"unless": [{"event": {"any": ["done", "cancel"]}}]},
        {"unless": [{"event": "map", "where": PLANNING}]},
        {
            "steps": [
                {"event": "start", "where": {"==": [var("event.kind"), "a"]}},
                {"event": "done", "where": {"==": [var("event.kind"), "b"]}},
            ]
        },
        {
            "steps": [
                {"event": "start", "where": {"==": [var("event.kind"), "a"]}},
                {"event": "done", "where": {"==": [var("event.kind"), "a"]}},
            ],
            "same": ["kind"],
        },
        {"gap": "29m"},
        {"within": "session", "gap": "2h"},
    ],
    ids=repr,
)
def test_a_chain_that_can_be_gone_through_is_left_alone(spec: Any) -> None:
    assert advice(rule(on={"chain": {"ref": "import"}}), chains=chain(**spec)) == []


def test_an_abandonment_that_cannot_be() -> None:
    last_step = 'the chain "import" has 3 steps, and who gets to the last has not left it; lower after'
    too_long = 'the chain "import" is over before it can stall for so long; ask for a shorter within'
    for after, within, message in ((3, None, last_step), (1, "31m", too_long), (2, None, ""), (1, "30m", "")):
        args = {"ref": "import", "after": after, **({"within": within} if within else {})}
        for parts, path in (
            ({"on": {"abandoned": args}}, "trigger.on"),
            ({"when": {"abandoned": args}}, "trigger.when"),
        ):
            found = advice(rule(**parts), chains=chain())
            assert found == ([("mine", f"{path}.abandoned", message)] if message else [])
    gapped = rule(when={"abandoned": {"ref": "import", "within": "11m"}})
    assert said(gapped, chains=chain(gap="10m")) == f"trigger.when.abandoned: {too_long}"
    hasty = rule(when={"abandoned": {"ref": "import", "last": "2m"}})
    assert said(hasty, chains=chain()) == (
        "trigger.when.abandoned: last is no longer than grace, so this is never true; lengthen last"
    )
    assert advice(rule(when={"abandoned": {"ref": "import", "last": "3m"}}), chains=chain()) == []


# -- caps and stronger rules

STRONG = {"priority": "high", "category": "news", "stop_after": {"dismissed": 100}}
TIRELESS = {"mode": "cooldown", "cooldown": "0s", "max": 1_000}


def strong(**parts: Any) -> dict[str, Any]:
    policy = {**STRONG, **parts.pop("policy", {})}
    return rule("strong", **{"when": did("x"), "repeat": TIRELESS, "policy": policy, **parts})


def weak(**parts: Any) -> dict[str, Any]:
    policy = {"category": "other", **parts.pop("policy", {})}
    return rule(**{"when": both(did("x"), did("y")), "policy": policy, **parts})


EVERY_DAY = 'policy.priority: "strong" has a higher priority and comes first every day whenever this one could'
NARROW = "; raise this one or narrow that one"


def test_a_rule_that_a_stronger_one_shadows_for_ever() -> None:
    assert said(strong(), weak()) == EVERY_DAY + NARROW
    always = 'policy.priority: "strong" has a higher priority and always comes first whenever this one could'
    assert said(strong(policy={"priority": "critical"}), weak()) == always + NARROW
    closed = strong(policy={"stop_after": {"dismissed": 2}})
    assert said(closed, weak()) == f"{EVERY_DAY} until it was closed 2 times{NARROW}"


@pytest.mark.parametrize(
    ("over", "under"),
    [
        ({}, {"when": both(did("x", min=3, last="7d"), did("y"))}),
        ({"when": True}, {"on": {"event": "z"}}),
        ({"on": {"event": "x"}}, {"on": {"event": "x"}, "when": did("y")}),
        ({"placement": {"surface": "banner"}}, {}),
        ({"at": {"route": "/a", "idle": "2s"}}, {"at": {"route": "/a", "idle": "5s"}}),
        (
            {"placement": {"surface": "hotspot", "anchor": "nav"}},
            {"placement": {"surface": "inline", "anchor": "nav"}},
        ),
    ],
    ids=repr,
)
def test_what_is_shadowed_in_other_words(over: Any, under: Any) -> None:
    assert said(strong(**over), weak(**under)).startswith("policy.priority")


@pytest.mark.parametrize(
    ("over", "under"),
    [
        ({"policy": {"priority": "normal"}}, {}),
        ({"when": did("z")}, {}),
        ({"when": did("x", min=3)}, {}),
        ({"on": {"event": "x"}}, {}),
        ({"on": {"event": "x"}, "ttl": "1m"}, {"on": {"event": "x"}, "ttl": "1h"}),
        ({"goal": did("z")}, {}),
        ({"repeat": {"mode": "once"}}, {}),
        ({"repeat": {**TIRELESS, "max": 3}}, {}),
        ({"repeat": {**TIRELESS, "cooldown": "7d"}}, {}),
        ({"at": {"route": "/a"}}, {}),
        ({"at": {"route": "/a"}}, {"at": {"route": "/b"}}),
        ({"at": {"idle": "5s"}}, {"at": {"idle": "2s"}}),
        ({"settle": "5s"}, {}),
        ({"schedule": {"to": "2027-01-01T00:00"}}, {}),
        ({"policy": {"sample": 0.5}}, {}),
        ({"policy": {"caps": [{"count": 1, "per": "30d"}]}}, {}),
        ({"policy": {"exclusive": "group"}}, {}),
        ({"placement": {"surface": "tooltip", "anchor": "nav"}}, {}),
        ({"placement": {"surface": "hotspot", "anchor": "nav"}}, {}),
        ({}, {"policy": {"priority": "high"}}),
        ({}, {"placement": {"surface": "inline", "anchor": "nav"}}),
    ],
    ids=repr,
)
def test_a_rule_that_has_its_turn_is_left_alone(over: Any, under: Any) -> None:
    assert [found for found in advice(strong(**over), weak(**under)) if found[0] == "mine"] == []


def test_a_rule_that_a_stronger_one_of_its_category_starves() -> None:
    hungry = 'policy.category: "strong" uses up the one tip a day of the category "news"; give one of them another category'
    nav, side = {"surface": "inline", "anchor": "nav"}, {"surface": "inline", "anchor": "side"}
    news = {"category": "news"}
    assert said(strong(), weak(policy=news)) == hungry
    assert said(strong(repeat={**TIRELESS, "cooldown": "1d"}), weak(policy=news)) == hungry
    assert said(strong(placement=nav), weak(policy=news, placement=nav)) == hungry
    assert advice(strong(placement=side), weak(policy=news, placement=nav)) == []  # the other may not be on the page
    assert advice(strong(at={"route": "/billing"}), weak(policy=news)) == []
    assert advice(strong(repeat={**TIRELESS, "cooldown": "2d"}), weak(policy=news)) == []
    assert advice(strong(), weak(policy={**news, "priority": "critical"})) == []


def test_a_cool_down_that_a_cap_of_the_same_rule_makes_useless() -> None:
    caps = {"caps": [{"count": 2, "per": "30d"}, {"count": 1, "per": "30d"}]}
    document = rule(when=did("x"), repeat={"cooldown": "7d", "max": 3}, policy=caps)
    assert said(document) == (
        "policy.caps[1]: this cap is stricter than repeat.cooldown, which then means nothing; keep one of them"
    )
    assert advice(rule(when=did("x"), repeat={"cooldown": "30d", "max": 3}, policy=caps)) == []
    assert advice(rule(when=did("x"), repeat={"mode": "once"}, policy=caps)) == []
    assert advice(rule(when=did("x"), policy=caps)) == []  # nobody wrote a cool-down


# -- events that nobody sends


def test_an_event_that_was_not_received_for_thirty_days() -> None:
    seen = {"report_exported": NOW - 30 * DAY - 1, "page_viewed": NOW}
    document = rule(when=both(did("report_exported"), did("$active")))
    assert said(document, seen=seen) == (
        'trigger.when.and[0].did.event: no event "report_exported" was received for 30 days; is it still sent?'
    )
    assert advice(document, seen={"report_exported": NOW - 30 * DAY}) == []
    assert advice(document) == []


def test_an_event_that_was_never_received_and_what_was_meant() -> None:
    seen = {"report_exported": NOW}
    assert said(rule(on={"event": "report_exprted"}), seen=seen) == (
        'trigger.on.event: no event "report_exprted" was ever received; did you mean "report_exported"?'
    )
    assert said(rule(on={"event": {"any": ["report_exported", "zzz"]}}), seen=seen) == (
        'trigger.on.event: no event "zzz" was ever received; is this its name?'
    )
    imported = advice(rule(on={"chain": {"ref": "import"}}), chains=chain(), seen={"start": NOW, "map": NOW})
    assert imported == [("mine", "trigger", 'no event "done" was ever received; is this its name?')]


def test_what_a_rule_waits_not_to_happen_need_not_happen() -> None:
    seen = {"x": NOW, "old": NOW - 99 * DAY, "start": NOW, "map": NOW - 99 * DAY, "done": NOW - 99 * DAY}
    assert advice(rule(when=both(did("x"), never("old"))), seen=seen) == []
    assert advice(rule(when=both(did("x"), {"inactive": {"for": "7d", "event": "old"}})), seen=seen) == []
    left = rule(on={"abandoned": {"ref": "import", "after": 1}})
    assert advice(left, chains=chain(), seen=seen) == []
    assert said(rule(when=never("oldd")), seen=seen) == (
        'trigger.when.never.event: no event "oldd" was ever received; did you mean "old"?'
    )


def test_a_goal_may_wait_for_what_was_never_done_but_not_for_a_slip_of_the_pen() -> None:
    seen = {"x": NOW, "export_scheduled": NOW}
    assert advice(rule(when=did("x"), goal=did("something_else")), seen=seen) == []
    assert said(rule(when=did("x"), goal=did("export_schedulled")), seen=seen) == (
        'goal: no event "export_schedulled" was ever received; did you mean "export_scheduled"?'
    )


# -- comparisons under a `!`

GUARD = 'true as well when the trait is missing; add a "missing" guard if you do not mean that'


@pytest.mark.parametrize(
    ("audience", "path"),
    [
        ({"!": [{">": [var("user.seats"), 5]}]}, "audience.![0]"),
        ({"!": {"<": [5, var("account.seats")]}}, "audience.!"),
        ({"!": [{"and": [var("user.beta"), {">": [var("user.seats"), 5]}]}]}, "audience.![0].and[1]"),
        ({"!": [{"or": [{"<": [var("user.seats"), 5]}, {"missing": ["user.plan"]}]}]}, "audience.![0].or[0]"),
        ({"!": [{"<=": [{"days_to": var("account.renewal")}, 90]}]}, "audience.![0]"),
        ({"!": [{"<": [{"share": {"event": "x", "among": "seats", "last": "7cd"}}, 0.2]}]}, "audience.![0]"),
        (both(did("x"), {"!": [{">": [{"var": ["user.seats", None]}, 5]}]}), "audience.and[1].![0]"),
    ],
    ids=repr,
)  # fmt: skip
def test_a_comparison_of_what_may_be_missing_under_a_negation(audience: Any, path: str) -> None:
    assert said(rule(audience=audience)) == f"{path}: {GUARD}"


@pytest.mark.parametrize(
    "audience",
    [
        {">": [var("user.seats"), 5]},
        {"!": [{"==": [var("user.plan"), "free"]}]},
        {"!": [{"!": [{">": [var("user.seats"), 5]}]}]},
        {"!": [{">": [count("x"), 5]}]},
        {"!": [{">": [{"var": ["user.seats", 0]}, 5]}]},
        both({"!": [{"missing": ["user.seats"]}]}, {"!": [{">": [var("user.seats"), 5]}]}),
        both({"!=": [var("user.seats"), None]}, {"!": [{">": [var("user.seats"), 5]}]}),
        both(var("user.seats"), {"!": [{">": [var("user.seats"), 5]}]}),
        both({">": [var("user.seats"), 1]}, {"!": [{">": [var("user.seats"), 5]}]}),
        {"!": [{"or": [{"missing": "user.seats"}, {">": [var("user.seats"), 5]}]}]},
        {"or": [{"missing": ["user.seats"]}, {"!": [{">": [var("user.seats"), 5]}]}]},
    ],
    ids=repr,
)
def test_a_comparison_that_is_guarded_is_left_alone(audience: Any) -> None:
    assert advice(rule(audience=audience)) == []


def test_a_guard_in_the_audience_guards_the_condition() -> None:
    small = {"!": [{">": [var("account.seats"), 5]}]}
    assert said(rule(when=small)) == f"trigger.when.![0]: {GUARD}"
    assert advice(rule(audience={"!!": [var("account.seats")]}, when=small)) == []
    assert said(rule(audience={"!!": [var("account.seats")]}, when=did("x"), goal=small)) == f"goal.![0]: {GUARD}"


def test_a_comparison_in_a_segment_under_a_negation() -> None:
    segments = {"large": {">": [var("account.seats"), 5]}, "staff": {"in": ["@acme.test", var("user.email")]}}
    assert said(rule(audience={"!": [{"seg": "large"}]}), segments=segments) == f"audience.![0]: {GUARD}"
    assert advice(rule(audience={"seg": "large"}), segments=segments) == []
    assert advice(rule(audience={"!": [{"seg": "staff"}]}), segments=segments) == []


def test_a_score_under_a_negation() -> None:
    low = {"!": [{">=": [{"survey": {"id": "mine", "score": True}}, 5]}]}
    answered = {"survey": {"id": "mine", "answered": True}}
    assert said(rule(when=low)) == (
        'trigger.when.![0]: true as well when nobody answered; add {"survey": {…, "answered": true}} '
        "if you do not mean that"
    )
    assert advice(rule(when=both(answered, low))) == []


def test_a_clear_under_a_negation_is_looked_at_too() -> None:
    clear = {"!": [{"<": [var("account.health"), 60]}]}
    assert said(alert(when=did("x", scope="account"), alert={"clear": clear})) == f"alert.clear.![0]: {GUARD}"


# -- words


def test_words_that_are_too_long_to_read_well() -> None:
    long = {"en": {"title": "t" * 60, "body": "b" * 161}, "ru": {"title": "т" * 61, "body": "**" + "б" * 158 + "**"}}
    assert advice(rule(text=long, variants=[{"if": True, "text": {"en": {"title": "v" * 61}}}])) == [
        ("mine", "text.en.body", "161 characters; 160 read well"),
        ("mine", "text.ru.title", "61 characters; 60 read well"),
        ("mine", "variants[0].text.en.title", "61 characters; 60 read well"),
    ]


def test_texts_that_are_drawn_for_people_but_not_measured() -> None:
    drawn = [{"share": 0.5, "text": {"en": {"title": "B"}}}]
    assert said(rule(variants=drawn)) == 'variants: which of these texts does better is told by the goal; add "goal"'
    assert advice(rule(variants=drawn, goal=did("saved"))) == []
    assert advice(rule(variants=[{"if": var("user.admin"), "text": {"en": {"title": "B"}}}])) == []


# -- what lint calls impossible never happens


def test_no_history_brings_up_what_is_called_impossible() -> None:
    """Two random conditions, fifteen random histories: a rule that shows in one of them has no such advice."""
    rng, flagged, shown = Random(7), 0, 0
    for number in range(250):
        document = rule(**_conditions(rng), policy={"priority": "critical"})
        plan, problems = compile_rules({"mine": document}, {"import": IMPORT}, {}, {})
        impossible = [problem for problem in problems if problem.code in ("unreachable", "contradiction")]
        shows = any(_shows(plan, Random(f"{number} {history}")) for history in range(15))
        assert not (impossible and shows), (document["trigger"], impossible)
        flagged, shown = flagged + bool(impossible), shown + shows
    assert flagged > 40
    assert shown > 60


def _conditions(rng: Random) -> dict[str, Any]:
    names = ["start", "map", "done"]
    spans = [{}, {"last": "1d"}, {"last": "3d"}, {"last": "2cd"}, {"in": "session"}]

    def condition() -> Any:
        event = rng.choice(names)
        name = {"event": rng.choice([event, event, {"any": [event, rng.choice(names)]}])}
        least = rng.choice([{}, {"min": 2}, {"min": 0, "max": 0}, {"min": 0, "max": 2}])
        calendar = {"last": rng.choice(["1cd", "3cd"])}
        made = rng.choice(
            [
                {"did": {**name, **least, **rng.choice(spans)}},
                {"did": {**name, **least, **rng.choice(spans)}},
                {rng.choice(["<", ">=", "=="]): [{"count": {**name, **rng.choice(spans)}}, rng.choice([0, 1, 2])]},
                {rng.choice(["<", ">="]): [{"days": {**name, **calendar}}, rng.choice([0, 1, 2, 4])]},
                {"never": {**name, "tenure": "0s"}},
                {"inactive": {**name, "for": rng.choice(["2h", "1d", "3d"])}},
                {"chain": {"ref": "import", **rng.choice([{}, {"last": "1d"}])}},
                {"abandoned": {"ref": "import", "after": rng.choice([1, 2, 3])}},
                {rng.choice(["<", ">="]): [var("user.seats"), rng.choice([0, 2, 4])]},
                {"==": [var("user.seats"), rng.choice([0, 2, 4])]},
            ]
        )
        return {"!": [made]} if rng.random() < 0.15 else made

    moments = [
        None,
        None,
        {"event": rng.choice(names)},
        {"nth": {"event": "map", "n": 2}},
        {"chain": {"ref": "import"}},
    ]
    moment = rng.choice([*moments, {"abandoned": {"ref": "import", "after": 1}}, {"session": "start"}])
    goal = {"goal": condition()} if rng.random() < 0.3 else {}
    return {**({"on": moment, "ttl": "12h"} if moment else {}), "when": both(condition(), condition()), **goal}


def _shows(plan: Any, rng: Random) -> bool:
    known = dict.fromkeys(plan.names, NOW - 100 * DAY)
    world, events = Rehearsal(plan, known), []
    for _ in range(rng.randint(0, 7)):
        events.append(
            (
                NOW - rng.choice([MINUTE, HOUR, DAY, 2 * DAY, 9 * DAY]) * rng.randint(1, 25) // 10,
                rng.choice(["start", "map", "done"]),
            )
        )
    events += [(NOW - MINUTE, PAGE)] if rng.random() < 0.9 else []
    traits = {} if rng.random() < 0.4 else {"seats": rng.choice([0, 2, 3, 5])}
    told = [(NOW - 50 * DAY, IDENTIFY), *sorted(events)]
    for serial, (t, name) in enumerate(told):
        props = traits if name == IDENTIFY else {}
        world.tell(
            Event(
                message_id=f"m{serial}", name=name, t=t, received_at=t, seq=serial, user_id="ivan",
                active=name != IDENTIFY, props=props, page_view_id="p" if name != IDENTIFY else "",
            )
        )  # fmt: skip
    decision = world.decision("u:ivan", NOW, Context(), "p")
    return any(offer.tip == "mine" for offer in decision.offers)
