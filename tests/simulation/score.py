"""What the alerts of a winter were worth: found, false, and because of what befell everybody.

Found: a task of the rule opened after the day on which the drop (the decline) began and at most 8 days (35 days) later.
A task that was open before says nothing. A drop is looked for among the tasks of usage-drop, a decline among those of
both rules: either makes somebody call. Drops that begin around the New Year (base.HOLIDAYS), and declines whose fifth
week lies there, are counted apart: their windows hold too few working days to be told from a holiday, by anybody.

False: a task of either rule for an account without a planted fall at that time: the stable, the growers, and those
whose fall is still to come. Rate: per 100 account-weeks in which the account had no planted fall and was old enough for
a norm (TENURE).

Because of the outage or the holidays: false tasks opened while a window of a week can hold the outage (its days and
eight more) or the days from 24 December until eight days after the Russian holidays. None is because of them when
there are no more than the rate of the rest of the winter would give: `chance` is the probability of as many or more.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from math import exp, factorial

from tests.simulation.base import BEGIN, DAYS, HOLIDAYS, OUTAGE, Customer
from tests.simulation.live import Opened

__all__ = ["SEEDS", "Score", "Spell", "score", "table"]

SEEDS = (1, 2, 4, 5)  # whose figures are told; the rules were tuned on 1, 3 and 11 to 22, not on 2, 4 and 5

DROP, DECLINE = "usage-drop", "slow-decline"
WITHIN = {"drop": 8, "decline": 35}  # days
TENURE = 35  # days: five weeks of the shortest norm
FALLS = ("drop", "decline", "leave")
SPELLS = {
    "outage": (OUTAGE[0].date(), date(2027, 2, 11)),
    "January holidays": (date(2026, 12, 24), date(2027, 1, 18)),
}


@dataclass(frozen=True)
class Spell:
    """False tasks of some days, how many the rest of the winter makes likely, and how likely as many or more are."""

    false: int
    expected: float

    @property
    def chance(self) -> float:
        fewer = sum(self.expected**k / factorial(k) for k in range(self.false))
        return 1 - exp(-self.expected) * fewer


@dataclass(frozen=True)
class Score:
    drops: tuple[int, int]  # found, planted
    declines: tuple[int, int]
    holiday_drops: tuple[int, int]
    holiday_declines: tuple[int, int]
    false: int
    account_weeks: float
    spells: dict[str, Spell]

    @property
    def false_rate(self) -> float:
        """False tasks per 100 account-weeks."""
        return 100 * self.false / self.account_weeks


def score(base: Sequence[Customer], opened: Iterable[Opened]) -> Score:
    tasks = [task for task in opened if task.rule in (DROP, DECLINE)]
    false = [task for task in tasks if not _falls(task.customer, task.day)]
    weeks = _watched(base, 0, DAYS)
    spells = {name: ((first - BEGIN).days, (last - BEGIN).days + 1) for name, (first, last) in SPELLS.items()}
    inside = {name: [task for task in false if first <= task.day < last] for name, (first, last) in spells.items()}
    exposed = {name: _watched(base, *days) for name, days in spells.items()}
    rest = (len(false) - sum(map(len, inside.values()))) / (weeks - sum(exposed.values()))
    return Score(
        drops=_found(base, tasks, "drop", (DROP,), calm=True),
        declines=_found(base, tasks, "decline", (DROP, DECLINE), calm=True),
        holiday_drops=_found(base, tasks, "drop", (DROP,), calm=False),
        holiday_declines=_found(base, tasks, "decline", (DROP, DECLINE), calm=False),
        false=len(false),
        account_weeks=weeks,
        spells={name: Spell(len(inside[name]), rest * exposed[name]) for name in spells},
    )


def _falls(customer: Customer, day: int) -> bool:
    return customer.fate in FALLS and customer.turn is not None and day > customer.turn


def _watched(base: Iterable[Customer], first: int, last: int) -> float:
    """Account-weeks of days first … last − 1 in which a task would be false."""
    days = 0
    for customer in base:
        end = customer.turn if customer.fate in FALLS and customer.turn is not None else DAYS
        days += max(0, min(last, end) - max(first, customer.joined + TENURE))
    return days / 7


def _found(
    base: Iterable[Customer], tasks: Sequence[Opened], fate: str, rules: Collection[str], *, calm: bool
) -> tuple[int, int]:
    planted = [customer for customer in base if customer.fate == fate and _calm(customer) is calm]
    found = {
        task.customer.id
        for task in tasks
        if task.rule in rules
        and task.customer in planted
        and 0 < task.day - (task.customer.turn or 0) <= WITHIN[fate]
    }
    return len(found), len(planted)


def _calm(customer: Customer) -> bool:
    """Whether the days in which it is to be found are no holidays."""
    first, last = ((day - BEGIN).days for day in HOLIDAYS)
    begin = (customer.turn or 0) + (28 if customer.fate == "decline" else 0)
    return not (first - (7 if customer.fate == "decline" else 0) <= begin <= last)


def table(scores: dict[int, Score]) -> Iterable[str]:
    """Lines of Markdown: one row a seed."""
    yield "| seed | drops found in 8 days | declines in 5 weeks | false per 100 account-weeks | outage: false (expected) | January: false (expected) | around the New Year: drops, declines |"
    yield "|---|---:|---:|---:|---:|---:|---:|"
    for seed, one in scores.items():
        spells = " | ".join(f"{spell.false} ({spell.expected:.1f})" for spell in one.spells.values())
        apart = ", ".join(f"{found} of {of}" for found, of in (one.holiday_drops, one.holiday_declines))
        drops, declines = (f"{found} of {of}" for found, of in (one.drops, one.declines))
        yield f"| {seed} | {drops} | {declines} | {one.false_rate:.2f} | {spells} | {apart} |"
