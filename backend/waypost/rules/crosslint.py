"""Advice that needs more than one field or more than one rule: what can never show, never follow, or never wins.

Everything here is a warning: a rule that lint doubts is still a rule. Each finding names the rule, the place and
what to do about it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import inf

from waypost.logic.guard import Fault, meant
from waypost.model import DAY, Json
from waypost.rules.durations import parse_span
from waypost.rules.lower import roles_of
from waypost.rules.plan import Chain, CompiledRule, Matcher, Plan, Reading

__all__ = ["UNSEEN_AFTER", "crosslint"]

UNSEEN_AFTER = 30 * DAY
BANDS = {"critical": 0, "high": 1, "normal": 2, "low": 3}
ALWAYS = 100  # showings of a tip that is never used up in practice
FLIPPED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "===": "=="}


def crosslint(plan: Plan, seen: Mapping[str, int] | None = None, now: int = 0) -> list[tuple[str, Fault]]:
    """(rule id, advice) for every live rule. `seen`: event name -> ms it was last received, where a database is known."""
    found: list[tuple[str, Fault]] = []
    strong = [rule for rule in plan.rules.values() if rule.kind != "alert" and _never_used_up(rule)]
    for rule in plan.rules.values():
        found += [(rule.id, fault) for fault in _of_rule(plan, rule)]
        if seen is not None:
            found += [(rule.id, fault) for fault in _unseen(plan, rule, seen, now)]
        for other in strong:
            if other is not rule and rule.kind != "alert":
                found += [(rule.id, fault) for fault in _beside(plan, rule, other)]
    return found


def _advice(path: str, message: str, code: str) -> Fault:
    return Fault(path, message, code, warning=True)


def _of_rule(plan: Plan, rule: CompiledRule) -> Iterator[Fault]:
    conditions = [*_conjuncts(rule.audience.source, "audience"), *_conjuncts(rule.when.source, "trigger.when")]
    for path, node in conditions:
        if node is False:
            yield _advice(path, "this is never true, so the rule never comes up; remove it", "unreachable")
    yield from _contradictions(plan, rule, conditions)
    yield from _ranges(conditions)
    if rule.goal is not None and rule.goal.source is not True:
        for path, node in conditions:
            if node == rule.goal.source:
                message = "this is the goal itself: whenever the tip could show, its goal is reached already"
                yield _advice(path, message, "unreachable")
    yield from _own_caps(rule)
    for atom in {reading.atom for reading in _readings(plan, rule)} | {rule.moment.atom if rule.moment else None}:
        chain = plan.atoms[atom].chain if atom else None
        if chain is not None:
            yield from _chain(chain)


def _readings(plan: Plan, rule: CompiledRule) -> list[Reading]:
    return [plan.readings[name] for expr in (rule.audience, rule.when) for name in expr.readings]


def _conjuncts(node: Json, path: str) -> Iterator[tuple[str, Json]]:
    """The parts that must all hold."""
    if isinstance(node, dict) and len(node) == 1 and isinstance(parts := node.get("and"), list):
        for i, part in enumerate(parts):
            yield from _conjuncts(part, f"{path}.and[{i}]")
    else:
        yield path, node


# -- parts that exclude each other


def _contradictions(plan: Plan, rule: CompiledRule, conditions: Sequence[tuple[str, Json]]) -> Iterator[Fault]:
    parts = [
        (path, *next(iter(node.items()))) for path, node in conditions if isinstance(node, dict) and len(node) == 1
    ]
    for i, (path, name, args) in enumerate(parts):
        if name == "never" and _anchor_is(plan, rule, args):
            message = "the rule comes up on this very event, which then has been used; look at another event"
            yield _advice(path, message, "contradiction")
        for other_path, other, others in parts[:i]:
            if _exclude(name, args, other, others) or _exclude(other, others, name, args):
                yield _advice(path, f"this and {other_path} are never true together; remove one", "contradiction")


def _anchor_is(plan: Plan, rule: CompiledRule, never: Json) -> bool:
    moment = rule.moment
    if moment is None or moment.kind not in ("event", "nth") or "where" in never:
        return False
    atom = plan.atoms[moment.atom or ""]
    names = _names(never)
    return (
        atom.matcher is not None and set(atom.matcher.names) <= names and moment.scope == never.get("scope", "user")
    )


def _names(args: Json) -> set[str]:
    event = args.get("event", "$active") if isinstance(args, dict) else ""
    return set(event["any"]) if isinstance(event, dict) else {event}


def _same_events(one: Json, other: Json) -> bool:
    if not isinstance(one, dict) or not isinstance(other, dict):
        return False
    keys = ("where", "scope")
    return _names(one) == _names(other) and all(one.get(key) == other.get(key) for key in keys)


def _exclude(name: str, args: Json, other: str, others: Json) -> bool:
    """Whether `name` being true makes `other` false."""
    if name == "returned" and other == "inactive":
        return "event" not in others and _ms(others, "for") >= 30 * 60_000
    if not _same_events(args, others):
        return False
    if name == "never":
        return other == "did" and others.get("min", 1) >= 1
    if name == "inactive":
        return (
            other == "did"
            and others.get("min", 1) >= 1
            and "last" in others
            and _ms(others, "last") <= _ms(args, "for")
        )
    if name == "did" and other == "did" and "max" in args:
        wider = "last" not in args or ("last" in others and _ms(others, "last") <= _ms(args, "last"))
        return wider and others.get("min", 1) > args["max"]
    return False


def _ms(args: Json, field: str) -> float:
    if field not in args:
        return inf
    span = parse_span(args[field])
    return span.ms if span.ms is not None else (span.days or 0) * DAY


def _ranges(conditions: Sequence[tuple[str, Json]]) -> Iterator[Fault]:
    """Comparisons of one variable with literals that leave no value."""
    low: dict[str, tuple[float, bool, str]] = {}
    high: dict[str, tuple[float, bool, str]] = {}
    equal: dict[str, tuple[Json, str]] = {}
    for path, node in conditions:
        found = _comparison(node)
        if found is None:
            continue
        variable, sign, literal = found
        if sign == "==":
            if variable in equal and equal[variable][0] != literal:
                yield _advice(
                    path, f"this and {equal[variable][1]} are never true together; remove one", "contradiction"
                )
            equal.setdefault(variable, (literal, path))
            continue
        if not isinstance(literal, int | float) or isinstance(literal, bool):
            continue
        side, open_ = (low if sign in (">", ">=") else high), sign in ("<", ">")
        side[variable] = (float(literal), open_, path)
        if variable in low and variable in high:
            (least, open_low, at), (most, open_high, _) = low[variable], high[variable]
            if least > most or (least == most and (open_low or open_high)):
                other = at if side is high else high[variable][2]
                yield _advice(path, f"this and {other} leave no value for {variable}; mend one", "contradiction")


def _comparison(node: Json) -> tuple[str, str, Json] | None:
    """(variable, sign, literal) of {"<": [{"var": "x"}, 3]}, turned so that the variable stands first."""
    if not isinstance(node, dict) or len(node) != 1:
        return None
    ((sign, args),) = node.items()
    if sign not in FLIPPED or not isinstance(args, list) or len(args) != 2:
        return None
    left, right = args
    if isinstance(right, dict) and not isinstance(left, dict | list):
        left, right, sign = right, left, FLIPPED[sign]
    variable = left.get("var") if isinstance(left, dict) else None
    if not isinstance(variable, str) or isinstance(right, dict | list):
        return None
    return variable, "==" if sign == "===" else sign, right


# -- chains


def _chain(chain: Chain) -> Iterator[Fault]:
    last = len(chain.steps) - 1
    if chain.gap is not None and not chain.in_session and chain.gap > chain.within:
        yield _advice("trigger", "the gap of the chain is longer than the whole of it and means nothing", "useless")
    for i, step in enumerate(chain.steps):
        if i < last and any(_covers(unless, step) for unless in chain.unless):
            message = f"step {i + 1} of the chain is an event that breaks it, so nothing can follow; mend its unless"
            yield _advice("trigger", message, "cannot_follow")
        if i and _apart(chain, chain.steps[0], step):
            message = f"step {i + 1} of the chain wants another value of what must be the same; it cannot follow"
            yield _advice("trigger", message, "cannot_follow")


def _covers(one: Matcher, other: Matcher) -> bool:
    return one.where is None and set(other.names) <= set(one.names)


def _apart(chain: Chain, one: Matcher, other: Matcher) -> bool:
    """Two steps that pin a property of `same` to different values."""
    mine, theirs = _pinned(one.where), _pinned(other.where)
    return any(name in mine and name in theirs and mine[name] != theirs[name] for name in chain.same)


def _pinned(where: Json) -> dict[str, Json]:
    found = {}
    for _, node in _conjuncts(where, ""):
        comparison = _comparison(node)
        if comparison is not None and comparison[1] == "==":
            found[comparison[0].removeprefix("event.")] = comparison[2]
    return found


# -- caps and other rules


def _own_caps(rule: CompiledRule) -> Iterator[Fault]:
    if rule.repeat.mode != "cooldown" or rule.repeat.max <= 1 or rule.kind == "alert":
        return
    for i, (count, per, _) in enumerate(rule.caps):
        if count == 1 and per > rule.repeat.cooldown:
            message = "this cap is stricter than repeat.cooldown, which then means nothing; keep one of them"
            yield _advice(f"policy.caps[{i}]", message, "starved")


def _beside(plan: Plan, rule: CompiledRule, other: CompiledRule) -> Iterator[Fault]:
    """What a stronger rule that is never used up takes from this one."""
    if BANDS[other.priority] >= BANDS[rule.priority] or not _holds_whenever(other, rule):
        return
    if (other.surface, other.anchor) == (rule.surface, rule.anchor) and _stands_whenever(other, rule):
        message = f'"{other.id}" has a higher priority, the same place, and comes up whenever this one does'
        yield _advice("policy.priority", message + "; raise this one or narrow that one", "shadowed")
    elif other.category == rule.category and rule.priority != "critical":
        message = f'"{other.id}" uses up the one tip a day of the category "{rule.category}"'
        yield _advice("policy.category", message + "; give one of them another category", "starved")


def _never_used_up(rule: CompiledRule) -> bool:
    return (
        rule.goal is None
        and rule.repeat.mode == "cooldown"
        and rule.repeat.max >= ALWAYS
        and rule.repeat.cooldown <= DAY
    )


def _holds_whenever(other: CompiledRule, rule: CompiledRule) -> bool:
    """Whether all conditions of `other` are among those of `rule`."""
    if other.moment is not None and other.moment != rule.moment:
        return False
    mine = [node for expr in (rule.audience, rule.when) for _, node in _conjuncts(expr.source, "")]
    theirs = [node for expr in (other.audience, other.when) for _, node in _conjuncts(expr.source, "")]
    return not other.starts and not other.ends and all(node is True or node in mine for node in theirs)


def _stands_whenever(other: CompiledRule, rule: CompiledRule) -> bool:
    return (
        other.settle <= rule.settle
        and other.repeat.cooldown == 0
        and all(rule.at.get(name) == want for name, want in other.at.items())
    )


# -- events that nobody sends


def _unseen(plan: Plan, rule: CompiledRule, seen: Mapping[str, int], now: int) -> Iterator[Fault]:
    atoms = {r.atom for r in _readings(plan, rule)} | {rule.moment.atom if rule.moment else None}
    names = sorted({name for atom in atoms if atom for _, found in roles_of(plan.atoms[atom]) for name in found})
    for name in names:
        if name.startswith("$") or now - seen.get(name, 0) <= UNSEEN_AFTER:
            continue
        if name in seen:
            days = (now - seen[name]) // DAY
            yield _advice("trigger", f'no event "{name}" was received for {days} days; is it still sent?', "unseen")
        else:
            hint = meant(name, seen) or "; is this its name?"
            yield _advice("trigger", f'no event "{name}" was ever received{hint}', "unseen")
