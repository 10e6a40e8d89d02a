"""How the other accounts of a plan did, so that what befalls all of them is nobody's alarm."""

from __future__ import annotations

from statistics import median

from waypost.facts.days import zone
from waypost.facts.read import ReadEnv, usage_norm
from waypost.facts.subject import Facts, decode
from waypost.facts.usage import LEAST_PEERS
from waypost.model import ACCOUNT, DAY, Json
from waypost.rules.plan import Plan, Reading
from waypost.store.facts import facts_from
from waypost.store.sqlite import Tx

__all__ = ["Peers"]


class Peers:
    """Medians by reading and plan, found once a day: usage is compared over complete days."""

    def __init__(self) -> None:
        self._day = -1
        self._ratios: dict[str, dict[Json, list[float]]] = {}

    def median(
        self, tx: Tx, project_id: int, plan: Plan, reading: Reading, group: Json, now: int, timezone: str
    ) -> float | None:
        """The median of recent over baseline among the accounts on the plan `group`; None when they are too few."""
        if now // DAY != self._day:
            self._day, self._ratios = now // DAY, {}
        if reading.id not in self._ratios:
            self._ratios[reading.id] = _ratios(tx, project_id, plan, reading, now, timezone)
        found = self._ratios[reading.id].get(_name(group), [])
        return median(found) if len(found) >= LEAST_PEERS else None


def _ratios(
    tx: Tx, project_id: int, plan: Plan, reading: Reading, now: int, timezone: str
) -> dict[Json, list[float]]:
    usage = reading.usage
    assert usage is not None
    found: dict[Json, list[float]] = {}
    for body in facts_from(tx, project_id, ACCOUNT):
        facts = decode(body)
        env = ReadEnv(account_zone=zone(str(facts.trait("tz") or timezone), timezone))
        norm = usage_norm(plan, facts, reading, now, env, lambda path, facts=facts: _trait(facts, path))  # type: ignore[misc]
        if norm is not None and norm.base > 0 and norm.base >= usage.min_base:
            found.setdefault(_name(facts.trait("plan")), []).append(norm.ratio)
    return found


def _trait(facts: Facts, path: str) -> Json:
    root, _, name = path.partition(".")
    return facts.trait(name) if root == "account" else None


def _name(group: Json) -> str:
    return group if isinstance(group, str) else ""
