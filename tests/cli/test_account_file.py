"""waypost accounts import over a real database."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Waypost
from waypost.service.start import open_runtime
from waypost.settings import LIMITS, Settings
from waypost.store.events import count_events

FILE = "id,name,seats\nacme,Acme,25\nbeta,Beta,5\n"


@pytest.fixture
def database(tmp_path: Path) -> str:
    """A database that a server made before."""
    (tmp_path / "rules").mkdir()
    url = f"sqlite:///{tmp_path / 'waypost.db'}"
    open_runtime(Settings(database_url=url, rules=str(tmp_path / "rules"))).store.close()
    return url


def events(url: str) -> int:
    runtime = open_runtime(Settings(database_url=url), publish=False)
    found = runtime.store.read_now(lambda tx: count_events(tx, runtime.project_id))
    runtime.store.close()
    return found


def test_a_file_is_imported_once_and_tried_first(waypost: Waypost, database: str) -> None:
    Path("accounts.csv").write_text(FILE)
    tried = waypost("accounts", "import", "accounts.csv", "--dry-run", DATABASE_URL=database)
    assert (tried.code, tried.out) == (0, "2 accounts read, 2 would change\n")
    assert events(database) == 0
    ran = waypost("accounts", "import", "accounts.csv", DATABASE_URL=database)
    assert (ran.code, ran.out) == (0, "2 accounts read, 2 changed\n")
    assert "Importing" in ran.err
    again = waypost("accounts", "import", "accounts.csv", DATABASE_URL=database)
    assert (again.code, again.out) == (0, "2 accounts read, 0 changed\n")
    assert events(database) == 2


def test_wrong_rows_are_told_with_their_place_and_the_others_are_taken(waypost: Waypost, database: str) -> None:
    Path("accounts.csv").write_text("id,seats\nacme,many\nbeta,5\ngamma\n")
    ran = waypost("accounts", "import", "accounts.csv", DATABASE_URL=database)
    assert ran.code == 1
    assert ran.out.splitlines() == [
        "accounts.csv: line 2, column seats: “many” is not a whole number; write 25",
        "accounts.csv: line 4: 1 cells where the header has 2; is a separator inside a text without quotation marks?",
        "1 account read, 1 changed",
    ]


def test_of_very_many_wrong_rows_the_first_are_told(waypost: Waypost, database: str) -> None:
    Path("accounts.csv").write_text("id,seats\n" + "".join(f"a{n},x\n" for n in range(LIMITS.import_problems + 2)))
    lines = waypost("accounts", "import", "accounts.csv", DATABASE_URL=database).out.splitlines()
    assert lines[LIMITS.import_problems :] == ["… and 2 more", "0 accounts read, 0 changed"]


@pytest.mark.parametrize(
    ("written", "says"),
    [
        (None, "waypost: accounts.csv: cannot be read: No such file or directory\n"),
        (
            "name\nAcme\n",
            'waypost: accounts.csv: line 1: a header line with a column "id" is needed, for example id,name,csm\n',
        ),
    ],
)
def test_what_is_no_such_file_is_one_line(waypost: Waypost, database: str, written: str | None, says: str) -> None:
    if written is not None:
        Path("accounts.csv").write_text(written)
    ran = waypost("accounts", "import", "accounts.csv", DATABASE_URL=database)
    assert (ran.code, ran.err, ran.out) == (1, says, "")
