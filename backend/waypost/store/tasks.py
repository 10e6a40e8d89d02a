"""CSM tasks, and the index of instants at which an alert may become true by time alone."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import msgspec

from waypost.model import Json
from waypost.store.accounts import touch
from waypost.store.sqlite import Tx

__all__ = [
    "DONE", "Spell", "StoredTask", "add_task", "change_task", "count_open", "count_tasks", "drop_due", "due_subjects", "due_tasks",
    "has_key", "latest_task", "list_tasks", "open_by_account", "open_rules", "set_due", "spells", "task_by_id",
    "tasks_of_account", "wake_snoozed",
]  # fmt: skip

COLUMNS = (
    "id", "rule_id", "subject", "account", "state", "opened_at", "noticed_at", "closed_at", "closed_by", "outcome",
    "snoozed_until", "due_at", "severity", "owner", "title", "body", "context", "still_true", "opened_by", "taken_at",
    "taken_by", "reacted_at", "outcome_code",
)  # fmt: skip
_SELECT = f"SELECT {', '.join(COLUMNS)} FROM task WHERE project_id=? "
DONE = ("done", "closed")
UNDATED = 1 << 52  # ms: after every deadline
_PLACE = "CASE state WHEN 'open' THEN COALESCE(due_at, ? + opened_at) WHEN 'snoozed' THEN snoozed_until ELSE -closed_at END"


@dataclass(frozen=True, slots=True)
class StoredTask:
    """One task. `title` and `body`: language -> text. `still_true`: the alert has not been false since opening."""

    id: int
    rule_id: str
    subject: str
    account: str | None
    state: str  # open snoozed done closed
    opened_at: int
    noticed_at: int
    closed_at: int | None
    closed_by: str
    outcome: str
    snoozed_until: int | None
    due_at: int | None
    severity: str
    owner: str
    title: dict[str, str]
    body: dict[str, str]
    context: dict[str, Json]
    still_true: bool
    opened_by: str  # rule person tip
    taken_at: int | None
    taken_by: str
    reacted_at: int | None  # the first that a person did with it
    outcome_code: str

    @property
    def active(self) -> bool:
        return self.state not in DONE

    @property
    def place(self) -> tuple[int, int]:
        """Where it stands in a list: by deadline, by the day it comes back, or the last done first."""
        if self.state == "open":
            return UNDATED + self.opened_at if self.due_at is None else self.due_at, self.id
        return (self.snoozed_until or 0) if self.state == "snoozed" else -(self.closed_at or 0), self.id


@dataclass(frozen=True, slots=True)
class Spell:
    """The instants of one task, for how long it took."""

    owner: str
    rule_id: str
    opened_at: int
    due_at: int | None
    reacted_at: int | None
    closed_at: int | None
    closed_by: str


def _task(row: Any) -> StoredTask:
    values = dict(zip(COLUMNS, row, strict=True))
    for name in ("title", "body", "context"):
        values[name] = msgspec.json.decode(values[name])
    values["still_true"] = bool(values["still_true"])
    return StoredTask(**values)


def add_task(tx: Tx, project_id: int, **values: Json) -> int:
    """Insert a task; `title`, `body` and `context` as objects. Returns its id."""
    stored = {k: msgspec.json.encode(v).decode() if isinstance(v, dict) else v for k, v in values.items()}
    empty = dict.fromkeys(("closed_by", "outcome", "taken_by", "outcome_code"), "")
    stored = {**empty, "state": "open", "still_true": 1, "opened_by": "rule", **stored}
    names = ", ".join(stored)
    marks = ", ".join("?" * len(stored))
    cursor = tx.execute(f"INSERT INTO task (project_id, {names}) VALUES (?, {marks})", (project_id, *stored.values()))
    assert cursor.lastrowid is not None
    if values.get("account"):
        touch(tx, project_id, [values["account"]])
    return cursor.lastrowid


def change_task(tx: Tx, project_id: int, task_id: int, **values: Json) -> None:
    changes = ", ".join(f"{name}=?" for name in values)
    tx.execute(f"UPDATE task SET {changes} WHERE project_id=? AND id=?", (*values.values(), project_id, task_id))
    if "state" in values:
        row = tx.execute("SELECT account FROM task WHERE project_id=? AND id=?", (project_id, task_id)).fetchone()
        touch(tx, project_id, [row[0]] if row and row[0] else [])


def open_by_account(tx: Tx, project_id: int) -> dict[str, dict[str, int]]:
    """Account -> severity -> open tasks."""
    found: dict[str, dict[str, int]] = {}
    for account, severity, number in tx.execute(
        "SELECT account, severity, COUNT(*) FROM task WHERE project_id=? AND state='open' AND account IS NOT NULL "
        "GROUP BY account, severity",
        (project_id,),
    ):
        found.setdefault(str(account), {})[str(severity)] = int(number)
    return found


def latest_task(tx: Tx, project_id: int, rule_id: str, subject: str) -> StoredTask | None:
    """The latest episode of an alert for one subject."""
    row = tx.execute(
        _SELECT + "AND rule_id=? AND subject=? ORDER BY id DESC LIMIT 1", (project_id, rule_id, subject)
    ).fetchone()
    return None if row is None else _task(row)


def has_key(tx: Tx, project_id: int, rule_id: str, subject: str, key: Json) -> bool:
    """Whether this alert has opened a task for this key of this subject before."""
    rows = tx.execute(
        "SELECT context FROM task WHERE project_id=? AND rule_id=? AND subject=?", (project_id, rule_id, subject)
    )
    return any(msgspec.json.decode(row[0]).get("key") == key for row in rows)


def task_by_id(tx: Tx, project_id: int, task_id: int) -> StoredTask | None:
    row = tx.execute(_SELECT + "AND id=?", (project_id, task_id)).fetchone()
    return None if row is None else _task(row)


def list_tasks(
    tx: Tx,
    project_id: int,
    states: Collection[str],
    limit: int = 500,
    *,
    owner: str | None = None,
    account: str | None = None,
    subject: str | None = None,
    rule: str | None = None,
    overdue_at: int | None = None,
    after: tuple[int, int] | None = None,
) -> list[StoredTask]:
    """Tasks in these states by their place, from the one after `after`. `overdue_at`: those whose deadline was past then."""
    where, values = [f"state IN ({', '.join('?' * len(states))})"], list[Json](states)
    for column, value in (("owner", owner), ("account", account), ("subject", subject), ("rule_id", rule)):
        if value is not None:
            where.append(f"{column}=?")
            values.append(value)
    if overdue_at is not None:
        where.append("due_at<?")
        values.append(overdue_at)
    if after is not None:
        where.append(f"({_PLACE}, id) > (?, ?)")
        values += [UNDATED, *after]
    rows = tx.execute(
        f"{_SELECT}AND {' AND '.join(where)} ORDER BY {_PLACE}, id LIMIT ?", (project_id, *values, UNDATED, limit)
    )
    return [_task(row) for row in rows]


def tasks_of_account(tx: Tx, project_id: int, account: str, limit: int) -> list[StoredTask]:
    """The latest tasks about an account or its people, newest first."""
    rows = tx.execute(_SELECT + "AND account=? ORDER BY id DESC LIMIT ?", (project_id, account, limit))
    return [_task(row) for row in rows]


def due_tasks(tx: Tx, project_id: int, before: int, owner: str | None, limit: int) -> list[StoredTask]:
    """Open tasks that are due before an instant (ms), the longest due first. `owner`: only theirs."""
    rows = tx.execute(
        _SELECT + "AND state='open' AND due_at<? AND (? IS NULL OR owner=?) ORDER BY due_at, id LIMIT ?",
        (project_id, before, owner, owner, limit),
    )
    return [_task(row) for row in rows]


def count_open(tx: Tx, project_id: int, owner: str | None) -> int:
    """Open tasks, all or those of an owner."""
    row = tx.execute(
        "SELECT COUNT(*) FROM task WHERE project_id=? AND state='open' AND (? IS NULL OR owner=?)",
        (project_id, owner, owner),
    ).fetchone()
    return int(row[0])


def spells(tx: Tx, project_id: int, since: int, until: int) -> list[Spell]:
    """The tasks that were opened in [since, until)."""
    rows = tx.execute(
        "SELECT owner, rule_id, opened_at, due_at, reacted_at, closed_at, closed_by FROM task "
        "WHERE project_id=? AND opened_at>=? AND opened_at<? ORDER BY id",
        (project_id, since, until),
    )
    return [Spell(*row) for row in rows]


def count_tasks(tx: Tx, project_id: int) -> dict[str, int]:
    """State -> number of tasks; `done` counts closed ones too."""
    counts = {"open": 0, "snoozed": 0, "done": 0}
    for state, number in tx.execute(
        "SELECT state, COUNT(*) FROM task WHERE project_id=? GROUP BY state", (project_id,)
    ):
        counts["done" if state in DONE else state] += int(number)
    return counts


def open_rules(tx: Tx, project_id: int) -> list[tuple[int, str]]:
    """(task id, rule id) of every task that a rule opened and that is not done."""
    rows = tx.execute(
        "SELECT id, rule_id FROM task WHERE project_id=? AND state IN ('open','snoozed') AND opened_by='rule'",
        (project_id,),
    )
    return [(int(row[0]), str(row[1])) for row in rows]


def wake_snoozed(tx: Tx, project_id: int, now: int) -> None:
    """Snoozed tasks whose time has come are open again."""
    tx.execute(
        "UPDATE task SET state='open', snoozed_until=NULL WHERE project_id=? AND state='snoozed' AND snoozed_until<=?",
        (project_id, now),
    )


def set_due(tx: Tx, project_id: int, rule_id: str, subject: str, at: int | None) -> None:
    """When to look at this alert again by time alone; None = only when an event comes."""
    if at is None:
        tx.execute("DELETE FROM due WHERE project_id=? AND rule_id=? AND subject=?", (project_id, rule_id, subject))
        return
    tx.execute(
        "INSERT INTO due (project_id, rule_id, subject, at) VALUES (?,?,?,?) "
        "ON CONFLICT (project_id, rule_id, subject) DO UPDATE SET at=excluded.at WHERE at<>excluded.at",
        (project_id, rule_id, subject, at),
    )


def drop_due(tx: Tx, project_id: int, live_rules: Collection[str]) -> None:
    """Forget the index rows of rules that are no longer live."""
    for (rule_id,) in tx.execute("SELECT DISTINCT rule_id FROM due WHERE project_id=?", (project_id,)).fetchall():
        if rule_id not in live_rules:
            tx.execute("DELETE FROM due WHERE project_id=? AND rule_id=?", (project_id, rule_id))


def due_subjects(tx: Tx, project_id: int, now: int, limit: int) -> list[str]:
    """Subjects with an alert that may have become true by now, the longest overdue first."""
    rows = tx.execute(
        "SELECT subject FROM due WHERE project_id=? AND at<=? GROUP BY subject ORDER BY MIN(at) LIMIT ?",
        (project_id, now, limit),
    )
    return [str(row[0]) for row in rows]
