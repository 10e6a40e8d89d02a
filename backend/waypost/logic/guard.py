"""What an expression may look like, checked before anything is compiled: depth, size, one key, known operators.

The operators are the official JsonLogic ones of our profile, without `log` and `method`. Behavioural
operators (did, chain, …) are named by the caller; their arguments are not JsonLogic and not looked at here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from math import isfinite

from waypost.model import Json
from waypost.settings import LIMITS

__all__ = ["ARITY", "ITERATORS", "Fault", "check_expression", "check_values", "count_values", "meant"]

MANY = 1_000
ARITY: dict[str, tuple[int, int]] = {
    "var": (0, 2), "missing": (0, MANY), "missing_some": (2, 2), "if": (1, MANY), "?:": (3, 3),
    "==": (2, 2), "===": (2, 2), "!=": (2, 2), "!==": (2, 2), "!": (1, 1), "!!": (1, 1),
    "or": (1, MANY), "and": (1, MANY), ">": (2, 2), ">=": (2, 2), "<": (2, 3), "<=": (2, 3),
    "max": (1, MANY), "min": (1, MANY), "+": (1, MANY), "-": (1, 2), "*": (1, MANY), "/": (2, 2), "%": (2, 2),
    "map": (2, 2), "filter": (2, 2), "reduce": (3, 3), "all": (2, 2), "none": (2, 2), "some": (2, 2),
    "merge": (0, MANY), "in": (2, 2), "cat": (0, MANY), "substr": (2, 3),
}  # fmt: skip
ITERATORS = frozenset({"map", "filter", "reduce", "all", "none", "some"})
REMOVED = {
    "log": "it writes to the server's log",
    "method": "it can call any method of any object",
}


@dataclass(frozen=True, slots=True)
class Fault:
    """One mistake: where in the expression (".and[1]"), what, a stable code, and whether it is only advice."""

    path: str
    message: str
    code: str
    warning: bool = False


def meant(word: str, known: Collection[str]) -> str:
    """The end of an error message: what was probably meant."""
    close = get_close_matches(str(word), list(known), 1, 0.6)
    return f'; did you mean "{close[0]}"?' if close else ""


def check_expression(expr: Json, behavioural: Collection[str] = ()) -> list[Fault]:
    """Every structural mistake. An empty list means that the expression can be compiled. Never raises."""
    faults: list[Fault] = []
    nodes = 0
    stack: list[tuple[Json, str, int]] = [(expr, "", 1)]
    while stack:
        node, path, depth = stack.pop()
        nodes += 1
        if depth > LIMITS.rule_depth:
            return [Fault(path, f"nested deeper than {LIMITS.rule_depth} levels", "too_deep")]
        if nodes > LIMITS.rule_nodes:
            return [Fault("", f"more than {LIMITS.rule_nodes} values in one expression", "too_large")]
        if isinstance(node, dict):
            found = list(_check_operator(node, path, behavioural))
            faults += found
            if not found:
                stack += _operands(node, path, depth, behavioural)
        elif isinstance(node, list):
            if len(node) > LIMITS.rule_list:
                faults.append(Fault(path, f"a list longer than {LIMITS.rule_list}", "too_large"))
            elif any(isinstance(item, dict | list) for item in node):  # a list of plain values is one value
                stack += [(item, f"{path}[{i}]", depth + 1) for i, item in enumerate(node)]
        elif not isinstance(node, str | int | float | bool | None):
            faults.append(Fault(path, f"a {type(node).__name__} is not JSON", "not_json"))
    return sorted(faults, key=lambda fault: fault.path)


def count_values(expr: Json, behavioural: Collection[str] = ()) -> int:
    """How many values an expression that passed the check has."""
    number, stack = 0, [(expr, "", 1)]
    while stack:
        node, path, depth = stack.pop()
        number += 1
        if isinstance(node, dict):
            stack += _operands(node, path, depth, behavioural)
        elif isinstance(node, list) and any(isinstance(item, dict | list) for item in node):
            stack += [(item, path, depth) for item in node]
    return number


def check_values(value: Json) -> list[Fault]:
    """What JSON can say and we cannot keep: numbers beyond 64 bits, half a character, more levels than anybody needs."""
    stack: list[tuple[Json, str, int]] = [(value, "", 1)]
    faults = []
    while stack:
        node, path, depth = stack.pop()
        if depth > LIMITS.document_depth:
            return [Fault(path, f"nested deeper than {LIMITS.document_depth} levels", "too_deep")]
        if isinstance(node, dict):
            faults += [Fault(path, "a name holds half a character", "not_text") for key in node if not _whole(key)]
            stack += [(inner, f"{path}.{key}", depth + 1) for key, inner in node.items()]
        elif isinstance(node, list):
            stack += [(inner, f"{path}[{i}]", depth + 1) for i, inner in enumerate(node)]
        elif isinstance(node, str) and not _whole(node):
            faults.append(Fault(path, "this text holds half a character", "not_text"))
        elif isinstance(node, float) and not isfinite(node):
            faults.append(Fault(path, "this is not a number of JSON", "out_of_range"))
        elif isinstance(node, int) and not -(2**63) <= node < 2**63:
            faults.append(Fault(path, "a whole number has 64 bits at most", "out_of_range"))
    return faults


def _whole(text: Json) -> bool:
    try:
        str(text).encode()
    except UnicodeEncodeError:
        return False
    return True


def _check_operator(node: dict[Json, Json], path: str, behavioural: Collection[str]) -> Iterator[Fault]:
    if len(node) != 1:
        names = ", ".join(f'"{name}"' for name in node)
        message = f"an operation has exactly one operator, here are {len(node)}: {names}" if node else "{} is empty"
        yield Fault(path, message, "not_one_operator")
        return
    ((name, args),) = node.items()
    if name in behavioural:
        return
    if name in REMOVED:
        yield Fault(path, f'operator "{name}" is not allowed: {REMOVED[name]}', "unknown_operator")
    elif name not in ARITY:
        yield Fault(path, f'unknown operator "{name}"{meant(name, [*ARITY, *behavioural])}', "unknown_operator")
    else:
        yield from _check_arity(str(name), args, path)


def _check_arity(name: str, args: Json, path: str) -> Iterator[Fault]:
    low, high = ARITY[name]
    if name in ("missing", "merge", "max", "min") and isinstance(args, dict):
        return  # one operand that gives a list
    number = len(args) if isinstance(args, list) else 1
    if not low <= number <= high:
        wanted = f"{low}" if low == high else f"{low} to {high}" if high < MANY else f"at least {low}"
        yield Fault(f"{path}.{name}", f'"{name}" takes {wanted} values, here are {number}', "wrong_arity")


def _operands(
    node: dict[Json, Json], path: str, depth: int, behavioural: Collection[str]
) -> list[tuple[Json, str, int]]:
    ((name, args),) = node.items()
    if name in behavioural:
        return []
    inner = f"{path}.{name}"
    if name == "var":  # a path is no operand, a default is
        return [(args[1], f"{inner}[1]", depth + 1)] if isinstance(args, list) and len(args) > 1 else []
    if isinstance(args, list):
        return [(item, f"{inner}[{i}]", depth + 1) for i, item in enumerate(args)]
    return [(args, inner, depth + 1)]
