"""What a visit to the sample app looks like: pages and events with the pauses between them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any

from waypost.demo.people import Person

__all__ = ["ANCHORS", "Step", "ticket", "visit"]

SECOND = 1_000
TICKETS = 0.03  # of the visits
SEVERE = 0.15  # of the tickets
TOPICS = {"exports": "export", "reports": "reports", "import": "import", "errors": "billing", "cards": "board"}
ANCHORS = {
    "/board/:id": ["[data-waypost=row-select]", "[data-waypost=save-view]"],
    "/reports": ["[data-waypost=export]"],
    "/reports/:id": ["[data-waypost=export]", "[data-waypost=share]"],
    "/settings": ["[data-waypost=form-errors]"],
}


@dataclass(frozen=True, slots=True)
class Step:
    """One thing done: a page opened (`event` empty) or an event tracked, after a pause in ms."""

    route: str
    event: str = ""
    props: dict[str, Any] = field(default_factory=dict)
    pause: int = 8 * SECOND


def visit(person: Person, rng: Random, visit_id: str) -> Iterator[Step]:
    """The steps of one visit. `visit_id` makes the ids in it its own."""
    yield Step("/board/:id")
    jobs = [rng.choice(person.habits) for _ in range(rng.randint(1, 2))]
    for job in jobs:
        yield from JOBS[job](rng, visit_id)


def ticket(person: Person, visit_id: str) -> Step | None:
    """A request to support at the end of some visits, mostly about what the person comes for. Its luck is its own."""
    rng = Random(f"ticket {visit_id}")  # noqa: S311 - a demo, not a secret
    if rng.random() >= TICKETS:
        return None
    habit = person.habits[0] if rng.random() < 0.7 else rng.choice(sorted(TOPICS))
    props = {"topic": TOPICS.get(habit, "account")}
    pause = _pause(rng)
    severity = "high" if rng.random() < SEVERE else "low"
    return Step("/board/:id", "ticket_opened", {**props, "ticket_id": visit_id, "severity": severity}, pause)


def _pause(rng: Random) -> int:
    return rng.randint(4, 40) * SECOND


def _cards(rng: Random, visit_id: str) -> Iterator[Step]:
    many = rng.random() < 0.12
    for i in range(rng.randint(5, 7) if many else rng.randint(1, 3)):
        props = {"card_id": f"{visit_id}-{i}", "field": rng.choice(["status", "who", "priority"])}
        yield Step("/board/:id", "card_edited", props, _pause(rng))
    if rng.random() < 0.3:
        yield Step("/board/:id", "task_created", {"card_id": visit_id}, _pause(rng))
    if rng.random() < 0.04:
        yield Step("/board/:id", "bulk_edit_used", {"cards": rng.randint(3, 9)}, _pause(rng))


def _filters(rng: Random, _visit_id: str) -> Iterator[Step]:
    yield Step("/board/:id", "filter_applied", {"field": rng.choice(["who", "priority", "overdue"])}, _pause(rng))
    if rng.random() < 0.05:
        yield Step("/board/:id", "view_saved", {}, _pause(rng))


def _reports(rng: Random, _visit_id: str) -> Iterator[Step]:
    report = rng.randint(1, 3)
    yield Step("/reports")
    yield Step("/reports/:id", "", {}, _pause(rng))
    yield Step("/reports/:id", "report_opened", {"report_id": report}, 1 * SECOND)
    if rng.random() < 0.5:
        yield Step("/reports/:id", "report_filtered", {"report_id": report}, _pause(rng))
        if rng.random() < 0.4:
            yield Step("/reports/:id", "report_shared", {"report_id": report}, _pause(rng))


def _exports(rng: Random, _visit_id: str) -> Iterator[Step]:
    yield Step("/reports")
    for _ in range(rng.choice([1, 1, 2])):
        props = {"report_id": rng.randint(1, 3), "format": "csv", "rows": rng.randint(8, 60)}
        yield Step("/reports", "report_exported", props, _pause(rng))


def _import(rng: Random, visit_id: str) -> Iterator[Step]:
    if rng.random() < 0.6:
        yield from _cards(rng, visit_id)
        return
    props = {"import_id": f"imp-{visit_id}"}
    yield Step("/import")
    yield Step("/import", "import_started", {**props, "rows": rng.randint(5, 80)}, _pause(rng))
    if rng.random() < 0.55:
        yield Step("/import", "import_mapped", {**props, "columns": 3}, _pause(rng))
        yield Step("/import", "import_completed", props, _pause(rng))


def _errors(rng: Random, _visit_id: str) -> Iterator[Step]:
    yield Step("/settings")
    for _ in range(rng.randint(1, 3)):
        yield Step("/settings", "form_error", {"form_id": "company", "fields": "vat"}, _pause(rng))
    if rng.random() < 0.5:
        yield Step("/settings", "form_saved", {"form_id": "company"}, _pause(rng))


def _look(rng: Random, _visit_id: str) -> Iterator[Step]:
    yield Step("/reports", pause=_pause(rng))
    yield Step("/board/:id", pause=_pause(rng))


JOBS = {
    "cards": _cards, "filters": _filters, "reports": _reports, "exports": _exports, "import": _import,
    "errors": _errors, "look": _look,
}  # fmt: skip
