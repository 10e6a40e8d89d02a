"""People and accounts as the console shows them: names and last use."""

from __future__ import annotations

from typing import Any

from waypost.insight.why import facts_of
from waypost.model import ACCOUNT, USER
from waypost.store.answers import Answer
from waypost.store.sqlite import Tx

__all__ = ["account_name", "answer_shown", "person"]


def person(tx: Tx, project_id: int, subject: str) -> dict[str, Any]:
    """subject, user_id, name, account of one person."""
    facts = facts_of(tx, project_id, subject)
    name = facts.trait("name") if facts else None
    return {
        "subject": subject,
        "user_id": subject[len(USER) :] if subject.startswith(USER) else None,
        "name": name if isinstance(name, str) else None,
        "account": facts.account_at(facts.last_seen or 0) if facts else None,
        "last_active_at": facts.last_active if facts else None,
    }


def account_name(tx: Tx, project_id: int, account: str | None) -> str | None:
    facts = facts_of(tx, project_id, account) if account else None
    name = facts.trait("name") if facts else None
    return name if isinstance(name, str) else None


def answer_shown(tx: Tx, project_id: int, given: Answer) -> dict[str, Any]:
    """An answer to a survey: the words, the person, and where and after what they said it."""
    who = person(tx, project_id, given.subject)
    account = given.account[len(ACCOUNT) :] if given.account else None
    told = ("id", "survey", "scale", "at", "score", "comment", "route", "plan", "recent")
    return {
        **{name: getattr(given, name) for name in told},
        **{name: who[name] for name in ("subject", "user_id", "name")},
        "account": account,
        "account_name": account_name(tx, project_id, given.account),
    }
