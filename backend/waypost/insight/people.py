"""People and accounts as the console shows them: names, last use, what happened lately."""

from __future__ import annotations

from typing import Any

from waypost.insight.why import facts_of
from waypost.model import ACCOUNT, TIP, USER, Event
from waypost.store.answers import Answer, answers_of
from waypost.store.events import recent_of_account, recent_of_subject
from waypost.store.sqlite import Tx
from waypost.store.tasks import StoredTask

__all__ = ["account_name", "answer_shown", "person", "task_context"]

LOOKED_BACK = 300  # events of an account that the context of a task is made from
SHOWN = 10
ANSWERS = 3  # to surveys, that the context of a task names


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


def task_context(tx: Tx, project_id: int, task: StoredTask) -> dict[str, Any]:
    """Who is concerned, what they did last, and which tips they met."""
    if task.subject.startswith(ACCOUNT):
        happened = recent_of_account(tx, project_id, task.subject, LOOKED_BACK)
    else:
        happened = recent_of_subject(tx, project_id, task.subject, LOOKED_BACK)
    facts = facts_of(tx, project_id, task.subject)
    people = list(dict.fromkeys(subject for subject, _ in happened if subject.startswith(USER)))[:SHOWN]
    active = facts.last_active if facts else None
    return {
        "last_active_at": active,
        "people": [
            {name: found[name] for name in ("user_id", "name", "last_active_at")}
            for found in (person(tx, project_id, subject) for subject in people)
        ],
        "recent": [_event(subject, e) for subject, e in happened if not e.name.startswith("$")][:SHOWN],
        "tips": [_tip(subject, e) for subject, e in happened if e.name == TIP][:SHOWN],
        "answers": [
            answer_shown(tx, project_id, given) for given in answers_of(tx, project_id, task.subject, ANSWERS)
        ],
    }


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


def _event(subject: str, event: Event) -> dict[str, Any]:
    return {"at": event.t, "user_id": subject[2:] if subject.startswith(USER) else None, "name": event.name}


def _tip(subject: str, event: Event) -> dict[str, Any]:
    return {
        "tip": event.props.get("tip"),
        "what": event.props.get("what"),
        "at": event.t,
        "user_id": subject[2:] if subject.startswith(USER) else None,
    }
