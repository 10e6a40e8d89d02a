"""waypost replay: try rules on a clickstream before anybody sees them."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, TextIO

import typer

from waypost.engine.labels import label
from waypost.errors import BadInput, Invalid, WaypostError
from waypost.ingest.item import instant
from waypost.insight.replay import Reach, Replay
from waypost.model import Event
from waypost.rules.check import check_folder

__all__ = ["read_clickstream", "replay"]

HELD_SHOWN = 3


def replay(
    file: Annotated[Path, typer.Argument(help="A CSV file with a header line; .gz is fine.")],
    user: Annotated[str, typer.Option(help="The column with the user id.")] = "user_id",
    event: Annotated[str, typer.Option(help="The column with the event name.")] = "event",
    time: Annotated[str, typer.Option(help="The column with the time: ISO 8601, or ms since 1970.")] = "timestamp",
    rules: Annotated[Path, typer.Option(help="The folder of rules.")] = Path("rules"),
) -> None:
    """Run a clickstream through the live engine and say whom each rule would have reached."""
    plan, problems = check_folder(rules)
    if errors := tuple(problem for problem in problems if problem.severity == "error"):
        raise Invalid("\n".join(f"{rules}/{problem.line()}" for problem in errors), errors)
    events = read_clickstream(file, user, event, time)
    run = Replay(plan)
    with typer.progressbar(length=len(events), label=f"{len(events)} events", update_min_steps=200) as bar:
        run.run(events, lambda _done: bar.update(1))
    people = len({one.user_id for one in events})
    typer.echo(f"{people} users, {_day(events[0].t)} to {_day(events[-1].t)}\n" if events else "no events\n")
    for rule_id, reach in run.reach.items():
        _print(rule_id, reach, people)


def read_clickstream(file: Path, user: str, event: str, time: str) -> list[Event]:
    """Events in order of time; every other column becomes a property. Raises BadInput with file and line."""
    try:
        with _open(file) as lines:
            rows = csv.DictReader(lines)
            missing = [name for name in (user, event, time) if name not in (rows.fieldnames or [])]
            if missing:
                has = ", ".join(rows.fieldnames or [])
                raise BadInput(f"{file}: there is no column {missing[0]!r}; there are {has}")
            return sorted(_events(file, rows, user, event, time), key=lambda e: (e.t, e.index))
    except OSError as error:
        raise BadInput(f"{file}: cannot be read: {error.strerror}") from error


def _open(file: Path) -> TextIO:
    if file.suffix == ".gz":
        return gzip.open(file, "rt", encoding="utf-8", newline="")
    return file.open(encoding="utf-8", newline="")


def _events(file: Path, rows: csv.DictReader[str], user: str, event: str, time: str) -> Iterator[Event]:
    for index, row in enumerate(rows):
        try:
            at = instant(int(row[time]) if row[time].isdigit() else row[time], time)
        except WaypostError as error:
            raise BadInput(f"{file}: line {index + 2}: {error.detail}") from error
        yield Event(
            message_id=f"{index}",
            name=row[event],
            t=at,
            received_at=at,
            index=index,
            user_id=row[user],
            page_view_id=f"{index}",
            active=True,
            props={name: value for name, value in row.items() if name not in (user, event, time) and value},
        )


def _print(rule_id: str, reach: Reach, people: int) -> None:
    share = f"{100 * len(reach.users) / people:.1f} %" if people else "–"
    typer.echo(f"{rule_id}: {len(reach.users)} users ({share}), {reach.times} times")
    if reach.first is not None and reach.last is not None:
        typer.echo(f"    first {_day(reach.first)}, last {_day(reach.last)}")
    for code, users in reach.held.most_common(HELD_SHOWN):
        typer.echo(f"    held back: {users} users, {label(code, 'en')}")


def _day(ms: int) -> str:
    return f"{datetime.fromtimestamp(ms / 1000, UTC):%Y-%m-%d %H:%M}"
