"""The log counted by day: a cursor goes over it behind the door, and each event is counted exactly once.

A batch is read and added up beside the writer; the writer only adds the rows and moves the cursor, both in one
transaction, and only if the cursor is still where the batch began. So a kill between or within batches, and two
processes at once, change nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import msgspec

from waypost.model import ACCOUNT, GROUP, IDENTIFY, USER, Event, Json
from waypost.rules.plan import Plan
from waypost.service.accounts import LOOK
from waypost.service.runtime import Runtime
from waypost.settings import LIMITS
from waypost.store import events as log
from waypost.store import usage
from waypost.store.accounts import touch
from waypost.store.sqlite import Store, Tx
from waypost.store.usage import ACTIVE, EVER, Cursor, PersonSaid, StoredTicket

__all__ = ["Batch", "count_usage", "forget_usage", "made_for", "step", "sum_up"]

TICKET_CLOSED = "ticket_closed"
Row = tuple[int, int, str, str | None, Event]
"""Place in the log, name id, subject, account, event."""


def made_for(plan: Plan) -> str:
    """What of the rules the counting depends on: how a ticket is opened."""
    return msgspec.json.encode(plan.reported.support).decode()


@dataclass
class Batch:
    """What some events of the log add up to. `accounts`: those to be looked at anew."""

    counts: dict[tuple[str, int, int, str], tuple[int, int]] = field(default_factory=dict)
    people: dict[str, PersonSaid] = field(default_factory=dict)
    tickets: list[tuple[str, StoredTicket]] = field(default_factory=list)
    accounts: set[str] = field(default_factory=set)

    def count(self, account: str, day: int, name: int, subject: str, t: int) -> None:
        key = (account, day, name, subject)
        times, last = self.counts.get(key, (0, 0))
        self.counts[key] = times + 1, max(last, t)


def sum_up(rows: Iterable[Row], plan: Plan) -> Batch:
    """Pure: the rows that these events make. Events of no account and those of our own ($tip, …) are no usage."""
    batch, support = Batch(), plan.reported.support or ((), "topic")
    for _, name_id, subject, account, event in rows:
        if subject.startswith(USER):
            _hear(batch.people, subject, account, event)
        if account is None:
            continue
        if not event.message_id.startswith(LOOK + "-") or not subject.startswith(ACCOUNT):
            batch.accounts.add(account)
        if not event.name.startswith("$"):
            for day in (EVER, event.account_day):
                batch.count(account, day, name_id, subject, event.t)
                if event.active:
                    batch.count(account, day, ACTIVE, subject, event.t)
        if event.name in support[0] or event.name == TICKET_CLOSED:
            ticket = _ticket(subject, event, support[1])
            if ticket is not None:
                batch.tickets.append((account, ticket))
    return batch


def _hear(people: dict[str, PersonSaid], subject: str, account: str | None, event: Event) -> None:
    """Note what an event says of a person; the latest by its own time wins."""
    if event.name == GROUP and account is not None:
        said = people.setdefault(subject, PersonSaid())
        said.account = max(said.account or (-1, ""), (event.t, account))
    elif event.name == IDENTIFY:
        said = people.setdefault(subject, PersonSaid())
        name, role = event.props.get("name"), event.props.get("role")
        if isinstance(name, str):
            said.name = max(said.name or (-1, ""), (event.t, name[: LIMITS.name_chars]))
        if isinstance(role, str):
            said.role = max(said.role or (-1, ""), (event.t, role[: LIMITS.id_chars]))


def _ticket(subject: str, event: Event, topic: str) -> StoredTicket | None:
    """None without a ticket_id: what cannot be closed is not followed, only counted."""
    number = event.props.get("ticket_id")
    if not isinstance(number, str | int) or isinstance(number, bool) or number == "":
        return None
    if event.name == TICKET_CLOSED:
        return StoredTicket(_short(number), subject, None, event.t, "", "")
    severity, about = event.props.get("severity"), event.props.get(topic)
    return StoredTicket(_short(number), subject, event.t, None, _short(severity), _short(about))


def _short(value: Json) -> str:
    return "" if value is None else str(value)[: LIMITS.id_chars]


def step(store: Store, project_id: int, plan: Plan, limit: int = LIMITS.usage_batch) -> bool:
    """Count the next events of the log. Returns whether there may be more."""
    wanted = made_for(plan)

    def look(tx: Tx) -> tuple[Cursor, list[Row], bool]:
        at = usage.cursor(tx, project_id)
        fits = at.made_for == wanted and at.place <= log.latest(tx, project_id)
        return at, log.after(tx, project_id, at.place, limit) if fits and at.place >= 0 else [], fits

    at, rows, fits = store.read_now(look)
    if not fits or at.place < 0:
        return store.write_now(lambda tx: _start_over(tx, project_id, at, Cursor(0, wanted), limit))
    if not rows:
        return False
    batch = sum_up(rows, plan)

    def keep(tx: Tx) -> None:
        if usage.cursor(tx, project_id) != at:
            return
        usage.add_counts(tx, project_id, batch.counts)
        for subject, said in batch.people.items():
            usage.put_person(tx, project_id, subject, said)
        for account, ticket in batch.tickets:
            usage.put_ticket(tx, project_id, account, ticket)
        touch(tx, project_id, sorted(batch.accounts))
        usage.set_cursor(tx, project_id, Cursor(rows[-1][0], wanted))

    store.write_now(keep)
    return len(rows) == limit


def _start_over(tx: Tx, project_id: int, seen: Cursor, start: Cursor, limit: int) -> bool:
    """Forget some of what was counted; the cursor starts once all is gone. There is always more to do after it."""
    if usage.cursor(tx, project_id) == seen:
        gone = usage.clear(tx, project_id, limit)
        usage.set_cursor(tx, project_id, start if gone else Cursor(-1, start.made_for))
    return True


def count_usage(runtime: Runtime) -> bool:
    """Count the next events of a project's log. Returns whether there may be more."""
    return step(runtime.store, runtime.project_id, runtime.rules.plan)


def forget_usage(tx: Tx, project_id: int) -> None:
    """Have everything counted anew, from the first event: the cursor does so with its next steps."""
    usage.set_cursor(tx, project_id, Cursor(-1, usage.cursor(tx, project_id).made_for))
