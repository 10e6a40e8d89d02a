"""A shop for each test, and one for all tests of a module that leave nothing behind.

Their files lie in memory where the system has a place for that: what a test says of the disk, its `Disk` says.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.http.shop import Shop

MEMORY = Path("/dev/shm")


def folders() -> Iterator[Path]:
    with TemporaryDirectory(prefix="waypost-", dir=MEMORY if MEMORY.is_dir() else None) as folder:
        yield Path(folder)


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    yield from folders()


@pytest.fixture(scope="module")
def module_path() -> Iterator[Path]:
    yield from folders()


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    """A fresh one, without rules."""
    made = Shop(tmp_path / "shop")
    yield made
    made.close()


@pytest.fixture(scope="module")
def shared(module_path: Path) -> Iterator[Shop]:
    """One for tests that only ask, or that send what is refused."""
    made = Shop(module_path / "shop")
    yield made
    made.close()
