"""Answers to surveys. What an anonymous id answered is its user's."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from waypost.model import ACCOUNT, Json
from waypost.store.portfolio import owned
from waypost.store.sqlite import Tx

__all__ = [
    "Answer", "add_answer", "answered_surveys", "answers_of", "comments_on", "count_comments", "latest_scores",
    "said_in_stage", "scores_of_account",
]  # fmt: skip

COLUMNS = (
    "survey", "version", "scale", "subject", "account", "at", "score", "comment", "route", "locale", "plan", "recent",
)  # fmt: skip
_JOIN = "FROM survey_answer AS given LEFT JOIN link ON link.project_id=given.project_id AND link.anon=given.subject "
_NAMES = ", ".join("COALESCE(link.subject, given.subject)" if c == "subject" else f"given.{c}" for c in COLUMNS)
_recent = msgspec.json.Decoder(list[str])


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer: what was said, by whom, and what it was about."""

    survey: str
    version: int
    scale: str
    subject: str
    account: str | None
    at: int
    score: int | None
    comment: str
    route: str  # "" = outside the app
    locale: str
    plan: str  # of the account, then
    recent: list[str]  # names of the events just before, the latest first
    id: int = 0


def _answer(row: Sequence[Any]) -> Answer:
    values = dict(zip((*COLUMNS, "id"), row, strict=True))
    return Answer(**{**values, "recent": _recent.decode(values["recent"])})


def add_answer(tx: Tx, project_id: int, answer: Answer) -> None:
    values: list[Json] = [getattr(answer, name) for name in COLUMNS[:-1]]
    marks = ", ".join("?" * len(COLUMNS))
    tx.execute(
        f"INSERT INTO survey_answer (project_id, {', '.join(COLUMNS)}) VALUES (?, {marks})",
        (project_id, *values, msgspec.json.encode(answer.recent).decode()),
    )


def answered_surveys(tx: Tx, project_id: int, since: int) -> dict[str, int]:
    """Survey -> answers since then."""
    rows = tx.execute(
        "SELECT survey, COUNT(*) FROM survey_answer WHERE project_id=? AND at>? GROUP BY survey", (project_id, since)
    )
    return {str(row[0]): int(row[1]) for row in rows}


def latest_scores(
    tx: Tx, project_id: int, survey: str, scale: str, since: int
) -> Iterator[tuple[str, str | None, int, int]]:
    """(person, account, ms, score) of each person's latest answer since then, in the order of people."""
    rows = tx.execute(
        f"SELECT COALESCE(link.subject, given.subject) AS person, given.account, MAX(given.at), given.score {_JOIN}"
        "WHERE given.project_id=? AND given.survey=? AND given.scale=? AND given.at>? AND given.score IS NOT NULL "
        "GROUP BY person ORDER BY person",
        (project_id, survey, scale, since),
    )  # with a single MAX(), SQLite takes the other columns from the row that has it
    return ((str(row[0]), row[1], int(row[2]), int(row[3])) for row in rows)


def scores_of_account(tx: Tx, project_id: int, account: str, scale: str, since: int) -> list[tuple[str, int, int]]:
    """(person, ms, score) of the latest answer of each person of an account on a scale since then."""
    rows = tx.execute(
        f"SELECT COALESCE(link.subject, given.subject) AS person, MAX(given.at), given.score {_JOIN}"
        "WHERE given.project_id=? AND given.account=? AND given.scale=? AND given.at>? AND given.score IS NOT NULL "
        "GROUP BY person ORDER BY person",
        (project_id, account, scale, since),
    )
    return [(str(row[0]), int(row[1]), int(row[2])) for row in rows]


def said_in_stage(
    tx: Tx, project_id: int, owner: str, stage: str, limit: int, looked: int
) -> list[tuple[str, str, int, str]]:
    """(person, account, ms, words) of the latest comments by people of accounts that are in a stage now, newest first.

    `looked`: answers looked through at most.
    """
    where, params = owned(owner)
    rows = tx.execute(
        "SELECT given.subject, given.account, given.at, given.comment FROM "
        "(SELECT * FROM survey_answer WHERE project_id=? ORDER BY id DESC LIMIT ?) AS given "
        "JOIN account ON account.project_id=given.project_id AND account.account=given.account "
        f"WHERE account.stage=? AND given.comment<>''{where} ORDER BY given.id DESC LIMIT ?",
        (project_id, looked, stage, *params, limit),
    )
    return [(str(row[0]), str(row[1]), int(row[2]), str(row[3])) for row in rows]


def comments_on(tx: Tx, project_id: int, survey: str, since: int, before: int, limit: int) -> list[Answer]:
    """Answers in words since then, the latest first: those with an id below `before`."""
    rows = tx.execute(
        f"SELECT {_NAMES}, given.id {_JOIN}WHERE given.project_id=? AND given.survey=? AND given.at>? "
        "AND given.comment<>'' AND given.id<? ORDER BY given.id DESC LIMIT ?",
        (project_id, survey, since, before, limit),
    )
    return [_answer(row) for row in rows]


def count_comments(tx: Tx, project_id: int, survey: str, since: int) -> int:
    row = tx.execute(
        "SELECT COUNT(*) FROM survey_answer WHERE project_id=? AND survey=? AND at>? AND comment<>''",
        (project_id, survey, since),
    ).fetchone()
    return int(row[0])


def answers_of(tx: Tx, project_id: int, subject: str, limit: int) -> list[Answer]:
    """What a person, or the people of an account, answered; the latest first."""
    if subject.startswith(ACCOUNT):
        where, values = "given.account=?", [subject]
    else:
        where = "given.subject IN (SELECT ? UNION SELECT anon FROM link WHERE project_id=? AND subject=?)"
        values = [subject, project_id, subject]  # type: ignore[list-item]
    rows = tx.execute(
        f"SELECT {_NAMES}, given.id {_JOIN}WHERE given.project_id=? AND {where} "
        "ORDER BY given.at DESC, given.id DESC LIMIT ?",
        (project_id, *values, limit),
    )
    return [_answer(row) for row in rows]
