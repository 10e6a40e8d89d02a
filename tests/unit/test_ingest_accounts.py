"""Accounts as a CSV file: every form that spreadsheets write, and each mistake with its line, column and mend."""

from __future__ import annotations

from typing import Any

import pytest

from waypost.errors import BadInput, TooLarge
from waypost.ingest.account_words import fault_words
from waypost.ingest.accounts import Fault, read_accounts
from waypost.settings import LIMITS


def rows(text: str | bytes) -> list[tuple[int, str, dict[str, Any]]]:
    sheet = read_accounts(text if isinstance(text, bytes) else text.encode())
    assert sheet.faults == []
    return [(row.line, row.account, row.traits) for row in sheet.rows]


def fault(text: str) -> Fault:
    (found,) = read_accounts(text.encode()).faults
    return found


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("last", [True, False])
def test_a_file_may_come_from_any_spreadsheet(delimiter: str, end: str, mark: str, last: bool) -> None:
    lines = [["id", "Name", "seats"], ["acme", '"Acme, Inc; ""East""\t"', "12"], ["ромашка", "Ромашка", "7"]]
    text = mark + end.join(delimiter.join(line) for line in lines) + (end if last else "")
    assert rows(text) == [
        (2, "acme", {"name": 'Acme, Inc; "East"', "seats": 12}),
        (3, "ромашка", {"name": "Ромашка", "seats": 7}),
    ]


def test_known_columns_are_read_as_what_they_are() -> None:
    header = "id,name,csm,plan,seats,arr,mrr,renewal,tz,country,stage,status,entitlements"
    line = "7,007,olga,2,40,12000.50,0,2027-01-31,Europe/Berlin,DE,live,true,reports; api;"
    traits = {
        "name": "007", "csm": "olga", "plan": "2", "seats": 40, "arr": 12000.5, "mrr": 0, "renewal": "2027-01-31",
        "tz": "Europe/Berlin", "country": "DE", "stage": "live", "status": "true", "entitlements": ["reports", "api"],
    }  # fmt: skip
    assert rows(f"{header}\n{line}\n") == [(2, "7", traits)]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("true", True), ("false", False), ("True", "True"), ("12", 12), ("-3", -3), ("1.50", 1.5), ("0.5", 0.5), ("007", "007"),
        ("1e3", "1e3"), ("1 000", "1 000"), ("2027-01-31", "2027-01-31"), (" padded ", "padded"), ("1234567890123456", "1234567890123456"),
    ],
)  # fmt: skip
def test_any_other_column_is_a_trait_as_its_cell_reads(text: str, value: object) -> None:
    ((_, _, traits),) = rows(f"id,Custom\nacme,{text}\n")
    assert traits == {"Custom": value}
    assert type(traits["Custom"]) is type(value)


def test_an_empty_cell_says_nothing_and_an_empty_line_is_no_account() -> None:
    assert rows("id,plan,seats\n\nacme,,3\n,,\n") == [(3, "acme", {"seats": 3})]


def test_a_text_over_two_lines_keeps_the_line_numbers_right() -> None:
    text = 'id,name,seats\nacme,"two\nlines",1\nother,x,many\n'
    sheet = read_accounts(text.encode())
    assert [(row.line, row.traits["name"]) for row in sheet.rows] == [(2, "two\nlines")]
    assert sheet.faults == [Fault(4, "seats", "not_whole", "many")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("id,seats\nacme,12.5", Fault(2, "seats", "not_whole", "12.5")),
        ("id,seats\nacme,-1", Fault(2, "seats", "not_whole", "-1")),
        ('id,arr\nacme,"12,000"', Fault(2, "arr", "not_number", "12,000")),
        ("id,mrr\nacme,€5", Fault(2, "mrr", "not_number", "€5")),
        ("id,renewal\nacme,31.01.2027", Fault(2, "renewal", "not_date", "31.01.2027")),
        ("id,renewal\nacme,2027-02-30", Fault(2, "renewal", "not_date", "2027-02-30")),
        ("id,renewal\nacme,20270131", Fault(2, "renewal", "not_date", "20270131")),
        ("id,tz\nacme,Berlin", Fault(2, "tz", "not_zone", "Berlin")),
        ("id,tz\nacme,../UTC", Fault(2, "tz", "not_zone", "../UTC")),
        ("id,name\nacme,Acme, Inc", Fault(2, "", "wrong_width", "3/2")),
        ("id,name,plan\nacme,Acme", Fault(2, "", "wrong_width", "2/3")),
        ("id,name\n,Acme", Fault(2, "id", "no_id")),
        ("id,name\nac\x01me,Acme", Fault(2, "id", "bad_id", "ac\x01me")),
    ],
)
def test_a_row_with_a_mistake_is_left_out_with_its_place_and_its_mend(text: str, expected: Fault) -> None:
    assert fault(text) == expected
    for lang in ("en", "ru"):
        words = fault_words(expected, lang)
        assert "{" not in words
        assert any("а" <= letter <= "я" for letter in words) == (lang == "ru")


