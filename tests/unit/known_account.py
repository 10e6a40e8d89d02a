"""An account written down by hand: who did what on which day, told in days before today."""

from __future__ import annotations

from collections import Counter
from typing import Any

from waypost.model import DAY
from waypost.rules.compile import compile_rules
from waypost.rules.plan import Plan
from waypost.store.usage import ACTIVE, EVER, StoredPerson, Used
from waypost.success.known import Known, Names

__all__ = ["NOW", "TODAY", "known", "person", "plan_of"]

NOW = 1_800_000_000_000  # 15 January 2027, 08:00 UTC
TODAY = NOW // DAY


def plan_of(project: dict[str, Any], chains: dict[str, Any] | None = None) -> Plan:
    plan, problems = compile_rules({}, chains or {}, {}, {}, project)
    assert [p.line() for p in problems] == []
    return plan


def person(subject: str, role: str = "member", *, here: bool = True, since: int = 0) -> StoredPerson:
    return StoredPerson(f"u:{subject}", subject.title(), role, here, since)


def known(plan: Plan, did: dict[tuple[str, str], list[int]], *, age: int = 400, **more: Any) -> Known:
    """`did`: (person, event) -> days before today, one use each; "" is activity."""
    names = sorted({name for _, name in did if name})
    ids = {"": ACTIVE, **{name: i + 1 for i, name in enumerate(names)}}
    days, ever = Counter[tuple[int, int, str]](), dict[tuple[int, str], list[int]]()
    for (who, name), ago in did.items():
        for back in ago:
            days[TODAY - back, ids[name], f"u:{who}"] += 1
            ever.setdefault((ids[name], f"u:{who}"), []).append(NOW - back * DAY)
    since = dict.fromkeys(names, NOW - age * DAY)
    return Known(
        now=NOW,
        first_day=TODAY - age,
        model=plan.customers,
        names=Names.of(ids, since, plan),
        days=[Used(*key, n, NOW - (TODAY - key[0]) * DAY) for key, n in sorted(days.items()) if TODAY - key[0] <= 56],
        ever=[Used(EVER, name, who, len(at), max(at)) for (name, who), at in sorted(ever.items())],
        **more,
    )
