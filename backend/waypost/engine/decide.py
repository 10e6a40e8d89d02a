"""The decision: which tips this person may see, here and now, in order, and why not the others. Pure.

shortlist → 0 mute → 1 eligibility → 2 sample → 3 caps → 4 quiet → 5 fatigue → 6 exclusion → 7 rank → 8 page view, placement
→ 9 control group (revealed on the winners) → 10 lease

A rule in shadow goes the same way beside the others, takes no place from them, and ends as a loser: code "shadow" where
it would have been offered.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from waypost.delivery.assign import held_out, not_sampled
from waypost.delivery.caps import capped
from waypost.delivery.case import Case, DecideContext, Eligible, Held
from waypost.delivery.choose import leased_elsewhere, page_view_spent, place, ranked
from waypost.delivery.eligible import eligible, muted, quieted, retired, silenced
from waypost.delivery.exclude import excluded
from waypost.delivery.fatigue import fatigue_of, rested, tired
from waypost.delivery.quiet import quiet
from waypost.delivery.shortlist import Shortlist, shortlist_of
from waypost.engine.texts import pick_locale, pick_variant, texts_of
from waypost.facts.subject import Facts
from waypost.model import DAY, Decision, Loser, Offer, Request
from waypost.rules.plan import CompiledRule, Plan

__all__ = ["NEXT_MOST", "SHADOW", "DecideContext", "decide"]

SHADOW = "shadow"  # the code of a rule in shadow that would have been offered
NEXT_MOST = DAY  # a browser's timer fires at once when it is set for more than 24.8 days


@dataclass
class _Ballot:
    """What is known so far: losers by tip, and the instants at which time alone may change something."""

    losers: dict[str, Loser]
    wakes: list[int] = field(default_factory=list)

    def hold(self, rule: CompiledRule, held: Held) -> None:
        self.losers[rule.id] = held.loser(rule)
        self.wake(held.until)

    def wake(self, at: int | None) -> None:
        if at is not None:
            self.wakes.append(at)


def decide(plan: Plan, user: Facts, account: Facts | None, request: Request, ctx: DecideContext) -> Decision:
    """Offers in policy order, every other live tip with its first reason, and when to ask again.

    A preview is offered first, whatever the policy says. Never raises for any facts or request.
    """
    case = Case(plan, user, account, request, ctx)
    shortlist = shortlist_of(plan)
    ballot = _Ballot(dict(shortlist.unmatched))
    preview = plan.rules.get(request.preview or "")
    winners = _winners(case, shortlist, ballot)
    if preview is not None and preview.kind != "alert" and preview.state == "live":
        winners = [Eligible(preview), *(one for one in winners if one.rule.id != preview.id)]
    for one in winners:
        ballot.losers.pop(one.rule.id, None)
        ballot.wake(one.until)
    offers = [_offer(case, one, preview) for one in winners]
    later = [at - request.now for at in ballot.wakes if at > request.now]
    return Decision(
        offers=offers, losers=list(ballot.losers.values()), next_in=min([*later, NEXT_MOST]) if later else None
    )


def _winners(case: Case, shortlist: Shortlist, ballot: _Ballot) -> list[Eligible]:
    """Stages 0 to 10. What is held back goes to the ballot."""
    rules = shortlist.candidates(case.user, case.account)
    _hold_known(case, shortlist, ballot)
    if quieted(case):
        rules = _heard(case, shortlist, rules, ballot)
    passed = [one for rule in rules if (one := _passes(case, rule, ballot)) is not None]
    for stage in (_within_caps, _not_quiet, _not_tired, _not_excluded):
        passed = stage(case, passed, ballot)
    live = [one for one in passed if one.rule.state == "live"]
    for one in passed:
        if one.rule.state == "shadow":
            _shadow(case, one, live, ballot)
    return _fill(case, ranked(case, live), ballot)


def _shadow(case: Case, one: Eligible, live: list[Eligible], ballot: _Ballot) -> None:
    """Where this rule would have come among the live ones, on a ballot of its own."""
    trial = _Ballot({})
    offered = _fill(case, ranked(case, [*live, one]), trial)
    ballot.losers[one.rule.id] = Held(10, SHADOW).loser(one.rule) if one in offered else trial.losers[one.rule.id]
    ballot.wake(one.until)


def _heard(case: Case, shortlist: Shortlist, rules: list[CompiledRule], ballot: _Ballot) -> list[CompiledRule]:
    """The candidates that a silence lets through. What it holds back has no other reason."""
    held = set()
    for rule in shortlist.rules:
        silence = silenced(case, rule)
        if silence is not None:
            ballot.hold(rule, silence)
            held.add(rule.id)
    return [rule for rule in rules if rule.id not in held]


def _hold_known(case: Case, shortlist: Shortlist, ballot: _Ballot) -> None:
    """Rules that nobody looked at, but that are muted or did their work: that is their reason, not the missing state."""
    history = case.history
    names = {name: case.plan.rules.get(name) for name in history.marks}
    touched = [rule for rule in names.values() if rule is not None]
    for category in history.muted_categories:
        touched += shortlist.categories.get(category, ())
    for rule in touched:
        held = (muted(case, rule) or retired(case, rule)) if rule.id in ballot.losers else None
        if held is not None:
            ballot.losers[rule.id] = held.loser(rule)


def _passes(case: Case, rule: CompiledRule, ballot: _Ballot) -> Eligible | None:
    found = muted(case, rule) or eligible(case, rule)
    if not isinstance(found, Held):
        found = not_sampled(case, rule) or found
    if isinstance(found, Held):
        ballot.hold(rule, found)
        return None
    return found


def _within_caps(case: Case, found: list[Eligible], ballot: _Ballot) -> list[Eligible]:
    return _sift(found, ballot, [capped(case, one.rule) for one in found])


def _not_quiet(case: Case, found: list[Eligible], ballot: _Ballot) -> list[Eligible]:
    held = quiet(case) if found else None
    return _sift(found, ballot, [None if one.rule.opened else held for one in found])


def _not_tired(case: Case, found: list[Eligible], ballot: _Ballot) -> list[Eligible]:
    if not found or not case.history.views:
        return found
    fatigue, now = fatigue_of(case.history, case.now), case.now
    held = [tired(fatigue, one.rule, now) or rested(case.history, one.rule, now) for one in found]
    return _sift(found, ballot, [None if one.rule.opened else why for one, why in zip(found, held, strict=True)])


def _not_excluded(case: Case, found: list[Eligible], ballot: _Ballot) -> list[Eligible]:
    return _sift(found, ballot, [excluded(case, one.rule) for one in found])


def _fill(case: Case, found: list[Eligible], ballot: _Ballot) -> list[Eligible]:
    """Stages 8 and 10, in rank order."""
    spent = page_view_spent(case)
    found = _sift(found, ballot, [spent if one.rule.intrusive else None for one in found])
    offered, losers = place(found)
    for rule, held in losers:
        ballot.hold(rule, held)
    leased = leased_elsewhere(case)
    return _sift(offered, ballot, [leased if one.rule.intrusive else None for one in offered])


def _sift(found: list[Eligible], ballot: _Ballot, verdicts: list[Held | None]) -> list[Eligible]:
    for one, held in zip(found, verdicts, strict=True):
        if held is not None:
            ballot.hold(one.rule, held)
            ballot.wake(one.until)
    return [one for one, held in zip(found, verdicts, strict=True) if held is None]


def _offer(case: Case, one: Eligible, preview: CompiledRule | None) -> Offer:
    rule = one.rule
    ghost = rule is not preview and held_out(case, rule)
    variant = -1 if ghost else pick_variant(case, rule)
    return Offer(
        tip=rule.id,
        version=rule.version,
        moment=one.moment,
        surface=rule.surface,
        anchor=rule.anchor,
        intrusive=rule.intrusive,
        category=rule.category,
        kind=rule.kind,
        at=rule.at,
        settle=rule.settle,
        locale=pick_locale(texts_of(rule, variant), case.request.context.locale) or "",
        variant=variant,
        preview=rule is preview,
        ghost=ghost,
    )
