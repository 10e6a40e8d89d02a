"""waypost accounts: what is known of each account, brought up to date, and what health should weigh."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Annotated

import typer

from waypost.cli.people import looking
from waypost.success.churn import Learnt, learn, past_of
from waypost.success.health import COMPONENTS
from waypost.web.background import alerts_hook
from waypost.web.looks import look_at_due, recount

__all__ = ["accounts"]

EPOCH = date(1970, 1, 1).toordinal()

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


@accounts.command("weights")
def weights(
    capacity: Annotated[int, typer.Option(min=1, help="Accounts that all CSMs together can call in a week.")] = 20,
) -> None:
    """Learn the weights of health from the customers that left, and say how well they would have told. Changes nothing."""
    with looking() as runtime:
        plan, clock, timezone = runtime.rules.plan, runtime.clock, runtime.settings.timezone
        past = runtime.store.read_now(lambda tx: past_of(tx, runtime.project_id, clock.now(), timezone))
    now = plan.customers.health.weights
    for line in _learnt_lines(learn(past, now, capacity), now):
        typer.echo(line)


def _learnt_lines(found: Learnt, now: Mapping[str, float]) -> Iterator[str]:
    tried, until = found.tried, date.fromordinal(found.until + EPOCH)
    yield f"Learnt from {found.looks} looks before {until}; {found.lost} customers left within 90 days of theirs."
    yield f"Tried on {tried.looks} later ones: {tried.lost} left, {tried.expected:.1f} were expected."
    yield f"  Squared error of the chance: {tried.brier:.3f}; {tried.plain:.3f} when everybody gets the same."
    yield (
        f"  Among the {tried.called} accounts with the lowest score: {tried.caught} of the {tried.lost} "
        f"({_percent(tried.caught, tried.lost)}), so {_percent(tried.caught, tried.called)} of the calls; "
        f"with the weights of now {tried.caught_now} ({_percent(tried.caught_now, tried.called)})."
    )
    yield ""
    yield f"{'component':12}  now  learnt"
    for name in COMPONENTS:
        yield f"{name:12} {now[name]:4.2f}    {found.weights[name]:4.2f}"
    yield ""
    if tried.caught < tried.caught_now or tried.brier >= tried.plain:
        yield "They would not have told better: keep the weights of now."
        return
    yield "To use them, put this into project.json:"
    yield json.dumps({"health": {"weights": found.weights}})


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.0f}%"
