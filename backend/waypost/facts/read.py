"""Look at facts at an instant: the value of a reading, a pending moment, and the next flip by time alone.

Everything here is lazy and changes nothing: absences become true by time passing, and it is enough
to look when somebody asks (section 1.5).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import tzinfo
from zoneinfo import ZoneInfo

from waypost.facts.chains import abandonments
from waypost.facts.days import local_day
from waypost.facts.sessions import current_session
from waypost.facts.subject import Facts
from waypost.model import Json
from waypost.rules.plan import Plan, Reading, Scope
from waypost.settings import LIMITS

__all__ = [
    "Pending",
    "ReadEnv",
    "covered_since",
    "pending_moment",
    "quiet_since",
    "read_reading",
    "session_values",
]

UTC = ZoneInfo("UTC")


@dataclass(frozen=True, slots=True)
class ReadEnv:
    """What a look needs beside the facts. `known_since`: event name -> ms it was first received."""

    known_since: Mapping[str, int] = field(default_factory=dict)
    user_zone: tzinfo = UTC
    account_zone: tzinfo = UTC

    def zone(self, scope: Scope) -> tzinfo:
        return self.user_zone if scope == "user" else self.account_zone


@dataclass(frozen=True, slots=True)
class Pending:
    """The latest moment of a rule: an instant with an identity. `page` is the page view that sent it."""

    anchor: str  # message id, attempt id, session number or local date
    t: int  # the instant its ttl counts from
    page: str


def read_reading(plan: Plan, facts: Facts, reading: Reading, now: int, env: ReadEnv) -> Json:
    """The value of one operator at `now`: a bool, or a number for count, days, weeks, progress."""
    op = reading.op
    if op in ("did", "count"):
        number = _count(plan, facts, reading, now, env)
        if op == "count":
            return number
        return reading.min <= number and (reading.max is None or number <= reading.max)
    if op in ("days", "weeks"):
        return _distinct(facts, reading, now, env)
    if op == "never":
        return _never(facts, reading, now, env)
    if op == "inactive":
        since = quiet_since(facts, reading)
        return since is not None and now - since >= reading.for_ms
    if op == "returned":
        session = current_session(facts.session, now)
        return bool(session and session.prev_last is not None and session.start - session.prev_last >= reading.for_ms)
    if op == "tip":
        return _tip_count(facts, reading, now) >= reading.min
    return _read_chain(plan, facts, reading, now)


def _read_chain(plan: Plan, facts: Facts, reading: Reading, now: int) -> Json:
    assert reading.atom is not None
    chain = plan.atoms[reading.atom].chain
    assert chain is not None
    state = facts.now.chains.get(reading.atom)
    if reading.op == "progress":
        return max((lane.furthest for lane in state.lanes.values()), default=0) if state else 0
    if state is None:
        return False
    if reading.op == "chain":
        return state.done is not None and _inside(state.done[0], reading, now, facts)
    return any(
        furthest >= reading.after and at + reading.grace < now and _inside(at, reading, now, facts)
        for at, _, furthest, _ in abandonments(chain, state, now)
    )


def _inside(t: int, reading: Reading, now: int, facts: Facts) -> bool:
    """t in (now − D, now], or in the running session; every t ≤ now without a window."""
    if t > now:
        return False
    if reading.span.ms is not None:
        return t > now - reading.span.ms
    if reading.span.session:
        session = current_session(facts.session, now)
        return session is not None and t >= session.start
    return True


def _count(plan: Plan, facts: Facts, reading: Reading, now: int, env: ReadEnv) -> int:
    assert reading.atom is not None
    state = facts.states.get(reading.atom)
    if not state:
        return 0
    if reading.span.days is not None:
        today = local_day(now, env.zone(reading.scope))
        first = today - reading.span.days + 1
        return min(LIMITS.count_max, sum(int(n) for day, n in state if first <= day <= today))
    return sum(1 for t in state if _inside(t, reading, now, facts))


def _distinct(facts: Facts, reading: Reading, now: int, env: ReadEnv) -> int:
    assert reading.atom is not None
    today = local_day(now, env.zone(reading.scope))
    first = today - (reading.span.days or 1) + 1
    days = {day for day, _ in facts.states.get(reading.atom, ()) if first <= day <= today}
    if reading.op == "days":
        return len(days)
    return len({(day + 3) // 7 for day in days})  # 1970-01-01 was a Thursday: ISO weeks start on Monday


def covered_since(facts: Facts, reading: Reading, env: ReadEnv) -> int | None:
    """From when absence means something: max(subject first seen, every name known); None = not yet."""
    if facts.first_seen is None:
        return None
    since = facts.first_seen
    for name in reading.names:
        if name.startswith("$"):
            continue
        known = env.known_since.get(name)
        if known is None:
            return None
        since = max(since, known)
    return since


def _never(facts: Facts, reading: Reading, now: int, env: ReadEnv) -> bool:
    if reading.atom in facts.states:
        return False
    since = covered_since(facts, reading, env)
    return since is not None and now - since >= reading.tenure


def quiet_since(facts: Facts, reading: Reading) -> int | None:
    latest = facts.states.get(reading.atom or "")
    return facts.first_seen if latest is None else latest


def _tip_count(facts: Facts, reading: Reading, now: int) -> int:
    history = facts.tips
    if reading.did == "viewed":
        views = (
            v.t
            for v in history.views
            if (v.tip == reading.tip or reading.tip is None)
            and (v.category == reading.category or reading.category is None)
        )
        return sum(1 for t in views if _inside(t, reading, now, facts))
    mark = history.marks.get(reading.tip or "")
    if mark is None:
        return 0
    number = int(getattr(mark, reading.did, 0))
    latest = int(getattr(mark, "last_" + reading.did, 0))
    return number if number and _inside(latest, reading, now, facts) else 0


def session_values(facts: Facts, now: int) -> dict[str, Json]:
    """session.n, age_s, is_first, prev_gap_s for expressions; empty when no session is running."""
    session = current_session(facts.session, now)
    if session is None:
        return {}
    gap = None if session.prev_last is None else (session.start - session.prev_last) // 1000
    values: dict[str, Json] = {
        "n": facts.shown_session,
        "age_s": (now - session.start) // 1000,
        "is_first": facts.shown_session == 1,
    }
    if gap is not None:
        values["prev_gap_s"] = gap
    return values


def pending_moment(
    plan: Plan, facts: Facts, kind: str, atom_id: str | None, after: int, grace: int, now: int
) -> Pending | None:
    """The latest moment of this kind at `now`, whatever its age; the ttl is the policy's to judge."""
    if kind == "session":
        session = current_session(facts.session, now)
        return Pending(str(facts.shown_session), session.start, "") if session else None
    if atom_id is None:
        return None
    if kind == "event":
        anchor = facts.states.get(atom_id)
        return Pending(anchor[5], anchor[0], anchor[6]) if anchor and anchor[0] <= now else None
    state = facts.now.chains.get(atom_id)
    if state is None:
        return None
    if kind == "chain":
        done = state.done
        return Pending(done[1], done[0], done[2]) if done and done[0] <= now else None
    chain = plan.atoms[atom_id].chain
    assert chain is not None
    ripe = [x for x in abandonments(chain, state, now) if x[2] >= after and x[0] + grace < now]
    return Pending(ripe[-1][1], ripe[-1][0], ripe[-1][3]) if ripe else None
