"""waypost replay reads what people export, and says what is wrong with a file, never a traceback."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Ran, Waypost
from waypost.cli.clickstream import Columns, read_clickstream
from waypost.errors import BadInput

COLUMNS = Columns("user_id", "event", "timestamp")
HEAD = "user_id,event,timestamp"
ROW = "ivan,opened,2026-01-31T12:00:00Z"
WHOLE = gzip.compress("\n".join([HEAD, *[ROW] * 200]).encode())

WRONG: list[tuple[str, bytes, str]] = [
    ("a.csv", b"", "this file is empty; a header line is needed"),
    ("a.csv.gz", gzip.compress(b""), "this file is empty; a header line is needed"),
    ("a.csv", b"user,event,timestamp\n", "there is no column 'user_id'; there are user, event, timestamp"),
    ("a.csv", f"{HEAD}\n{ROW}\nivan,opened,yesterday\n".encode(), 'line 3: "timestamp" is not a time; write 2026-01-31T12:00:00.000Z'),
    ("a.csv", f"{HEAD}\n\n{ROW}\n\nivan,opened,²\n".encode(), 'line 5: "timestamp" is not a time; write 2026-01-31T12:00:00.000Z'),
    ("a.csv", f"{HEAD}\nivan,opened\n".encode(), 'line 2: "timestamp" is not a time; write 2026-01-31T12:00:00.000Z'),
    ("a.csv", f"{HEAD}\n{ROW},more\n".encode(), "line 2: more values than the header has columns"),
    ("a.csv", f'{HEAD},note\n{ROW},"{"x" * 200_000}"\n'.encode(), "line 2: field larger than field limit (131072)"),
    ("a.csv", f"{HEAD}\nIv\xe1n,opened,0\n".encode("latin-1"), "this is not text in UTF-8: invalid continuation byte"),
    ("a.csv", WHOLE, "this is not text in UTF-8: invalid start byte"),
    ("a.csv.gz", f"{HEAD}\n{ROW}\n".encode(), "cannot be read: Not a gzipped file (b'us')"),
    ("a.csv.gz", WHOLE[:-20], "cannot be read: Compressed file ended before the end-of-stream marker was reached"),
    ("a.csv.gz", WHOLE[:-8] + b"\0" * 8, "cannot be read: CRC check failed 0x0 != 0x"),
    ("a.csv.gz", WHOLE[:10] + b"\xff" * 40, "cannot be read: Error -3 while decompressing data: invalid block type"),
]  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "rules").mkdir()
    return tmp_path


def put(folder: Path, name: str, *rules: dict[str, Any], content: bytes = b"") -> None:
    (folder / name).write_bytes(content)
    for rule in rules:
        (folder / "rules" / f"{rule['id']}.json").write_text(json.dumps(rule))


@pytest.mark.parametrize(("name", "content", "line"), WRONG, ids=[line for _, _, line in WRONG])
def test_what_is_wrong_with_a_file_is_one_line_that_names_it(
    waypost: Waypost, folder: Path, name: str, content: bytes, line: str
) -> None:
    put(folder, name, content=content)
    ran = waypost("replay", name)
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.startswith(f"waypost: {name}: {line}")
    assert ran.err.count("\n") == 1


@pytest.mark.parametrize("name", ["nowhere.csv", "nowhere.csv.gz"])
def test_a_file_that_there_is_not_is_one_line(waypost: Waypost, folder: Path, name: str) -> None:
    ran = waypost("replay", name)
    assert (ran.code, ran.out, ran.err) == (1, "", f"waypost: {name}: cannot be read: No such file or directory\n")


def test_a_column_that_there_is_not_is_told_by_its_name(waypost: Waypost, folder: Path) -> None:
    put(folder, "a.csv", content=f"{HEAD}\n{ROW}\n".encode())
    ran = waypost("replay", "a.csv", "--time", "at")
    assert ran.err == "waypost: a.csv: there is no column 'at'; there are user_id, event, timestamp\n"


def test_wrong_rules_are_told_before_anything_is_read(waypost: Waypost, folder: Path) -> None:
    put(folder, "a.csv", {"id": "x"}, content=b"not a csv")
    ran = waypost("replay", "a.csv")
    assert (ran.code, ran.out) == (1, "")
    assert ran.err == 'waypost: rules/x.json: "text" is missing\nrules/x.json: "trigger" is missing\n'


def test_a_folder_of_rules_that_there_is_not_is_one_line(waypost: Waypost, folder: Path) -> None:
    ran = waypost("replay", "a.csv", "--rules", "nowhere")
    assert (ran.code, ran.err) == (1, "waypost: nowhere: there is no such folder of rules\n")


def test_a_wrong_setting_is_exit_2_here_too(waypost: Waypost, folder: Path) -> None:
    ran = waypost("replay", "a.csv", TIMEZONE="Mars/Olympus")
    assert (ran.code, ran.err) == (
        2,
        "waypost: WAYPOST_TIMEZONE: 'Mars/Olympus' is not a zone such as Europe/Berlin\n",
    )


# -- what can be read


TIMES = [
    ("2026-01-31T12:00:00Z", 1_769_860_800_000),
    ("2026-01-31 12:00:00", 1_769_860_800_000),
    ("2026-01-31T15:00:00.250+03:00", 1_769_860_800_250),
    ("2026-01-31", 1_769_817_600_000),
    ("1769860800", 1_769_860_800_000),
    ("1769860800.123", 1_769_860_800_123),
    ("1769860800250", 1_769_860_800_250),
    (" 2026-01-31T12:00:00Z ", 1_769_860_800_000),
]


@pytest.mark.parametrize(("text", "ms"), TIMES, ids=[text for text, _ in TIMES])
def test_a_time_may_be_iso_8601_or_a_number_of_s_or_ms(tmp_path: Path, text: str, ms: int) -> None:
    (tmp_path / "a.csv").write_text(f"{HEAD}\nivan,opened,{text}\n")
    assert [event.t for event in read_clickstream(tmp_path / "a.csv", COLUMNS).events] == [ms]


VALUES = [
    ("7", 7),
    ("-7", -7),
    ("0", 0),
    ("19.90", 19.9),
    ("true", True),
    ("false", False),
    ("007", "007"),
    ("1e3", "1e3"),
    ("1234567890123456789", "1234567890123456789"),
    ("True", "True"),
    ("a b", "a b"),
]


@pytest.mark.parametrize(("text", "value"), VALUES, ids=[text for text, _ in VALUES])
def test_other_columns_are_properties_with_numbers_as_numbers(tmp_path: Path, text: str, value: Any) -> None:
    (tmp_path / "a.csv").write_text(f"{HEAD},price,empty\n{ROW},{text},\n")
    (event,) = read_clickstream(tmp_path / "a.csv", COLUMNS).events
    assert event.props == {"price": value}
    assert type(event.props["price"]) is type(value)


def test_rows_are_put_in_order_of_time_and_equal_times_keep_their_order(tmp_path: Path) -> None:
    rows = ["c,x,3000000000000", "a,x,1000000000000", "b1,x,2000000000000", "b2,x,2000000000000"]
    (tmp_path / "a.csv").write_text("\n".join([HEAD, *rows]))
    found = list(read_clickstream(tmp_path / "a.csv", COLUMNS).events)
    assert [event.user_id for event in found] == ["a", "b1", "b2", "c"]


def test_a_file_from_a_spreadsheet_may_begin_with_a_byte_order_mark_and_end_its_lines_with_cr_lf(
    tmp_path: Path,
) -> None:
    (tmp_path / "a.csv").write_bytes(f"\ufeff{HEAD}\r\n{ROW}\r\n".encode())
    assert [event.name for event in read_clickstream(tmp_path / "a.csv", COLUMNS).events] == ["opened"]


def test_a_wrong_row_is_named_by_the_line_where_it_ends(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(f'{HEAD},note\n{ROW},"two\nlines"\nivan,opened,never,\n')
    with pytest.raises(BadInput, match="line 4: "):
        read_clickstream(tmp_path / "a.csv", COLUMNS)


# -- the report


def tip(tip_id: str, **parts: Any) -> dict[str, Any]:
    return {
        "id": tip_id,
        "name": tip_id.capitalize(),
        "text": {"en": {"title": "x"}},
        "placement": {"surface": "corner"},
        **parts,
    }


def report(waypost: Waypost, folder: Path, rows: list[str], *rules: dict[str, Any], **settings: str) -> Ran:
    put(folder, "a.csv", *rules, content="\n".join([HEAD, *rows]).encode())
    return waypost("replay", "a.csv", **settings)


def test_the_report_says_whom_each_rule_reached_and_what_held_it_back(waypost: Waypost, folder: Path) -> None:
    exported = {"on": {"event": "exported"}}
    rules = [
        tip("banner", trigger=exported, policy={"category": "help", "priority": "high"}),
        tip("schedule", trigger={**exported, "at": {"route": "/reports"}}),
        tip("never", trigger={"when": {"did": {"event": "imported", "min": 2}}}),
        {"id": "quiet", "kind": "alert", "scope": "user", "text": {"en": {"title": "Quiet"}}, "trigger": {"on": {"clock": True}, "when": {"inactive": {"for": "14d"}}}},
        {"id": "account", "kind": "alert", "text": {"en": {"title": "Quiet"}}, "trigger": {"on": {"clock": True}, "when": {"inactive": {"for": "14d", "scope": "account"}}}},
    ]  # fmt: skip
    rows = [
        "ivan,exported,2026-01-01T12:00:00Z",
        "olga,exported,2026-01-01T13:00:00Z",
        "olga,opened,2026-01-31T12:00:00Z",
        "petr,imported,2026-01-20T12:00:00Z",
        ",opened,2026-01-20T12:00:00Z",
        "ivan,$tip,2026-01-20T12:00:00Z",
    ]
    ran = report(waypost, folder, rows, *rules)
    assert ran.code == 0
    assert ran.out.splitlines() == [
        "2 rows left out: no user, no event, or a name that starts with $",
        "4 events of 3 users, 2026-01-01 12:00 to 2026-01-31 12:00 UTC",
        "",
        "account (CSM task): Quiet",
        "  not tried: it looks at accounts, and a clickstream has none",
        "",
        "banner (corner): Banner",
        "  shown to               2 users  66.7 %   2 times, first 2026-01-01 12:00, last 2026-01-01 13:00",
        "  never came up          1 user   33.3 %   its moment has not come (1)",
        "",
        "never (corner): Never",
        "  shown to               0 users   0.0 %",
        "  never came up          3 users 100.0 %   condition does not hold (3)",
        "",
        "quiet (CSM task): Quiet",
        "  opened for             2 users  66.7 %   2 times, first 2026-01-15 12:00, last 2026-01-15 13:00",
        "  never true for         1 user   33.3 %",
        "",
        "schedule (corner): Schedule",
        "  shown to               0 users   0.0 %",
        "  held back for          2 users  66.7 %   another tip stands there (2)",
        "  never came up          1 user   33.3 %   its moment has not come (1)",
        "  taken as given, for only a browser can tell: route",
    ]


def test_a_file_with_a_header_alone_has_no_events(waypost: Waypost, folder: Path) -> None:
    ran = report(waypost, folder, [])
    assert (ran.code, ran.out) == (0, "no events\n")


def test_days_are_those_of_the_zone_that_is_set(waypost: Waypost, folder: Path) -> None:
    two_days = tip("daily", trigger={"when": {">=": [{"days": {"event": "opened", "last": "2cd"}}, 2]}})
    rows = ["ivan,opened,2026-01-01T20:30:00Z", "ivan,opened,2026-01-01T21:30:00Z"]
    shown = [
        report(waypost, folder, rows, two_days, TIMEZONE=zone).out.splitlines()[3].split()[2]
        for zone in ("UTC", "Europe/Moscow")
    ]
    assert shown == ["0", "1"]


def test_absence_counts_from_the_beginning_of_the_file_also_of_what_nobody_ever_did(
    waypost: Waypost, folder: Path
) -> None:
    unused = tip("unused", trigger={"when": {"never": {"event": "bulk_edit", "tenure": "3d"}}})
    rows = ["ivan,opened,2026-01-01T12:00:00Z", "ivan,opened,2026-01-05T12:00:00Z"]
    out = report(waypost, folder, rows, unused).out
    assert "  shown to               1 user  100.0 %   once, 2026-01-05 12:00" in out.splitlines()


IMPORTS = {"steps": [{"event": "started"}, {"event": "done"}], "within": "1h"}


def test_a_task_at_a_moment_opens_when_the_moment_comes_and_not_before(waypost: Waypost, folder: Path) -> None:
    left = {
        "id": "left",
        "kind": "alert",
        "scope": "user",
        "text": {"en": {"title": "Left"}},
        "trigger": {"on": {"abandoned": {"ref": "import"}}},
        "repeat": {"mode": "episode", "cooldown": "1d"},
    }
    (folder / "rules" / "chains.json").write_text(json.dumps({"import": IMPORTS}))
    rows = [
        "ivan,started,2026-01-01T12:00:00Z",  # left
        "ivan,started,2026-01-01T14:00:00Z",  # left too; told when the cool-down of the first is over
        "ivan,started,2026-01-03T12:00:00Z",  # left
        "olga,started,2026-01-03T12:00:00Z",
        "olga,done,2026-01-03T13:00:00Z",
        "petr,opened,2026-01-04T12:00:00Z",
    ]
    out = report(waypost, folder, rows, left).out.splitlines()
    assert out[3:] == [
        "  opened for             1 user   33.3 %   3 times, first 2026-01-01 13:00, last 2026-01-03 13:00",
        "  never true for         2 users  66.7 %",
    ]


def test_a_task_opens_once_an_episode_and_again_only_after_what_clears_it(waypost: Waypost, folder: Path) -> None:
    busy = {
        "id": "busy",
        "kind": "alert",
        "scope": "user",
        "text": {"en": {"title": "Busy"}},
        "trigger": {"on": {"clock": True}, "when": {"did": {"event": "failed", "min": 2, "last": "1h"}}},
        "repeat": {"mode": "episode", "cooldown": "2d"},
        "alert": {"clear": {"did": {"event": "saved", "last": "1d"}}},
    }
    rows = [
        *(f"ivan,failed,2026-01-01T12:{minute}:00Z" for minute in (10, 20, 30)),  # opens at 12:20
        *(f"ivan,failed,2026-01-04T12:{minute}:00Z" for minute in (10, 20)),  # still open
        "ivan,saved,2026-01-05T12:00:00Z",  # clears it
        *(f"ivan,failed,2026-01-08T12:{minute}:00Z" for minute in (10, 20)),  # opens again
    ]
    out = report(waypost, folder, rows, busy).out.splitlines()
    assert (
        out[3] == "  opened for             1 user  100.0 %   2 times, first 2026-01-01 12:20, last 2026-01-08 12:20"
    )
