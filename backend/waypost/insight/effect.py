"""The effect of one tip: who met it first when, in which arm, and whether they reached the goal in time after that.

The population are people with a would-show record (a view, or a ghost in the control group): the first of each person
counts, and the goal within (t, t + window] after it, alike in both arms. A click is no effect. People who never met the
tip are not looked at, nor is the programme as a whole.

One query in the order of people; what is kept are counts by day (and account). With unit account each person's facts
are read too, for the account of that time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from waypost.delivery.assign import drawn_of_all, drawn_of_rule
from waypost.insight.uplift import Records, Verdict, judge, share_interval
from waypost.insight.why import facts_of
from waypost.model import DAY, account_key
from waypost.rules.plan import NO_HOLDOUT, CompiledRule, Plan
from waypost.store.sqlite import Tx
from waypost.store.tips import Met, first_ghost, first_records, test_users
from waypost.store.versions import Version, versions_of

__all__ = ["Cohort", "Effect", "LeftOut", "account_then", "control_of", "effect", "monthly", "since_of"]

MONTH = 28  # days
WEEK = 7
Control = Literal["rule", "all", "none"]


@dataclass
class LeftOut:
    """People whose records do not count, by the reason: the first that applies."""

    test_users: int = 0
    earlier: int = 0  # met the tip before it was measured as it is now
    control_of_all: int = 0  # see no tip at all: not comparable with people who see the others
    contaminated: int = 0  # in both arms inside the window, or drawn otherwise as a visitor than as a user
    immature: int = 0  # the window is still open


@dataclass(frozen=True, slots=True)
class Cohort:
    """People by the week of their first view. `week`: the day it begins; low, high: Wilson."""

    week: int
    people: int
    reached: int
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Effect:
    """`state`: the verdict's code, or no_goal, or not_causal (there is no control group: `cohorts` only).

    `since`: from when on the tip is measured as it is now, ms. `monthly`: people who met it first in the last 28 days.
    """

    tip: str
    state: str
    control: Control
    share: float
    unit: str
    window: int
    since: int
    monthly: int = 0
    left_out: LeftOut = field(default_factory=LeftOut)
    verdict: Verdict | None = None
    cohorts: list[Cohort] = field(default_factory=list)


def effect(tx: Tx, project_id: int, plan: Plan, rule: CompiledRule, now: int) -> Effect:
    """Raises Unavailable when the statistics are not installed."""
    control, share, unit = control_of(plan, rule)
    since = since_of(versions_of(tx, project_id, rule.id), _design)
    if control == "all":  # project.json has no versions: it begins with the first person kept from the tip
        since = max(since, first_ghost(tx, project_id, rule.id) or now)
    found = Effect(rule.id, "no_goal", control, share, unit, rule.goal_window, since)
    if rule.goal is None:
        return found
    gather = _Gather(tx, project_id, plan, rule, found, now)
    for met in first_records(tx, project_id, rule.id):
        gather.take(met)
    gather.left_out.contaminated += gather.records.settle()
    found = replace(found, monthly=gather.recent, left_out=gather.left_out)
    if control == "none":
        return replace(found, state="not_causal", cohorts=_cohorts(gather.records))
    verdict = judge(gather.records, share, by_account=unit == "account")
    return replace(found, state=verdict.code, verdict=verdict)


def control_of(plan: Plan, rule: CompiledRule) -> tuple[Control, float, str]:
    """(whose control group this tip is compared with, its share, user or account): its own, else that of everything."""
    if rule.mandatory or rule.category in NO_HOLDOUT:
        return "none", 0.0, "user"
    if rule.holdout:
        return "rule", rule.holdout, rule.unit
    share, unit = plan.holdout
    return ("all", share, unit) if share else ("none", 0.0, "user")


def since_of(versions: Sequence[Version], design: Callable[[Version], object]) -> int:
    """From when on the design of a measurement is what it is now; newest version first. 0: always."""
    since = 0
    for version in versions:
        if design(version) != design(versions[0]):
            break
        since = version.live_from
    return since


def _design(version: Version) -> tuple[object, ...]:
    """Goal, window and control group."""
    policy = version.body.get("policy", {})
    return (
        version.body.get("goal"), version.body.get("goal_window"), policy.get("holdout", 0), policy.get("unit", "user"),
    )  # fmt: skip


class _Gather:
    """Sorts people into records and reasons not to count them."""

    def __init__(self, tx: Tx, project_id: int, plan: Plan, rule: CompiledRule, asked: Effect, now: int) -> None:
        self.tx, self.project_id, self.plan, self.rule = tx, project_id, plan, rule
        self.control, self.since, self.now = asked.control, asked.since, now
        self.test_users = test_users(tx, project_id)
        self.by_account = asked.unit == "account"
        self.reads_account = self.by_account or (plan.holdout[0] > 0 and plan.holdout[1] == "account")
        self.records, self.left_out, self.recent = Records(), LeftOut(), 0

    def take(self, met: Met) -> None:
        first, window = met.first, self.rule.goal_window
        held = met.ghost == first
        account = account_then(self.tx, self.project_id, met.person, first) if self.reads_account else None
        if reason := self._reason(met, first, held, account):
            setattr(self.left_out, reason, getattr(self.left_out, reason) + 1)
            return
        self.recent += first > self.now - MONTH * DAY
        if first + window > self.now:
            self.left_out.immature += 1
            return
        reached = met.goal is not None and first < met.goal <= first + window
        unit = (account or met.person) if self.by_account else ""
        self.records.add(first // DAY, held=held, reached=reached, account=unit)

    def _reason(self, met: Met, first: int, held: bool, account: str | None) -> str:
        """The field of LeftOut that the person belongs to; "" when the record counts."""
        if met.person in self.test_users:
            return "test_users"
        if first < self.since:
            return "earlier"
        of_all = drawn_of_all(self.plan, met.person, account, first)
        if self.control == "rule" and held and of_all:
            return "control_of_all"
        if self.control == "none":
            return ""
        both = [at for at in (met.viewed, met.ghost) if at is not None]
        if len(both) == 2 and max(both) <= first + self.rule.goal_window:
            return "contaminated"
        own = of_all if self.control == "all" else drawn_of_rule(self.rule, met.person, account)
        return "contaminated" if met.linked and own != held else ""


def account_then(tx: Tx, project_id: int, person: str, at: int) -> str | None:
    """The account (key) of a person at that time."""
    facts = facts_of(tx, project_id, person)
    account = facts.account_at(at) if facts else None
    return account_key(account) if account else None


def _cohorts(records: Records) -> list[Cohort]:
    weeks: dict[int, list[int]] = {}
    for day, (shown, reached, _, _) in records.by_day.items():
        week = weeks.setdefault(day - (day - 4) % WEEK, [0, 0])  # day 4 was a Monday
        week[0] += shown
        week[1] += reached
    return [Cohort(week, n, x, *share_interval(x, n)) for week, (n, x) in sorted(weeks.items()) if n]


def monthly(tx: Tx, project_id: int, tip: str, now: int) -> int:
    """People who met a tip first in the last 28 days."""
    return sum(met.first > now - MONTH * DAY for met in first_records(tx, project_id, tip))
