"""What a look at facts needs beside them, and what it finds that is no operator: moments, the session, coverage.

Everything here is lazy and changes nothing: absences become true by time passing, and it is enough
to look when somebody asks (section 1.5).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import tzinfo
from zoneinfo import ZoneInfo

from waypost.facts.chains import abandonments
from waypost.facts.sessions import current_session
from waypost.facts.subject import Facts
from waypost.model import Json
from waypost.rules.plan import Plan, Reading, Scope
from waypost.settings import Policy

__all__ = [
    "Pending", "ReadEnv", "covered_since", "pending_moment", "quiet_since", "session_values", "waits", "zones_of",
]  # fmt: skip

UTC = ZoneInfo("UTC")


@dataclass(frozen=True, slots=True)
class ReadEnv:
    """What a look needs beside the facts. `known_since`: event name -> ms it was first received.

    `peers(reading, plan)`: the median of recent over baseline of other accounts on that plan, None when there are too few.
    """

    known_since: Mapping[str, int] = field(default_factory=dict)
    user_zone: tzinfo = UTC
    account_zone: tzinfo = UTC
    peers: Callable[[Reading, Json], float | None] = field(default=lambda reading, plan: None)
    frozen: Mapping[str, float] = field(default_factory=dict)  # frozen_key -> baseline of the open task

    def zone(self, scope: Scope) -> tzinfo:
        return self.user_zone if scope == "user" else self.account_zone


@dataclass(frozen=True, slots=True)
class Pending:
    """The latest moment of a rule: an instant with an identity. `page` is the page view that sent it."""

    anchor: str  # message id, attempt id, session number or local date
    t: int  # the instant its ttl counts from
    page: str


def zones_of(person: Facts, account: Facts | None, timezone: str) -> tuple[str, str]:
    """(the person's zone, the account's zone) as IANA names; the environment's where neither says one."""
    shared = str(account.trait("tz") or "") if account is not None else ""
    return str(person.trait("tz") or person.trait("$tz") or shared or timezone), shared or timezone


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


def waits(reading: Reading) -> int:
    """How long after it happened a deed on a tip counts (ms): at once, when it is so old, or when nobody answered."""
    return max(reading.for_ms, Policy.ignored_ms if reading.did == "ignored" else 0)


def quiet_since(facts: Facts, reading: Reading) -> int | None:
    latest = facts.states.get(reading.atom or "")
    return facts.first_seen if latest is None else latest


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
