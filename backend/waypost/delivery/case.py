"""What every stage of the policy looks at: one question, the facts behind it, and how a rule is held back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import tzinfo
from functools import cached_property

from waypost.delivery.pause import in_force, pause_detail
from waypost.facts.days import next_midnight, zone
from waypost.facts.flips import BY_DAY, next_flip
from waypost.facts.history import Mark, TipHistory
from waypost.facts.look import Look
from waypost.facts.read import ReadEnv
from waypost.facts.sessions import current_session
from waypost.facts.subject import Facts, Session
from waypost.model import ACCOUNT, DAY, MINUTE, SECOND, USER, Json, Loser, Pause, Request
from waypost.rules.plan import CompiledRule, Expr, Plan, Scope
from waypost.settings import Policy

__all__ = ["Case", "DecideContext", "Eligible", "Held"]

UNSEEN = Mark()


@dataclass(frozen=True, slots=True)
class DecideContext:
    """What a decision needs beside facts and question. `bound`: moment id -> the page view it belongs to."""

    env: ReadEnv
    lease_page: str = ""
    lease_until: int = 0
    bound: Mapping[str, str] = field(default_factory=dict)
    muted_routes: Sequence[str] = ()
    pauses: Sequence[Pause] = ()  # in force for this person and their account
    kill_switch: bool = False  # the whole environment is silent
    zone: tzinfo = field(default_factory=lambda: zone("UTC"))  # the environment's


@dataclass(frozen=True, slots=True)
class Held:
    """The first stage that stopped a rule. `until`: when time alone may lift it, None = not by time."""

    stage: int
    code: str
    detail: dict[str, Json] = field(default_factory=dict)
    until: int | None = None

    def loser(self, rule: CompiledRule) -> Loser:
        return Loser(tip=rule.id, version=rule.version, stage=self.stage, code=self.code, detail=self.detail)


@dataclass(frozen=True, slots=True)
class Eligible:
    """A rule that passed stage 1. `until`: when time alone may end that."""

    rule: CompiledRule
    moment: str = ""  # moment id, "" for a state
    until: int | None = None


def ids_of(request: Request) -> tuple[str | None, str | None]:
    """(user id, account id), where they are known."""
    user = request.subject.removeprefix(USER) if request.subject.startswith(USER) else None
    return user, request.account.removeprefix(ACCOUNT) if request.account else None


class Case:
    """One request over one look at the facts. Readings, flips and the session are found at most once."""

    def __init__(
        self, plan: Plan, user: Facts, account: Facts | None, request: Request, context: DecideContext
    ) -> None:
        self.plan, self.user, self.account = plan, user, account
        self.request, self.context, self.now = request, context, request.now
        self.look = Look(plan, user, account, request.now, context.env, ids_of(request))
        self.history: TipHistory = user.tips
        self._flips: dict[str, int | None] = {}
        self._midnights: dict[str, int] = {}

    def mark(self, tip: str) -> Mark:
        """This person's history with one tip."""
        return self.history.marks.get(tip, UNSEEN)

    @cached_property
    def session(self) -> Session | None:
        return current_session(self.user.session, self.now)

    @cached_property
    def pauses(self) -> list[tuple[Pause, dict[str, Json]]]:
        """In force now, the longest first, each with what it says of itself: made once for all the tips it holds."""
        return [(pause, pause_detail(pause, self.account)) for pause in in_force(self.context.pauses, self.now)]

    def facts(self, scope: str) -> Facts | None:
        return self.user if scope == "user" else self.account

    def flip(self, expr: Expr | None) -> int | None:
        """A lower bound of the next instant at which time alone may change the expression."""
        if expr is None or expr.program is None:
            return None
        times = [self._flip(name) for name in expr.readings]
        times += [self._variable_flip(path) for path in expr.paths]
        return min((t for t in times if t is not None), default=None)

    def _flip(self, name: str) -> int | None:
        if name not in self._flips:
            reading = self.plan.readings[name]
            facts = self.facts(reading.scope)
            if reading.op == "returned":  # never becomes true by time; ends with the session
                self._flips[name] = self._session_end() if self.look.reading(name) else None
            elif facts is None:
                self._flips[name] = None
            elif reading.span.session:
                self._flips[name] = self._session_end()
            elif reading.op in BY_DAY or reading.span.days is not None:
                self._flips[name] = self._midnight(reading.scope)
            else:
                self._flips[name] = next_flip(self.plan, facts, reading, self.now, self.context.env)
        return self._flips[name]

    def _midnight(self, scope: Scope) -> int:
        if scope not in self._midnights:
            self._midnights[scope] = next_midnight(self.now, self.context.env.zone(scope))
        return self._midnights[scope]

    def _session_end(self) -> int | None:
        session = self.session
        if session is None:
            return None
        return min(session.last + Policy.session_gap_ms, session.start + Policy.session_max_ms)

    def _variable_flip(self, path: str) -> int | None:
        if path == "session.age_s" and self.session is not None:
            age = self.now - self.session.start
            return self.now + (SECOND if age < MINUTE else MINUTE)
        if path.startswith("session."):
            return self._session_end()
        if path == "account.age_days" and self.account is not None and self.account.first_seen is not None:
            return self.now + DAY - (self.now - self.account.first_seen) % DAY
        return None
