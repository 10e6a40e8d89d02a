"""What became of a CSM task comes back as an event, so that rules and reports see it.

props of a `$csm_task` event: task, did (opened taken done closed reopened), rule, owner, severity, outcome (the code, when
done), by (a person's name when a person did it; what closed it: clear, late_data, rule_removed).
"""

from __future__ import annotations

from waypost.model import ANON, CSM_TASK, USER, Event
from waypost.store.tasks import StoredTask

__all__ = ["task_event"]


def task_event(task: StoredTask, did: str, at: int, now: int, by: str = "") -> Event:
    """The event of its subject and account. It happened at `at`, and we are told `now`."""
    return Event(
        message_id=f"csm_task-{task.id}-{did}-{now}",
        name=CSM_TASK,
        t=at,
        received_at=now,
        user_id=task.subject[2:] if task.subject.startswith(USER) else None,
        anon_id=task.subject[2:] if task.subject.startswith(ANON) else None,
        account_id=task.account[2:] if task.account else None,
        props={
            "task": task.id,
            "did": did,
            "rule": task.rule_id,
            "owner": task.owner,
            "severity": task.severity,
            **({"outcome": task.outcome_code} if did == "done" else {}),
            **({"by": by} if by else {}),
        },
    )
