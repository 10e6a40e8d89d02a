"""Sessions of a person over all devices: active events with gaps under 30 minutes, at most 24 hours."""

from __future__ import annotations

from waypost.facts.subject import Session
from waypost.settings import Policy

__all__ = ["current_session", "next_session", "session_end"]


def session_end(session: Session) -> int:
    """The first instant at which the session is over, if nothing more happens."""
    return min(session.last + Policy.session_gap_ms, session.start + Policy.session_max_ms)


def next_session(session: Session | None, t: int) -> Session:
    """The session after an active event at t (events in order). A running one is changed in place."""
    if session is None:
        return Session(1, t, t, None)
    if t - session.last >= Policy.session_gap_ms or t - session.start >= Policy.session_max_ms:
        return Session(session.n + 1, t, t, session.last)
    session.last = t
    return session


def current_session(session: Session | None, now: int) -> Session | None:
    """The session that is still running at `now`, or None."""
    return session if session is not None and now < session_end(session) else None
