"""Rule tests as files, rules/tests/*.json: a history, and what must come of it. Checked like rules, printed as schema.

A file holds `tests`; whatever stands beside them is the default of each.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from waypost.errors import Problem
from waypost.logic.guard import Fault
from waypost.model import Json
from waypost.rules.document import KEYS, LOCAL_TIME, ROUTE_TEXT
from waypost.rules.durations import parse_ms
from waypost.rules.load import read_json
from waypost.rules.operators import NAME, OUTCOMES
from waypost.rules.shape import Anything, Choice, Dictionary, Duration, Flag, ListOf, Number, Object, Shape, Text
from waypost.settings import LIMITS

__all__ = ["RuleTest", "load_tests", "offset_ms", "test_schema_text"]

_PART = re.compile(r"(\d+)(ms|s|m|h|d)")
_OFFSET = re.compile(r"-?(\d+(ms|s|m|h|d))+\Z")


def offset_ms(text: str) -> int:
    """Milliseconds of "-2d12h". Raises ValueError."""
    if not _OFFSET.match(text):
        raise ValueError(text)
    total = sum(parse_ms(number + unit) for number, unit in _PART.findall(text))
    return -total if text.startswith("-") else total


def _moment(text: str) -> str:
    if _OFFSET.match(text):
        return ""
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return f'"{text}" is neither a time from the start such as "2d12h" or "-30d" nor "2026-01-05T09:00"'
    return ""


AT = Text(40, fits=_moment, about='From `start` on: "0s", "2d12h", "-30d"; or a local time "2026-01-05T09:00".')
TRAITS = Dictionary(Text(LIMITS.name_chars), Anything())
WHO = Object({"id": KEYS, "traits": TRAITS, "since": AT}, ["id"])
EVENT = Object(
    {
        "at": AT,
        "event": NAME,
        "page": ROUTE_TEXT,
        "tip": Text(80, about="The id of a tip that this person met."),
        "did": Choice(
            (*OUTCOMES, "snoozed", "muted", "answered"), about="What came of the tip; viewed when left out."
        ),
        "score": Number(-1_000, 1_000),
        "traits": TRAITS,
        "account_traits": TRAITS,
        "props": TRAITS,
        "user": KEYS,
        "account": KEYS,
        "times": Number(1, 1_000, "So many times."),
        "every": Duration(LIMITS.last_ms, about="From one to the next; 1m when left out."),
        "server": Flag(True, "Sent by a server: it does not count as use of the app."),
        "arrives": AT,
    },
    ["at"],
    one_of=["event", "page", "tip", "traits", "account_traits"],
)
EXPECT = Object(
    {
        "at": AT,
        "rule": Text(80),
        "shows": Flag(None, "The server offers the tip."),
        "because": Text(80, about="The reason code that holds it back, such as cap_session."),
        "opens": Flag(None, "The alert opens a CSM task."),
        "user": KEYS,
        "account": KEYS,
        "page": ROUTE_TEXT,
        "placements": ListOf(Text(500), 0, 50),
        "locale": Text(20),
    },
    ["at"],
    one_of=["shows", "opens"],
)
FIELDS: dict[str, Shape] = {
    "name": Text(200, about="What this test shows, as a sentence."),
    "rule": Text(80, about="The rule that is tested."),
    "start": LOCAL_TIME,
    "timezone": Text(64),
    "user": WHO,
    "account": WHO,
    "known": Dictionary(NAME, AT, about="Since when an event could have been seen; 400 days before when left out."),
    "events": ListOf(EVENT, 0, 1_000),
    "expect": ListOf(EXPECT, 1, 200),
}
FILE = Object({"$schema": Text(500), **FIELDS, "tests": ListOf(Object(FIELDS), 1, 200)}, ["tests"])


@dataclass(frozen=True)
class RuleTest:
    """One test of one file, defaults filled in."""

    file: str
    name: str
    body: Mapping[str, Json] = field(default_factory=dict)


def load_tests(folder: Path) -> tuple[list[RuleTest], list[Problem]]:
    """Every test under `folder`/tests, and every mistake in them."""
    tests: list[RuleTest] = []
    problems: list[Problem] = []
    for path in sorted((folder / "tests").glob("**/*.json")):
        file = path.relative_to(folder).as_posix()
        document = read_json(path, file, problems.append)
        faults: list[Fault] = []
        if document is not None:
            FILE.check(document, "", faults)
        problems += [Problem(file, fault.path.lstrip("."), fault.message, fault.code) for fault in faults]
        if document is not None and not faults:
            tests += _tests(file, document)
            problems += _missing(file, document)
    return tests, problems


def _tests(file: str, document: Json) -> Iterator[RuleTest]:
    shared = {name: value for name, value in document.items() if name in FIELDS}
    for number, own in enumerate(document["tests"], 1):
        body = {**shared, **own}
        yield RuleTest(file, body.get("name") or f"test {number}", body)


def _missing(file: str, document: Json) -> Iterator[Problem]:
    for i, own in enumerate(document["tests"]):
        for name in ("start", "expect", "rule"):
            if name not in own and name not in document:
                yield Problem(file, f"tests[{i}]", f'"{name}" is missing', "missing_field")


def test_schema_text() -> str:
    """The file rules/schema/test.schema.json."""
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Waypost rule tests",
        **FILE.schema(),
    }
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
