"""Chains of features: one event at a time, O(steps), no automaton.

For relaxed chains the latest start dominates: one pair (start, last) per step is enough, since both
numbers never decrease and a newer pair can do all that an older one can (section 1.4.1, verified
against brute force and ClickHouse's windowFunnel). Events must come in order; facts/fold.py sees to it.
"""

from __future__ import annotations

from collections.abc import Sequence

from waypost.facts.sessions import current_session, session_end
from waypost.facts.subject import ChainState, Lane, Session
from waypost.rules.plan import Chain
from waypost.settings import LIMITS

__all__ = [
    "abandonments",
    "deadline",
    "end_session",
    "live_steps",
    "next_ripe",
    "step_chain",
    "step_ends",
    "step_plain",
]


def deadline(chain: Chain, lane: Lane, session: Session | None) -> int:
    """The last instant (ms, closed) at which the open attempt can still get on. `session`: the one it is in."""
    if chain.in_session:
        return session_end(session) - 1 if session is not None else -1
    latest = 0
    for pair in lane.steps:
        if pair is not None:
            start, last = pair
            end = start + chain.within
            if chain.gap is not None:
                end = min(end, last + chain.gap)
            if end > latest:
                latest = end
    return latest


def _stall(chain: Chain, lane: Lane, session: Session | None) -> int | None:
    """When this attempt stalls if nothing happens, unless that was remembered or it ends before."""
    if chain.stall is None:
        return None
    step, wait = chain.stall
    pair = lane.steps[step - 1] if lane.furthest == step else None
    if pair is None or pair[1] == lane.stalled or pair[1] + wait > deadline(chain, lane, session):
        return None
    return pair[1] + wait


def _end_overdue(chain: Chain, state: ChainState, t: int, session: Session | None) -> None:
    """Abandon every attempt whose deadline lies before t, earliest deadline first; remember stalls before t."""
    if chain.stall is not None:
        _remember_stalls(chain, state, t, session)
    overdue = [(at, key) for key, lane in state.lanes.items() if (at := deadline(chain, lane, session)) < t]
    for at, key in sorted(overdue):
        _abandon(chain, state, key, at)


def _abandon(chain: Chain, state: ChainState, key: str, at: int) -> None:
    lane = state.lanes.pop(key)
    state.abandoned += 1
    if chain.stall is None:
        _remember(chain, state, at, lane)


def _remember(chain: Chain, state: ChainState, at: int, lane: Lane) -> None:
    if chain.ended:
        state.ended.append((at, lane.attempt, lane.furthest, lane.page))
        if len(state.ended) > chain.ended:
            del state.ended[0]


def _remember_stalls(chain: Chain, state: ChainState, t: int, session: Session | None) -> None:
    assert chain.stall is not None
    stalls = [(at, key) for key, lane in state.lanes.items() if (at := _stall(chain, lane, session)) is not None]
    for at, key in sorted(stall for stall in stalls if stall[0] < t):
        lane = state.lanes[key]
        lane.stalled = at - chain.stall[1]
        _remember(chain, state, at, lane)


def end_session(chain: Chain, state: ChainState, session: Session) -> None:
    """Another session begins: what had to happen inside the one before is over."""
    _end_overdue(chain, state, session_end(session), session)


def step_plain(
    chain: Chain, state: ChainState, t: int, key: str, roles: Sequence[int], message_id: str, page: str
) -> None:
    """What step_chain does, for plain chains: most chains are, and this is where a busy server spends its time.

    `roles` descend, so that one event never serves two steps.
    """
    lanes, within, top = state.lanes, chain.within, len(chain.steps) - 1
    lane = lanes.get(key)
    if lanes and (lane is None or len(lanes) > 1 or lane.steps[0][0] + within < t):  # type: ignore[index]
        _abandon_plain(chain, state, t - within)
        lane = lanes.get(key)
    if lane is not None:
        steps = lane.steps
        for role in roles:
            if role < 1:
                break
            before = steps[role - 1]
            if before is None or t - before[0] > within:
                continue
            if role == top:
                del lanes[key]
                state.completed += 1
                state.done = (t, message_id, page)
                return
            steps[role] = (before[0], t)
            if lane.furthest <= role:
                lane.furthest = role + 1
    if 0 in roles:
        if top == 0:
            state.opened += 1
            state.completed += 1
            state.done = (t, message_id, page)
            return
        if lane is None:
            lane = lanes[key] = Lane([(t, t), *[None] * (top - 1)], message_id, page, 1)
            state.opened += 1
            if len(lanes) > LIMITS.chain_keys:
                del lanes[next(iter(lanes))]
                state.evicted += 1
        elif chain.restart != "first":
            lane.steps[0] = (t, t)
    if lane is None:
        return
    if roles[-1] < 0:
        del lanes[key]
        state.interrupted += 1
    elif len(lanes) > 1:
        lanes[key] = lanes.pop(key)  # least recently active first


def _abandon_plain(chain: Chain, state: ChainState, oldest: int) -> None:
    """Abandon the attempts that began before `oldest`, the earliest first."""
    overdue = [(lane.steps[0][0], key) for key, lane in state.lanes.items() if lane.steps[0][0] < oldest]  # type: ignore[index]
    for start, key in sorted(overdue) if len(overdue) > 1 else overdue:
        _abandon(chain, state, key, start + chain.within)


