"""The words of a task, and the webhook that tells of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

import msgspec

from waypost.engine.content import resolve
from waypost.facts.subject import Facts
from waypost.model import Json
from waypost.rules.plan import Text
from waypost.store.outbox import add_message
from waypost.store.sqlite import Tx
from waypost.store.tasks import StoredTask

__all__ = ["message_id", "task_owner", "task_texts", "write_message"]


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
    return f"csm_task-{task_id}-{what}"


def write_message(tx: Tx, project_id: int, task: StoredTask, what: str, now: int) -> None:
    """Put the webhook in line, in the transaction that opened or closed the task."""
    body = {
        "type": f"csm_task.{what}",
        "timestamp": _iso(now),
        "data": {
            "id": task.id,
            "rule": task.rule_id,
            "account": task.account[2:] if task.account else None,
            "user": task.subject[2:] if task.subject.startswith("u:") else None,
            "state": task.state,
            "title": task.title,
            "body": task.body,
            "severity": task.severity,
            "owner": task.owner,
            "opened_at": _iso(task.opened_at),
            "noticed_at": _iso(task.noticed_at),
            "due_at": _iso(task.due_at),
            "closed_at": _iso(task.closed_at),
            "closed_by": task.closed_by,
        },
    }
    add_message(tx, project_id, message_id(task.id, what), msgspec.json.encode(body).decode(), now)


def _iso(ms: int | None) -> str | None:
    if ms is None:
        return None
    return datetime.fromtimestamp(ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
