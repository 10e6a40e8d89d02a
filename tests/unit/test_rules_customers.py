"""What project.json says of customers: its shapes, its limits, what is wrong and where, and what it compiles to."""

from __future__ import annotations

from typing import Any

import pytest

from waypost.errors import Problem
from waypost.rules.compile import compile_rules
from waypost.rules.plan import WEIGHTS, CustomerModel, Plan
from waypost.settings import LIMITS

CHAINS = {"first": {"steps": [{"event": "begun"}, {"event": "done"}], "within": "1h"}}
ALWAYS = {"id": "all", "when": True}


def compiled(**project: Any) -> tuple[Plan, list[Problem]]:
    return compile_rules({}, CHAINS, {}, {}, project)


def test_everything_has_a_default() -> None:
    plan, problems = compiled()
    assert problems == []
    assert plan.customers == CustomerModel()
    assert plan.customers.health.weights == WEIGHTS
    assert sum(WEIGHTS.values()) == pytest.approx(1)


def test_without_features_each_key_action_is_one() -> None:
    plan, _ = compiled(key_actions=["edit", {"any": ["export", "share"]}])
    assert [(f.id, f.events, f.core) for f in plan.customers.features] == [
        ("edit", ("edit",), True), ("export", ("export", "share"), True),
    ]  # fmt: skip


def test_features_compile_with_names_chain_and_entitlement() -> None:
    plan, problems = compiled(
        features=[
            {"id": "a", "events": ["x", {"any": ["y", "z"]}], "name": {"en": "A", "ru": "А"}, "core": True},
            {"id": "b", "events": ["begun"], "name": "Bee", "chain": "first", "entitlement": "pro"},
        ]
    )
    assert problems == []
    a, b = plan.customers.features
    assert (a.events, a.name, a.core, a.chain) == (("x", "y", "z"), {"en": "A", "ru": "А"}, True, None)
    assert (b.name, b.entitlement, b.core) == ({"en": "Bee"}, "pro", False)
    assert b.chain is not None
    assert b.chain.within == 3_600_000


def test_what_a_stage_counts_is_folded_with_the_rules() -> None:
    when = {"did": {"event": "edit", "scope": "account", "last": "7d"}}
    plan, problems = compiled(stages=[{"id": "busy", "when": when}, {"id": "rest", "name": "Rest", "when": True}])
    assert problems == []
    assert [atom.scope for atom in plan.atoms.values() if atom.kind == "times"] == ["account"]
    assert set(plan.customers.stages[0].when.readings) <= plan.readings.keys()
    assert plan.fingerprint != compiled()[0].fingerprint


@pytest.mark.parametrize(
    ("project", "path", "code"),
    [
        ({"features": [{"id": "a"}]}, "features[0]", "missing_field"),
        ({"features": [{"id": "a", "events": []}]}, "features[0].events", "length"),
        ({"features": [{"id": "A b", "events": ["x"]}]}, "features[0].id", "malformed"),
        ({"features": [{"id": "a", "events": ["$active"]}]}, "features[0].events[0]", "malformed"),
        ({"features": [{"id": "a", "events": ["x"], "chain": "fist"}]}, "features[0].chain", "unknown"),
        (
            {"features": [{"id": "a", "events": ["x"]}, {"id": "a", "events": ["y"]}]},
            "features[1].id",
            "duplicate_id",
        ),
        ({"stages": [ALWAYS, ALWAYS]}, "stages[1].id", "duplicate_id"),
        ({"stages": [{"id": "a", "when": {"did": {"event": "x"}}}]}, "stages[0].when", "wrong_scope"),
        ({"stages": [{"id": "a", "when": {"var": "user.role"}}]}, "stages[0].when", "wrong_scope"),
        ({"stages": [{"id": "a", "when": {"var": "account.stage"}}]}, "stages[0].when", "contradiction"),
        ({"stages": [{"id": "a", "when": {"dit": {"event": "x"}}}]}, "stages[0].when", "unknown_operator"),
        ({"health": {"weights": {"trends": 1}}}, "health.weights.trends", "unknown_field"),
        ({"health": {"weights": {"trend": 1.1}}}, "health.weights.trend", "out_of_range"),
        ({"health": {"weights": dict.fromkeys(WEIGHTS, 0)}}, "health.weights", "out_of_range"),
        ({"health": {"red": 70}}, "health.red", "out_of_range"),
        ({"champion": []}, "champion", "length"),
        ({"champion": 5}, "champion", "wrong_type"),
        ({"limits": "$tip"}, "limits", "malformed"),
    ],
)
def test_a_mistake_is_told_with_its_place(project: dict[str, Any], path: str, code: str) -> None:
    plan, problems = compiled(**project)
    assert [(p.file, p.path, p.code, p.severity) for p in problems] == [("project.json", path, code, "error")]
    assert plan.customers is not None


def test_a_misspelt_chain_is_told_what_was_meant() -> None:
    _, (problem,) = compiled(features=[{"id": "a", "events": ["x"], "chain": "fist"}])
    assert problem.message == 'there is no chain "fist" in chains.json; did you mean "first"?'


def test_features_and_stages_have_limits() -> None:
    def features(n: int) -> list[Any]:
        return [{"id": f"f{i}", "events": ["x"]} for i in range(n)]

    def stages(n: int) -> list[Any]:
        return [{"id": f"s{i}", "when": True} for i in range(n)]

    assert compiled(features=features(LIMITS.features), stages=stages(LIMITS.stages))[1] == []
    assert [p.code for p in compiled(features=features(LIMITS.features + 1))[1]] == ["length"]
    assert [p.code for p in compiled(stages=stages(LIMITS.stages + 1))[1]] == ["length"]


def test_a_stage_has_as_many_conditions_as_a_rule() -> None:
    def stage(n: int) -> dict[str, Any]:
        parts = [{"did": {"event": f"e{i}", "scope": "account"}} for i in range(n)]
        return {"id": "a", "when": {"or": parts}}

    assert compiled(stages=[stage(LIMITS.atoms_per_rule)])[1] == []
    assert [p.code for p in compiled(stages=[stage(LIMITS.atoms_per_rule + 1)])[1]] == ["too_large"]


def test_weights_and_bands_are_what_the_project_says() -> None:
    plan, problems = compiled(
        health={"weights": {"trend": 0.5, "sentiment": 0}, "yellow": 80}, champion="owner", limits="full"
    )
    assert problems == []
    health = plan.customers.health
    assert (health.weights["trend"], health.weights["sentiment"], health.weights["depth"]) == (0.5, 0, 0.2)
    assert (health.red, health.yellow) == (40, 80)
    assert (plan.customers.champion, plan.customers.limits) == (("owner",), ("full",))
