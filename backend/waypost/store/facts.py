"""One row a subject: the facts blob and the plan it was folded under."""

from __future__ import annotations

from collections.abc import Iterator

from waypost.store.sqlite import Tx

__all__ = [
    "count_outdated",
    "facts_from",
    "load_facts",
    "outdated_subjects",
    "save_facts",
    "subjects",
    "subjects_like",
]


def load_facts(tx: Tx, project_id: int, subject: str) -> tuple[str, bytes] | None:
    """(plan fingerprint, blob), or None for a subject never seen."""
    row = tx.execute(
        "SELECT plan, body FROM facts WHERE project_id=? AND subject=?", (project_id, subject)
    ).fetchone()
    return None if row is None else (str(row[0]), bytes(row[1]))


def save_facts(tx: Tx, project_id: int, subject: str, plan: str, body: bytes) -> None:
    tx.execute(
        "INSERT INTO facts (project_id, subject, plan, body) VALUES (?,?,?,?) "
        "ON CONFLICT (project_id, subject) DO UPDATE SET plan=excluded.plan, body=excluded.body",
        (project_id, subject, plan, body),
    )


def facts_from(tx: Tx, project_id: int, prefix: str) -> Iterator[bytes]:
    """The blobs of all subjects of a name space (u:, a: or g:)."""
    rows = tx.execute(
        "SELECT body FROM facts WHERE project_id=? AND subject>=? AND subject<?",
        (project_id, prefix, prefix[:-1] + chr(ord(prefix[-1]) + 1)),
    )
    return (bytes(row[0]) for row in rows)


def count_outdated(tx: Tx, project_id: int, plan: str) -> int:
    """How many subjects wait for their facts to be folded under this set of rules."""
    row = tx.execute("SELECT COUNT(*) FROM facts WHERE project_id=? AND plan<>?", (project_id, plan)).fetchone()
    return int(row[0])


def subjects(tx: Tx, project_id: int, after: str = "", limit: int = 1_000_000) -> list[str]:
    """Subject keys in order, from the one after `after`."""
    rows = tx.execute(
        "SELECT subject FROM facts WHERE project_id=? AND subject>? ORDER BY subject LIMIT ?",
        (project_id, after, limit),
    )
    return [str(row[0]) for row in rows]


def subjects_like(tx: Tx, project_id: int, prefix: str, limit: int) -> list[str]:
    """Subject keys that begin so, in order."""
    rows = tx.execute(
        "SELECT subject FROM facts WHERE project_id=? AND subject>=? AND subject<? ORDER BY subject LIMIT ?",
        (project_id, prefix, prefix + chr(0x10FFFF), limit),
    )
    return [str(row[0]) for row in rows]


def outdated_subjects(tx: Tx, project_id: int, plan: str, after: str, limit: int) -> list[str]:
    """Subjects whose facts were folded under another set of rules, in order, from the one after `after`."""
    rows = tx.execute(
        "SELECT subject FROM facts WHERE project_id=? AND subject>? AND plan<>? ORDER BY subject LIMIT ?",
        (project_id, after, plan, limit),
    )
    return [str(row[0]) for row in rows]
