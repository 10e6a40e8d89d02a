"""An account written down by hand: who did what on which day, told in days before today."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from waypost.model import DAY
from waypost.rules.compile import compile_rules
from waypost.rules.plan import Plan
from waypost.store.usage import ACTIVE, StoredPerson
from waypost.success.known import DAYS, Known, Names

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
    days, uses, last = (defaultdict[int, Any](dict) for _ in range(3))
    for (who, name), ago in did.items():
        mine = f"u:{who}"
        for back in ago:
            if back <= DAYS:
                days[ids[name]][mine] = days[ids[name]].get(mine, 0) | 1 << DAYS - back
                uses[ids[name]][TODAY - back] = uses[ids[name]].get(TODAY - back, 0) + 1
            last[ids[name]][mine] = max(NOW - back * DAY, last[ids[name]].get(mine, 0))
    return Known(
        now=NOW,
        first_day=TODAY - age,
        model=plan.customers,
        names=Names.of(ids, dict.fromkeys(names, NOW - age * DAY), plan),
        did=days,
        uses=uses,
        last=last,
        **more,
    )
