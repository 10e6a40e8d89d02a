"""waypost backtest: try a folder of rules on the stored past before anybody sees them."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from waypost.cli.checks import check_right, number_of
from waypost.cli.people import looking
from waypost.engine.labels import label
from waypost.errors import BadInput
from waypost.insight.backtest import Backtest, Side, weighed
from waypost.insight.comparison import Comparison, Row, compared
from waypost.rules.durations import parse_ms
from waypost.rules.plan import Plan
from waypost.service.runtime import Runtime
from waypost.service.subjects import known_names
from waypost.store.events import count_since
from waypost.store.sqlite import Tx

__all__ = ["backtest"]

REASONS_SHOWN = 3
BAR_EVERY = 500  # events between two looks at the bar


def backtest(
    folder: Annotated[Path, typer.Argument(help="The folder of rules to try.")] = Path("rules"),
    against: Annotated[str, typer.Option(help="live, or another folder of rules.")] = "live",
    since: Annotated[str, typer.Option(help="How far back, such as 30d.")] = "30d",
    as_json: Annotated[bool, typer.Option("--json", help="Print numbers for programs.")] = False,
) -> None:
    """Say whom rules would have reached, what would have held them back, and which live tips would lose by them."""
    with looking() as runtime:
        draft = check_right(folder, as_live=("draft", "shadow"))
        live = runtime.rules.plan if against == "live" else check_right(Path(against))
        found = _run(runtime, draft, live, runtime.clock.now() - _length(since))
    if as_json:
        typer.echo(msgspec.json.encode(found))
        return
    _print(found)


def _length(since: str) -> int:
    try:
        return parse_ms(since)
    except ValueError:
        raise BadInput(f"--since {since!r} is not a duration; write 30d or 12h") from None


def _run(runtime: Runtime, draft: Plan, live: Plan, since: int) -> Comparison:
    """One pass over the log. Ctrl-C ends it, and what was found so far is told."""
    settings, project_id = runtime.settings, runtime.project_id

    def job(tx: Tx) -> Comparison:
        known = known_names(tx, project_id, runtime.rules.named_since)
        sides = [Side(plan, known, settings.timezone, settings.muted_routes) for plan in (draft, live)]
        run = Backtest(sides, since)
        length = weighed(*count_since(tx, project_id, since))
        with typer.progressbar(length=length, label="Backtest", file=sys.stderr, update_min_steps=BAR_EVERY) as bar:
            try:
                run.run(tx, project_id, bar.update)
            except KeyboardInterrupt:
                run.stopped = True
        return compared(run, sides[0], sides[1], runtime.clock.now())

    return runtime.store.read_now(job)


# -- the report


def _print(found: Comparison) -> None:
    span = f"{_day(found.since)} to {_day(found.until)}"
    typer.echo(f"{number_of(found.events, 'event')} of {found.people:,} people, {span}")
    if found.stopped:
        typer.echo("stopped before the end: these are the numbers so far")
    for row in found.rows:
        _print_row(row)
    mine, theirs = found.attention
    typer.echo(f"\nattention: {mine:g} a person a week, {theirs:g} under the rules it is compared with")


def _print_row(row: Row) -> None:
    gone = f"{row.lost:,} {'person' if row.lost == 1 else 'people'}"
    lost = f"; {gone} would not see it any more" if row.lost else ""
    typer.echo(f"\n{row.tip} ({row.surface}), {row.change}: {row.name}")
    typer.echo(
        f"  shown {row.shown:,} times to {row.people:,} people (compared: {row.live_shown:,} to {row.live_people:,}{lost})"
    )
    if row.ghosts:
        typer.echo(f"  held out {row.ghosts:,} times: the control group")
    if row.held:
        named = [f"{label(code, 'en')} {number:,}" for code, number in list(row.held.items())[:REASONS_SHOWN]]
        typer.echo(f"  people who never saw it: {', '.join(named)}")
    if row.unknown:
        typer.echo(f"  at most, for only a browser can tell: {', '.join(row.unknown)}")


def _day(ms: int) -> str:
    return f"{datetime.fromtimestamp(ms / 1000, UTC):%d %b %Y}"
