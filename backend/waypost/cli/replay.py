"""waypost replay: try rules on a clickstream before anybody sees them."""

from __future__ import annotations

import sys
from collections import Counter
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import Annotated

import typer

from waypost.cli.checks import check_right, number_of
from waypost.cli.clickstream import Clickstream, Columns, read_clickstream
from waypost.cli.serve import load_settings
from waypost.engine.labels import label
from waypost.facts.days import zone
from waypost.insight.replay import Reach, Replay
from waypost.rules.plan import CompiledRule
from waypost.service.start import check_settings

__all__ = ["replay", "replay_file"]

REASONS_SHOWN = 3
BAR_EVERY = 200  # events between two looks at the bar


def replay(
    file: Annotated[Path, typer.Argument(help="A CSV file with a header line, in UTF-8; .gz is fine.")],
    user: Annotated[str, typer.Option(help="The column with the user id.")] = "user_id",
    event: Annotated[str, typer.Option(help="The column with the event name.")] = "event",
    time: Annotated[
        str, typer.Option(help="The column with the time: ISO 8601, or s or ms since 1970.")
    ] = "timestamp",
    rules: Annotated[Path, typer.Option(help="The folder of rules.")] = Path("rules"),
) -> None:
    """Run a clickstream through the live engine and say whom each rule would have reached.

    Other columns are properties of the events: numbers, true and false are taken as such.
    """
    stream, run = replay_file(file, Columns(user, event, time), rules)
    _, people = stream.count()
    _print_stream(stream)
    for rule in run.plan.rules.values():
        _print_rule(rule, run, people)


def replay_file(file: Path, columns: Columns, rules: Path) -> tuple[Clickstream, Replay]:
    """Replay a file under a folder of rules, with a bar on stderr. Raises a WaypostError before it begins."""
    settings = load_settings()
    check_settings(settings)
    plan, days = check_right(rules), zone(settings.timezone)
    stream = _read(file, columns, days)
    run = Replay(plan, days)
    length, _ = stream.count()
    with typer.progressbar(length=length, label="Replaying", file=sys.stderr, update_min_steps=BAR_EVERY) as bar:
        run.run(stream.events, lambda _done: bar.update(1))
    return stream, run


def _read(file: Path, columns: Columns, days: tzinfo) -> Clickstream:
    if not (sys.stderr.isatty() and file.is_file()):
        return read_clickstream(file, columns, days)
    with typer.progressbar(length=file.stat().st_size, label="Reading  ", file=sys.stderr) as bar:
        return read_clickstream(file, columns, days, bar.update)


# -- the report


def _print_stream(stream: Clickstream) -> None:
    (events, people), span = stream.count(), stream.span()
    if stream.left_out:
        typer.echo(f"{number_of(stream.left_out, 'row')} left out: no user, no event, or a name that starts with $")
    if span is not None:
        first, last = (_minute(t) for t in span)
        typer.echo(f"{number_of(events, 'event')} of {number_of(people, 'user')}, {first} to {last} UTC")
    else:
        typer.echo("no events")


def _print_rule(rule: CompiledRule, run: Replay, people: int) -> None:
    alert, reach = rule.kind == "alert", run.reach[rule.id]
    typer.echo(f"\n{rule.id} ({'CSM task' if alert else rule.surface}): {rule.name}")
    if rule.id in run.untried:
        typer.echo("  not tried: it looks at accounts, and a clickstream has none")
        return
    _print_group("opened for" if alert else "shown to", len(reach.users), people, _when(reach))
    for words, reasons in (("held back for", reach.held), ("never came up", reach.unmet)):
        if reasons:
            _print_group(words, reasons.total(), people, _reasons(reasons))
    if rest := people - len(reach.due) - reach.unmet.total():
        _print_group("never true for", rest, people, "")
    if browser := ", ".join(rule.source["trigger"].get("at", ())):
        typer.echo(f"  taken as given, for only a browser can tell: {browser}")


def _print_group(words: str, number: int, people: int, detail: str) -> None:
    share = f"{100 * number / people:.1f} %" if people else ""
    typer.echo(f"  {words:<14} {number:>9,} {'user ' if number == 1 else 'users'} {share:>7}   {detail}".rstrip())


def _when(reach: Reach) -> str:
    if reach.first is None or reach.last is None:
        return ""
    if reach.times == 1:
        return f"once, {_minute(reach.first)}"
    return f"{reach.times:,} times, first {_minute(reach.first)}, last {_minute(reach.last)}"


def _reasons(reasons: Counter[str]) -> str:
    shown = [f"{label(code, 'en')} ({number:,})" for code, number in reasons.most_common(REASONS_SHOWN)]
    return "; ".join([*shown, "…"] if len(reasons) > REASONS_SHOWN else shown)


def _minute(ms: int) -> str:
    return f"{datetime.fromtimestamp(ms / 1000, UTC):%Y-%m-%d %H:%M}"
