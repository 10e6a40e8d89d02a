"""A customer base of a business product over one winter: pure, seeded, and knowing nothing of the engine.

26 weeks from Monday 14 September 2026: German unity day, 4 November and Christmas, the Russian holidays of 1–8 January
with the days around them, 23 February and 8 March lie in it. 300 accounts of 6,000 people on three plans; 55 % in
Germany, 45 % in Russia (its own zones from Moscow to Vladivostok). Sizes are skewed as they are in life: many accounts
of five people, a few of a hundred and fifty.

What a person does: a rate of their own (a gamma of shape 2 over people, mean 2 key actions on a working day), a twelfth
of it at weekends, more on Tuesdays than on Fridays, a holiday of one or two weeks, and day counts that vary more than
Poisson's (negative binomial: a gamma of shape 3 over days). What an account does on top: a slow drift of its own (3 % a
week, of which 70 % stays for the next), people who leave and whose place is empty for a while (15 % a year), and for one
account in ten a start during the winter with a busy first fortnight. From week to week the use of a stable account of 15
to 25 people varies by 12 % (the median coefficient of variation), of 8 to 12 people by 17 %, of 30 to 60 by 10 %.

What befalls everybody: days off (3 % of the usual use), the slack days between them (SLACK), and an outage of a day and
a half of work in February in which nothing at all arrives. The same winter can be lived without the days off
(`without_holidays`) and without the outage (live.live): every action is there that they left, and those that they took.

What is planted, at a known day, until the end: drops (10 % of the accounts lose 50 to 80 % at once), slow declines (one
in fifteen loses 10 % a week), growers (one in fifteen gains 5 % a week up to two and a half times), and small customers
who leave altogether (3 %). Drops and declines are planted only where a person would notice: in accounts of at least
NOTICED people; in a smaller one a holiday or two are as much. 2 % more drop around the New Year (HOLIDAYS), and one more
in seventy-five declines so that its fifth week lies there. The other declines begin when the fifth week is past it,
which is also when an account has the history that a norm of weeks ago needs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from numpy.random import Generator

__all__ = [
    "BEGIN",
    "DAYS",
    "HOLIDAYS",
    "NOTICED",
    "OUTAGE",
    "Customer",
    "customer_base",
    "day_of",
    "without_holidays",
]

Floats = np.ndarray[tuple[int, ...], np.dtype[np.float64]]

BEGIN = date(2026, 9, 14)
WEEKS = 26
DAYS = WEEKS * 7
NOTICED = 15  # people
OUTAGE = (datetime(2027, 2, 2, 6, tzinfo=ZoneInfo("UTC")), datetime(2027, 2, 3, 13, tzinfo=ZoneInfo("UTC")))
HOLIDAYS = (date(2026, 12, 18), date(2027, 1, 14))  # in between, no drop can be told from a holiday
WEEKDAYS = (1.0, 1.1, 1.1, 1.0, 0.8, 0.08, 0.08)  # Monday first
OFF = 0.03  # of the usual use, on a day off


def _span(first: str, last: str) -> list[date]:
    begin, end = date.fromisoformat(first), date.fromisoformat(last)
    return [begin + timedelta(days=i) for i in range((end - begin).days + 1)]


DAYS_OFF: Mapping[str, list[date]] = {
    "DE": [*map(date.fromisoformat, ("2026-10-03", "2026-12-31", "2027-01-01")), *_span("2026-12-24", "2026-12-26")],
    "RU": [
        *_span("2026-12-31", "2027-01-08"),
        *map(date.fromisoformat, ("2026-11-04", "2027-02-23", "2027-03-08")),
    ],
}
# days on which many are away though nobody has to be: country -> (share of the usual use, days)
SLACK: Mapping[str, list[tuple[float, list[date]]]] = {
    "DE": [(0.8, _span("2026-12-21", "2026-12-23")), (0.55, _span("2026-12-28", "2026-12-30")), (0.8, _span("2027-01-04", "2027-01-06"))],
    "RU": [(0.8, _span("2026-12-28", "2026-12-30")), (0.85, _span("2027-01-11", "2027-01-12")), (0.7, _span("2027-02-22", "2027-02-22"))],
}  # fmt: skip


@dataclass(frozen=True)
class Customer:
    """One account. `counts`: key actions by local day from BEGIN on, as they would be without the outage."""

    id: str
    plan: str
    country: str
    tz: str
    people: int
    usual: float  # key actions of a usual week, at the start
    fate: str  # stable, drop, decline, growth or leave
    turn: int | None  # the day on which its fate begins, counted from BEGIN
    lost: float  # by a drop
    joined: int  # its first day
    counts: tuple[int, ...]
    undisturbed: tuple[int, ...]  # the same without days off and slack days


def day_of(number: int) -> date:
    return BEGIN + timedelta(days=number)


def customer_base(seed: int, accounts: int = 300, people: int = 6_000) -> list[Customer]:
    """The same seed and size give the same base."""
    draw = np.random.default_rng(seed)
    sizes = _sizes(draw, accounts, people)
    rates = [draw.gamma(2, 1, size) for size in sizes]
    usual = np.array([float(found.sum()) * sum(WEEKDAYS) for found in rates])
    fates = _fates(draw, sizes)
    return [_customer(draw, i, rates[i], usual[i], fates[i]) for i in range(accounts)]


def without_holidays(base: Iterable[Customer]) -> list[Customer]:
    return [replace(customer, counts=customer.undisturbed) for customer in base]


def _sizes(draw: Generator, accounts: int, people: int) -> list[int]:
    """Skewed sizes, three people at least, that add up."""
    weights = draw.lognormal(0, 0.9, accounts)
    sizes = np.maximum(3, np.floor(weights / weights.sum() * people)).astype(int)
    while (rest := people - int(sizes.sum())) != 0:
        sizes[int(draw.integers(accounts)) if rest > 0 else int(sizes.argmax())] += 1 if rest > 0 else -1
    return [int(size) for size in sizes]


def _fates(draw: Generator, sizes: list[int]) -> list[tuple[str, int | None, float]]:
    """(fate, the day on which it begins, what a drop takes) of each account."""
    accounts = len(sizes)
    fates: list[tuple[str, int | None, float]] = [("stable", None, 0.0)] * accounts
    large = draw.permutation([i for i in range(accounts) if sizes[i] >= NOTICED]).tolist()
    small = draw.permutation([i for i in range(accounts) if sizes[i] < NOTICED]).tolist()
    first, last = ((day - BEGIN).days for day in HOLIDAYS)
    for i in range(accounts // 10 + accounts // 50):
        days = [*range(6 * 7, first), *range(last + 1, 25 * 7 - 1)] if i < accounts // 10 else range(first, last + 1)
        fates[large.pop()] = ("drop", int(draw.choice(days)), float(draw.uniform(0.5, 0.8)))
    for i in range(accounts // 15 + accounts // 75):
        days = range(last + 1 - 28, 21 * 7) if i < accounts // 15 else range(first - 35, last + 1 - 28)
        fates[large.pop()] = ("decline", int(draw.choice(days)), 0.0)
    for _ in range(accounts // 15):
        fates[large.pop()] = ("growth", int(draw.integers(4 * 7, 20 * 7)), 0.0)
    for _ in range(min(len(small), accounts * 3 // 100)):
        fates[small.pop()] = ("leave", int(draw.integers(6 * 7, 24 * 7)), 0.0)
    return fates


def _customer(
    draw: Generator, number: int, rates: Floats, usual: float, planted: tuple[str, int | None, float]
) -> Customer:
    fate, turn, lost = planted
    country = "DE" if draw.random() < 0.55 else "RU"
    russian = draw.choice(["Europe/Moscow", "Asia/Yekaterinburg", "Asia/Vladivostok"], p=[0.7, 0.15, 0.15])
    plan = str(draw.choice(["team", "business", "enterprise"], p=[0.5, 0.35, 0.15]))
    joined = int(draw.integers(14, 16 * 7)) if fate == "stable" and draw.random() < 0.13 else 0
    shared = _week() * _drift(draw) * _course(fate, turn, lost) * _start(joined)
    expected = rates[:, None] * _presence(draw, len(rates)) * shared[None, :]
    usual_days = draw.poisson(expected * draw.gamma(3, 1 / 3, expected.shape)).sum(axis=0)
    counts = draw.binomial(usual_days, _calendar(country))
    return Customer(
        id=f"customer-{number:03}",
        plan=plan,
        country=country,
        tz="Europe/Berlin" if country == "DE" else str(russian),
        people=len(rates),
        usual=float(usual),
        fate=fate,
        turn=turn,
        lost=lost,
        joined=joined,
        counts=tuple(int(count) for count in counts),
        undisturbed=tuple(int(count) for count in usual_days),
    )


def _week() -> Floats:
    return np.array([WEEKDAYS[day_of(i).weekday()] for i in range(DAYS)])


def _calendar(country: str) -> Floats:
    """What days off and the slack days between them leave of everybody's use."""
    shares = np.ones(DAYS)
    for share, days in [*SLACK[country], (OFF, DAYS_OFF[country])]:
        for day in days:
            shares[(day - BEGIN).days] *= share
    return shares


