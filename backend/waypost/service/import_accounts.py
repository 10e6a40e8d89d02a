"""Accounts from a CSV file into the log: each row that says something new is one `$group` event of a server.

The same file twice changes nothing: a row whose traits hold already is passed over, and the message id of any other
comes from what it says and when that was said otherwise, so a file that was cut off can be sent again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import msgspec

from waypost.facts.subject import Facts
from waypost.ingest.accounts import AccountSheet, Fault, Row, event_of
from waypost.model import account_key
from waypost.service.journal import record
from waypost.service.runtime import Runtime
from waypost.settings import LIMITS
from waypost.store.sqlite import Tx

__all__ = ["Imported", "import_accounts"]

CHUNK = 100  # rows in one transaction: what a request may have to wait behind
_json = msgspec.json.Encoder(order="deterministic")


@dataclass
class Imported:
    """`accounts`: rows that count, `changed`: those that said something new. `faults`, in the order of the file."""

    accounts: int = 0
    changed: int = 0
    faults: list[Fault] = field(default_factory=list)


async def import_accounts(
    runtime: Runtime,
    sheet: AccountSheet,
    *,
    dry_run: bool = False,
    progress: Callable[[int], None] = lambda rows: None,
) -> Imported:
    """Take the rows over, a little at a time, or only say what would change. `progress`: rows done since last told."""
    found = Imported(faults=list(sheet.faults))
    for first in range(0, len(sheet.rows), CHUNK):
        rows = sheet.rows[first : first + CHUNK]

        def job(tx: Tx, rows: Sequence[Row] = rows) -> tuple[int, list[Fault]]:
            return _take(runtime, tx, rows, dry_run=dry_run)

        changed, faults = await (runtime.store.read(job) if dry_run else runtime.store.write(job))
        found.accounts += len(rows) - len(faults)
        found.changed += changed
        found.faults += faults
        progress(len(rows))
    found.faults.sort(key=lambda fault: fault.line)
    return found


def _take(runtime: Runtime, tx: Tx, rows: Sequence[Row], *, dry_run: bool) -> tuple[int, list[Fault]]:
    """(rows that say something new, rows that an account has no room for)."""
    unit, now = runtime.unit(tx), runtime.clock.now()
    events, faults = [], []
    for row in rows:
        facts = unit.facts(account_key(row.account))
        new = [name for name in row.traits if name not in facts.traits]
        if len(facts.traits) + len(new) > LIMITS.traits:
            faults.append(Fault(row.line, new[LIMITS.traits - len(facts.traits)], "too_many_traits"))
        elif facts.first_seen is None or not _holds(facts, row):
            events.append(event_of(row, _message_id(facts, row), now))
    if events and not dry_run:
        record(runtime, unit, events, now)
        unit.save()
    return len(events), faults


def _holds(facts: Facts, row: Row) -> bool:
    """Whether the account is just so already; 1, 1.0 and true are three things."""
    return all(_json.encode(facts.trait(name)) == _json.encode(value) for name, value in row.traits.items())


def _message_id(facts: Facts, row: Row) -> str:
    said_before = max((facts.traits[name].t for name in row.traits if name in facts.traits), default=0)
    return "import-" + hashlib.sha256(_json.encode([row.account, row.traits, said_before])).hexdigest()[:32]
