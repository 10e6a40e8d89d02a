"""changed: a trait got another value inside the window, by event time. Section 1.4."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import Any

from tests.oracle.history import Happening, in_order
from tests.oracle.windows import in_window

__all__ = ["changed", "changes"]


def changes(history: Iterable[Happening], call: str, trait: str) -> list[tuple[int, Any]]:
    """(t, new value) of every change of one trait, in order; the first value is a change from nothing.

    `call` is "$identify" for a user's traits and "$group" for an account's. Writing the same value again changes
    nothing.
    """
    writes = [(h["t"], h["props"][trait]) for h in in_order(history) if h["name"] == call and trait in h["props"]]
    return [next(run) for _, run in groupby(writes, key=lambda write: (type(write[1]).__name__, write[1]))]


def changed(history: Iterable[Happening], call: str, trait: str, args: Mapping[str, Any], now: int) -> bool:
    """The latest change lies in the window and, with `to`, went to that value."""
    found = changes([h for h in history if h["t"] <= now], call, trait)
    if not found or ("to" in args and found[-1][1] != args["to"]):
        return False
    return in_window({"t": found[-1][0]}, {"last": args["last"]}, now, "UTC", None)
