"""The everyday part of TipLogic as Python functions: and, or, not, comparisons with a literal, membership, variables.

Most conditions of most rules are nothing else, and a call into the library costs more than all of them. What is not
everyday (arithmetic, iterators, texts compared with texts, …) is left to datalogic-py; both give the same answers
(tests/property/test_logic_native.py), and this one is there because it is several times faster end to end
(tests/benchmarks/README.md).
"""

from __future__ import annotations

import builtins
from collections.abc import Callable, Mapping
from functools import lru_cache
from sys import intern
from types import CodeType, FunctionType
from typing import Any

from waypost.model import Json

__all__ = ["native"]

Data = Mapping[str, Any]
Function = Callable[[Data], Json]
SIGNS = {"<": "<", "<=": "<=", ">": ">", ">=": ">="}
EQUALS = ("==", "===", "!=", "!==")


class _NotEveryday(Exception):
    """Leave this expression to the library."""


def native(expr: Json) -> Function | None:
    """A function of the data, or None when the expression is not everyday. The function never raises."""
    writer = _Writer()
    try:
        body = writer.write(expr)
    except _NotEveryday:
        return None
    names = ", ".join([*BOUND, *writer.constants])
    first = "a = data['$a']; " if "a[" in body else ""
    code = _code(f"def function(data, {names}):\n try: {first}return {body}\n except strange: return None")
    known = (*BOUND.values(), *writer.constants.values())  # as arguments they are found fastest
    return FunctionType(code, GLOBALS, "function", known)


@lru_cache(maxsize=4_096)
def _one(kind: type, value: Json) -> Json:
    """Equal constants are one object, for the same reason; texts are those that dictionaries of the data have."""
    return intern(value) if kind is str else value


@lru_cache(maxsize=1_024)
def _code(source: str) -> CodeType:
    """Expressions of one form differ in their constants alone, and share their code: a processor's caches are small."""
    made: dict[str, Any] = {}
    exec(source, made)  # noqa: S102 - our own words and names of constants
    function: FunctionType = made["function"]
    return function.__code__


class _Writer:
    """Writes Python source. Every literal and every name of a variable is a constant, never text in the source.

    JsonLogic's truth is Python's ([], {}, "", 0 and null are false, "0" is true), and so are `and` and `or`.
    """

    def __init__(self) -> None:
        self.constants: dict[str, Json] = {}
        self.temporaries = 0

    def constant(self, value: Json) -> str:
        name = f"k{len(self.constants)}"
        self.constants[name] = _one(value.__class__, value)
        return name

    def temporary(self) -> str:
        self.temporaries += 1
        return f"v{self.temporaries}"

    def write(self, node: Json) -> str:
        """Source of the value of a node."""
        if node is None or isinstance(node, bool):
            return repr(node)
        if isinstance(node, int | float | str):
            return self.constant(node)
        if not isinstance(node, dict) or len(node) != 1:
            raise _NotEveryday
        ((name, args),) = node.items()
        values = args if isinstance(args, list) else [args]
        if name == "var":
            return self.variable(args)
        if name in ("and", "or") and values:
            return f"({f' {name} '.join(self.write(value) for value in values)})"
        if name in ("!", "!!") and len(values) == 1:
            return f"({'not' if name == '!' else 'not not'} {self.write(values[0])})"
        if name in SIGNS:
            return self.ordering(name, values)
        if name in EQUALS and len(values) == 2:
            return self.equality(values, negated=name[0] == "!")
        if name == "in" and len(values) == 2:
            return self.membership(*values)
        raise _NotEveryday

    def variable(self, path: Json) -> str:
        if isinstance(path, list) and len(path) == 1:
            path = path[0]
        if not isinstance(path, str) or not path or path.startswith("$root"):
            raise _NotEveryday
        first, *rest = path.split(".")
        if any(not part or part.isdigit() for part in rest):
            raise _NotEveryday
        if first == "$a" and len(rest) == 1:
            return f"a[{self.constant(rest[0])}]"
        source = f"data.get({self.constant(first)})"
        for i, part in enumerate(rest):
            if i == 0 and first in ("user", "account", "session", "event"):
                source = f"data.get({self.constant(first)}, empty).get({self.constant(part)})"
                continue
            value = self.temporary()
            source = f"({value}.get({self.constant(part)}) if isinstance({value} := {source}, dict) else None)"
        return source

    def ordering(self, name: str, values: list[Json]) -> str:
        """Between numbers, where at least one side is a literal one: what is no number makes it false."""
        numbers = [value for value in values if _number(value)]
        others = [value for value in values if isinstance(value, dict)]
        if len(others) != 1 or len(numbers) != len(values) - 1 or not 2 <= len(values) <= 3:
            raise _NotEveryday
        value = self.temporary()
        sides = [self.constant(side) if _number(side) else value for side in values]
        compared = f" {SIGNS[name]} ".join(sides)
        return f"(({value} := {self.write(others[0])}).__class__ in numbers and {compared})"

    def equality(self, values: list[Json], *, negated: bool) -> str:
        """With a literal text, number, truth or null."""
        literals = [value for value in values if value is None or isinstance(value, bool | int | float | str)]
        others = [value for value in values if isinstance(value, dict)]
        if len(literals) != 1 or len(others) != 1:
            raise _NotEveryday
        literal, written = literals[0], self.write(others[0])
        if literal is None or isinstance(literal, bool):
            source = f"{written} is {literal!r}"
        elif isinstance(literal, str):
            source = f"{written} == {self.constant(literal)}"
        else:
            value = self.temporary()
            source = f"({value} := {written}).__class__ in numbers and {value} == {self.constant(literal)}"
        return f"(not ({source}))" if negated else f"({source})"

    def membership(self, needle: Json, haystack: Json) -> str:
        if isinstance(haystack, list) and haystack and all(isinstance(item, str) for item in haystack):
            value = self.temporary()
            inside = f"{value} in {self.constant(frozenset(haystack))}"
            return f"(({value} := {self.write(needle)}).__class__ is str and {inside})"
        if isinstance(needle, str) and isinstance(haystack, dict) and next(iter(haystack), "") == "var":
            return f"same({self.constant(needle)}, {self.write(haystack)})"
        raise _NotEveryday


def _number(value: Json) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _same(needle: str, haystack: Json) -> bool:
    """A text in a list, or in a longer text."""
    if isinstance(haystack, str):
        return needle in haystack
    return isinstance(haystack, list) and any(isinstance(item, str) and item == needle for item in haystack)


GLOBALS = {"__builtins__": builtins}
BOUND: dict[str, Any] = {
    "numbers": frozenset({int, float}), "same": _same, "empty": {},
    "strange": (KeyError, AttributeError, TypeError),  # data that no look gives
}  # fmt: skip
