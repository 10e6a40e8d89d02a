"""Which rules can apply at all: found once per plan, so that a thousand rules cost little more than ten.

Many rules need a state that most people do not have: an event they never sent, a chain they never began.
Such a rule is *gated* by that atom. Without the atom it cannot be true, now or by time passing, so nobody
looks at it; its reason is ready beforehand: no_moment, or when_false.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from waypost.facts.subject import Facts
from waypost.model import Json, Loser
from waypost.rules.plan import CompiledRule, Expr, Plan, Reading

__all__ = ["Shortlist", "shortlist_of"]

Gates = dict[str, list[CompiledRule]]  # atom id -> the rules that cannot be true without it


@dataclass(frozen=True, slots=True)
class Shortlist:
    """`always` is looked at on each decision; `gates[scope]` only where the atom has state."""

    always: tuple[CompiledRule, ...]
    gates: Mapping[str, Gates]
    unmatched: Mapping[str, Loser]  # tip -> the reason of a gated rule whose atom has no state
    categories: Mapping[str, tuple[CompiledRule, ...]]
    rules: tuple[CompiledRule, ...]  # every rule that is shown to people: alerts are not

    def candidates(self, user: Facts, account: Facts | None) -> list[CompiledRule]:
        """The rules worth looking at for these facts."""
        found = list(self.always)
        for scope, facts in (("user", user), ("account", account)):
            gates = self.gates[scope]
            if facts is None or not gates:
                continue
            there = {*facts.states, *facts.now.chains, *facts.now.counts, *facts.awaiting}
            for atom in there & gates.keys():
                found += gates[atom]
        return found


def shortlist_of(plan: Plan) -> Shortlist:
    """The shortlist of a plan, made at its first decision and kept with it."""
    found = plan.memo.get("shortlist")
    if found is None:
        found = plan.memo["shortlist"] = _prepare(plan)
    assert isinstance(found, Shortlist)
    return found


def _prepare(plan: Plan) -> Shortlist:
    always: list[CompiledRule] = []
    gates: dict[str, Gates] = {"user": {}, "account": {}}
    unmatched: dict[str, Loser] = {}
    categories: dict[str, list[CompiledRule]] = {}
    shown = tuple(rule for rule in plan.rules.values() if rule.kind != "alert")
    for rule in shown:
        categories.setdefault(rule.category, []).append(rule)
        gate = _gate(plan, rule)
        if gate is None:
            always.append(rule)
        else:
            atom, code = gate
            gates[plan.atoms[atom].scope].setdefault(atom, []).append(rule)
            unmatched[rule.id] = Loser(tip=rule.id, version=rule.version, stage=1, code=code)
    grouped = {name: tuple(rules) for name, rules in categories.items()}
    return Shortlist(tuple(always), gates, unmatched, grouped, shown)


def _gate(plan: Plan, rule: CompiledRule) -> tuple[str, str] | None:
    """(atom without whose state the rule cannot apply, the reason then), or None."""
    if rule.starts or rule.ends or not rule.texts:
        return None  # these have better reasons
    if rule.moment is not None and rule.moment.atom is not None:
        return rule.moment.atom, "no_moment"
    for reading in _needed(plan, rule.when):
        if reading.atom is not None:
            return reading.atom, "when_false"
    return None


def _needed(plan: Plan, expr: Expr) -> Iterator[Reading]:
    """Readings that must not be false or 0 for the expression to be true, and are so without state."""
    if expr.program is not None:
        for part in _conjuncts(expr.program.source):
            reading = plan.readings.get(_reading_id(part) or _compared_id(part) or "")
            if reading is not None and _needs_state(reading):
                yield reading


def _conjuncts(node: Json) -> Iterator[Json]:
    if isinstance(node, dict) and len(node) == 1 and isinstance(parts := node.get("and"), list):
        for part in parts:
            yield from _conjuncts(part)
    else:
        yield node


def _reading_id(node: Json) -> str | None:
    path = node.get("var") if isinstance(node, dict) and len(node) == 1 else None
    return path[3:] if isinstance(path, str) and path.startswith("$a.") else None


def _compared_id(node: Json) -> str | None:
    """The reading of `number >= literal` and the like, when 0 does not satisfy it."""
    if not isinstance(node, dict) or len(node) != 1:
        return None
    ((name, args),) = node.items()
    if name not in (">", ">=", "<", "<=") or not isinstance(args, list) or len(args) != 2:
        return None
    number, literal = args if name in (">", ">=") else reversed(args)
    if isinstance(literal, bool) or not isinstance(literal, int | float):
        return None
    enough = literal >= 0 if name in (">", "<") else literal > 0
    return _reading_id(number) if enough else None


def _needs_state(reading: Reading) -> bool:
    if reading.op == "did":
        return reading.min >= 1
    return reading.op in ("chain", "abandoned", "dropped", "rose", "count", "days", "weeks", "progress")
