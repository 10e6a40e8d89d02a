"""Checklists for the CSM's side, checklists/*.json: what is to be done with an account, in order, and by when."""

from __future__ import annotations

from collections.abc import Mapping

from waypost.errors import Problem
from waypost.logic.guard import Fault, check_values
from waypost.model import DAY, Json
from waypost.rules.document import ID, LOCALE
from waypost.rules.shape import Dictionary, Duration, ListOf, Object, Text
from waypost.settings import LIMITS

__all__ = ["check_checklists", "templates"]

WORDS = Dictionary(LOCALE, Text(300), least=1)
CHECKLIST = Object(
    {
        "$schema": Text(500),
        "id": ID,
        "name": WORDS,
        "items": ListOf(
            Object({"id": ID, "text": WORDS, "due": Duration(366 * DAY)}, ["id", "text"]), 1, LIMITS.checklist_items
        ),
    },
    ["id", "name", "items"],
)


def check_checklists(documents: Mapping[str, Json]) -> list[Problem]:
    """Every mistake in every template, by file."""
    problems: list[Problem] = []
    files: dict[str, str] = {}
    for file, document in documents.items():
        faults = check_values(document)
        if not faults:
            CHECKLIST.check(document, "", faults)
        if not faults:
            faults += _doubles(document, files.setdefault(document["id"], file), file)
        problems += [Problem(file, fault.path.lstrip("."), fault.message, fault.code) for fault in faults]
    return problems


def _doubles(document: Json, first: str, file: str) -> list[Fault]:
    found = []
    if first != file:
        found.append(Fault("id", f'"{document["id"]}" is the id of {first} too', "duplicate_id"))
    seen: set[str] = set()
    for i, item in enumerate(document["items"]):
        if item["id"] in seen:
            found.append(Fault(f"items[{i}].id", f'"{item["id"]}" is the id of another item too', "duplicate_id"))
        seen.add(item["id"])
    return found


def templates(documents: Mapping[str, Json]) -> dict[str, Json]:
    """The templates without mistakes, by id."""
    return {document["id"]: document for document in documents.values()}
