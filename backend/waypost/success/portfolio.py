"""Which account is worth a call today and why, and what the portfolio as a whole stands at.

rank = min(100, Σ points of the reasons) × worth(arr): bounded, and the same for the same numbers. Points say how
urgent, worth how much hangs on it: 1 + log10(1 + arr / 1000) / 2, from 1 for no revenue to 2.5 for a million a year.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from waypost.model import Json
from waypost.success.health import Health
from waypost.success.signals import Signals

__all__ = [
    "BANDS", "Body", "Reason", "Retention", "Standing", "arr_of", "opportunities", "rank_of", "reason_words", "red_arr",
    "renewing_at_risk", "retention", "revenue_at_risk",
]  # fmt: skip

BANDS = ("red", "yellow", "green")


@dataclass(frozen=True, slots=True)
class Reason:
    """Why an account is worth a call (or what it could grow by): a stable code, its points, the numbers behind."""

    code: str
    points: float = 0.0
    numbers: dict[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Body:
    """What `account.body` holds as JSON: msgspec.json.decode(row.body, type=Body)."""

    health: Health = field(default_factory=Health)
    signals: Signals = field(default_factory=Signals)
    why: tuple[Reason, ...] = ()  # of the rank, the weightiest first
    room: tuple[Reason, ...] = ()  # to grow


@dataclass(frozen=True, slots=True)
class Standing:
    """What the sums need of one account. `churned`: it left (trait status)."""

    arr: float | None
    health: float | None
    band: str
    days_to_renewal: int | None = None
    churned: bool = False


@dataclass(frozen=True, slots=True)
class Retention:
    """Revenue kept of the accounts that had some at the start: NRR with growth, GRR without. Both may be read as %/100."""

    nrr: float
    grr: float
    accounts: int


def arr_of(traits: Mapping[str, Json]) -> float | None:
    """Revenue a year: the trait arr, else 12 × mrr; None where neither is a number from 0 on."""
    raise NotImplementedError


def rank_of(
    signals: Signals, health: Health, before: Health | None, arr: float | None, tasks: Mapping[str, int]
) -> tuple[float, tuple[Reason, ...]]:
    """(rank, reasons). `before`: health four weeks ago; `tasks`: open alert tasks by severity."""
    raise NotImplementedError


def opportunities(signals: Signals) -> tuple[Reason, ...]:
    """Room to grow: seats_full, limit_hit, tried (a feature that the plan lacks)."""
    raise NotImplementedError


def reason_words(reason: Reason, lang: str) -> str:
    """A reason or an opportunity in words."""
    raise NotImplementedError


def red_arr(accounts: Iterable[Standing]) -> float:
    """Σ ARR of red accounts."""
    raise NotImplementedError


def renewing_at_risk(accounts: Iterable[Standing]) -> tuple[int, float]:
    """(accounts, their ARR): renewal within 90 days and health below 60."""
    raise NotImplementedError


def revenue_at_risk(accounts: Iterable[Standing], past: Iterable[tuple[str, bool]] = ()) -> float:
    """Σ ARR_i · p(band_i), p = (churned + 1)/(n + 20) of that band. `past`: (band at the start of a horizon, whether
    it churned within it) of accounts observed before; without any p is 1/20. An account without a band counts as a
    band of its own."""
    raise NotImplementedError


def retention(before: Mapping[str, float], now: Mapping[str, float]) -> Retention | None:
    """ARR by account at the start and now (gone = 0). NRR = Σ now / Σ before, GRR = Σ min(now, before) / Σ before, over
    the accounts that had revenue at the start. None without any."""
    raise NotImplementedError
