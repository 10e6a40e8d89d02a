"""Compile all rules of a project together: documents in, one Plan and every problem out.

A rule with an error is left out of the plan; the caller decides whether the plan may go live at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import date
from itertools import chain as chained

from waypost.errors import Problem
from waypost.logic.guard import Fault, check_values, meant
from waypost.model import ACTIVE, INTRUSIVE, Json
from waypost.rules.crosslint import crosslint
from waypost.rules.customers import customer_model
from waypost.rules.document import CHAINS, PROJECT, RULE, SEGMENTS, TEXT
from waypost.rules.durations import parse_ms
from waypost.rules.escalate import SUFFIX, check_escalation, escalation
from waypost.rules.lint import lint
from waypost.rules.lower import Lowering, Names, name_of, roles_of, segment_expression
from waypost.rules.plan import (
    FOLDED,
    NO_HOLDOUT,
    RUNNING,
    Alert,
    Atom,
    Chain,
    CompiledRule,
    Csm,
    CustomerModel,
    Expr,
    Frequency,
    Matcher,
    Moment,
    Plan,
    Repeat,
    Reported,
    Scope,
    Text,
    Variant,
)
from waypost.rules.survey import ask_once, question_faults, question_of
from waypost.rules.text import body_nodes, title_nodes
from waypost.settings import LIMITS, Policy

__all__ = ["compile_rules"]

PACE = ("frequency", "attention", "quiet_hours")
REPORTED = ("key_actions", "activation", "value", "support")
NEEDS_ANCHOR = ("tooltip", "hotspot", "inline")
EPOCH = date(1970, 1, 1).toordinal()


def compile_rules(
    documents: Mapping[str, Json],
    chains: Json,
    segments: Json,
    versions: Mapping[str, int],
    project: Json = None,
    seen: Mapping[str, int] | None = None,
    now: int = 0,
) -> tuple[Plan, list[Problem]]:
    """`documents` by file name; `versions` by rule id (1 when absent). Never raises on any JSON.

    `seen`: event name -> ms it was last received, where that is known: rules over events that nobody sends get advice.
    """
    problems: list[Problem] = []
    lowering = Lowering(_names(chains, segments, {} if project is None else project, problems))
    project = project if isinstance(project, dict) else {}
    reported = _reported(project, _try_shared(lowering, problems))
    customers, wrong = customer_model(project, reported.features, lowering, reported.chains)
    problems += [_problem("project.json", fault) for fault in wrong]
    rules: dict[str, CompiledRule] = {}
    files: dict[str, str] = {}
    references: list[tuple[str, str, str]] = []
    for file, document in documents.items():
        faults: list[Fault] = []
        rule = _rule(document, lowering, versions, faults)
        mentioned = lowering.tips
        alert = None if rule is None else _escalation(rule, lowering, faults)
        rule_id = document.get("id") if isinstance(document, dict) else None
        if isinstance(rule_id, str):
            if rule_id in files:
                faults.append(Fault("id", f'"{rule_id}" is the id of {files[rule_id]} too', "duplicate_id"))
            files.setdefault(rule_id, file)
        references += [(file, path, tip) for path, tip in mentioned]
        problems += [_problem(file, fault, rule_id if isinstance(rule_id, str) else "") for fault in faults]
        if rule is not None and not any(not fault.warning for fault in faults):
            rules |= {one.id: one for one in (rule, alert) if one is not None}
    for file, path, tip in references:
        if tip not in files:
            problems.append(Problem(file, path, f'there is no tip "{tip}"{meant(tip, files)}', "unknown"))
            rules = {name: rule for name, rule in rules.items() if files[rule.escalates or name] != file}
    plan = _plan(rules, lowering, _calendars(project), _holdout(project), _frequency(project), reported, customers)
    plan = replace(plan, decisions_kept=_decisions_kept(project), csms=_csms(project))
    found = crosslint(plan, seen, now)
    problems += [_problem(files[rule_id], fault, rule_id) for rule_id, fault in found if rule_id in files]
    return plan, problems


def _problem(file: str, fault: Fault, rule_id: str = "") -> Problem:
    severity = "warning" if fault.warning else "error"
    return Problem(file, fault.path.lstrip("."), fault.message, fault.code, severity, rule_id)


def _names(chains: Json, segments: Json, project: Json, problems: list[Problem]) -> Names:
    shared: list[dict[str, Json]] = []
    for file, shape, value in (
        ("chains.json", CHAINS, chains),
        ("segments.json", SEGMENTS, segments),
        ("project.json", PROJECT, project),
    ):
        faults = check_values(value)
        kept = isinstance(value, dict) and not faults
        named = {k: v for k, v in value.items() if k != "$schema"} if isinstance(value, dict) else value
        if not faults:
            shape.check(named, "", faults)
        problems += [_problem(file, fault) for fault in faults]
        shared.append(named if kept else {})
    chains, segments, project = shared
    actions = project.get("key_actions", [])
    flat = [name for action in actions for name in _named(action)] if isinstance(actions, list) else []
    return Names(chains, segments, flat, frozenset(_part(project, "calendars")))


def _named(action: Json) -> list[str]:
    """The names of an event as a project may write it; nothing where it is written wrong."""
    names = action.get("any") if isinstance(action, dict) else [action]
    return [name for name in names if isinstance(name, str)] if isinstance(names, list) else []


def _try_shared(lowering: Lowering, problems: list[Problem]) -> dict[str, tuple[Scope, Chain]]:
    """Chains and segments are checked even when no rule uses them; what they need is not kept. The chains by name."""
    trial, chains = Lowering(lowering.names), dict[str, tuple[Scope, Chain]]()
    for name in lowering.names.chains:
        faults: list[Fault] = []
        spec = lowering.names.chains[name]
        wrong: list[Fault] = []
        CHAINS.check({name: spec}, "", wrong)
        atom = trial.chain(spec, name, faults) if not wrong else None
        if atom is not None and atom.chain is not None:
            chains[name] = atom.scope, atom.chain
        problems += [_problem("chains.json", fault) for fault in faults]
    for name in lowering.names.segments:
        found: list[Fault] = []
        trial.expression(segment_expression(lowering.names.segments[name]), name, found)
        problems += [_problem("segments.json", fault) for fault in found]
    return chains


def _rule(
    document: Json, lowering: Lowering, versions: Mapping[str, int], faults: list[Fault]
) -> CompiledRule | None:
    """One rule. Expressions are looked at even when other fields are wrong, so that all mistakes show at once."""
    lowering.tips, lowering.used = [], set()
    if wrong := check_values(document):
        faults += wrong
        return None
    RULE.check(document, "", faults)
    if not isinstance(document, dict):
        return None
    shaped = not faults
    trigger, alert_part, repeat_part = (_part(document, name) for name in ("trigger", "alert", "repeat"))
    look = lowering.expression
    audience = look(document.get("audience", True), "audience", faults)
    when = look(trigger.get("when", True), "trigger.when", faults)
    goal = look(document["goal"], "goal", faults) if "goal" in document else None
    clear = look(alert_part["clear"], "alert.clear", faults) if "clear" in alert_part else None
    key = look(repeat_part["key"], "repeat.key", faults) if "key" in repeat_part else None
    TEXT.check(document.get("text"), "", wrong)
    if not wrong:
        _texts(document["text"], "text", faults)
    if not shaped:
        return None
    if (answered := ask_once(document)) is not None:
        goal = look(answered, "goal", faults)
    variants = [
        look(v["if"], f"variants[{i}].if", faults) if "if" in v else None
        for i, v in enumerate(document.get("variants", ()))
    ]
    moment = _moment(trigger["on"], lowering, faults, _scope(document)) if "on" in trigger else None
    right = all(fault.warning for fault in faults)
    occasion = moment or (_occasion(trigger.get("when"), lowering) if right else None)
    _check_whole(document, moment, occasion, lowering, faults)
    faults += lint(document) if right else ()
    return _build(document, lowering, versions, faults, audience, when, goal, clear, key, variants, moment, occasion)


def _escalation(tip: CompiledRule, lowering: Lowering, faults: list[Fault]) -> CompiledRule | None:
    """The alert that a tip without mistakes says where people help; it has the tip's version."""
    document = None if any(not fault.warning for fault in faults) else escalation(tip.source)
    if document is None or tip.kind == "alert":
        return None
    wrong: list[Fault] = []
    made = _rule(document, lowering, {tip.id: tip.version}, wrong)
    faults += [Fault("alert.escalate", fault.message, fault.code) for fault in wrong if not fault.warning]
    name = tip.id + SUFFIX
    return None if made is None else replace(made, id=name, escalates=tip.id, source={**document, "id": name})


