"""waypost rejects: what could not be accepted, why, and another try."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Annotated

import typer

from waypost.cli.serve import load_settings
from waypost.ingest.decode import decode_items
from waypost.service.journal import accept
from waypost.service.runtime import Runtime
from waypost.service.start import open_runtime
from waypost.store.rejects import Kept, kept, mark_replayed

__all__ = ["rejects"]

SHOWN = 160  # characters of a body in the list


def rejects(
    replay: Annotated[bool, typer.Option("--replay", help="Try them again, now that the cause is mended.")] = False,
    limit: Annotated[int, typer.Option(help="How many at most.")] = 100,
) -> None:
    """List rejected events with their reasons, or try them again."""
    runtime = open_runtime(load_settings(), publish=False)
    waiting = runtime.store.read_now(lambda tx: kept(tx, runtime.project_id, limit=limit))
    if not waiting:
        typer.echo("No rejected events are waiting.")
    elif replay:
        back = sum(_again(runtime, reject) for reject in waiting)
        typer.echo(f"{back} of {len(waiting)} accepted now")
    else:
        for reject in waiting:
            _show(reject)
    runtime.store.close()


def _show(reject: Kept) -> None:
    at = datetime.fromtimestamp(reject.received_at / 1000, UTC)
    body = reject.body.decode(errors="replace")
    typer.echo(f"#{reject.id}  {at:%Y-%m-%d %H:%M:%S} UTC  {reject.code}: {reject.reason}")
    typer.echo(f"    {body[:SHOWN]}{'…' if len(body) > SHOWN else ''}")


def _again(runtime: Runtime, reject: Kept) -> bool:
    """Decode with the time at which it was received, so that nothing about it moves."""
    incoming = decode_items([reject.body], received_at=reject.received_at)
    if not incoming.events:
        return False
    asyncio.run(accept(runtime, incoming))
    runtime.store.write_now(lambda tx: mark_replayed(tx, runtime.project_id, reject.id, runtime.clock.now()))
    return True
