"""What the decision log costs: syncs with it and without it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

from tests.benchmarks.decisions import runtime_of
from tests.benchmarks.timing import Case
from tests.unit.decide_world import tip
from waypost.service import sync as service
from waypost.service.runtime import Runtime

__all__ = ["LOGGED", "UNLOGGED", "logging_cases"]

LOGGED = "sync on SQLite, 100 rules"
UNLOGGED = "the same without the decision log"


@contextmanager
def logging_cases() -> Iterator[list[Case]]:
    loop = asyncio.new_event_loop()
    with TemporaryDirectory() as folder:
        runtime = runtime_of(Path(folder), 100, 100, tip("here", "tooltip", anchor="export"))
        ask = _asking(loop, runtime)

        def unlogged(number: int) -> None:
            with patch.object(service, "log_decision", lambda *_: None):
                ask(number)

        yield [Case(UNLOGGED, unlogged), Case(LOGGED, ask)]
        runtime.store.close()
    loop.close()


def _asking(loop: asyncio.AbstractEventLoop, runtime: Runtime) -> Callable[[int], None]:
    """Two pages, each asking twice: every other decision is another than the one before, as in the demo (57 of 100)."""
    raws = []
    for placements in ([], ["export"]):
        context = {"path": "/board/7", "locale": "en-GB", "placements": placements}
        asked = {
            "write_key": runtime.write_key,
            "user_id": "ivan",
            "anon_id": "a",
            "page_view_id": "p",
            "context": context,
        }
        raws.append(json.dumps(asked).encode())

    async def many(number: int) -> None:
        for i in range(number):
            await service.sync(runtime, service.decode_sync(raws[i // 2 % 2]))

    return lambda number: loop.run_until_complete(many(number))
