"""What the alerts of a winter were worth: found, false, and because of what befell everybody.

Found: a task of the rule opened after the day on which the drop (the decline) began and at most 8 days (35 days) later.
A task that was open before says nothing. A drop is looked for among the tasks of usage-drop, a decline among those of
both rules: either makes somebody call. Drops that begin around the New Year (base.HOLIDAYS), and declines whose fifth
week lies there, are counted apart: their windows hold too few working days to be told from a holiday, by anybody.

False: a task of either rule for an account without a planted fall at that time: the stable, the growers, and those
whose fall is still to come. Rate: per 100 account-weeks in which the account had no planted fall and was old enough for
a norm (TENURE).

Because of the outage, or of the January holidays: what is false in the days when a window of a week can hold them and has
no like in the same winter without them: no task of that account within LIKE days. `kept` counts the other way, tasks of
that winter that did not come in this one. Near a threshold any change makes some and keeps some back; they are because
of it when it makes more than it keeps.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.simulation.base import BEGIN, DAYS, HOLIDAYS, OUTAGE, Customer, customer_base, without_holidays
from tests.simulation.live import Opened, live

__all__ = ["SEEDS", "Score", "Spell", "table", "winter"]

SEEDS = (1, 2, 4, 5)  # whose figures are told; the rules were tuned on 1, 3 and 11 to 22, not on 2, 4 and 5

DROP, DECLINE = "usage-drop", "slow-decline"
WITHIN = {"drop": 8, "decline": 35}  # days
TENURE = 35  # days: five weeks of the shortest norm
LIKE = 14  # days between two tasks that say the same of an account
FALLS = ("drop", "decline", "leave")
SPELLS = {
    "outage": (OUTAGE[0].date(), date(2027, 2, 11)),
    "January holidays": (date(2026, 12, 24), date(2027, 1, 18)),
}


@dataclass(frozen=True)
class Spell:
    """False tasks of the days in which something befell everybody; `made`, `kept`: because of it. None: not compared."""

    false: int
    made: int | None = None
    kept: int | None = None


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


def winter(seed: int, accounts: int = 300, *, compared: bool = True) -> Score:
    """A winter in the product; `compared` with the same one without the outage, and without the holidays."""
    base = customer_base(seed, accounts, accounts * 20)
    opened, spared = _lived(base), {}
    if compared:
        spared["outage"] = _lived(base, outage=False)
        spared["January holidays"] = _lived(without_holidays(base), calendars=False)
    false = _false(opened)
    return Score(
        drops=_found(base, opened, "drop", (DROP,), calm=True),
        declines=_found(base, opened, "decline", (DROP, DECLINE), calm=True),
        holiday_drops=_found(base, opened, "drop", (DROP,), calm=False),
        holiday_declines=_found(base, opened, "decline", (DROP, DECLINE), calm=False),
        false=len(false),
        account_weeks=_watched(base),
        spells={name: _spell(name, opened, spared.get(name)) for name in SPELLS},
    )


def _lived(base: Sequence[Customer], *, outage: bool = True, calendars: bool = True) -> list[Opened]:
    with TemporaryDirectory() as folder:
        opened = live(base, Path(folder), outage=outage, calendars=calendars)
    return [task for task in opened if task.rule in (DROP, DECLINE)]


def _false(opened: Iterable[Opened]) -> list[Opened]:
    return [task for task in opened if not _falls(task.customer, task.day)]


def _spell(name: str, opened: Sequence[Opened], spared: Sequence[Opened] | None) -> Spell:
    first, last = ((day - BEGIN).days for day in SPELLS[name])
    here, there = ([t for t in _false(tasks) if first <= t.day <= last] for tasks in (opened, spared or ()))
    if spared is None:
        return Spell(len(here))
    return Spell(len(here), _without_like(here, spared), _without_like(there, opened))


def _without_like(tasks: Iterable[Opened], others: Sequence[Opened]) -> int:
    return sum(
        not any(other.customer.id == task.customer.id and abs(other.day - task.day) <= LIKE for other in others)
        for task in tasks
    )


def _falls(customer: Customer, day: int) -> bool:
    return customer.fate in FALLS and customer.turn is not None and day > customer.turn


def _watched(base: Iterable[Customer]) -> float:
    """Account-weeks in which a task would be false."""
    days = 0
    for customer in base:
        end = customer.turn if customer.fate in FALLS and customer.turn is not None else DAYS
        days += max(0, end - customer.joined - TENURE)
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
    yield "| seed | drops found in 8 days | declines in 5 weeks | false per 100 account-weeks | outage: made, kept back | January: made, kept back | around the New Year: drops, declines |"
    yield "|---|---:|---:|---:|---:|---:|---:|"
    for seed, one in scores.items():
        spells = " | ".join(f"{spell.made}, {spell.kept}" for spell in one.spells.values())
        apart = ", ".join(f"{found} of {of}" for found, of in (one.holiday_drops, one.holiday_declines))
        drops, declines = (f"{found} of {of}" for found, of in (one.drops, one.declines))
        yield f"| {seed} | {drops} | {declines} | {one.false_rate:.2f} | {spells} | {apart} |"
