"""JsonLogic: what the profile TipLogic/1 keeps, and each deviation with what json-logic-js gives."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.oracle import logic
from waypost.logic.guard import ARITY, check_expression
from waypost.logic.profile import compile_program

CASES: list[dict[str, Any]] = [
    case for case in json.loads((Path(__file__).parent / "logic.json").read_text("utf-8")) if isinstance(case, dict)
]
VALUES = [case for case in CASES if "expect" in case]
REFUSED = [case for case in CASES if "refused" in case]


def name(case: dict[str, Any]) -> str:
    return json.dumps([case["rule"], case["data"]], ensure_ascii=False)


def equal(a: Any, b: Any) -> bool:
    """The same JSON: 3 is 3.0, true is not 1."""
    return logic.value({"===": [{"var": "a"}, {"var": "b"}]}, {"a": a, "b": b}) is True


@pytest.mark.parametrize("case", VALUES, ids=name)
def test_an_expression_has_its_value(case: dict[str, Any]) -> None:
    assert check_expression(case["rule"]) == []
    program = compile_program(case["rule"])
    found = program.value({} if case["data"] is None else case["data"])
    assert equal(found, case["expect"]), (found, case.get("why"))
    assert program.truth(case["data"] or {}) is logic.truthy(case["expect"])


@pytest.mark.parametrize("case", VALUES, ids=name)
def test_the_naive_reading_gives_the_same_value(case: dict[str, Any]) -> None:
    if "times or durations" not in case.get("why", ""):  # the one deviation that the library makes and we only list
        assert equal(logic.value(case["rule"], case["data"] or {}), case["expect"]), case.get("why")


@pytest.mark.parametrize("case", REFUSED, ids=name)
def test_what_cannot_be_written_is_refused_when_it_is_saved(case: dict[str, Any]) -> None:
    assert [fault.code for fault in check_expression(case["rule"])] == [case["refused"]], case["why"]


def test_every_deviation_names_both_values_and_the_reason() -> None:
    assert all(("official" in case) == ("why" in case) for case in CASES)
    differ = [case for case in CASES if "official" in case and "expect" in case]
    assert [case["rule"] for case in differ if equal(case["official"], case["expect"])] == []


def test_every_operator_of_the_profile_has_a_case() -> None:
    written = json.dumps([case["rule"] for case in VALUES])
    assert [operator for operator in ARITY if f'"{operator}": ' not in written] == []
    assert len(CASES) >= 100
