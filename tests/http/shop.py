"""A Waypost of its own: the real app over a real file, with a clock and a disk that tests rule."""

from __future__ import annotations

import asyncio
import base64
import sqlite3
import threading
from collections.abc import Coroutine, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import httpx
import msgspec

from waypost.model import Event
from waypost.service.clock import Clock
from waypost.service.runtime import Runtime
from waypost.service.start import open_runtime
from waypost.settings import Settings
from waypost.store.keys import add_key, working_key
from waypost.store.rejects import Kept, kept
from waypost.store.sqlite import Store, Tx
from waypost.trust.keys import key_digest
from waypost.web.app import build_app
from waypost.web.sessions import reset_password

__all__ = ["KEY", "ORIGIN", "PASSWORD", "START", "Disk", "Shop", "assert_problem", "basic", "corner", "track"]

T = TypeVar("T")
START = 1_800_000_000_000  # 15 January 2027, 08:00 UTC
KEY = "wk_test"
SECRET = "sk_of-a-server"
PASSWORD = "open-sesame"
HOST = "http://waypost.test"
ORIGIN = {"origin": HOST}
_event = msgspec.msgpack.Decoder(Event)


def basic(key: str) -> dict[str, str]:
    """The header of Segment's libraries: the key is the user name."""
    return {"authorization": "Basic " + base64.b64encode(f"{key}:".encode()).decode()}


def track(event: str = "opened", user: str = "ivan", **fields: Any) -> dict[str, Any]:
    return {"type": "track", "event": event, "userId": user, **fields}


def corner(tip: str, **parts: Any) -> dict[str, Any]:
    """A rule whose tip stands in the corner and is due at once."""
    placement = {"surface": parts.pop("surface", "corner")}
    if "anchor" in parts:
        placement["anchor"] = parts.pop("anchor")
    text = {"en": {"title": tip, "body": "A body"}}
    return {"id": tip, "text": text, "placement": placement, "trigger": parts.pop("trigger", {"when": True}), **parts}


def assert_problem(answer: httpx.Response, status: int | None = None, code: str | None = None) -> dict[str, Any]:
    """RFC 9457, with nothing of it missing. Returns the document."""
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    found: dict[str, Any] = answer.json()
    assert {"type", "title", "status", "detail", "code"} <= found.keys()
    assert all(isinstance(found[name], str) and found[name] for name in ("type", "title", "detail", "code"))
    assert found["title"] != "Error"
    assert found["status"] == answer.status_code
    assert status in (None, answer.status_code), found
    assert code in (None, found["code"]), found
    return found


class Disk:
    """Commits, counts them, and fails or waits when a test says so."""

    def __init__(self) -> None:
        self.commits = 0
        self.error: Exception | None = None
        self.reached, self.free = threading.Event(), threading.Event()
        self.free.set()

    def __call__(self, connection: sqlite3.Connection) -> None:
        self.reached.set()
        assert self.free.wait(60)
        if self.error is not None:
            raise self.error
        connection.execute("COMMIT")
        self.commits += 1


