"""One look at a person and their account at one instant: what a compiled expression sees."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property

from waypost.facts.operators import Sight, read_operator, unknown
from waypost.facts.read import ReadEnv, session_values
from waypost.facts.subject import Facts
from waypost.model import DAY, Json
from waypost.rules.plan import Expr, Plan, Reading, Scope

__all__ = ["Look"]


class Look:
    """Lazy: each reading is computed at most once, and only when an expression that holds it is asked for.

    For an account (alerts) `user` is None: its session, traits and user-scope readings are empty or false.
    `ids`: the ids of the person and of the account, where they are known.
    """

    def __init__(
        self,
        plan: Plan,
        user: Facts | None,
        account: Facts | None,
        now: int,
        env: ReadEnv,
        ids: tuple[str | None, str | None] = (None, None),
    ) -> None:
        self.plan, self.user, self.account, self.now, self.env, self.ids = plan, user, account, now, env, ids
        self._sights = {
            "user": None if user is None else Sight(plan, user, now, env, self.variable),
            "account": None if account is None else Sight(plan, account, now, env, self.variable),
        }
        self._values = _Values(plan.readings, self._sights)
        self._awaits = bool((user is not None and user.awaiting) or (account is not None and account.awaiting))

    def reading(self, reading_id: str) -> Json:
        """The value of one reading: a bool, or a number (null when it cannot be said)."""
        return self._values[reading_id]

    def sight(self, scope: Scope) -> Sight | None:
        """What operators of a scope are read from; None when there is no such subject."""
        return self._sights[scope]

    def truth(self, expr: Expr) -> bool:
        """Whether the expression holds now. Never raises: an evaluation error is false.

        While the history of an atom is still being brought in, only what holds either way is true.
        """
        if expr.function is None:
            return expr.constant
        if not expr.function(self.data):
            return False
        return not self._awaits or self._surely(expr)

    def _surely(self, expr: Expr) -> bool:
        """Whether what holds now holds whatever the history brings."""
        open_ = self.unknown(expr)
        if not open_:
            return True
        return not any(self.plan.readings[name].number for name in open_) and self.truth_if(expr, open_)

    def truth_if(self, expr: Expr, true: Iterable[str]) -> bool:
        """Whether the expression would hold if these readings were true."""
        if expr.program is None:
            return expr.constant
        values = {**{name: self.reading(name) for name in expr.readings}, **dict.fromkeys(true, True)}
        return expr.program.truth({**self.data, "$a": values})

    def unknown(self, expr: Expr) -> list[str]:
        """The readings of an expression that cannot be told yet, because their history is still brought in."""
        if not self._awaits:
            return []
        found = []
        for name in expr.readings:
            reading = self.plan.readings[name]
            facts = self.user if reading.scope == "user" else self.account
            if facts is not None and unknown(facts, reading) and self.reading(name) in (False, None):
                found.append(name)
        return found

    @cached_property
    def data(self) -> dict[str, Json]:
        """The document an expression is evaluated over; readings in it are found when they are asked for."""
        return {**self._subject, "$a": self._values}

    def variable(self, path: str) -> Json:
        """The value of a dotted path such as account.renewal_date, or None."""
        value: Json = self._subject
        for part in path.split("."):
            value = value.get(part) if isinstance(value, dict) else None
        return value

    @cached_property
    def _subject(self) -> dict[str, Json]:
        user, account = self.ids
        return {
            "user": {**_traits(self.user), **({"id": user} if user else {})},
            "account": {**_account(self.account, self.now), **({"id": account} if account else {})},
            "session": session_values(self.user, self.now) if self.user else {},
        }


class _Values(dict[str, Json]):
    """Readings by id, each found at its first use."""

    def __init__(self, readings: Mapping[str, Reading], sights: Mapping[str, Sight | None]) -> None:
        super().__init__()
        self.readings, self.sights = readings, sights

    def __missing__(self, reading_id: str) -> Json:
        reading = self.readings[reading_id]
        sight = self.sights[reading.scope]
        value = read_operator(sight, reading) if sight is not None else 0 if reading.number else False
        self[reading_id] = value
        return value


def _traits(facts: Facts | None) -> dict[str, Json]:
    if facts is None:
        return {}
    return {name: trait.value for name, trait in facts.traits.items() if not name.startswith("$")}


def _account(facts: Facts | None, now: int) -> dict[str, Json]:
    values = _traits(facts)
    if facts is not None and facts.first_seen is not None:
        values["age_days"] = max(0, now - facts.first_seen) // DAY
    return values
