"""waypost check: every mistake in a folder of rules, at once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from waypost.rules.check import check_folder, explain_defaults
from waypost.rules.words import trigger_words

__all__ = ["check"]


def check(
    folder: Annotated[Path, typer.Argument(help="The folder of rules.")] = Path("rules"),
    explain: Annotated[bool, typer.Option("--explain", help="Print each rule in words, with its defaults.")] = False,
) -> None:
    """Check a folder of rules. Exit 1 when something is wrong; advice alone is not."""
    plan, problems = check_folder(folder)
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
