"""The moment of a rule: whether one is pending for this person in this page view, and until when.

A moment is an instant with an identity. It is consumed by a view only, and ends with its ttl.
"""

from __future__ import annotations

import hashlib

import msgspec

from waypost.delivery.case import Case, Eligible, Held
from waypost.facts.flips import next_flip
from waypost.facts.read import Pending, pending_moment
from waypost.model import Json
from waypost.rules.plan import CompiledRule, Moment, Reading
from waypost.settings import Policy

__all__ = ["PER_OCCASION", "moment_id", "pending_of"]

PER_OCCASION = ("per_moment", "per_key")
_json = msgspec.json.Encoder(order="sorted")


def moment_id(rule: str, anchor: str) -> str:
    """The identity of one moment of one rule."""
    return hashlib.blake2b(f"{rule}\0{anchor}".encode(), digest_size=12).hexdigest()


def pending_of(case: Case, rule: CompiledRule) -> Eligible | Held:
    """The pending moment of a rule, or why there is none. A state has none and needs none."""
    if rule.moment is None or rule.moment.kind == "clock":
        return Eligible(rule, _key(case, rule) or _occasion(case, rule))
    pending = _pending(case, rule.moment)
    if pending is None:
        return Held(1, "no_moment", {}, _next_moment(case, rule.moment))
    name = moment_id(rule.id, pending.anchor)
    used = next((t for t, moment in case.mark(rule.id).consumed if moment == name), None)
    if used is not None:
        code = "repeat_moment" if rule.repeat.mode == "per_moment" else "moment_consumed"
        return Held(1, code, {"at": pending.t, "used": used}, _next_moment(case, rule.moment))
    until = _lasts_until(case, rule, pending, name)
    return until if isinstance(until, Held) else Eligible(rule, _key(case, rule) or name, until)


def _pending(case: Case, moment: Moment) -> Pending | None:
    facts = case.facts(moment.scope)
    if facts is None:
        return None
    return pending_moment(case.plan, facts, moment.kind, moment.atom, moment.after, moment.grace, case.now)


def _occasion(case: Case, rule: CompiledRule) -> str:
    """For a state that is shown once per occurrence of its chain, the identity of the latest one; else ""."""
    if rule.repeat.mode != "per_moment" or rule.occasion is None or rule.occasion.kind == "clock":
        return ""
    pending = _pending(case, rule.occasion)
    return moment_id(rule.id, pending.anchor) if pending else ""


def _next_moment(case: Case, moment: Moment) -> int | None:
    """An abandonment is the only moment that comes by time alone."""
    facts = case.facts(moment.scope)
    if moment.kind != "abandoned" or facts is None:
        return None
    reading = Reading("", "abandoned", moment.scope, moment.atom, after=moment.after, grace=moment.grace)
    return next_flip(case.plan, facts, reading, case.now, case.context.env)


def _lasts_until(case: Case, rule: CompiledRule, pending: Pending, name: str) -> int | Held | None:
    """When the ttl of a pending moment ends, or why it is over."""
    if isinstance(rule.ttl, int):
        end = pending.t + rule.ttl
        return end if case.now < end else Held(1, "moment_expired", {"at": pending.t, "ttl": rule.ttl})
    if rule.ttl == "session":
        session = case.session
        if session is None or pending.t < session.start:
            return Held(1, "moment_expired", {"at": pending.t, "ttl": "session"})
        return None
    return _page_until(case, rule, pending, name)


def _page_until(case: Case, rule: CompiledRule, pending: Pending, name: str) -> int | Held | None:
    """ttl "page": the page view that sent the event. What no page view sent waits for the next one to sync."""
    assert rule.moment is not None
    here = case.request.page_view_id
    timed = rule.moment.kind in ("abandoned", "session")
    page = case.context.bound.get(name) or ("" if timed else pending.page)
    if page:
        return None if page == here else Held(1, "other_page", {"at": pending.t})
    end = pending.t + Policy.server_page_ms
    return end + 1 if case.now <= end else Held(1, "moment_expired", {"at": pending.t, "ttl": Policy.server_page_ms})


def _key(case: Case, rule: CompiledRule) -> str:
    """For `per_key`, the identity of the key's present value; else ""."""
    key = rule.repeat.key
    if rule.repeat.mode != "per_key" or key is None:
        return ""
    value: Json = key.constant if key.program is None else key.program.value(case.look.data)
    return moment_id(rule.id, "key:" + _json.encode(value).decode())
