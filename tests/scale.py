"""How much a long test does: what it says in `make test`, many times that in `make test-full`."""

from __future__ import annotations

from hypothesis import settings

__all__ = ["scaled"]

DEFAULT = 2_000  # examples of the default profile (tests/conftest.py)


def scaled(number: int) -> int:
    """`number` in the default profile, and in proportion in any other."""
    examples = settings().max_examples
    return number * examples // DEFAULT
