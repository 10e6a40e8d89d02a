"""POST /api/v1/accounts/import: a CSV file of accounts as the body; `dry_run=1` only says what would change."""

from __future__ import annotations

import asyncio

from starlette.requests import Request
from starlette.responses import Response

from waypost.ingest.account_words import fault_words
from waypost.ingest.accounts import read_accounts
from waypost.service.import_accounts import import_accounts
from waypost.settings import LIMITS
from waypost.web.asked import flag, lang_of
from waypost.web.guard import read_at_most, runtime_of
from waypost.web.public import json_response

__all__ = ["import_file"]


async def import_file(request: Request) -> Response:
    """{accounts, changed, problems: [{line, column, code, reason}], problems_total, dry_run}. A row counts whole or not at all."""
    runtime, lang, dry_run = runtime_of(request), lang_of(request), flag(request, "dry_run")
    raw = await read_at_most(request, LIMITS.import_bytes)
    sheet = await asyncio.to_thread(read_accounts, raw)
    found = await import_accounts(runtime, sheet, dry_run=dry_run)
    told = [
        {"line": fault.line, "column": fault.column, "code": fault.code, "reason": fault_words(fault, lang)}
        for fault in found.faults[: LIMITS.import_problems]
    ]
    return json_response(
        {
            "accounts": found.accounts,
            "changed": found.changed,
            "problems": told,
            "problems_total": len(found.faults),
            "dry_run": dry_run,
        }
    )
