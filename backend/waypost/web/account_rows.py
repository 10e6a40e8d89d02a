"""Accounts as the portfolio shows them: the rows of a page, and what stands beside them, in three further queries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import msgspec

from waypost.model import ACCOUNT
from waypost.rules.plan import CustomerModel
from waypost.service.runtime import Runtime
from waypost.store.accounts import StoredAccount
from waypost.store.portfolio import health_then, open_tasks, paused_until
from waypost.store.sqlite import Tx
from waypost.success.portfolio import Reason
from waypost.success.portfolio_words import reason_words

__all__ = [
    "BANDS",
    "EPOCH",
    "account_rows",
    "date_of",
    "feature_names",
    "in_words",
    "monday",
    "stage_names",
    "why_shown",
]

BANDS = ("red", "yellow", "green")
EPOCH = date(1970, 1, 1).toordinal()
WHY = 4  # reasons beside an account; more are on its own page


class _Weeks(msgspec.Struct):
    weeks: tuple[int, ...] = ()


class _Card(msgspec.Struct):
    """Of account.body what a row of the portfolio needs; the rest is passed over."""

    signals: _Weeks = msgspec.field(default_factory=_Weeks)
    why: tuple[Reason, ...] = ()


_card = msgspec.json.Decoder(_Card)


def account_rows(
    tx: Tx, runtime: Runtime, rows: Sequence[StoredAccount], now: int, lang: str
) -> list[dict[str, Any]]:
    """`rows` in their order, ready to be sent."""
    if not rows:
        return []
    project_id, model = runtime.project_id, runtime.rules.plan.customers
    accounts = [row.account for row in rows]
    tasks = open_tasks(tx, project_id, accounts)
    paused = paused_until(tx, project_id, accounts, now)
    before = health_then(tx, project_id, accounts, {monday(row.day) - 7 for row in rows})
    stages, features = stage_names(model, lang), feature_names(model, lang)
    shown = []
    for row in rows:
        card, health = _card.decode(row.body), before.get((row.account, monday(row.day) - 7))
        shown.append(
            {
                **_plain(row),
                "stage_name": stages.get(row.stage, row.stage),
                "health_change": None if row.health is None or health is None else row.health - health,
                "why": [why_shown(reason, features, lang) for reason in card.why[:WHY]],
                "usage": card.signals.weeks,
                "open_tasks": tasks.get(row.account, 0),
                "paused_until": paused.get(row.account),
            }
        )
    return shown


def _plain(row: StoredAccount) -> dict[str, Any]:
    return {
        "id": row.account[len(ACCOUNT) :],
        "name": row.name,
        "owner": row.owner,
        "plan": row.plan,
        "stage": row.stage,
        "seats": row.seats,
        "active": row.active,
        "wau": row.wau,
        "fell": row.fell,
        "health": row.health,
        "band": row.band,
        "arr": row.arr,
        "renewal": date_of(row.renewal_day),
        "days_to_renewal": None if row.renewal_day is None else row.renewal_day - row.day,
        "last_active_at": row.last_active,
        "rank": row.rank,
    }


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


def date_of(day: int | None) -> str | None:
    """A local day number as 2027-01-31."""
    return (
        None
        if day is None or not 1 <= day + EPOCH <= date.max.toordinal()
        else date.fromordinal(day + EPOCH).isoformat()
    )


def monday(day: int) -> int:
    """The Monday of the ISO week of a local day; day 0 was a Thursday."""
    return day - (day + 3) % 7
