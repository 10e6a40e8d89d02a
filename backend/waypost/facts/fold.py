"""Fold one event into the facts of one subject. Pure and deterministic; duplicates never get here.

fold_event → match_event → fold_free (any order) and fold_ordered (in order, or replayed when late)
"""

from __future__ import annotations

from bisect import bisect_left, insort

import msgspec

from waypost.facts.chains import step_chain
from waypost.facts.history import apply_tip
from waypost.facts.sessions import next_session
from waypost.facts.subject import ChainState, Facts, LogEntry, Ordered, Trait
from waypost.model import GROUP, IDENTIFY, TIP, Event, Json, order_key
from waypost.rules.plan import Atom, Chain, Matcher, Plan, Scope
from waypost.settings import LIMITS

__all__ = ["correlation_key", "fold_event"]

Hits = list[tuple[Atom, list[int]]]

_json = msgspec.json.Encoder(order="sorted")
_pack = msgspec.msgpack.Encoder()
_unpack_ordered = msgspec.msgpack.Decoder(Ordered)


def fold_event(plan: Plan, scope: Scope, facts: Facts, event: Event) -> list[str]:
    """Change `facts` by one event. Returns the ids of the atoms that it touched."""
    _note_seen(facts, event)
    if scope == "user":
        _fold_person(facts, event)
    elif event.name == GROUP:
        _fold_traits(facts, event)
    hits = match_event(plan, scope, event)
    ordered = [(atom, roles) for atom, roles in hits if atom.kind == "chain"]
    for atom, _ in hits:
        if atom.kind != "chain":
            _fold_free(facts, atom, event)
    if ordered or (event.active and scope == "user"):
        _fold_ordered(plan, scope, facts, event, ordered)
    return [atom.id for atom, _ in hits]


def match_event(plan: Plan, scope: Scope, event: Event) -> Hits:
    """Which atoms this event touches, with the roles it plays in each."""
    index = plan.index.get(scope)
    if not index:
        return []
    found: dict[str, list[int]] = {}
    entries = index.get(event.name, ())
    if event.active:
        entries = (*entries, *index.get("$active", ()))
    for atom_id, role in entries:
        atom = plan.atoms[atom_id]
        matcher = _matcher_of(atom, role)
        if matcher.test is None or matcher.test(event.props):
            roles = found.setdefault(atom_id, [])
            if role not in roles:
                roles.append(role)
    return [(plan.atoms[atom_id], roles) for atom_id, roles in found.items()]


def _matcher_of(atom: Atom, role: int) -> Matcher:
    if atom.chain is not None:
        return atom.chain.steps[role] if role >= 0 else atom.chain.unless[-1 - role]
    assert atom.matcher is not None
    return atom.matcher


def _note_seen(facts: Facts, event: Event) -> None:
    t = event.t
    facts.first_seen = t if facts.first_seen is None else min(facts.first_seen, t)
    facts.last_seen = t if facts.last_seen is None else max(facts.last_seen, t)
    if event.active:
        facts.last_active = t if facts.last_active is None else max(facts.last_active, t)


def _fold_person(facts: Facts, event: Event) -> None:
    if event.name == TIP:
        apply_tip(facts.tips, event)
    elif event.name == IDENTIFY:
        _fold_traits(facts, event)
    elif event.name == GROUP and event.account_id:
        _fold_group(facts, event.t, event.account_id)
    if event.tz:
        _write_trait(facts, "$tz", event.tz, event)


def _fold_traits(facts: Facts, event: Event) -> None:
    for name, value in event.props.items():
        _write_trait(facts, name, value, event)


def _write_trait(facts: Facts, name: str, value: Json, event: Event) -> None:
    old = facts.traits.get(name)
    if old is None:
        if len(facts.traits) < LIMITS.traits:
            facts.traits[name] = Trait(value, event.t, event.seq)
        return
    newer = (event.t, event.seq, _json.encode(value)) > (old.t, old.seq, _json.encode(old.value))
    if newer:
        facts.traits[name] = Trait(value, event.t, event.seq)