def _drift(draw: Generator) -> Floats:
    level, weeks = 0.0, []
    for _ in range(WEEKS):
        level = 0.7 * level + draw.normal(0, 0.03)
        weeks.append(level)
    return np.asarray(np.exp(np.repeat(weeks, 7)))


def _course(fate: str, turn: int | None, lost: float) -> Floats:
    """The share of its use that an account's fate leaves on each day."""
    after = np.maximum(0, np.arange(DAYS) - (DAYS if turn is None else turn) + 1) / 7  # weeks since the turn
    if fate == "decline":
        return np.asarray(0.9**after)
    if fate == "growth":
        return np.asarray(np.minimum(2.5, 1.05**after))
    return np.asarray(np.where(after > 0, 1 - (1 if fate == "leave" else lost), 1.0))


def _start(joined: int) -> Floats:
    days = np.arange(DAYS)
    return np.where(days < joined, 0.0, np.where((joined > 0) & (days < joined + 14), 1.4, 1.0))


def _presence(draw: Generator, people: int) -> Floats:
    """1 on the days on which a person is there: each takes a holiday, and some places stand empty for a while."""
    present = np.ones((people, DAYS))
    for row in present:
        away = int(draw.integers(0, DAYS))
        row[away : away + int(draw.choice([7, 7, 14]))] = 0
        if draw.random() < 0.003 * WEEKS:  # leaves; who comes instead begins some weeks later
            gone = int(draw.integers(0, DAYS))
            row[gone : gone + int(draw.integers(7, 42))] = 0
    return present
