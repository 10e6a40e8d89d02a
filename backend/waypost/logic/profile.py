"""TipLogic/1: our reading of JsonLogic, rewritten on compile for datalogic-py (semantics, section 1.2).

Where the stock evaluators disagree, an expression here is false rather than surprising: ordering values of
different kinds is false, arithmetic on what is not a number is null, `==` never coerces, and any error
left over makes the comparison false. A program never raises.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise
from typing import Any

from datalogic_py import DataLogicError, Engine, Rule

from waypost.logic.guard import ITERATORS
from waypost.logic.native import native
from waypost.model import Json

__all__ = ["Program", "compile_program"]

Data = Mapping[str, Any]
STEPS = 10_000  # operations one evaluation may charge
_engine = Engine(
    config={
        "preset": "strict",
        "loose_equality_errors": False,
        "arithmetic_nan_handling": "return_null",
        "division_by_zero": "return_null",
        "max_recursion_depth": 512,
        "ops_budget": STEPS,
    },
    families=["Core", "ExtControl", "ErrorHandling"],
)
ORDERING = frozenset({"<", "<=", ">", ">="})
ARITHMETIC = frozenset({"+", "-", "*", "/", "%", "max", "min"})
TEXTS = ["string", "datetime", "duration"]
KINDS: dict[str, str] = {
    **dict.fromkeys(ARITHMETIC, "number"),
    **dict.fromkeys(["cat", "substr"], "string"),
    **dict.fromkeys(["==", "!=", "===", "!==", "!", "!!", "in", "all", "some", "none", *ORDERING], "boolean"),
    **dict.fromkeys(["map", "filter", "merge", "missing", "missing_some"], "array"),
}


@dataclass
class Program:
    """A compiled expression: a Python function when it is everyday (logic/native.py), else a rule of datalogic-py.

    `readings`: the $a.<id> that it names. `errors` counts evaluations that failed and therefore were false.
    """

    source: Json
    readings: tuple[str, ...]
    function: Callable[[Data], Json]
    errors: int = field(default=0)

    def value(self, data: Data) -> Json:
        """The value, or None when the evaluation failed. Never raises."""
        return self.function(data)

    def truth(self, data: Data) -> bool:
        """JsonLogic truthiness of the value: [], {}, "", 0, null are false. Never raises."""
        return bool(self.function(data))

    def by_library(self, rule: Rule, data: Data) -> Json:
        """Evaluated by datalogic-py. An error left over makes it null, and is counted."""
        try:
            return rule.evaluate(self._whole(data))
        except (DataLogicError, ValueError, TypeError, OverflowError, RecursionError):
            self.errors += 1
            return None

    def _whole(self, data: Data) -> Data:
        """The library reads all data before it begins: readings that are found when asked for are asked for here."""
        return {**data, "$a": {name: data["$a"][name] for name in self.readings}} if self.readings else data


def compile_program(expr: Json, *, everyday: bool = True) -> Program:
    """Compile an expression that passed the guard. Behavioural operators must have been replaced before.

    `everyday` False: leave even the everyday to the library.
    """
    function = native(expr) if everyday else None
    program = Program(expr, tuple(dict.fromkeys(_readings(expr))), function or (lambda data: None))
    if function is None:
        program.function = partial(program.by_library, _engine.compile(_rewrite(expr, 0)))
    return program


def _readings(expr: Json) -> Iterator[str]:
    if isinstance(expr, list):
        for item in expr:
            yield from _readings(item)
    elif isinstance(expr, dict):
        for name, args in expr.items():
            path = args[0] if isinstance(args, list) and args else args
            if name == "var" and isinstance(path, str) and path.startswith("$a."):
                yield path[3:]
            else:
                yield from _readings(args)


def _rewrite(node: Json, depth: int) -> Json:
    """`depth`: how many iterator bodies surround the node."""
    if isinstance(node, list):
        return [_rewrite(item, depth) for item in node]
    if not isinstance(node, dict):
        return node
    ((name, args),) = node.items()
    if name == "var":
        return _variable(args, depth)
    values = args if isinstance(args, list) else [args]
    if name in ITERATORS:
        return {name: [_rewrite(values[0], depth), _rewrite(values[1], depth + 1), *_rewrite(values[2:], depth)]}
    operands = [_rewrite(value, depth) for value in values]
    if name in ORDERING:
        return _ordering(name, operands, [_kind(value) for value in values])
    if name in ARITHMETIC and not (name in ("max", "min") and len(values) == 1):
        numbers = [_number(v, _kind(raw)) for v, raw in zip(operands, values, strict=True)]
        return {"try": [{name: numbers}, None]}
    renamed = {"==": "===", "!=": "!==", "?:": "if"}.get(name, name)
    rewritten = {renamed: operands if isinstance(args, list) else operands[0]}
    return {"try": [rewritten, False]} if renamed in ("===", "!==", "in") else rewritten


def _variable(args: Json, depth: int) -> Json:
    """`$root.` reaches the outer data from an iterator's body; an array path reaches keys with dots."""
    path, *default = args if isinstance(args, list) and args else [args if args != [] else ""]
    default = [_rewrite(value, depth) for value in default]
    if isinstance(path, list):
        found: Json = {"val": path}
    elif isinstance(path, str) and path.startswith("$root."):
        parts: list[Json] = list(path[6:].split("."))
        found = {"val": [[2 * depth], *parts] if depth else parts}
    else:
        return {"var": [path, *default] if default else path}
    return {"??": [found, *default]} if default else found


def _kind(node: Json) -> str | None:
    """The kind of a value that is known before evaluation, else None. Numbers may still be null."""
    if isinstance(node, bool):
        return "boolean"
    if isinstance(node, int | float):
        return "number"
    if isinstance(node, str):
        return "string"
    if isinstance(node, list):
        return "array"
    if node is None:
        return "null"
    return KINDS.get(next(iter(node)))


def _number(value: Json, kind: str | None) -> Json:
    """The value when it is a number, else null. Evaluates it once."""
    if kind == "number":
        return value
    if kind is not None:
        return None
    current = {"var": "current"}
    return {"reduce": [[value], {"if": [{"===": [{"type": current}, "number"]}, current, None]}, None]}


def _ordering(name: str, values: list[Json], kinds: list[str | None]) -> Json:
    """Compare when all are numbers or all are texts, else false. Operands are evaluated once, as one list."""
    known = {kind for kind in kinds if kind is not None}
    if len(known) > 1 or not known <= {"number", "string"}:
        return False
    places = [{"var": str(i)} for i in range(len(values))]
    compare = {"and": [{name: [a, b]} for a, b in pairwise(places)]}
    numbers = [{"===": [{"type": place}, "number"]} for place in places]
    texts = [{"in": [{"type": place}, TEXTS]} for place in places]
    tests: list[Json] = [
        {"and": [*guards, compare]}
        for kind, guards in (("number", numbers), ("string", texts))
        if not known or kind in known
    ]
    return {"try": [{"some": [[values], {"or": tests}]}, False]}
