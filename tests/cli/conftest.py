"""The command line as its users type it, in a folder of its own and with no setting but those given."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import pytest

from waypost.cli import main


@dataclass(frozen=True)
class Ran:
    code: int
    out: str
    err: str


class Waypost(Protocol):
    def __call__(self, *words: str, **settings: str) -> Ran: ...


@pytest.fixture
def waypost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Waypost:
    """`waypost("check", "rules", TIMEZONE="UTC")` is `WAYPOST_TIMEZONE=UTC waypost check rules`."""
    monkeypatch.chdir(tmp_path)
    for name in os.environ:
        if name.startswith("WAYPOST_"):
            monkeypatch.delenv(name)

    def run(*words: str, **settings: str) -> Ran:
        with monkeypatch.context() as patched:
            patched.setattr(sys, "argv", ["waypost", *words])
            for name, value in settings.items():
                patched.setenv(f"WAYPOST_{name}", value)
            with pytest.raises(SystemExit) as ended:
                main()
        said = capsys.readouterr()
        code = ended.value.code
        assert isinstance(code, int)
        return Ran(code, said.out, said.err)

    return run


@pytest.fixture
def taken_port() -> Iterator[int]:
    """A port on which somebody listens."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        yield int(listening.getsockname()[1])


@pytest.fixture
def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
