"""Chains of features: one event at a time, O(steps), no automaton.

For relaxed chains the latest start dominates: one pair (start, last) per step is enough, since both
numbers never decrease and a newer pair can do all that an older one can (section 1.4.1, verified
against brute force and ClickHouse's windowFunnel). Events must come in order; facts/fold.py sees to it.
"""

from __future__ import annotations

from collections.abc import Sequence

from waypost.facts.subject import ChainState, Lane
from waypost.rules.plan import Chain
from waypost.settings import LIMITS

__all__ = ["ENDED_KEPT", "abandonments", "deadline", "end_overdue", "step_chain"]

ENDED_KEPT = 8  # abandoned attempts remembered


def deadline(chain: Chain, lane: Lane) -> int:
    """The last instant (ms, closed) at which the open attempt can still get on."""
    latest = 0
    for pair in lane.steps:
        if pair is not None:
            start, last = pair
            end = start + chain.within
            if chain.gap is not None:
                end = min(end, last + chain.gap)
            latest = max(latest, end)
    return latest


def end_overdue(chain: Chain, state: ChainState, t: int) -> None:
    """Abandon every attempt whose deadline lies before t, earliest deadline first."""
    overdue = sorted((deadline(chain, lane), key) for key, lane in state.lanes.items())
    for at, key in overdue:
        if at >= t:
            break
        lane = state.lanes.pop(key)
        state.abandoned += 1
        state.ended.append((at, lane.attempt, lane.furthest, lane.page))
    if len(state.ended) > ENDED_KEPT:
        del state.ended[:-ENDED_KEPT]


def step_chain(
    chain: Chain, state: ChainState, t: int, key: str, roles: Sequence[int], message_id: str, page: str
) -> bool:
    """Apply one event. `roles`: step numbers it matches, and -1 - i for unless[i].

    Returns True when the event completes an occurrence.
    """
    if state.lanes:
        end_overdue(chain, state, t)
    lane = state.lanes.pop(key, None)  # put back last: least recently active first
    top = len(chain.steps) - 1
    complete = lane is not None and _advance(chain, lane, t, roles, top)
    if complete or (top == 0 and 0 in roles):
        if lane is None:
            state.opened += 1
        state.completed += 1
        state.done = (t, message_id, page)
        return True
    if 0 in roles and not (lane is not None and chain.restart == "first"):
        if lane is None:
            lane = Lane([None] * top, message_id, page, 1)
            state.opened += 1
        lane.steps[0] = (t, t)
    if lane is None:
        return False
    if min(roles) < 0:
        state.interrupted += 1
        return False
    state.lanes[key] = lane
    if len(state.lanes) > LIMITS.chain_keys:
        del state.lanes[next(iter(state.lanes))]
        state.evicted += 1
    return False


def _advance(chain: Chain, lane: Lane, t: int, roles: Sequence[int], top: int) -> bool:
    """Move steps from last to first, so that one event never serves two. True when the last is reached."""
    steps = lane.steps
    for i in range(top, 0, -1):
        if i not in roles:
            continue
        before = steps[i - 1]
        if before is None or t - before[0] > chain.within:
            continue
        if chain.gap is not None and t - before[1] > chain.gap:
            continue
        if i == top:
            return True
        steps[i] = (before[0], t)
        lane.furthest = max(lane.furthest, i + 1)
    return False


def abandonments(chain: Chain, state: ChainState, now: int) -> list[tuple[int, str, int, str]]:
    """(deadline, attempt, furthest step, page) of all remembered abandoned attempts at `now`, ascending."""
    ended = list(state.ended)
    for lane in state.lanes.values():
        at = deadline(chain, lane)
        if at < now:
            ended.append((at, lane.attempt, lane.furthest, lane.page))
    ended.sort()
    return ended
