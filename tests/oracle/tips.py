"""tip: a person's own history with a tip or a category. Section 1.4."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from tests.oracle.history import Happening, length
from tests.oracle.windows import in_window

__all__ = ["tip"]

TOLD = {"viewed": "viewed", "clicked": "clicked", "dismissed": "dismissed", "completed": "goal"}


def tip(history: Iterable[Happening], args: Mapping[str, Any], now: int) -> bool:
    """At least `min` times in the window, and `ago` or earlier. Previews and the control group's ghosts never count."""
    what, until = TOLD[args.get("did", "viewed")], now - length(args.get("ago", "0ms"))
    number = 0
    for h in history:
        props = h.get("props", {})
        if h["name"] != "$tip" or props.get("what") != what or props.get("preview"):
            continue
        asked = props.get("tip") == args["id"] if "id" in args else props.get("category") == args["category"]
        number += (
            h["t"] <= until
            and asked
            and in_window(h, {"last": args["last"]} if "last" in args else {}, now, "UTC", None)
        )
    return number >= int(args.get("min", 1))
