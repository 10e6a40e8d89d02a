"""What a person has seen of our tips and done with them: a fold of `$tip` events, in any order.

props of a `$tip` event: tip, what, version, offer, moment, category, kind, surface, intrusive, page_view,
variant, and until (snoozed, ms), scope (muted: tip | category | all), score (answered), preview (nothing is counted),
opened (by the person: no sign of what they think of tips).
"""

from __future__ import annotations

from bisect import insort

import msgspec

from waypost.model import Event
from waypost.settings import LIMITS

__all__ = ["CONSUMED_KEPT", "Act", "Mark", "TipHistory", "View", "apply_tip"]

CONSUMED_KEPT = 16  # moments remembered per tip, so that one moment is never used twice


class View(msgspec.Struct, array_like=True, order=True, gc=False):
    """One impression (a viewed tip, or a ghost in the control group)."""

    t: int
    tip: str
    page_view: str
    category: str
    surface: str
    intrusive: bool
    moment: str
    ghost: bool = False
    offer: str = ""
    kind: str = ""  # of the rule: tip tour checklist announcement survey


class Act(msgspec.Struct, array_like=True, order=True, gc=False):
    """What a person did with a tip: clicked dismissed snoozed muted answered completed."""

    t: int
    what: str
    tip: str
    category: str
    offer: str = ""


class Mark(msgspec.Struct, array_like=True, gc=False):
    """One tip's history with this person. Times are ms; 0 means never."""

    views: int = 0
    ghosts: int = 0  # of these, in the control group: nothing was shown
    first_view: int = 0
    last_view: int = 0
    dismissed: int = 0
    last_dismissed: int = 0
    clicked: int = 0
    snoozed_at: int = 0
    snoozed_until: int = 0
    muted_at: int = 0
    success_at: int = 0  # the goal was reached inside its window after a view
    answered_at: int = 0  # a survey's last answer
    score: int | None = None
    consumed: list[tuple[int, str]] = []  # (t, moment id), latest last
    variant: int = -1  # of the first view: which text was seen; -1 = the rule's own, or nothing


class TipHistory(msgspec.Struct, array_like=True, gc=False):
    views: list[View] = []  # ascending, latest LIMITS.views_kept
    marks: dict[str, Mark] = {}
    muted_categories: dict[str, int] = {}  # category -> since
    muted_all_at: int = 0
    last_closed_at: int = 0  # any tip dismissed, snoozed, muted or clicked
    acts: list[Act] = []  # ascending, latest LIMITS.views_kept


_CLOSING = frozenset({"dismissed", "snoozed", "muted", "clicked"})


def apply_tip(history: TipHistory, event: Event) -> None:
    """Fold one `$tip` event. Previews, and offers that never rendered, leave no trace."""
    props, t = event.props, event.t
    tip, what = props.get("tip"), props.get("what")
    if not isinstance(tip, str) or props.get("preview"):
        return
    mark = history.marks.get(tip)
    if mark is None:
        mark = history.marks[tip] = Mark()
    if what in ("viewed", "ghost"):
        _viewed(history, mark, event, ghost=what == "ghost")
    elif what in _CLOSING or what == "answered":
        _acted(history, mark, event, str(what))
    elif what == "goal":
        mark.success_at = t if not mark.success_at else min(mark.success_at, t)
        _keep_act(history, event, "completed")
    if what in _CLOSING:
        history.last_closed_at = max(history.last_closed_at, t)


def _acted(history: TipHistory, mark: Mark, event: Event, what: str) -> None:
    """What is closed or answered was viewed, also when that was too quick to be told."""
    props, t = event.props, event.t
    offer = str(props.get("offer") or "")
    if offer and not any(view.offer == offer for view in history.views):
        _viewed(history, mark, event, ghost=False)
    if what == "dismissed":
        mark.dismissed += 1
        mark.last_dismissed = max(mark.last_dismissed, t)
    elif what == "clicked":
        mark.clicked += 1
    elif what == "snoozed" and t >= mark.snoozed_at:
        mark.snoozed_at, mark.snoozed_until = t, int(props.get("until") or t)
    elif what == "muted":
        _muted(history, mark, event)
    elif what == "answered" and t >= mark.answered_at:
        score = props.get("score")
        mark.answered_at, mark.score = t, score if isinstance(score, int) else None
    _keep_act(history, event, what)


def _keep_act(history: TipHistory, event: Event, what: str) -> None:
    props = event.props
    if props.get("opened"):
        return
    category = str(props.get("category") or "general")
    insort(history.acts, Act(event.t, what, str(props["tip"]), category, str(props.get("offer") or "")))
    del history.acts[: -LIMITS.views_kept]


def _viewed(history: TipHistory, mark: Mark, event: Event, *, ghost: bool) -> None:
    view = _view(event, ghost=ghost)
    known = next((v for v in history.views if v.offer == view.offer), None) if view.offer else None
    if known is not None:
        _seen_earlier(history, mark, known, view)
        _first(mark, view.t, event)
        return
    mark.views += 1
    mark.ghosts += ghost
    _first(mark, view.t, event)
    mark.last_view = max(mark.last_view, view.t)
    if view.moment:
        insort(mark.consumed, (view.t, view.moment))
        del mark.consumed[:-CONSUMED_KEPT]
    insort(history.views, view)
    del history.views[: -LIMITS.views_kept]


def _first(mark: Mark, t: int, event: Event) -> None:
    """When and as which text it was seen first. Of two texts at one instant the lower counts, in any order."""
    variant = event.props.get("variant")
    text = variant if isinstance(variant, int) and variant >= 0 else -1
    if not mark.first_view or (t, text) < (mark.first_view, mark.variant):
        mark.first_view, mark.variant = t, text


def _seen_earlier(history: TipHistory, mark: Mark, known: View, view: View) -> None:
    """The view itself arrives after what was done with it: one impression, at its true time."""
    if view.t >= known.t:
        return
    history.views.remove(known)
    insort(history.views, view)
    mark.last_view = max(v.t for v in history.views if v.tip == view.tip)
    if view.moment and (known.t, view.moment) in mark.consumed:
        mark.consumed.remove((known.t, view.moment))
        insort(mark.consumed, (view.t, view.moment))


def _view(event: Event, *, ghost: bool) -> View:
    props = event.props
    return View(
        t=event.t,
        tip=str(props["tip"]),
        page_view=str(props.get("page_view") or ""),
        category=str(props.get("category") or "general"),
        surface=str(props.get("surface") or ""),
        intrusive=bool(props.get("intrusive")),
        moment=str(props.get("moment") or ""),
        ghost=ghost,
        offer=str(props.get("offer") or ""),
        kind=str(props.get("kind") or ""),
    )


def _muted(history: TipHistory, mark: Mark, event: Event) -> None:
    scope = event.props.get("scope") or "tip"
    if scope == "all":
        history.muted_all_at = max(history.muted_all_at, event.t)
    elif scope == "category":
        category = str(event.props.get("category") or "general")
        history.muted_categories[category] = max(history.muted_categories.get(category, 0), event.t)
    else:
        mark.muted_at = max(mark.muted_at, event.t)