class Shop:
    """Opens in an empty folder. `restart` is a new process over the same file."""

    def __init__(
        self,
        folder: Path,
        *rules: dict[str, Any],
        chains: dict[str, Any] | None = None,
        checklists: Sequence[dict[str, Any]] = (),
    ) -> None:
        self.folder, self.now, self.disk = folder, START, Disk()
        (folder / "tips").mkdir(parents=True)
        (folder / "chains.json").write_bytes(msgspec.json.encode(chains or {}))
        for rule in rules:
            (folder / "tips" / f"{rule['id']}.json").write_bytes(msgspec.json.encode(rule))
        (folder / "checklists").mkdir()
        for one in checklists:
            (folder / "checklists" / f"{one['id']}.json").write_bytes(msgspec.json.encode(one))
        self._loop = asyncio.Runner()
        self._open()
        assert [problem.line() for problem in self.runtime.rules.problems if problem.severity == "error"] == []

    def _open(self) -> None:
        url = f"sqlite:///{self.folder / 'a.db'}"
        settings = Settings(database_url=url, rules=str(self.folder), write_key=KEY, secret_key="0123456789abcdef")
        opened = open_runtime(settings, clock=Clock(lambda: self.now))
        opened.store.close()
        self.runtime: Runtime = replace(opened, store=Store.open(url, self.disk))
        self.runtime.rules.store = self.runtime.store
        self.app = build_app(self.runtime, background=False)
        self.client = self.browser()

    def browser(self, address: str = "10.0.0.1") -> httpx.AsyncClient:
        """A client with cookies of its own."""
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False, client=(address, 50_000))
        return httpx.AsyncClient(transport=transport, base_url=HOST)

    def restart(self) -> None:
        self.runtime.store.close()
        self._open()

    def close(self) -> None:
        self.disk.free.set()
        self.runtime.store.close()
        self._loop.close()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self._loop.run(work)

    def ask(self, method: str, path: str, client: httpx.AsyncClient | None = None, **parts: Any) -> httpx.Response:
        return self.run((client or self.client).request(method, path, **parts))

    def post(self, path: str, body: Any, headers: dict[str, str] | None = None, **parts: Any) -> httpx.Response:
        """With the key. Bytes go as they are, anything else as JSON."""
        content = body if isinstance(body, bytes) else msgspec.json.encode(body)
        return self.ask("POST", path, content=content, headers=basic(KEY) | (headers or {}), **parts)

    def batch(self, *events: Any, **outer: Any) -> dict[str, Any]:
        """Send a batch that the server takes: the reply."""
        answer = self.post("/v1/batch", {"batch": list(events), **outer})
        assert answer.status_code == 200, answer.text
        reply: dict[str, Any] = answer.json()
        assert reply["accepted"] + len(reply["rejected"]) == len(events)
        return reply

    def server(self, *events: Any) -> dict[str, Any]:
        """Send a batch as a server with a secret key does: the reply."""
        digest = key_digest(SECRET)

        def job(tx: Tx) -> None:
            if working_key(tx, self.runtime.project_id, digest) is None:
                add_key(tx, self.runtime.project_id, "server", digest, self.now)

        self.runtime.store.write_now(job)
        answer = self.ask(
            "POST", "/v1/batch", json={"batch": list(events)}, headers={"authorization": f"Bearer {SECRET}"}
        )
        assert answer.status_code == 200, answer.text
        reply: dict[str, Any] = answer.json()
        return reply

    def sync(self, user: str | None = "ivan", page: str = "p1", **body: Any) -> dict[str, Any]:
        """One sync of the snippet: the reply."""
        known = {"user_id": user} if user else {}
        told = {"anon_id": "anon-1", "load_id": "l1", "page_view_id": page, **known, **body}
        answer = self.post("/v1/sync", told)
        assert answer.status_code == 200, answer.text
        reply: dict[str, Any] = answer.json()
        return reply

    def sign_in(self, client: httpx.AsyncClient | None = None) -> None:
        reset_password(self.runtime, PASSWORD)
        answer = self.ask("POST", "/api/login", client, json={"password": PASSWORD}, headers=ORIGIN)
        assert answer.status_code == 204

    def events(self, name: str | None = None) -> list[Event]:
        """What is stored, in the order of the log."""

        def job(tx: Tx) -> list[Event]:
            rows = tx.execute("SELECT body FROM event WHERE project_id=? ORDER BY id", (self.runtime.project_id,))
            return [_event.decode(row[0]) for row in rows]

        return [event for event in self.runtime.store.read_now(job) if name in (None, event.name)]

    def rejects(self, *, waiting: bool = True) -> list[Kept]:
        return self.runtime.store.read_now(
            lambda tx: kept(tx, self.runtime.project_id, limit=1_000_000, waiting=waiting)
        )
