"""waypost accounts: what is known of each account, brought up to date."""

from __future__ import annotations

from typing import Annotated

import typer

from waypost.cli.people import looking
from waypost.web.background import alerts_hook
from waypost.web.looks import look_at_due, recount

__all__ = ["accounts"]

accounts = typer.Typer(help="What is known of each account.", no_args_is_help=True)


@accounts.command("refresh")
def refresh(
    again: Annotated[bool, typer.Option("--recount", help="Count usage anew from the first event.")] = False,
) -> None:
    """Count what was received, and look at every account that changed or has a new day. A running server does so too."""
    with looking() as runtime:
        runtime.on_facts = alerts_hook
        if again:
            recount(runtime)
        with typer.progressbar(length=1_000, label="Looking at accounts") as bar:
            shown = 0

            def progress(done: int, of: int) -> None:
                nonlocal shown
                bar.update(done * 1_000 // of - shown)
                shown = done * 1_000 // of

            done = look_at_due(runtime, progress)
    typer.echo(f"Accounts looked at: {done}.")
