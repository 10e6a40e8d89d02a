"""changed: a trait got another value inside the window, by event time. Section 1.4."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import Any

from tests.oracle.history import Happening, in_order
from tests.oracle.windows import in_window

__all__ = ["changed", "changes"]


def changes(history: Iterable[Happening], call: str, trait: str) -> list[tuple[int, Any]]:
    """(t, new value) of every change of one trait, in order; the first value changes nothing.

    `call` is "$identify" for a user's traits and "$group" for an account's. Writing the same value again changes
    nothing.
    """
    writes = [(h["t"], h["props"][trait]) for h in in_order(history) if h["name"] == call and trait in h["props"]]
    return [next(run) for _, run in groupby(writes, key=lambda write: json.dumps(write[1], sort_keys=True))][1:]


def changed(
    history: Iterable[Happening], call: str, trait: str, args: Mapping[str, Any], now: int, zone: str
) -> bool:
    """Some change lies in the window and, with `to`, went to that value."""
    window = {"last": args["last"]} if "last" in args else {}
    return any(
        in_window({"t": t}, window, now, zone, None) and ("to" not in args or value == args["to"])
        for t, value in changes(history, call, trait)
    )
