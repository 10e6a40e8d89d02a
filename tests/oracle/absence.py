"""never and inactive: what did not happen, and since when that means anything. Section 1.4."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tests.oracle.history import Happening, length

__all__ = ["first_seen", "inactive", "never"]


def first_seen(history: Iterable[Happening]) -> int | None:
    """When the subject did anything at all for the first time."""
    return min((h["t"] for h in history), default=None)


def never(
    history: Iterable[Happening],
    found: Sequence[Happening],
    args: Mapping[str, Any],
    known: Mapping[str, int],
    names: Iterable[str],
    now: int,
) -> bool:
    """No such event ever, and now − max(first seen, every name known) ≥ tenure. Unknown name: not yet covered."""
    since = first_seen(history)
    if found or since is None:
        return False
    plain = [name for name in names if not name.startswith("$")]
    if any(name not in known for name in plain):
        return False
    return now - max([since, *(known[name] for name in plain)]) >= length(args["tenure"])


def inactive(history: Iterable[Happening], found: Sequence[Happening], args: Mapping[str, Any], now: int) -> bool:
    """now − latest ≥ for; without any such event now − first seen ≥ for."""
    latest = max((h["t"] for h in found), default=first_seen(history))
    return latest is not None and now - latest >= length(args["for"])
