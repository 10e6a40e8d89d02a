"""Zones of low activity: how an account stands with each feature, and which of its people that is about.

One state a field, the first of these that holds:

not_entitled  the trait `entitlements` lacks what the feature needs; people = those who tried it in 28 days
unused        nobody used it in 28 days, and the account is older than 14 days; people = the active ones of 28 days
abandoned     at least half of those who began its chain in 28 days never finished it since; people = those
falling       people (28 days against the 28 before) or uses (14 complete days against the median of the three windows
              before, days off taken out) fell by at least half; people = those who used it before and no longer do
used          people = those who used it in 28 days
"""

from __future__ import annotations

from dataclasses import dataclass

from waypost.success.signals import Known

__all__ = ["STATES", "Zone", "read_zones", "zone_words"]

STATES = ("unused", "falling", "abandoned", "used", "not_entitled")


@dataclass(frozen=True, slots=True)
class Zone:
    """`who`: the people (subjects) that the state is about; `of`: the number that they are part of; `before`: people
    who used it before the last 28 days; `since`: local day of the last use, None = never. `worth`: see rank."""

    feature: str
    state: str
    who: tuple[str, ...] = ()
    of: int = 0
    before: int = 0
    since: int | None = None
    worth: float = 0.0


def read_zones(known: Known, arr: float | None) -> list[Zone]:
    """One zone for each feature of the model, in its order; none for an account in which nobody was active and nothing
    was ever used. `worth`: share of the people it is about × weight of the state × weight of the revenue."""
    raise NotImplementedError


def zone_words(state: str, people: int, of: int, before: int, feature: str, lang: str) -> str:
    """ "17 of 20 active people have not used Analytics in 28 days" """
    raise NotImplementedError
