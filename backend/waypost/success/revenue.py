"""What the portfolio as a whole stands at in revenue (semantics, section 5.2)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from waypost.success.portfolio import NEAR_DAYS, SHAKY

__all__ = ["Retention", "Standing", "red_arr", "renewing_at_risk", "retention", "revenue_at_risk"]

PRIOR_LOST, PRIOR_SEEN = 1, 20  # what is taken for seen of every band before anything was: one of twenty leaves


@dataclass(frozen=True, slots=True)
class Standing:
    """What the sums need of one account."""

    arr: float | None
    health: float | None
    band: str  # "" without a score: a band of its own
    days_to_renewal: int | None = None


@dataclass(frozen=True, slots=True)
class Retention:
    """Revenue kept by the accounts that had some at the start: `nrr` with growth, `grr` without; 1 = all of it."""

    nrr: float
    grr: float
    accounts: int


def red_arr(accounts: Iterable[Standing]) -> float:
    """Σ ARR of red accounts."""
    return sum(one.arr or 0.0 for one in accounts if one.band == "red")


def renewing_at_risk(accounts: Iterable[Standing]) -> tuple[int, float]:
    """(accounts, their ARR) whose renewal is within 90 days and whose health is below 60."""
    found = [
        one.arr or 0.0
        for one in accounts
        if one.days_to_renewal is not None
        and 0 <= one.days_to_renewal <= NEAR_DAYS
        and one.health is not None
        and one.health < SHAKY
    ]
    return len(found), sum(found)


def revenue_at_risk(accounts: Iterable[Standing], past: Iterable[tuple[str, bool]] = ()) -> float:
    """Σ ARR_i · p(band of i), p = (churned + 1)/(n + 20) among the n accounts of that band that were watched for a
    whole horizon. `past`: (band at its start, whether the account churned within it)."""
    watched, churned = Counter[str](), Counter[str]()
    for band, lost in past:
        watched[band] += 1
        churned[band] += lost
    return sum(
        (one.arr or 0.0) * (churned[one.band] + PRIOR_LOST) / (watched[one.band] + PRIOR_SEEN) for one in accounts
    )


def retention(before: Mapping[str, float], now: Mapping[str, float]) -> Retention | None:
    """ARR by account at the start and now; whoever is gone has none now, whoever is new does not count.

    NRR = Σ now / Σ before, GRR = Σ min(now, before) / Σ before, over accounts with revenue at the start.
    """
    known = {account: arr for account, arr in before.items() if arr > 0}
    start = sum(known.values())
    if not start:
        return None
    kept = {account: now.get(account, 0.0) for account in known}
    gross = sum(min(kept[account], arr) for account, arr in known.items())
    return Retention(sum(kept.values()) / start, gross / start, len(known))
