"""The alert rules of rules/ over a simulated customer base: what is planted is found, and little else.

`make test` lives through one winter of a fifth of the base, where a miss or two are chance; `make test-full` through
four winters of all of it, each also without the outage and without the holidays, with the bars themselves.
"""

from __future__ import annotations

from tests.scale import scaled
from tests.simulation.base import DAYS, NOTICED, customer_base, without_holidays
from tests.simulation.score import SEEDS, SPELLS, winter

FULL = scaled(1) > 1


def test_the_same_seed_gives_the_same_base() -> None:
    base = customer_base(7, 60, 1_200)
    assert base == customer_base(7, 60, 1_200)
    assert base != customer_base(8, 60, 1_200)
    assert sum(customer.people for customer in base) == 1_200
    assert {len(customer.counts) for customer in base} == {DAYS}
    planted = [customer for customer in base if customer.fate in ("drop", "decline")]
    assert min(customer.people for customer in planted) >= NOTICED
    assert {customer.fate for customer in base} == {"stable", "drop", "decline", "growth", "leave"}


def test_holidays_take_actions_and_change_none() -> None:
    base = customer_base(7, 60, 1_200)
    for customer, spared in zip(base, without_holidays(base), strict=True):
        assert all(left <= usual for left, usual in zip(customer.counts, spared.counts, strict=True))
        assert sum(customer.counts) < sum(spared.counts)
        assert customer.counts[:19] == spared.counts[:19], "before the first day off"


def test_what_is_planted_is_found_and_little_else() -> None:
    scores = [winter(seed) for seed in SEEDS] if FULL else [winter(SEEDS[0], 60, compared=False)]
    for found in scores:
        drops, declines = found.drops, found.declines
        assert drops[0] >= (0.9 * drops[1] if FULL else drops[1] - 1), found
        assert declines[0] >= (0.8 * declines[1] if FULL else declines[1] - 2), found
        assert found.false_rate <= 1, found
    for name in SPELLS:
        spells = [found.spells[name] for found in scores]
        if FULL:
            assert sum(spell.made or 0 for spell in spells) <= sum(spell.kept or 0 for spell in spells), (
                name,
                scores,
            )
        else:
            assert spells[0].false <= 2, (name, scores)
