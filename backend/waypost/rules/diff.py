"""What differs between two documents, place by place: paths as in every complaint about a rule."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

from waypost.model import Json

__all__ = ["Change", "changes"]


@dataclass(frozen=True, slots=True)
class Change:
    """`what`: added, removed or changed. `old` and `new` are None where there is none."""

    path: str
    what: str
    old: Json = None
    new: Json = None

    def line(self) -> str:
        """ "trigger.when.did.min: 3 → 5", "+ goal: true", "- note: "why"" """
        if self.what == "added":
            return f"+ {self.path}: {_text(self.new)}"
        if self.what == "removed":
            return f"- {self.path}: {_text(self.old)}"
        return f"{self.path}: {_text(self.old)} → {_text(self.new)}"


def changes(old: Json, new: Json, path: str = "") -> Iterator[Change]:
    """Every place where `new` is not as `old`, in the order of `old`, then what only `new` has."""
    if isinstance(old, dict) and isinstance(new, dict):
        names = [*old, *(name for name in new if name not in old)]
        for name in names:
            yield from _at(old, new, name, f"{path}.{name}" if path else str(name))
    elif isinstance(old, list) and isinstance(new, list):
        before, after = dict(enumerate(old)), dict(enumerate(new))
        for index in range(max(len(old), len(new))):
            yield from _at(before, after, index, f"{path}[{index}]")
    elif type(old) is not type(new) or old != new:
        yield Change(path, "changed", old, new)


def _at(old: dict[Json, Json], new: dict[Json, Json], name: Json, path: str) -> Iterator[Change]:
    if name not in new:
        yield Change(path, "removed", old=old[name])
    elif name not in old:
        yield Change(path, "added", new=new[name])
    else:
        yield from changes(old[name], new[name], path)


def _text(value: Json) -> str:
    return json.dumps(value, ensure_ascii=False)
