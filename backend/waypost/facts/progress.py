"""The index of a way that people go (semantics, section 5): how many set out, come half-way, arrive."""

from __future__ import annotations

__all__ = ["FINISH", "LAUNCH", "MIDDLE", "progress_index"]

LAUNCH, MIDDLE, FINISH = 0.2, 0.3, 0.5  # weights of the index: our choice


def progress_index(launch: float | None, middle: float | None, finish: float) -> float:
    """0 to 100. What cannot be said is left out: the other parts weigh as before, scaled to 100."""
    parts = [(LAUNCH, launch), (MIDDLE, middle), (FINISH, finish)]
    known = [(weight, part) for weight, part in parts if part is not None]
    return 100 * sum(weight * part for weight, part in known) / sum(weight for weight, _ in known)
