"""The alert rules of rules/ over a simulated customer base: what is planted is found, and little else.

`make test` lives through one winter of a fifth of the base, where one miss is as much as the bars allow and more than
one false task in a spell is chance; `make test-full` through four winters of all of it, with the bars themselves.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.scale import scaled
from tests.simulation.base import DAYS, NOTICED, customer_base
from tests.simulation.live import live
from tests.simulation.score import SEEDS, Score, score

FULL = scaled(1) > 1
LEAST_CHANCE = 0.05 / 8  # of eight spells, one in twenty would be less likely by chance than that of one


def winter(seed: int, accounts: int, folder: Path) -> Score:
    base = customer_base(seed, accounts, accounts * 20)
    return score(base, live(base, folder))


def test_the_same_seed_gives_the_same_base() -> None:
    base = customer_base(7, 60, 1_200)
    assert base == customer_base(7, 60, 1_200)
    assert base != customer_base(8, 60, 1_200)
    assert sum(customer.people for customer in base) == 1_200
    assert {len(customer.counts) for customer in base} == {DAYS}
    planted = [customer for customer in base if customer.fate in ("drop", "decline")]
    assert min(customer.people for customer in planted) >= NOTICED
    assert {customer.fate for customer in base} == {"stable", "drop", "decline", "growth", "leave"}


@pytest.mark.parametrize("seed", SEEDS if FULL else SEEDS[:1])
def test_what_is_planted_is_found_and_little_else(seed: int, tmp_path: Path) -> None:
    found = winter(seed, 300 if FULL else 60, tmp_path)
    drops, declines = found.drops, found.declines
    assert drops[0] >= (0.9 * drops[1] if FULL else drops[1] - 1), found
    assert declines[0] >= (0.8 * declines[1] if FULL else declines[1] - 1), found
    assert found.false_rate <= 1, found
    for name, spell in found.spells.items():
        assert spell.false <= 1 or spell.chance >= LEAST_CHANCE, (name, found)
