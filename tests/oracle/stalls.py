"""abandoned with `within`: a stall. Step k was reached, step k+1 was not by t(k) + T. Section 1.4.2.

Read as: some attempt was still open at d = t(k) + T, where t(k) is the latest time at which step k was reached, and
had not got beyond step k by d. A stall ends nothing. An attempt that ended at or before d, in whatever way,
did not stall at d; and one that once reached step k+1 does not stall after k any more, even when it restarts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from tests.oracle.chains import Attempts, Match, Rules, apply_event, end_before
from tests.oracle.history import length

__all__ = ["Stall", "stalls"]


class Stall(NamedTuple):
    at: int  # the moment: t(k) + T; true from `at` + grace on, exclusive
    opened_by: str


def stalls(events: Sequence[Match], chain: Mapping[str, Any], after: int, within: str, now: int) -> list[Stall]:
    """Every stall with d < now, in order. A later event with t ≤ d undoes it: call again with the whole history."""
    rules, patience, found = Rules(chain), length(within), list[Stall]()
    known = Attempts()
    for event in [*events, None]:
        t = now if event is None else event.t
        for open_ in known.open.values():
            found += _stalled(rules, open_, after, patience, t)
        end_before(rules, known, t)
        if event is not None:
            apply_event(rules, known, event)
    return sorted(set(found))


def _stalled(rules: Rules, open_: Sequence[Match], after: int, patience: int, t: int) -> list[Stall]:
    """The stall of an open attempt that came true before t: nothing of this attempt happened from d until t."""
    if rules.furthest(open_) != after:
        return []
    latest = max(open_[p[-1]].t for p in rules.partials(open_) if len(p) == after)
    due = latest + patience
    alive = due <= rules.deadline(open_)
    return [Stall(due, open_[0].id)] if due < t and alive else []
