"""A wrong setting is one clear line and exit 2, and nothing was started or made."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.cli.conftest import Waypost

WRONG: list[tuple[dict[str, str], str]] = [
    (
        {"DATABASE_URL": "postgresql://me:hunter2@db/waypost"},
        "WAYPOST_DATABASE_URL: this version stores in SQLite only; write sqlite:///file.db, not 'db/waypost'",
    ),
    (
        {"DATABASE_URL": "sqlite:////no/such/folder/a.db"},
        "WAYPOST_DATABASE_URL: the folder '/no/such/folder' does not exist",
    ),
    (
        {"DATABASE_URL": "sqlite:///letter.txt"},
        "WAYPOST_DATABASE_URL: cannot open 'letter.txt': file is not a database",
    ),
    (
        {"DATABASE_URL": "sqlite:///newer.db"},
        "WAYPOST_DATABASE_URL: 'newer.db' has the schema '9999' of a newer Waypost; upgrade Waypost",
    ),
    (
        {"DATABASE_URL": "sqlite:///:memory:"},
        "WAYPOST_DATABASE_URL: ':memory:' cannot be made durable "
        "(journal_mode=memory, synchronous=2; wal and 2 are needed)",
    ),
    ({"RULES": "nowhere"}, "--rules nowhere: there is no such folder; make it, an empty one will do"),
    (
        {"SECRET_KEY": "too short"},
        "WAYPOST_SECRET_KEY: at least 16 characters are needed; leave it empty to have one made",
    ),
    ({"WRITE_KEY": "k" * 129}, "WAYPOST_WRITE_KEY: longer than 128 characters"),
    ({"TIMEZONE": "Mars/Olympus"}, "WAYPOST_TIMEZONE: 'Mars/Olympus' is not a zone such as Europe/Berlin"),
    ({"TIMEZONE": ""}, "WAYPOST_TIMEZONE: '' is not a zone such as Europe/Berlin"),
    (
        {"WEBHOOK_PRIVATE": "perhaps"},
        "WAYPOST_WEBHOOK_PRIVATE: Input should be a valid boolean, unable to interpret input",
    ),
    (
        {"DEBUG_REASONS": "2"},
        "WAYPOST_DEBUG_REASONS: Input should be a valid boolean, unable to interpret input",
    ),
    (
        {"MUTED_ROUTES": "/checkout/*"},
        'WAYPOST_MUTED_ROUTES: this is not JSON; write a list such as ["/checkout/*"]',
    ),
    ({"MUTED_ROUTES": "7"}, "WAYPOST_MUTED_ROUTES: Input should be a valid list"),
    ({"MUTED_ROUTES": '["/a", 7]'}, "WAYPOST_MUTED_ROUTES: Input should be a valid string"),
    ({"LOG_LEVEL": "loud"}, "WAYPOST_LOG_LEVEL: 'loud' is not one of DEBUG, INFO, WARNING, ERROR, CRITICAL"),
    ({"WEBHOOK_URL": "crm.example"}, "WAYPOST_WEBHOOK_URL: write https://…; leave it empty to send nothing"),
    (
        {"SMTP_URL": "mail.example"},
        "WAYPOST_SMTP_URL: write smtp://user:password@host:587 or smtps://…, with %40 for an @",
    ),
    (
        {"SMTP_URL": "smtp://me:hunter2@mail.example?tls=no", "MAIL_FROM": "a@b.example"},
        "WAYPOST_SMTP_URL: after the host may stand ?tls=none or ?tls=starttls, with smtp:// only",
    ),
    (
        {"SMTP_URL": "smtp://mail.example"},
        "WAYPOST_MAIL_FROM: '' is not a sender; write waypost@example.com",
    ),
    (
        {"SMTP_URL": "smtp://mail.example", "MAIL_FROM": "Waypost"},
        "WAYPOST_MAIL_FROM: 'Waypost' is not a sender; write waypost@example.com",
    ),
    (
        {"WEBHOOK_SECRET": "hunter2"},
        "WAYPOST_WEBHOOK_SECRET: write whsec_ and base64; leave it empty to have one made",
    ),
    (
        {"WEBHOOK_SECRET": "whsec_hunter2!"},
        "WAYPOST_WEBHOOK_SECRET: write whsec_ and base64; leave it empty to have one made",
    ),
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where somebody starts Waypost: rules, a letter, and a database of next year."""
    (tmp_path / "rules").mkdir()
    (tmp_path / "letter.txt").write_text("Dear customer, " * 500)
    with closing(sqlite3.connect(tmp_path / "newer.db")) as newer, newer:
        newer.execute("CREATE TABLE alembic_version (version_num TEXT)")
        newer.execute("INSERT INTO alembic_version VALUES ('9999')")
    return tmp_path


@pytest.mark.parametrize(("settings", "line"), WRONG, ids=[line for _, line in WRONG])
def test_a_wrong_setting_is_one_clear_line_and_exit_2(
    waypost: Waypost, folder: Path, free_port: int, settings: dict[str, str], line: str
) -> None:
    ran = waypost("serve", "--port", str(free_port), **settings)
    assert (ran.code, ran.out, ran.err) == (2, "", f"waypost: {line}\n")
    assert not (folder / "waypost.db").exists()


def test_a_taken_port_is_one_clear_line_and_exit_2(waypost: Waypost, folder: Path, taken_port: int) -> None:
    ran = waypost("serve", "--port", str(taken_port))
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == f"waypost: --port {taken_port}: cannot listen on 127.0.0.1: Address already in use\n"
    assert not (folder / "waypost.db").exists()


@pytest.mark.parametrize("port", ["0", "65536", "99999999999"])
def test_a_port_that_there_is_not_is_one_clear_line_and_exit_2(waypost: Waypost, folder: Path, port: str) -> None:
    ran = waypost("serve", "--port", port)
    assert (ran.code, ran.out, ran.err) == (2, "", f"waypost: --port {port}: a port is a number from 1 to 65535\n")


def test_an_address_of_another_machine_is_one_clear_line_and_exit_2(
    waypost: Waypost, folder: Path, free_port: int
) -> None:
    ran = waypost("serve", "--host", "192.0.2.1", "--port", str(free_port))
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith(f"waypost: --port {free_port}: cannot listen on 192.0.2.1: ")
    assert ran.err.count("\n") == 1


@pytest.mark.parametrize("which", [0, 1], ids=["its own port is taken", "the sample app's port is taken"])
def test_the_demo_refuses_a_taken_port_and_makes_nothing(
    waypost: Waypost, tmp_path: Path, taken_port: int, which: int
) -> None:
    ran = waypost("demo", "--no-browser", "--port", str(taken_port - which))
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == f"waypost: --port {taken_port}: cannot listen on 127.0.0.1: Address already in use\n"
    assert list(tmp_path.iterdir()) == []


def test_without_a_command_the_help_names_every_command(waypost: Waypost) -> None:
    ran = waypost("--help")
    assert ran.code == 0
    assert [
        word for word in ("serve", "demo", "check", "why", "preview", "rejects", "replay") if word not in ran.out
    ] == []
