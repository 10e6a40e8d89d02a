"""waypost replay: try rules on a clickstream before anybody sees them."""

from __future__ import annotations

import csv
import gzip
import re
import sys
import zlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import Annotated, TextIO

import typer

from waypost.cli.checks import check_right, number_of
from waypost.cli.serve import load_settings
from waypost.engine.labels import label
from waypost.errors import BadInput, WaypostError
from waypost.facts.days import local_day, zone
from waypost.ingest.item import instant
from waypost.insight.replay import Reach, Replay
from waypost.model import Event, Json
from waypost.rules.plan import CompiledRule
from waypost.service.start import check_settings

__all__ = ["Clickstream", "Columns", "read_clickstream", "replay", "replay_file"]

REASONS_SHOWN = 3
SECONDS_BELOW = 100_000_000_000  # a smaller number is in seconds: as ms it would be before March 1973
BAR_EVERY = 200  # events between two looks at the bar
_NUMBER = re.compile(r"-?(0|[1-9][0-9]{0,14})(\.[0-9]{1,15})?")


@dataclass(frozen=True, slots=True)
class Columns:
    """Where a CSV file holds what is needed; every other column becomes a property."""

    user: str
    event: str
    time: str


@dataclass(frozen=True, slots=True)
class Clickstream:
    events: list[Event]  # in order of time
    left_out: int  # rows without a user, without an event, or with a name of Waypost's own


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
    people = len({one.user_id for one in stream.events})
    _print_stream(stream, people)
    for rule in run.plan.rules.values():
        _print_rule(rule, run, people)


def replay_file(file: Path, columns: Columns, rules: Path) -> tuple[Clickstream, Replay]:
    """Replay a file under a folder of rules, with a bar on stderr. Raises a WaypostError before it begins."""
    settings = load_settings()
    check_settings(settings)
    plan, days = check_right(rules), zone(settings.timezone)
    stream, run = read_clickstream(file, columns, days), Replay(plan, days)
    length = len(stream.events)
    with typer.progressbar(length=length, label="Replaying", file=sys.stderr, update_min_steps=BAR_EVERY) as bar:
        run.run(stream.events, lambda _done: bar.update(1))
    return stream, run


# -- reading


def read_clickstream(file: Path, columns: Columns, days: tzinfo = UTC) -> Clickstream:
    """Events in order of time. Raises BadInput with the file, and with the line where one is to blame."""
    try:
        with _open(file) as lines:
            rows = csv.DictReader(lines)
            try:
                return _clickstream(file, rows, columns, days)
            except csv.Error as error:
                raise BadInput(f"{file}: line {rows.line_num + 1}: {error}") from error
    except UnicodeDecodeError as error:
        raise BadInput(f"{file}: this is not text in UTF-8: {error.reason}") from error
    except (OSError, EOFError, zlib.error) as error:
        raise BadInput(f"{file}: cannot be read: {getattr(error, 'strerror', None) or error}") from error


def _open(file: Path) -> TextIO:
    if file.suffix == ".gz":
        return gzip.open(file, "rt", encoding="utf-8-sig", newline="")
    return file.open(encoding="utf-8-sig", newline="")


def _clickstream(file: Path, rows: csv.DictReader[str], columns: Columns, days: tzinfo) -> Clickstream:
    if not rows.fieldnames:
        raise BadInput(f"{file}: this file is empty; a header line is needed")
    for name in (columns.user, columns.event, columns.time):
        if name not in rows.fieldnames:
            raise BadInput(f"{file}: there is no column {name!r}; there are {', '.join(rows.fieldnames)}")
    number, events = 0, []
    for row in rows:
        try:
            found = _event(row, number, columns, days)
        except WaypostError as error:
            raise BadInput(f"{file}: line {rows.line_num}: {error.detail}") from error
        number += 1
        if found is not None:
            events.append(found)
    return Clickstream(sorted(events, key=lambda one: (one.t, one.index)), number - len(events))


def _event(row: Mapping[str, str | None], number: int, columns: Columns, days: tzinfo) -> Event | None:
    """One row, or None when nobody or nothing is named in it, or a name that no app may send."""
    if None in row:
        raise BadInput("more values than the header has columns")
    user, name = (row[column] or "" for column in (columns.user, columns.event))
    if not user or not name or name.startswith("$"):
        return None
    at = _instant(row[columns.time] or "", columns.time)
    used = (columns.user, columns.event, columns.time)
    return Event(
        message_id=f"{number}",
        name=name,
        t=at,
        received_at=at,
        index=number,
        user_id=user,
        page_view_id=f"{number}",
        active=True,
        day=local_day(at, days),
        props={column: _value(text) for column, text in row.items() if text and column not in used},
    )


def _instant(text: str, column: str) -> int:
    if not _NUMBER.fullmatch(text):
        return instant(text, column)
    number = float(text)
    return instant(number if number >= SECONDS_BELOW else round(number * 1_000), column)


def _value(text: str) -> Json:
    """As JSON would have it; a number with leading zeros or too many digits is an id, and stays a text."""
    if text in ("true", "false"):
        return text == "true"
    if _NUMBER.fullmatch(text):
        return float(text) if "." in text else int(text)
    return text


# -- the report


def _print_stream(stream: Clickstream, people: int) -> None:
    events = stream.events
    if stream.left_out:
        typer.echo(f"{number_of(stream.left_out, 'row')} left out: no user, no event, or a name that starts with $")
    if events:
        span = f"{_minute(events[0].t)} to {_minute(events[-1].t)} UTC"
        typer.echo(f"{number_of(len(events), 'event')} of {number_of(people, 'user')}, {span}")
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