def _part(document: Json, name: str) -> dict[str, Json]:
    found = document.get(name)
    return found if isinstance(found, dict) else {}


def _scope(document: Json) -> Scope:
    scope: Scope = document.get("scope", "account" if document.get("kind") == "alert" else "user")
    return scope


def _moment(on: Json, lowering: Lowering, faults: list[Fault], of_rule: Scope = "user") -> Moment | None:
    path = "trigger.on"
    scope: Scope = on.get("scope", of_rule)
    if "event" in on:
        atom = lowering.atom("anchor", scope, lowering.matcher(on, path, faults))
        return Moment("event", atom, scope)
    if "nth" in on:
        return Moment("nth", lowering.nth_atom(on["nth"], scope, f"{path}.nth", faults), scope)
    for kind in ("chain", "abandoned"):
        if kind in on:
            found = lowering.chain(on[kind], f"{path}.{kind}", faults, ended=kind == "abandoned")
            if found is None:
                return None
            grace = parse_ms(on[kind].get("grace", "2m"))
            return Moment(kind, found.id, found.scope, on[kind].get("after", 1), grace)
    return Moment("session" if "session" in on else "clock", None, scope)


def _occasion(when: Json, lowering: Lowering) -> Moment | None:
    """The one chain or abandonment that a state rule must find: each occurrence is an occasion of its own."""
    parts = when["and"] if isinstance(when, dict) and isinstance(when.get("and"), list) else [when]
    found = [part for part in parts if isinstance(part, dict) and part.keys() & {"chain", "abandoned"}]
    return _moment(found[0], lowering, []) if len(found) == 1 else None


