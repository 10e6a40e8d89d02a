"""The words of a task, and the message that tells of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

import msgspec

from waypost.engine.content import resolve
from waypost.facts.subject import Facts, decode
from waypost.model import Json
from waypost.rules.plan import Text
from waypost.store.facts import load_facts
from waypost.store.outbox import add_message, next_id
from waypost.store.sqlite import Tx
from waypost.store.tasks import StoredTask

__all__ = ["TASK_TYPES", "iso", "message_id", "ms_of", "task_owner", "task_texts", "write_message"]

TASK_TYPES = tuple(f"csm_task.{did}" for did in ("opened", "taken", "done", "closed", "reopened"))


def task_texts(
    texts: Mapping[str, Text], user: Facts | None, account: Facts | None, now: int
) -> tuple[dict[str, str], dict[str, str]]:
    """(title, body) by language, as plain text with traits put in."""
    person = user or Facts.empty("")
    title = {lang: _flat(resolve(text.title, person, account, now)) for lang, text in texts.items()}
    body = {lang: _flat(resolve(text.body, person, account, now)) for lang, text in texts.items()}
    return title, body


def _flat(node: Json) -> str:
    """Node tree to text. A tagged node begins with its tag, which is not text."""
    if not isinstance(node, list):
        return str(node)
    tagged = bool(node) and node[0] in ("strong", "em", "code", "p", "ul", "ol", "li", "a", "img")
    skip = 2 if tagged and node[0] in ("a", "img") else int(tagged)
    inner = "".join(_flat(part) for part in node[skip:])
    return inner + "\n" if tagged and node[0] in ("p", "li") else inner


def task_owner(owner: str, user: Facts | None, account: Facts | None) -> str:
    """A name as written, or the value of a trait such as account.csm."""
    root, _, name = owner.partition(".")
    facts = {"user": user, "account": account}.get(root)
    if not name or root not in ("user", "account"):
        return owner
    value = facts.trait(name) if facts else None
    return value if isinstance(value, str) else ""


def message_id(task_id: int, what: str) -> str:
    """The name of the messages that tell this of a task; the second one gets a number (store/outbox.py)."""
    return f"csm_task-{task_id}-{what}"


def write_message(tx: Tx, project_id: int, task: StoredTask, what: str, now: int) -> None:
    """Put the message in line, in the transaction that opened, changed or closed the task."""
    kind = f"csm_task.{what}"
    body = {
        "type": kind,
        "timestamp": iso(now),
        "data": {
            "id": task.id,
            "rule": task.rule_id,
            "account": task.account[2:] if task.account else None,
            "account_name": _name(tx, project_id, task.account),
            "user": task.subject[2:] if task.subject.startswith("u:") else None,
            "state": task.state,
            "title": task.title,
            "body": task.body,
            "severity": task.severity,
            "owner": task.owner,
            "opened_at": iso(task.opened_at),
            "noticed_at": iso(task.noticed_at),
            "due_at": iso(task.due_at),
            "closed_at": iso(task.closed_at),
            "closed_by": task.closed_by,
            "taken_by": task.taken_by,
            "outcome_code": task.outcome_code,
            "outcome": task.outcome,
        },
    }
    name = next_id(tx, project_id, message_id(task.id, what))
    add_message(tx, project_id, name, kind, msgspec.json.encode(body).decode(), now)


def _name(tx: Tx, project_id: int, account: str | None) -> str | None:
    row = load_facts(tx, project_id, account) if account else None
    name = decode(row[1]).trait("name") if row else None
    return name if isinstance(name, str) else None


def ms_of(text: str | None) -> int | None:
    """The instant that `iso` wrote."""
    return None if text is None else int(datetime.fromisoformat(text).timestamp() * 1000)


def iso(ms: int | None) -> str | None:
    if ms is None:
        return None
    return datetime.fromtimestamp(ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
