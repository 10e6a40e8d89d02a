"""chain with order "any": all steps inside one window of length `within`, in any order. Section 1.4.1.

One event serves one step: where matchers overlap, every assignment of events to steps is tried.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import permutations
from typing import Any

from tests.oracle.chains import Match, expanded
from tests.oracle.history import length

__all__ = ["occurrences"]


def occurrences(events: Sequence[Match], chain: Mapping[str, Any]) -> list[tuple[int, str]]:
    """(t, id) of every completing event, skipping past the last event. `events` as chains.played gives them."""
    size, within = len(expanded(chain["steps"])), length(chain["within"])
    found, since = [], dict[str, list[Match]]()  # key -> its events since the last occurrence or break
    for event in events:
        before = since.setdefault(event.key, [])
        if _completes([*before, event], size, within):
            found.append((event.t, event.id))
            before.clear()
        elif event.breaks:
            before.clear()
        else:
            before.append(event)
    return found


def _completes(events: Sequence[Match], size: int, within: int) -> bool:
    """Whether the last event and some others serve one step each, with latest − earliest ≤ within."""
    last = len(events) - 1
    for chosen in permutations(range(len(events)), size):
        if last not in chosen or any(i not in events[at].steps for i, at in enumerate(chosen)):
            continue
        times = [events[at].t for at in chosen]
        if max(times) - min(times) <= within:
            return True
    return False
