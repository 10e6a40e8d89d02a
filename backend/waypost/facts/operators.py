"""The value of each operator at an instant, from the facts of one subject (semantics, section 1.4)."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, tzinfo

import msgspec

from waypost.facts.chains import abandonments, deadline, live_steps
from waypost.facts.days import local_day
from waypost.facts.read import ReadEnv, covered_since, quiet_since, waits
from waypost.facts.sessions import current_session
from waypost.facts.subject import Facts
from waypost.facts.usage import Norm, departs, norm_of, reach_of
from waypost.model import Json
from waypost.rules.plan import Plan, Reading
from waypost.settings import LIMITS

__all__ = ["Sight", "frozen_key", "read_operator", "unknown", "usage_norm"]

EPOCH = date(1970, 1, 1).toordinal()


@dataclass(frozen=True, slots=True)
class Sight:
    """One subject at one instant. `variable`: the value of a dotted path such as account.seats, or None."""

    plan: Plan
    facts: Facts
    now: int
    env: ReadEnv
    variable: Callable[[str], Json] = lambda path: None

    def inside(self, t: int, reading: Reading) -> bool:
        """t in (now − D, now], on one of the last days, or in the running session; every t ≤ now without a window."""
        if t > self.now:
            return False
        if reading.span.days is not None:
            return local_day(t, self.env.zone(reading.scope)) >= self.days(reading)[0]
        if reading.span.ms is not None:
            return t > self.now - reading.span.ms
        if reading.span.session:
            session = current_session(self.facts.session, self.now)
            return session is not None and t >= session.start
        return True

    def days(self, reading: Reading) -> tuple[int, int]:
        """(first, last) local day of a window of calendar days, today included."""
        today = local_day(self.now, self.env.zone(reading.scope))
        return today - (1 if reading.span.days is None else reading.span.days) + 1, today


def read_operator(sight: Sight, reading: Reading) -> Json:
    """The value of one operator: a bool, or a number for count, days, weeks, progress, share, days_to and score.

    What cannot be told while history is still brought in is false, or null where it is a number.
    """
    op = reading.op
    if sight.facts.awaiting and op not in ("did", "count", "chain") and unknown(sight.facts, reading):
        return None if reading.number else False
    return _READ[op](sight, reading)


def unknown(facts: Facts, reading: Reading) -> bool:
    """Whether a reading waits for the history of its atom, and so may be false, or its number wrong, for want of it."""
    return bool(facts.awaiting) and (reading.atom in facts.awaiting or reading.active in facts.awaiting)


# -- how often, how lately


def _did(sight: Sight, reading: Reading) -> bool:
    state, least, span = sight.facts.states.get(reading.atom or ""), reading.min, reading.span
    if not state:
        return least <= 0 and not unknown(sight.facts, reading)
    if reading.max is None and span.ms is not None and least > 0 and state[-1] <= sight.now:  # nearly every `did`
        return len(state) >= least and bool(state[-least] > sight.now - span.ms)
    number = _number(sight, reading)
    if reading.max is None:
        return number >= least
    return least <= number <= reading.max and not unknown(sight.facts, reading)


def _count(sight: Sight, reading: Reading) -> int | None:
    return None if unknown(sight.facts, reading) else _number(sight, reading)


def _number(sight: Sight, reading: Reading) -> int:
    state, span = sight.facts.states.get(reading.atom or ""), reading.span
    if not state:
        return 0
    if span.days is not None:
        first, today = sight.days(reading)
        return min(LIMITS.count_max, sum(int(n) for day, n in state if first <= day <= today))
    until = len(state) if state[-1] <= sight.now else bisect_right(state, sight.now)
    if span.ms is not None:
        return int(until - bisect_right(state, sight.now - span.ms))
    if span.session:
        session = current_session(sight.facts.session, sight.now)
        return 0 if session is None else int(until - bisect_left(state, session.start))
    return int(until)


def _days(sight: Sight, reading: Reading) -> int:
    first, today = sight.days(reading)
    return sum(first <= day <= today for day, _ in sight.facts.states.get(reading.atom or "", ()))


def _weeks(sight: Sight, reading: Reading) -> int:
    first, today = sight.days(reading)
    days = [day for day, _ in sight.facts.states.get(reading.atom or "", ()) if first <= day <= today]
    return len({(day + 3) // 7 for day in days})  # 1970-01-01 was a Thursday: ISO weeks start on Monday


def _never(sight: Sight, reading: Reading) -> bool:
    if reading.atom in sight.facts.states:
        return False
    since = covered_since(sight.facts, reading, sight.env)
    return since is not None and sight.now - since >= reading.tenure


def _inactive(sight: Sight, reading: Reading) -> bool:
    since = quiet_since(sight.facts, reading)
    return since is not None and sight.now - since >= reading.for_ms


def _returned(sight: Sight, reading: Reading) -> bool:
    session = current_session(sight.facts.session, sight.now)
    return bool(session and session.prev_last is not None and session.start - session.prev_last >= reading.for_ms)


# -- chains


def _chain(sight: Sight, reading: Reading) -> bool:
    state = sight.facts.now.chains.get(reading.atom or "")
    return state is not None and state.done is not None and sight.inside(state.done[0], reading)


def _progress(sight: Sight, reading: Reading) -> int:
    """The furthest live step of the open attempts: a step that can no longer get on does not count."""
    chain, state = sight.plan.atoms[reading.atom or ""].chain, sight.facts.now.chains.get(reading.atom or "")
    if chain is None or state is None:
        return 0
    lanes = [lane for lane in state.lanes.values() if deadline(chain, lane, sight.facts.session) >= sight.now]
    return max((live_steps(chain, lane, sight.now) for lane in lanes), default=0)


def _abandoned(sight: Sight, reading: Reading) -> bool:
    chain, state = sight.plan.atoms[reading.atom or ""].chain, sight.facts.now.chains.get(reading.atom or "")
    if chain is None or state is None:
        return False
    return any(
        furthest >= reading.after and at + reading.grace < sight.now and sight.inside(at, reading)
        for at, _, furthest, _ in abandonments(chain, state, sight.now, sight.facts.session)
    )


# -- tips and surveys


def _tip(sight: Sight, reading: Reading) -> bool:
    """How often the person met this outcome of the tip (or of the category's tips) in the window.

    What the control group was not shown was neither seen nor ignored.
    """
    history, until = sight.facts.tips, sight.now - waits(reading)
    if reading.did not in ("viewed", "ignored"):
        acts = [act for act in history.acts if act.what == reading.did and _of(reading, act.tip, act.category)]
        return sum(act.t <= until and sight.inside(act.t, reading) for act in acts) >= reading.min
    seen = (v for v in history.views if not v.ghost and _of(reading, v.tip, v.category))
    views = [v for v in seen if v.t <= until and sight.inside(v.t, reading)]
    if reading.did == "ignored":
        answered = {(act.tip, act.offer) for act in history.acts}
        views = [v for v in views if (v.tip, v.offer) not in answered]
    return len(views) >= reading.min


def _of(reading: Reading, tip: str, category: str) -> bool:
    return tip == reading.tip if reading.tip is not None else category == reading.category


def _survey(sight: Sight, reading: Reading) -> Json:
    mark = sight.facts.tips.marks.get(reading.tip or "")
    answered = mark is not None and mark.answered_at > 0
    if reading.did == "score":
        return mark.score if mark is not None and answered else None
    return answered is (reading.did == "answered")


# -- traits


def _changed(sight: Sight, reading: Reading) -> bool:
    changes = sight.facts.now.changes.get(reading.atom or "")
    return changes is not None and any(
        sight.inside(t, reading) and (reading.any_value or msgspec.json.decode(value) == reading.to)
        for t, value in changes.latest
    )


def _days_to(sight: Sight, reading: Reading) -> int | None:
    zone = sight.env.zone(reading.scope)
    day = _day_of(sight.variable(reading.var), zone)
    return None if day is None else day - local_day(sight.now, zone)


def _day_of(value: Json, zone: tzinfo) -> int | None:
    """The local day of "2026-01-31", of an ISO time or of ms since 1970; None for what is no date."""
    try:
        if isinstance(value, int | float) and not isinstance(value, bool):
            return local_day(int(value), zone)
        if isinstance(value, str) and len(value) == 10:
            return date.fromisoformat(value).toordinal() - EPOCH
        if isinstance(value, str):
            then = datetime.fromisoformat(value)
            return (then.astimezone(zone) if then.tzinfo else then).date().toordinal() - EPOCH
    except (ValueError, OverflowError, OSError):
        return None
    return None


# -- usage


def _share(sight: Sight, reading: Reading) -> float | None:
    """Distinct users with the event over seats (or active users); None when there is nothing to divide by."""
    first, today = sight.days(reading)

    def users(atom: str | None) -> int:
        return sum(first <= day <= today for day in sight.facts.states.get(atom or "", {}).values())

    whole = users(reading.active) if reading.active is not None else sight.variable("account.seats")
    if isinstance(whole, bool) or not isinstance(whole, int | float) or whole <= 0:
        return None
    return min(1.0, users(reading.atom) / whole)


def usage_norm(sight: Sight, reading: Reading, unknown: int = 0) -> Norm | None:
    """R and B of a dropped or rose reading; None when the subject is too new or too few working days are left.

    `unknown`: days before today whose counts are not complete (only another zone's dates can be so).
    """
    usage, zone = reading.usage, sight.env.zone(reading.scope)
    assert usage is not None
    today, since = local_day(sight.now, zone), sight.facts.first_seen
    if since is None or today - local_day(since, zone) < reach_of(usage):
        return None
    name = sight.variable(usage.calendar) if "." in usage.calendar else usage.calendar
    off = sight.plan.calendars.get(name, frozenset()) if isinstance(name, str) else frozenset()
    counts = {int(day): int(n) for day, n in sight.facts.states.get(reading.atom or "", ())}
    return norm_of(usage, counts, today, off, unknown)


def frozen_key(reading: Reading) -> str:
    """Under which name its norm is kept with a task: a sum over a window of another length is no yardstick."""
    return f"{reading.atom}/{reading.usage.recent if reading.usage else 0}"


def _departs(sight: Sight, reading: Reading) -> bool:
    usage, norm = reading.usage, usage_norm(sight, reading)
    if usage is None or norm is None:
        return False
    peers = sight.env.peers(reading, sight.variable("account.plan")) if usage.peers else None
    frozen = sight.env.frozen.get(frozen_key(reading))
    return departs(usage, norm, rose=reading.op == "rose", peers=peers, frozen=frozen)


_READ: dict[str, Callable[[Sight, Reading], Json]] = {
    "did": _did, "count": _count, "days": _days, "weeks": _weeks, "never": _never, "inactive": _inactive,
    "returned": _returned, "chain": _chain, "progress": _progress, "abandoned": _abandoned, "tip": _tip,
    "survey": _survey, "changed": _changed, "days_to": _days_to, "share": _share, "dropped": _departs, "rose": _departs,
}  # fmt: skip
