"""Stage 4: times and places at which nothing is shown: a session's first seconds, after a close, muted routes."""

from __future__ import annotations

from datetime import datetime, timedelta

from waypost.delivery.case import Case, Held
from waypost.facts.days import local_instant
from waypost.settings import Policy

__all__ = ["quiet", "route_matches"]


def quiet(case: Case) -> Held | None:
    """Why nothing at all is shown right now, critical tips included; None when it is not a quiet time."""
    session = case.session
    if session is not None and case.now - session.start < Policy.session_quiet_ms:
        until = session.start + Policy.session_quiet_ms
        return Held(4, "quiet_session_start", {"until": until}, until)
    closed = case.history.last_closed_at
    if closed and case.now - closed < Policy.after_close_ms:
        until = closed + Policy.after_close_ms
        return Held(4, "quiet_after_close", {"until": until}, until)
    hours = _quiet_hours(case)
    if hours is not None:
        return hours
    path = case.request.context.path
    for pattern in case.context.muted_routes:
        if route_matches(pattern, path):
            return Held(4, "quiet_route", {"route": pattern})
    return None


def _quiet_hours(case: Case) -> Held | None:
    """The project's quiet hours, by the person's clock; from the first minute up to the last, which is free."""
    hours = case.plan.frequency.quiet
    if hours is None:
        return None
    first, end = hours
    zone = case.context.env.user_zone
    local = datetime.fromtimestamp(case.now / 1000, zone)
    minute = local.hour * 60 + local.minute
    if not (first <= minute < end if first < end else minute >= first or minute < end):
        return None
    day = local.date() + timedelta(days=minute >= end)
    until = local_instant(f"{day}T{end // 60:02}:{end % 60:02}", zone)
    return Held(4, "quiet_hours", {"until": until}, until)


def route_matches(pattern: str, path: str) -> bool:
    """`:x` is one segment, a final `*` is the rest (also none). Query and hash do not count."""
    wanted = [part for part in pattern.split("/") if part]
    given = [part for part in path.split("?")[0].split("#")[0].split("/") if part]
    for i, part in enumerate(wanted):
        if part == "*":
            return True
        if i >= len(given) or (not part.startswith(":") and part != given[i]):
            return False
    return len(wanted) == len(given)