def _check_whole(
    document: Json, moment: Moment | None, occasion: Moment | None, lowering: Lowering, faults: list[Fault]
) -> None:
    """What no single field can tell."""

    def say(path: str, message: str, code: str) -> None:
        faults.append(Fault(path, message, code))

    alert = document.get("kind") == "alert"
    place = document.get("placement", {})
    mode = document.get("repeat", {}).get("mode")
    if not alert and not place:
        say("", '"placement" is missing', "missing_field")
    if alert and place:
        say("placement", "an alert opens a CSM task; it has no place on a page", "contradiction")
    shares = [variant["share"] for variant in document.get("variants", ()) if "share" in variant]
    if round(sum(shares), 9) > 1:
        say("variants", f"the shares add up to {sum(shares):g}; 1 at most", "out_of_range")
    if alert and shares:
        say("variants", "a CSM task has one text; shares are for what people see", "contradiction")
    if not alert and "alert" in document:
        faults += check_escalation(document)
    if alert and "escalate" in document.get("alert", {}):
        say("alert.escalate", "an alert opens a task itself; this stands in a tip", "contradiction")
    if alert and document.get("state") == "shadow":
        say("state", "an alert shows nothing to anybody; it is a draft until it is live", "contradiction")
    if place.get("surface") in NEEDS_ANCHOR and not place.get("anchor"):
        say("placement", f'a {place["surface"]} needs an "anchor"', "missing_field")
    if moment is not None and moment.kind == "clock" and not alert:
        say("trigger.on.clock", "only alerts are looked at by time alone", "contradiction")
    if alert and moment is not None and moment.kind != "clock" and moment.scope != _scope(document):
        other = f'add "scope": "{moment.scope}" to the rule, or "scope": "{_scope(document)}" to what it waits for'
        say(
            "trigger.on",
            f"this is of one {moment.scope}, and the rule of one {_scope(document)}: {other}",
            "contradiction",
        )
    if mode == "episode" and not alert:
        say("repeat.mode", '"episode" is for alerts', "contradiction")
    if mode == "per_moment" and occasion is None:
        say("repeat.mode", '"per_moment" needs trigger.on, or one chain in trigger.when', "contradiction")
    if (mode == "per_key") != ("key" in document.get("repeat", {})):
        say("repeat", '"per_key" and "key" need each other', "contradiction")
    if not alert and document.get("scope") == "account":
        say("scope", "a tip is shown to a person; account is for alerts", "contradiction")
    if len(lowering.used) > LIMITS.atoms_per_rule:
        message = f"{len(lowering.used)} different conditions on behaviour; {LIMITS.atoms_per_rule} at most"
        say("trigger", message, "too_large")
    if "start" in document.get("action", {}):
        lowering.tips.append(("action.start", document["action"]["start"]))
    policy = document.get("policy", {})
    for name in ("requires", "blocked_by"):
        lowering.tips += [(f"policy.{name}", tip) for tip, _ in _others(policy.get(name, ()))]
    if policy.get("holdout") and (policy.get("mandatory") or policy.get("category") in NO_HOLDOUT):
        say("policy.holdout", "help, security and mandatory tips have no control group", "contradiction")
    dates = document.get("schedule", {})
    if policy.get("opened") and (moment is None or moment.kind != "event"):
        say("policy.opened", 'what opens it is an event: add "on": {"event": "…"} to the trigger', "missing_field")
    if dates.get("from") and dates.get("to") and dates["from"] >= dates["to"]:
        say("schedule.to", "this is not after schedule.from", "out_of_range")
    faults += question_faults(document)


