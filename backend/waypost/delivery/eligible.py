"""Stages 0 and 1: CSM pauses and the user's own mutes, then everything that makes a rule apply here and now.

Checks run from cheap to dear, and the first that fails is the reason. Section 2.1 of the semantics.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from waypost.delivery.case import Case, Eligible, Held
from waypost.delivery.moments import PER_OCCASION, pending_of
from waypost.facts.days import local_instant
from waypost.facts.operators import read_operator
from waypost.facts.read import covered_since
from waypost.model import Json
from waypost.rules.plan import CompiledRule, Expr, Reading

__all__ = ["anchor_name", "eligible", "muted", "quieted", "retired", "silenced"]

UNMET_KEPT = 4  # false operators that a reason names
PLACES_TOLD = 50  # the snippet names this many placements at most: a full list says nothing of the rest
_name = re.compile(r"""[\w-]+|\[data-waypost=(["']?)([\w-]+)\1\]""")


def quieted(case: Case) -> bool:
    """Whether stage 0 holds back more than single tips: only then each of them is asked about."""
    context = case.context
    return bool(case.request.test_user or context.kill_switch or case.pauses or case.history.muted_all_at)


def silenced(case: Case, rule: CompiledRule) -> Held | None:
    """Stage 0, what silences many tips at once; `mandatory` ones pass all but the test user."""
    if case.request.test_user:
        return Held(0, "test_user")
    if rule.mandatory:
        return None
    if case.context.kill_switch:
        return Held(0, "kill_switch")
    for pause, detail in case.pauses:
        if rule.id not in pause.allow:
            return Held(0, "paused", detail, pause.ends_at)
    if case.history.muted_all_at:
        return Held(0, "muted_all", {"since": case.history.muted_all_at})
    return None


def muted(case: Case, rule: CompiledRule) -> Held | None:
    """Stage 0, for one rule: muted with its category or alone, or snoozed."""
    if rule.mandatory:
        return None
    since = case.history.muted_categories.get(rule.category)
    if since:
        return Held(0, "muted_category", {"category": rule.category, "since": since})
    mark = case.mark(rule.id)
    if mark.muted_at:
        return Held(0, "muted_tip", {"since": mark.muted_at})
    if mark.snoozed_until > case.now:
        return Held(0, "snoozed", {"until": mark.snoozed_until}, mark.snoozed_until)
    return None


def eligible(case: Case, rule: CompiledRule) -> Eligible | Held:
    """Stage 1: does the rule apply to this person, here and now?"""
    held = retired(case, rule) or _schedule(case, rule)
    if held is not None:
        return held
    if not rule.texts:
        return Held(1, "no_text")
    moment = pending_of(case, rule)
    if isinstance(moment, Held):
        return moment
    held = (
        _audience(case, rule)
        or _when(case, rule)
        or _goal(case, rule)
        or _repeat(case, rule, moment)
        or _place(case, rule)
    )
    if held is not None:
        return held
    ends = [moment.until, case.flip(rule.when), case.flip(rule.audience)]
    return Eligible(rule, moment.moment, min((t for t in ends if t is not None), default=None))


# -- schedule


def _schedule(case: Case, rule: CompiledRule) -> Held | None:
    """Live in [starts, ends), local times of the rule's zone."""
    if rule.starts:
        start = _instant(case, rule, rule.starts)
        if case.now < start:
            return Held(1, "not_started", {"until": start}, start)
    if rule.ends:
        end = _instant(case, rule, rule.ends)
        if case.now >= end:
            return Held(1, "ended", {"since": end})
    return None


def _instant(case: Case, rule: CompiledRule, local: str) -> int:
    env = case.context.env
    zone = {"user": env.user_zone, "account": env.account_zone}.get(rule.schedule_tz, case.context.zone)
    return local_instant(local, zone)


# -- audience, when, goal


def _audience(case: Case, rule: CompiledRule) -> Held | None:
    if case.look.truth(rule.audience):
        return None
    return Held(1, "audience_false", {}, case.flip(rule.audience))


def _when(case: Case, rule: CompiledRule) -> Held | None:
    if case.look.truth(rule.when):
        return None
    brought_in = case.look.unknown(rule.when)
    waiting = {*brought_in, *(name for name in rule.when.readings if _uncovered(case, name))}
    numbers = any(case.plan.readings[name].number for name in brought_in)
    either = (waiting, ()) if brought_in else (waiting,)  # true or false: the history will tell
    if numbers or (waiting and any(case.look.truth_if(rule.when, true) for true in either)):
        return _not_covered(case, rule.when, waiting)
    return Held(1, "when_false", _unmet(case, rule), case.flip(rule.when))


def _not_covered(case: Case, expr: Expr, waiting: Iterable[str]) -> Held:
    names = sorted({event for name in waiting for event in case.plan.readings[name].names})
    return Held(1, "history_not_covered", {"events": names}, case.flip(expr))


def _uncovered(case: Case, name: str) -> bool:
    """A `never` that is false only because we have not known the event's name for long enough."""
    reading = case.plan.readings[name]
    facts = case.facts(reading.scope)
    if reading.op != "never" or facts is None or facts.first_seen is None or reading.atom in facts.states:
        return False
    if case.now - facts.first_seen < reading.tenure:
        return False
    since = covered_since(facts, reading, case.context.env)
    return since is None or case.now - since < reading.tenure


def _unmet(case: Case, rule: CompiledRule) -> dict[str, Json]:
    """The operators of `when` that are false now, as written, and how often it was done so far, where they count."""
    readings = [case.plan.readings[name] for name in rule.when.readings]
    unmet = [reading for reading in readings if case.look.reading(reading.id) is False][:UNMET_KEPT]
    if not unmet:
        return {}
    return {"unmet": [reading.source for reading in unmet], "seen": [_seen(case, reading) for reading in unmet]}


def _seen(case: Case, reading: Reading) -> int | None:
    sight = case.look.sight(reading.scope)
    if reading.op != "did" or sight is None:
        return None
    return int(read_operator(sight, replace(reading, op="count")) or 0)


def retired(case: Case, rule: CompiledRule) -> Held | None:
    """It did its work with this person: whatever else holds, it does not come again."""
    success = case.mark(rule.id).success_at
    return Held(1, "retired", {"at": success}) if success and rule.repeat.mode not in PER_OCCASION else None


def _goal(case: Case, rule: CompiledRule) -> Held | None:
    if rule.goal is None:
        return None
    if case.look.truth(rule.goal):
        return Held(1, "goal_reached", {}, case.flip(rule.goal))
    waiting = case.look.unknown(rule.goal)
    if waiting:
        return _not_covered(case, rule.goal, waiting)
    return None


# -- repeat


def _repeat(case: Case, rule: CompiledRule, moment: Eligible) -> Held | None:
    mark, repeat = case.mark(rule.id), rule.repeat
    if rule.opened:  # as often as it is opened
        used = any(moment.moment == used for _, used in mark.consumed)
        return Held(1, "repeat_moment", {"used": mark.last_view}) if used else None
    limit = rule.stop_after_dismissed
    if 0 < limit <= mark.dismissed:
        return Held(1, "stopped_dismissed", {"count": mark.dismissed, "limit": limit})
    if not mark.views and not mark.dismissed:
        return None
    if repeat.mode == "once" and mark.views:
        return Held(1, "repeat_once", {"at": mark.first_view})
    if repeat.mode in PER_OCCASION and any(moment.moment == used for _, used in mark.consumed):
        return Held(1, "repeat_moment", {"used": mark.last_view})
    if repeat.mode == "per_moment" and not moment.moment and mark.views:
        return Held(1, "repeat_moment", {"used": mark.last_view})
    if mark.views >= repeat.max:
        return Held(1, "repeat_max", {"count": mark.views, "limit": repeat.max})
    return _cooldown(case, rule)


def _cooldown(case: Case, rule: CompiledRule) -> Held | None:
    """The cool-down after a view; after the k-th dismissal it is cooldown · 2^(k−1), whatever the mode.

    Who asked to be reminded gets the tip when the snooze ends: that view starts no cool-down.
    """
    mark, cooldown = case.mark(rule.id), rule.repeat.cooldown
    until = 0
    if mark.views and rule.repeat.mode == "cooldown" and mark.snoozed_at < mark.last_view:
        until = mark.last_view + cooldown
    if mark.dismissed:
        until = max(until, mark.last_dismissed + cooldown * 2 ** (mark.dismissed - 1))
    if case.now >= until:
        return None
    detail = {"until": until, "last": mark.last_view, "dismissed": mark.dismissed}
    return Held(1, "repeat_cooldown", detail, until)


# -- the place


def anchor_name(anchor: str) -> str | None:
    """The data-waypost name that an anchor asks for; None when only the page can judge the selector."""
    found = _name.fullmatch(anchor.strip())
    return (found.group(2) or found.group(0)) if found else None


def _place(case: Case, rule: CompiledRule) -> Held | None:
    """The snippet names the marked placements that can be seen; what it did not say is unknown, not absent."""
    told = case.request.context.placements
    name = anchor_name(rule.anchor) if rule.anchor else None
    if told is None or name is None or len(told) >= PLACES_TOLD or name in told or rule.anchor in told:
        return None
    return Held(1, "anchor_not_on_page", {"anchor": rule.anchor})
