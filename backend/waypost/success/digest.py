"""The weekly digest of a CSM: what waits, what came of last week, which accounts moved, what is paused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta, tzinfo

import msgspec

from waypost.engine.texts import in_language
from waypost.facts.days import local_day, monday, zone
from waypost.facts.subject import decode
from waypost.model import ACCOUNT, Pause
from waypost.rules.plan import Csm
from waypost.settings import LIMITS
from waypost.store.facts import load_facts
from waypost.store.journey import moved
from waypost.store.outbox import add_message, message_exists, route
from waypost.store.pauses import list_pauses
from waypost.store.sqlite import Tx
from waypost.store.tasks import DONE, StoredTask, list_tasks

__all__ = [
    "DIGEST", "Digest", "Done", "Move", "Open", "Resting", "digest_of", "due_digests", "mail_target", "put_in_line",
]  # fmt: skip

DIGEST = "digest.weekly"
MONDAY, HOUR = 0, 8  # when it is due, by the CSM's clock; until the end of that day
MOVED = 5.0  # points of health; less is no news
TASKS_LOOKED_AT = 10_000  # of all owners, the latest opened


class Open(msgspec.Struct, frozen=True, kw_only=True):
    """A task that waits."""

    id: int
    title: str
    account: str | None
    due_at: int | None
    snoozed_until: int | None
    overdue: bool


class Done(msgspec.Struct, frozen=True, kw_only=True):
    """A task of last week, and what came of it."""

    id: int
    title: str
    account: str | None
    closed_by: str
    outcome: str


class Move(msgspec.Struct, frozen=True, kw_only=True):
    """How an account's health changed over the week."""

    account: str  # its name
    before: float
    after: float


class Resting(msgspec.Struct, frozen=True, kw_only=True):
    """A pause that runs."""

    whom: str
    until_at: int | None
    until_event: str | None
    reason: str


class Digest(msgspec.Struct, frozen=True, kw_only=True):
    """What one CSM reads on Monday, as of one instant. `more`: open tasks that are not listed."""

    csm: str
    at: int
    since: int
    open: list[Open]
    done: list[Done]
    moves: list[Move]
    pauses: list[Resting]
    more: int = 0


def mail_target(csm: str) -> str:
    """The name of this receiver in the outbox."""
    return f"m:{csm}"


# -- when


def due_digests(tx: Tx, project_id: int, csms: Mapping[str, Csm], now: int, timezone: str) -> list[str]:
    """The CSMs for whom it is Monday 08:00 or later that day, and whose digest of this week was not written yet.

    A Monday that the server slept through is over.
    """
    due = [name for name, csm in csms.items() if csm.email and _monday(now, _zone(csm, timezone))]
    return [
        name for name in due if not message_exists(tx, project_id, digest_id(name, now, _zone(csms[name], timezone)))
    ]


def _monday(now: int, here: tzinfo) -> bool:
    then = datetime.fromtimestamp(now / 1000, here)
    return then.weekday() == MONDAY and then.hour >= HOUR


def digest_id(csm: str, now: int, here: tzinfo) -> str:
    """One a week: the name of the message that is sent once."""
    year, week, _ = datetime.fromtimestamp(now / 1000, here).isocalendar()
    return f"digest-{csm}-{year}-W{week:02}"


def put_in_line(tx: Tx, project_id: int, digest: Digest, csm: Csm, timezone: str) -> None:
    """Send the digest of this week on its way. Its id is taken once: a second one fails."""
    message_id = digest_id(digest.csm, digest.at, _zone(csm, timezone))
    row = add_message(tx, project_id, message_id, DIGEST, msgspec.json.encode(digest).decode(), digest.at)
    route(tx, project_id, row, [mail_target(digest.csm)], digest.at)


def _zone(csm: Csm, timezone: str) -> tzinfo:
    return zone(csm.tz or timezone)


# -- what


def digest_of(tx: Tx, project_id: int, name: str, csm: Csm, now: int, timezone: str) -> Digest:
    """The seven days before today, by the CSM's calendar, and what is open now."""
    here = datetime.fromtimestamp(now / 1000, _zone(csm, timezone))
    today = here.replace(hour=0, minute=0, second=0, microsecond=0)
    since = int((today - timedelta(days=7)).timestamp() * 1000)
    waiting = _mine(tx, project_id, name, ("open", "snoozed"))
    waiting.sort(key=lambda task: (task.due_at is None, task.due_at or task.opened_at))
    done = [task for task in _mine(tx, project_id, name, DONE) if (task.closed_at or 0) >= since]
    done.sort(key=lambda task: task.closed_at or 0, reverse=True)
    listed = LIMITS.digest_tasks
    return Digest(
        csm=name,
        at=now,
        since=since,
        open=[_open(tx, project_id, task, csm.lang, now) for task in waiting[:listed]],
        done=[_done(tx, project_id, task, csm.lang) for task in done[:listed]],
        moves=_moves(tx, project_id, name, local_day(now, here.tzinfo or UTC)),
        pauses=[_resting(tx, project_id, one) for one in _pauses(tx, project_id, name, csm, now)],
        more=len(waiting[listed:]),
    )


def _moves(tx: Tx, project_id: int, name: str, today: int) -> list[Move]:
    """The accounts whose health changed most over the ISO week before, the worst first."""
    week = monday(today) - 14  # how it stood at the end of the week before that one
    found = moved(tx, project_id, name, week, MOVED, LIMITS.digest_moves)
    moves = [Move(account=one.name, before=one.before, after=one.after) for one in found]
    return sorted(moves, key=lambda move: move.after - move.before)


def _mine(tx: Tx, project_id: int, name: str, states: Sequence[str]) -> list[StoredTask]:
    return [task for task in list_tasks(tx, project_id, states, TASKS_LOOKED_AT) if task.owner == name]


def _open(tx: Tx, project_id: int, task: StoredTask, lang: str, now: int) -> Open:
    return Open(
        id=task.id,
        title=in_language(task.title, lang),
        account=_name(tx, project_id, task.account),
        due_at=task.due_at,
        snoozed_until=task.snoozed_until,
        overdue=task.due_at is not None and task.due_at < now and task.snoozed_until is None,
    )


def _done(tx: Tx, project_id: int, task: StoredTask, lang: str) -> Done:
    return Done(
        id=task.id,
        title=in_language(task.title, lang),
        account=_name(tx, project_id, task.account),
        closed_by=task.closed_by,
        outcome=task.outcome,
    )


def _pauses(tx: Tx, project_id: int, name: str, csm: Csm, now: int) -> list[Pause]:
    """Those that the CSM began, and those of the CSM's accounts."""
    running = list_pauses(tx, project_id, now, LIMITS.pauses_listed, running=True)
    own = {name, csm.name} - {""}
    return [one for one in running if one.author in own or _trait(tx, project_id, one.subject, "csm") == name]


def _resting(tx: Tx, project_id: int, pause: Pause) -> Resting:
    whom = _name(tx, project_id, pause.subject) or pause.subject[2:]
    return Resting(whom=whom, until_at=pause.until_at, until_event=pause.until_event, reason=pause.reason)


def _name(tx: Tx, project_id: int, subject: str | None) -> str | None:
    if subject is None:
        return None
    return _trait(tx, project_id, subject, "name") or (subject[2:] if subject.startswith(ACCOUNT) else None)


def _trait(tx: Tx, project_id: int, subject: str, name: str) -> str | None:
    row = load_facts(tx, project_id, subject)
    value = decode(row[1]).trait(name) if row else None
    return value if isinstance(value, str) else None
