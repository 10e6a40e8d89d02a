"""Zones of low activity: how an account stands with each feature, and which of its people that is about.

One state a field, the first of these that holds:

not_entitled  the trait `entitlements` lacks what the feature needs; who: those who tried it in 28 days
unused        nobody used it in 28 days; who: the people active in these days, all of them
abandoned     of those who began its chain in 28 days at least half did not finish it in these days (whoever may still
              be in time is left out; steps are told by their event names alone); who: those
falling       people (28 days against the 28 before) or uses (14 complete days against the median of the three windows
              before them, days off taken out, beyond noise) fell by at least half; who: those who used it before and
              no longer do; where nobody left, those who use it
used          who: those who used it in 28 days

There is no field for a feature whose events never came from anybody: it cannot be told from one that is not tracked.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from waypost.facts.days import local_day
from waypost.facts.usage import departs, norm_of, reach_of
from waypost.model import DAY
from waypost.rules.plan import Feature, Usage
from waypost.success.known import EARLIER_BITS, Known
from waypost.success.portfolio import weight_of

__all__ = ["STATES", "Zone", "read_zones", "zone_words"]

STATES = ("unused", "falling", "abandoned", "used", "not_entitled")
USES = Usage(by=0.5, recent=14, windows=3, min_base=10, guard=1.645)
LEAST_PEOPLE = 4  # who used a feature before: half of fewer is one person's holiday
TENURE = 14  # days that an account is known, and a feature tracked, before not using it means something
WEIGHTS = {"falling": 1.0, "abandoned": 0.8, "unused": 0.6}  # what is lost weighs more than what was never had
ASIDE = 0.5  # of a feature that is not core


@dataclass(frozen=True, slots=True)
class Zone:
    """`who`: the people (subjects) that the state is about; `of`: the number that they are part of; `before`: people
    who used it in the 28 days before, or ever where it is unused; `since`: local day of the last use, None = never.

    `worth`: weight of the state × share of the people × weight of the revenue, halved where the feature is not core;
    0 where there is nothing to do, and while the account or the feature is younger than 14 days.
    """

    feature: str
    state: str
    who: tuple[str, ...] = ()
    of: int = 0
    before: int = 0
    since: int | None = None
    worth: float = 0.0


def read_zones(known: Known, arr: float | None) -> list[Zone]:
    """One zone for each feature of the model that is tracked, in its order. `arr`: revenue a year."""
    made = (_zone(known, feature, arr) for feature in known.model.features if known.names.features.get(feature.id))
    return list(made)


def _zone(known: Known, feature: Feature, arr: float | None) -> Zone:
    names = known.names.features[feature.id]
    users, before = known.who(names), known.who(names, EARLIER_BITS)
    ever = known.last_times(names)
    since = local_day(max(ever.values()), known.tz) if ever else None
    active = len(known.active)

    def zone(state: str, who: Collection[str], of: int, before: int) -> Zone:
        weight = WEIGHTS.get(state, 0.0) * (1 if feature.core else ASIDE)
        worth = weight * min(1.0, len(who) / of) * weight_of(arr) if of and _tells(known, feature) else 0.0
        return Zone(feature.id, state, tuple(sorted(who)), of, before, since, worth)

    if not known.entitled(feature):
        return zone("not_entitled", users, active, len(before))
    if not users:
        return zone("unused", known.active, active, len(ever))
    began, stuck = _begun(known, feature)
    if stuck and 2 * len(stuck) >= len(began):
        return zone("abandoned", stuck, len(began), len(before))
    if _fell(known, names, users, before):
        left = before - users
        return zone("falling", left or users, len(before | users) if left else len(users), len(before))
    return zone("used", users, active, len(before))


def _tells(known: Known, feature: Feature) -> bool:
    tracked = known.names.known_since.get(feature.id, known.now)
    return known.age >= TENURE and known.now - tracked >= TENURE * DAY


def _begun(known: Known, feature: Feature) -> tuple[set[str], set[str]]:
    """(who began the chain in 28 days and is done or out of time, who of them did not finish it)."""
    if feature.chain is None:
        return set(), set()
    first, last = known.names.chains[feature.id]
    done, latest = known.who(last), known.last_times(first)
    over = {who for who in known.who(first) if who in done or known.now - latest[who] > feature.chain.within}
    return over, over - done


def _fell(known: Known, names: Collection[int], users: set[str], before: set[str]) -> bool:
    if len(before) >= LEAST_PEOPLE and 2 * len(users) <= len(before):
        return True
    if known.age < reach_of(USES):
        return False
    norm = norm_of(USES, known.counts(names), known.today, known.off)
    return norm is not None and departs(USES, norm, rose=False, peers=None, frozen=None)


_WORDS = {
    "not_entitled": ("{feature} is not in the plan", "«{feature}» не входит в тариф"),
    "tried": ("{feature} is not in the plan; tried by {n}", "«{feature}» не входит в тариф; пробовали: {n}"),
    "never": (
        "nobody has ever used {feature}; active people: {of}",
        "«{feature}» никто не использовал; активных: {of}",
    ),
    "unused": (
        "nobody used {feature} in 28 days, {before} did before; active people: {of}",
        "«{feature}» никто не использовал 28 дней, раньше использовали: {before}; активных: {of}",
    ),
    "abandoned": (
        "{n} of {of} who began {feature} did not finish",
        "начали и не закончили «{feature}»: {n} из {of}",
    ),
    "left": ("{n} of {of} no longer use {feature}", "перестали использовать «{feature}»: {n} из {of}"),
    "falling": ("{feature} is used half as much as before", "«{feature}» используют вдвое меньше, чем раньше"),
    "used": ("{n} of {of} use {feature}", "«{feature}» используют {n} из {of}"),
}


def zone_words(state: str, people: int, of: int, before: int, feature: str, lang: str) -> str:
    """ "5 of 8 no longer use Reports". `feature`: its name in that language; `people`: how many `who` are."""
    code = state
    if state == "unused" and not before:
        code = "never"
    elif state == "falling" and of > people:
        code = "left"
    elif state == "not_entitled" and people:
        code = "tried"
    return _WORDS[code][lang == "ru"].format(feature=feature, n=people, of=of, before=before)