def _build(
    document: Json,
    lowering: Lowering,
    versions: Mapping[str, int],
    faults: list[Fault],
    audience: Expr,
    when: Expr,
    goal: Expr | None,
    clear: Expr | None,
    key: Expr | None,
    conditions: Sequence[Expr | None],
    moment: Moment | None,
    occasion: Moment | None,
) -> CompiledRule:
    place, policy, dates = (document.get(name, {}) for name in ("placement", "policy", "schedule"))
    trigger, kind = document["trigger"], document.get("kind", "tip")
    surface, opened = place.get("surface", ""), policy.get("opened", False)
    intrusive = interrupts(kind, surface) and not opened
    texts = _texts(document["text"], "text", [])
    variants = [
        Variant(_texts(variant["text"], f"variants[{i}].text", faults), condition, variant.get("name", ""))
        for i, (condition, variant) in enumerate(zip(conditions, document.get("variants", ()), strict=True))
    ]
    return CompiledRule(
        id=document["id"],
        version=versions.get(document["id"], 1),
        name=document.get("name") or next(iter(document["text"].values()))["title"],
        kind=kind,
        state=document.get("state", "live"),
        scope=_scope(document),
        surface=surface,
        anchor=place.get("anchor", ""),
        intrusive=intrusive,
        audience=audience,
        when=when,
        goal=goal,
        moment=moment,
        occasion=occasion,
        at=_client(trigger.get("at", {}), intrusive),
        settle=parse_ms(trigger.get("settle", "0s")),
        ttl=_ttl(trigger.get("ttl", "page")),
        repeat=_repeat(document.get("repeat", {}), kind, key),
        texts=texts,
        variants=tuple(variants),
        action=_action(document.get("action", {})),
        category=policy.get("category", "general"),
        priority=policy.get("priority", "normal"),
        caps=tuple((c["count"], parse_ms(c["per"]), c.get("group", "tip")) for c in policy.get("caps", ())),
        stop_after_dismissed=policy.get("stop_after", {}).get("dismissed", Policy.stop_after_dismissed),
        starts=dates.get("from"),
        ends=dates.get("to"),
        schedule_tz=dates.get("tz", "environment"),
        mandatory=policy.get("mandatory", False),
        opened=opened,
        exclusive=policy.get("exclusive", ""),
        requires=_others(policy.get("requires", ())),
        blocked_by=_others(policy.get("blocked_by", ())),
        holdout=float(policy.get("holdout", 0)),
        unit=policy.get("unit", "user"),
        sample=float(policy.get("sample", 1)),
        shares=_shares(document.get("variants", ())),
        alert=_alert(document.get("alert", {}), clear) if kind == "alert" or "alert" in document else None,
        goal_window=parse_ms(document.get("goal_window", "7d")),
        question=question_of(document),
        source=document,
    )


def _shares(variants: Sequence[Json]) -> tuple[tuple[int, float], ...]:
    """(variant, share) in the order written; last the rule's own text (-1) with what is left, if anything is."""
    shares = [(i, float(variant["share"])) for i, variant in enumerate(variants) if "share" in variant]
    left = round(1 - sum(share for _, share in shares), 9)
    return (*shares, (-1, left)) if shares and left > 0 else tuple(shares)