def step_chain(
    chain: Chain,
    state: ChainState,
    t: int,
    key: str,
    roles: Sequence[int],
    message_id: str,
    page: str,
    session: Session | None = None,
) -> bool:
    """Apply one event. `roles`: step numbers it matches, -1 - i for unless[i], ALPHABET for the alphabet alone.

    `session`: the subject's latest, this event included. Returns True when the event completes an occurrence.
    """
    if state.lanes:
        _end_overdue(chain, state, t, session)
    if chain.in_session and current_session(session, t) is None:
        return False
    lane = state.lanes.pop(key, None)  # put back last: least recently active first
    top = len(chain.steps) - 1
    if chain.any_order:
        complete, touched = _gather(chain, lane, t, roles)
    else:
        complete, touched = _advance(chain, lane, t, roles, top)
    if complete or (top == 0 and 0 in roles):
        if lane is None:
            state.opened += 1
        state.completed += 1
        state.done = (t, message_id, page)
        return True
    lane, touched = _open(chain, state, lane, t, roles, message_id, page, touched)
    if lane is None:
        return False
    if min(roles) < 0 or (chain.strict and not _contiguous(lane, touched)):
        state.interrupted += 1
        return False
    state.lanes[key] = lane
    if len(state.lanes) > LIMITS.chain_keys:
        del state.lanes[next(iter(state.lanes))]
        state.evicted += 1
    return False


def _open(
    chain: Chain,
    state: ChainState,
    lane: Lane | None,
    t: int,
    roles: Sequence[int],
    message_id: str,
    page: str,
    touched: int,
) -> tuple[Lane | None, int]:
    """Begin an attempt, or move its start. `touched`: a bit for each step that the event has set."""
    top = len(chain.steps) - 1
    if chain.any_order:
        if lane is not None or (step := next((r for r in roles if 0 <= r <= top), None)) is None:
            return lane, touched
        state.opened += 1
        lane = Lane([None] * (top + 1), message_id, page, 1)
        lane.steps[step] = (t, t)
    elif 0 in roles and not (lane is not None and chain.restart == "first"):
        if lane is None:
            lane = Lane([None] * top, message_id, page, 1)
            state.opened += 1
        lane.steps[0] = (t, t)
        touched |= 1
    return lane, touched


def _contiguous(lane: Lane, touched: int) -> bool:
    """Strict: every way on that this event of the alphabet did not take is broken. False: none is left."""
    for i in range(len(lane.steps)):
        if not touched >> i & 1:
            lane.steps[i] = None
    return any(lane.steps)


def _advance(chain: Chain, lane: Lane | None, t: int, roles: Sequence[int], top: int) -> tuple[bool, int]:
    """Move steps from last to first, so that one event never serves two. (the last was reached, steps that moved)"""
    if lane is None:
        return False, 0
    steps, touched = lane.steps, 0
    for i in range(top, 0, -1):
        if i not in roles:
            continue
        before = steps[i - 1]
        if before is None or (t - before[0] > chain.within and not chain.in_session):
            continue
        if chain.gap is not None and t - before[1] > chain.gap:
            continue
        if i == top:
            return True, touched
        steps[i] = (before[0], t)
        touched |= 1 << i
        if lane.furthest <= i:
            lane.furthest = i + 1
    return False, touched


def _gather(chain: Chain, lane: Lane | None, t: int, roles: Sequence[int]) -> tuple[bool, int]:
    """In any order: the latest time of each step; all of them inside one window complete it."""
    if lane is None:
        return False, 0
    for i in roles:
        if 0 <= i < len(lane.steps):
            lane.steps[i] = (t, t)
    oldest = t - chain.within
    live = sum(1 for pair in lane.steps if pair is not None and (chain.in_session or pair[0] >= oldest))
    lane.furthest = max(lane.furthest, live)
    return live == len(lane.steps), 0


def abandonments(
    chain: Chain, state: ChainState, now: int, session: Session | None = None
) -> list[tuple[int, str, int, str]]:
    """(deadline, attempt, furthest step, page) of all remembered abandoned attempts at `now`, ascending; of a chain
    with a stall, (when it stalled, …) of all stalls. `session`: the latest of the subject."""
    ended = list(state.ended)
    for lane in state.lanes.values():
        at = _stall(chain, lane, session) if chain.stall is not None else deadline(chain, lane, session)
        if at is not None and at < now:
            ended.append((at, lane.attempt, lane.furthest, lane.page))
    return sorted(ended)[-chain.ended :]


def live_steps(chain: Chain, lane: Lane, now: int) -> int:
    """How far the open attempt has come by ways that can still get on at `now`; 0 when by none."""

    live = [pair is not None and (chain.in_session or now < _step_end(chain, pair)) for pair in lane.steps]
    if chain.any_order:
        return sum(live)
    return max((i + 1 for i, lives in enumerate(live) if lives), default=0)


def _step_end(chain: Chain, pair: tuple[int, int]) -> int:
    """The first instant at which a reached step can no longer get on."""
    end = pair[0] + chain.within
    return (end if chain.gap is None else min(end, pair[1] + chain.gap)) + 1


def step_ends(chain: Chain, lane: Lane, session: Session | None) -> list[int]:
    """The first instants at which the reached steps of an open attempt can no longer get on."""
    if chain.in_session:
        return [session_end(session)] if session is not None else []
    return [_step_end(chain, pair) for pair in lane.steps if pair is not None]


def next_ripe(chain: Chain, state: ChainState, session: Session | None) -> list[int]:
    """The instants at which the open attempts will have been abandoned (or stalled), if nothing happens."""
    found = [
        _stall(chain, lane, session) if chain.stall is not None else deadline(chain, lane, session)
        for lane in state.lanes.values()
    ]
    return [at for at in found if at is not None]
