"""Run a clickstream through the engine as if it had been live: who would have been reached, when, and who not.

Every row is folded in order of time; after each one the same `decide` as in the live service answers, and
what a page would show counts as seen. Alerts are looked at whenever time alone may have changed them.
A clickstream has no accounts and no browser: rules that look at accounts are `untried`, and the conditions
of `at` are taken to hold.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, tzinfo

from waypost.engine.decide import DecideContext, decide
from waypost.facts.flips import next_flip
from waypost.facts.fold import fold_event
from waypost.facts.look import Look
from waypost.facts.read import ReadEnv, pending_moment
from waypost.facts.subject import Facts
from waypost.insight.crowd import Crowd
from waypost.model import TIP, Context, Decision, Event, Offer, Request, user_key
from waypost.rules.plan import CompiledRule, Expr, Plan, Reading
from waypost.settings import Policy

__all__ = ["Reach", "Replay"]

LOOKS = 400  # flips looked at between two events of a person, at most: a year of midnights
NEVER = 2**63
CAPS = 3  # the first stage of the policy that holds back what applies
NEARER = (
    "not_started", "no_moment", "moment_expired", "other_page", "audience_false", "history_not_covered", "when_false"
)  # fmt: skip
"""Reasons why a rule never came up, from the farthest to the nearest; any other is nearer still."""


@dataclass
class Reach:
    """What one rule would have done. Each person is in one of three groups: it was shown to them (a task was
    opened, for an alert), it came up but the policy held it back each time, or it never came up."""

    users: set[str] = field(default_factory=set)
    due: set[str] = field(default_factory=set)  # it came up, whether shown or held back: no cap hides anybody here
    times: int = 0
    first: int | None = None  # ms
    last: int | None = None
    _held: dict[str, str] = field(default_factory=dict)  # person -> the latest code that held it back
    _unmet: dict[str, str] = field(default_factory=dict)  # person -> the nearest code of its not coming up

    def reached(self, user: str, at: int) -> None:
        self.users.add(user)
        self.due.add(user)
        self.times += 1
        self.first = at if self.first is None else min(self.first, at)
        self.last = at if self.last is None else max(self.last, at)

    def held_back(self, user: str, code: str) -> None:
        self.due.add(user)
        self._held[user] = code

    def came_not_up(self, user: str, code: str) -> None:
        if user not in self.due:
            self._unmet[user] = max(self._unmet.get(user, code), code, key=_nearness)

    @property
    def held(self) -> Counter[str]:
        """Reason code -> people for whom it came up but who never saw it."""
        return Counter(code for user, code in self._held.items() if user not in self.users)

    @property
    def unmet(self) -> Counter[str]:
        """Reason code -> people for whom it never came up."""
        return Counter(code for user, code in self._unmet.items() if user not in self.due)


def _nearness(code: str) -> int:
    return NEARER.index(code) if code in NEARER else len(NEARER)


@dataclass
class _Task:
    """The latest task that an alert opened for a person."""

    opened_at: int
    moment: str
    active: bool = True
    still_true: bool = True  # the condition has not been false since


class Replay:
    """Feed events in order of time. `zone`: of calendar days."""

    def __init__(self, plan: Plan, zone: tzinfo = UTC) -> None:
        self.plan, self.zone = plan, zone
        self.reach = {rule_id: Reach() for rule_id in plan.rules}
        self.untried = {rule.id for rule in plan.rules.values() if _looks_at_accounts(plan, rule)}
        tried = {rule.id: rule for rule in plan.rules.values() if rule.id not in self.untried}
        self._tried = replace(plan, rules=tried, memo={})  # what is not tried takes nobody's place
        self.alerts = [rule for rule in tried.values() if rule.kind == "alert"]
        self._alert_readings = [reading for rule in self.alerts for reading in _readings(plan, rule)]
        self._people = Crowd(plan.fingerprint)
        self._asks = len(tried) > len(self.alerts)
        self._env = ReadEnv({}, zone, zone)
        self._next: dict[str, int] = {}  # person -> when time alone may next change what an alert does
        self._tasks: dict[tuple[str, str], _Task] = {}

    def run(self, events: Iterable[Event], progress: Callable[[int], None] = lambda done: None) -> int:
        """Feed everything and look once more at the end of time. Returns the number of events."""
        done, end = 0, 0
        for event in events:
            self.feed(event)
            end = max(end, event.t)
            done += 1
            progress(done)
        for user in self._people.names():
            self._pass_time(user, self._people.facts(user), end)
        return done

    def feed(self, event: Event) -> None:
        user = event.user_id or ""
        if not self._env.known_since:  # the rules count as published when the clickstream begins
            self._env = ReadEnv(dict.fromkeys(self.plan.names, event.t), self.zone, self.zone)
        facts = self._people.facts(user)
        self._pass_time(user, facts, event.t - 1)
        fold_event(self.plan, "user", facts, event)
        self._look_at_alerts(user, facts, event.t, event.t)
        if self._asks:
            self._decide(user, facts, event)

    # -- tips

    def _decide(self, user: str, facts: Facts, event: Event) -> None:
        """Ask as the page would, once the first seconds of a visit are over, and see what it would show."""
        request = Request(
            subject=user_key(user),
            account=None,
            now=event.t + Policy.session_quiet_ms,
            page_view_id=event.page_view_id,
            context=Context(path=str(event.props.get("route") or "/")),
        )
        decision = decide(self._tried, facts, None, request, DecideContext(self._env, zone=self.zone))
        self._note_losers(user, decision)
        crowded = False
        for offer in decision.offers:
            if offer.intrusive and crowded:
                self.reach[offer.tip].held_back(user, "page_view_spent")
                continue
            crowded = crowded or offer.intrusive
            self.reach[offer.tip].reached(user, event.t)
            fold_event(self.plan, "user", facts, _viewed(offer, event, request.now))

    def _note_losers(self, user: str, decision: Decision) -> None:
        for loser in decision.losers:
            reach = self.reach[loser.tip]
            if loser.stage >= CAPS:
                reach.held_back(user, loser.code)
            else:
                reach.came_not_up(user, loser.code)

    # -- alerts

    def _pass_time(self, user: str, facts: Facts, until: int) -> None:
        """Every instant since the last look at which time alone may have made an alert true."""
        following = self._next.get(user, NEVER)
        if following <= until:
            self._look_at_alerts(user, facts, following, until)

    def _look_at_alerts(self, user: str, facts: Facts, at: int, until: int) -> None:
        """Now, and at every flip until then."""
        if not self.alerts:
            return
        for _ in range(LOOKS):
            for rule in self.alerts:
                self._look_once(user, facts, rule, at)
            flips = [next_flip(self.plan, facts, reading, at, self._env) for reading in self._alert_readings]
            following = min((flip for flip in flips if flip is not None and flip > at), default=NEVER)
            if following > until:
                break
            at = following
        self._next[user] = following

    def _look_once(self, user: str, facts: Facts, rule: CompiledRule, at: int) -> None:
        look, task = Look(self.plan, facts, None, at, self._env), self._tasks.get((user, rule.id))
        clear = rule.alert.clear if rule.alert else None
        cleared = None if clear is None else look.truth(clear)
        true = look.truth(rule.audience) and look.truth(rule.when)
        moment, since = _moment(self.plan, facts, rule, at)
        opens = _episode_opens if moment == "" else _moment_opens
        if moment is not None and opens(rule, task, true, cleared, moment, at):
            self._tasks[(user, rule.id)] = _Task(since, moment)
            self.reach[rule.id].reached(user, since)


def _episode_opens(
    rule: CompiledRule, task: _Task | None, true: bool, cleared: bool | None, _moment: str, at: int
) -> bool:
    """From false to true, once until it was false again; as success/tasks.py does it for the live service."""
    if task is None:
        return true
    task.still_true = task.still_true and true
    if task.active:
        task.active = not (not true if cleared is None else cleared)
        return False
    return true and not task.still_true and at - task.opened_at >= rule.repeat.cooldown


def _moment_opens(
    rule: CompiledRule, task: _Task | None, true: bool, cleared: bool | None, moment: str, at: int
) -> bool:
    """Once for each moment. Where nothing clears a task, a person is taken to have done with it in the cool-down."""
    if task is not None:
        if task.active and cleared is not None:
            task.active = not cleared
            return False
        if moment == task.moment or at - task.opened_at < rule.repeat.cooldown:
            return False
    return true and not cleared


def _moment(plan: Plan, facts: Facts, rule: CompiledRule, at: int) -> tuple[str | None, int]:
    """(the moment that is there, its instant); a level has the moment "", now."""
    moment = rule.moment
    if moment is None or moment.kind == "clock":
        return "", at
    found = pending_moment(plan, facts, moment.kind, moment.atom, moment.after, moment.grace, at)
    return (None, at) if found is None else (found.anchor, found.t)


def _readings(plan: Plan, rule: CompiledRule) -> list[Reading]:
    """Whatever may change what an alert does by time alone."""
    clear = rule.alert.clear if rule.alert else None
    expressions = [expr for expr in (rule.audience, rule.when, clear) if expr is not None]
    readings = [plan.readings[name] for expr in expressions for name in expr.readings]
    moment = rule.moment
    if moment is not None and moment.kind == "abandoned":
        readings.append(Reading("", "abandoned", moment.scope, moment.atom, after=moment.after, grace=moment.grace))
    return readings


def _looks_at_accounts(plan: Plan, rule: CompiledRule) -> bool:
    needed: list[Expr | None] = [rule.audience, rule.when]
    return (
        rule.scope == "account"
        or (rule.moment is not None and rule.moment.scope == "account")
        or any(plan.readings[name].scope == "account" for expr in needed if expr for name in expr.readings)
        or any(path.startswith("account.") for expr in needed if expr for path in expr.paths)
    )


def _viewed(offer: Offer, event: Event, now: int) -> Event:
    return Event(
        message_id=f"seen-{event.message_id}-{offer.tip}",
        name=TIP,
        t=now,
        received_at=now,
        user_id=event.user_id,
        props={
            "tip": offer.tip,
            "what": "viewed",
            "moment": offer.moment,
            "category": offer.category,
            "surface": offer.surface,
            "kind": offer.kind,
            "intrusive": offer.intrusive,
            "page_view": event.page_view_id,
        },
    )
