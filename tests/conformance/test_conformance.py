"""The corpus: every case through the real ingestion, journal, store and decision, and the atoms through the oracle too."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator

import pytest

from tests.conformance.run import Case, answers, by_oracle, cases
from waypost.rules.operators import OPERATORS
from waypost.store.sqlite import Store

CORPUS = dict(cases())
SHARED = ("user", "account", "anon", "timestamp", "tz")  # what only the product settles: identity, clocks, zones
APART = (
    "kinds/",
    "usage/",
    "traits/",
    "tricky/10",
    "tricky/27",
)  # their oracles are asked in tests/property/test_oracle_{kinds,usage,traits}.py


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    made = Store.open(f"sqlite:///{tmp_path_factory.mktemp('conformance') / 'cases.db'}")
    yield made
    made.close()


def typed(values: list[object]) -> list[tuple[str, object]]:
    return [(type(value).__name__, value) for value in values]


@pytest.mark.parametrize("name", CORPUS)
def test_the_product_answers_as_the_semantics_say(store: Store, name: str) -> None:
    case = CORPUS[name]
    problems, found = answers(store, name, case)
    assert problems == case.get("problems", []), case["says"]
    assert typed(found) == typed([probe["expect"] for probe in case["probes"]]), case["says"]


def plain(case: Case) -> bool:
    """Whether one person's history in a known zone is all that the case needs."""
    parts = [*case["events"], *case["probes"], *(event.get("props", {}) for event in case["events"])]
    return "atom" in case and not any(key in part for part in parts for key in SHARED)


@pytest.mark.parametrize(
    "name", [name for name, case in CORPUS.items() if plain(case) and not name.startswith(APART)]
)
def test_the_oracle_answers_as_the_semantics_say(name: str) -> None:
    case = CORPUS[name]
    assert typed(by_oracle(case)) == typed([probe["expect"] for probe in case["probes"]]), case["says"]


def test_every_operator_of_behaviour_has_cases() -> None:
    told = Counter(re.findall(r'"(\w+)": ', "\n".join(json.dumps(case) for case in CORPUS.values())))
    assert [name for name in OPERATORS if told[name] < 2] == []


def test_every_tricky_case_is_there() -> None:
    numbers = {int(case["id"][:2]) for name, case in CORPUS.items() if name.startswith("tricky/")}
    assert numbers == set(range(1, 31))


def test_ids_say_what_a_case_is_about_once() -> None:
    assert len(CORPUS) >= 390
    assert all(case["says"] and (case["probes"] or "problems" in case) for case in CORPUS.values())
