"""Find a person as one types: by the beginning of an id, or by a name among those who came lately."""

from __future__ import annotations

from typing import Any

from waypost.insight.people import person
from waypost.model import USER
from waypost.store.events import lately
from waypost.store.facts import subjects_like
from waypost.store.sqlite import Tx

__all__ = ["people_like"]

SHOWN = 10
LATELY = 100  # people whose names are looked at


def people_like(tx: Tx, project_id: int, typed: str) -> list[dict[str, Any]]:
    """subject, user_id, name, account: ids that begin so first, then names that hold every word."""
    text = typed.strip()
    by_id = subjects_like(tx, project_id, USER + text, SHOWN) if text else []
    words, found = text.lower().split(), [person(tx, project_id, subject) for subject in by_id]
    for subject in lately(tx, project_id, LATELY):
        if len(found) >= SHOWN:
            break
        if subject in by_id:
            continue
        one = person(tx, project_id, subject)
        said = f"{one['user_id']} {one['name'] or ''} {one['account'] or ''}".lower()
        if all(word in said for word in words):
            found.append(one)
    return found
