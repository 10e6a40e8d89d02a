"""The real product behind the real sample app: two servers on free ports, an empty database, a clock that moves."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from playwright.sync_api import Browser, BrowserContext, Page

from waypost.demo.control import routes
from waypost.demo.site import app_folder, build_site, rules_folder
from waypost.facts.subject import Facts, decode
from waypost.model import TIP, user_key
from waypost.service.runtime import Runtime
from waypost.service.start import move_clock, open_runtime
from waypost.settings import Settings
from waypost.store.events import events_of
from waypost.store.facts import load_facts
from waypost.web.app import build_app
from waypost.web.background import alerts_hook


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Server:
    """An ASGI app on a port of its own, in a thread; it can be stopped and started again."""

    def __init__(self, app: Any, port: int) -> None:
        self.app, self.port = app, port
        self.url = f"http://127.0.0.1:{port}"
        self.start()

    def start(self) -> None:
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", self.port))
        listener.listen(128)  # from here on requests wait instead of failing
        config = uvicorn.Config(self.app, log_level="error", access_log=False, timeout_graceful_shutdown=1)
        self.server = uvicorn.Server(config)
        self.thread = threading.Thread(target=self.server.run, args=([listener],), daemon=True)
        self.thread.start()
        self.listener = listener

    def stop(self) -> None:
        self.server.should_exit = True
        self.thread.join()
        self.listener.close()


@dataclass
class World:
    runtime: Runtime
    backend: Server
    site: Server

    def advance(self, ms: int) -> None:
        """Move the server's clock forward."""
        move_clock(self.runtime, ms)

    def facts(self, user: str) -> Facts:
        row = self.runtime.store.read_now(lambda tx: load_facts(tx, self.runtime.project_id, user_key(user)))
        assert row is not None, f"nothing is known of {user}"
        return decode(row[1])

    def names(self, user: str) -> list[str]:
        """Event names of a user, in the order of arrival."""
        found = self.runtime.store.read_now(
            lambda tx: [event for _, event in events_of(tx, self.runtime.project_id, user_key(user))]
        )
        return [event.name for event in found]

    def tip_events(self, user: str, tip: str) -> list[str]:
        """What became of a tip with this user, in the order of arrival."""
        found = self.runtime.store.read_now(
            lambda tx: [event for _, event in events_of(tx, self.runtime.project_id, user_key(user))]
        )
        return [e.props["what"] for e in found if e.name == TIP and e.props["tip"] == tip]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    settings = Settings(
        database_url=f"sqlite:///{tmp_path / 'waypost.db'}",
        rules=str(rules_folder()),
        write_key="wk_test",
        demo=True,
        debug_reasons=True,
    )
    runtime = open_runtime(settings, alerts_hook)
    backend = Server(build_app(runtime, routes), free_port())
    site = Server(build_site(app_folder(), backend.url, "wk_test"), free_port())
    yield World(runtime, backend, site)
    site.stop()
    backend.stop()
    runtime.store.close()


@pytest.fixture
def device(chromium: Browser, world: World) -> Iterator[Callable[..., BrowserContext]]:
    """A browser profile of its own: another device of the same or of another person."""
    opened: list[BrowserContext] = []

    def make(**options: Any) -> BrowserContext:
        context = chromium.new_context(
            **{"viewport": {"width": 1280, "height": 800}, "locale": "en-US", "base_url": world.site.url, **options}
        )
        context.set_default_timeout(15_000)
        opened.append(context)
        return context

    yield make
    for context in opened:
        context.close()


@pytest.fixture
def page(device: Callable[..., BrowserContext]) -> Page:
    return device().new_page()
