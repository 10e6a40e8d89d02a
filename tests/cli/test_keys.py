"""waypost keys: made once and shown once, listed without the key, revoked at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Waypost
from waypost.service.start import open_runtime
from waypost.settings import LIMITS, Settings


@pytest.fixture(autouse=True)
def _database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    url = f"sqlite:///{tmp_path / 'waypost.db'}"
    monkeypatch.setenv("WAYPOST_DATABASE_URL", url)
    open_runtime(Settings(database_url=url, rules=str(tmp_path))).store.close()


def test_a_key_is_made_listed_and_revoked(waypost: Waypost) -> None:
    assert "No secret keys yet" in waypost("keys").out
    made = waypost("keys", "make", "crm-sync")
    key = made.out.strip()
    assert key.startswith("sk_")
    assert "not shown again" in made.err
    listed = waypost("keys").out
    assert "crm-sync" in listed
    assert "works" in listed
    assert key not in listed
    assert waypost("keys", "revoke", "1").code == 0
    assert "revoked" in waypost("keys").out
    again = waypost("keys", "revoke", "1")
    assert (again.code, again.err) == (1, "waypost: there is no working key 1; `waypost keys` lists them\n")


def test_a_key_has_a_name(waypost: Waypost) -> None:
    assert waypost("keys", "make", "x" * LIMITS.key_name_chars).code == 0
    for name in ("x" * (LIMITS.key_name_chars + 1), " "):
        refused = waypost("keys", "make", name)
        assert refused.code == 1
        assert f"NAME: write 1 to {LIMITS.key_name_chars} characters" in refused.err
