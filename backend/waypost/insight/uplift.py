"""Does it help? Numbers in, verdict out: the difference between those who saw a tip and its control group.

Sources: Wilson score and Newcombe's hybrid interval (Statistics in Medicine 17, 1998), pooled z and the interval of the
ratio from statsmodels, χ² and t from scipy (the extra `stats`, imported when first needed). The always-valid interval
is in neither: it is the asymptotic confidence sequence of Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas
(arXiv 2103.06476), semantics section 5.1.

`day`: UTC days since 1970. `reached`: the goal. α = 0.05 everywhere, two-sided.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from types import SimpleNamespace
from typing import Any

from waypost.errors import Unavailable

__all__ = [
    "ACCOUNTS", "ALARM", "BASE", "BETTER", "BURN_IN", "CELL", "CONTROL", "Fixed", "Look", "Records", "Verdict",
    "always_valid", "judge", "newcombe", "planned_size", "pooled", "power", "ratio", "sample_size", "share_interval", "srm", "welch",
]  # fmt: skip

ALPHA, POWER = 0.05, 0.8
BASE, BETTER = 0.084, 0.12  # the plan: from this share of the control group to that one is an effect worth finding
CELL, CONTROL, ACCOUNTS = 5, 100, 30  # least: people in a cell, people in the control group, accounts in an arm
BURN_IN = 200  # people (or accounts) in both arms, from which on the always-valid interval holds
ALARM = 0.001  # p of the sample ratio below which something is broken
ADVICE = "the statistics of effects are not installed: pip install 'waypost[stats]'"

Arm = tuple[Any, Any, Any]  # units, mean, variance; numbers, or arrays of one shape


@cache
def _tools() -> SimpleNamespace:
    """Raises Unavailable, with what to install."""
    try:
        import numpy
        from scipy import stats
        from statsmodels.stats import proportion
    except ImportError as error:
        raise Unavailable(ADVICE, code="stats_missing") from error
    return SimpleNamespace(np=numpy, stats=stats, proportion=proportion)


def newcombe(x1: Any, n1: Any, x0: Any, n0: Any) -> tuple[Any, Any]:
    """(low, high) of x1/n1 − x0/n0. For one look at a time fixed beforehand. Takes arrays too."""
    return _pair(_tools().proportion.confint_proportions_2indep(x1, n1, x0, n0, method="newcomb", compare="diff"))


def ratio(x1: Any, n1: Any, x0: Any, n0: Any) -> tuple[Any, Any, Any]:
    """(x1/n1 over x0/n0, low, high), from the normal interval of its logarithm."""
    limits = _tools().proportion.confint_proportions_2indep(x1, n1, x0, n0, method="log", compare="ratio")
    return (x1 / n1) / (x0 / n0), *_pair(limits)


def share_interval(x: int, n: int) -> tuple[float, float]:
    """Wilson's interval of a share."""
    low, high = _tools().proportion.proportion_confint(x, n, method="wilson")
    return float(low), float(high)


def pooled(x1: int, n1: int, x0: int, n0: int) -> tuple[float, float]:
    """(z, p) of no difference."""
    z, p = _tools().proportion.proportions_ztest([x1, x0], [n1, n0])
    return float(z), float(p)


def welch(one: Arm, other: Arm) -> tuple[float, float, float]:
    """(low, high, p) of the difference of two means of units, here accounts."""
    t = _tools().stats
    (n1, m1, v1), (n0, m0, v0) = one, other
    a, b = v1 / n1, v0 / n0
    if not a + b:
        return m1 - m0, m1 - m0, 1.0 if m1 == m0 else 0.0
    free = (a + b) ** 2 / (a * a / (n1 - 1) + b * b / (n0 - 1))
    half = t.t.isf(ALPHA / 2, free) * (a + b) ** 0.5
    p = t.ttest_ind_from_stats(m1, v1**0.5, n1, m0, v0**0.5, n0, equal_var=False).pvalue
    return float(m1 - m0 - half), float(m1 - m0 + half), float(p)


def srm(n1: int, n0: int, share: float) -> tuple[float, float]:
    """(χ², p) of n0 in the control group, where its share should be `share`: the sample ratio."""
    whole = n1 + n0
    found = _tools().stats.chisquare([n1, n0], [whole * (1 - share), whole * share])
    return float(found.statistic), float(found.pvalue)


def sample_size(share: float, base: float = BASE, better: float = BETTER) -> tuple[int, int]:
    """(control group, the others) that a Wald test needs to find `better` against `base` with 80 % power.

    k : 1 with k = (1 − share)/share: section 5.1. Newcombe's interval, which judges here, needs more: `planned_size`.
    """
    normal, k = _tools().stats.norm, (1 - share) / share
    z = float(normal.isf(ALPHA / 2) + normal.isf(1 - POWER))
    n0 = z * z * (better * (1 - better) / k + base * (1 - base)) / (better - base) ** 2
    control = round(n0)
    return control, round(control * k)


