"""tip: a person's own history with a tip or a category. Section 1.4."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from tests.oracle.history import Happening
from tests.oracle.windows import in_window

__all__ = ["tip"]

TOLD = {"viewed": "viewed", "clicked": "clicked", "dismissed": "dismissed", "completed": "goal"}


def tip(history: Iterable[Happening], args: Mapping[str, Any], now: int) -> bool:
    """At least `min` times in the window. Previews are never counted."""
    what = TOLD[args.get("did", "viewed")]
    number = 0
    for h in history:
        props = h.get("props", {})
        if h["name"] != "$tip" or props.get("what") != what or props.get("preview"):
            continue
        asked = props.get("tip") == args["id"] if "id" in args else props.get("category") == args["category"]
        number += asked and in_window(h, {"last": args["last"]} if "last" in args else {}, now, "UTC", None)
    return number >= int(args.get("min", 1))