def _fold_group(facts: Facts, t: int, account: str) -> None:
    """Keep the changes of account, ascending; equal neighbours are one."""
    if (t, account) in facts.groups:
        return
    insort(facts.groups, (t, account))
    facts.groups = [g for i, g in enumerate(facts.groups) if i == 0 or facts.groups[i - 1][1] != g[1]]
    del facts.groups[: -LIMITS.groups_kept]


def _fold_free(facts: Facts, atom: Atom, event: Event) -> None:
    states, t = facts.states, event.t
    if atom.kind == "times":
        ring = states.setdefault(atom.id, [])
        insort(ring, t)
        if len(ring) > atom.size:
            del ring[0]
    elif atom.kind == "first":
        states[atom.id] = min(states.get(atom.id, t), t)
    elif atom.kind == "last":
        states[atom.id] = max(states.get(atom.id, t), t)
    elif atom.kind == "days":
        _count_day(states.setdefault(atom.id, []), event, atom)
    elif atom.kind == "anchor":
        anchor = [*order_key(event), event.page_view_id]
        if atom.id not in states or anchor > states[atom.id]:
            states[atom.id] = anchor


def _count_day(days: list[list[int]], event: Event, atom: Atom) -> None:
    day = event.day if atom.scope == "user" else event.account_day
    at = bisect_left(days, [day])
    if at < len(days) and days[at][0] == day:
        days[at][1] += 1
    else:
        days.insert(at, [day, 1])
        if len(days) > atom.size:
            del days[0]


def correlation_key(chain: Chain, event: Event) -> str | None:
    """The values of `same` as JSON (1 and "1" differ), "" without `same`, None when one is missing."""
    if not chain.same:
        return ""
    values = [event.props.get(name) for name in chain.same]
    if any(value is None for value in values):
        return None
    return _json.encode([_plain(value) for value in values]).decode()


def _plain(value: Json) -> Json:
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _fold_ordered(plan: Plan, scope: Scope, facts: Facts, event: Event, hits: Hits) -> None:
    keyed: list[tuple[str, str, list[int]]] = []
    for atom, roles in hits:
        assert atom.chain is not None
        key = correlation_key(atom.chain, event)
        if key is not None:
            keyed.append((atom.id, key, roles))
    active = event.active and scope == "user"
    if not keyed and not active:
        return
    entry = LogEntry(*order_key(event), event.page_view_id, active, keyed)
    if not facts.log or entry.key() > facts.log[-1].key():
        if facts.base_key is not None and not facts.log and entry.key() < facts.base_key:
            return
        facts.log.append(entry)
        _play(plan, facts.now, entry)
    elif facts.base_key is None or entry.key() > facts.base_key:
        insort(facts.log, entry, key=LogEntry.key)
        _replay(plan, facts)
    else:
        return  # older than the replay window: only order-free states take it
    _trim(plan, facts)
    _show_session(facts, active)


def _play(plan: Plan, ordered: Ordered, entry: LogEntry) -> None:
    if entry.active:
        ordered.session = next_session(ordered.session, entry.t)
    for atom_id, key, roles in entry.hits:
        chain = plan.atoms[atom_id].chain
        assert chain is not None
        state = ordered.chains.get(atom_id)
        if state is None:
            state = ordered.chains[atom_id] = ChainState()
        step_chain(chain, state, entry.t, key, roles, entry.message_id, entry.page)


def _replay(plan: Plan, facts: Facts) -> None:
    """A late event came: play the whole log again from the base."""
    facts.now = _unpack_ordered.decode(_pack.encode(facts.base))
    for entry in facts.log:
        _play(plan, facts.now, entry)


def _trim(plan: Plan, facts: Facts) -> None:
    """Events that leave the replay window are folded into the base for good."""
    oldest = facts.log[-1].t - LIMITS.replay_ms
    while len(facts.log) > LIMITS.replay_events or facts.log[0].t < oldest:
        entry = facts.log.pop(0)
        _play(plan, facts.base, entry)
        facts.base_key = entry.key()


def _show_session(facts: Facts, active: bool) -> None:
    session = facts.now.session
    if not active or session is None:
        return
    same = facts.shown_until >= session.start
    facts.shown_session = max(facts.shown_session, session.n) if same else session.n
    facts.shown_until = session.last
