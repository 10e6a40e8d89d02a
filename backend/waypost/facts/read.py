"""Look at facts at an instant: the value of a reading, a pending moment, and the next flip by time alone.

Everything here is lazy and changes nothing: absences become true by time passing, and it is enough
to look when somebody asks (section 1.5).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, tzinfo
from zoneinfo import ZoneInfo

import msgspec

from waypost.facts.chains import abandonments, deadline, live_steps
from waypost.facts.days import local_day
from waypost.facts.sessions import current_session
from waypost.facts.subject import ChainState, Facts, Session
from waypost.facts.usage import Norm, departs, norm_of, reach_of
from waypost.model import Json
from waypost.rules.plan import Chain, Plan, Reading, Scope
from waypost.settings import LIMITS, Policy

__all__ = [
    "Pending",
    "ReadEnv",
    "covered_since",
    "pending_moment",
    "quiet_since",
    "read_reading",
    "session_values",
    "unknown",
    "usage_norm",
]

UTC = ZoneInfo("UTC")
EPOCH = date(1970, 1, 1).toordinal()


@dataclass(frozen=True, slots=True)
class ReadEnv:
    """What a look needs beside the facts. `known_since`: event name -> ms it was first received.

    `peers(reading, plan)`: the median of recent over baseline of other accounts on that plan, None when there are too few.
    """

    known_since: Mapping[str, int] = field(default_factory=dict)
    user_zone: tzinfo = UTC
    account_zone: tzinfo = UTC
    peers: Callable[[Reading, Json], float | None] = field(default=lambda reading, plan: None)
    frozen: Mapping[str, float] = field(default_factory=dict)  # atom id -> baseline of the open task

    def zone(self, scope: Scope) -> tzinfo:
        return self.user_zone if scope == "user" else self.account_zone


@dataclass(frozen=True, slots=True)
class Pending:
    """The latest moment of a rule: an instant with an identity. `page` is the page view that sent it."""

    anchor: str  # message id, attempt id, session number or local date
    t: int  # the instant its ttl counts from
    page: str


def read_reading(
    plan: Plan,
    facts: Facts,
    reading: Reading,
    now: int,
    env: ReadEnv,
    variable: Callable[[str], Json] = lambda path: None,
) -> Json:
    """The value of one operator at `now`: a bool, or a number for count, days, weeks, progress, share, days_to, score."""
    op = reading.op
    if op in ("did", "count"):
        number = _count(plan, facts, reading, now, env)
        waits = unknown(facts, reading)
        if op == "count":
            return None if waits else number
        return reading.min <= number and (reading.max is None or (number <= reading.max and not waits))
    if op != "chain" and unknown(facts, reading):
        return None if reading.number else False
    match op:
        case "days" | "weeks":
            return _distinct(facts, reading, now, env)
        case "never":
            return _never(facts, reading, now, env)
        case "inactive":
            since = quiet_since(facts, reading)
            return since is not None and now - since >= reading.for_ms
        case "returned":
            return _returned(facts, reading, now)
        case "tip":
            return _tip_count(facts, reading, now) >= reading.min
        case "survey":
            return _survey(facts, reading)
        case "changed":
            return _changed(facts, reading, now)
        case "days_to":
            return _days_to(variable(reading.var), now, env.zone(reading.scope))
        case "share":
            return _share(facts, reading, now, env, variable)
        case "dropped" | "rose":
            return _departs(plan, facts, reading, now, env, variable)
    return _read_chain(plan, facts, reading, now)


def unknown(facts: Facts, reading: Reading) -> bool:
    """Whether a reading waits for the history of its atom, and so may be false, or its number wrong, for want of it."""
    return bool(facts.awaiting) and (reading.atom in facts.awaiting or reading.active in facts.awaiting)


def _returned(facts: Facts, reading: Reading, now: int) -> bool:
    session = current_session(facts.session, now)
    return bool(session and session.prev_last is not None and session.start - session.prev_last >= reading.for_ms)


def _read_chain(plan: Plan, facts: Facts, reading: Reading, now: int) -> Json:
    assert reading.atom is not None
    chain = plan.atoms[reading.atom].chain
    assert chain is not None
    state = facts.now.chains.get(reading.atom)
    if reading.op == "progress":
        return _progress(chain, state, now, facts.session) if state else 0
    if state is None:
        return False
    if reading.op == "chain":
        return state.done is not None and _inside(state.done[0], reading, now, facts)
    return any(
        furthest >= reading.after and at + reading.grace < now and _inside(at, reading, now, facts)
        for at, _, furthest, _ in abandonments(chain, state, now, facts.session)
    )


def _progress(chain: Chain, state: ChainState, now: int, session: Session | None) -> int:
    """The furthest live step of the open attempts: a step that can no longer get on does not count."""
    found = [live_steps(chain, lane, now) for lane in state.lanes.values() if deadline(chain, lane, session) >= now]
    return max(found, default=0)


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
    """How often the person met this outcome of the tip (or of the category's tips) in the window."""
    history = facts.tips
    if reading.did in ("viewed", "ignored"):
        found = [v for v in history.views if _of(reading, v.tip, v.category) and _inside(v.t, reading, now, facts)]
        if reading.did == "viewed":
            return len(found)
        answered = {(act.tip, act.offer) for act in history.acts}
        return sum(now - v.t >= Policy.ignored_ms and (v.tip, v.offer) not in answered for v in found)
    return sum(
        act.what == reading.did and _of(reading, act.tip, act.category) and _inside(act.t, reading, now, facts)
        for act in history.acts
    )


def _of(reading: Reading, tip: str, category: str) -> bool:
    return tip == reading.tip if reading.tip is not None else category == reading.category


def _survey(facts: Facts, reading: Reading) -> Json:
    mark = facts.tips.marks.get(reading.tip or "")
    answered = mark is not None and mark.answered_at > 0
    if reading.did == "score":
        return mark.score if mark is not None and answered else None
    return answered is (reading.did == "answered")


def _changed(facts: Facts, reading: Reading, now: int) -> bool:
    changes = facts.now.changes.get(reading.atom or "")
    if changes is None:
        return False
    return any(
        _inside(t, reading, now, facts) and (reading.any_value or msgspec.json.decode(value) == reading.to)
        for t, value in changes.latest
    )


def _days_to(value: Json, now: int, zone: tzinfo) -> int | None:
    """Local whole days from today to a date; None for what is no date."""
    day: int | None = None
    if isinstance(value, bool):
        return None
    try:
        if isinstance(value, int | float):
            day = local_day(int(value), zone)
        elif isinstance(value, str) and len(value) == 10:
            day = date.fromisoformat(value).toordinal() - EPOCH
        elif isinstance(value, str):
            then = datetime.fromisoformat(value)
            day = (then.astimezone(zone) if then.tzinfo else then).date().toordinal() - EPOCH
    except (ValueError, OverflowError, OSError):
        return None
    return None if day is None else day - local_day(now, zone)


def _share(facts: Facts, reading: Reading, now: int, env: ReadEnv, variable: Callable[[str], Json]) -> float | None:
    """Distinct users with the event over seats (or active users); None when there is nothing to divide by."""
    today = local_day(now, env.zone(reading.scope))
    first = today - (reading.span.days or 1) + 1

    def users(atom: str | None) -> int:
        return sum(first <= day <= today for day in facts.states.get(atom or "", {}).values())

    whole = users(reading.active) if reading.active is not None else variable("account.seats")
    if isinstance(whole, bool) or not isinstance(whole, int | float) or whole <= 0:
        return None
    return min(1.0, users(reading.atom) / whole)


def usage_norm(
    plan: Plan, facts: Facts, reading: Reading, now: int, env: ReadEnv, variable: Callable[[str], Json]
) -> Norm | None:
    """R and B of a dropped or rose reading; None when the subject is too new or too few working days are left."""
    usage = reading.usage
    assert usage is not None
    zone = env.zone(reading.scope)
    today = local_day(now, zone)
    if facts.first_seen is None or today - local_day(facts.first_seen, zone) < reach_of(usage):
        return None
    counts = {int(day): int(n) for day, n in facts.states.get(reading.atom or "", ())}
    return norm_of(usage, counts, today, _days_off(plan, usage.calendar, variable))


def _days_off(plan: Plan, calendar: str, variable: Callable[[str], Json]) -> frozenset[int]:
    name = variable(calendar) if "." in calendar else calendar
    return plan.calendars.get(name, frozenset()) if isinstance(name, str) else frozenset()


def _departs(
    plan: Plan, facts: Facts, reading: Reading, now: int, env: ReadEnv, variable: Callable[[str], Json]
) -> bool:
    usage = reading.usage
    norm = usage_norm(plan, facts, reading, now, env, variable)
    if usage is None or norm is None:
        return False
    peers = env.peers(reading, variable("account.plan")) if usage.peers else None
    frozen = env.frozen.get(reading.atom or "")
    return departs(usage, norm, rose=reading.op == "rose", peers=peers, frozen=frozen)


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
    if kind == "nth":
        nth = facts.now.counts.get(atom_id)
        return Pending(nth.hit[1], nth.hit[0], nth.hit[2]) if nth and nth.hit and nth.hit[0] <= now else None
    state = facts.now.chains.get(atom_id)
    if state is None:
        return None
    if kind == "chain":
        done = state.done
        return Pending(done[1], done[0], done[2]) if done and done[0] <= now else None
    chain = plan.atoms[atom_id].chain
    assert chain is not None
    ended = abandonments(chain, state, now, facts.session)
    ripe = [x for x in ended if x[2] >= after and x[0] + grace < now]
    return Pending(ripe[-1][1], ripe[-1][0], ripe[-1][3]) if ripe else None
