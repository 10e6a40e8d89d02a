"""Clickstreams as CSV files of any length: read once, put in order on disk, given event by event."""

from __future__ import annotations

import csv
import gzip
import io
import sqlite3
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, tzinfo
from pathlib import Path
from typing import IO, TextIO, cast

import msgspec

from waypost.errors import BadInput, WaypostError
from waypost.facts.days import local_day
from waypost.ingest.cells import NUMBER, cell
from waypost.ingest.item import instant
from waypost.model import Event

__all__ = ["Clickstream", "Columns", "read_clickstream"]

SECONDS_BELOW = 100_000_000_000  # a smaller number is in seconds: as ms it would be before March 1973
TOLD_EVERY = 1_000  # rows between two words on how far the file is read
_pack, _unpack = msgspec.msgpack.Encoder().encode, msgspec.msgpack.Decoder(Event).decode


@dataclass(frozen=True, slots=True)
class Columns:
    """Where a CSV file holds what is needed; every other column becomes a property."""

    user: str
    event: str
    time: str


class Clickstream:
    """Events in order of time, kept in a temporary database: a stream of any length takes no memory."""

    def __init__(self) -> None:
        self.left_out = 0  # rows without a user, without an event, or with a name of Waypost's own
        self._kept = sqlite3.connect("", isolation_level=None)  # a file of its own, gone with it
        self._kept.execute("CREATE TABLE event (t INTEGER, n INTEGER, user TEXT, body BLOB)")
        self._kept.execute("BEGIN")

    def keep(self, event: Event) -> None:
        self._kept.execute("INSERT INTO event VALUES (?,?,?,?)", (event.t, event.index, event.user_id, _pack(event)))

    @property
    def events(self) -> Iterator[Event]:
        return (_unpack(body) for (body,) in self._kept.execute("SELECT body FROM event ORDER BY t, n"))

    def count(self) -> tuple[int, int]:
        """(events, people)."""
        row = self._kept.execute("SELECT COUNT(*), COUNT(DISTINCT user) FROM event").fetchone()
        return int(row[0]), int(row[1])

    def span(self) -> tuple[int, int] | None:
        """The first and the last instant (ms); None for an empty stream."""
        first, last = self._kept.execute("SELECT MIN(t), MAX(t) FROM event").fetchone()
        return None if first is None else (int(first), int(last))


def read_clickstream(
    file: Path, columns: Columns, days: tzinfo = UTC, progress: Callable[[int], None] = lambda part: None
) -> Clickstream:
    """Raises BadInput with the file, and with the line where one is to blame. `progress`: bytes read since last told."""
    try:
        with file.open("rb") as raw, _decoded(file, raw) as lines:
            rows = csv.DictReader(lines)
            try:
                return _clickstream(file, rows, columns, days, _advance(raw, progress))
            except csv.Error as error:
                raise BadInput(f"{file}: line {rows.line_num + 1}: {error}") from error
    except UnicodeDecodeError as error:
        raise BadInput(f"{file}: this is not text in UTF-8: {error.reason}") from error
    except (OSError, EOFError, zlib.error) as error:
        raise BadInput(f"{file}: cannot be read: {getattr(error, 'strerror', None) or error}") from error


def _decoded(file: Path, raw: IO[bytes]) -> TextIO:
    plain = cast(IO[bytes], gzip.GzipFile(fileobj=raw)) if file.suffix == ".gz" else raw
    return io.TextIOWrapper(plain, encoding="utf-8-sig", newline="")


def _advance(raw: IO[bytes], progress: Callable[[int], None]) -> Callable[[], None]:
    told = 0

    def advance() -> None:
        nonlocal told
        here = raw.tell()
        progress(here - told)
        told = here

    return advance


def _clickstream(
    file: Path, rows: csv.DictReader[str], columns: Columns, days: tzinfo, advance: Callable[[], None]
) -> Clickstream:
    if not rows.fieldnames:
        raise BadInput(f"{file}: this file is empty; a header line is needed")
    for name in (columns.user, columns.event, columns.time):
        if name not in rows.fieldnames:
            raise BadInput(f"{file}: there is no column {name!r}; there are {', '.join(rows.fieldnames)}")
    stream = Clickstream()
    for number, row in enumerate(rows):
        try:
            found = _event(row, number, columns, days)
        except WaypostError as error:
            raise BadInput(f"{file}: line {rows.line_num}: {error.detail}") from error
        if found is None:
            stream.left_out += 1
        else:
            stream.keep(found)
        if number % TOLD_EVERY == 0:
            advance()
    return stream


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
        props={column: cell(text) for column, text in row.items() if text and column not in used},
    )


def _instant(text: str, column: str) -> int:
    if not NUMBER.fullmatch(text):
        return instant(text, column)
    number = float(text)
    return instant(number if number >= SECONDS_BELOW else round(number * 1_000), column)
