"""Lower an expression: each behavioural operator becomes an atom and a reading, the rest stays JsonLogic.

Faults are collected, never raised; an expression with faults lowers to the constant false.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from sys import intern

import msgspec

from waypost.logic.guard import ITERATORS, Fault, check_expression, count_values, meant
from waypost.logic.profile import compile_program
from waypost.model import ACTIVE, CSM_TASK, DAY, GROUP, IDENTIFY, Json
from waypost.rules.durations import parse_ms, parse_span
from waypost.rules.operators import CHAIN, OPERATORS
from waypost.rules.plan import ALPHABET, Atom, AtomKind, Chain, Expr, Matcher, Reading, Scope, Span, Usage
from waypost.settings import LIMITS

__all__ = ["Lowering", "Names", "chain_names", "name_of", "roles_of", "segment_expression"]

SESSION = ("n", "age_s", "is_first", "prev_gap_s")
SEGMENT_DEPTH = 3
ENDED_KEPT = 8  # abandoned attempts, or stalls, remembered
GRACE = 120_000  # ms: late events are waited for before an attempt counts as abandoned
ORDERING = ("<", "<=", ">", ">=", "==", "===", "!=", "!==")
_json = msgspec.json.Encoder(order="sorted")
FALSE = Expr(False, False)


def name_of(*parts: Json) -> str:
    """A short stable name for equal content. Equal names are one object, which dictionaries find fastest."""
    return intern(hashlib.sha256(_json.encode(parts)).hexdigest()[:12])


@dataclass(frozen=True)
class Names:
    """What expressions may refer to."""

    chains: Mapping[str, Json] = field(default_factory=dict)
    segments: Mapping[str, Json] = field(default_factory=dict)
    key_actions: Sequence[str] = ()
    calendars: frozenset[str] = frozenset()


class Lowering:
    """Collects the atoms and readings of many expressions; equal ones become one."""

    def __init__(self, names: Names) -> None:
        self.names = names
        self.atoms: dict[str, Atom] = {}
        self.readings: dict[str, Reading] = {}
        self.tips: list[tuple[str, str]] = []  # (path, tip id) that must exist
        self.used: set[str] = set()  # atoms of the rule that is being lowered
        self.room = LIMITS.rule_nodes  # values that segments may still add to the expression that is being lowered

    # -- expressions

    def expression(self, source: Json, path: str, faults: list[Fault]) -> Expr:
        """Compile one expression of a rule."""
        before, readings, paths = len(faults), dict[str, None](), dict[str, None]()
        faults += [Fault(path + f.path, f.message, f.code, f.warning) for f in self._guard(source)]
        if any(fault.code in ("too_deep", "too_large") for fault in faults[before:]):
            return FALSE
        if isinstance(source, bool):
            return Expr(source, source)
        self.room = LIMITS.rule_nodes - (count_values(source, OPERATORS) if len(faults) == before else 0)
        residue = self._lower(source, path, faults, readings, paths, ())
        if len(faults) > before:
            return FALSE
        program = compile_program(residue)
        return Expr(source, False, program, program.function, tuple(readings), tuple(paths))

    def _guard(self, source: Json) -> list[Fault]:
        return check_expression(source, OPERATORS)

    def _lower(
        self,
        node: Json,
        path: str,
        faults: list[Fault],
        readings: dict[str, None],
        paths: dict[str, None],
        inside: tuple[str, ...],
        bound: int | None = None,
    ) -> Json:
        if isinstance(node, list):
            return [self._lower(n, f"{path}[{i}]", faults, readings, paths, inside) for i, n in enumerate(node)]
        if not isinstance(node, dict):
            return node
        if len(node) != 1:
            return False  # the guard has said so
        ((name, args),) = node.items()
        here = f"{path}.{name}"
        if name == "seg":
            return self._segment(args, here, faults, readings, paths, inside)
        if name in OPERATORS:
            reading = self._reading(name, args, here, faults, bound)
            if reading is None:
                return False
            readings[reading] = None
            return {"var": f"$a.{reading}"}
        if name == "var":
            check_variable(args, here, faults, paths, "each" in inside, ("user", "account", "session"))
            if not isinstance(args, list) or len(args) < 2:
                return node
            default = self._lower(args[1], f"{here}[1]", faults, readings, paths, inside)
            return {name: [args[0], default]}
        values = args if isinstance(args, list) else [args]
        lowered = []
        for i, value in enumerate(values):
            spot = f"{here}[{i}]" if isinstance(args, list) else here
            scope = (*inside, "each") if name in ITERATORS and i == 1 else inside
            limit = _literal(values) if name in ORDERING else None
            lowered.append(self._lower(value, spot, faults, readings, paths, scope, limit))
        return {name: lowered if isinstance(args, list) else lowered[0]}

    def _segment(
        self,
        name: Json,
        path: str,
        faults: list[Fault],
        readings: dict[str, None],
        paths: dict[str, None],
        inside: tuple[str, ...],
    ) -> Json:
        known = self.names.segments
        if not isinstance(name, str) or name not in known:
            hint = meant(name, known) if isinstance(name, str) else ""
            faults.append(
                Fault(path, f"there is no segment {name!r} in segments.json{hint}".replace("'", '"'), "unknown")
            )
            return False
        if f"seg:{name}" in inside or sum(part.startswith("seg:") for part in inside) >= SEGMENT_DEPTH:
            faults.append(
                Fault(path, f'segment "{name}" is nested deeper than {SEGMENT_DEPTH}, or in itself', "too_deep")
            )
            return False
        source = segment_expression(known[name])
        wrong = [Fault(path, f'segment "{name}"{f.path}: {f.message}', f.code) for f in self._guard(source)]
        self.room -= 0 if wrong else count_values(source, OPERATORS)
        if self.room < 0:
            message = f"more than {LIMITS.rule_nodes} values in one expression, its segments among them"
            wrong.append(Fault(path, message, "too_large"))
        if wrong:
            faults += wrong
            return False
        return self._lower(source, path, faults, readings, paths, (*inside, f"seg:{name}"))

    # -- readings

    def _reading(self, name: str, args: Json, path: str, faults: list[Fault], bound: int | None) -> str | None:
        before = len(faults)
        OPERATORS[name].check(args, path, faults)
        if len(faults) > before:
            return None
        scope: Scope = args.get("scope", "account" if name == "share" else "user")
        span = Span(session=True) if args.get("in") else parse_span(args["last"]) if args.get("last") else Span()
        if args.get("in") and args.get("last"):
            faults.append(Fault(path, '"in" and "last" exclude each other', "not_one"))
            return None
        if args.get("in") and scope == "account":
            faults.append(Fault(path, "an account has no session; use last", "no_session"))
            return None
        make = getattr(self, f"_{_SAME_AS.get(name, name)}")
        reading: Reading | None = make(intern(name), args, path, faults, scope, span, bound)
        if reading is None or len(faults) > before:
            return None
        key = name_of(
            name, *(getattr(reading, f) for f in _NAMING), msgspec.to_builtins((reading.span, reading.usage))
        )
        self.readings[key] = replace(reading, id=key, source={name: args})
        return key

    def _did(
        self, name: str, args: Json, path: str, faults: list[Fault], scope: Scope, span: Span, bound: int | None
    ) -> Reading | None:
        matcher = self.matcher(args, path, faults)
        least, most = int(args.get("min", 1)), args.get("max")
        if most is not None and least > most:
            faults.append(Fault(path, f"min {least} is more than max {most}", "out_of_range"))
        if name == "count" and bound is not None and bound > LIMITS.count_max + 1:
            faults.append(Fault(path, f"counts stop at {LIMITS.count_max}; compare with less", "out_of_range"))
        if span.days is not None:
            atom = self.atom("days", scope, matcher, size=span.days + 2)
        elif name == "count":
            atom = self.atom(
                "times", scope, matcher, size=min(LIMITS.count_max, bound + 1 if bound else LIMITS.count_max)
            )
        else:
            atom = self.atom("times", scope, matcher, size=max(least, (most or 0) + 1))
        return Reading("", name, scope, atom, matcher.names, span, least, most)

    def _days(
        self, name: str, args: Json, path: str, faults: list[Fault], scope: Scope, span: Span, bound: int | None
    ) -> Reading | None:
        matcher = self.matcher(args, path, faults)
        return Reading(
            "", name, scope, self.atom("days", scope, matcher, size=(span.days or 1) + 2), matcher.names, span
        )

    def _never(
        self, name: str, args: Json, path: str, faults: list[Fault], scope: Scope, span: Span, bound: int | None
    ) -> Reading | None:
        matcher = self.matcher(args, path, faults)
        atom = self.atom("first", scope, matcher)
        return Reading("", name, scope, atom, matcher.names, tenure=parse_ms(args["tenure"]))

    def _inactive(
        self, name: str, args: Json, path: str, faults: list[Fault], scope: Scope, span: Span, bound: int | None
    ) -> Reading | None:
        matcher = self.matcher({"event": ACTIVE, **args}, path, faults)
        return Reading(
            "", name, scope, self.atom("last", scope, matcher), matcher.names, for_ms=parse_ms(args["for"])
        )

    def _returned(
        self, name: str, args: Json, path: str, faults: list[Fault], scope: Scope, span: Span, bound: int | None
    ) -> Reading | None:
        return Reading("", name, "user", for_ms=parse_ms(args["after"]))

    def _chain(
        self, name: str, args: Json, path: str, faults: list[Fault], scope: Scope, span: Span, bound: int | None
    ) -> Reading | None:
        atom = self.chain(args, path, faults)
        if atom is not None and atom.scope == "account" and span.session:
            faults.append(Fault(path, "an account has no session; use last", "no_session"))
        return None if atom is None else Reading("", name, atom.scope, atom.id, chain_names(atom), span)

    _progress = _chain

    def _abandoned(
        self, name: str, args: Json, path: str, faults: list[Fault], scope: Scope, span: Span, bound: int | None
    ) -> Reading | None:
        atom = self.chain(args, path, faults, ended=True)
        if atom is None:
            return None
        grace = parse_ms(args["grace"]) if "grace" in args else GRACE
        names = chain_names(atom)
        return Reading("", name, atom.scope, atom.id, names, span, after=args.get("after", 1), grace=grace)

    def _tip(
        self, name: str, args: Json, path: str, faults: list[Fault], scope: Scope, span: Span, bound: int | None
    ) -> Reading | None:
        if "id" in args:
            self.tips.append((path, args["id"]))
        least, did = int(args.get("min", 1)), args.get("did", "viewed")
        ago = parse_ms(args["ago"]) if "ago" in args else 0
        if span.ms is not None and ago >= span.ms:
            faults.append(
                Fault(f"{path}.ago", f"nothing is in the last {args['last']} and so long ago", "out_of_range")
            )
        return Reading(
            "",
            name,
            "user",
            None,
            (),
            span,
            least,
            for_ms=ago,
            tip=args.get("id"),
            category=args.get("category"),
            did=did,
        )

    def _survey(
        self, name: str, args: Json, path: str, faults: list[Fault], scope: Scope, span: Span, bound: int | None
    ) -> Reading | None:
        self.tips.append((path, args["id"]))
        did = "score" if "score" in args else "answered" if args["answered"] else "unanswered"
        return Reading("", name, "user", tip=args["id"], did=did)

    def _changed(
        self, name: str, args: Json, path: str, faults: list[Fault], scope: Scope, span: Span, bound: int | None
    ) -> Reading | None:
        owner = self._trait(args["var"], f"{path}.var", faults)
        if owner is None:
            return None
        scope, trait = owner
        atom = self.trait_atom(scope, trait)
        return Reading("", name, scope, atom, (), span, var=trait, to=args.get("to"), any_value="to" not in args)

    def _days_to(
        self, name: str, args: Json, path: str, faults: list[Fault], scope: Scope, span: Span, bound: int | None
    ) -> Reading | None:
        root = args["var"].partition(".")[0]
        check_variable(args["var"], f"{path}.var", faults, {}, False, ("user", "account"))
        return Reading("", name, "account" if root == "account" else "user", var=args["var"])

    def _share(
        self, name: str, args: Json, path: str, faults: list[Fault], scope: Scope, span: Span, bound: int | None
    ) -> Reading | None:
        matcher = self.matcher(args, path, faults)
        atom = self.atom("users", "account", matcher)
        active = self.atom("users", "account", Matcher((ACTIVE,))) if args["among"] == "active" else None
        return Reading("", name, "account", atom, matcher.names, span, active=active)

    def _usage(
        self, name: str, args: Json, path: str, faults: list[Fault], scope: Scope, span: Span, bound: int | None
    ) -> Reading | None:
        matcher = self.matcher(args["metric"], f"{path}.metric", faults)
        recent, baseline = parse_span(args["recent"]).days or 0, args["baseline"]
        if recent > 7 and recent % 7:
            faults.append(
                Fault(f"{path}.recent", "whole weeks, or fewer than 7 days, can be compared", "out_of_range")
            )
        if "peers" in args.get("relative_to", "") and scope != "account":
            faults.append(
                Fault(f"{path}.relative_to", 'only accounts have peers; add "scope": "account"', "no_peers")
            )
        if args.get("min_days", 0) > (most := recent // 7 * 5 if recent >= 7 else max(0, recent - 2)):
            message = f"a window of {recent} days may hold {most} days of work, Monday to Friday"
            faults.append(Fault(f"{path}.min_days", message, "out_of_range"))
        calendar = args.get("calendar", "")
        if "." in calendar:
            check_variable(calendar, f"{path}.calendar", faults, {}, False, ("user", "account"))
        elif calendar and calendar not in self.names.calendars:
            hint = meant(calendar, self.names.calendars)
            message = f'there is no calendar "{calendar}" in project.json{hint}'
            faults.append(Fault(f"{path}.calendar", message, "unknown"))
        windows, lag = (0, 0) if baseline == "frozen" else _windows(baseline)
        usage = Usage(
            by=float(args["by"]),
            recent=recent,
            windows=windows,
            lag=lag,
            min_base=float(args.get("min_base", 1)),
            guard=float(args["guard"]) if "guard" in args else None,
            min_days=float(args.get("min_days", 0)),
            peers=args.get("relative_to") == "peers",
            calendar=calendar,
        )
        reach = recent * (windows + 1) if recent >= 7 else recent + 7 * windows
        if (reach + lag) * DAY > LIMITS.last_ms:
            message = f"looks {reach + lag} days back; {LIMITS.last_ms // DAY} at most"
            faults.append(Fault(f"{path}.baseline", message, "too_long"))
        atom = self.atom("days", scope, matcher, size=reach + lag + 2)
        return Reading("", name, scope, atom, matcher.names, usage=usage)

    # -- atoms

    def matcher(self, args: Json, path: str, faults: list[Fault]) -> Matcher:
        """The matcher of {"event": …, "where": …}."""
        event = args["event"]
        names = tuple(sorted(set(self._expand(event["any"] if isinstance(event, dict) else [event], path, faults))))
        where = args.get("where")
        if where is None or where is True:
            return Matcher(names)
        found = [Fault(f"{path}.where{f.path}", f.message, f.code, f.warning) for f in check_expression(where)]
        faults += found
        if found:
            return Matcher(names)
        check_variables(where, f"{path}.where", found)
        faults += found
        if found:
            return Matcher(names)
        program = compile_program(where)
        return Matcher(names, where, lambda props: program.truth({"event": props}))

    def _expand(self, names: Sequence[str], path: str, faults: list[Fault]) -> list[str]:
        expanded: list[str] = []
        for name in names:
            if name == "$key_action":
                if not self.names.key_actions:
                    message = '"$key_action" needs {"key_actions": ["…"]} in project.json'
                    faults.append(Fault(f"{path}.event", message, "no_key_actions"))
                expanded += self.names.key_actions
            elif name.startswith("$") and name not in (ACTIVE, CSM_TASK):
                hint = meant(name, [ACTIVE, "$key_action", CSM_TASK])
                faults.append(Fault(f"{path}.event", f'there is no event "{name}"{hint}', "unknown_event"))
            else:
                expanded.append(name)
        return expanded

    def atom(self, kind: AtomKind, scope: Scope, matcher: Matcher, size: int = 1) -> str:
        """The id of the atom with this content; the largest size that anyone needs wins."""
        key = name_of(kind, scope, matcher.names, matcher.where)
        known = self.atoms.get(key)
        if known is None or known.size < size:
            self.atoms[key] = Atom(key, kind, scope, matcher=matcher, size=size)
        self.used.add(key)
        return key

    def _trait(self, var: str, path: str, faults: list[Fault]) -> tuple[Scope, str] | None:
        """(whose, which trait) of user.<trait> or account.<trait>."""
        before = len(faults)
        check_variable(var, path, faults, {}, False, ("user", "account"))
        root, _, name = var.partition(".")
        if len(faults) == before and "." in name:
            faults.append(Fault(path, "changes of a whole trait are known, not of a part of it", "not_available"))
        if len(faults) > before:
            return None
        return ("account" if root == "account" else "user"), name

    def trait_atom(self, scope: Scope, trait: str) -> str:
        key = name_of("changes", scope, trait)
        self.atoms[key] = Atom(key, "changes", scope, var=trait)
        self.used.add(key)
        return key

    def nth_atom(self, args: Json, scope: Scope, path: str, faults: list[Fault]) -> str:
        """The atom of {"event": …, "n" or "every": …}."""
        matcher = self.matcher(args, path, faults)
        number, every = int(args.get("every") or args["n"]), "every" in args
        key = name_of("nth", scope, matcher.names, matcher.where, number, every)
        self.atoms[key] = Atom(key, "nth", scope, matcher=matcher, size=number, every=every)
        self.used.add(key)
        return key

    def chain(self, args: Json, path: str, faults: list[Fault], *, ended: bool = False) -> Atom | None:
        """The atom of a chain, named by `ref` or written in place. `after` and `within` beside a ref make a stall.

        `ended`: its abandoned attempts are asked for.
        """
        if "ref" in args:
            spec = self.names.chains.get(args["ref"])
            if spec is None:
                hint = meant(args["ref"], self.names.chains)
                faults.append(
                    Fault(f"{path}.ref", f'there is no chain "{args["ref"]}" in chains.json{hint}', "unknown")
                )
                return None
            wrong: list[Fault] = []
            CHAIN.check(spec, "", wrong)
            if wrong:
                faults.append(Fault(f"{path}.ref", f'chain "{args["ref"]}" in chains.json is not right', "unknown"))
                return None
        else:
            spec = {name: value for name, value in args.items() if name in CHAIN.fields}
            wrong = []
            CHAIN.check(spec, path, wrong)
            if wrong:
                faults += wrong
                return None
        before = len(faults)
        scope: Scope = spec.get("scope", "user")
        chain = self._chain_of(spec, scope, path, faults)
        if "ref" in args and "within" in args:
            chain = self._stalled(chain, args, path, faults)
        if len(faults) > before:
            return None
        key = name_of("chain", scope, _chain_content(chain))
        known = self.atoms.get(key)
        if known is None or (ended and known.size == 1):
            chain = replace(chain, ended=ENDED_KEPT if ended else 0)
            self.atoms[key] = Atom(key, "chain", scope, chain=chain, size=1 + chain.ended, plain=chain.plain)
        self.used.add(key)
        return self.atoms[key]

    def _stalled(self, chain: Chain, args: Json, path: str, faults: list[Fault]) -> Chain:
        step = int(args.get("after", 1))
        if chain.any_order:
            faults.append(
                Fault(f"{path}.within", "a chain in any order has no next step to wait for", "contradiction")
            )
        if step >= len(chain.steps):
            message = f"there is no step after {step}: the chain has {len(chain.steps)}"
            faults.append(Fault(f"{path}.after", message, "out_of_range"))
        return replace(chain, stall=(step, parse_ms(args["within"])))

    def _chain_of(self, spec: Json, scope: Scope, path: str, faults: list[Fault]) -> Chain:
        steps: list[Matcher] = []
        for i, step in enumerate(spec["steps"]):
            matcher = self.matcher(step.get("step", step), f"{path}.steps[{i}]", faults)
            steps += [matcher] * int(step.get("times", 1))
        if len(steps) > LIMITS.chain_steps:
            message = f"{len(steps)} steps, with repetitions; {LIMITS.chain_steps} at most"
            faults.append(Fault(f"{path}.steps", message, "too_long"))
        unless = [self.matcher(u, f"{path}.unless[{i}]", faults) for i, u in enumerate(spec.get("unless", ()))]
        for i, matcher in enumerate(unless):
            if any((m.names, m.where) == (matcher.names, matcher.where) for m in steps):
                faults.append(
                    Fault(f"{path}.unless[{i}]", "the same event is a step and breaks the chain", "contradiction")
                )
        alphabet = [
            Matcher(tuple(sorted(self._expand([event] if isinstance(event, str) else event["any"], path, faults))))
            for event in spec.get("alphabet", ())
        ]
        _check_chain(spec, scope, steps, path, faults)
        in_session = spec["within"] == "session"
        return Chain(
            tuple(steps),
            0 if in_session else parse_ms(spec["within"]),
            parse_ms(spec["gap"]) if "gap" in spec else None,
            tuple(unless),
            tuple(spec.get("same", ())),
            spec.get("restart", "latest"),
            strict=spec.get("mode") == "strict",
            alphabet=tuple(alphabet),
            any_order=spec.get("order") == "any",
            in_session=in_session,
            same_actor=spec.get("actor") == "same",
        )


def _check_chain(spec: Json, scope: Scope, steps: Sequence[Matcher], path: str, faults: list[Fault]) -> None:
    """What does not go together."""

    def say(name: str, message: str) -> None:
        faults.append(Fault(f"{path}.{name}", message, "contradiction"))

    if spec.get("order") == "any":
        names = [name for step in steps for name in step.names]
        if len(set(names)) < len(names):
            say("steps", "in any order each step needs an event of its own")
        for name in ("gap", "restart", "mode"):
            if name in spec and spec[name] not in ("latest", "relaxed"):
                say(name, f'"{name}" means nothing in any order')
    if scope == "account" and spec["within"] == "session":
        say("within", "an account has no session")
    if scope == "user" and "actor" in spec:
        say("actor", 'only a chain of "scope": "account" has several actors')
    if "alphabet" in spec and spec.get("mode") != "strict":
        say("alphabet", 'only a chain of "mode": "strict" looks at an alphabet')


def _windows(baseline: Json) -> tuple[int, int]:
    """(windows, days of lag)."""
    if isinstance(baseline, int):
        return baseline, 0
    return int(baseline["windows"]), parse_span(baseline["lag"]).days or 0 if "lag" in baseline else 0


def segment_expression(source: Json) -> Json:
    """A segment is an expression, or a list of ids: {"users": […]} or {"accounts": […]}."""
    if isinstance(source, dict) and len(source) == 1:
        ((name, ids),) = source.items()
        if name in ("users", "accounts") and isinstance(ids, list):
            return {"in": [{"var": f"{name[:-1]}.id"}, ids]}
    return source


_NAMING = (
    "scope", "atom", "names", "min", "max", "tenure", "for_ms", "after", "grace", "tip", "category", "did", "var", "to",
    "any_value", "active",
)  # fmt: skip
_SAME_AS = {"count": "did", "weeks": "days", "dropped": "usage", "rose": "usage"}


def chain_names(atom: Atom) -> tuple[str, ...]:
    assert atom.chain is not None
    return tuple(sorted({name for step in atom.chain.steps for name in step.names}))


def _chain_content(chain: Chain) -> Json:
    steps = [[m.names, m.where] for m in chain.steps]
    unless = [[m.names, m.where] for m in chain.unless]
    more = [chain.strict, [m.names for m in chain.alphabet], chain.any_order, chain.in_session, chain.same_actor]
    return [steps, chain.within, chain.gap, unless, chain.same, chain.restart, *more, chain.stall]


def roles_of(atom: Atom) -> list[tuple[int, Sequence[str]]]:
    """(role, event names) of everything that touches an atom."""
    if atom.kind == "changes":
        return [(0, (IDENTIFY if atom.scope == "user" else GROUP,))]
    if atom.chain is None:
        return [(0, atom.matcher.names)] if atom.matcher else []
    found: list[tuple[int, Sequence[str]]] = [(i, m.names) for i, m in enumerate(atom.chain.steps)]
    found += [(-1 - i, m.names) for i, m in enumerate(atom.chain.unless)]
    return found + [(ALPHABET, m.names) for m in atom.chain.alphabet]


def _literal(values: Sequence[Json]) -> int | None:
    """The largest number that a count is compared with, or None."""
    numbers = [v for v in values if isinstance(v, int | float) and not isinstance(v, bool)]
    return int(max(numbers)) + 1 if numbers and len(numbers) == len(values) - 1 else None


def check_variables(node: Json, path: str, faults: list[Fault], each: bool = False) -> None:
    """A where reads event.* only."""
    if isinstance(node, list):
        for i, item in enumerate(node):
            check_variables(item, f"{path}[{i}]", faults, each)
    elif isinstance(node, dict):
        ((name, args),) = node.items()
        if name == "var":
            check_variable(args, f"{path}.var", faults, {}, each, ("event",))
            if isinstance(args, list):
                check_variables(args[1:], f"{path}.var", faults, each)
            return
        values = args if isinstance(args, list) else [args]
        for i, item in enumerate(values):
            check_variables(item, f"{path}.{name}[{i}]", faults, each or (name in ITERATORS and i == 1))


def check_variable(
    args: Json, path: str, faults: list[Fault], paths: dict[str, None], each: bool, roots: Sequence[str]
) -> None:
    """A variable starts with one of `roots`; inside map, filter and the like any name of the element goes."""
    name = args[0] if isinstance(args, list) and args else args
    if isinstance(name, dict) or (isinstance(name, list) and not all(isinstance(p, str | int) for p in name)):
        faults.append(Fault(path, "a variable is named by its path, not by an expression", "unknown_variable"))
        return
    parts = [str(p) for p in name] if isinstance(name, list) else str(name).removeprefix("$root.").split(".")
    parts = parts or [""]
    if each and not str(name).startswith("$root."):
        return
    root = parts[0]
    if root not in roots or len(parts) < 2 or not parts[1]:
        if root == "event":
            hint = "; event.* can only be read in a where"
        else:
            hint = meant(root, roots) or f"; write {roots[0]}.<name>"
        faults.append(Fault(path, f'there is no variable "{".".join(parts)}"{hint}', "unknown_variable"))
    elif root == "session" and parts[1] not in SESSION:
        hint = meant(parts[1], SESSION) or f"; there are {', '.join('session.' + s for s in SESSION)}"
        faults.append(Fault(path, f'there is no variable "session.{parts[1]}"{hint}', "unknown_variable"))
    else:
        paths[".".join(parts)] = None
