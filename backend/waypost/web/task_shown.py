"""A CSM task as the management API shows it: a row of the inbox, and the whole with all that it takes to call."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request

from waypost.errors import NotFound
from waypost.insight.people import account_name
from waypost.insight.task_view import task_view
from waypost.insight.why import facts_of
from waypost.rules.words import trigger_words
from waypost.service.runtime import Runtime
from waypost.store.outbox import message_state
from waypost.store.pauses import pauses_running
from waypost.store.sqlite import Tx
from waypost.store.tasks import StoredTask, task_by_id
from waypost.success.messages import message_id
from waypost.web.pauses import pause_shown

__all__ = ["task_asked", "task_row", "whole_task"]


def task_row(tx: Tx, runtime: Runtime, task: StoredTask, lang: str, now: int) -> dict[str, Any]:
    facts = facts_of(tx, runtime.project_id, task.subject)
    running = pauses_running(tx, runtime.project_id, task.subject, task.account, now)
    plain = (
        "id", "subject", "severity", "owner", "state", "opened_at", "noticed_at", "due_at", "snoozed_until", "closed_at",
        "closed_by", "outcome", "outcome_code", "opened_by", "taken_at", "taken_by",
    )  # fmt: skip
    return {
        **{name: getattr(task, name) for name in plain},
        "rule": task.rule_id,
        "account": task.account[2:] if task.account else None,
        "account_name": account_name(tx, runtime.project_id, task.account),
        "title": _in(task.title, lang),
        "body": _in(task.body, lang),
        "last_active_at": facts.last_active if facts else None,
        "pauses": [pause_shown(tx, runtime.project_id, pause, now) for pause in running],
    }


def _in(texts: Mapping[str, str], lang: str) -> str:
    return texts.get(lang) or texts.get("en") or next(iter(texts.values()), "")


def task_asked(tx: Tx, runtime: Runtime, request: Request) -> StoredTask:
    task_id = request.path_params["id"]
    task = task_by_id(tx, runtime.project_id, task_id) if task_id < 1 << 63 else None
    if task is None:
        raise NotFound("there is no such task")
    return task


def whole_task(tx: Tx, runtime: Runtime, task: StoredTask, lang: str) -> dict[str, Any]:
    plan, now = runtime.rules.plan, runtime.clock.now()
    rule = plan.find(task.rule_id)
    state, attempts, last_error = message_state(
        tx, runtime.project_id, message_id(task.id, "opened" if task.active else "closed")
    )
    view = task_view(tx, runtime.project_id, plan, task, now, runtime.settings.timezone)
    return {
        **task_row(tx, runtime, task, lang, now),
        **view,
        "before": [{**one, "title": _in(one["title"], lang)} for one in view["before"]],
        "words": [trigger_words(rule, lang)] if rule else [],
        "context": task.context,
        "webhook": {"state": state, "attempts": attempts, "last_error": last_error},
    }
