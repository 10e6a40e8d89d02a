"""Run a clickstream through the engine as if it had been live: who would have been reached, when, and who not.

Every row is folded in order of time; after each one the same `decide` as in the live service answers, and
what it offers first counts as seen. Alerts are looked at whenever time alone may have changed them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from waypost.engine.decide import DecideContext, decide
from waypost.facts.flips import next_flip
from waypost.facts.fold import fold_event
from waypost.facts.look import Look
from waypost.facts.read import ReadEnv
from waypost.facts.subject import Facts
from waypost.model import TIP, Context, Event, Request, user_key
from waypost.rules.plan import CompiledRule, Plan
from waypost.settings import Policy

__all__ = ["Reach", "Replay"]

LOOKS = 64  # flips looked at between two events of a person, at most


@dataclass
class Reach:
    """What one rule would have done."""

    users: set[str] = field(default_factory=set)
    times: int = 0
    first: int | None = None
    last: int | None = None
    held: Counter[str] = field(default_factory=Counter)  # reason code -> people
    _held_people: set[tuple[str, str]] = field(default_factory=set)

    def reached(self, user: str, at: int) -> None:
        self.users.add(user)
        self.times += 1
        self.first = at if self.first is None else min(self.first, at)
        self.last = at if self.last is None else max(self.last, at)

    def held_back(self, user: str, code: str) -> None:
        if (user, code) not in self._held_people:
            self._held_people.add((user, code))
            self.held[code] += 1


class Replay:
    """Feed events in order of time per user, then `finish`."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.reach = {rule_id: Reach() for rule_id in plan.rules}
        self.alerts = [rule for rule in plan.rules.values() if rule.kind == "alert" and rule.scope == "user"]
        self._facts: dict[str, Facts] = {}
        self._known: dict[str, int] = {}
        self._looked: dict[str, int] = {}
        self._true: dict[tuple[str, str], bool] = {}

    def run(self, events: Iterable[Event], progress: Callable[[int], None] = lambda done: None) -> int:
        """Feed everything and look once more at the end of time. Returns the number of events."""
        done, end = 0, 0
        for event in events:
            self.feed(event)
            end = max(end, event.t)
            done += 1
            progress(done)
        for user in self._facts:
            self._look_at_alerts(user, end)
        return done

    def feed(self, event: Event) -> None:
        user = event.user_id or ""
        facts = self._facts.setdefault(user, Facts.empty(self.plan.fingerprint))
        self._known.setdefault(event.name, event.t)
        self._look_at_alerts(user, event.t - 1)
        fold_event(self.plan, "user", facts, event)
        self._look_at_alerts(user, event.t)
        self._decide(user, facts, event)

    def _decide(self, user: str, facts: Facts, event: Event) -> None:
        now = event.t + Policy.session_quiet_ms
        request = Request(
            subject=user_key(user),
            account=None,
            now=now,
            page_view_id=event.page_view_id,
            context=Context(path=str(event.props.get("route") or "/")),
        )
        decision = decide(self.plan, facts, None, request, DecideContext(ReadEnv(self._known)))
        for loser in decision.losers:
            self.reach[loser.tip].held_back(user, loser.code)
        if not decision.offers:
            return
        offer = decision.offers[0]
        self.reach[offer.tip].reached(user, event.t)
        fold_event(
            self.plan,
            "user",
            facts,
            Event(
                message_id=f"seen-{event.message_id}",
                name=TIP,
                t=now,
                received_at=now,
                user_id=user,
                props={
                    "tip": offer.tip,
                    "what": "viewed",
                    "moment": offer.moment,
                    "category": offer.category,
                    "surface": offer.surface,
                    "intrusive": offer.intrusive,
                    "page_view": event.page_view_id,
                },
            ),
        )

    def _look_at_alerts(self, user: str, until: int) -> None:
        """Every instant since the last look at which time alone may have made an alert true."""
        if not self.alerts:
            return
        facts, at = self._facts[user], self._looked.get(user, until)
        env = ReadEnv(self._known)
        for _ in range(LOOKS):
            for rule in self.alerts:
                self._look_once(user, facts, rule, at, env)
            readings = [self.plan.readings[name] for rule in self.alerts for name in rule.when.readings]
            flips = [next_flip(self.plan, facts, reading, at, env) for reading in readings]
            following = min((flip for flip in flips if flip is not None and at < flip <= until), default=None)
            if following is None:
                break
            at = following
        self._looked[user] = until

    def _look_once(self, user: str, facts: Facts, rule: CompiledRule, at: int, env: ReadEnv) -> None:
        look = Look(self.plan, facts, None, at, env)
        true = look.truth(rule.audience) and look.truth(rule.when)
        if true and not self._true.get((user, rule.id)):
            self.reach[rule.id].reached(user, at)
        self._true[(user, rule.id)] = true
