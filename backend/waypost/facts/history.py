"""What a person has seen of our tips and done with them: a fold of `$tip` events, in any order.

props of a `$tip` event: tip, what, version, offer, moment, category, surface, intrusive, page_view,
variant, and until (snoozed, ms), scope (muted: tip | category | all), preview (true: nothing is counted).
"""

from __future__ import annotations

from bisect import insort

import msgspec

from waypost.model import Event
from waypost.settings import LIMITS

__all__ = ["CONSUMED_KEPT", "Mark", "TipHistory", "View", "apply_tip"]

CONSUMED_KEPT = 16  # moments remembered per tip, so that one moment is never used twice


class View(msgspec.Struct, array_like=True, order=True):
    """One impression (a viewed tip, or a ghost in the control group)."""

    t: int
    tip: str
    page_view: str
    category: str
    surface: str
    intrusive: bool
    moment: str
    ghost: bool = False


class Mark(msgspec.Struct, array_like=True):
    """One tip's history with this person. Times are ms; 0 means never."""

    views: int = 0
    first_view: int = 0
    last_view: int = 0
    dismissed: int = 0
    last_dismissed: int = 0
    clicked: int = 0
    last_clicked: int = 0
    completed: int = 0
    last_completed: int = 0
    snoozed_at: int = 0
    snoozed_until: int = 0
    muted_at: int = 0
    success_at: int = 0  # the goal was reached inside its window after a view
    consumed: list[tuple[int, str]] = []  # (t, moment id), latest last


class TipHistory(msgspec.Struct, array_like=True):
    views: list[View] = []  # ascending, latest LIMITS.views_kept
    marks: dict[str, Mark] = {}
    muted_categories: dict[str, int] = {}  # category -> since
    muted_all_at: int = 0
    last_closed_at: int = 0  # any tip dismissed, snoozed, muted or clicked


_CLOSING = frozenset({"dismissed", "snoozed", "muted", "clicked"})


def apply_tip(history: TipHistory, event: Event) -> None:
    """Fold one `$tip` event. Previews, and offers that never rendered, leave no trace."""
    props = event.props
    tip, what = props.get("tip"), props.get("what")
    if not isinstance(tip, str) or props.get("preview"):
        return
    mark = history.marks.get(tip)
    if mark is None:
        mark = history.marks[tip] = Mark()
    if what in ("viewed", "ghost"):
        _viewed(history, mark, event, ghost=what == "ghost")
    elif what == "dismissed":
        mark.dismissed += 1
        mark.last_dismissed = max(mark.last_dismissed, event.t)
    elif what == "clicked":
        mark.clicked += 1
        mark.last_clicked = max(mark.last_clicked, event.t)
    elif what == "goal":
        mark.success_at = event.t if not mark.success_at else min(mark.success_at, event.t)
        mark.completed, mark.last_completed = 1, mark.success_at
    elif what == "snoozed" and event.t >= mark.snoozed_at:
        mark.snoozed_at, mark.snoozed_until = event.t, int(props.get("until") or event.t)
    elif what == "muted":
        _muted(history, mark, event)
    if what in _CLOSING:
        history.last_closed_at = max(history.last_closed_at, event.t)


def _viewed(history: TipHistory, mark: Mark, event: Event, *, ghost: bool) -> None:
    props, t = event.props, event.t
    mark.views += 1
    mark.first_view = t if not mark.first_view else min(mark.first_view, t)
    mark.last_view = max(mark.last_view, t)
    moment = str(props.get("moment") or "")
    if moment:
        insort(mark.consumed, (t, moment))
        del mark.consumed[:-CONSUMED_KEPT]
    view = View(
        t=t,
        tip=str(props["tip"]),
        page_view=str(props.get("page_view") or ""),
        category=str(props.get("category") or "general"),
        surface=str(props.get("surface") or ""),
        intrusive=bool(props.get("intrusive")),
        moment=moment,
        ghost=ghost,
    )
    insort(history.views, view)
    del history.views[: -LIMITS.views_kept]


def _muted(history: TipHistory, mark: Mark, event: Event) -> None:
    scope = event.props.get("scope") or "tip"
    if scope == "all":
        history.muted_all_at = max(history.muted_all_at, event.t)
    elif scope == "category":
        category = str(event.props.get("category") or "general")
        history.muted_categories[category] = max(history.muted_categories.get(category, 0), event.t)
    else:
        mark.muted_at = max(mark.muted_at, event.t)
