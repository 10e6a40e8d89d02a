"""Whom each tip met, by UTC day and outcome: what the Tips page and the effect of a tip are counted from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from waypost.store.sqlite import Tx

__all__ = [
    "TEXT", "Met", "first_ghost", "first_records", "first_views", "note", "note_all", "outcomes_of_people", "reached",
    "set_test_user", "test_users", "texts_seen",
]  # fmt: skip

TEXT = "text:"  # and the variant, -1 the rule's own: the outcome of a view where texts are drawn

TEST_USER = ("", 0, "test_user")  # tip, day and outcome of a row that marks a test user


@dataclass(frozen=True, slots=True)
class Met:
    """One person and one tip: the first view, ghost and goal (ms, None = never). `linked`: some by an anonymous id."""

    person: str
    viewed: int | None
    ghost: int | None
    goal: int | None
    linked: bool

    @property
    def first(self) -> int:
        return min(at for at in (self.viewed, self.ghost) if at is not None)


def note(tx: Tx, project_id: int, tip: str, day: int, outcome: str, subject: str, at: int) -> None:
    """Remember that a person met an outcome of a tip on a day; the earliest time that day counts.

    Outcomes: eligible would_show viewed ghost clicked dismissed snoozed muted goal …, held:<reason code>, text:<variant>.
    """
    note_all(tx, project_id, [(tip, outcome)], day, subject, at)


def note_all(tx: Tx, project_id: int, met: Iterable[tuple[str, str]], day: int, subject: str, at: int) -> None:
    """The same for several (tip, outcome) at once."""
    tx.executemany(
        "INSERT INTO tip_day (project_id, tip, day, outcome, subject, at) VALUES (?,?,?,?,?,?) "
        "ON CONFLICT (project_id, tip, day, outcome, subject) DO UPDATE SET at=excluded.at WHERE excluded.at<at",
        [(project_id, tip, day, outcome, subject, at) for tip, outcome in met],
    )


def first_records(tx: Tx, project_id: int, tip: str) -> Iterator[Met]:
    """Everybody who saw the tip, or was kept from it in the control group. What an anonymous id met is its user's."""
    rows = tx.execute(
        "SELECT COALESCE(link.subject, met.subject) AS person, MIN(CASE outcome WHEN 'viewed' THEN at END), "
        "MIN(CASE outcome WHEN 'ghost' THEN at END), MIN(CASE outcome WHEN 'goal' THEN at END), "
        "MAX(link.subject IS NOT NULL) FROM tip_day AS met "
        "LEFT JOIN link ON link.project_id=met.project_id AND link.anon=met.subject "
        "WHERE met.project_id=? AND tip=? AND outcome IN ('viewed', 'ghost', 'goal') GROUP BY person",
        (project_id, tip),
    )
    found = (Met(row[0], row[1], row[2], row[3], bool(row[4])) for row in rows)
    return (met for met in found if met.viewed is not None or met.ghost is not None)


def texts_seen(tx: Tx, project_id: int, tip: str) -> Iterator[tuple[str, str, int]]:
    """(person, viewed | ghost | goal | text:<variant>, ms), person by person, each in the order of time."""
    rows = tx.execute(
        "SELECT COALESCE(link.subject, met.subject) AS person, outcome, at FROM tip_day AS met "
        "LEFT JOIN link ON link.project_id=met.project_id AND link.anon=met.subject "
        "WHERE met.project_id=? AND tip=? AND (outcome IN ('viewed', 'ghost', 'goal') OR outcome GLOB 'text:*') "
        "ORDER BY person, at",
        (project_id, tip),
    )
    return ((str(row[0]), str(row[1]), int(row[2])) for row in rows)


def first_views(tx: Tx, project_id: int) -> Iterator[tuple[str, str, int]]:
    """(tip, person, ms of their first view), tip by tip. What an anonymous id saw is its user's."""
    rows = tx.execute(
        "SELECT tip, COALESCE(link.subject, met.subject) AS person, MIN(at) FROM tip_day AS met "
        "LEFT JOIN link ON link.project_id=met.project_id AND link.anon=met.subject "
        "WHERE met.project_id=? AND outcome='viewed' GROUP BY tip, person ORDER BY tip",
        (project_id,),
    )
    return ((str(row[0]), str(row[1]), int(row[2])) for row in rows)


def outcomes_of_people(tx: Tx, project_id: int, after: int, until: int) -> Iterator[tuple[str, str, str, int]]:
    """(tip, person, outcome, ms) of the UTC days in (after, until], in the order of tips and people."""
    rows = tx.execute(
        "SELECT tip, COALESCE(link.subject, met.subject) AS person, outcome, at FROM tip_day AS met "
        "LEFT JOIN link ON link.project_id=met.project_id AND link.anon=met.subject "
        "WHERE met.project_id=? AND day>? AND day<=? ORDER BY tip, person",
        (project_id, after, until),
    )
    return ((str(row[0]), str(row[1]), str(row[2]), int(row[3])) for row in rows)


def reached(tx: Tx, project_id: int, tip: str, after: int, until: int) -> dict[str, int]:
    """Outcome -> people who met it with this tip on the UTC days in (after, until]."""
    rows = tx.execute(
        "SELECT outcome, COUNT(DISTINCT COALESCE(link.subject, met.subject)) FROM tip_day AS met "
        "LEFT JOIN link ON link.project_id=met.project_id AND link.anon=met.subject "
        "WHERE met.project_id=? AND tip=? AND day>? AND day<=? GROUP BY outcome",
        (project_id, tip, after, until),
    )
    return {str(row[0]): int(row[1]) for row in rows}


def first_ghost(tx: Tx, project_id: int, tip: str) -> int | None:
    """When somebody was first kept from the tip in a control group."""
    row = tx.execute(
        "SELECT MIN(at) FROM tip_day WHERE project_id=? AND tip=? AND outcome='ghost'", (project_id, tip)
    ).fetchone()
    return None if row[0] is None else int(row[0])


def set_test_user(tx: Tx, project_id: int, subject: str, *, test: bool) -> None:
    """Remember whether a person is a test user: whatever they met is never counted."""
    if test:
        note(tx, project_id, *TEST_USER, subject, 0)
    else:
        tx.execute(
            "DELETE FROM tip_day WHERE project_id=? AND tip=? AND day=? AND outcome=? AND subject=?",
            (project_id, *TEST_USER, subject),
        )


def test_users(tx: Tx, project_id: int) -> frozenset[str]:
    """Subjects of all test users; with them the users whom their anonymous ids became."""
    rows = tx.execute(
        "SELECT COALESCE(link.subject, met.subject) FROM tip_day AS met "
        "LEFT JOIN link ON link.project_id=met.project_id AND link.anon=met.subject "
        "WHERE met.project_id=? AND tip=? AND day=? AND outcome=?",
        (project_id, *TEST_USER),
    )
    return frozenset(str(row[0]) for row in rows)
