"""Find a Chromium for the browser tests, or install one: Debian's through apt, else Playwright's own.

Run as `python -m tests.browser.chromium` it installs what is missing and says what it did.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

__all__ = ["ARGS", "executable"]

ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--no-first-run",
    "--disable-quic",
]
NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")


@cache
def executable() -> str | None:
    """The path of a Chromium on this machine, or None when only Playwright's own can be there."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


def _playwright_has_one() -> bool:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        return Path(playwright.chromium.executable_path).exists()


def _install_with_apt() -> bool:
    if shutil.which("apt-get") is None or os.geteuid() != 0:
        return False
    packages = ["chromium", "fonts-noto-core"]
    steps = [
        ["apt-get", "update", "-qq"],
        ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages],
    ]
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    return all(subprocess.run(step, env=environment, stdout=subprocess.DEVNULL).returncode == 0 for step in steps)


def main() -> int:
    if executable() or _playwright_has_one():
        return 0
    print("browser tests: no Chromium here, installing one", flush=True)
    if _install_with_apt():
        return 0
    if subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"]).returncode == 0:
        return 0
    print(
        "browser tests need Chromium: install it (apt-get install chromium) and run this again",
        file=sys.stderr,
    )
    return 1


if __name__ == "__main__":
    sys.exit(main())
