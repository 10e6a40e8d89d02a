"""Stages 7, 8 and 10: the order of offers, one winner a placement, one page view that may interrupt."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping

from waypost.delivery.case import Case, Eligible, Held
from waypost.model import Json
from waypost.rules.plan import CompiledRule

__all__ = ["MANNERS", "leased_elsewhere", "page_view_spent", "place", "ranked", "shows_whenever"]

BANDS = {"critical": 0, "high": 1, "normal": 2, "low": 3}
MANNERS = frozenset({"typing", "no_modal"})  # held by every tip that interrupts: they say nothing of the place
AT_LEAST = ("dwell", "idle")  # conditions of `at` that a longer wait also satisfies

Rank = tuple[int, bool, int, int, bytes]


def ranked(case: Case, found: Iterable[Eligible]) -> list[Eligible]:
    """Stage 7: band, moment before state, more specific `at`, least recently shown, then a hash. Total."""
    return sorted(found, key=lambda one: _rank(case, one))


def _rank(case: Case, one: Eligible) -> Rank:
    rule = one.rule
    lot = hashlib.blake2b(f"{case.request.subject}\0{rule.id}".encode(), digest_size=8).digest()
    return (
        BANDS[rule.priority],
        rule.moment is None,
        -len(rule.at.keys() - MANNERS),
        case.mark(rule.id).last_view,
        lot,
    )


def page_view_spent(case: Case) -> Held | None:
    """Stage 8: this page view has had its one tip that interrupts."""
    here = case.request.page_view_id
    if here and any(view.page_view == here and view.intrusive for view in case.history.views):
        return Held(8, "page_view_spent")
    return None


def leased_elsewhere(case: Case) -> Held | None:
    """Stage 10: another page view of this person may interrupt now; this one waits."""
    context = case.context
    if context.lease_page in ("", case.request.page_view_id) or context.lease_until <= case.now:
        return None
    return Held(10, "leased_elsewhere", {}, context.lease_until)


def place(found: Iterable[Eligible]) -> tuple[list[Eligible], list[tuple[CompiledRule, Held]]]:
    """Stage 8: fill placements in order. An intrusive offer takes its place only from those that could never
    come before it, for an offer that waits does not block a later one that is ready; passive ones are one an anchor.
    """
    offered: list[Eligible] = []
    losers: list[tuple[CompiledRule, Held]] = []
    taken: dict[tuple[str, str], list[CompiledRule]] = {}
    groups: dict[str, str] = {}
    for one in found:
        rule = one.rule
        if rule.exclusive and groups.setdefault(rule.exclusive, rule.id) != rule.id:
            losers.append((rule, Held(8, "group_taken", {"group": rule.exclusive, "by": groups[rule.exclusive]})))
            continue
        here = taken.setdefault(_placement(rule), [])
        winner = next((first for first in here if not rule.intrusive or shows_whenever(first, rule)), None)
        if winner is None:
            here.append(rule)
            offered.append(one)
        else:
            losers.append((rule, Held(8, "placement_taken", {"by": winner.id})))
    return offered, losers


def _placement(rule: CompiledRule) -> tuple[str, str]:
    return (rule.surface if rule.intrusive else "", rule.anchor)


def shows_whenever(first: CompiledRule, rule: CompiledRule) -> bool:
    """Whether `first` may stand whenever `rule` may: all its conditions are among those of `rule`."""
    return first.settle <= rule.settle and all(_implied(name, want, rule.at) for name, want in first.at.items())


def _implied(name: str, want: Json, at: Mapping[str, Json]) -> bool:
    if name not in at:
        return False
    given = at[name]
    if name in AT_LEAST and isinstance(want, int) and isinstance(given, int):
        return want <= given
    return bool(given == want)