@cache
def planned_size(share: float) -> tuple[int, int]:
    """(control group, the others) with which Newcombe's interval finds BETTER against BASE with 80 % power.

    It makes allowance for a small control group: at 9 : 1 a fifth more people than `sample_size`, at 1 : 1 next to none.
    """
    k = (1 - share) / share
    low = sample_size(share)[0] - 1
    high = 2 * low
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if power(round(middle * k), middle) >= POWER else (middle, high)
    return high, round(high * k)


def power(n1: int, n0: int) -> float:
    """The chance that Newcombe's interval lies above 0, when BETTER of n1 and BASE of n0 reach the goal: summed over
    what n0 may give, each with the least that n1 then has to give."""
    np, binomial = _tools().np, _tools().stats.binom
    x0 = np.arange(binomial.ppf(1e-6, n0, BASE), binomial.isf(1e-6, n0, BASE) + 1)
    x1 = np.arange(binomial.ppf(1e-6, n1, BETTER), binomial.isf(1e-6, n1, BETTER) + 1)
    clear = newcombe(x1[:, None], n1, x0[None, :], n0)[0] > 0
    return float(binomial.pmf(x1, n1, BETTER) @ clear @ binomial.pmf(x0, n0, BASE))


def always_valid(one: Arm, other: Arm, planned: float) -> tuple[Any, Any]:
    """(low, high) of the difference of means, true at all looks together with 95 %, from BURN_IN units on.

    Narrowest at `planned` units. Takes arrays too.
    """
    np = _tools().np
    (n1, m1, v1), (n0, m0, v0) = one, other
    n = n1 + n0
    sigma = np.sqrt(n * (v1 / n1 + v0 / n0))
    log = -2 * np.log(ALPHA)
    rho2 = (log + np.log(log + 1)) / planned
    half = sigma * np.sqrt(2 * (n * rho2 + 1) / (n * n * rho2) * np.log(np.sqrt(n * rho2 + 1) / ALPHA))
    return m1 - m0 - half, m1 - m0 + half


def _pair(limits: Any) -> tuple[Any, Any]:
    return tuple(float(v) if not v.ndim else v for v in map(_tools().np.asarray, limits))  # type: ignore[return-value]


@dataclass
class Records:
    """First records that are old enough, as they are read. Size: days, and with accounts, accounts × days."""

    by_day: dict[int, list[int]] = field(default_factory=dict)  # day -> [shown, reached, held out, reached]
    accounts: dict[str, tuple[Counter[tuple[int, bool]], Counter[tuple[int, bool]]]] = field(default_factory=dict)

    def add(self, day: int, *, held: bool, reached: bool, account: str = "") -> None:
        if account:
            self.accounts.setdefault(account, (Counter(), Counter()))[held][day, reached] += 1
        else:
            self._count(day, held, reached, 1)

    def _count(self, day: int, held: bool, reached: bool, people: int) -> None:
        row = self.by_day.setdefault(day, [0, 0, 0, 0])
        row[2 * held] += people
        row[2 * held + 1] += people * reached

    def settle(self) -> int:
        """With accounts: drop those with people in both arms, and count the others by day. Returns people dropped."""
        both = [name for name, arms in self.accounts.items() if all(arms)]
        dropped = sum(sum(arm.values()) for name in both for arm in self.accounts.pop(name))
        for arms in self.accounts.values():
            for held in (False, True):
                for (day, reached), people in arms[held].items():
                    self._count(day, held, reached, people)
        return dropped


@dataclass(frozen=True, slots=True)
class Look:
    """What one saw of the first records until the end of a day. low, high: always valid; None while there is too little."""

    day: int
    shown: int
    shown_reached: int
    held: int
    held_reached: int
    difference: float | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Fixed:
    """The one look that was fixed beforehand: the first day with as many people as planned."""

    day: int
    difference: float
    low: float
    high: float
    p: float
    z: float | None = None  # people only
    ratio: tuple[float, float, float] | None = None  # (value, low, high); people only


@dataclass(frozen=True, slots=True)
class Verdict:
    """code: mismatch too_few unclear helps hurts no_difference. The fixed look decides once it is there.

    `planned`: (control group, the others); `needed`: people still to come. Each of the two intervals errs in 5 %.
    """

    code: str
    planned: tuple[int, int]
    needed: int
    looks: list[Look]
    fixed: Fixed | None
    mismatch: tuple[float, float] | None  # (χ², p), when there are enough to say
    accounts: tuple[int, int] | None = None  # (shown, held out), with unit account

    @property
    def latest(self) -> Look:
        return self.looks[-1] if self.looks else Look(0, 0, 0, 0, 0)


