"""A fresh profile and a fresh stub server for each test of the snippet."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.browser.snippet.stub import Stub


@pytest.fixture
def stub() -> Iterator[Stub]:
    server = Stub()
    yield server
    server.close()


@pytest.fixture
def context_of(chromium: Browser) -> Iterator[Callable[..., BrowserContext]]:
    """Opens browser contexts with options of the test's own."""
    opened: list[BrowserContext] = []

    def make(**options: Any) -> BrowserContext:
        opened.append(chromium.new_context(**options))
        return opened[-1]

    yield make
    for context in opened:
        context.close()


@pytest.fixture
def page(context_of: Callable[..., BrowserContext]) -> Page:
    """A page whose clock the test moves."""
    page = context_of(viewport={"width": 1280, "height": 720}).new_page()
    page.clock.install()
    return page


@pytest.fixture
def axe() -> Callable[[Page], list[str]]:
    """What axe-core finds wrong with the tips on a page."""
    code = (Path(__file__).parents[3] / "sdk-js/node_modules/axe-core/axe.min.js").read_text()

    def run(page: Page) -> list[str]:
        page.clock.resume()
        page.evaluate(code)
        found: list[str] = page.evaluate(
            """async () => { const {violations} = await axe.run({include: [["waypost-tip"]]}, {preload: false});
            return violations.map(v => v.id + ": " + v.nodes.map(n => n.html).join(" ")) }"""
        )
        return found

    return run
