"""The recommended alert rules over four winters of a simulated customer base: what they find, what they cry for nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.simulation.base import customer_base
from tests.simulation.live import live
from tests.simulation.score import SEEDS, score, table

__all__ = ["customers"]


def customers(_events: int) -> Iterator[str]:
    """Lines of a table, one row a seed."""
    scores = {}
    for seed in SEEDS:
        base = customer_base(seed)
        with TemporaryDirectory() as folder:
            scores[seed] = score(base, live(base, Path(folder)))
    yield from table(scores)
