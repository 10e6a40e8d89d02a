"""Every limit on rules: what is at the limit passes and means what it says, one more is a clear refusal in its place."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.oracle.history import DAY, SECOND
from tests.property.histories import Shapes, Subject
from tests.unit.decide_world import START, tip
from waypost.rules.check import check_folder
from waypost.rules.compile import compile_rules
from waypost.settings import LIMITS

Mistakes = list[tuple[str, str]]


def mistakes(document: Any, chains: Any = None, segments: Any = None) -> Mistakes:
    """(path, code) of every error."""
    plan, problems = compile_rules({"a": document}, chains or {}, segments or {}, {}, {})
    found = [(p.path, p.code) for p in problems if p.severity == "error"]
    assert ("a" in plan.rules) == (not found)
    return found


def of(expr: Any, **shared: Any) -> Mistakes:
    return mistakes(tip("a", when=expr), **shared)


def codes(found: Mistakes) -> list[str]:
    return [code for _, code in found]


def negated(times: int) -> Any:
    expr: Any = {"var": "user.x"}
    for _ in range(times):
        expr = {"!": [expr]}
    return expr


def test_an_expression_is_so_deep_and_not_deeper() -> None:
    assert of(negated(LIMITS.rule_depth - 1)) == []
    assert codes(of(negated(LIMITS.rule_depth))) == ["too_deep"]
    where = {"did": {"event": "x", "where": {"==": [{"var": "event.a"}, 1]}}}
    assert of(where) == []
    deep: Any = {"var": "event.a"}
    for _ in range(LIMITS.rule_depth):
        deep = {"!": [deep]}
    assert codes(of({"did": {"event": "x", "where": deep}})) == ["too_deep"]


def test_an_expression_has_so_many_values_and_not_one_more() -> None:
    assert of({"and": [True] * (LIMITS.rule_nodes - 1)}) == []
    assert of({"and": [True] * LIMITS.rule_nodes}) == [("trigger.when", "too_large")]


def test_segments_count_as_part_of_the_expression() -> None:
    segments = {"s": {"and": [True] * 200}}
    assert of({"and": [{"seg": "s"}, {"seg": "s"}]}, segments=segments) == []
    assert set(codes(of({"and": [{"seg": "s"}] * 3}, segments=segments))) == {"too_large"}


def test_a_list_of_literals_is_so_long_and_not_longer() -> None:
    def one_of(number: int) -> Any:
        return {"in": [{"var": "user.x"}, list(range(number))]}

    assert of(one_of(LIMITS.rule_list)) == []
    assert of(one_of(LIMITS.rule_list + 1)) == [("trigger.when.in[1]", "too_large")]


@pytest.mark.parametrize("character", ["a", "я"])
def test_a_text_has_so_many_bytes_and_not_one_more(character: str) -> None:
    size = len(character.encode())
    fits = {"en": {"title": "A", "body": character * (LIMITS.rule_text_bytes // size)}}
    assert mistakes(tip("a") | {"text": fits}) == []
    long = {"en": {"title": "A", "body": character * (LIMITS.rule_text_bytes // size) + "a"}}
    assert mistakes(tip("a") | {"text": long}) == [("text.en.body", "too_long")]


@pytest.mark.parametrize(("times", "expected"), [(1, []), (2, ["too_long"])])
def test_a_chain_has_so_many_steps_with_repetitions(times: int, expected: list[str]) -> None:
    steps = [{"event": f"e{i}"} for i in range(LIMITS.chain_steps - 1)] + [{"event": "last", "times": times}]
    assert codes(of({"chain": {"steps": steps, "within": "1h"}})) == expected
    assert codes(mistakes(tip("a", on={"chain": {"steps": steps, "within": "1h"}}))) == expected


def test_a_chain_is_written_in_so_many_steps() -> None:
    steps = [{"event": f"e{i}"} for i in range(LIMITS.chain_steps + 1)]
    assert codes(of({"chain": {"steps": steps, "within": "1h"}})) == ["length"]


ENDS: dict[str, Any] = {
    "within": {"chain": {"steps": [{"event": "a"}], "within": "90d"}},
    "gap": {"chain": {"steps": [{"event": "a"}], "within": "1d", "gap": "90d"}},
    "last": {"did": {"event": "a", "last": "400d"}},
    "tenure": {"never": {"event": "a", "tenure": "400d"}},
    "for": {"inactive": {"for": "400d"}},
    "after": {"returned": {"after": "400d"}},
}


@pytest.mark.parametrize("name", ENDS)
def test_a_duration_is_so_long_and_not_longer(name: str) -> None:
    ((operator, args),) = ENDS[name].items()
    assert of({operator: args}) == []
    days = int(args[name][:-1])
    for longer in (f"{days * 86_400 + 1}s", f"{days + 1}d"):
        assert of({operator: {**args, name: longer}}) == [(f"trigger.when.{operator}.{name}", "too_long")]


@pytest.mark.parametrize("operator", ["did", "count", "days", "weeks"])
def test_calendar_days_reach_back_so_far_and_not_further(operator: str) -> None:
    assert of({operator: {"event": "a", "last": "400cd"}}) == []
    assert codes(of({operator: {"event": "a", "last": "401cd"}})) == ["too_long"]


def test_grace_ends_after_a_quarter_of_an_hour() -> None:
    chains = {"c": {"steps": [{"event": "a"}, {"event": "b"}], "within": "1h"}}
    assert of({"abandoned": {"ref": "c", "grace": "15m"}}, chains=chains) == []
    assert codes(of({"abandoned": {"ref": "c", "grace": "901s"}}, chains=chains)) == ["too_long"]


@pytest.mark.parametrize(
    ("args", "expected"),
    [
        ({"min": LIMITS.count_max}, []),
        ({"min": LIMITS.count_max + 1}, ["out_of_range"]),
        ({"min": 0, "max": LIMITS.count_max - 1}, []),
        ({"min": 0, "max": LIMITS.count_max}, ["out_of_range"]),
        ({"min": -1}, ["out_of_range"]),
        ({"min": 1.0}, ["wrong_type"]),
        ({"min": True}, ["wrong_type"]),
    ],
)
def test_did_counts_so_far_and_not_further(args: dict[str, Any], expected: list[str]) -> None:
    assert codes(of({"did": {"event": "a", **args}})) == expected


@pytest.mark.parametrize("sign", ["<", "<=", ">", ">=", "==", "!="])
def test_a_count_is_compared_with_so_much_and_not_more(sign: str) -> None:
    """Compare with literals ≤ 1000 only (section 1.4)."""
    count = {"count": {"event": "a"}}
    assert of({sign: [count, LIMITS.count_max]}) == []
    assert codes(of({sign: [count, LIMITS.count_max + 1]})) == ["out_of_range"]


def test_the_thousandth_event_counts_and_no_more_are_told_apart() -> None:
    exprs: list[Any] = [
        {"count": {"event": "a"}},
        {"count": {"event": "a", "last": "1cd"}},
        {"did": {"event": "a", "min": LIMITS.count_max}},
        {"did": {"event": "a", "min": 0, "max": LIMITS.count_max - 1}},
    ]
    subject, seen = Subject(Shapes(exprs).plan), []
    for number in range(LIMITS.count_max + 2):
        subject.feed([{"id": f"m{number}", "t": START + number, "name": "a"}])
        if number >= LIMITS.count_max - 2:
            look = subject.look(START + number)
            seen.append([subject.value(look, i) for i in range(len(exprs))])
    assert seen == [[999, 999, False, True], *[[1000, 1000, True, False]] * 3]


def test_a_rule_looks_at_so_many_different_conditions() -> None:
    def conditions(number: int) -> Any:
        return {"and": [{"did": {"event": f"e{i}"}} for i in range(number)]}

    assert of(conditions(LIMITS.atoms_per_rule)) == []
    assert of(conditions(LIMITS.atoms_per_rule + 1)) == [("trigger", "too_large")]
    same = {"and": [{"did": {"event": "a", "min": i}} for i in range(LIMITS.atoms_per_rule + 1)]}
    assert of(same) == []


def test_all_parts_of_a_rule_share_the_number_of_conditions() -> None:
    half = {"and": [{"did": {"event": f"e{i}"}} for i in range(LIMITS.atoms_per_rule)]}
    assert codes(mistakes(tip("a", when=half, goal={"did": {"event": "other"}}))) == ["too_large"]


def rule_file(size: int) -> bytes:
    body = json.dumps(tip("a")).encode()
    return body + b" " * (size - len(body))


@pytest.mark.parametrize(("size", "expected"), [(LIMITS.rule_bytes, []), (LIMITS.rule_bytes + 1, ["too_large"])])
@pytest.mark.parametrize("name", ["tips/a.json", "chains.json"])
def test_a_file_has_so_many_bytes_and_not_one_more(tmp_path: Path, name: str, size: int, expected: list[str]) -> None:
    (tmp_path / "tips").mkdir()
    body = rule_file(size) if name == "tips/a.json" else b"{" + b" " * (size - 2) + b"}"
    (tmp_path / name).write_bytes(body)
    assert [(p.file, p.code) for p in check_folder(tmp_path)[1]] == [(name, code) for code in expected]


def test_a_file_of_brackets_is_no_json(tmp_path: Path) -> None:
    (tmp_path / "tips").mkdir()
    (tmp_path / "tips" / "a.json").write_bytes(b"[" * LIMITS.rule_bytes)
    (tmp_path / "tips" / "b.json").write_bytes(b'{"a":' * 10_000)
    assert [p.code for p in check_folder(tmp_path)[1]] == ["not_json", "not_json"]


KEYED: dict[str, Any] = {"c": {"steps": [{"event": "a"}, {"event": "b"}], "within": "1h", "same": ["doc"]}}


def begun_and_ended(begun: list[int]) -> tuple[int, list[int]]:
    """Begin these keys one after another, then end each of them: (evicted, keys that could not be completed)."""
    subject = Subject(Shapes([{"chain": {"ref": "c"}}], chains=KEYED).plan)
    events = [("a", key) for key in begun] + [("b", key) for key in sorted(set(begun))]
    completed, lost = 0, []
    for i, (name, key) in enumerate(events):
        subject.feed([{"id": f"m{i:02}", "t": START + i * SECOND, "name": name, "props": {"doc": key}}])
        (state,) = subject.user.now.chains.values()
        if name == "b" and state.completed == completed:
            lost.append(key)
        completed = state.completed
    return state.evicted, lost


def test_case_12_of_seventeen_open_keys_the_least_recent_leaves() -> None:
    keys = list(range(LIMITS.chain_keys))
    assert begun_and_ended(keys) == (0, [])
    assert begun_and_ended([*keys, 16]) == (1, [0])
    assert begun_and_ended([*keys, 0, 16]) == (1, [1])


def test_an_attempt_that_time_ended_holds_no_place() -> None:
    chains = {"c": {"steps": [{"event": "a"}, {"event": "b"}], "within": "10s", "same": ["doc"]}}
    shapes = Shapes([{"chain": {"ref": "c"}}], chains=chains)
    subject = Subject(shapes.plan)
    subject.feed({"id": f"m{i:02}", "t": START + i * SECOND, "name": "a", "props": {"doc": i}} for i in range(40))
    (state,) = subject.user.now.chains.values()
    assert (state.evicted, state.abandoned, len(state.lanes)) == (0, 29, 11)


def test_views_beyond_the_number_kept_are_forgotten_oldest_first() -> None:
    shapes = Shapes([{"tip": {"id": "seen", "min": 100, "last": "400d"}}])
    subject = Subject(shapes.plan)
    told = {"tip": "seen", "what": "viewed", "category": "general"}
    subject.feed(
        {"id": f"m{i:03}", "t": START + i, "name": "$tip", "props": told} for i in range(LIMITS.views_kept + 5)
    )
    assert [v.t for v in subject.user.tips.views] == [START + i for i in range(5, LIMITS.views_kept + 5)]
    assert subject.value(subject.look(START + DAY), 0) is True
