"""Everyday conditions as Python functions give what datalogic-py gives, over random trees and random data."""

from __future__ import annotations

from random import Random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from waypost.logic.guard import check_expression
from waypost.logic.native import native
from waypost.logic.profile import compile_program

PATHS = ("user.a", "user.b.c", "account.plan", "session.n", "$a.r1", "$a.r2", "user.deep.deeper.deepest")
SCALARS: tuple[Any, ...] = (
    None, True, False, 0, 1, -1, 2, 2.0, 1.5, "", "a", "0", "1", "abc", "2026-01-01", "7d", 10**12, [], ["a", "b"], {},
)  # fmt: skip


def scalar(draw: Random) -> Any:
    return draw.choice(SCALARS[:-3])


def tree(draw: Random, depth: int = 0) -> Any:
    """Expressions of every kind; most are everyday, some are not."""
    if depth > 3 or draw.random() < 0.15:
        return scalar(draw)
    kind = draw.choice(
        ["var", "var", "and", "or", "!", "!!", "<", "<=", ">", ">=", "==", "!=", "===", "!==", "in", "+", "if"]
    )
    if kind == "var":
        return {"var": draw.choice([*PATHS, [draw.choice(PATHS)]])}
    if kind in ("and", "or"):
        return {kind: [tree(draw, depth + 1) for _ in range(draw.randint(1, 4))]}
    if kind in ("!", "!!"):
        inner = tree(draw, depth + 1)
        return {kind: [inner] if isinstance(inner, list) or draw.random() < 0.5 else inner}
    if kind == "in":
        listed = draw.choice([["a", "b", ""], ["a"], [1, "a"]])
        return {"in": draw.choice([[tree(draw, depth + 1), listed], ["a", {"var": draw.choice(PATHS)}]])}
    if kind in ("+", "if"):
        return {kind: [tree(draw, depth + 1) for _ in range(3)]}
    sides = [{"var": draw.choice(PATHS)} if draw.random() < 0.8 else tree(draw, depth + 1), scalar(draw)]
    if kind in ("<", "<=") and draw.random() < 0.2:
        return {kind: [draw.choice([0, 1, 2.5]), sides[0], draw.choice([1, 5])]}
    return {kind: draw.sample(sides, 2)}


def data(draw: Random) -> dict[str, Any]:
    def value() -> Any:
        return draw.choice(SCALARS)

    return {
        "user": {name: value() for name in ("a", "b") if draw.random() < 0.8}
        | ({"b": {"c": value()}} if draw.random() < 0.6 else {})
        | ({"deep": draw.choice([{"deeper": {"deepest": value()}}, {"deeper": value()}, value()])}),
        "account": {"plan": value()} if draw.random() < 0.8 else {},
        "session": {"n": value()} if draw.random() < 0.8 else {},
        "$a": {"r1": value(), "r2": value()},
    }


def same(one: Any, other: Any) -> bool:
    """Equal, and of one kind: true is not 1."""
    return bool(one == other) and isinstance(one, bool) == isinstance(other, bool)


@given(st.integers(0, 2**48))
def test_both_evaluators_agree(seed: int) -> None:
    draw = Random(seed)
    for _ in range(5):
        expr = tree(draw)
        if check_expression(expr) or not isinstance(expr, dict):
            continue
        quick, slow = compile_program(expr), compile_program(expr, everyday=False)
        for _ in range(4):
            world = data(draw)
            assert same(quick.value(world), slow.value(world)), (expr, world)
            assert quick.truth(world) is slow.truth(world)
        assert slow.errors == 0


def test_most_of_the_trees_are_everyday() -> None:
    draw = Random(1)
    trees = [found for found in (tree(draw) for _ in range(3_000)) if isinstance(found, dict)]
    assert sum(native(expr) is not None for expr in trees) > len(trees) / 3


def test_names_and_texts_never_become_code() -> None:
    nasty = "']; import os; os._exit(1) #"
    found = compile_program({"==": [{"var": f"user.{nasty}"}, nasty]})
    assert found.truth({"user": {nasty: nasty}, "$a": {}}) is False, "a dot in a name is a path"
    plain = nasty.replace(".", "")
    assert (
        compile_program({"==": [{"var": f"user.{plain}"}, plain]}).truth({"user": {plain: plain}, "$a": {}}) is True
    )
