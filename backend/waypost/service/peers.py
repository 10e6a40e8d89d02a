"""Medians of the accounts of a plan, found once a local day: usage is compared over complete days."""

from __future__ import annotations

from waypost.facts.days import local_day, zone
from waypost.facts.peers import group_name, peer_medians
from waypost.facts.subject import decode
from waypost.model import ACCOUNT, Json
from waypost.rules.plan import Plan, Reading
from waypost.store.facts import facts_from
from waypost.store.sqlite import Tx

__all__ = ["Peers"]


class Peers:
    def __init__(self) -> None:
        self._day = -1
        self._medians: dict[str, dict[str, float]] = {}

    def median(
        self, tx: Tx, project_id: int, plan: Plan, reading: Reading, group: Json, now: int, timezone: str
    ) -> float | None:
        """The median of recent over baseline among the accounts on the plan `group`; None when they are too few."""
        today = local_day(now, zone(timezone))
        if today != self._day:
            self._day, self._medians = today, {}
        if reading.id not in self._medians:
            accounts = (decode(body) for body in facts_from(tx, project_id, ACCOUNT))
            self._medians[reading.id] = peer_medians(plan, reading, accounts, now, timezone)
        return self._medians[reading.id].get(group_name(group))
