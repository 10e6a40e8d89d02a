"""Read a folder of rules: tips/*.json (one rule a file), checklists/*.json, chains.json, segments.json, project.json."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from waypost.errors import Problem
from waypost.model import Json
from waypost.settings import LIMITS

__all__ = ["Loaded", "load_folder", "read_json"]


class Loaded(msgspec.Struct):
    """What a folder holds. `documents` and `checklists` are keyed by file ("tips/export.json")."""

    documents: dict[str, Json] = {}
    chains: Json = {}
    segments: Json = {}
    project: Json = {}
    problems: list[Problem] = []
    checklists: dict[str, Json] = {}


def load_folder(folder: Path) -> Loaded:
    """Read everything; what cannot be read is a problem, never an exception."""
    loaded = Loaded()
    if not folder.is_dir():
        loaded.problems.append(Problem(str(folder), "", "there is no such folder of rules", "no_folder"))
        return loaded
    paths = sorted([*folder.glob("tips/**/*.json"), *folder.glob("checklists/*.json"), *folder.glob("*.json")])
    for path in paths:
        name = path.relative_to(folder).as_posix()
        document = read_json(path, name, loaded.problems.append)
        if document is None:
            continue
        if name in ("chains.json", "segments.json", "project.json"):
            setattr(loaded, name.removesuffix(".json"), document)
        elif name.startswith("checklists/"):
            loaded.checklists[name] = document
        else:
            loaded.documents[name] = document
    return loaded


def read_json(path: Path, name: str, report: Callable[[Problem], Any]) -> Json:
    """The JSON of a file, or None after reporting why not."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        report(Problem(name, "", f"cannot be read: {error.strerror}", "unreadable"))
        return None
    if len(raw) > LIMITS.rule_bytes:
        report(Problem(name, "", f"larger than {LIMITS.rule_bytes // 1024} KiB", "too_large"))
        return None
    try:
        document = msgspec.json.decode(raw)
    except (msgspec.DecodeError, RecursionError) as error:
        report(Problem(name, "", f"not JSON: {error}{_place(raw, str(error))}", "not_json"))
        return None
    if not isinstance(document, dict):
        report(Problem(name, "", "a JSON object is needed", "wrong_type"))
        return None
    return document


def _place(raw: bytes, error: str) -> str:
    """ " (line 3, column 7)" from the byte that the decoder names."""
    _, _, byte = error.rpartition("byte ")
    digits = byte.rstrip(")")
    if not digits.isdigit():
        return ""
    lines = raw[: int(digits)].split(b"\n")
    return f" (line {len(lines)}, column {len(lines[-1]) + 1})"
