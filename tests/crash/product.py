"""The product as a customer runs it: a server process over a file, which can be killed and started again."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx

__all__ = ["KEY", "Product"]

KEY = "wk_test"
Document = Mapping[str, Any]


class Product:
    """A real server process on a free port; `kill` is kill -9."""

    def __init__(
        self,
        folder: Path,
        rules: Sequence[Document],
        chains: Document | None = None,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        self.rules = folder / "rules"
        (self.rules / "tips").mkdir(parents=True)
        for rule in rules:
            (self.rules / "tips" / f"{rule['id']}.json").write_text(json.dumps(rule))
        (self.rules / "chains.json").write_text(json.dumps(chains or {}))
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.path = folder / "a.db"
        self.database = f"sqlite:///{self.path}"
        self._environment = {"WAYPOST_DATABASE_URL": self.database, "WAYPOST_WRITE_KEY": KEY, **(settings or {})}

    def launch(self) -> str:
        """Start the process. Returns what it said until it listened."""
        command = [sys.executable, "-m", "waypost", "serve", "--port", str(self.port), "--rules", str(self.rules)]
        self.process = subprocess.Popen(
            command,
            env={**os.environ, **self._environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        return self.hears("Uvicorn running")

    def hears(self, words: str) -> str:
        """What it says up to the line with these words."""
        assert self.process.stdout is not None
        said = ""
        for line in self.process.stdout:
            said += line
            if words in line:
                return said
        raise AssertionError(f"it ended without a word of {words!r}:\n{said}")

    def start(self) -> None:
        """Returns once it listens and says that it is ready."""
        self.launch()
        ready = httpx.get(f"{self.url}/readyz")
        assert ready.status_code == 200, ready.text

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        assert self.process.stdout is not None
        self.process.stdout.close()

    def post(self, *batch: Document) -> None:
        """Send one batch, of which everything must be accepted."""
        answer = httpx.post(f"{self.url}/v1/batch", json={"writeKey": KEY, "batch": list(batch)})
        assert answer.json().get("rejected") == [], answer.text
