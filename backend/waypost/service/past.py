"""A look at a person or an account as they were at a past instant, from the log, and the events behind it."""

from __future__ import annotations

from collections.abc import Iterable
from heapq import merge

from waypost.engine.trace import Trace, trace_rule
from waypost.errors import NotFound
from waypost.facts.look import Look
from waypost.facts.subject import Facts
from waypost.model import ACCOUNT, USER, Event, account_key
from waypost.service.runtime import Runtime
from waypost.service.subjects import Subjects, rebuild
from waypost.store import events as log
from waypost.store.sqlite import Tx

__all__ = ["look_back", "trace_at"]

LOOKED_BACK = 20_000  # events of a subject that are looked through for those behind an operator


def look_back(unit: Subjects, subject: str, at: int) -> Look:
    """What a rule saw at `at`, under the rules that are live now."""

    def then(key: str) -> Facts:
        return rebuild(unit.tx, unit.project_id, unit.plan, key, until=at).facts

    if subject.startswith(ACCOUNT):
        user, account = None, subject
    else:
        user = then(subject)
        group = user.account_at(at)
        account = account_key(group) if group else ""
    ids = (subject.removeprefix(USER) if subject.startswith(USER) else None, account.removeprefix(ACCOUNT) or None)
    return Look(unit.plan, user, then(account) if account else None, at, unit.env(subject, account or None), ids)


def trace_at(runtime: Runtime, tx: Tx, subject: str, rule_id: str, at: int, lang: str) -> list[Trace]:
    """How a live rule came out for a subject at an instant, part by part. Raises NotFound for an unknown rule."""
    unit = runtime.unit(tx)
    rule = unit.plan.rules.get(rule_id)
    if rule is None:
        raise NotFound(f"there is no live rule {rule_id!r}")
    look = look_back(unit, subject, at)
    account = look.ids[1]

    def behind(scope: str) -> Iterable[Event]:
        key = (account_key(account) if account else "") if scope == "account" else subject
        return (event for event in _newest_first(unit, key) if event.received_at <= at)

    return trace_rule(look, rule, behind, lang)


def _newest_first(unit: Subjects, subject: str) -> Iterable[Event]:
    if subject.startswith(ACCOUNT):
        return (event for _, event in log.recent_of_account(unit.tx, unit.project_id, subject, LOOKED_BACK))
    names = [subject, *(anon for anon, _ in log.links_of(unit.tx, unit.project_id, subject))]
    logs = [log.recent_of_subject(unit.tx, unit.project_id, name, LOOKED_BACK) for name in names]
    return merge(*([event for _, event in found] for found in logs), key=lambda event: -event.t)
