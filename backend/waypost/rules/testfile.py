"""Rule tests as files, rules/tests/*.json: a history, and what must come of it. Checked like rules, printed as schema.

A file holds `tests`; whatever stands beside them is the default of each.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from waypost.errors import Problem
from waypost.logic.guard import Fault, meant
from waypost.model import DAY, Json
from waypost.rules.document import KEYS, ROUTE_TEXT
from waypost.rules.durations import parse_ms
from waypost.rules.escalate import SUFFIX
from waypost.rules.load import load_folder, read_json
from waypost.rules.operators import NAME, OUTCOMES
from waypost.rules.shape import Anything, Choice, Dictionary, Duration, Flag, ListOf, Number, Object, Shape, Text
from waypost.settings import LIMITS

__all__ = ["RuleTest", "instant_ms", "load_tests", "local_ms", "test_schema_text"]

_PART = re.compile(r"(\d+)(ms|s|m|h|d)")
_OFFSET = r"-?(\d{1,9}(ms|s|m|h|d))+"
_LOCAL = r"\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{3})?)?)?"
_is_offset = re.compile(_OFFSET + r"\Z")
FARTHEST = 4_000 * DAY  # from the start
YEARS = range(2000, 2101)


def instant_ms(text: str, start: int, zone: ZoneInfo) -> int:
    """The instant (ms) of "-2d12h" from the start, or of the local "2026-01-05T09:00"."""
    if _is_offset.match(text):
        total = sum(parse_ms(number + unit) for number, unit in _PART.findall(text))
        return start + (-total if text.startswith("-") else total)
    return local_ms(text, zone)


def local_ms(text: str, zone: ZoneInfo) -> int:
    return round(datetime.fromisoformat(text).replace(tzinfo=zone).timestamp() * 1000)


def _moment(text: str) -> str:
    if not _is_offset.match(text):
        return _local(text)
    return "" if abs(instant_ms(text, 0, ZoneInfo("UTC"))) <= FARTHEST else f'"{text}" is farther than 4000 days'


def _local(text: str) -> str:
    try:
        year = datetime.fromisoformat(text).year
    except ValueError:
        return f'there is no day or time "{text}"'
    return "" if year in YEARS else f'"{text}" is not between {YEARS[0]} and {YEARS[-1]}'


def _zone(text: str) -> str:
    with suppress(ZoneInfoNotFoundError, ValueError, OSError):
        ZoneInfo(text)
        return ""
    known = available_timezones()
    close = meant(text, known) or meant(text.rpartition("/")[2], [name.rpartition("/")[2] for name in known])
    return f'there is no time zone "{text}"{close or "; write one such as Europe/Berlin"}'


AT = Text(
    60,
    f"^({_OFFSET}|{_LOCAL})$",
    'a time from the start such as "2d12h" or "-30d", or a local time such as "2026-01-05T09:00"',
    fits=_moment,
    about='From `start` on: "0s", "2d12h", "-30d" (a day is 24 hours); or a local time "2026-01-05T09:00".',
)
START = Text(
    23,
    f"^{_LOCAL}$",
    'a local time such as "2026-01-05T09:00"',
    fits=_local,
    about='The local time from which "2d12h" counts.',
)
ZONE = Text(64, fits=_zone, about="An IANA name such as Europe/Berlin; UTC when left out.")
TRAITS = Dictionary(Text(LIMITS.name_chars), Anything())
SINCE = Text(60, AT.pattern, AT.says, fits=_moment, about="When they were first seen; at the start when left out.")
SOMEBODY = Text(LIMITS.id_chars, about="Somebody else, of the same account; the test's user when left out.")
ANOTHER = Text(LIMITS.id_chars, about="Another account; the test's when left out.")
WHO = Object({"id": KEYS, "traits": TRAITS, "since": SINCE}, ["id"])
RULE = Text(100, about="The rule that is meant; the task that a tip escalates to is <tip>:escalation.")
EVENT = Object(
    {
        "at": AT,
        "event": NAME,
        "page": ROUTE_TEXT,
        "tip": Text(80, about="The id of a tip that this person met."),
        "did": Choice(
            (*OUTCOMES, "snoozed", "muted", "answered"), about="What came of the tip; viewed when left out."
        ),
        "score": Number(-1_000, 1_000, "What they answered to a survey."),
        "traits": TRAITS,
        "account_traits": TRAITS,
        "props": TRAITS,
        "user": SOMEBODY,
        "account": ANOTHER,
        "times": Number(1, 1_000, "So many times."),
        "every": Duration(LIMITS.last_ms, about="From one to the next; 1m when left out."),
        "server": Flag(True, "Sent by a server: it does not count as use of the app."),
        "arrives": Text(
            60, AT.pattern, AT.says, fits=_moment, about="When it reaches us, if later than it happened."
        ),
    },
    ["at"],
    one_of=["event", "page", "tip", "traits", "account_traits"],
)
EXPECT = Object(
    {
        "at": AT,
        "rule": RULE,
        "shows": Flag(None, "The server offers the tip then."),
        "because": Text(80, about="With shows false: the reason code that holds it back, such as cap_session."),
        "opens": Flag(None, "A task of the alert has opened by then and has not closed."),
        "user": SOMEBODY,
        "account": ANOTHER,
        "page": Text(
            300, fits=ROUTE_TEXT.fits, about="The page they look at; the last one they opened when left out."
        ),
        "placements": ListOf(Text(500), 0, 50, "The anchors that are on the page; unknown when left out."),
        "locale": Text(20),
    },
    ["at"],
    one_of=["shows", "opens"],
)
FIELDS: dict[str, Shape] = {
    "name": Text(200, about="What this test shows, as a sentence."),
    "rule": RULE,
    "start": START,
    "timezone": ZONE,
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

    @property
    def rules(self) -> set[str]:
        """The rules it says something of."""
        return {str(one.get("rule") or self.body.get("rule")) for one in self.body["expect"]}


def load_tests(folder: Path) -> tuple[list[RuleTest], list[Problem]]:
    """Every test under `folder`/tests, and every mistake in them. The tests of a file with mistakes are left out."""
    tests: list[RuleTest] = []
    problems: list[Problem] = []
    kinds: dict[str, str] = {}
    for document in load_folder(folder).documents.values():
        if isinstance(document.get("id"), str):
            kinds[document["id"]] = str(document.get("kind", "tip"))
            if kinds[document["id"]] != "alert" and "alert" in document:
                kinds[document["id"] + SUFFIX] = "alert"
    for path in sorted((folder / "tests").glob("**/*.json")):
        file = path.relative_to(folder).as_posix()
        document = read_json(path, file, problems.append)
        if document is None:
            continue
        faults: list[Fault] = []
        FILE.check(document, "", faults)
        faults += _Reader(document, kinds).faults()
        problems += [Problem(file, fault.path.lstrip("."), fault.message, fault.code) for fault in faults]
        if not faults:
            tests += _tests(file, document)
    return tests, problems


def _tests(file: str, document: Json) -> Iterator[RuleTest]:
    for number, own in enumerate(document["tests"], 1):
        body = _whole(document, own)
        body.setdefault("rule", body["expect"][0].get("rule"))
        yield RuleTest(file, body.get("name") or f"test {number}", body)


def _whole(document: Json, own: Json) -> dict[str, Json]:
    """A test with the defaults that stand beside it."""
    return {**{name: value for name, value in document.items() if name in FIELDS}, **own}


class _Reader:
    """What no single field of a test file can tell. Fields of a wrong shape are passed over: FILE has said so."""

    def __init__(self, document: Json, kinds: Mapping[str, str]) -> None:
        self.document, self.kinds = document, kinds

    def faults(self) -> Iterator[Fault]:
        """Each mistake once, also when many tests share the place of it."""
        tests = enumerate(_objects(self.document.get("tests")))
        yield from dict.fromkeys(fault for i, own in tests for fault in self._test(own, f"tests[{i}]"))

    def _test(self, own: Json, path: str) -> Iterator[Fault]:
        body = _whole(self.document, own)
        for name in ("start", "expect"):
            if name not in body:
                yield Fault(path, f'"{name}" is missing', "missing_field")
        within = {name: f"{path}.{name}" if name in own else name for name in body}
        if isinstance(body.get("rule"), str):
            yield from self._known(body["rule"], within["rule"], "rule")
        for i, event in enumerate(_objects(body.get("events"))):
            yield from self._event(event, f"{within['events']}[{i}]", body)
        for i, one in enumerate(_objects(body.get("expect"))):
            yield from self._expectation(one, f"{within['expect']}[{i}]", body)

    def _known(self, name: str, path: str, noun: str) -> Iterator[Fault]:
        if name not in self.kinds:
            yield Fault(path, f'there is no {noun} "{name}" in tips/{meant(name, self.kinds)}', "unknown")

    def _event(self, event: Json, path: str, body: Json) -> Iterator[Fault]:
        if isinstance(event.get("tip"), str):
            yield from self._known(event["tip"], f"{path}.tip", "tip")
        for name, needs in (("did", "tip"), ("score", "tip"), ("every", "times")):
            if name in event and needs not in event:
                yield Fault(f"{path}.{name}", f'"{name}" means nothing without "{needs}"', "useless")
        if "score" in event and "tip" in event and event.get("did") != "answered":
            yield Fault(f"{path}.score", 'a score is part of an answer; add "did": "answered"', "useless")
        for name in ("props", "server"):
            if name in event and not event.keys() & {"event", "page"}:
                yield Fault(f"{path}.{name}", f'"{name}" belongs to an event or a page', "useless")
        happened, arrived = (
            _instant(event.get(name), body) if "arrives" in event else None for name in ("at", "arrives")
        )
        if happened is not None and arrived is not None and arrived < happened:
            yield Fault(f"{path}.arrives", "it cannot arrive before it happens", "out_of_range")

    def _expectation(self, one: Json, path: str, body: Json) -> Iterator[Fault]:
        rule = one.get("rule") or body.get("rule")
        if rule is None:
            yield Fault(path, '"rule" is missing, here and above', "missing_field")
        if isinstance(one.get("rule"), str):
            yield from self._known(one["rule"], f"{path}.rule", "rule")
        kind = self.kinds.get(rule) if isinstance(rule, str) else None
        if "opens" in one:
            if kind not in (None, "alert"):
                yield Fault(f"{path}.opens", f'"{rule}" is no alert and opens no task; write shows', "useless")
            for name in ("because", "page", "placements", "locale"):
                if name in one:
                    yield Fault(f"{path}.{name}", f'"{name}" means nothing beside opens', "useless")
        elif "shows" in one:
            if kind == "alert":
                yield Fault(f"{path}.shows", f'"{rule}" is an alert, which nobody is shown; write opens', "useless")
            if "because" in one and one["shows"] is True:
                yield Fault(f"{path}.because", '"because" goes with "shows": false', "useless")


def _objects(value: Json) -> list[dict[str, Json]]:
    return [item if isinstance(item, dict) else {} for item in value] if isinstance(value, list) else []


def _instant(text: Json, body: Json) -> int | None:
    """When that is, if all that it takes to know is right."""
    wrong: list[Fault] = []
    AT.check(text, "", wrong)
    START.check(body.get("start"), "", wrong)
    ZONE.check(body.get("timezone", "UTC"), "", wrong)
    if wrong:
        return None
    zone = ZoneInfo(body.get("timezone", "UTC"))
    return instant_ms(text, local_ms(body["start"], zone), zone)


def test_schema_text() -> str:
    """The file rules/schema/test.schema.json."""
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Waypost rule tests",
        **FILE.schema(),
    }
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
