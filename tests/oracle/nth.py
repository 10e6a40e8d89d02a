"""nth: the moment at which something happens for the n-th time, or every m-th time. Section 1.4."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tests.oracle.history import Happening

__all__ = ["moments"]


def moments(found: Sequence[Happening], args: Mapping[str, Any]) -> list[tuple[int, str]]:
    """(t, id) of every anchoring event among the matching ones, which are in order: {"n": 3} or {"every": 5}."""
    first, step = args.get("n", args.get("every")), args.get("every")
    chosen = [h for i, h in enumerate(found, 1) if i == first or (step and i % step == 0)]
    return [(h["t"], h["id"]) for h in chosen]