def judge(records: Records, share: float, *, by_account: bool = False) -> Verdict:
    """`share` in (0, 1): that of the control group. Accounts weigh alike, whatever their size."""
    looks = list(_totals(records))
    planned = planned_size(share)
    arms = _account_arms(records, looks) if by_account else _arms(looks)
    enough = [_enough(look, arm, by_account) for look, arm in zip(looks, arms, strict=True)]
    ideal = BURN_IN if by_account else sum(planned)
    looks = [_with_interval(*each, ideal) for each in zip(looks, arms, enough, strict=True)]
    at = next((i for i, look in enumerate(looks) if look.shown + look.held >= sum(planned) and enough[i]), None)
    fixed = None if at is None else _fixed(looks[at], arms[at], by_account)
    latest = looks[-1] if looks else Look(0, 0, 0, 0, 0)
    units = (arms[-1][0][0], arms[-1][1][0]) if arms else (0, 0)
    mismatch = srm(units[0], units[1], share) if sum(units) * min(share, 1 - share) >= CELL else None
    return Verdict(
        _code(mismatch, bool(enough) and enough[-1], fixed, latest),
        planned,
        max(0, sum(planned) - latest.shown - latest.held),
        looks,
        fixed,
        mismatch,
        units if by_account else None,
    )


def _code(mismatch: tuple[float, float] | None, enough: bool, fixed: Fixed | None, latest: Look) -> str:
    if mismatch is not None and mismatch[1] < ALARM:
        return "mismatch"
    if not enough:
        return "too_few"
    low, high = (fixed.low, fixed.high) if fixed else (latest.low, latest.high)
    if low is not None and low > 0:
        return "helps"
    if high is not None and high < 0:
        return "hurts"
    return "no_difference" if fixed else "unclear"


def _totals(records: Records) -> Iterator[Look]:
    total = [0, 0, 0, 0]
    for day in sorted(records.by_day):
        total = [a + b for a, b in zip(total, records.by_day[day], strict=True)]
        yield Look(day, *total)


def _arms(looks: list[Look]) -> list[tuple[Arm, Arm]]:
    return [(_binary(look.shown, look.shown_reached), _binary(look.held, look.held_reached)) for look in looks]


def _binary(n: int, x: int) -> Arm:
    share = x / n if n else 0.0
    return n, share, share * (1 - share)


def _account_arms(records: Records, looks: list[Look]) -> list[tuple[Arm, Arm]]:
    """Per look: (accounts, mean of the accounts' shares, its variance) in each arm."""
    changes: dict[int, list[tuple[str, bool, bool, int]]] = {}
    for name, arms in records.accounts.items():
        for held in (False, True):
            for (day, reached), people in arms[held].items():
                changes.setdefault(day, []).append((name, held, reached, people))
    known: dict[str, tuple[int, int]] = {}  # account -> (people, of them reached)
    sums = [[0, 0.0, 0.0], [0, 0.0, 0.0]]  # accounts, sum of shares, of their squares
    found = []
    for look in looks:
        for name, held, reached, people in changes.get(look.day, ()):
            n, x = known.get(name, (0, 0))
            known[name] = n + people, x + people * reached
            before, after = (x / n if n else 0.0), known[name][1] / known[name][0]
            arm = sums[held]
            arm[0] += not n
            arm[1] += after - before
            arm[2] += after * after - before * before
        found.append((_moments(*sums[0]), _moments(*sums[1])))
    return found


def _moments(n: float, total: float, squares: float) -> Arm:
    mean = total / n if n else 0.0
    return int(n), mean, max(0.0, squares - n * mean * mean) / (n - 1) if n > 1 else 0.0


def _enough(look: Look, arms: tuple[Arm, Arm], by_account: bool) -> bool:
    if by_account:
        return bool(min(arms[0][0], arms[1][0]) >= ACCOUNTS)
    x1, x0 = look.shown_reached, look.held_reached
    return min(x1, look.shown - x1, x0, look.held - x0) >= CELL and look.held >= CONTROL


def _with_interval(look: Look, arms: tuple[Arm, Arm], enough: bool, ideal: int) -> Look:
    if not enough:
        return look
    low, high = always_valid(*arms, ideal) if arms[0][0] + arms[1][0] >= BURN_IN else (None, None)
    people = (look.shown, look.shown_reached, look.held, look.held_reached)
    return Look(look.day, *people, float(arms[0][1] - arms[1][1]), *_floats(low, high))


def _floats(low: Any, high: Any) -> tuple[float | None, float | None]:
    return (None, None) if low is None else (float(low), float(high))


def _fixed(look: Look, arms: tuple[Arm, Arm], by_account: bool) -> Fixed:
    if by_account:
        low, high, p = welch(*arms)
        return Fixed(look.day, arms[0][1] - arms[1][1], low, high, p)
    cells = (look.shown_reached, look.shown, look.held_reached, look.held)
    z, p = pooled(*cells)
    value = look.shown_reached / look.shown - look.held_reached / look.held
    return Fixed(look.day, value, *newcombe(*cells), p, z, ratio(*cells))
