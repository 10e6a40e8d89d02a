"""chain with mode "strict": no other event of the chain's alphabet between two steps. Section 1.4.1.

The alphabet is the steps, the `unless` and `alphabet`. Leave all other events out: an occurrence is then a run of
neighbours. Restart means nothing here, since a run leaves no choice of its start.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any

from tests.oracle.chains import FOREVER, Match, expanded, key_of
from tests.oracle.history import Happening, Where, in_order, length, matches

__all__ = ["occurrences", "spelled"]


def spelled(
    history: Iterable[Happening], chain: Mapping[str, Any], where: Where, key_actions: Sequence[str] = ()
) -> list[Match]:
    """The events of the chain's alphabet, in order. What only `alphabet` names serves no step and breaks nothing."""
    steps, unless, others = expanded(chain["steps"]), chain.get("unless", ()), chain.get("alphabet", ())
    found = []
    for h in in_order(history):
        roles = frozenset(i for i, step in enumerate(steps) if matches(h, step, where, key_actions))
        breaks = any(matches(h, one, where, key_actions) for one in unless)
        other = any(matches(h, {"event": one}, where, key_actions) for one in others)
        key = key_of(h.get("props", {}), chain.get("same", ()))
        if key is not None and (roles or breaks or other):
            found.append(Match(h["t"], h["id"], roles, breaks, key))
    return found


def occurrences(events: Sequence[Match], chain: Mapping[str, Any]) -> list[tuple[int, str]]:
    """(t, id) of every completing event, skipping past the last event of each occurrence."""
    size, within = len(expanded(chain["steps"])), length(chain["within"])
    gap = length(chain["gap"]) if "gap" in chain else FOREVER
    found, runs = [], dict[str, list[Match]]()  # key -> its events since the last occurrence or break
    for event in events:
        run = runs.setdefault(event.key, [])
        run.append(event)
        if _spells(run[-size:], size, within, gap):
            found.append((event.t, event.id))
            run.clear()
        elif event.breaks:
            run.clear()
    return found


def _spells(run: Sequence[Match], size: int, within: int, gap: int) -> bool:
    return (
        len(run) == size
        and all(i in event.steps for i, event in enumerate(run))
        and run[-1].t - run[0].t <= within
        and all(b.t - a.t <= gap for a, b in pairwise(run))
    )
