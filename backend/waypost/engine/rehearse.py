"""Rules tried on a written history: what would be offered, and which tasks of alerts are open, at an instant. Pure.

The history is folded as it is in the live service, goals are noticed and tasks open and close as they do there. There
is no browser, so what is offered is what the server offers: `trigger.at` is not looked at.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

import msgspec

from waypost.delivery.case import Case
from waypost.delivery.moments import pending_of
from waypost.engine.decide import DecideContext, decide
from waypost.engine.goals import goals_waiting
from waypost.facts.chains import abandonments
from waypost.facts.days import local_day, zone
from waypost.facts.flips import next_flip
from waypost.facts.fold import fold_event
from waypost.facts.look import Look
from waypost.facts.operators import frozen_key, usage_norm
from waypost.facts.peers import group_name, peer_medians
from waypost.facts.read import Pending, ReadEnv, pending_moment
from waypost.facts.subject import Facts
from waypost.model import (
    ACCOUNT,
    TIP,
    USER,
    Context,
    Decision,
    Event,
    Json,
    Request,
    account_key,
    order_key,
    user_key,
)
from waypost.rules.plan import CompiledRule, Plan, Reading, Scope

__all__ = ["Rehearsal", "Tasks"]


@dataclass
class Tasks:
    """What came of one alert for one subject so far: the latest task, and what no other is opened for."""

    opened_at: int | None = None
    closed_at: int | None = None
    still_true: bool = False  # the alert has been true ever since the latest was opened
    norms: dict[str, float] = field(default_factory=dict)  # of usage, on the day of opening
    keys: list[Json] = field(default_factory=list)  # per_key: those that had their task
    anchor: str = ""  # the moment that had its task
    held: str = ""  # the alert is true, but opens none: key, cooldown, still_true, clear or moment

    @property
    def open(self) -> bool:
        return self.opened_at is not None and self.closed_at is None


@dataclass
class Rehearsal:
    """Subjects as far as they were told of. `known`: event name -> since when it could have been seen (ms)."""

    plan: Plan
    known: Mapping[str, int]
    timezone: str = "UTC"
    facts: dict[str, Facts] = field(default_factory=dict)
    events: dict[str, list[Event]] = field(default_factory=dict)
    watched: dict[tuple[str, str], Tasks] = field(default_factory=dict)
    clock: int | None = None  # everything received by then was told of

    def of(self, subject: str) -> Facts:
        """The facts of a person (u:…) or an account (g:…)."""
        return self.facts.setdefault(subject, Facts.empty(self.plan.fingerprint))

    # -- what happens

    def tell(self, event: Event) -> None:
        """One event of a user, in order of arrival; its account and local days are settled as at ingestion."""
        if self.clock is not None and event.received_at > self.clock:
            self.pass_time(event.received_at - 1)
        self.clock = event.received_at
        self._take(event)
        self._reach_goals(user_key(event.user_id or ""), event.received_at)

    def _take(self, event: Event) -> None:
        person = user_key(event.user_id or "")
        account = event.account_id or self.of(person).account_at(event.t)
        own, shared = self._zones(person, account_key(account) if account else None)
        settled = msgspec.structs.replace(
            event, account_id=account, day=local_day(event.t, zone(own)), account_day=local_day(event.t, zone(shared))
        )
        self._fold(person, "user", settled)
        if account:
            self._fold(account_key(account), "account", settled)

    def _fold(self, subject: str, scope: Scope, event: Event) -> None:
        fold_event(self.plan, scope, self.of(subject), event)
        self.events.setdefault(subject, []).append(event)

    def _reach_goals(self, person: str, now: int) -> None:
        """A goal that became true within its window after the first view: from then on the tip did its work."""
        waiting = goals_waiting(self.plan, self.of(person).tips, now)
        look = self.look(person, now) if waiting else None
        for rule, _ in waiting:
            if look is not None and rule.goal and look.truth(rule.goal):
                props = {"tip": rule.id, "what": "goal", "category": rule.category}
                user = person.removeprefix(USER)
                self._take(
                    Event(message_id=f"goal {rule.id}", name=TIP, t=now, received_at=now, user_id=user, props=props)
                )

    # -- looks

    def decision(self, person: str, now: int, context: Context, page: str) -> Decision:
        """What this person (u:…) would be offered on a page view, and what holds the rest back."""
        account = self.account_of(person, now)
        asked = Request(subject=person, account=account, now=now, page_view_id=page, context=context)
        env = self._env(person, account, now)
        return decide(self.plan, self.of(person), self.of(account) if account else None, asked, DecideContext(env))

    def moment(self, rule: CompiledRule, person: str, now: int, page: str) -> str:
        """The moment that a view of this tip would use up; "" when it has none."""
        found = pending_of(self._case(person, now, page), rule)
        return getattr(found, "moment", "")

    def look(self, subject: str, now: int, norms: Mapping[str, float] | None = None) -> Look:
        """`norms`: those that were frozen with an open task."""
        account = self.account_of(subject, now)
        user = None if subject.startswith(ACCOUNT) else self.of(subject)
        ids = (subject.removeprefix(USER) if user else None, account.removeprefix(ACCOUNT) if account else None)
        env = self._env(subject, account, now)
        env = env if norms is None else replace(env, frozen=norms)
        return Look(self.plan, user, self.of(account) if account else None, now, env, ids)

    def behind(self, subject: str, scope: str, now: int) -> Iterable[Event]:
        """The events of a subject, or of its account, newest first."""
        name = subject if scope == "user" else self.account_of(subject, now)
        return sorted(self.events.get(name or "", []), key=order_key, reverse=True)

    def account_of(self, subject: str, now: int) -> str | None:
        if subject.startswith(ACCOUNT):
            return subject
        account = self.of(subject).account_at(now)
        return account_key(account) if account else None

    def _case(self, subject: str, now: int, page: str = "") -> Case:
        account = self.account_of(subject, now)
        user = Facts.empty(self.plan.fingerprint) if subject.startswith(ACCOUNT) else self.of(subject)
        asked = Request(subject=subject, account=account, now=now, page_view_id=page, context=Context())
        context = DecideContext(self._env(subject, account, now))
        return Case(self.plan, user, self.of(account) if account else None, asked, context)

    def _zones(self, subject: str, account: str | None) -> tuple[str, str]:
        shared = str((self.of(account).trait("tz") if account else None) or self.timezone)
        own = None if subject.startswith(ACCOUNT) else self.of(subject).trait("tz")
        return str(own or shared), shared

    def _env(self, subject: str, account: str | None, now: int) -> ReadEnv:
        own, shared = (zone(name, self.timezone) for name in self._zones(subject, account))

        def peers(reading: Reading, group: Json) -> float | None:
            accounts = [facts for name, facts in self.facts.items() if name.startswith(ACCOUNT)]
            return peer_medians(self.plan, accounts, now, shared, self.timezone)[reading.id].get(group_name(group))

        return ReadEnv(self.known, own, shared, peers)

    # -- alerts

    def watch(self, rule: CompiledRule, subject: str) -> Tasks:
        """Follow the tasks of an alert, from here on."""
        return self.watched.setdefault((rule.id, subject), Tasks())

    def pass_time(self, until: int) -> None:
        """Nothing more happens until then: look at every instant at which time alone may open or close a task."""
        begun = until if self.clock is None else self.clock
        for (rule_id, subject), tasks in self.watched.items():
            rule = self.plan.rules[rule_id]
            at: int | None = begun
            while at is not None and at < until:
                self._check(rule, subject, tasks, at)
                at = self._next(rule, subject, tasks, at)
            self._check(rule, subject, tasks, until)
        self.clock = until

    def _next(self, rule: CompiledRule, subject: str, tasks: Tasks, now: int) -> int | None:
        case, moment = self._case(subject, now), rule.moment
        clear = rule.alert.clear if rule.alert and tasks.open else None
        times = [case.flip(expr) for expr in (rule.audience, rule.when, clear)]
        facts = case.facts(moment.scope) if moment else None
        if moment is not None and moment.kind == "abandoned" and facts is not None:
            reading = Reading("", "abandoned", moment.scope, moment.atom, after=moment.after, grace=moment.grace)
            times.append(next_flip(self.plan, facts, reading, now, case.context.env))
        if tasks.opened_at is not None:
            times.append(tasks.opened_at + rule.repeat.cooldown)
        return min((t for t in times if t is not None and t > now), default=None)

    def _check(self, rule: CompiledRule, subject: str, tasks: Tasks, now: int) -> None:
        look = self.look(subject, now)
        true = look.truth(rule.audience) and look.truth(rule.when)
        tasks.still_true = tasks.still_true and true
        pending = self._pending(rule, look)
        tasks.held = ""
        if tasks.open:
            if self._closes(rule, subject, tasks, now, true):
                tasks.closed_at = now
        elif true:
            tasks.held = self._held(rule, tasks, look, pending)
            if not tasks.held:
                opened = now if pending is None else pending.t
                tasks.opened_at, tasks.closed_at, tasks.still_true = opened, None, True
                tasks.anchor = "" if pending is None else pending.anchor
                tasks.norms = self._norms(rule, look)

    def _closes(self, rule: CompiledRule, subject: str, tasks: Tasks, now: int, true: bool) -> bool:
        clear = rule.alert.clear if rule.alert else None
        if clear is not None and self.look(subject, now, tasks.norms).truth(clear):
            return True
        if not _by_moment(rule):
            return clear is None and not true
        return self._undone(rule, subject, tasks, now)

    def _undone(self, rule: CompiledRule, subject: str, tasks: Tasks, now: int) -> bool:
        """A late event finished the attempt in time after all."""
        look, moment = self.look(subject, now), rule.moment
        facts = None if moment is None else look.user if moment.scope == "user" else look.account
        if moment is None or moment.kind != "abandoned" or facts is None:
            return False
        chain, state = self.plan.atoms[moment.atom or ""].chain, facts.now.chains.get(moment.atom or "")
        if chain is None or state is None:
            return True
        return tasks.anchor not in {attempt for _, attempt, _, _ in abandonments(chain, state, now, facts.session)}

    def _held(self, rule: CompiledRule, tasks: Tasks, look: Look, pending: Pending | None) -> str:
        """Why an alert that is true opens no task, or ""."""
        rests = tasks.opened_at is not None and look.now - tasks.opened_at < rule.repeat.cooldown
        if _by_moment(rule):
            clear = rule.alert.clear if rule.alert else None
            if pending is None or pending.anchor == tasks.anchor:
                return "moment"
            return "cooldown" if rests else "clear" if clear is not None and look.truth(clear) else ""
        if rule.repeat.mode == "per_key" and rule.repeat.key is not None:
            program = rule.repeat.key.program
            key = None if program is None else program.value(look.data)
            if key is None or key in tasks.keys:
                return "key"
            tasks.keys.append(key)
            return ""
        return "still_true" if tasks.still_true else "cooldown" if rests else ""

    def _pending(self, rule: CompiledRule, look: Look) -> Pending | None:
        moment = rule.moment
        facts = None if moment is None else look.user if moment.scope == "user" else look.account
        if moment is None or facts is None or not _by_moment(rule):
            return None
        return pending_moment(self.plan, facts, moment.kind, moment.atom, moment.after, moment.grace, look.now)

    def _norms(self, rule: CompiledRule, look: Look) -> dict[str, float]:
        """What usage is compared with at opening: frozen, for the norm itself sinks with a long silence."""
        found: dict[str, float] = {}
        for reading in (self.plan.readings[name] for name in rule.when.readings):
            sight = look.sight(reading.scope)
            if reading.usage is not None and reading.usage.windows and reading.atom and sight is not None:
                norm = usage_norm(sight, reading)
                if norm is not None:
                    found.setdefault(frozen_key(reading), norm.base)
        return found


def _by_moment(rule: CompiledRule) -> bool:
    """Whether a task is opened for each moment, rather than for a state that becomes true."""
    return rule.moment is not None and rule.moment.kind != "clock"
