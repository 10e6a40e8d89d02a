"""What a request asks for in its address, checked: 400 with the name of the parameter and what it may be."""

from __future__ import annotations

from collections.abc import Collection

from starlette.requests import Request

from waypost.errors import BadInput

__all__ = ["bad_parameter", "flag", "lang_of", "one_of", "text", "whole"]


def bad_parameter(name: str, mend: str) -> BadInput:
    return BadInput(f"{name}: {mend}", code="bad_parameter")


def lang_of(request: Request) -> str:
    return "ru" if request.query_params.get("lang", "").startswith("ru") else "en"


def text(request: Request, name: str, most: int) -> str:
    """ "" when it is not said."""
    found = request.query_params.get(name, "")
    if len(found) > most:
        raise bad_parameter(name, f"a text of at most {most} characters")
    return found


def whole(request: Request, name: str, default: int, most: int) -> int:
    """A whole number from 1 to `most`."""
    found = request.query_params.get(name, "")
    if not found:
        return default
    if not (found.isascii() and found.isdecimal() and len(found) <= 15 and 1 <= int(found) <= most):
        raise bad_parameter(name, f"a whole number from 1 to {most}")
    return int(found)


def one_of(request: Request, name: str, allowed: Collection[str]) -> str:
    """The first of `allowed` when it is not said."""
    found = request.query_params.get(name, "")
    if not found:
        return next(iter(allowed))
    if found not in allowed:
        raise bad_parameter(name, f"one of {', '.join(word or '(nothing)' for word in allowed)}")
    return found


def flag(request: Request, name: str) -> bool:
    found = request.query_params.get(name, "")
    if found not in ("", "0", "1"):
        raise bad_parameter(name, "0 or 1")
    return found == "1"