def interrupts(kind: str, surface: str) -> bool:
    """Surveys and tours always interrupt; a checklist in the corner never does."""
    return kind in ("survey", "tour") or (surface in INTRUSIVE and kind != "checklist")


def _others(tips: Sequence[Json]) -> tuple[tuple[str, str], ...]:
    return tuple((tip, "viewed") if isinstance(tip, str) else (tip["tip"], tip["did"]) for tip in tips)


def _texts(texts: Json, path: str, faults: list[Fault]) -> dict[str, Text]:
    return {
        locale: Text(
            title=title_nodes(words["title"], f"{path}.{locale}.title", faults),
            body=body_nodes(words.get("body", ""), f"{path}.{locale}.body", faults),
            cta=words.get("cta", ""),
            secondary=words.get("secondary", ""),
            why=words.get("why", ""),
        )
        for locale, words in texts.items()
    }


def _client(at: Json, intrusive: bool) -> dict[str, Json]:
    """`at` with durations in ms; what interrupts never does so while typing or over a dialog."""
    found = {**({"typing": False, "no_modal": True} if intrusive else {}), **at}
    return {name: parse_ms(v) if name in ("dwell", "idle") else v for name, v in found.items()}


def _ttl(text: str) -> Json:
    return text if text in ("page", "session") else parse_ms(text)


def _repeat(repeat: Json, kind: str, key: Expr | None) -> Repeat:
    return Repeat(
        mode=repeat.get("mode", "episode" if kind == "alert" else "cooldown"),
        cooldown=parse_ms(repeat.get("cooldown", "7d")),
        max=repeat.get("max", 3),
        key=key,
    )


def _action(action: Json) -> dict[str, Json]:
    return {"snooze": parse_ms(action["snooze"])} if "snooze" in action else dict(action)


def _alert(alert: Json, clear: Expr | None) -> Alert:
    sla = parse_ms(alert["sla"]) if "sla" in alert else None
    return Alert(alert.get("owner", ""), alert.get("severity", "medium"), sla, clear)


def _calendars(project: Json) -> dict[str, frozenset[int]]:
    """Name -> days off, as day numbers."""
    found: dict[str, frozenset[int]] = {}
    for name, days in _part(project, "calendars").items():
        with suppress(ValueError, TypeError):
            found[name] = frozenset(date.fromisoformat(day).toordinal() - EPOCH for day in days)
    return found


def _holdout(project: Json) -> tuple[float, Scope]:
    """The control group of everything; none until a project asks for one."""
    found = _part(project, "holdout")
    share = found.get("share", 0)
    whole = isinstance(share, int | float) and 0 <= share <= 0.5
    return (float(share) if whole else 0.0), "account" if found.get("unit") == "account" else "user"


def _frequency(project: Json) -> Frequency:
    """What people bear; the default for whatever is not written, or written wrong."""
    wrong: list[Fault] = []
    PROJECT.check({name: project[name] for name in PACE if name in project}, "", wrong)
    if wrong:
        return Frequency()
    numbers, attention = dict(_part(project, "frequency")), _part(project, "attention")
    account = tuple((cap["count"], parse_ms(cap["per"])) for cap in numbers.pop("account", ()))
    given = {name: parse_ms(value) if isinstance(value, str) else value for name, value in numbers.items()}
    if "user" in attention:
        given["attention"] = attention["user"]
    if "account" in attention:
        given["attention_of_account"] = attention["account"]
    quiet = _part(project, "quiet_hours")
    hours = (_minute(quiet["from"]), _minute(quiet["to"])) if quiet else None
    return Frequency(**given, account=account, quiet=hours)


def _decisions_kept(project: Json) -> int | None:
    """How long the decision log looks back (ms); None, for ever, where nothing is written or it is written wrong."""
    with suppress(KeyError, ValueError, TypeError):
        return parse_ms(_part(project, "retention")["decisions"])
    return None


def _csms(project: Json) -> dict[str, Csm]:
    """Those that are written right."""
    csms = _part(project, "csms")
    wrong: list[Fault] = []
    PROJECT.check({"csms": csms}, "", wrong)
    return {} if wrong else {name: Csm(**csm) for name, csm in csms.items()}


