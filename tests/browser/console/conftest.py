"""The console over the real product: one short history, seeded once and copied for each test that changes it."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page

from tests.browser.demo.conftest import Server, World, free_port
from waypost.demo import seed as seeding
from waypost.demo.people import ACCOUNTS
from waypost.demo.site import rules_folder
from waypost.service.runtime import Runtime
from waypost.service.start import open_runtime
from waypost.settings import Settings
from waypost.web.app import build_app
from waypost.web.background import alerts_hook
from waypost.web.sessions import COOKIE, reset_password

PASSWORD = "open-sesame"
CUSTOMERS = 6  # of the demo's: enough for every outcome and for tasks in every state
Open = Callable[..., Page]


def start(database: Path, rules: Path | None = None) -> Runtime:
    settings = Settings(
        database_url=f"sqlite:///{database}",
        rules=str(rules or rules_folder()),
        write_key="wk_test",
        demo=True,
        debug_reasons=True,
    )
    runtime = open_runtime(settings, alerts_hook)
    reset_password(runtime, PASSWORD)
    return runtime


def serve(runtime: Runtime) -> Iterator[World]:
    """Without the background's loops: a test says itself when time passes."""
    backend = Server(build_app(runtime, background=False), free_port())
    yield World(runtime, backend, backend)
    backend.stop()
    runtime.store.close()


@pytest.fixture(scope="package")
def history(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with six weeks of visits of a few accounts."""
    database = tmp_path_factory.mktemp("history") / "waypost.db"
    runtime = start(database)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(seeding, "ACCOUNTS", ACCOUNTS[:CUSTOMERS])
        seeding.seed(runtime, runtime.clock.now(), Random(7))
    runtime.store.close()
    with sqlite3.connect(database) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return database


@pytest.fixture(scope="package")
def still(history: Path) -> Iterator[World]:
    """The history as it is, for tests that only look."""
    yield from serve(start(history))


@pytest.fixture
def world(history: Path, still: World, tmp_path: Path) -> Iterator[World]:
    """A copy of the history that a test may change."""
    copy = tmp_path / "waypost.db"
    shutil.copy(history, copy)
    yield from serve(start(copy))


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[World]:
    """A new server: no events, an empty folder of rules."""
    rules = tmp_path / "rules"
    rules.mkdir()
    yield from serve(start(tmp_path / "waypost.db", rules))


@pytest.fixture
def troubles() -> list[str]:
    """What the browser's console complained of; a test that looks for trouble empties it."""
    return []


def complains(told: ConsoleMessage) -> bool:
    """That an account has no health is an answer, which the browser tells all the same."""
    return told.type in ("error", "warning") and "/api/v1/accounts/" not in told.location.get("url", "")


@pytest.fixture
def visit(chromium: Browser, troubles: list[str]) -> Iterator[Open]:
    """Open the console of a world at an address, signed in unless said otherwise."""
    opened: list[BrowserContext] = []

    def open_page(world: World, path: str = "tips", *, signed_in: bool = True, **options: Any) -> Page:
        defaults = {"viewport": {"width": 1280, "height": 800}, "locale": "en-US", "reduced_motion": "reduce"}
        context = chromium.new_context(**{**defaults, "base_url": world.backend.url, **options})
        context.set_default_timeout(10_000)
        opened.append(context)
        if signed_in:
            token = world.runtime.signer.dumps("console", "admin", world.runtime.clock.wall())
            context.add_cookies([{"name": COOKIE, "value": token, "url": world.backend.url}])
        page = context.new_page()
        page.on("console", lambda told: troubles.append(told.text) if complains(told) else None)
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.goto(f"/console/{path}")
        page.locator("#app main").wait_for()
        return page

    yield open_page
    for context in opened:
        context.close()


@pytest.fixture(scope="package")
def axe() -> Callable[[Page], list[str]]:
    """What axe-core finds wrong with a page: with the dialog on top of it, else with its panel, else with all of it."""
    code = (Path(__file__).parents[3] / "sdk-js/node_modules/axe-core/axe.min.js").read_text()

    def run(page: Page) -> list[str]:
        page.evaluate(f"window.axe || (() => {{ {code} }})()")
        found: list[str] = page.evaluate(
            """async () => { const part = document.querySelector("dialog[open], .panel .act, .panel .section");
            const within = part?.closest("dialog, .panel") ?? document;
            const {violations} = await axe.run(within, {preload: false, resultTypes: ["violations"]});
            return violations.map(v => v.id + ": " + v.nodes.map(n => n.html + " " + n.failureSummary).join(" | ")) }"""
        )
        return found

    return run
