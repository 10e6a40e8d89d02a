"""What a draft would change: two sides of a backtest, rule by rule."""

from __future__ import annotations

import msgspec

from waypost.delivery.choose import MANNERS
from waypost.insight.backtest import Backtest, Side, Tally
from waypost.rules.plan import CompiledRule

__all__ = ["Comparison", "Row", "compared"]

NOTHING = Tally()
WEEK_MS = 7 * 86_400_000


class Row(msgspec.Struct, kw_only=True):
    """One tip under the draft, and under the live rules. `change`: new changed same gone.

    `unknown`: what only a browser knows, so that `shown` is the most there can be. `held`: code -> people who never
    saw it for that. `lost`: people who would see it under the live rules and not under the draft.
    """

    tip: str
    name: str
    surface: str
    change: str
    shown: int = 0
    people: int = 0
    ghosts: int = 0
    first: int | None = None
    last: int | None = None
    held: dict[str, int] = {}
    unknown: list[str] = []
    live_shown: int = 0
    live_people: int = 0
    lost: int = 0
    recorded: int = 0


class Comparison(msgspec.Struct, kw_only=True):
    """`attention`: a person a week on average, [draft, live]."""

    since: int
    until: int
    events: int
    people: int
    stopped: bool
    rows: list[Row]
    attention: tuple[float, float]


def compared(run: Backtest, draft: Side, live: Side, until: int) -> Comparison:
    """New and changed tips first, then those that lose showings to them, then the rest."""
    rows = [_row(run, draft, live, tip) for tip in sorted({*draft.tallies, *live.tallies})]
    rows.sort(key=lambda row: (row.change == "same", row.shown >= row.live_shown, row.tip))
    weeks = max(until - run.since, WEEK_MS) / WEEK_MS
    spent = [side.spent.total() / weeks / max(1, run.people) for side in (draft, live)]
    return Comparison(
        since=run.since,
        until=until,
        events=run.events,
        people=run.people,
        stopped=run.stopped,
        rows=rows,
        attention=(round(spent[0], 2), round(spent[1], 2)),
    )


def _row(run: Backtest, draft: Side, live: Side, tip: str) -> Row:
    mine, theirs = draft.tallies.get(tip, NOTHING), live.tallies.get(tip, NOTHING)
    rule = draft.plan.rules.get(tip) or live.plan.rules[tip]
    return Row(
        tip=tip,
        name=rule.name,
        surface=rule.surface,
        change=_change(draft.plan.rules.get(tip), live.plan.rules.get(tip)),
        shown=mine.shown,
        people=len(mine.people),
        ghosts=mine.ghosts,
        first=mine.first,
        last=mine.last,
        held=dict(mine.never.most_common()),
        unknown=[*sorted(rule.at.keys() - MANNERS), *(["settle"] if rule.settle else [])],
        live_shown=theirs.shown,
        live_people=len(theirs.people),
        lost=len(theirs.people - mine.people),
        recorded=run.recorded[tip],
    )


def _change(draft: CompiledRule | None, live: CompiledRule | None) -> str:
    if draft is None:
        return "gone"
    if live is None:
        return "new"
    return "same" if draft.source == live.source else "changed"
