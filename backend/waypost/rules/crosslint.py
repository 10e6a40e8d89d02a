"""Advice that needs more than one part of a rule, more than one rule, or the events that came in.

What no history can bring about, what never wins, and what nobody sends. Everything here is a warning: a rule that lint
doubts is still a rule. Each finding names the rule, the place and what to do about it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import inf

from waypost.logic.guard import Fault, meant
from waypost.model import ACTIVE, DAY, HOUR, Json
from waypost.rules.lint import Part, advice, bounds, impossible, lint_rule, matches, never_together, parts_of
from waypost.rules.lower import roles_of
from waypost.rules.plan import Atom, Chain, CompiledRule, Matcher, Moment, Plan, Reading, Scope, Span
from waypost.settings import Policy

__all__ = ["UNSEEN_AFTER", "crosslint"]

UNSEEN_AFTER = 30 * DAY
BANDS = {"critical": 0, "high": 1, "normal": 2, "low": 3}
AT_LEAST = ("dwell", "idle")  # conditions of `at` that a longer wait also satisfies
EVER = Span()
ALWAYS = 100  # showings of a tip that is never used up in practice


@dataclass(frozen=True)
class AtLeast:
    """It is so that something happened at least `number` times in `span`; in a part, or as the rule comes up ("")."""

    path: str
    number: int
    matcher: Matcher
    scope: Scope
    span: Span
    why: str = ""  # how the rule comes up


@dataclass(frozen=True)
class AtMost:
    """A part wants that something happened at most `number` times in `span`."""

    path: str
    number: int
    matcher: Matcher
    scope: Scope
    span: Span


def crosslint(plan: Plan, seen: Mapping[str, int] | None = None, now: int = 0) -> list[tuple[str, Fault]]:
    """(rule id, advice) for every live rule. `seen`: event name -> ms it was last received, where a database is known."""
    found: list[tuple[str, Fault]] = []
    strong = [r for r in plan.rules.values() if r.kind != "alert" and r.state == "live" and _never_used_up(r)]
    for rule in plan.rules.values():
        found += [(rule.id, fault) for fault in _alone(plan, rule)]
        if seen is not None:
            found += [(rule.id, fault) for fault in _unseen(plan, rule, seen, now)]
        for other in strong:
            if other is not rule and rule.kind != "alert":
                found += [(rule.id, fault) for fault in _beside(plan, rule, other)]
    return found


def _alone(plan: Plan, rule: CompiledRule) -> Iterator[Fault]:
    parts = [*parts_of(rule.audience, "audience"), *parts_of(rule.when, "trigger.when")]
    facts = _facts(plan, rule, parts)
    yield from dict.fromkeys((*lint_rule(plan, rule, parts), *_histories(plan, parts, facts)))
    yield from _goal(plan, rule, parts, facts)
    yield from _clear(plan, rule, parts, facts)


# -- conditions on what was done: can the same history satisfy them?


def _facts(plan: Plan, rule: CompiledRule, parts: Sequence[Part]) -> list[AtLeast]:
    """What must have happened when all parts hold and the rule comes up."""
    found = [*_of_moment(plan, rule)]
    for part in parts:
        found += _of_part(plan, part)
    return found


def _of_moment(plan: Plan, rule: CompiledRule) -> Iterator[AtLeast]:
    moment = rule.moment
    while_it_lasts = Span(ms=rule.ttl if isinstance(rule.ttl, int) else DAY)
    if moment is not None and moment.kind == "session":
        span = Span(ms=Policy.session_gap_ms - 1)
        yield AtLeast("", 1, Matcher((ACTIVE,)), "user", span, "the rule comes up while somebody uses the app")
    elif moment is not None and moment.atom is not None:
        for number, matcher, last in _anchors(plan, moment):
            span = while_it_lasts if last and rule.kind != "alert" else EVER
            yield AtLeast("", number, matcher, moment.scope, span, "the rule comes up on this very event")
    if rule.kind != "alert":
        scopes: tuple[Scope, ...] = ("user", "account")
        for scope in scopes:
            why = "whoever can see it uses the app"
            yield AtLeast("", 1, Matcher((ACTIVE,)), scope, Span(ms=DAY), why)


def _anchors(plan: Plan, moment: Moment) -> Iterator[tuple[int, Matcher, bool]]:
    """(how often, what, whether just now) of everything that had to happen for the moment to come."""
    atom = plan.atoms[moment.atom or ""]
    if atom.matcher is not None:
        yield 1, atom.matcher, True
        if moment.kind == "nth":
            yield atom.size, atom.matcher, False
    if atom.chain is not None:
        steps = atom.chain.steps if moment.kind == "chain" else atom.chain.steps[: moment.after]
        ordered = not atom.chain.any_order
        yield from (
            (number, matcher, False) for number, matcher in _steps(steps) if ordered or moment.kind == "chain"
        )
        if moment.kind == "chain" and ordered:
            yield 1, steps[-1], True


def _steps(steps: Sequence[Matcher]) -> Iterator[tuple[int, Matcher]]:
    """Each different step, with how often it is one."""
    for i, step in enumerate(steps):
        if all(_key(step) != _key(before) for before in steps[:i]):
            yield sum(_key(step) == _key(other) for other in steps), step


def _key(matcher: Matcher) -> tuple[Json, Json]:
    return matcher.names, matcher.where


def _of_part(plan: Plan, part: Part) -> Iterator[AtLeast]:
    reading, negated = _reading(plan, part.residue)
    matcher = _matcher(plan, reading)
    if reading is None:
        yield from _of_number(plan, part)
    elif negated:
        if reading.op == "did" and reading.max is not None and reading.min == 0 and matcher:
            yield AtLeast(part.path, reading.max + 1, matcher, reading.scope, reading.span)
    elif reading.op == "did" and reading.min and matcher:
        yield AtLeast(part.path, reading.min, matcher, reading.scope, reading.span)
    elif reading.op == "returned":
        yield AtLeast(part.path, 1, Matcher((ACTIVE,)), "user", Span(ms=Policy.session_gap_ms - 1))
    elif reading.op in ("chain", "abandoned"):
        chain = _chain_of(plan, reading)
        steps = chain.steps if reading.op == "chain" else chain.steps[: reading.after] if not chain.any_order else ()
        for number, step in _steps(steps):
            yield AtLeast(part.path, number, step, reading.scope, EVER)
        if reading.op == "chain" and not chain.any_order:
            yield AtLeast(part.path, 1, steps[-1], reading.scope, reading.span)


def _of_number(plan: Plan, part: Part) -> Iterator[AtLeast]:
    reading, low, _ = bounds(plan, part)
    matcher = _matcher(plan, reading)
    if reading is not None and low >= 1:
        if reading.op in ("count", "days", "weeks") and matcher:
            yield AtLeast(part.path, int(low), matcher, reading.scope, reading.span)
        elif reading.op == "progress" and not _chain_of(plan, reading).any_order:
            for number, step in _steps(_chain_of(plan, reading).steps[: int(low)]):
                yield AtLeast(part.path, number, step, reading.scope, EVER)


def _limits(plan: Plan, part: Part) -> Iterator[AtMost]:
    reading, negated = _reading(plan, part.residue)
    if reading is None:
        reading, _, high = bounds(plan, part)
        number = high if reading is not None and (reading.op == "count" or high == 0) else inf
        span = reading.span if reading is not None else EVER
    elif negated:
        number, span = (reading.min - 1 if reading.op == "did" and reading.max is None else inf), reading.span
    elif reading.op in ("never", "inactive"):
        number, span = 0, EVER if reading.op == "never" else Span(ms=reading.for_ms)
    else:
        number, span = (inf if reading.max is None or reading.op != "did" else reading.max), reading.span
    matcher = _matcher(plan, reading)
    if reading is not None and matcher is not None and number < inf:
        yield AtMost(part.path, int(number), matcher, reading.scope, span)


def _reading(plan: Plan, residue: Json) -> tuple[Reading | None, bool]:
    """(the operator that a part is nothing but, whether it is negated)."""
    negated = isinstance(residue, dict) and "!" in residue
    inner = residue["!"] if negated else residue
    inner = inner[0] if isinstance(inner, list) and len(inner) == 1 else inner
    path = inner.get("var") if isinstance(inner, dict) else None
    reading = plan.readings.get(path[3:]) if isinstance(path, str) and path.startswith("$a.") else None
    return (reading, negated) if reading is not None and not reading.number else (None, False)


def _matcher(plan: Plan, reading: Reading | None) -> Matcher | None:
    return plan.atoms[reading.atom].matcher if reading is not None and reading.atom else None


def _chain_of(plan: Plan, reading: Reading) -> Chain:
    chain = plan.atoms[reading.atom or ""].chain
    assert chain is not None
    return chain


def _histories(plan: Plan, parts: Sequence[Part], facts: Sequence[AtLeast]) -> Iterator[Fault]:
    said: set[tuple[str, str]] = set()
    for limit in (limit for part in parts for limit in _limits(plan, part)):
        for fact in facts:
            if fact.path == limit.path or not _exceeds(fact, limit):
                continue
            later, earlier = (
                (limit.path, fact.path) if _after(parts, limit.path, fact.path) else (fact.path, limit.path)
            )
            if (later, earlier) not in said:
                said.add((later, earlier))
                yield never_together(later, earlier) if fact.path else _never_then(limit, fact)
            if not fact.path:
                break


def _after(parts: Sequence[Part], one: str, other: str) -> bool:
    order = ["", *(part.path for part in parts)]
    return order.index(one) > order.index(other)


def _never_then(limit: AtMost, fact: AtLeast) -> Fault:
    if fact.matcher.names == (ACTIVE,) and limit.matcher.names == (ACTIVE,):
        hint = 'for who comes back write {"returned": {"after": "14d"}}'
        return advice(limit.path, f"{fact.why}, so this is never true; {hint}", "contradiction")
    return advice(limit.path, f"{fact.why}, so this is never true; look at another event", "contradiction")


def _exceeds(fact: AtLeast, limit: AtMost) -> bool:
    return fact.number > limit.number and _covers(limit, fact) and _within(fact.span, limit.span)


def _covers(wide: AtMost | AtLeast, fact: AtLeast) -> bool:
    """Whether all that the fact speaks of counts here. What a person does, the account does."""
    same = wide.scope == fact.scope or (wide.scope == "account" and fact.scope == "user")
    return same and matches(wide.matcher, fact.matcher)


def _within(inner: Span, outer: Span) -> bool:
    """Whether the one window always lies in the other."""
    if outer == EVER or inner == outer:
        return True
    if inner.days is not None and outer.days is not None:
        return inner.days <= outer.days
    longest = inner.ms if inner.ms is not None else inner.days * DAY + HOUR if inner.days else DAY
    shortest = outer.ms if outer.ms is not None else (outer.days - 1) * DAY if outer.days else 0
    return inner != EVER and longest <= shortest


# -- goal and clear


def _implied(plan: Plan, wanted: Part, parts: Sequence[Part], facts: Sequence[AtLeast]) -> bool:
    """Whether a condition holds whenever all the parts do."""
    residue = wanted.residue
    if residue is True or any(residue == part.residue for part in parts):
        return True
    for joint, enough in (("and", all), ("or", any)):
        inner = residue.get(joint) if isinstance(residue, dict) else None
        if isinstance(inner, list):
            return enough(_implied(plan, Part(wanted.path, None, one), parts, facts) for one in inner)
    reading, negated = _reading(plan, residue)
    matcher = _matcher(plan, reading)
    if reading is None or negated or reading.op != "did" or reading.max is not None or matcher is None:
        return False
    target = AtLeast(wanted.path, reading.min, matcher, reading.scope, reading.span)
    return any(
        fact.number >= target.number and _covers(target, fact) and _within(fact.span, target.span) for fact in facts
    )


def _goal(plan: Plan, rule: CompiledRule, parts: Sequence[Part], facts: Sequence[AtLeast]) -> Iterator[Fault]:
    if rule.goal is None or rule.kind == "alert":
        return
    wanted = list(parts_of(rule.goal, "goal"))
    for part in parts:
        if len(wanted) == 1 and part.residue == wanted[0].residue and part.residue is not True:
            message = "this is the goal itself: whenever the tip could show, its goal is reached already"
            yield advice(part.path, f"{message}; name another goal", "unreachable")
            return
    known = [fact for fact in facts if fact.path or fact.matcher.names != (ACTIVE,)]
    if all(_implied(plan, one, parts, known) for one in wanted):
        message = "this is reached already whenever the tip could show, so it never does; name another goal"
        yield advice("goal", message, "unreachable")


def _clear(plan: Plan, rule: CompiledRule, parts: Sequence[Part], facts: Sequence[AtLeast]) -> Iterator[Fault]:
    if rule.alert is None or rule.alert.clear is None:
        return
    wanted = list(parts_of(rule.alert.clear, "alert.clear"))
    yield from impossible(plan, wanted, "this is never true, so a task never closes by itself; mend it")
    if all(_implied(plan, one, parts, facts) for one in wanted):
        message = "this is true whenever the alert is, so its task closes as it opens; ask for something else"
        yield advice("alert.clear", message, "contradiction")


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
    return other.settle <= rule.settle and all(
        name in rule.at and (rule.at[name] == want or (name in AT_LEAST and rule.at[name] >= want))
        for name, want in other.at.items()
    )


def _holds_whenever(plan: Plan, other: CompiledRule, rule: CompiledRule) -> bool:
    """Whether all conditions of `other` hold whenever those of `rule` do."""
    if other.moment is not None and (other.moment != rule.moment or other.ttl != rule.ttl):
        return False
    mine = [*parts_of(rule.audience, ""), *parts_of(rule.when, "")]
    facts = _facts(plan, rule, mine)
    return all(
        _implied(plan, one, mine, facts) for expr in (other.audience, other.when) for one in parts_of(expr, "")
    )


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
