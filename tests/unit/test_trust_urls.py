"""The one URL check, with the cases that the snippet's twin runs too (sdk-js/test/urls.test.ts)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waypost.trust.urls import MAX_CHARS, safe_url

CASES: dict[str, list[dict[str, str]]] = json.loads(
    (Path(__file__).parents[1] / "conformance" / "urls.json").read_text(encoding="utf-8")
)


def named(cases: list[dict[str, str]]) -> list[Any]:
    return [pytest.param(case["url"], id=case["what"]) for case in cases]


def test_there_are_enough_cases_and_no_two_are_alike() -> None:
    assert len(CASES["good"]) >= 12
    assert len(CASES["bad"]) >= 40
    everything = [case["url"] for case in (*CASES["good"], *CASES["bad"])]
    assert len(set(everything)) == len(everything)


@pytest.mark.parametrize("url", named(CASES["good"]))
def test_this_may_be_opened(url: str) -> None:
    assert safe_url(url) == url


@pytest.mark.parametrize("url", named(CASES["bad"]))
def test_this_may_not(url: str) -> None:
    assert safe_url(url) is None


@pytest.mark.parametrize("letter", ["a", "ж", "\U0001f600"])
def test_a_url_has_2048_characters_as_browsers_count_them(letter: str) -> None:
    assert MAX_CHARS == 2_048
    units = len(letter.encode("utf-16-le")) // 2
    fits = "/" + "a" * (1 if units == 2 else 0) + letter * ((MAX_CHARS - 1) // units)
    assert len(fits.encode("utf-16-le")) == 2 * MAX_CHARS
    assert safe_url(fits) == fits
    assert safe_url(fits + letter) is None
    assert safe_url(fits + "a") is None


@given(st.text(max_size=40))
def test_what_may_be_opened_comes_back_as_it_was_and_has_one_of_few_beginnings(text: str) -> None:
    found = safe_url(text)
    assert found in (None, text)
    if found is not None:
        lowered = text.lower()
        assert lowered.startswith(("https://", "http://", "mailto:", "tel:", "/", "#", "?"))
        assert not lowered.startswith("//")
        assert "\\" not in text
        assert not any(ord(letter) <= 32 for letter in text)


@pytest.mark.parametrize("start", ["a:", "https://", "/", "a" * 40 + ":", "https://" + "a." * 20])
def test_a_text_made_to_take_long_is_answered(start: str) -> None:
    for filler in ("a", "@", "/", ":", "-", "%", "?"):
        text = start + filler * 100_000
        assert safe_url(text) is None
        assert safe_url(text[:MAX_CHARS]) in (None, text[:MAX_CHARS])
