"""Small building blocks that say what JSON may look like: each can check a value and print its JSON Schema.

A check adds every mistake to `faults`, with the path below the checked value, and never raises.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from waypost.logic.guard import Fault, meant
from waypost.model import Json
from waypost.rules.durations import CALENDAR, ROLLING, duration, parse_span

__all__ = [
    "Anything", "Choice", "Dictionary", "Duration", "Flag", "Fraction", "ListOf", "Number", "Object", "OneOf", "Shape",
    "Text", "Words",
]  # fmt: skip


class Shape(Protocol):
    def check(self, value: Json, path: str, faults: list[Fault]) -> None: ...
    def schema(self) -> dict[str, Json]: ...


def _kind(value: Json) -> str:
    names = {dict: "an object", list: "a list", str: "a text", bool: "true or false", type(None): "null"}
    return names.get(type(value), "a number")


@dataclass(frozen=True)
class Text:
    """A text of 1 to `most` characters, or bytes. `fits` returns what is wrong with it, or ""."""

    most: int = 200
    pattern: str = ""
    says: str = ""  # what the pattern means, for people
    fits: Callable[[str], str] | None = None
    empty: bool = False
    about: str = ""
    in_bytes: bool = False

    def check(self, value: Json, path: str, faults: list[Fault]) -> None:
        if not isinstance(value, str):
            faults.append(Fault(path, f"a text is needed here, not {_kind(value)}", "wrong_type"))
        elif not value and not self.empty:
            faults.append(Fault(path, "this text is empty", "empty"))
        elif (size := len(value.encode("utf-8", "replace") if self.in_bytes else value)) > self.most:
            unit = "bytes" if self.in_bytes else "characters"
            faults.append(Fault(path, f"longer than {self.most} {unit} ({size})", "too_long"))
        elif self.pattern and not re.fullmatch(self.pattern, value, re.ASCII):
            faults.append(Fault(path, f'"{value}" is not {self.says}', "malformed"))
        elif self.fits and (wrong := self.fits(value)):
            faults.append(Fault(path, wrong, "malformed"))

    def schema(self) -> dict[str, Json]:
        made: dict[str, Json] = {"type": "string", "maxLength": self.most}
        if self.pattern:
            made["pattern"] = self.pattern
        if self.about:
            made["description"] = self.about
        return made


@dataclass(frozen=True)
class Duration:
    """ "90s", "7d"; with `calendar` also "7cd". At most `most` ms."""

    most: int
    calendar: bool = False
    only_calendar: bool = False
    about: str = ""

    def check(self, value: Json, path: str, faults: list[Fault]) -> None:
        example = '"14cd"' if self.only_calendar else '"90s", "30m", "2h", "7d"'
        example += ' or "7cd" (calendar days)' if self.calendar and not self.only_calendar else ""
        try:
            span = parse_span(value)
        except (ValueError, TypeError):
            faults.append(Fault(path, f"{value!r} is not a duration; write {example}", "bad_duration"))
            return
        if (span.days is not None and not self.calendar) or (span.days is None and self.only_calendar):
            faults.append(Fault(path, f'"{value}" does not fit here; write {example}', "bad_duration"))
        elif (span.ms or 0) > self.most or (span.days or 0) * 86_400_000 > self.most:
            faults.append(Fault(path, f'"{value}" is longer than {duration(self.most)}', "too_long"))

    def schema(self) -> dict[str, Json]:
        patterns = [] if self.only_calendar else [ROLLING]
        patterns += [CALENDAR] if self.calendar else []
        pattern = "|".join(f"({p})" for p in patterns) if len(patterns) > 1 else patterns[0]
        return {"type": "string", "pattern": pattern, **({"description": self.about} if self.about else {})}


@dataclass(frozen=True)
class Number:
    low: int
    high: int
    about: str = ""

    def check(self, value: Json, path: str, faults: list[Fault]) -> None:
        if isinstance(value, bool) or not isinstance(value, int):
            faults.append(Fault(path, f"a whole number is needed here, not {_kind(value)}", "wrong_type"))
        elif not self.low <= value <= self.high:
            faults.append(Fault(path, f"{value} is not between {self.low} and {self.high}", "out_of_range"))

    def schema(self) -> dict[str, Json]:
        made = {"type": "integer", "minimum": self.low, "maximum": self.high}
        return {**made, "description": self.about} if self.about else made


@dataclass(frozen=True)
class Fraction:
    low: float
    high: float
    about: str = ""

    def check(self, value: Json, path: str, faults: list[Fault]) -> None:
        if isinstance(value, bool) or not isinstance(value, int | float):
            faults.append(Fault(path, f"a number is needed here, not {_kind(value)}", "wrong_type"))
        elif not self.low <= value <= self.high:
            faults.append(Fault(path, f"{value} is not between {self.low} and {self.high}", "out_of_range"))

    def schema(self) -> dict[str, Json]:
        made: dict[str, Json] = {"type": "number", "minimum": self.low, "maximum": self.high}
        return {**made, "description": self.about} if self.about else made


@dataclass(frozen=True)
class Words:
    """One of a few words, or else what `other` takes."""

    words: Sequence[str]
    other: Shape
    about: str = ""

    def check(self, value: Json, path: str, faults: list[Fault]) -> None:
        if isinstance(value, str) and value in self.words:
            return
        if isinstance(value, str) and (hint := meant(value, self.words)):
            faults.append(Fault(path, f'"{value}" means nothing here{hint}', "not_a_choice"))
        else:
            self.other.check(value, path, faults)

    def schema(self) -> dict[str, Json]:
        made: dict[str, Json] = {"anyOf": [{"enum": list(self.words)}, self.other.schema()]}
        return {**made, "description": self.about} if self.about else made


@dataclass(frozen=True)
class Flag:
    only: bool | None = None
    about: str = ""

    def check(self, value: Json, path: str, faults: list[Fault]) -> None:
        if not isinstance(value, bool):
            faults.append(Fault(path, f"true or false is needed here, not {_kind(value)}", "wrong_type"))
        elif self.only is not None and value is not self.only:
            faults.append(Fault(path, f"only {str(self.only).lower()} means something here", "out_of_range"))

    def schema(self) -> dict[str, Json]:
        made: dict[str, Json] = {"type": "boolean"} if self.only is None else {"const": self.only}
        return {**made, "description": self.about} if self.about else made


@dataclass(frozen=True)
class Choice:
    """One of `values`; those in `later` are known but not available in this version."""

    values: Sequence[str]
    later: Sequence[str] = ()
    about: str = ""

    def check(self, value: Json, path: str, faults: list[Fault]) -> None:
        if value in self.values:
            return
        if value in self.later:
            faults.append(Fault(path, f'"{value}" is not available in this version', "not_available"))
            return
        listed = ", ".join(f'"{v}"' for v in self.values)
        hint = meant(value, [*self.values, *self.later]) if isinstance(value, str) else ""
        faults.append(Fault(path, f"{value!r} is not one of {listed}{hint}".replace("'", '"'), "not_a_choice"))

    def schema(self) -> dict[str, Json]:
        return {"enum": list(self.values), **({"description": self.about} if self.about else {})}


@dataclass(frozen=True)
class Object:
    """Named fields. `later`: names that are known but not available in this version."""

    fields: Mapping[str, Shape]
    required: Sequence[str] = ()
    later: Sequence[str] = ()
    about: str = ""
    one_of: Sequence[str] = ()  # exactly one of these

    def check(self, value: Json, path: str, faults: list[Fault]) -> None:
        if not isinstance(value, dict):
            faults.append(Fault(path, f"an object is needed here, not {_kind(value)}", "wrong_type"))
            return
        for name, inner in value.items():
            here = f"{path}.{name}"
            if name in self.fields:
                self.fields[name].check(inner, here, faults)
            elif name in self.later:
                faults.append(Fault(here, f'"{name}" is not available in this version', "not_available"))
            else:
                hint = meant(name, [*self.fields, *self.later])
                faults.append(Fault(here, f'unknown field "{name}"{hint}', "unknown_field"))
        for name in self.required:
            if name not in value:
                faults.append(Fault(path, f'"{name}" is missing', "missing_field"))
        if self.one_of and sum(name in value for name in self.one_of) != 1:
            listed = ", ".join(f'"{name}"' for name in self.one_of)
            faults.append(Fault(path, f"exactly one of {listed} is needed here", "not_one"))

    def schema(self) -> dict[str, Json]:
        made: dict[str, Json] = {
            "type": "object",
            "properties": {name: shape.schema() for name, shape in self.fields.items()},
            "additionalProperties": False,
        }
        if self.required:
            made["required"] = list(self.required)
        if self.one_of:
            made["oneOf"] = [{"required": [name]} for name in self.one_of]
        if self.about:
            made["description"] = self.about
        return made


@dataclass(frozen=True)
class Dictionary:
    """Any names that `key` accepts, each with a `value`."""

    key: Text
    value: Shape
    least: int = 0
    about: str = ""

    def check(self, value: Json, path: str, faults: list[Fault]) -> None:
        if not isinstance(value, dict):
            faults.append(Fault(path, f"an object is needed here, not {_kind(value)}", "wrong_type"))
            return
        if len(value) < self.least:
            faults.append(Fault(path, f"at least {self.least} entry is needed here", "empty"))
        for name, inner in value.items():
            self.key.check(name, f"{path}.{name}", faults)
            self.value.check(inner, f"{path}.{name}", faults)

    def schema(self) -> dict[str, Json]:
        return {
            "type": "object",
            "propertyNames": self.key.schema(),
            "additionalProperties": self.value.schema(),
            **({"minProperties": self.least} if self.least else {}),
            **({"description": self.about} if self.about else {}),
        }


@dataclass(frozen=True)
class ListOf:
    item: Shape
    least: int = 0
    most: int = 1_000
    about: str = ""
    says: str = ""  # what is wrong with any other number of entries

    def check(self, value: Json, path: str, faults: list[Fault]) -> None:
        if not isinstance(value, list):
            faults.append(Fault(path, f"a list is needed here, not {_kind(value)}", "wrong_type"))
            return
        if not self.least <= len(value) <= self.most:
            counted = f"{self.least} to {self.most} entries are needed here, not {len(value)}"
            faults.append(Fault(path, self.says or counted, "length"))
        for index, inner in enumerate(value[: self.most]):
            self.item.check(inner, f"{path}[{index}]", faults)

    def schema(self) -> dict[str, Json]:
        made = {"type": "array", "items": self.item.schema(), "minItems": self.least, "maxItems": self.most}
        return {**made, "description": self.about} if self.about else made


@dataclass(frozen=True)
class OneOf:
    """Picked by the JSON type of the value: {str: Text(…), list: ListOf(…), dict: Object(…)}."""

    shapes: Mapping[type, Shape] = field(default_factory=dict)
    says: str = ""
    about: str = ""

    def check(self, value: Json, path: str, faults: list[Fault]) -> None:
        shape = self.shapes.get(type(value))
        if shape is None:
            faults.append(Fault(path, f"{self.says} is needed here, not {_kind(value)}", "wrong_type"))
        else:
            shape.check(value, path, faults)

    def schema(self) -> dict[str, Json]:
        made: dict[str, Json] = {"anyOf": [shape.schema() for shape in self.shapes.values()]}
        return {**made, "description": self.about} if self.about else made


@dataclass(frozen=True)
class Anything:
    """Checked elsewhere; in the schema a reference or nothing."""

    ref: str = ""
    about: str = ""

    def check(self, value: Json, path: str, faults: list[Fault]) -> None:
        return None

    def schema(self) -> dict[str, Json]:
        made: dict[str, Json] = {"$ref": self.ref} if self.ref else {}
        return {**made, "description": self.about} if self.about else made
