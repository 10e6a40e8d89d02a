"""waypost test: run the tests of a folder of rules, as a developer runs those of code."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from waypost.cli.checks import number_of
from waypost.engine.rule_tests import run_rule_test
from waypost.rules.check import check_folder
from waypost.rules.document import STATES
from waypost.rules.testfile import load_tests

__all__ = ["run_tests"]


def run_tests(
    folder: Annotated[Path, typer.Argument(help="The folder of rules; its tests are in tests/.")] = Path("rules"),
) -> None:
    """Run rules/tests/*.json. Exit 1 when one fails; each failure shows how the rule came out, part by part."""
    plan, problems = check_folder(folder, as_live=STATES)
    tests, faults = load_tests(folder)
    errors = [problem for problem in [*problems, *faults] if problem.severity == "error"]
    for problem in errors:
        typer.echo(f"{folder}/{problem.line()}", err=True)
    failed = 0
    for one in tests:
        failures = run_rule_test(plan, one)
        failed += bool(failures)
        typer.echo(f"{'FAIL' if failures else 'ok  '}  {one.file}: {one.name}")
        for failure in failures:
            typer.echo(f"      {failure.path}: {failure.message}")
            for line in failure.trace:
                typer.echo(f"        {line}")
    untested = sorted(set(plan.rules).difference(*(one.rules for one in tests)))
    if untested:
        typer.echo(f"without a test: {', '.join(untested)}")
    typer.echo(
        f"{number_of(len(tests), 'test')}, {failed} failed, {number_of(len(errors), 'mistake')}",
        err=bool(failed or errors),
    )
    if failed or errors:
        raise typer.Exit(1)
