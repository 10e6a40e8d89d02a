"""Advice on one rule that is right but likely to surprise: words, conditions that no value satisfies, chains, caps.

Never refuses anything. Each piece of advice names the place and what to do about it. Nothing here guesses: conditions
are called impossible only when no value satisfies them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from math import ceil, floor, inf

from waypost.logic.guard import Fault, check_expression
from waypost.logic.profile import Program, compile_program
from waypost.model import DAY, Json
from waypost.rules.operators import OPERATORS
from waypost.rules.plan import Chain, CompiledRule, Expr, Matcher, Moment, Plan, Reading, Span
from waypost.rules.text import plain
from waypost.settings import LIMITS

__all__ = ["Part", "advice", "bounds", "impossible", "lint", "lint_rule", "matches", "never_together", "parts_of"]

TITLE, BODY = 60, 160  # characters that read well
ORDERING = ("<", "<=", ">", ">=")
EQUALS = ("==", "===", "!=", "!==")
EVERYDAY = frozenset({*ORDERING, *EQUALS, "!", "!!", "in", "and", "or", "var"})
CHAINS = ("chain", "abandoned", "progress")
EVER = Span()


def advice(path: str, message: str, code: str) -> Fault:
    return Fault(path, message, code, warning=True)


def lint(document: Json) -> list[Fault]:
    """Advice on the words of one rule that has the right shape, and on comparisons under a `!`."""
    found = [*_texts(document.get("text", {}), "text")]
    for i, variant in enumerate(document.get("variants", ())):
        found += _texts(variant.get("text", {}), f"variants[{i}].text")
    if "goal" not in document and any("share" in variant for variant in document.get("variants", ())):
        found.append(
            advice("variants", 'which of these texts does better is told by the goal; add "goal"', "useless")
        )
    trigger, alert = document.get("trigger", {}), document.get("alert", {})
    audience, when = _sound(document.get("audience")), _sound(trigger.get("when"))
    known = _present(audience) | _present(when)
    found += [*_negations(audience, "audience", known), *_negations(when, "trigger.when", known)]
    for path, expr in (("goal", document.get("goal")), ("alert.clear", alert.get("clear"))):
        found += _negations(_sound(expr), path, frozenset())
    return found


def _sound(expr: Json) -> Json:
    """The expression, or nothing when it is refused anyway."""
    return None if check_expression(expr, OPERATORS) else expr


def _texts(texts: Json, path: str) -> Iterator[Fault]:
    for locale, words in texts.items():
        for name, most in (("title", TITLE), ("body", BODY)):
            length = len(plain(words.get(name, "")))
            if length > most:
                yield advice(f"{path}.{locale}.{name}", f"{length} characters; {most} read well", "long_text")


# -- comparisons under a `!`: false for want of a trait, and so the whole is true

MISSING = 'true as well when the trait is missing; add a "missing" guard if you do not mean that'
UNANSWERED = 'true as well when nobody answered; add {"survey": {…, "answered": true}} if you do not mean that'


def _negations(node: Json, path: str, known: frozenset[str], negated: bool = False) -> Iterator[Fault]:
    """`known`: what is there whenever this part matters."""
    if isinstance(node, list):
        for i, item in enumerate(node):
            yield from _negations(item, f"{path}[{i}]", known, negated)
    elif isinstance(node, dict) and len(node) == 1:
        ((name, args),) = node.items()
        if negated and name in ORDERING:
            unsure = _named(args) - known
            if unsure:
                yield advice(path, UNANSWERED if unsure <= {"survey"} else MISSING, "negated_comparison")
        inside = not negated if name == "!" else negated and name in ("and", "or", "!!")
        if name in ("and", "or") and isinstance(args, list):
            for i, item in enumerate(args):
                others = [other for j, other in enumerate(args) if j != i]
                there = _all_present(others) if name == "and" and not negated else _all_absent(others)
                yield from _negations(item, f"{path}.{name}[{i}]", known | there, inside)
        elif name not in OPERATORS:
            yield from _negations(args, f"{path}.{name}", known, inside)


def _named(node: Json) -> set[str]:
    """The traits in an expression that may be missing; "survey" for a score that may be."""
    if isinstance(node, list):
        return {name for item in node for name in _named(item)}
    if not isinstance(node, dict) or len(node) != 1:
        return set()
    ((name, args),) = node.items()
    if name == "var":
        path, *default = args if isinstance(args, list) and args else [args]
        path = ".".join(map(str, path)) if isinstance(path, list) else str(path)
        return {path} if path.startswith(("user.", "account.")) and default in ([], [None]) else set()
    if name == "share":
        return {"account.seats"} if args.get("among") == "seats" else set()
    if name == "survey":
        return {"survey"} if "score" in args else set()
    return _named(args) if name not in OPERATORS or name == "days_to" else set()


def _present(node: Json) -> frozenset[str]:
    """What must be there for an expression to be true."""
    if not isinstance(node, dict) or len(node) != 1:
        return frozenset()
    ((name, args),) = node.items()
    values = args if isinstance(args, list) else [args]
    if name == "and":
        return _all_present(values)
    if name in ("!", "!!") and values:
        return _absent(values[0]) if name == "!" else _present(values[0])
    if name == "survey":
        return frozenset({"survey"} if args.get("answered") else ())
    if name == "var" or name in ORDERING or name == "in":
        return frozenset(_named(node))
    if (name in ("!=", "!==") and None in values) or (name in ("==", "===") and None not in values):
        return frozenset(_named(node))
    return frozenset()


def _absent(node: Json) -> frozenset[str]:
    """What must be there for an expression to be false."""
    if not isinstance(node, dict) or len(node) != 1:
        return frozenset()
    ((name, args),) = node.items()
    values = args if isinstance(args, list) else [args]
    if name == "missing":
        return frozenset(value for value in values if isinstance(value, str))
    if name == "or":
        return _all_absent(values)
    if name == "!" and values:
        return _present(values[0])
    return frozenset(_named(node)) if name in ("==", "===") and None in values else frozenset()


def _all_present(nodes: Iterable[Json]) -> frozenset[str]:
    return frozenset().union(*map(_present, nodes))


def _all_absent(nodes: Iterable[Json]) -> frozenset[str]:
    return frozenset().union(*map(_absent, nodes))


# -- a compiled rule, taken apart


@dataclass(frozen=True)
class Part:
    """One of the conditions that must all hold, as written and with its operators taken out."""

    path: str
    source: Json
    residue: Json


def parts_of(expr: Expr, path: str) -> Iterator[Part]:
    if expr.program is None:
        yield Part(path, expr.constant, expr.constant)
    else:
        yield from _parts(expr.source, expr.program.source, path)


def _parts(source: Json, residue: Json, path: str) -> Iterator[Part]:
    inner = residue.get("and") if isinstance(residue, dict) else None
    if not isinstance(inner, list):
        yield Part(path, source, residue)
    elif isinstance(source, dict) and "and" in source:
        for i, (written, left) in enumerate(zip(source["and"], inner, strict=True)):
            yield from _parts(written, left, f"{path}.and[{i}]")
    else:  # of a segment
        for left in inner:
            yield from _parts(source, left, path)


def lint_rule(plan: Plan, rule: CompiledRule, parts: Sequence[Part]) -> Iterator[Fault]:
    """Advice on one compiled rule whose audience and condition are these parts."""
    never = [*impossible(plan, parts, "this is never true, so the rule never comes up; mend or remove it")]
    yield from never
    wrong = {fault.path for fault in never}
    yield from _together(plan, [part for part in parts if part.path not in wrong])
    yield from _chains(plan, rule)
    yield from _own_caps(rule)
    yield from _segments(rule)


def _segments(rule: CompiledRule) -> Iterator[Fault]:
    """Comparisons under a `!` that stand in a segment."""
    known = frozenset().union(*(_present(e.program.source) for e in (rule.audience, rule.when) if e.program))
    for path, expr, there in (
        ("audience", rule.audience, known),
        ("trigger.when", rule.when, known),
        ("goal", rule.goal, frozenset[str]()),
    ):
        if expr is None or expr.program is None:
            continue
        for place, name, _ in _places(expr.source, path):
            if name == "seg" and any(f.path.startswith(place) for f in _negations(expr.program.source, path, there)):
                yield advice(place, MISSING, "negated_comparison")


def _places(node: Json, path: str) -> Iterator[tuple[str, str, Json]]:
    """(path, operator, arguments) of every behavioural operator in an expression."""
    if isinstance(node, list):
        for i, item in enumerate(node):
            yield from _places(item, f"{path}[{i}]")
    elif isinstance(node, dict) and len(node) == 1:
        ((name, args),) = node.items()
        if name in OPERATORS:
            yield path, name, args
        else:
            yield from _places(args, f"{path}.{name}")


# -- conditions on one value: is there any that satisfies them?


def impossible(plan: Plan, parts: Sequence[Part], message: str) -> Iterator[Fault]:
    for part in parts:
        if not _satisfiable(plan, [part.residue]):
            yield advice(part.path, message, "unreachable")


def _together(plan: Plan, parts: Sequence[Part]) -> Iterator[Fault]:
    for i, part in enumerate(parts):
        for other in parts[:i]:
            if other.path != part.path and (
                _opposite(part, other) or not _satisfiable(plan, [other.residue, part.residue])
            ):
                yield never_together(part.path, other.path)


def _opposite(part: Part, other: Part) -> bool:
    """Whether one is the other under a `!`."""
    pairs = [(part.source, other.source), (part.residue, other.residue)]
    return any(b in ({"!": [a]}, {"!": a}) or a in ({"!": [b]}, {"!": b}) for a, b in pairs)


def never_together(path: str, other: str) -> Fault:
    return advice(path, f"this and {other} are never true together; remove one", "contradiction")


def _satisfiable(plan: Plan, residues: Sequence[Json]) -> bool:
    """False when nothing satisfies all of them; true when something does or nobody can tell."""
    if len(residues) == 1 and isinstance(residues[0], dict) and "var" in residues[0]:
        return True
    subject = ""
    for residue in residues:
        if not _everyday(residue):
            return True
        found = _subjects(residue)
        if found is None or len(found | ({subject} if subject else set())) > 1:
            return True
        subject = next(iter(found), subject)
    programs = [_program(json.dumps(residue)) for residue in residues]
    values: Iterable[Json] = [None] if not subject else _candidates(plan, subject, residues)
    return any(all(program.truth(_data(subject, value)) for program in programs) for value in values)


@lru_cache(maxsize=2_048)
def _program(residue: str) -> Program:
    """Compiled once, for many rules share their conditions."""
    return compile_program(json.loads(residue))


class _Absent:
    """The value of a trait that is not there."""


ABSENT = _Absent()


def _data(subject: str, value: Json) -> dict[str, Json]:
    data: dict[str, Json] = {"user": {}, "account": {}, "session": {}, "$a": {}}
    if not subject or value is ABSENT:
        return data
    *path, last = ["$a", subject[3:]] if subject.startswith("$a.") else subject.split(".")
    inner = data
    for name in path:
        inner = inner.setdefault(name, {})
    inner[last] = value
    return data


def _everyday(node: Json) -> bool:
    if isinstance(node, list):
        return all(_everyday(item) for item in node)
    if not isinstance(node, dict):
        return True
    ((name, args),) = node.items()
    if name in ORDERING and isinstance(args, list) and any(isinstance(value, str) for value in args):
        return False  # texts may be dates
    return name in EVERYDAY and (name == "var" or _everyday(args))


def _subjects(node: Json) -> set[str] | None:
    """The variables and operators that an expression reads; None when it names one in an unusual way."""
    if not isinstance(node, dict):
        found: list[set[str] | None] = [_subjects(item) for item in node] if isinstance(node, list) else []
    else:
        ((name, args),) = node.items()
        if name == "var":
            return {args} if isinstance(args, str) and args and not args.startswith("$root") else None
        found = [_subjects(args)]
    return None if None in found else set().union(*(one for one in found if one))


def _literals(node: Json) -> Iterator[Json]:
    if isinstance(node, list):
        for item in node:
            yield from _literals(item)
    elif isinstance(node, dict):
        yield from (found for name, args in node.items() if name != "var" for found in _literals(args))
    else:
        yield node


def _candidates(plan: Plan, subject: str, residues: Sequence[Json]) -> list[Json]:
    """Values that tell all cases apart which the expressions tell apart."""
    literals = list(_literals(list(residues)))
    numbers = sorted({v for v in literals if isinstance(v, int | float) and not isinstance(v, bool)} | {0, 1})
    reading = plan.readings.get(subject[3:]) if subject.startswith("$a.") else None
    if reading is not None and not reading.number:
        return [True, False]
    if reading is not None or subject.startswith("session.") or subject == "account.age_days":
        return _numbers(plan, reading, subject, numbers)
    texts = [v for v in literals if isinstance(v, str)]
    values: list[Json] = [ABSENT, True, False, "", *texts, *(f"{text}~" for text in texts), "".join(texts), "~"]
    values += [number + step for number in numbers for step in (-1, 0, 1)]
    values += [(low + high) / 2 for low, high in pairwise(numbers)]
    scalars = [v for v in literals if isinstance(v, str | int | float)]
    return [*values, [], *([v] for v in scalars), scalars]


def _numbers(plan: Plan, reading: Reading | None, subject: str, numbers: Sequence[float]) -> list[Json]:
    """The same for what can be a whole number of some range only, or a share."""
    if subject == "session.is_first":
        return [True, False, ABSENT]
    if reading is not None and reading.op == "share":
        near = [*numbers, *((low + high) / 2 for low, high in pairwise(numbers))]
        return [None, *(v for v in near if 0 <= v <= 1)]
    low, high = _range(plan, reading, subject)
    whole = {floor(v) + step for v in numbers for step in (-1, 0, 1)} | {ceil(v) for v in numbers}
    values: list[Json] = sorted(v for v in {*whole, low, high} if low <= v <= high and abs(v) != inf)
    if reading is None:
        return [*values, ABSENT]
    return [*values, *([None] if reading.op in ("days_to", "survey") else [])]


def _range(plan: Plan, reading: Reading | None, subject: str) -> tuple[float, float]:
    if reading is None:
        return (1 if subject == "session.n" else 0), inf
    days = reading.span.days or 0
    if reading.op == "count":
        return 0, LIMITS.count_max
    if reading.op == "days":
        return 0, days
    if reading.op == "weeks":
        return 0, (days + 12) // 7
    chain = plan.atoms[reading.atom or ""].chain if reading.op == "progress" else None
    return (-inf, inf) if chain is None else (0, len(chain.steps) - 1)


def bounds(plan: Plan, part: Part) -> tuple[Reading | None, float, float]:
    """(the operator that a part compares, the least and the greatest number with which the part holds)."""
    found = _subjects(part.residue) or set()
    reading = plan.readings.get(next(iter(found))[3:]) if len(found) == 1 else None
    if reading is None or reading.op not in ("count", "days", "weeks", "progress") or not _everyday(part.residue):
        return None, 0, inf
    subject, program = f"$a.{reading.id}", _program(json.dumps(part.residue))
    values = [v for v in _candidates(plan, subject, [part.residue]) if program.truth(_data(subject, v))]
    top = _range(plan, reading, subject)[1]
    low, high = min(values, default=0), max(values, default=inf)
    return reading, low, inf if high == top else high


# -- chains


def _chains(plan: Plan, rule: CompiledRule) -> Iterator[Fault]:
    said: set[str] = set()
    for path, ref, atom_id, wanted in _uses(plan, rule):
        chain = plan.atoms[atom_id].chain
        if chain is None:
            continue
        name = f'the chain "{ref}"' if ref else "the chain"
        for message, code in (*_of_chain(chain, name), *_of_attempt(chain, name, wanted)):
            if message not in said:
                said.add(message)
                yield advice(path, message, code)


def _uses(plan: Plan, rule: CompiledRule) -> Iterator[tuple[str, str, str, Reading | Moment]]:
    """(path, name, atom, how it is looked at) of every chain of the rule."""
    moment = rule.moment
    if moment is not None and moment.atom is not None and moment.kind in CHAINS:
        written = rule.source["trigger"]["on"][moment.kind]
        yield f"trigger.on.{moment.kind}", str(written.get("ref", "")), moment.atom, moment
    for path, expr in (("audience", rule.audience), ("trigger.when", rule.when), ("goal", rule.goal)):
        places = [*_places(expr.source, path)] if expr is not None else []
        for reading in (plan.readings[name] for name in (expr.readings if expr is not None else ())):
            if reading.op in CHAINS and reading.atom is not None:
                args = reading.source[reading.op]
                place = next((p for p, op, found in places if op == reading.op and found == args), path)
                yield f"{place}.{reading.op}", str(args.get("ref", "")), reading.atom, reading


def matches(wide: Matcher, narrow: Matcher) -> bool:
    return set(narrow.names) <= set(wide.names) and wide.where in (None, narrow.where)


def _of_chain(chain: Chain, name: str) -> Iterator[tuple[str, str]]:
    last = len(chain.steps) - 1
    if chain.gap is not None and not chain.in_session and (chain.gap >= chain.within or not last):
        yield f"{name} has a gap that is no shorter than the whole of it and means nothing; remove it", "useless"
    if last and not chain.in_session and 0 in (chain.within, chain.gap):
        yield f"no time lies between the steps of {name}, so none can follow; give it more", "cannot_follow"
    for i, step in enumerate(chain.steps):
        if i < last and any(matches(unless, step) for unless in chain.unless):
            yield (
                f"step {i + 1} of {name} is an event that breaks it, so nothing can follow; mend its unless",
                "cannot_follow",
            )
        for j, before in enumerate(chain.steps[:i]):
            apart = _apart(chain, before, step)
            if apart:
                message = f"step {i + 1} of {name} wants another {apart} than step {j + 1}, and both must be the same"
                yield f"{message}; it cannot follow: mend one", "cannot_follow"
                break


def _apart(chain: Chain, one: Matcher, other: Matcher) -> str:
    """A property of `same` that two steps pin to different values."""
    mine, theirs = _pinned(one.where), _pinned(other.where)
    return next((name for name in chain.same if name in mine and name in theirs and mine[name] != theirs[name]), "")


def _pinned(where: Json) -> dict[str, Json]:
    """The properties that a where wants to have one value."""
    found: dict[str, Json] = {}
    if not isinstance(where, dict):
        return found
    for name, args in where.items():
        if name == "and" and isinstance(args, list):
            for part in args:
                found |= _pinned(part)
        elif name in ("==", "===") and isinstance(args, list):
            for variable, literal in (args, args[::-1]):
                path = variable.get("var") if isinstance(variable, dict) else None
                if isinstance(path, str) and not isinstance(literal, dict | list):
                    found[path.removeprefix("event.")] = literal
    return found


def _of_attempt(chain: Chain, name: str, wanted: Reading | Moment) -> Iterator[tuple[str, str]]:
    """Abandonments that cannot be."""
    if (wanted.op if isinstance(wanted, Reading) else wanted.kind) != "abandoned":
        return
    if chain.stall is not None:
        limits = [limit for limit in (DAY if chain.in_session else chain.within, chain.gap) if limit is not None]
        if chain.stall[1] > min(limits):
            yield f"{name} is over before it can stall for so long; ask for a shorter within", "cannot_follow"
    elif wanted.after >= len(chain.steps):
        message = f"{name} has {len(chain.steps)} steps, and who gets to the last has not left it; lower after"
        yield message, "cannot_follow"
    if isinstance(wanted, Reading) and wanted.span.ms is not None and wanted.span.ms <= wanted.grace:
        yield "last is no longer than grace, so this is never true; lengthen last", "cannot_follow"


# -- caps of its own


def _own_caps(rule: CompiledRule) -> Iterator[Fault]:
    written: Mapping[str, Json] = rule.source.get("repeat", {})
    if rule.repeat.mode != "cooldown" or rule.repeat.max <= 1 or rule.kind == "alert" or "cooldown" not in written:
        return
    for i, (count, per, _) in enumerate(rule.caps):
        if count == 1 and per > rule.repeat.cooldown:
            message = "this cap is stricter than repeat.cooldown, which then means nothing; keep one of them"
            yield advice(f"policy.caps[{i}]", message, "starved")
