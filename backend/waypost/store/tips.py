"""Whom each tip met, by UTC day and outcome: what the Tips page counts."""

from __future__ import annotations

from waypost.store.sqlite import Tx

__all__ = ["note"]


def note(tx: Tx, project_id: int, tip: str, day: int, outcome: str, subject: str, at: int) -> None:
    """Remember that a person met an outcome of a tip on a day; the first time that day counts.

    Outcomes: eligible viewed ghost clicked dismissed snoozed muted goal …, or held:<reason code>.
    """
    tx.execute(
        "INSERT INTO tip_day (project_id, tip, day, outcome, subject, at) VALUES (?,?,?,?,?,?) ON CONFLICT DO NOTHING",
        (project_id, tip, day, outcome, subject, at),
    )
