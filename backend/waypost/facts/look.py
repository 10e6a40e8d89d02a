"""One look at a person and their account at one instant: what a compiled expression sees."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

from waypost.facts.read import ReadEnv, read_reading, session_values
from waypost.facts.subject import Facts
from waypost.model import DAY, Json
from waypost.rules.plan import Expr, Plan

__all__ = ["Look"]

NUMBERS = frozenset({"count", "days", "weeks", "progress"})


class Look:
    """Lazy: each reading is computed at most once, and only when an expression that holds it is asked for.

    For an account (alerts) `user` is None: its session, traits and user-scope readings are empty or false.
    """

    def __init__(self, plan: Plan, user: Facts | None, account: Facts | None, now: int, env: ReadEnv) -> None:
        self.plan, self.user, self.account, self.now, self.env = plan, user, account, now, env
        self._values: dict[str, Json] = {}

    def reading(self, reading_id: str) -> Json:
        """The value of one reading: a bool, or a number for count, days, weeks and progress."""
        if reading_id not in self._values:
            reading = self.plan.readings[reading_id]
            facts = self.user if reading.scope == "user" else self.account
            if facts is None:
                self._values[reading_id] = 0 if reading.op in NUMBERS else False
            else:
                self._values[reading_id] = read_reading(self.plan, facts, reading, self.now, self.env)
        return self._values[reading_id]

    def truth(self, expr: Expr) -> bool:
        """Whether the expression holds now. Never raises: an evaluation error is false."""
        if expr.program is None:
            return expr.constant
        return expr.program.truth(self.data(expr.readings))

    def data(self, readings: Iterable[str]) -> dict[str, Json]:
        """The document an expression is evaluated over."""
        return {**self._subject, "$a": {name: self.reading(name) for name in readings}}

    @cached_property
    def _subject(self) -> dict[str, Json]:
        return {
            "user": _traits(self.user),
            "account": _account(self.account, self.now),
            "session": session_values(self.user, self.now) if self.user else {},
        }


def _traits(facts: Facts | None) -> dict[str, Json]:
    if facts is None:
        return {}
    return {name: trait.value for name, trait in facts.traits.items() if not name.startswith("$")}


def _account(facts: Facts | None, now: int) -> dict[str, Json]:
    values = _traits(facts)
    if facts is not None and facts.first_seen is not None:
        values["age_days"] = max(0, now - facts.first_seen) // DAY
    return values
