"""waypost check: every mistake in a folder of rules, at once."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Annotated

import typer

from waypost.cli.serve import load_settings
from waypost.rules.check import check_folder, explain_defaults
from waypost.rules.words import trigger_words
from waypost.service.clock import Clock
from waypost.service.start import open_runtime
from waypost.store.events import last_received

__all__ = ["check"]


def received() -> tuple[dict[str, int] | None, int]:
    """What the database has seen of each event, if WAYPOST_DATABASE_URL names one: (name -> ms, now)."""
    clock = Clock()
    if "WAYPOST_DATABASE_URL" not in os.environ:
        return None, clock.now()
    runtime = open_runtime(load_settings(), publish=False, clock=clock)
    found = runtime.store.read_now(lambda tx: last_received(tx, runtime.project_id))
    runtime.store.close()
    return found or None, clock.now()


def check(
    folder: Annotated[Path, typer.Argument(help="The folder of rules.")] = Path("rules"),
    explain: Annotated[bool, typer.Option("--explain", help="Print each rule in words, with its defaults.")] = False,
) -> None:
    """Check a folder of rules. Exit 1 when something is wrong; advice alone is not."""
    seen, now = received()
    plan, problems = check_folder(folder, seen, now)
    errors = [problem for problem in problems if problem.severity == "error"]
    for problem in problems:
        typer.echo(f"{folder}/{problem.line()}" + ("" if problem.severity == "error" else "  (advice)"))
    if explain:
        for rule in plan.rules.values():
            typer.echo(f"\n{rule.id}: {trigger_words(rule, 'en')}")
            typer.echo(json.dumps(dict(explain_defaults(rule)), indent=2, ensure_ascii=False))
    advice = len(problems) - len(errors)
    typer.echo(f"{len(plan.rules)} rules right, {len(errors)} mistakes, {advice} pieces of advice", err=bool(errors))
    if errors:
        raise typer.Exit(1)
