"""waypost check: every mistake in a folder of rules, at once."""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Annotated

import typer

from waypost.cli.serve import load_settings
from waypost.errors import Invalid, NotFound, Problem, Unavailable
from waypost.insight.effect import monthly
from waypost.insight.effect_words import base_words, too_long
from waypost.insight.uplift import planned_size
from waypost.rules.check import check_folder, explain_defaults
from waypost.rules.plan import Plan
from waypost.rules.words import trigger_words
from waypost.service.clock import Clock
from waypost.service.start import open_runtime
from waypost.store.events import last_received
from waypost.store.sqlite import Tx

__all__ = ["check", "check_right", "number_of", "small_bases"]


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
    plan, problems = _look(folder, *received())
    errors = _errors(problems)
    small = small_bases(plan)
    for problem in problems:
        typer.echo(f"{folder}/{problem.line()}" + ("" if problem.severity == "error" else "  (advice)"))
    for rule_id, words in small:
        typer.echo(f"{rule_id}: policy.holdout: {words}  (advice)")
    if explain:
        for rule in plan.all:
            typer.echo(f"\n{rule.id}: {trigger_words(rule, 'en')}")
            typer.echo(json.dumps(dict(explain_defaults(rule)), indent=2, ensure_ascii=False))
    right, wrong = number_of(sum(not rule.escalates for rule in plan.all), "rule"), number_of(len(errors), "mistake")
    advice = number_of(len(problems) - len(errors) + len(small), "piece")
    typer.echo(f"{right} right, {wrong}, {advice} of advice", err=bool(errors))
    if errors:
        raise typer.Exit(1)


def small_bases(plan: Plan) -> list[tuple[str, str]]:
    """(rule id, advice) where so few people meet a tip that its control group tells nothing within a year.

    Looks into the database that WAYPOST_DATABASE_URL names; says nothing without one, or without the extra `stats`.
    """
    measured = [rule for rule in plan.rules.values() if rule.holdout and rule.goal is not None]
    if "WAYPOST_DATABASE_URL" not in os.environ or not measured:
        return []
    clock = Clock()
    runtime = open_runtime(load_settings(), publish=False, clock=clock)

    def job(tx: Tx) -> list[tuple[str, str]]:
        bases = [
            (rule.id, planned_size(rule.holdout), monthly(tx, runtime.project_id, rule.id, clock.now()))
            for rule in measured
        ]
        return [(name, base_words(planned, base, "en")) for name, planned, base in bases if too_long(planned, base)]

    try:
        return runtime.store.read_now(job)
    except Unavailable:
        return []
    finally:
        runtime.store.close()


def check_right(folder: Path, as_live: Collection[str] = ()) -> Plan:
    """The rules of a folder, those in the states `as_live` as live ones. Raises Invalid with every mistake."""
    plan, problems = _look(folder, as_live=as_live)
    if errors := _errors(problems):
        raise Invalid("\n".join(f"{folder}/{problem.line()}" for problem in errors), errors)
    return plan


def number_of(number: int, noun: str) -> str:
    """ "1 rule", "1,200 rules"."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _look(
    folder: Path, seen: Mapping[str, int] | None = None, now: int = 0, as_live: Collection[str] = ()
) -> tuple[Plan, list[Problem]]:
    if not folder.is_dir():
        raise NotFound(f"{folder}: there is no such folder of rules")
    return check_folder(folder, seen, now, as_live)


def _errors(problems: list[Problem]) -> tuple[Problem, ...]:
    return tuple(problem for problem in problems if problem.severity == "error")
