"""Fold one event into the facts of one subject. Pure and deterministic; duplicates never get here.

fold_event → _route (what it touches) → _take_… (order-free states) and _fold_ordered (in order, or replayed when late)
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial

import msgspec

from waypost.facts.chains import end_session, step_chain, step_plain
from waypost.facts.history import apply_tip
from waypost.facts.log import CHUNK, Entry, Hit
from waypost.facts.sessions import next_session
from waypost.facts.subject import (
    ChainState,
    Changes,
    Facts,
    Nth,
    Ordered,
    Trait,
    pack_ordered,
    unpack_ordered,
)
from waypost.model import ACTIVE, CSM_TASK, GROUP, IDENTIFY, TIP, Event, Json, order_key
from waypost.rules.plan import ALPHABET, Atom, Chain, Plan, Scope
from waypost.settings import LIMITS, Policy

GAP, MOST = Policy.session_gap_ms, Policy.session_max_ms
PERSONAL = frozenset({TIP, IDENTIFY, GROUP})
CHANGES_KEPT = 8  # changes of a trait remembered
__all__ = ["correlation_key", "fold_event", "touches"]

_json = msgspec.json.Encoder(order="sorted")
Test = Callable[[Mapping[str, Json]], bool]


@dataclass(frozen=True, slots=True)
class _Route:
    """What an event of one name touches, found once per plan.

    `free`: order-free atoms with their tests. `fixed`: what it always does to the ordered ones; `varied`: what depends
    on its properties.
    """

    free: tuple[tuple[_Take, Atom, Test | None], ...]
    fixed: tuple[Hit, ...]
    varied: tuple[tuple[Atom, tuple[tuple[int, Test | None], ...]], ...]


def fold_event(plan: Plan, scope: Scope, facts: Facts, event: Event) -> None:
    """Change `facts` by one event."""
    t, active = event.t, event.active
    if event.name != CSM_TASK:  # what a CSM did is no sight of the customer
        if facts.first_seen is None or t < facts.first_seen:
            facts.first_seen = t
        if facts.last_seen is None or t > facts.last_seen:
            facts.last_seen = t
    if active and (facts.last_active is None or t > facts.last_active):
        facts.last_active = t
    if scope == "user":
        if event.name in PERSONAL or event.tz:
            _fold_person(facts, event)
    else:
        active = False  # an account has no session
        if event.name == GROUP:
            _fold_traits(facts, event)
        elif event.name == TIP:
            apply_tip(facts.tips, event)
    route = _route(plan, scope, event)
    for take, atom, test in route.free:
        if test is None or test(event.props):
            take(facts.states, atom, event)
    hits = (*route.fixed, *_varied(route, event)) if route.varied else route.fixed
    if hits or active:
        _fold_ordered(plan, facts, (order_key(event), event.page_view_id, active, hits))


# -- what an event touches


def touches(plan: Plan, atom: Atom, event: Event) -> bool:
    """Whether an event changes this atom: what a trace names as the events behind an operator."""
    route = _route(plan, atom.scope, event)
    if any(found is atom and (test is None or test(event.props)) for _, found, test in route.free):
        return True
    return any(hit[0] == atom.id for hit in (*route.fixed, *_varied(route, event)))


def _route(plan: Plan, scope: Scope, event: Event) -> _Route:
    routes, key = plan.routes[scope], (event.name, event.active)
    found: _Route | None = routes.get(key)
    if found is None:
        if len(routes) > LIMITS.event_names:  # names that nobody waits for need no memory
            routes.clear()
        found = routes[key] = _plan_route(plan, scope, *key)
    return found


def _plan_route(plan: Plan, scope: Scope, name: str, active: bool) -> _Route:
    index = plan.index.get(scope, {})
    roles: dict[str, list[int]] = {}
    for atom_id, role in (*index.get(name, ()), *(index.get(ACTIVE, ()) if active else ())):
        if role not in roles.setdefault(atom_id, []):
            roles[atom_id].append(role)
    free: list[tuple[_Take, Atom, Test | None]] = []
    fixed: list[Hit] = []
    varied = []
    for atom_id, found in roles.items():
        atom = plan.atoms[atom_id]
        tests = tuple((role, _test_of(atom, role)) for role in sorted(found, reverse=True))
        if atom.kind in _FREE:
            free.append((_FREE[atom.kind], atom, tests[0][1]))
        elif atom.kind == "changes" or any(test for _, test in tests) or _keyed(atom):
            varied.append((atom, tests))
        else:
            fixed.append((atom_id, "", tuple(sorted(found, reverse=True))))
    return _Route(tuple(free), tuple(fixed), tuple(varied))


def _test_of(atom: Atom, role: int) -> Test | None:
    if atom.chain is None:
        return atom.matcher.test if atom.matcher else None
    if role == ALPHABET:
        return None  # the alphabet names events, whatever their properties
    return (atom.chain.steps[role] if role >= 0 else atom.chain.unless[-1 - role]).test


def _keyed(atom: Atom) -> bool:
    return atom.chain is not None and bool(atom.chain.same or atom.chain.same_actor)


def _varied(route: _Route, event: Event) -> Iterator[Hit]:
    for atom, tests in route.varied:
        if atom.kind == "changes":
            if atom.var in event.props:
                yield atom.id, _json.encode(event.props[atom.var]).decode(), (0,)
            continue
        roles = tuple(role for role, test in tests if test is None or test(event.props))
        if roles:
            key = correlation_key(atom.chain, event) if atom.chain else ""
            if key is not None:
                yield atom.id, key, roles


def correlation_key(chain: Chain, event: Event) -> str | None:
    """The values of `same` as JSON (1 and "1" differ), "" without `same`, None when one is missing."""
    if not chain.same and not chain.same_actor:
        return ""
    values = [event.props.get(name) for name in chain.same]
    if chain.same_actor:
        values.append(event.user_id or event.anon_id)
    if any(value is None for value in values):
        return None
    return _json.encode([_plain(value) for value in values]).decode()


def _plain(value: Json) -> Json:
    return int(value) if isinstance(value, float) and value.is_integer() else value


# -- traits, groups, tips: order-free


def _fold_person(facts: Facts, event: Event) -> None:
    name = event.name
    if name == TIP:
        apply_tip(facts.tips, event)
    elif name == IDENTIFY:
        _fold_traits(facts, event)
    elif name == GROUP and event.account_id:
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
    mine, theirs = (event.t, event.seq), (old.t, old.seq)
    if mine > theirs or (mine == theirs and _json.encode(value) > _json.encode(old.value)):
        old.value, old.t, old.seq = value, event.t, event.seq


def _fold_group(facts: Facts, t: int, account: str) -> None:
    """Keep the calls, ascending. When there are too many, those go first that say again what was said before and after."""
    if (t, account) in facts.groups:
        return
    insort(facts.groups, (t, account))
    if len(facts.groups) > LIMITS.groups_kept:
        names = [name for _, name in facts.groups]
        again = (i for i in range(1, len(names) - 1) if names[i - 1] == names[i] == names[i + 1])
        del facts.groups[next(again, 0)]


# -- order-free atoms

_Take = Callable[[dict[str, Json], Atom, Event], None]


def _take_time(states: dict[str, Json], atom: Atom, event: Event) -> None:
    ring = states.get(atom.id)
    if ring is None:
        states[atom.id] = [event.t]
        return
    if event.t >= ring[-1]:
        ring.append(event.t)
    else:
        insort(ring, event.t)
    if len(ring) > atom.size:
        del ring[0]


def _take_first(states: dict[str, Json], atom: Atom, event: Event) -> None:
    states[atom.id] = min(states.get(atom.id, event.t), event.t)


def _take_last(states: dict[str, Json], atom: Atom, event: Event) -> None:
    states[atom.id] = max(states.get(atom.id, event.t), event.t)


def _take_day(states: dict[str, Json], atom: Atom, event: Event) -> None:
    days = states.setdefault(atom.id, [])
    day = event.day if atom.scope == "user" else event.account_day
    at = bisect_left(days, [day])
    if at < len(days) and days[at][0] == day:
        days[at][1] += 1
    else:
        days.insert(at, [day, 1])
        if len(days) > atom.size:
            del days[0]


def _take_user(states: dict[str, Json], atom: Atom, event: Event) -> None:
    if event.user_id is None:
        return
    users = states.setdefault(atom.id, {})
    users[event.user_id] = max(users.get(event.user_id, event.account_day), event.account_day)
    if len(users) > LIMITS.account_users:
        del users[min(users, key=lambda user: (users[user], user))]


def _take_anchor(states: dict[str, Json], atom: Atom, event: Event) -> None:
    anchor = [*order_key(event), event.page_view_id]
    if atom.id not in states or anchor > states[atom.id]:
        states[atom.id] = anchor


_FREE: dict[str, _Take] = {
    "times": _take_time, "first": _take_first, "last": _take_last, "days": _take_day, "users": _take_user,
    "anchor": _take_anchor,
}  # fmt: skip


# -- the ordered half


def _fold_ordered(plan: Plan, facts: Facts, entry: Entry) -> None:
    log, key = facts.log, entry[0]
    if log.last is None or key > log.last:
        if (tail := log.tail) is not None and len(tail) < CHUNK:
            tail.append(entry)
            log.last = key
        else:
            log.append(entry, partial(pack_ordered, facts.now), partial(_played, plan))
        _play(plan, facts.now, entry)
    elif log.reaches(key):
        _replay(plan, facts, entry)
    else:
        return  # older than the log: only order-free states take it
    if entry[2]:
        _show_session(facts)


def _replay(plan: Plan, facts: Facts, late: Entry) -> None:
    """A late event came: play again from the chunk in which it lies, or the last before it whose states are known."""
    state: bytes | None = None
    for chunk in facts.log.insert(late):
        if state is not None:
            chunk.state = state
        assert chunk.state is not None
        state = _played(plan, chunk.state, chunk.entries)
    assert state is not None
    facts.now = unpack_ordered(state)


def _played(plan: Plan, state: bytes, entries: Iterable[Entry]) -> bytes:
    """The states after entries that follow `state`."""
    ordered = unpack_ordered(state)
    for entry in entries:
        _play(plan, ordered, entry)
    return pack_ordered(ordered)


def _play(plan: Plan, ordered: Ordered, entry: Entry) -> None:
    key, page, active, hits = entry
    t, message_id = key[0], key[5]
    if active:
        session = ordered.session
        if session is not None and t - session.last < GAP and t - session.start < MOST:
            session.last = t
        else:
            _advance_session(plan, ordered, t)
    chains = ordered.chains
    for atom_id, value, roles in hits:
        atom = plan.atoms[atom_id]
        if (chain := atom.chain) is not None:
            state = chains.get(atom_id)
            if state is None:
                state = chains[atom_id] = ChainState()
            if atom.plain:
                if state.lanes or 0 in roles:  # what neither begins nor meets an attempt changes nothing
                    step_plain(chain, state, t, value, roles, message_id, page)
            else:
                step_chain(chain, state, t, value, roles, message_id, page, ordered.session)
        elif atom.kind == "nth":
            _count(ordered, atom, t, message_id, page)
        else:
            _note_change(ordered, atom, t, value)


def _advance_session(plan: Plan, ordered: Ordered, t: int) -> None:
    """Another session begins."""
    before = ordered.session
    ordered.session = next_session(before, t)
    if before is not None:
        for atom_id, state in ordered.chains.items():
            chain = plan.atoms[atom_id].chain
            if chain is not None and chain.in_session and state.lanes:
                end_session(chain, state, before)


def _count(ordered: Ordered, atom: Atom, t: int, message_id: str, page: str) -> None:
    nth = ordered.counts.setdefault(atom.id, Nth())
    nth.count += 1
    if nth.count % atom.size == 0 if atom.every else nth.count == atom.size:
        nth.hit = (t, message_id, page)


def _note_change(ordered: Ordered, atom: Atom, t: int, value: str) -> None:
    changes = ordered.changes.get(atom.id)
    if changes is None:
        ordered.changes[atom.id] = Changes(value)
    elif changes.value != value:
        changes.value = value
        changes.latest = [*changes.latest, (t, value)][-CHANGES_KEPT:]


def _show_session(facts: Facts) -> None:
    session = facts.now.session
    if session is None:
        return
    same = facts.shown_until >= session.start
    facts.shown_session = max(facts.shown_session, session.n) if same else session.n
    facts.shown_until = session.last
