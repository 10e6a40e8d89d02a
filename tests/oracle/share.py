"""share: how many of an account's people did it. Section 1.4."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from tests.oracle.history import Happening, Where, matches
from tests.oracle.windows import in_window

__all__ = ["share"]


def share(
    members: Mapping[str, Iterable[Happening]],
    args: Mapping[str, Any],
    seats: int | None,
    now: int,
    zone: str,
    where: Where,
) -> float | None:
    """Distinct users with the event in the window, over seats or over users active in it; None over nothing.

    `members`: user id -> what that user did in this account. `zone` is the account's.
    """

    def users(spec: Mapping[str, Any]) -> int:
        return sum(
            any(matches(h, spec, where) and in_window(h, args, now, zone, None) for h in history)
            for history in members.values()
        )

    whole = seats if args["among"] == "seats" else users({"event": "$active"})
    return users(args) / whole if whole else None
