"""Medians of the accounts of a plan, found once a local day of each zone: usage is compared over complete days."""

from __future__ import annotations

from datetime import tzinfo

from waypost.facts.days import local_day
from waypost.facts.peers import group_name, peer_medians
from waypost.facts.subject import decode
from waypost.model import ACCOUNT, Json
from waypost.rules.plan import Plan, Reading
from waypost.store.facts import facts_from
from waypost.store.sqlite import Tx

__all__ = ["Peers"]


class Peers:
    def __init__(self) -> None:
        self._found: dict[tzinfo, tuple[int, Plan, dict[str, dict[str, float]]]] = {}

    def median(
        self, tx: Tx, project_id: int, plan: Plan, reading: Reading, group: Json, now: int, tz: tzinfo, timezone: str
    ) -> float | None:
        """The median of recent over baseline among the accounts on the plan `group`; None when they are too few.

        `tz`: of the account that is compared with them; `timezone`: of accounts that name none.
        """
        today, found = local_day(now, tz), self._found.get(tz)
        if found is None or found[0] != today or found[1] is not plan:
            accounts = (decode(body) for body in facts_from(tx, project_id, ACCOUNT))
            found = self._found[tz] = (today, plan, peer_medians(plan, accounts, now, tz, timezone))
        return found[2].get(reading.id, {}).get(group_name(group))
