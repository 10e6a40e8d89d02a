"""How the accounts of each plan did against their own norm, so that what befalls all of them is nobody's alarm."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from statistics import median

from waypost.facts.days import zone
from waypost.facts.operators import Sight, usage_norm
from waypost.facts.read import ReadEnv
from waypost.facts.subject import Facts
from waypost.facts.usage import LEAST_PEERS
from waypost.model import Json
from waypost.rules.plan import Plan, Reading

__all__ = ["group_name", "peer_medians"]


def peer_medians(
    plan: Plan, reading: Reading, accounts: Iterable[Facts], now: int, timezone: str
) -> dict[str, float]:
    """Plan -> median of recent over baseline among its accounts; plans with too few accounts are left out."""
    usage = reading.usage
    assert usage is not None
    ratios: dict[str, list[float]] = {}
    for facts in accounts:
        env = ReadEnv(account_zone=zone(str(facts.trait("tz") or timezone), timezone))
        norm = usage_norm(Sight(plan, facts, now, env, _traits_of(facts)), reading)
        if norm is not None and norm.base > 0 and norm.base >= usage.min_base:
            ratios.setdefault(group_name(facts.trait("plan")), []).append(norm.ratio)
    return {group: median(found) for group, found in ratios.items() if len(found) >= LEAST_PEERS}


def group_name(plan: Json) -> str:
    return plan if isinstance(plan, str) else ""


def _traits_of(facts: Facts) -> Callable[[str], Json]:
    def variable(path: str) -> Json:
        root, _, name = path.partition(".")
        return facts.trait(name) if root == "account" else None

    return variable
