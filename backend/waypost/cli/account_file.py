"""waypost accounts import: accounts from a CSV file."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Annotated

import typer

from waypost.cli.checks import number_of
from waypost.cli.people import looking
from waypost.errors import BadInput, WaypostError
from waypost.ingest.account_words import fault_words
from waypost.ingest.accounts import AccountSheet, read_accounts
from waypost.service.import_accounts import import_accounts
from waypost.settings import LIMITS
from waypost.web.background import alerts_hook

__all__ = ["import_file"]


def import_file(
    file: Annotated[Path, typer.Argument(help="A CSV file in UTF-8 with a header line; parted by , ; or tabs.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would change.")] = False,
) -> None:
    """Take the traits of accounts from a CSV file; the same file twice changes nothing.

    Columns: id (needed), name, csm, plan, stage, country, status, seats, arr, mrr, renewal (2027-01-31), tz
    (Europe/Berlin), entitlements (reports;api). Any other column is a trait of its name. An empty cell changes nothing.
    """
    sheet = _read(file)
    with looking() as runtime:
        runtime.on_facts = alerts_hook
        with typer.progressbar(length=len(sheet.rows), label="Importing", file=sys.stderr) as bar:
            found = asyncio.run(import_accounts(runtime, sheet, dry_run=dry_run, progress=bar.update))
    for fault in found.faults[: LIMITS.import_problems]:
        place = f"line {fault.line}, column {fault.column}" if fault.column else f"line {fault.line}"
        typer.echo(f"{file}: {place}: {fault_words(fault, 'en')}")
    if len(found.faults) > LIMITS.import_problems:
        typer.echo(f"… and {len(found.faults) - LIMITS.import_problems:,} more")
    changed = "would change" if dry_run else "changed"
    typer.echo(f"{number_of(found.accounts, 'account')} read, {found.changed:,} {changed}")
    if found.faults:
        raise typer.Exit(1)


def _read(file: Path) -> AccountSheet:
    try:
        return read_accounts(file.read_bytes())
    except OSError as error:
        raise BadInput(f"{file}: cannot be read: {error.strerror}") from error
    except WaypostError as error:
        raise BadInput(f"{file}: {error.detail}") from error
