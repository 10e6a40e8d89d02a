"""Evaluating a thousand rules, from facts to verdicts, beside panzi-json-logic over the same conditions and values."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from tests.benchmarks.timing import Case
from tests.unit.decide_world import START, compiled, tip
from waypost.facts.fold import fold_event
from waypost.facts.look import Look
from waypost.facts.read import ReadEnv
from waypost.facts.subject import Facts
from waypost.logic.profile import compile_program
from waypost.model import GROUP, IDENTIFY, MINUTE, Event
from waypost.rules.plan import Plan

__all__ = ["LIBRARY", "OURS", "PANZI", "evaluating_cases"]

RULES = 1_000
OURS = "1,000 rules, facts to verdicts"
LIBRARY = "the same conditions in datalogic-py, values there already"
PANZI = "the same conditions in panzi-json-logic, values there already"


def documents() -> list[dict[str, Any]]:
    """Eight operators a rule: counts, an absence, traits of person and account, the session."""
    made = []
    for i in range(RULES):
        when = {
            "and": [
                {"did": {"event": f"event_{i % 50}", "min": 1 + i % 4, "last": f"{1 + i % 14}d"}},
                {">=": [{"var": "account.seats"}, 10]},
                {"in": [{"var": "user.role"}, ["admin", "manager"]]},
                {"!=": [{"var": "account.plan"}, "free"]},
                {"<=": [{"var": "session.n"}, 5]},
                {"!": [{"did": {"event": f"other_{i % 60}"}}]},
            ]
        }
        made.append(tip(f"r{i}", when=when))
    return made


def people(plan: Plan) -> tuple[Facts, Facts]:
    user, account = Facts.empty(plan.fingerprint), Facts.empty(plan.fingerprint)

    def event(name: str, t: int, **fields: Any) -> Event:
        return Event(message_id=str(t), name=name, t=t, received_at=t, **fields)

    fold_event(plan, "user", user, event(IDENTIFY, START, props={"role": "admin"}))
    fold_event(plan, "account", account, event(GROUP, START, account_id="x", props={"seats": 20, "plan": "team"}))
    for i in range(300):
        fold_event(plan, "user", user, event(f"event_{i % 50}", START + i * MINUTE, active=True))
    return user, account


@contextmanager
def evaluating_cases() -> Iterator[list[Case]]:
    from json_logic import jsonLogic  # pip install panzi-json-logic; its module is called json_logic

    plan = compiled(*documents())
    user, account = people(plan)
    rules, now = list(plan.rules.values()), START + 301 * MINUTE
    look = Look(plan, user, account, now, ReadEnv())
    values = {**look.data, "$a": {name: look.reading(name) for name in plan.readings}}
    sources = [rule.when.program.source for rule in rules if rule.when.program]
    slow = [compile_program(source, everyday=False) for source in sources]

    def ours() -> list[bool]:
        fresh = Look(plan, user, account, now, ReadEnv())
        return [fresh.truth(rule.when) for rule in rules]

    def panzi() -> list[bool]:
        return [bool(jsonLogic(source, values)) for source in sources]

    def library() -> list[bool]:
        return [program.truth(values) for program in slow]

    assert ours() == panzi() == library()
    assert len(sources) == RULES
    yield [Case(OURS, _times(ours)), Case(LIBRARY, _times(library)), Case(PANZI, _times(panzi))]


def _times(job: Callable[[], object]) -> Callable[[int], None]:
    def run(number: int) -> None:
        for _ in range(number):
            job()

    return run
