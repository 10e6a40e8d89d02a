"""What surveys say: a score with its interval, who answered of those who were asked, and the words. Semantics, 5.

The latest answer of a person counts. Nothing here needs the extra `stats`: Wilson's interval is a line, and Student's
quantile is the expansion 26.7.5 of Abramowitz and Stegun, right to four digits from ten answers on.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist, fmean, stdev

from waypost.model import DAY
from waypost.rules.plan import SCALES, CompiledRule, Plan
from waypost.store.answers import answered_surveys, count_comments, latest_scores
from waypost.store.sqlite import Tx
from waypost.store.tips import reached

__all__ = ["LEAST", "Estimate", "Survey", "by_account", "ces", "csat", "nps", "survey", "surveys", "wilson"]

LEAST = 10  # answers below which a score says nothing
TOP = {"csat": 4, "ces": 5}  # from here on an answer counts as satisfied, as easy
MONDAY = 4  # 1970-01-05
Z = NormalDist().inv_cdf(0.975)


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value with its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Survey:
    """score: nps in points, csat as the share of 4 and 5, ces as the mean; None for words only and below LEAST answers.

    easy: ces only, the share from 5 on. accounts: nps only, (how many, the mean of their own scores).
    rate: answered of viewed. counts: answers by score, from the least on. weeks: (Monday, answers, score).
    """

    id: str
    name: str
    scale: str
    state: str
    answers: int  # people with a score; for words only, answers
    viewed: int
    answered: int
    rate: Estimate | None
    score: Estimate | None
    easy: Estimate | None
    accounts: tuple[int, float] | None
    counts: list[int]
    weeks: list[tuple[int, int, float]]
    comments: int


def wilson(x: int, n: int) -> Estimate:
    """A share with Wilson's score interval."""
    share, square = x / n, Z * Z / n
    middle = (share + square / 2) / (1 + square)
    half = Z * sqrt(share * (1 - share) / n + square / (4 * n)) / (1 + square)
    return Estimate(share, max(0.0, middle - half), min(1.0, middle + half))


def nps(scores: Sequence[int]) -> Estimate:
    """100 · (promoters − detractors) / n; the variance of one answer is p + d − (p − d)²."""
    n = len(scores)
    p, d = sum(s >= 9 for s in scores) / n, sum(s <= 6 for s in scores) / n
    value, half = 100 * (p - d), 100 * Z * sqrt((p + d - (p - d) ** 2) / n)
    return Estimate(value, max(-100.0, value - half), min(100.0, value + half))


def csat(scores: Sequence[int]) -> Estimate:
    """The share of 4 and 5."""
    return wilson(sum(s >= TOP["csat"] for s in scores), len(scores))


def ces(scores: Sequence[int]) -> Estimate:
    """The mean with Student's interval; from two answers on."""
    mean, half = fmean(scores), student(len(scores) - 1) * stdev(scores) / sqrt(len(scores))
    return Estimate(mean, max(1.0, mean - half), min(7.0, mean + half))


def student(free: int) -> float:
    """The 97.5 % quantile of Student's t."""
    z = Z
    terms = (
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160,
    )
    return float(z + sum(term / free**power for power, term in enumerate(terms, 1)))


def by_account(scores: Sequence[tuple[str | None, int]]) -> tuple[int, float] | None:
    """(accounts, the mean of their net promoter scores): a large account does not drown the others."""
    found: dict[str, list[int]] = defaultdict(list)
    for account, score in scores:
        if account is not None:
            found[account].append(score)
    return (len(found), fmean(nps(own).value for own in found.values())) if found else None


MEASURES = {"nps": nps, "csat": csat, "ces": ces}


def surveys(tx: Tx, project_id: int, plan: Plan, now: int, days: int) -> list[Survey]:
    """Every survey with a question that runs or was answered in these days, the most answered first."""
    answers = answered_surveys(tx, project_id, now - days * DAY)
    asked = [rule for rule in plan.all if rule.question and (rule.id in plan.rules or rule.id in answers)]
    found = [survey(tx, project_id, rule, now, days) for rule in asked]
    return sorted(found, key=lambda one: (-one.answers, one.name, one.id))


def survey(tx: Tx, project_id: int, rule: CompiledRule, now: int, days: int) -> Survey:
    """`rule`: of a survey with a question."""
    assert rule.question is not None
    since, scale = now - days * DAY, rule.question.scale
    rows = list(latest_scores(tx, project_id, rule.id, scale, since))
    scores = [score for *_, score in rows]
    comments, span = count_comments(tx, project_id, rule.id, since), SCALES[scale]
    met = reached(tx, project_id, rule.id, now // DAY - days, now // DAY)
    viewed, answered = met.get("viewed", 0), met.get("answered", 0)
    counted, enough = Counter(scores), len(scores) >= LEAST
    return Survey(
        id=rule.id,
        name=rule.name,
        scale=scale,
        state=rule.state,
        answers=len(scores) if span else comments,
        viewed=viewed,
        answered=answered,
        rate=wilson(answered, viewed) if viewed else None,
        score=MEASURES[scale](scores) if enough else None,
        easy=wilson(sum(s >= TOP["ces"] for s in scores), len(scores)) if enough and scale == "ces" else None,
        accounts=by_account([(account, score) for _, account, _, score in rows])
        if enough and scale == "nps"
        else None,
        counts=[counted[n] for n in range(span[0], span[1] + 1)] if span else [],
        weeks=_weeks([(at, score) for _, _, at, score in rows], scale),
        comments=comments,
    )


def _weeks(scores: Sequence[tuple[int, int]], scale: str) -> list[tuple[int, int, float]]:
    weeks: dict[int, list[int]] = defaultdict(list)
    for at, score in scores:
        weeks[(at // DAY - MONDAY) // 7 * 7 + MONDAY].append(score)
    return [
        (monday, len(own), fmean(own) if scale == "ces" else MEASURES[scale](own).value)
        for monday, own in sorted(weeks.items())
    ]
