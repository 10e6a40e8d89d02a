"""The people of an account, page by page, and what those of a page did: from rows that are kept by account."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from waypost.store.sqlite import Tx
from waypost.store.usage import ACTIVE, EVER

__all__ = ["Member", "Use", "count_members", "last_uses", "members", "members_named", "uses"]


@dataclass(frozen=True, slots=True)
class Member:
    subject: str  # u:…
    name: str
    role: str


@dataclass(frozen=True, slots=True)
class Use:
    """A person did something of a name on a local day of the account; what an anonymous id did is its user's."""

    subject: str
    day: int
    name: int
    last_at: int


def members(tx: Tx, project_id: int, account: str, after: str, limit: int) -> list[Member]:
    """The next `limit` people of an account by id, from the one after `after`."""
    rows = tx.execute(
        "SELECT subject, name, role FROM person WHERE project_id=? AND account=? AND subject>? ORDER BY subject LIMIT ?",
        (project_id, account, after, limit),
    )
    return [Member(*row) for row in rows]


def members_named(tx: Tx, project_id: int, subjects: Sequence[str]) -> dict[str, Member]:
    """Subject -> what is known of that person."""
    rows = tx.execute(
        f"SELECT subject, name, role FROM person WHERE project_id=? AND subject IN ({_marks(subjects)})",
        (project_id, *subjects),
    )
    return {str(row[0]): Member(*row) for row in rows}


def count_members(tx: Tx, project_id: int, account: str) -> int:
    row = tx.execute("SELECT COUNT(*) FROM person WHERE project_id=? AND account=?", (project_id, account)).fetchone()
    return int(row[0])


def uses(tx: Tx, project_id: int, account: str, subjects: Sequence[str], since_day: int) -> list[Use]:
    """What these people did in the account from a local day on."""
    users = _users(tx, project_id, subjects)
    rows = tx.execute(
        "SELECT subject, day, name_id, last_at FROM usage_day WHERE project_id=? AND account=? AND day>=? "
        f"AND subject IN ({_marks(users)})",
        (project_id, account, max(since_day, EVER + 1), *users),
    )
    return [Use(users[row[0]], *row[1:]) for row in rows]


def last_uses(
    tx: Tx, project_id: int, account: str, subjects: Sequence[str], names: Collection[int] = (ACTIVE,)
) -> dict[str, int]:
    """Subject -> ms they last did any of these in the account, however long ago."""
    users = _users(tx, project_id, subjects)
    rows = tx.execute(
        f"SELECT subject, last_at FROM usage_day WHERE project_id=? AND account=? AND day=? "
        f"AND name_id IN ({_marks(names)}) AND subject IN ({_marks(users)})",
        (project_id, account, EVER, *names, *users),
    )
    found: dict[str, int] = {}
    for subject, last_at in rows:
        user = users[subject]
        found[user] = max(int(last_at), found.get(user, 0))
    return found


def _users(tx: Tx, project_id: int, subjects: Sequence[str]) -> dict[str, str]:
    """Whom events were received for -> whose they are: these people, and the anonymous ids that became them."""
    rows = tx.execute(
        f"SELECT anon, subject FROM link WHERE project_id=? AND subject IN ({_marks(subjects)})",
        (project_id, *subjects),
    )
    return {**{subject: subject for subject in subjects}, **dict(rows)}


def _marks(values: Collection[object]) -> str:
    return ", ".join("?" * len(values))
