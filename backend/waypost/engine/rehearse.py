"""Rules tried on a written history: what would be offered, and which alerts hold, at an instant. Pure.

The history is folded as it is in the live service; there is no browser, so what is offered is what the server offers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import msgspec

from waypost.engine.decide import DecideContext, decide
from waypost.facts.days import local_day, zone
from waypost.facts.fold import fold_event
from waypost.facts.look import Look
from waypost.facts.peers import group_name, peer_medians
from waypost.facts.read import ReadEnv, pending_moment
from waypost.facts.subject import Facts
from waypost.model import ACCOUNT, USER, Context, Decision, Event, Json, Request, account_key, user_key
from waypost.rules.plan import CompiledRule, Plan, Reading, Scope

__all__ = ["Rehearsal"]


@dataclass
class Rehearsal:
    """Subjects as far as they were told of. `known`: event name -> since when it could have been seen (ms)."""

    plan: Plan
    known: Mapping[str, int]
    timezone: str = "UTC"
    facts: dict[str, Facts] = field(default_factory=dict)
    events: dict[str, list[Event]] = field(default_factory=dict)

    def of(self, subject: str) -> Facts:
        """The facts of a person (u:…) or an account (g:…)."""
        return self.facts.setdefault(subject, Facts.empty(self.plan.fingerprint))

    def tell(self, event: Event) -> None:
        """One event of a user, in order of arrival; its account and local days are settled as at ingestion."""
        person = user_key(event.user_id or "")
        account = event.account_id or self.of(person).account_at(event.t)
        own, shared = self._zones(person, account_key(account) if account else None)
        settled = msgspec.structs.replace(
            event, account_id=account, day=local_day(event.t, zone(own)), account_day=local_day(event.t, zone(shared))
        )
        self._fold(person, "user", settled)
        if account:
            self._fold(account_key(account), "account", settled)

    def decision(self, person: str, now: int, context: Context, page: str) -> Decision:
        """What this person (u:…) would be offered on a page view, and what holds the rest back."""
        account = self.account_of(person, now)
        asked = Request(subject=person, account=account, now=now, page_view_id=page, context=context)
        env = self._env(person, account, now)
        return decide(self.plan, self.of(person), self.of(account) if account else None, asked, DecideContext(env))

    def look(self, subject: str, now: int) -> Look:
        account = self.account_of(subject, now)
        user = None if subject.startswith(ACCOUNT) else self.of(subject)
        ids = (subject.removeprefix(USER) if user else None, account.removeprefix(ACCOUNT) if account else None)
        shared = self.of(account) if account else None
        return Look(self.plan, user, shared, now, self._env(subject, account, now), ids)

    def holds(self, rule: CompiledRule, subject: str, now: int) -> bool:
        """Whether an alert would open a task now, were none open."""
        look, moment = self.look(subject, now), rule.moment
        if not (look.truth(rule.audience) and look.truth(rule.when)):
            return False
        if moment is None or moment.kind == "clock":
            return True
        facts = look.user if moment.scope == "user" else look.account
        if facts is None:
            return False
        return pending_moment(self.plan, facts, moment.kind, moment.atom, moment.after, moment.grace, now) is not None

    def behind(self, subject: str, scope: str, now: int) -> Iterable[Event]:
        """The events of a subject, or of its account, newest first."""
        name = subject if scope == "user" else self.account_of(subject, now)
        return sorted(self.events.get(name or "", []), key=lambda event: event.t, reverse=True)

    def account_of(self, subject: str, now: int) -> str | None:
        if subject.startswith(ACCOUNT):
            return subject
        account = self.of(subject).account_at(now)
        return account_key(account) if account else None

    def _fold(self, subject: str, scope: Scope, event: Event) -> None:
        fold_event(self.plan, scope, self.of(subject), event)
        self.events.setdefault(subject, []).append(event)

    def _zones(self, subject: str, account: str | None) -> tuple[str, str]:
        shared = str((self.of(account).trait("tz") if account else None) or self.timezone)
        own = None if subject.startswith(ACCOUNT) else self.of(subject).trait("tz")
        return str(own or shared), shared

    def _env(self, subject: str, account: str | None, now: int) -> ReadEnv:
        own, shared = self._zones(subject, account)

        def peers(reading: Reading, group: Json) -> float | None:
            accounts = [facts for name, facts in self.facts.items() if name.startswith(ACCOUNT)]
            return peer_medians(self.plan, reading, accounts, now, self.timezone).get(group_name(group))

        return ReadEnv(self.known, zone(own, self.timezone), zone(shared, self.timezone), peers)
