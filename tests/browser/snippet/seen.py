"""What the tests ask of a page with the snippet in it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

__all__ = ["WATCH", "open_page", "settled", "state", "tip", "until"]

WATCH = Path(__file__).with_name("watch.js")


def until(page: Page, holds: Callable[[], Any], what: str = "") -> None:
    """Wait for a state of the stub: it answers in a thread of its own."""
    for _ in range(400):
        if holds():
            return
        page.wait_for_timeout(10)
    raise AssertionError(f"never: {what or holds}")


def open_page(page: Page, url: str, syncs: list[Any]) -> None:
    """Open and wait for the first answer of the server."""
    before = len(syncs)
    page.goto(url)
    until(page, lambda: len(syncs) > before, "a first sync")


def settled(page: Page, ms: int = 0) -> None:
    """Let the page's clock run, then let what it started come back."""
    if ms:
        page.clock.run_for(ms)
    page.wait_for_timeout(60)


def tip(page: Page) -> dict[str, Any]:
    """The tip that stands: its box, its target's box, its text. Fails when there is none."""
    page.locator("waypost-tip .tip").wait_for(state="visible")
    found: dict[str, Any] = page.evaluate(
        """() => { const root = document.querySelector("waypost-tip").shadowRoot, tip = root.querySelector(".tip");
        const box = e => { const b = e && e.getBoundingClientRect(); return b && [b.left, b.top, b.right, b.bottom] };
        return {box: box(tip), target: box(document.querySelector("[data-waypost=export]")),
                text: tip.textContent, arrow: box(root.querySelector(".arrow"))} }"""
    )
    return found


def state(page: Page) -> dict[str, Any]:
    found: dict[str, Any] = page.evaluate("window.__seen")
    return found
