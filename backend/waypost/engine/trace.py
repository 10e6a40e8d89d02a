"""How a rule came out, part by part: each operator with its value, the numbers behind it and the events that made it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from waypost.facts.fold import touches
from waypost.facts.look import Look
from waypost.facts.read import read_reading, usage_norm
from waypost.logic.guard import ITERATORS
from waypost.logic.profile import compile_program
from waypost.model import Event, Json
from waypost.rules.plan import CompiledRule, Expr, Reading
from waypost.rules.words import phrase

__all__ = ["EVENTS_SHOWN", "Trace", "trace_lines", "trace_rule"]

EVENTS_SHOWN = 5  # of the events that made an operator what it is, the latest
Events = Callable[[str], Iterable[Event]]
"""Scope ("user" or "account") to the events behind the look, newest first."""


@dataclass
class Trace:
    """One part of a rule. `value` as evaluated; `known` false: its history is still being brought in."""

    part: str
    value: Json
    known: bool = True
    numbers: dict[str, Json] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
    parts: list[Trace] = field(default_factory=list)


def trace_rule(look: Look, rule: CompiledRule, events: Events, lang: str = "en") -> list[Trace]:
    """audience, trigger.when, goal and alert.clear of a rule, each with all its parts."""
    expressions: list[tuple[str, Expr | None]] = [
        ("audience", rule.audience),
        ("trigger.when", rule.when),
        ("goal", rule.goal),
        ("alert.clear", rule.alert.clear if rule.alert else None),
    ]
    found = []
    for name, expr in expressions:
        if expr is None:
            continue
        top = Trace(name, look.truth(expr), known=not look.unknown(expr))
        if expr.program is not None:
            top.parts = [_part(look, expr, expr.program.source, events, lang)]
        found.append(top)
    return found


def _part(look: Look, expr: Expr, node: Json, events: Events, lang: str) -> Trace:
    reading = _reading_of(look, node)
    if reading is not None:
        return _operator(look, reading, events, lang)
    value = compile_program(node).value(look.data) if isinstance(node, dict | list) else node
    made = Trace(_name(node), value)
    if isinstance(node, dict):
        ((name, args),) = node.items()
        inner = [] if name == "var" else args if isinstance(args, list) else [args]
        if name in ITERATORS:
            inner = inner[:1]  # what stands inside is evaluated once for each element
        made.parts = [_part(look, expr, part, events, lang) for part in inner if isinstance(part, dict)]
    return made


def _name(node: Json) -> str:
    if not isinstance(node, dict):
        return str(node)
    ((name, args),) = node.items()
    if name == "var":
        return str(args[0] if isinstance(args, list) and args else args)
    plain = [value for value in (args if isinstance(args, list) else [args]) if not isinstance(value, dict)]
    return " ".join([name, *(repr(value) for value in plain)])


def _reading_of(look: Look, node: Json) -> Reading | None:
    path = node.get("var") if isinstance(node, dict) else None
    return look.plan.readings.get(path[3:]) if isinstance(path, str) and path.startswith("$a.") else None


def _operator(look: Look, reading: Reading, events: Events, lang: str) -> Trace:
    facts = look.user if reading.scope == "user" else look.account
    made = Trace(phrase(reading.source, lang), look.reading(reading.id))
    if facts is None:
        return made
    made.known = not (facts.awaiting and reading.atom in facts.awaiting)
    made.numbers = _numbers(look, reading)
    if reading.atom is not None:
        atom = look.plan.atoms[reading.atom]
        matching = (
            event for event in events(reading.scope) if event.t <= look.now and touches(look.plan, atom, event)
        )
        made.events = [event for event, _ in zip(matching, range(EVENTS_SHOWN), strict=False)]
    return made


def _numbers(look: Look, reading: Reading) -> dict[str, Json]:
    """What the operator was computed from."""
    facts = look.user if reading.scope == "user" else look.account
    assert facts is not None
    if reading.usage is not None:
        norm = usage_norm(look.plan, facts, reading, look.now, look.env, look.variable)
        if norm is None:
            return {}
        numbers: dict[str, Json] = {"recent": norm.recent, "norm": norm.base, "windows": list(norm.windows)}
        if norm.base > 0:
            numbers |= {"change": round(norm.ratio - 1, 4), "z": round(norm.z(rose=reading.op == "rose"), 3)}
        return numbers
    chain = facts.now.chains.get(reading.atom or "")
    if chain is not None:
        counts = ("opened", "completed", "interrupted", "abandoned")
        return {**{name: getattr(chain, name) for name in counts}, "open": len(chain.lanes)}
    state = facts.states.get(reading.atom or "")
    if reading.op == "did" and state:
        return {"so far": read_reading(look.plan, facts, replace(reading, op="count"), look.now, look.env)}
    return {}


def trace_lines(traces: Sequence[Trace], instant: Callable[[int], str], depth: int = 0) -> list[str]:
    """The tree as indented lines of text."""
    lines = []
    for one in traces:
        value = "not known yet" if not one.known else _said(one.value)
        numbers = ", ".join(f"{name} {_said(number)}" for name, number in one.numbers.items())
        lines.append("  " * depth + f"{one.part}: {value}" + (f"   ({numbers})" if numbers else ""))
        for event in one.events:
            props = ", ".join(f"{name}={value!r}" for name, value in event.props.items())
            lines.append("  " * (depth + 1) + f"· {instant(event.t)}  {event.name}" + (f"  {props}" if props else ""))
        lines += trace_lines(one.parts, instant, depth + 1)
    return lines


def _said(value: Any) -> str:
    return {True: "true", False: "false", None: "nothing"}.get(value, str(value)) if _plain(value) else str(value)


def _plain(value: Any) -> bool:
    return value is None or isinstance(value, bool)
