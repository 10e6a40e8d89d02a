"""What becomes true by time alone: the next instant to look again, and since when a truth holds."""

from __future__ import annotations

from waypost.facts.chains import abandonments, next_ripe, step_ends
from waypost.facts.days import next_midnight
from waypost.facts.read import ReadEnv, covered_since, quiet_since, waits
from waypost.facts.sessions import current_session, session_end
from waypost.facts.subject import Facts
from waypost.rules.plan import Atom, Plan, Reading

__all__ = ["BY_DAY", "next_flip", "true_since"]

BY_DAY = frozenset({"days", "weeks", "share", "dropped", "rose", "days_to"})  # change at local midnight


def next_flip(plan: Plan, facts: Facts, reading: Reading, now: int, env: ReadEnv) -> int | None:
    """A lower bound of the next instant after `now` at which time alone may change this reading.

    None: only an event can. The table is section 1.5, last column.
    """
    flips = [_own_flip(plan, facts, reading, now, env)]
    if reading.op in BY_DAY or reading.span.days is not None:
        flips.append(next_midnight(now, env.zone(reading.scope)))
    return min((flip for flip in flips if flip is not None), default=None)


def _own_flip(plan: Plan, facts: Facts, reading: Reading, now: int, env: ReadEnv) -> int | None:
    """The next flip that is not a midnight."""
    op, atom = reading.op, plan.atoms.get(reading.atom or "")
    if op in ("did", "count", "chain", "tip", "changed") and reading.span.ms is not None:
        return _window_end(facts, reading, atom, now)
    if op == "never" and reading.atom not in facts.states:
        since = covered_since(facts, reading, env)
        return None if since is None else _later(since + reading.tenure, now)
    if op == "inactive":
        since = quiet_since(facts, reading)
        return None if since is None else _later(since + reading.for_ms, now)
    if op == "progress":
        return _next_loss(plan, facts, reading, now)
    if op == "tip" and (wait := waits(reading)):
        return min((at for t in _deeds(facts) if (at := t + wait) > now), default=None)
    if op == "abandoned":
        return _next_abandonment(plan, facts, reading, now)
    if op == "returned" or reading.span.session:
        return _session_end(facts, now)
    return None


def _session_end(facts: Facts, now: int) -> int | None:
    """What holds inside a session ends with it; nothing that needs one becomes true by waiting."""
    session = current_session(facts.session, now)
    return None if session is None else session_end(session)


def _later(t: int, now: int) -> int | None:
    return t if t > now else None


def _window_end(facts: Facts, reading: Reading, atom: Atom | None, now: int) -> int | None:
    assert reading.span.ms is not None
    times: list[int] = []
    if reading.op in ("did", "count"):
        times = facts.states.get(reading.atom or "", [])
    elif reading.op == "chain" and atom is not None:
        state = facts.now.chains.get(atom.id)
        times = [state.done[0]] if state and state.done else []
    elif reading.op == "changed":
        changes = facts.now.changes.get(reading.atom or "")
        times = [t for t, _ in changes.latest] if changes else []
    else:
        times = _deeds(facts)
        if wait := waits(reading):
            times += [t + wait - reading.span.ms for t in times]
    ends = [t + reading.span.ms for t in times if t + reading.span.ms > now]
    return min(ends, default=None)


def _deeds(facts: Facts) -> list[int]:
    """When tips were seen, and what was done with them."""
    return [view.t for view in facts.tips.views] + [act.t for act in facts.tips.acts]


def _next_loss(plan: Plan, facts: Facts, reading: Reading, now: int) -> int | None:
    """When the open attempts lose a step because its time is over."""
    state = facts.now.chains.get(reading.atom or "")
    chain = plan.atoms[reading.atom or ""].chain
    if state is None or chain is None:
        return None
    ends = [end for lane in state.lanes.values() for end in step_ends(chain, lane, facts.session)]
    return min((end for end in ends if end > now), default=None)


def _next_abandonment(plan: Plan, facts: Facts, reading: Reading, now: int) -> int | None:
    state = facts.now.chains.get(reading.atom or "")
    if state is None or reading.atom is None:
        return None
    chain = plan.atoms[reading.atom].chain
    assert chain is not None
    ripe = [at + reading.grace + 1 for at in next_ripe(chain, state, facts.session)]
    ripe += [at + reading.grace + 1 for at, *_ in state.ended]
    if reading.span.ms is not None:
        ripe += [at + reading.span.ms for at, *_ in abandonments(chain, state, now, facts.session)]
    return min((t for t in ripe if t > now), default=None)


def true_since(plan: Plan, facts: Facts, reading: Reading, now: int, env: ReadEnv) -> int | None:
    """When a reading that is true now became so by time alone: the true instant of an alert, if known."""
    if reading.op == "inactive":
        since = quiet_since(facts, reading)
        return None if since is None else since + reading.for_ms
    if reading.op == "never":
        since = covered_since(facts, reading, env)
        return None if since is None else since + reading.tenure
    if reading.op == "abandoned" and reading.atom is not None:
        state = facts.now.chains.get(reading.atom)
        chain = plan.atoms[reading.atom].chain
        if state is None or chain is None:
            return None
        ripe = [
            at
            for at, _, furthest, _ in abandonments(chain, state, now, facts.session)
            if furthest >= reading.after and at + reading.grace < now
        ]
        return ripe[-1] if ripe else None
    return None
