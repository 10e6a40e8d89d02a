"""What a cell of a CSV file says, where no column is known to say more."""

from __future__ import annotations

import re

from waypost.model import Json

__all__ = ["NUMBER", "cell"]

NUMBER = re.compile(r"-?(0|[1-9][0-9]{0,14})(\.[0-9]{1,15})?")


def cell(text: str) -> Json:
    """As JSON would have it; a number with leading zeros or too many digits is an id, and stays a text.

    A date stays a text as well, written as 2027-01-31: so it sorts and compares.
    """
    if text in ("true", "false"):
        return text == "true"
    if NUMBER.fullmatch(text):
        return float(text) if "." in text else int(text)
    return text
