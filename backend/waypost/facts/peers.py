"""How the accounts of each plan did against their own norm, so that what befalls all of them is nobody's alarm."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import tzinfo
from statistics import median

from waypost.facts.days import local_day, zone
from waypost.facts.operators import Sight, usage_norm
from waypost.facts.read import ReadEnv
from waypost.facts.subject import Facts
from waypost.facts.usage import LEAST_PEERS
from waypost.model import DAY, HOUR, Json
from waypost.rules.plan import Plan

__all__ = ["group_name", "peer_medians"]

LATE = 20 * HOUR  # of a local day: what is to be done on it has been done


def peer_medians(
    plan: Plan, accounts: Iterable[Facts], now: int, tz: tzinfo, timezone: str
) -> dict[str, dict[str, float]]:
    """Reading -> plan -> median of recent over baseline among its accounts; plans with too few are left out.

    `tz`: the zone of the account that is compared; `timezone`: that of accounts which name none. Everybody's windows
    are the same dates, or an outage would be in the window of those who have midnight behind them and not yet in that
    of their yardstick. Where the last of these dates has not come to its evening, the windows do without it: at
    midnight in Vladivostok it is the middle of the day in Berlin.
    """
    today = local_day(now, tz)
    env = ReadEnv(account_zone=tz)
    compared = [reading for reading in plan.readings.values() if reading.usage is not None and reading.usage.peers]
    ratios: dict[str, dict[str, list[float]]] = {reading.id: {} for reading in compared}
    for facts in accounts if compared else ():
        sight, group = Sight(plan, facts, now, env, _traits_of(facts)), group_name(facts.trait("plan"))
        unknown = today - local_day(now + DAY - LATE, zone(str(facts.trait("tz") or ""), timezone))
        for reading in compared:
            norm = usage_norm(sight, reading, max(0, unknown))
            if norm is not None and norm.base > 0 and reading.usage and norm.base >= reading.usage.min_base:
                ratios[reading.id].setdefault(group, []).append(norm.ratio)
    return {name: _medians(groups) for name, groups in ratios.items()}


def _medians(ratios: dict[str, list[float]]) -> dict[str, float]:
    return {group: median(found) for group, found in ratios.items() if len(found) >= LEAST_PEERS}


def group_name(plan: Json) -> str:
    return plan if isinstance(plan, str) else ""


def _traits_of(facts: Facts) -> Callable[[str], Json]:
    def variable(path: str) -> Json:
        root, _, name = path.partition(".")
        return facts.trait(name) if root == "account" else None

    return variable
