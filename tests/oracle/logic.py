"""TipLogic/1 read off section 1.2: JsonLogic by plain recursion. Slow, short, and without a library.

`behaviour(name, args)` answers a behavioural operator; without it there are none.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import pairwise
from math import fmod, isfinite
from typing import Any

__all__ = ["BEHAVIOURAL", "Behaviour", "truth", "truthy", "value"]

Behaviour = Callable[[str, Any], Any]
ABSENT = object()
BEHAVIOURAL = frozenset(
    {"did", "count", "days", "weeks", "never", "inactive", "returned", "chain", "progress", "abandoned", "tip", "seg"}
)


def truth(expr: Any, data: Any, behaviour: Behaviour | None = None) -> bool:
    return truthy(value(expr, data, behaviour))


def truthy(found: Any) -> bool:
    """[], "", 0, null and false are false; "0" is true."""
    return bool(found)


def value(expr: Any, data: Any, behaviour: Behaviour | None = None, outer: Any = ABSENT) -> Any:
    """The value of an expression over `data`; `outer` is the whole document inside map, filter and the like."""
    outer = data if outer is ABSENT else outer
    if isinstance(expr, list):
        return [value(item, data, behaviour, outer) for item in expr]
    if not isinstance(expr, dict):
        return expr
    ((name, args),) = expr.items()
    if name in BEHAVIOURAL:
        assert behaviour is not None
        return behaviour(name, args)
    args = args if isinstance(args, list) else [args]

    def at(i: int, here: Any = data) -> Any:
        return value(args[i], here, behaviour, outer)

    if name == "var":
        return _variable(args, data, outer, behaviour)
    if name in ("if", "?:"):
        for i in range(0, len(args) - 1, 2):
            if truthy(at(i)):
                return at(i + 1)
        return at(-1) if len(args) % 2 else None
    if name in ("and", "or"):
        for i in range(len(args)):
            if truthy(at(i)) == (name == "or"):
                return at(i)
        return at(-1)
    if name in ("map", "filter", "all", "some", "none", "reduce"):
        return _iterate(name, at(0), args, at, behaviour, outer)
    return _plain(name, [at(i) for i in range(len(args))], data)


def _variable(args: list[Any], data: Any, outer: Any, behaviour: Behaviour | None) -> Any:
    path = args[0] if args else ""
    if isinstance(path, str) and path.startswith("$root."):
        path, data = path.removeprefix("$root."), outer
    parts = path if isinstance(path, list) else str(path).split(".") if path != "" else []
    found = _reach(data, parts)
    if found is ABSENT or found is None:
        return value(args[1], data, behaviour, outer) if len(args) > 1 else None
    return found


def _reach(data: Any, parts: list[Any]) -> Any:
    for part in parts:
        if isinstance(data, Mapping) and part in data:
            data = data[part]
        elif isinstance(data, list) and str(part).isdigit() and int(part) < len(data):
            data = data[int(part)]
        else:
            return ABSENT
    return data


def _iterate(
    name: str, items: Any, args: list[Any], at: Callable[..., Any], behaviour: Behaviour | None, outer: Any
) -> Any:
    items = items if isinstance(items, list) else []
    if name == "reduce":
        sofar = at(2)
        for item in items:
            sofar = value(args[1], {"current": item, "accumulator": sofar}, behaviour, outer)
        return sofar
    answers = [at(1, item) for item in items]
    if name == "map":
        return answers
    if name == "filter":
        return [item for item, answer in zip(items, answers, strict=True) if truthy(answer)]
    if name == "all":
        return bool(items) and all(map(truthy, answers))
    return any(map(truthy, answers)) == (name == "some")


def _plain(name: str, v: list[Any], data: Any) -> Any:
    if name in ("==", "===", "!=", "!=="):
        return _same(v[0], v[1]) == (name in ("==", "==="))
    if name in ("<", "<=", ">", ">="):
        return _ordered(name, v)
    if name in ("!", "!!"):
        return truthy(v[0]) == (name == "!!")
    if name in ("+", "-", "*", "/", "%", "max", "min"):
        return _number(name, v)
    if name == "in":
        return _held(v[0], v[1])
    if name == "cat":
        return "".join("" if x is None else str(x).lower() if isinstance(x, bool) else str(x) for x in v)
    if name == "substr":
        return _part(*v)
    if name == "merge":
        return [x for item in v for x in (item if isinstance(item, list) else [] if item is None else [item])]
    if name == "missing":
        names = v[0] if v and isinstance(v[0], list) else v
        return [x for x in names if _reach(data, str(x).split(".")) is ABSENT]
    assert name == "missing_some"
    absent = [x for x in v[1] if _reach(data, str(x).split(".")) is ABSENT]
    return [] if len(v[1]) - len(absent) >= v[0] else absent


def _is_number(x: Any) -> bool:
    return isinstance(x, int | float) and not isinstance(x, bool)


def _same(a: Any, b: Any) -> bool:
    """Strict, but 1 is 1.0."""
    if _is_number(a) and _is_number(b):
        return bool(a == b)
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(_same(x, y) for x, y in zip(a, b, strict=True))
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(_same(a[k], b[k]) for k in a)
    return type(a) is type(b) and bool(a == b)


def _ordered(name: str, v: list[Any]) -> bool:
    """All numbers or all texts, else false."""
    if not (all(map(_is_number, v)) or all(isinstance(x, str) for x in v)):
        return False
    holds = {"<": lambda a, b: a < b, "<=": lambda a, b: a <= b, ">": lambda a, b: a > b, ">=": lambda a, b: a >= b}
    return all(holds[name](a, b) for a, b in pairwise(v))


def _number(name: str, v: list[Any]) -> Any:
    """What is not a number makes null, and so does a division by zero."""
    if not all(map(_is_number, v)):
        return None
    if name == "+":
        return sum(v)
    if name == "*":
        product: Any = 1
        for x in v:
            product *= x
        return product
    if name == "-":
        return v[0] - v[1] if len(v) > 1 else -v[0]
    if name in ("max", "min"):
        return max(v) if name == "max" else min(v)
    if v[1] == 0:
        return None
    found = v[0] / v[1] if name == "/" else fmod(v[0], v[1])
    return found if isfinite(found) else None


def _held(needle: Any, haystack: Any) -> bool:
    """An element of a list, or a part of a text; anything else is false."""
    if isinstance(haystack, str):
        return isinstance(needle, str) and needle in haystack
    return isinstance(haystack, list) and any(_same(needle, x) for x in haystack)


def _part(given: Any, start: int, size: int | None = None) -> str:
    """From `start` (from the end when negative), `size` characters (all but the last −size when negative)."""
    text = str(given)
    text = text[start:] if start > -len(text) else text
    return text if size is None else text[:size]