def _reported(project: Json, chains: dict[str, tuple[Scope, Chain]]) -> Reported:
    """Key actions are the features, the first of them is the value and activates, unless the project names others."""
    wrong: list[Fault] = []
    PROJECT.check({name: project[name] for name in REPORTED if name in project}, "", wrong)
    if wrong:
        return Reported(chains=chains)
    features = tuple(tuple(_named(action)) for action in project.get("key_actions", ()))
    activation, support = _part(project, "activation"), _part(project, "support")
    return Reported(
        features,
        tuple(tuple(_named(event)) for event in activation.get("events", ())) or features[:1],
        parse_ms(activation["within"]) if "within" in activation else Reported().within,
        tuple(_named(project["value"])) if "value" in project else (features[0] if features else ()),
        (tuple(_named(support["event"])), support.get("topic", "topic")) if support else None,
        chains,
    )


def _minute(of_day: str) -> int:
    hour, minute = of_day.split(":")
    return int(hour) * 60 + int(minute)


def _plan(
    rules: Mapping[str, CompiledRule],
    lowering: Lowering,
    calendars: dict[str, frozenset[int]],
    holdout: tuple[float, Scope],
    frequency: Frequency,
    reported: Reported,
    customers: CustomerModel,
) -> Plan:
    """Only what running rules read is folded, and paused ones, so that they go on where they were."""
    folded = [rule for rule in rules.values() if rule.state in FOLDED]
    running = {rule.id: rule for rule in folded if rule.state in RUNNING}
    expressions = {rule.id: _expressions(rule) for rule in folded}
    wanted = {r for found in expressions.values() for expr in found for r in expr.readings}
    wanted |= {r for stage in customers.stages for r in stage.when.readings}
    readings = {key: lowering.readings[key] for key in sorted(wanted)}
    needed = {atom for r in readings.values() for atom in (r.atom, r.active)} | {
        rule.moment.atom for rule in folded if rule.moment
    }
    active = lowering.atom("users", "account", Matcher((ACTIVE,))) if frequency.attention_of_account else ""
    atoms = {key: lowering.atoms[key] for key in sorted({*(a for a in needed if a), *([active] if active else [])})}
    listened: set[str] = set()
    for rule in running.values():
        if rule.kind == "alert":
            continue
        used = [readings[r].atom for r in rule.when.readings] + [rule.moment.atom if rule.moment else None]
        listened |= {name for atom in used if atom for name in _names_of(atoms[atom].id, lowering)}
    return Plan(
        rules=dict(sorted(running.items())),
        resting={name: rule for name, rule in sorted(rules.items()) if name not in running},
        atoms=atoms,
        readings=readings,
        index=_index(atoms.values()),
        listen=tuple(sorted(name for name in listened if not name.startswith("$"))),
        holdout=holdout,
        frequency=frequency,
        active_people=active,
        calendars=calendars,
        reported=reported,
        customers=customers,
        key_actions=tuple(lowering.names.key_actions),
        fingerprint=name_of(*((atom.id, atom.size) for atom in atoms.values())),
        names=frozenset(n for key in atoms for n in _names_of(key, lowering) if not n.startswith("$")),
    )


def _expressions(rule: CompiledRule) -> list[Expr]:
    optional = [rule.goal, rule.repeat.key, rule.alert.clear if rule.alert else None]
    return [
        rule.audience,
        rule.when,
        *(v.condition for v in rule.variants if v.condition),
        *(e for e in optional if e),
    ]


def _names_of(atom_id: str, lowering: Lowering) -> Iterator[str]:
    return chained.from_iterable(names for _, names in roles_of(lowering.atoms[atom_id]))


def _index(atoms: Iterable[Atom]) -> dict[str, dict[str, tuple[tuple[str, int], ...]]]:
    index: dict[str, dict[str, list[tuple[str, int]]]] = {"user": {}, "account": {}}
    for atom in atoms:
        for role, names in roles_of(atom):
            for name in names:
                index[atom.scope].setdefault(name, []).append((atom.id, role))
    return {scope: {name: tuple(found) for name, found in names.items()} for scope, names in index.items()}
