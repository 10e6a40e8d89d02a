"""Advice that needs more than one rule, or the events that came in: what never wins, and what nobody sends.

Everything here is a warning: a rule that lint doubts is still a rule. Each finding names the rule, the place and
what to do about it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from waypost.logic.guard import Fault, meant
from waypost.model import DAY, Json
from waypost.rules.lint import advice, facts_of, implied, lint_rule, parts_of
from waypost.rules.lower import roles_of
from waypost.rules.plan import Atom, CompiledRule, Plan, Reading

__all__ = ["UNSEEN_AFTER", "crosslint"]

UNSEEN_AFTER = 30 * DAY
BANDS = {"critical": 0, "high": 1, "normal": 2, "low": 3}
ALWAYS = 100  # showings of a tip that is never used up in practice


def crosslint(plan: Plan, seen: Mapping[str, int] | None = None, now: int = 0) -> list[tuple[str, Fault]]:
    """(rule id, advice) for every live rule. `seen`: event name -> ms it was last received, where a database is known."""
    found: list[tuple[str, Fault]] = []
    strong = [rule for rule in plan.rules.values() if rule.kind != "alert" and _never_used_up(rule)]
    for rule in plan.rules.values():
        found += [(rule.id, fault) for fault in lint_rule(plan, rule)]
        if seen is not None:
            found += [(rule.id, fault) for fault in _unseen(plan, rule, seen, now)]
        for other in strong:
            if other is not rule and rule.kind != "alert":
                found += [(rule.id, fault) for fault in _beside(plan, rule, other)]
    return found


# -- a stronger rule that is never used up


def _beside(plan: Plan, rule: CompiledRule, other: CompiledRule) -> Iterator[Fault]:
    """What it takes from this one."""
    if BANDS[other.priority] >= BANDS[rule.priority] or not _stands_whenever(other, rule):
        return
    same_place = (other.surface if other.intrusive else "", other.anchor) == (
        rule.surface if rule.intrusive else "",
        rule.anchor,
    )
    if not (same_place or not other.anchor) or not _holds_whenever(plan, other, rule):
        return
    for_ever = (
        "" if other.stop_after_dismissed >= ALWAYS else f" until it was closed {other.stop_after_dismissed} times"
    )
    if other.category == rule.category and rule.priority != "critical":
        message = f'"{other.id}" uses up the one tip a day of the category "{rule.category}"{for_ever}'
        yield advice("policy.category", f"{message}; give one of them another category", "starved")
    elif same_place or (rule.intrusive and other.intrusive):
        first = "always comes first" if other.priority == "critical" else "comes first every day"
        message = f'"{other.id}" has a higher priority and {first} whenever this one could{for_ever}'
        yield advice("policy.priority", f"{message}; raise this one or narrow that one", "shadowed")


def _never_used_up(rule: CompiledRule) -> bool:
    return (
        rule.goal is None
        and rule.repeat.mode == "cooldown"
        and rule.repeat.max >= ALWAYS
        and rule.repeat.cooldown <= DAY
        and rule.sample >= 1
        and (not rule.caps or rule.priority == "critical")
        and not (rule.starts or rule.ends or rule.exclusive or rule.requires or rule.blocked_by)
    )


def _stands_whenever(other: CompiledRule, rule: CompiledRule) -> bool:
    """Whether the other finds its place on the page wherever this one does, and no later."""
    return other.settle <= rule.settle and all(rule.at.get(name) == want for name, want in other.at.items())


def _holds_whenever(plan: Plan, other: CompiledRule, rule: CompiledRule) -> bool:
    """Whether all conditions of `other` hold whenever those of `rule` do."""
    if other.moment is not None and (other.moment != rule.moment or other.ttl != rule.ttl):
        return False
    mine = [*parts_of(rule.audience, ""), *parts_of(rule.when, "")]
    facts = facts_of(plan, rule, mine)
    return all(implied(plan, one, mine, facts) for expr in (other.audience, other.when) for one in parts_of(expr, ""))


# -- events that nobody sends


def _unseen(plan: Plan, rule: CompiledRule, seen: Mapping[str, int], now: int) -> Iterator[Fault]:
    readings = [plan.readings[name] for expr in (rule.audience, rule.when) for name in expr.readings]
    awaited = {name for reading in readings if not _of_absence(reading) for name in _awaited(plan, reading)}
    if rule.moment is not None and rule.moment.atom is not None:
        awaited |= _names(
            plan.atoms[rule.moment.atom], rule.moment.after if rule.moment.kind == "abandoned" else None
        )
    named = awaited | {name for reading in readings for name in _all_names(plan, reading)}
    if rule.moment is not None and rule.moment.atom is not None:
        named |= _names(plan.atoms[rule.moment.atom])
    for name in sorted(named):
        if name.startswith("$"):
            continue
        if name not in seen:
            hint = meant(name, seen) or "; is this its name?"
            yield advice(_place(rule, name), f'no event "{name}" was ever received{hint}', "unseen")
        elif name in awaited and now - seen[name] > UNSEEN_AFTER:
            days = (now - seen[name]) // DAY
            message = f'no event "{name}" was received for {days} days; is it still sent?'
            yield advice(_place(rule, name), message, "unseen")
    yield from _misspelt_goal(plan, rule, seen, named)


def _misspelt_goal(plan: Plan, rule: CompiledRule, seen: Mapping[str, int], named: set[str]) -> Iterator[Fault]:
    """A goal may wait for what was never done; but not for a name that differs by a letter from one that comes."""
    readings = [plan.readings[name] for name in (rule.goal.readings if rule.goal else ())]
    for name in sorted({name for reading in readings for name in _all_names(plan, reading)} - named):
        hint = "" if name.startswith("$") or name in seen else meant(name, seen)
        if hint:
            yield advice("goal", f'no event "{name}" was ever received{hint}', "unseen")


def _of_absence(reading: Reading) -> bool:
    """Whether the operator is about what was not done: a feature that nobody uses is no mistake."""
    return reading.op in ("never", "inactive") or (reading.op == "did" and reading.min == 0)


def _awaited(plan: Plan, reading: Reading) -> set[str]:
    """The events without which the operator is never true."""
    atom = plan.atoms.get(reading.atom or "")
    return set() if atom is None else _names(atom, reading.after if reading.op == "abandoned" else None)


def _names(atom: Atom, steps: int | None = None) -> set[str]:
    """The events of an atom; of a chain its first steps, or all of them, but not what breaks it."""
    roles = [(role, names) for role, names in roles_of(atom) if steps is None or 0 <= role < steps]
    return {name for role, names in roles for name in names if role >= 0 or steps is None}


def _all_names(plan: Plan, reading: Reading) -> set[str]:
    atom = plan.atoms.get(reading.atom or "")
    return set() if atom is None else _names(atom)


def _place(rule: CompiledRule, name: str) -> str:
    """Where the rule names the event; where it may stand when a chain or a segment does."""
    for path, part in (
        ("trigger.on", rule.source.get("trigger", {}).get("on")),
        ("trigger.when", rule.source.get("trigger", {}).get("when")),
        ("audience", rule.source.get("audience")),
    ):
        found = next(_paths(part, name, path), None)
        if found is not None:
            return found
    return "trigger"


def _paths(node: Json, name: str, path: str) -> Iterator[str]:
    if isinstance(node, dict):
        for key, inner in node.items():
            if key == "event" and (inner == name or (isinstance(inner, dict) and name in inner.get("any", ()))):
                yield f"{path}.event"
            yield from _paths(inner, name, f"{path}.{key}")
    elif isinstance(node, list):
        for i, inner in enumerate(node):
            yield from _paths(inner, name, f"{path}[{i}]")
