"""Accounts kept up to date: the log is counted, then whoever changed, or has a new day, is looked at.

Everything here is derived: what a kill left undone the next turn does. No account is looked at while the cursor is
behind, for half of the events are no picture.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable

from waypost.facts.days import next_midnight
from waypost.model import ACCOUNT
from waypost.service.accounts import LOOK, traits_event
from waypost.service.journal import record
from waypost.service.runtime import Runtime
from waypost.service.usage import count_usage, forget_usage
from waypost.settings import LIMITS
from waypost.store import accounts, usage
from waypost.store.events import known_since
from waypost.store.sqlite import Tx
from waypost.store.tasks import open_by_account
from waypost.store.tips import test_users
from waypost.success.known import Names
from waypost.success.look import Looked, Subject, keep, take

__all__ = ["Progress", "keep_looking", "look_at_due", "recount"]

Progress = Callable[[int, int], None]
"""(done, of)."""


def _silent(_done: int, _of: int) -> None:
    """Nobody waits for it."""


def look_at_due(runtime: Runtime, progress: Progress = _silent, stopped: Callable[[], bool] = lambda: False) -> int:
    """Count the log to its end, then look at every account that is due. Returns how many looks were taken.

    Each account is looked at once: what its own look changes waits for the next turn. `stopped` ends it early.
    """
    while count_usage(runtime):
        if stopped():
            return 0
    now, project_id, after, done = runtime.clock.now(), runtime.project_id, "", 0
    of = runtime.store.read_now(lambda tx: accounts.count_due(tx, project_id, now))
    while True:
        found = runtime.store.read_now(lambda tx, after=after: _take_some(runtime, tx, now, after))  # type: ignore[misc]
        if not found or stopped():
            return done
        runtime.store.write_now(lambda tx, found=found: _keep_all(runtime, tx, found, now))  # type: ignore[misc]
        after, done = found[-1][0].row.account, done + len(found)
        progress(done, max(of, done))


async def keep_looking(runtime: Runtime) -> None:
    """A turn of the background, in a thread of its own. Cancelled, it ends within a transaction, and is waited for."""
    stop = threading.Event()
    turn = asyncio.ensure_future(asyncio.to_thread(look_at_due, runtime, stopped=stop.is_set))
    try:
        await asyncio.shield(turn)
    except asyncio.CancelledError:
        stop.set()
        await asyncio.wait({turn})
        raise


def recount(runtime: Runtime) -> None:
    """Have usage counted from the first event of the log again; the next turn does it."""
    runtime.store.write_now(lambda tx: forget_usage(tx, runtime.project_id))


Due = tuple[Looked, int, int]
"""What was found, since when it was due, when it is due again."""


def _take_some(runtime: Runtime, tx: Tx, now: int, after: str) -> list[Due]:
    project_id, unit = runtime.project_id, runtime.unit(tx)
    due = accounts.due_accounts(tx, project_id, now, after, LIMITS.looks)
    if not due:
        return []
    names = Names.of(usage.name_ids(tx, project_id), known_since(tx, project_id), unit.plan)
    tasks, nobody = open_by_account(tx, project_id), test_users(tx, project_id)
    midnights: dict[object, int] = {}
    found = []
    for account, since in due:
        facts, env = unit.facts(account), unit.env(account, account)
        subject = Subject(project_id, account, unit.plan, names, facts, env, now, tasks.get(account, {}), nobody)
        if env.account_zone not in midnights:
            midnights[env.account_zone] = next_midnight(now, env.account_zone)
        found.append((take(tx, subject), since, midnights[env.account_zone]))
    return found


def _keep_all(runtime: Runtime, tx: Tx, found: list[Due], now: int) -> None:
    """In one transaction: the looks, and what the rules are to know of them."""
    unit, events = runtime.unit(tx), []
    for looked, since, again in found:
        account = looked.row.account
        keep(tx, runtime.project_id, looked)
        accounts.set_due(tx, runtime.project_id, account, since, again)
        if looked.said:
            events.append(traits_event(account[len(ACCOUNT) :], looked.said, now, LOOK))
    if events:
        record(runtime, unit, events, now)
        unit.save()
