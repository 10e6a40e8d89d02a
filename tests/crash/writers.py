"""Writers that send batch after batch, and each again with the same message ids until it has an answer."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from random import Random
from typing import Any

import httpx

from tests.crash.product import KEY

__all__ = ["BATCH", "Batch", "Writers", "batch_of"]

BATCH = 8  # events
NAMES = ("opened", "import_started", "import_mapped", "import_completed", "report_exported", "report_exported")
AGES = (*[0] * 30, 700, 90_000)  # ms ago: now and then an event is late, and its subject's log is replayed
Batch = tuple[int, int]  # (writer, its number)


def batch_of(writer: int, number: int) -> list[dict[str, Any]]:
    """The events of a batch, always the same: known and anonymous people of three accounts, some of it late."""
    rng = Random(f"{writer}-{number}")
    user, events = rng.randrange(12), []
    for i in range(BATCH):
        event: dict[str, Any] = {"messageId": f"{writer}-{number}-{i}", "anonymousId": f"anon-{number % 40}"}
        if i == 0:
            event |= {
                "type": "group",
                "userId": f"user-{user}",
                "groupId": f"acme-{user % 3}",
                "traits": {"n": number},
            }
        else:
            event |= {"type": "track", "event": rng.choice(NAMES), "properties": {"import_id": rng.randrange(3)}}
            event |= {"ageMs": rng.choice(AGES), "context": {"library": {"name": "waypost"}}}
            event |= {"userId": f"user-{rng.randrange(12)}"} if rng.random() < 0.8 else {}
        events.append(event)
    return events


class Writers:
    """`sent` counts tries, `unanswered` those that died with the server; `acked` are the batches that had their 200."""

    def __init__(self, url: str, number: int) -> None:
        self._url = f"{url}/v1/batch"
        self._changed = threading.Condition()
        self._up, self._last = threading.Event(), threading.Event()
        self._threads = [threading.Thread(target=self._write, args=(i,), name=f"writer-{i}") for i in range(number)]
        self.acked: set[Batch] = set()
        self.sent = self.answered = self.unanswered = 0
        self.wrong: list[str] = []  # any answer but a 200 with all accepted

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Between `go` and `hold` they send; on the way out each finishes its batch and ends."""
        for thread in self._threads:
            thread.start()
        try:
            yield
        finally:
            self._last.set()
            self._up.set()
            for thread in self._threads:
                thread.join()

    def go(self) -> None:
        """The server is up."""
        self._up.set()

    def hold(self) -> None:
        """The server is about to die: nobody begins another try."""
        self._up.clear()

    def wait_for_more(self, of: str, number: int) -> None:
        """Until so many more tries were "sent", or "answered"."""
        with self._changed:
            enough = getattr(self, of) + number
            assert self._changed.wait_for(lambda: self.wrong or getattr(self, of) >= enough, timeout=60)
            assert not self.wrong, self.wrong

    def settled(self) -> set[Batch]:
        """What was acknowledged, once every try has had its answer or its end."""
        with self._changed:
            assert self._changed.wait_for(lambda: self.sent == self.answered + self.unanswered, timeout=60)
            assert not self.wrong, self.wrong
            return set(self.acked)

    @contextmanager
    def _telling(self) -> Iterator[None]:
        with self._changed:
            yield
            self._changed.notify_all()

    def _write(self, writer: int) -> None:
        number = 0
        with httpx.Client(timeout=30) as client:
            while not self.wrong:
                self._up.wait()
                number += self._try_once(client, writer, number)
                if self._last.is_set():
                    return

    def _try_once(self, client: httpx.Client, writer: int, number: int) -> bool:
        """Whether it was acknowledged; else it is sent again."""
        with self._telling():
            self.sent += 1
        try:
            answer = client.post(self._url, json={"writeKey": KEY, "batch": batch_of(writer, number)})
        except httpx.TransportError:
            with self._telling():
                self.unanswered += 1
            return False
        said = answer.json()
        fine = answer.status_code == 200 and (said["accepted"], said["rejected"]) == (BATCH, [])
        with self._telling():
            self.answered += 1
            if fine:
                self.acked.add((writer, number))
            else:
                self.wrong.append(f"{answer.status_code} {answer.text}")
        return fine
