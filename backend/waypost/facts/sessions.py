"""Sessions of a person over all devices: active events with gaps under 30 minutes, at most 24 hours."""

from __future__ import annotations

from waypost.facts.subject import Session
from waypost.settings import Policy

__all__ = ["current_session", "next_session"]


def next_session(session: Session | None, t: int) -> Session:
    """The session after an active event at t (events in order)."""
    if session is None:
        return Session(1, t, t, None)
    if t - session.last >= Policy.session_gap_ms or t - session.start >= Policy.session_max_ms:
        return Session(session.n + 1, t, t, session.last)
    return Session(session.n, session.start, t, session.prev_last)


def current_session(session: Session | None, now: int) -> Session | None:
    """The session that is still running at `now`, or None."""
    if session is None or now - session.last >= Policy.session_gap_ms:
        return None
    return session if now - session.start < Policy.session_max_ms else None
