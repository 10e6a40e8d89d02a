"""Accounts as a CSV file: a header line, a row for each account, and for each mistake its line, column and mend.

A row counts whole or not at all. Known columns: id (needed), name, csm, plan, stage, country, status: texts; seats: a
whole number; arr, mrr: numbers; renewal: a date; tz: an IANA zone; entitlements: texts, separated by ";".
Columns of COMPUTED are passed over: an exported file may be imported again. Every other column is a trait of its name,
its values as `cell` reads them. An empty cell leaves a trait as it is.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date

import msgspec

from waypost.errors import BadInput, TooLarge
from waypost.ingest.cells import NUMBER, cell
from waypost.ingest.item import Refusal, Said, is_zone, to_event
from waypost.model import Event, Json
from waypost.settings import LIMITS

__all__ = ["COMPUTED", "FORMULA", "AccountSheet", "Fault", "Row", "event_of", "read_accounts"]

DELIMITERS = ",;\t"
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # how a cell begins that a spreadsheet would run
COMPUTED = ("health", "health_band", "active", "wau", "fell", "rank", "open_tasks", "last_active")
"""What Waypost itself finds out about an account."""
_said = Said(kind="group", trusted=True)


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a row does not count. `code` is a key of ingest/account_words.py; `value` is what stands there."""

    line: int  # of the file, from 1
    column: str
    code: str
    value: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One account as the file has it."""

    line: int
    account: str
    traits: dict[str, Json]


@dataclass
class AccountSheet:
    """What a file says: each of its rows is in one of the lists."""

    rows: list[Row] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)


def read_accounts(raw: bytes) -> AccountSheet:
    """Raises BadInput with its line for what is no such table at all, TooLarge for too many bytes or rows."""
    if len(raw) > LIMITS.import_bytes:
        raise TooLarge(f"{len(raw)} bytes; {LIMITS.import_bytes} at most, import the rest as a second file")
    lines = _text(raw)
    rows = csv.reader(io.StringIO(lines, newline=""), delimiter=_delimiter(lines), strict=True)
    sheet, first = AccountSheet(), dict[str, int]()
    try:
        columns = _columns(next(rows, []))
        for line, cells in _numbered(rows):
            found = _row(line, columns, cells, first)
            if isinstance(found, Fault):
                sheet.faults.append(found)
            else:
                sheet.rows.append(found)
            if len(sheet.rows) + len(sheet.faults) > LIMITS.import_rows:
                raise TooLarge(f"more than {LIMITS.import_rows} rows; import the rest as a second file")
    except csv.Error as error:
        raise BadInput(f"line {rows.line_num + 1}: {error}; is a quotation mark missing?", code="bad_csv") from error
    return sheet


def event_of(row: Row, message_id: str, now: int) -> Event:
    """The call of a server that says so. Raises Refusal for an id that no event may have."""
    call = {"groupId": row.account, "traits": row.traits, "messageId": message_id}
    return to_event(call, b"", _said, index=row.line, received_at=now)


def _text(raw: bytes) -> str:
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise BadInput(
            f'line {line}: this is not text in UTF-8; save the file as "CSV UTF-8"', code="bad_csv"
        ) from error


def _delimiter(lines: str) -> str:
    """The one that parts most columns of the header."""
    outside = "".join(lines.partition("\n")[0].split('"')[::2])
    return max(DELIMITERS, key=outside.count)


def _columns(header: Sequence[str]) -> list[str]:
    """Names as written; those that are known in small letters."""
    names = [name.strip() for name in header]
    columns = [name.lower() if name.lower() in ("id", *_KNOWN) else name for name in names]
    if "id" not in columns:
        raise BadInput('line 1: a header line with a column "id" is needed, for example id,name,csm', code="bad_csv")
    for place, name in enumerate(columns, 1):
        if not name:
            raise BadInput(f"line 1: column {place} has no name", code="bad_csv")
        if len(name) > LIMITS.name_chars:
            raise BadInput(
                f"line 1: the name of column {place} is longer than {LIMITS.name_chars} characters", code="bad_csv"
            )
        if columns.index(name) + 1 < place:
            raise BadInput(f'line 1: there are two columns "{name}"; keep one of them', code="bad_csv")
    if len(columns) - 1 > LIMITS.traits:
        raise BadInput(f'line 1: {len(columns) - 1} columns beside "id"; {LIMITS.traits} at most', code="bad_csv")
    return columns


def _numbered(rows: Iterator[list[str]]) -> Iterator[tuple[int, list[str]]]:
    """Rows with the line on which each begins: a quoted cell may go over several. Empty ones are left out."""
    before = rows.line_num  # type: ignore[attr-defined]
    for cells in rows:
        if any(text.strip() for text in cells):
            yield before + 1, cells
        before = rows.line_num  # type: ignore[attr-defined]


def _row(line: int, columns: Sequence[str], cells: Sequence[str], first: dict[str, int]) -> Row | Fault:
    """`first`: account -> the line that named it first."""
    if len(cells) != len(columns):
        return Fault(line, "", "wrong_width", f"{len(cells)}/{len(columns)}")
    said = {column: _plain(text) for column, text in zip(columns, cells, strict=True)}
    account = said.pop("id")
    if not account:
        return Fault(line, "id", "no_id")
    if account in first:
        return Fault(line, "id", "twice", str(first[account]))
    first[account] = line
    traits: dict[str, Json] = {}
    for column, text in said.items():
        if not text or column in COMPUTED:
            continue
        read, code = _KNOWN.get(column, (cell, ""))
        try:
            traits[column] = read(text)
        except ValueError:
            return Fault(line, column, code, text[:80])
    found = Row(line, account, traits)
    try:
        event = event_of(found, "", 0)
    except Refusal as refusal:
        return Fault(line, "id", refusal.code, account[:80])
    size = len(msgspec.json.encode(event))
    return Fault(line, "", "too_large", str(size)) if size > LIMITS.event_bytes else found


def _plain(cell: str) -> str:
    """Without the apostrophe that keeps a spreadsheet from running it."""
    text = cell.strip()
    return text[1:] if text[:1] == "'" and text[1:].startswith(FORMULA) else text


# -- known columns: how their cells are read (ValueError: not so), and what is said otherwise


def _number(text: str) -> Json:
    if not NUMBER.fullmatch(text) or text.startswith("-"):
        raise ValueError
    return cell(text)


def _whole(text: str) -> Json:
    if "." in text:
        raise ValueError
    return _number(text)


def _date(text: str) -> Json:
    if len(text) != len("2027-01-31"):
        raise ValueError
    return date.fromisoformat(text).isoformat()


def _zone(text: str) -> Json:
    if not is_zone(text):
        raise ValueError
    return text


def _list(text: str) -> Json:
    return [part.strip() for part in text.split(";") if part.strip()]


_KNOWN: dict[str, tuple[Callable[[str], Json], str]] = {
    **dict.fromkeys(("name", "csm", "plan", "stage", "country", "status"), (str, "")),
    "seats": (_whole, "not_whole"),
    "arr": (_number, "not_number"),
    "mrr": (_number, "not_number"),
    "renewal": (_date, "not_date"),
    "tz": (_zone, "not_zone"),
    "entitlements": (_list, ""),
}
