"""waypost rejects: what could not be accepted, why, and another try."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Annotated

import typer

from waypost.cli.serve import load_settings
from waypost.service.journal import accept_again
from waypost.service.runtime import Runtime
from waypost.service.start import open_runtime
from waypost.store.rejects import Kept, kept
from waypost.web.background import alerts_hook

__all__ = ["rejects"]

SHOWN = 160  # characters of a body in the list
PAGE = 250  # rejects tried at once: they share a commit


def rejects(
    replay: Annotated[
        bool, typer.Option("--replay", help="Try all of them again, now that the cause is mended.")
    ] = False,
    limit: Annotated[int, typer.Option(help="How many to list at most.")] = 100,
) -> None:
    """List rejected events with their reasons, or try them again."""
    settings = load_settings()
    runtime = open_runtime(settings, alerts_hook, publish=False)
    waiting = _waiting(runtime, 0, PAGE if replay else limit)
    if not waiting:
        typer.echo("No rejected events are waiting.")
    elif replay:
        asyncio.run(_replay(runtime, waiting))
    else:
        for reject in waiting:
            _show(reject)
    runtime.store.close()


def _waiting(runtime: Runtime, after: int, limit: int) -> list[Kept]:
    return runtime.store.read_now(lambda tx: kept(tx, runtime.project_id, after, limit))


async def _replay(runtime: Runtime, page: list[Kept]) -> None:
    """From the oldest on; one that is still refused says why and does not stand in the way of the others."""
    tried = back = 0
    while page:
        answers = await asyncio.gather(*(accept_again(runtime, reject) for reject in page))
        for reject, why_not in zip(page, answers, strict=True):
            if why_not:
                typer.echo(f"#{reject.id}  {why_not}")
        tried, back = tried + len(page), back + answers.count("")
        page = _waiting(runtime, page[-1].id, PAGE)
    typer.echo(f"{back} of {tried} accepted now")


def _show(reject: Kept) -> None:
    at = datetime.fromtimestamp(reject.received_at / 1000, UTC)
    body = reject.body.decode(errors="replace")
    typer.echo(f"#{reject.id}  {at:%Y-%m-%d %H:%M:%S} UTC  {reject.code}: {reject.reason}")
    typer.echo(f"    {body[:SHOWN]}{'…' if len(body) > SHOWN else ''}")
    if reject.lacking:
        typer.echo(f"    cannot be tried again, {reject.lacking}")
