"""What a person does with a CSM task. Each deed is one change in the caller's transaction; most are an event and a message."""

from __future__ import annotations

from dataclasses import dataclass, field

from waypost.errors import Invalid
from waypost.model import Event, Json
from waypost.store import task_notes, tasks
from waypost.store.sqlite import Tx
from waypost.store.tasks import StoredTask
from waypost.success.events import task_event
from waypost.success.messages import write_message

__all__ = ["OUTCOMES", "Desk"]

OUTCOMES = ("solved", "reached", "not_reached", "no_action", "churn_risk")
"""What came of it: helped for good, talked to, could not be reached, nothing to be done, they may leave."""


@dataclass
class Desk:
    """`by` is the name of who acts. `happened`: the events that are to be recorded in the same transaction."""

    tx: Tx
    project_id: int
    now: int
    by: str = ""
    happened: list[Event] = field(default_factory=list)

    def open(self, subject: str, account: str | None, opened_by: str, **values: Json) -> StoredTask:
        """A task that no rule opened: `opened_by` is person or tip. `values`: title, body and more of the row."""
        row = {"rule_id": "", "context": {}, **values, "opened_by": opened_by}
        row |= {"subject": subject, "account": account, "opened_at": self.now, "noticed_at": self.now}
        task = self._read(tasks.add_task(self.tx, self.project_id, **row))
        self._tell(task, "opened")
        return task

    def take(self, task: StoredTask) -> None:
        """From now on it is this person's, whoever had it; without an owner they are the owner too."""
        self._insist(task)
        change = {"state": "open", "snoozed_until": None, "taken_at": self.now, "taken_by": self.by}
        self._change(task, "taken", **change, owner=task.owner or self.by, **self._reaction(task))

    def assign(self, task: StoredTask, owner: str) -> None:
        self._insist(task)
        self._change(task, owner=owner)

    def move(self, task: StoredTask, due_at: int | None) -> None:
        """Another deadline, or none."""
        self._insist(task)
        self._change(task, due_at=due_at)

    def note(self, task: StoredTask, body: str) -> None:
        """A task that is done takes notes too."""
        task_notes.add_note(self.tx, self.project_id, task.id, self.now, self.by, body)
        if task.active:
            self._change(task, **self._reaction(task))

    def snooze(self, task: StoredTask, until: int) -> None:
        self._insist(task)
        self._change(task, state="snoozed", snoozed_until=until, **self._reaction(task))

    def finish(self, task: StoredTask, code: str, outcome: str) -> None:
        """`code` of OUTCOMES, and the person's own words."""
        change = {"state": "done", "closed_at": self.now, "closed_by": "person", "snoozed_until": None}
        self._change(task, "done", **change, outcome=outcome, outcome_code=code, **self._reaction(task))

    def reopen(self, task: StoredTask) -> None:
        """It is open as before; who had it has it."""
        did = "" if task.active else "reopened"
        change = {"state": "open", "closed_at": None, "closed_by": "", "outcome": "", "outcome_code": ""}
        self._change(task, did, **change, snoozed_until=None)

    def _insist(self, task: StoredTask) -> None:
        if not task.active:
            raise Invalid("this task is done; reopen it first", code="task_done")

    def _reaction(self, task: StoredTask) -> dict[str, Json]:
        return {"reacted_at": self.now} if task.reacted_at is None else {}

    def _change(self, task: StoredTask, did: str = "", **values: Json) -> None:
        if values:
            tasks.change_task(self.tx, self.project_id, task.id, **values)
        if did:
            self._tell(self._read(task.id), did)

    def _read(self, task_id: int) -> StoredTask:
        task = tasks.task_by_id(self.tx, self.project_id, task_id)
        assert task is not None
        return task

    def _tell(self, task: StoredTask, did: str) -> None:
        self.happened.append(task_event(task, did, self.now, self.now, self.by))
        write_message(self.tx, self.project_id, task, did, self.now)