def test_an_account_named_twice_counts_once_and_the_second_row_says_where_the_first_is() -> None:
    sheet = read_accounts(b"id,seats\nacme,1\nother,2\nacme,3\n")
    assert [(row.account, row.traits) for row in sheet.rows] == [("acme", {"seats": 1}), ("other", {"seats": 2})]
    assert sheet.faults == [Fault(4, "id", "twice", "2")]
    assert fault_words(sheet.faults[0], "en") == "this account stands in line 2 already; keep one of the rows"


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (b"", "line 1: a header line with a column"),
        (b"name,seats\nacme,1", "line 1: a header line with a column"),
        (b"id,plan,plan\n", 'line 1: there are two columns "plan"'),
        (b"id,Plan,plan\n", 'line 1: there are two columns "plan"'),
        (b"id,,plan\n", "line 1: column 2 has no name"),
        (b'id,name\nacme,"Acme\n', "is a quotation mark missing?"),
        (b'id,name\nacme,"A"cme\n', "line 3: "),
        (b"id,name\nacme,\xff\n", "line 2: this is not text in UTF-8"),
        ("id,name\nacme,Acme\n".encode("utf-16"), "line 1: this is not text in UTF-8"),
    ],
)
def test_what_is_no_such_table_is_refused_as_a_whole_with_the_line(raw: bytes, says: str) -> None:
    with pytest.raises(BadInput) as refused:
        read_accounts(raw)
    assert says in refused.value.detail


def test_the_longest_id_is_taken_and_one_character_more_is_not() -> None:
    most = "a" * LIMITS.id_chars
    assert rows(f"id\n{most}\n") == [(2, most, {})]
    assert fault(f"id\n{most}a\n").code == "id_too_long"


def test_the_longest_column_name_is_taken_and_one_character_more_is_not() -> None:
    most = "c" * LIMITS.name_chars
    assert rows(f"id,{most}\na,1") == [(2, "a", {most: 1})]
    with pytest.raises(BadInput, match="longer than 200"):
        read_accounts(f"id,{most}c\na,1".encode())


def test_as_many_columns_as_traits_are_taken_and_one_more_is_not() -> None:
    names = [f"c{n}" for n in range(LIMITS.traits + 1)]
    cells = ["1"] * len(names)
    assert len(rows(",".join(["id", *names[:-1]]) + "\n" + ",".join(["a", *cells[:-1]]))[0][2]) == LIMITS.traits
    with pytest.raises(BadInput, match="200 at most"):
        read_accounts((",".join(["id", *names]) + "\n" + ",".join(["a", *cells])).encode())


def test_the_largest_row_is_taken_and_one_byte_more_is_not() -> None:
    def sheet(length: int) -> str:
        return f"id,note\na,{'x' * length}\n"

    room = LIMITS.event_bytes - int(fault(sheet(LIMITS.event_bytes)).value) + LIMITS.event_bytes
    assert rows(sheet(room))[0][2] == {"note": "x" * room}
    assert fault(sheet(room + 1)) == Fault(2, "", "too_large", str(LIMITS.event_bytes + 1))


def test_as_many_rows_as_allowed_are_taken_and_one_more_is_not() -> None:
    text = "id\n" + "".join(f"{n}\n" for n in range(LIMITS.import_rows))
    assert len(rows(text)) == LIMITS.import_rows
    with pytest.raises(TooLarge, match="more than 50000 rows"):
        read_accounts(f"{text}one more\n".encode())


def test_as_many_bytes_as_allowed_are_taken_and_one_more_is_not() -> None:
    start = b"id,name\na,b\n"
    full = start + b"\n" * (LIMITS.import_bytes - len(start))
    assert len(rows(full)) == 1
    with pytest.raises(TooLarge, match="8388608 at most"):
        read_accounts(full + b"\n")
