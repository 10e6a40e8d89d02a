"""How a rule came out, part by part: each operator with its value, the numbers behind it and the events that made it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any

from waypost.facts.chains import abandonments, deadline, live_steps, next_ripe
from waypost.facts.fold import touches
from waypost.facts.look import Look
from waypost.facts.operators import Sight, frozen_key, read_operator, unknown, usage_norm
from waypost.facts.read import covered_since, pending_moment, quiet_since
from waypost.facts.sessions import current_session
from waypost.logic.guard import ITERATORS
from waypost.logic.profile import compile_program
from waypost.model import DAY, HOUR, MINUTE, SECOND, Event, Json
from waypost.rules.plan import CompiledRule, Expr, Moment, Reading, Scope
from waypost.rules.words import event_words, phrase

__all__ = ["EVENTS_SHOWN", "Trace", "trace_lines", "trace_rule"]

EVENTS_SHOWN = 5  # of the events that made an operator what it is, the latest
Events = Callable[[str], Iterable[Event]]
"""Scope ("user" or "account") to the events behind the look, newest first."""
JOINTS: dict[str, tuple[str, str]] = {
    "and": ("all of these", "всё это вместе"),
    "or": ("any of these", "что-нибудь из этого"),
    "!": ("not this", "не это"),
    "!!": ("this", "это"),
    "if": ("one of these, as it depends", "одно из этого, смотря по обстоятельствам"),
    "?:": ("one of these, as it depends", "одно из этого, смотря по обстоятельствам"),
}
BRANCHES = (("if", "если"), ("then", "то"), ("else", "иначе"))
NO_NORM = ("none: too new, or too few working days", "нет: слишком новый или мало рабочих дней")


@dataclass
class Trace:
    """One part of a rule. `value` as evaluated; `known` false: its history is still being brought in.

    Of `events`, newest first, the last `outside` lie before the window and do not count.
    """

    part: str
    value: Json
    known: bool = True
    numbers: dict[str, Json] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
    parts: list[Trace] = field(default_factory=list)
    outside: int = 0
    compares: bool = False  # a comparison of the number that is its only part
    joins: bool = False  # all or any of its parts


def trace_rule(look: Look, rule: CompiledRule, events: Events, lang: str = "en") -> list[Trace]:
    """audience, trigger.on, trigger.when, goal and alert.clear of a rule, each with all its parts. Never raises."""
    tracer = _Tracer(look, events, "ru" if lang.startswith("ru") else "en")
    found = [tracer.expression("audience", rule.audience)]
    if rule.moment is not None and rule.moment.kind != "clock":
        found.append(tracer.moment(rule.moment, rule.source.get("trigger", {}).get("on", {})))
    found.append(tracer.expression("trigger.when", rule.when))
    if rule.goal is not None:
        found.append(tracer.expression("goal", rule.goal))
    if rule.alert is not None and rule.alert.clear is not None:
        found.append(tracer.expression("alert.clear", rule.alert.clear))
    return found


class _Tracer:
    def __init__(self, look: Look, events: Events, lang: str) -> None:
        self.look, self.events, self.lang = look, events, lang

    def word(self, pair: tuple[str, str]) -> str:
        return pair[self.lang == "ru"]

    # -- expressions

    def expression(self, name: str, expr: Expr) -> Trace:
        top = Trace(name, self.look.truth(expr))
        if expr.program is not None:
            source = expr.program.source
            whole = self.part(source)
            top.known = whole.known
            top.parts = whole.parts if isinstance(source, dict) and "and" in source else [whole]
        return top

    def part(self, node: Json) -> Trace:
        reading = self._reading_of(node)
        if reading is not None:
            return self.operator(reading)
        if not isinstance(node, dict):
            return Trace(_said(node), node)
        ((name, args),) = node.items()
        values = args if isinstance(args, list) else [args]
        made = Trace(self._name(name, node), compile_program(node).value(self.look.data))
        if name in JOINTS:
            made.parts, made.joins = [self.part(value) for value in values], name in ("and", "or")
            if name in ("if", "?:"):
                self._branches(made.parts)
        elif name == "var":
            made.part, made.value = self._variable(node)
        else:
            inside = values[:1] if name in ITERATORS else values  # the rest is evaluated once for each element
            made.parts = [self.part(one) for value in inside for one in self._operators(value)]
            made.numbers = dict(self._variable(one) for value in inside for one in _variables(value))
            made.compares = len(made.parts) == 1 and not made.numbers
        made.known = _known(name, made.parts)
        return made

    def _branches(self, parts: Sequence[Trace]) -> None:
        """if, then, if, then, …, else."""
        for i, part in enumerate(parts):
            branch = 2 if i == len(parts) - 1 and len(parts) % 2 else i % 2
            part.part = f"{self.word(BRANCHES[branch])} {part.part}"

    def _name(self, name: str, node: Json) -> str:
        return self.word(JOINTS[name]) if name in JOINTS else phrase(self._written(node), self.lang)

    def _written(self, node: Json) -> Json:
        """The expression as it was written, before its operators were taken out."""
        reading = self._reading_of(node)
        if reading is not None:
            return reading.source
        if isinstance(node, dict):
            return {name: self._written(args) for name, args in node.items()}
        if node is None:
            return self.word(("nothing", "ничему"))
        return [self._written(item) for item in node] if isinstance(node, list) else node

    def _operators(self, node: Json) -> list[Json]:
        """The behavioural operators in an expression."""
        if isinstance(node, list):
            return [found for item in node for found in self._operators(item)]
        if not isinstance(node, dict):
            return []
        return [node] if self._reading_of(node) else self._operators(list(node.values()))

    def _reading_of(self, node: Json) -> Reading | None:
        path = node.get("var") if isinstance(node, dict) and len(node) == 1 else None
        return self.look.plan.readings.get(path[3:]) if isinstance(path, str) and path.startswith("$a.") else None

    def _variable(self, node: Json) -> tuple[str, Json]:
        args = node["var"]
        name = args[0] if isinstance(args, list) and args else args
        path = ".".join(str(part) for part in name) if isinstance(name, list) else str(name).removeprefix("$root.")
        return path, compile_program(node).value(self.look.data)

    # -- operators

    def operator(self, reading: Reading) -> Trace:
        made = Trace(phrase(reading.source, self.lang), self.look.reading(reading.id))
        if reading.scope == "account" and self.look.user is not None:
            made.part += self.word((", in the whole account", ", во всей организации"))
        sight = self.look.sight(reading.scope)
        if sight is None:
            made.numbers = {self.word(("account", "организация")): None}
            return made
        made.known = not (unknown(sight.facts, reading) and made.value in (False, None))
        made.numbers = self.numbers(sight, reading)
        self._show_events(made, reading.atom, reading.scope)
        made.outside = sum(not _counts(sight, reading, event) for event in made.events)
        return made

    def _show_events(self, made: Trace, atom_id: str | None, scope: Scope) -> None:
        if atom_id is not None:
            atom, now = self.look.plan.atoms[atom_id], self.look.now
            matching = (e for e in self.events(scope) if e.t <= now and touches(self.look.plan, atom, e))
            made.events = list(islice(matching, EVENTS_SHOWN))

    def numbers(self, sight: Sight, reading: Reading) -> dict[str, Json]:
        """What the operator was computed from."""
        if reading.usage is not None:
            return self._usage(sight, reading)
        if reading.op in ("chain", "abandoned", "progress"):
            return _attempts(sight, reading.atom or "", reading.grace if reading.op == "abandoned" else None)
        if reading.op == "did":
            return {"so far": read_operator(sight, replace(reading, op="count"))}
        since = None
        if reading.op == "never" and reading.atom not in sight.facts.states:
            since = covered_since(sight.facts, reading, sight.env)
            return {"known for": None if since is None else sight.now - since}
        if reading.op == "inactive":
            since = quiet_since(sight.facts, reading)
            return {} if since is None else {"quiet for": sight.now - since}
        if reading.op == "returned":
            session = current_session(sight.facts.session, sight.now)
            away = None if session is None or session.prev_last is None else session.start - session.prev_last
            return {} if away is None else {"away for": away}
        if reading.op == "share" and reading.active is None:
            return {"account.seats": sight.variable("account.seats")}
        return {reading.var: sight.variable(reading.var)} if reading.op == "days_to" else {}

    def _usage(self, sight: Sight, reading: Reading) -> dict[str, Json]:
        usage = reading.usage
        assert usage is not None
        norm = usage_norm(sight, reading)
        if norm is None:
            return {"norm": self.word(NO_NORM)}
        base = norm.base if usage.windows else sight.env.frozen.get(frozen_key(reading))
        numbers: dict[str, Json] = {"recent": norm.recent, "norm": base}
        if norm.windows:
            numbers["windows"] = list(norm.windows)
        if base is not None and base > 0:
            numbers["change"] = round(norm.recent / base - 1, 4)
        if norm.windows and norm.base > 0:
            numbers["z"] = round(norm.z(rose=reading.op == "rose"), 3)
            numbers |= {} if usage.guard is None else {"guard": usage.guard}
        peers = sight.env.peers(reading, sight.variable("account.plan")) if usage.peers else None
        if usage.peers:
            numbers["peers"] = None if peers is None else round(peers - 1, 4)
        if usage.min_days:
            numbers |= {"days of work": round(norm.worked(peers), 2), "min_days": usage.min_days}
        return numbers

    # -- the moment

    def moment(self, moment: Moment, written: Json) -> Trace:
        """Whether it has come, whatever became of it since."""
        made = Trace("trigger.on", False)
        inner = Trace(self._moment_words(moment, written), False)
        made.parts = [inner]
        sight = self.look.sight(moment.scope)
        if sight is None:
            return made
        facts = sight.facts
        args = (moment.kind, moment.atom, moment.after, moment.grace)
        pending = pending_moment(sight.plan, facts, *args, sight.now)
        made.value = inner.value = pending is not None
        made.known = inner.known = pending is not None or moment.atom not in facts.awaiting
        inner.numbers = {} if pending is None else {"at": pending.t}
        if moment.kind in ("chain", "abandoned"):
            inner.numbers |= _attempts(sight, moment.atom or "", moment.grace if moment.kind == "abandoned" else None)
        if moment.kind == "nth":
            counted = facts.now.counts.get(moment.atom or "")
            inner.numbers["so far"] = counted.count if counted else 0
        self._show_events(inner, moment.atom, moment.scope)
        return made

    def _moment_words(self, moment: Moment, written: Json) -> str:
        if moment.kind == "session":
            return self.word(("a visit begins", "начало посещения"))
        if moment.kind != "event":
            return phrase({moment.kind: written[moment.kind]}, self.lang)
        event = written["event"]
        names = event["any"] if isinstance(event, dict) else [event]
        return self.word((" or ", " или ")).join(event_words(name, self.lang) for name in names)


def _attempts(sight: Sight, atom: str, grace: int | None) -> dict[str, Json]:
    """What became of the attempts at a chain; those whose time is over count as abandoned.

    step: how far the open ones have come. until: when the last of them ends, or stalls. waits: an attempt is over, but
    late events are waited for until then.
    """
    state, chain = sight.facts.now.chains.get(atom), sight.plan.atoms[atom].chain
    if state is None or chain is None:
        return {"opened": 0}
    ends = [deadline(chain, lane, sight.facts.session) for lane in state.lanes.values()]
    live = [end for end in ends if end >= sight.now]
    numbers: dict[str, Json] = {
        "opened": state.opened,
        "completed": state.completed,
        "interrupted": state.interrupted,
    }
    numbers |= {"abandoned": state.abandoned + len(ends) - len(live), "open": len(live)}
    ended = [at for at, *_ in abandonments(chain, state, sight.now, sight.facts.session)]
    if live:
        lanes = state.lanes.values()
        numbers |= {"step": max(live_steps(chain, lane, sight.now) for lane in lanes), "until": max(live)}
    if chain.stall is not None:
        coming = [at for at in next_ripe(chain, state, sight.facts.session) if at >= sight.now]
        numbers |= {"stalled": len(ended), "until": max(coming, default=None)}
    if grace is not None and ended and ended[-1] + grace >= sight.now:
        numbers["waits"] = ended[-1] + grace
    return numbers


def _known(name: str, parts: Sequence[Trace]) -> bool:
    """One part that is known decides `and` and `or`; else all must be known."""
    if name in ("and", "or") and any(part.known and bool(part.value) is (name == "or") for part in parts):
        return True
    return all(part.known for part in parts)


def _variables(node: Json) -> list[Json]:
    """The traits and the session in an expression."""
    if isinstance(node, list):
        return [found for item in node for found in _variables(item)]
    if not isinstance(node, dict):
        return []
    if "var" in node:
        args = node["var"]
        name = args[0] if isinstance(args, list) and args else args
        return [] if str(name).startswith("$a.") else [node]
    return _variables(list(node.values()))


def _counts(sight: Sight, reading: Reading, event: Event) -> bool:
    """Whether an event lies in the window of an operator that has one."""
    if reading.op == "inactive":
        return event.t > sight.now - reading.for_ms
    if reading.op not in ("did", "count", "days", "weeks", "share"):
        return True
    if reading.span.days is None:
        return sight.inside(event.t, reading)
    first, last = sight.days(reading)
    return first <= (event.day if reading.scope == "user" else event.account_day) <= last


# -- as text

NUMBERS = {
    "so far": "{} so far",
    "opened": "{} begun",
    "completed": "{} completed",
    "interrupted": "{} interrupted",
    "abandoned": "{} abandoned",
    "stalled": "{} stalled",
    "open": "{} open",
    "step": "at step {}",
    "windows": "before that {}",
    "guard": "needs {}",
    "min_days": "needs {}",
}
INSTANTS = {"at": "on {}", "until": "until {}", "waits": "waits until {} for what may be late"}
SPANS = ("known for", "quiet for", "away for")
SHARES = {"change": "change {:+.0%}", "peers": "others of the plan {:+.0%}"}
UNLESS_NONE = ("completed", "interrupted", "abandoned", "stalled", "open", "until")
MISSING = {
    "norm": "norm not known: no task is open",
    "peers": "too few others of the plan",
    "known for": "not known yet",
}


def trace_lines(traces: Sequence[Trace], instant: Callable[[int], str], depth: int = 0) -> list[str]:
    """The tree as indented lines of text. A comparison and the number that it compares share a line."""
    lines = []
    for one in traces:
        shown, numbers = one, _numbers(one.numbers, instant)
        if one.compares:
            shown = one.parts[0]
            numbers = [f"it is {_said(shown.value)}"] if shown.known else []
            numbers += _numbers(shown.numbers, instant)
        value = _said(one.value) if one.known else "not known yet"
        lines.append("  " * depth + f"{one.part}: {value}" + (f"   ({', '.join(numbers)})" if numbers else ""))
        lines += ["  " * (depth + 1) + line for line in _event_lines(shown, instant)]
        lines += [] if one.compares else trace_lines(one.parts, instant, depth + 1)
    return lines


def _event_lines(one: Trace, instant: Callable[[int], str]) -> Iterator[str]:
    counted = len(one.events) - one.outside
    for i, event in enumerate(one.events):
        props = ", ".join(f"{name} {_said(value)}" for name, value in event.props.items())
        old = "" if i < counted else "   (too long ago to count)"
        yield f"· {instant(event.t)}  {event.name}" + (f"  {props}" if props else "") + old


def _numbers(numbers: Mapping[str, Json], instant: Callable[[int], str]) -> list[str]:
    said = []
    for name, number in numbers.items():
        if name in UNLESS_NONE and not number:
            continue
        if number is None:
            said.append(MISSING.get(name, f"{name} not set"))
        elif name in INSTANTS:
            said.append(INSTANTS[name].format(instant(number)))
        elif name in SPANS:
            said.append(f"{name} {_span(number)}")
        elif name in SHARES:
            said.append(SHARES[name].format(number))
        else:
            said.append(NUMBERS.get(name, name + " {}").format(_said(number)))
    return said


def _span(ms: int) -> str:
    """Days, hours and minutes that have passed in full; seconds only when there are no more than these."""
    parts: list[str] = []
    for size, unit in ((DAY, "d"), (HOUR, "h"), (MINUTE, "min"), (SECOND, "s")):
        number, ms = divmod(ms, size)
        if number and (unit != "s" or not parts):
            parts.append(f"{number} {unit}")
    return " ".join(parts) or "no time"


def _said(value: Any) -> str:
    if value is None:
        return "not set"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.4g}" if abs(value) < 1000 else f"{value:.0f}"
    if isinstance(value, list):
        return ", ".join(_said(item) for item in value) if value else "none"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name}: {_said(item)}" for name, item in value.items()) + "}"
    return str(value)
