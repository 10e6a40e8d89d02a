"""Accounts as the portfolio shows them, and the names that stand beside numbers in more places than one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from functools import lru_cache

import msgspec

from waypost.model import ACCOUNT
from waypost.rules.plan import CustomerModel
from waypost.store.portfolio import Card
from waypost.success.portfolio import Reason
from waypost.success.portfolio_words import reason_words

__all__ = [
    "BANDS",
    "EPOCH",
    "account_rows",
    "date_of",
    "feature_names",
    "in_words",
    "stage_names",
    "why_shown",
]

BANDS = ("red", "yellow", "green")
EPOCH = date(1970, 1, 1).toordinal()


class AccountShown(msgspec.Struct, frozen=True):
    """A row of the portfolio as it is sent."""

    id: str
    name: str
    owner: str
    plan: str
    stage: str
    stage_name: str
    seats: int | None
    active: int
    wau: int
    fell: float | None
    health: float | None
    band: str
    health_change: float | None  # against the end of the week before
    arr: float | None
    renewal: str | None
    days_to_renewal: int | None
    last_active_at: int | None
    rank: float
    why: msgspec.Raw
    usage: msgspec.Raw
    open_tasks: int
    paused_until: int | None


def account_rows(cards: Iterable[Card], model: CustomerModel, lang: str) -> list[AccountShown]:
    """`cards` in their order, ready to be sent."""
    stages = stage_names(model, lang)
    return [_shown(card, stages) for card in cards]


def _shown(card: Card, stages: Mapping[str, str]) -> AccountShown:
    """By places: a page has fifty of them."""
    (
        account, name, owner, plan, stage, seats, active, wau, fell, health, band, before, arr, renewal, last, rank, day, usage, why,
        tasks, paused,
    ) = card  # fmt: skip
    return AccountShown(
        account[len(ACCOUNT) :], name, owner, plan, stage, stages.get(stage, stage), seats, active, wau, fell, health, band,
        None if health is None or before is None else health - before, arr, date_of(renewal),
        None if renewal is None else renewal - day, last, rank, msgspec.Raw(why), msgspec.Raw(usage), tasks, paused,
    )  # fmt: skip


def why_shown(reason: Reason, features: Mapping[str, str], lang: str) -> dict[str, str]:
    return {"code": reason.code, "words": reason_words(reason, lang, features)}


def in_words(names: Mapping[str, str], lang: str, otherwise: str) -> str:
    """The name in a language, in English, or in any."""
    return names.get(lang) or names.get("en") or next(iter(names.values()), otherwise)


def stage_names(model: CustomerModel, lang: str) -> dict[str, str]:
    """Stage -> its name as project.json has it; other stages are their own name."""
    return {stage.id: in_words(stage.name, lang, stage.id) for stage in model.stages}


def feature_names(model: CustomerModel, lang: str) -> dict[str, str]:
    """Feature -> its name, in the order of project.json."""
    return {feature.id: in_words(feature.name, lang, feature.id) for feature in model.features}


@lru_cache(maxsize=4_096)
def date_of(day: int | None) -> str | None:
    """A local day number as 2027-01-31."""
    return (
        None
        if day is None or not 1 <= day + EPOCH <= date.max.toordinal()
        else date.fromordinal(day + EPOCH).isoformat()
    )
