"""The short log of one subject: the latest events that order-sensitive states took, so that a late one can be put
in its place and the tail played again.

The log is cut into chunks. Each keeps the states as they were before its first entry, so a late event costs the
chunks after it and no more, and forgetting the oldest chunk needs no work. At least the latest LIMITS.replay_events
events of the latest LIMITS.replay_ms stay. In the blob a chunk is a few columns; it is read only when it is needed.
"""

from __future__ import annotations

import uuid
from bisect import bisect_left, insort
from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from waypost.model import OrderKey
from waypost.settings import LIMITS

__all__ = ["CHUNK", "Entry", "Hit", "Log"]

CHUNK = 100  # entries
Hit = tuple[str, str, tuple[int, ...]]  # atom id, correlation key (or value), roles
Entry = tuple[OrderKey, str, bool, tuple[Hit, ...]]  # its place, page view, counts as active, what it touches

_pack = msgspec.msgpack.Encoder().encode
_unpack = msgspec.msgpack.decode


class _Chunk:
    """`state`: the states before the first entry. `entries` and `body` are two forms of the same; one is enough."""

    __slots__ = ("body", "entries", "last", "n", "state")

    def __init__(self, state: bytes, body: bytes | None, entries: list[Entry] | None, n: int, last: OrderKey) -> None:
        self.state, self.body, self.entries, self.n, self.last = state, body, entries, n, last

    def opened(self) -> list[Entry]:
        if self.entries is None:
            assert self.body is not None
            self.entries = _read(self.body)
        return self.entries

    def packed(self) -> bytes:
        if self.body is None:
            assert self.entries is not None
            self.body = _write(self.entries)
        return self.body

    def put(self, entry: Entry) -> None:
        entries = self.opened()
        insort(entries, entry, key=_place)
        self.body, self.n, self.last = None, len(entries), entries[-1][0]


class Log:
    """Entries in order. `floor`: the place of the latest entry that was forgotten; what is older comes too late."""

    __slots__ = ("_chunks", "floor")

    def __init__(self, floor: OrderKey | None = None, chunks: list[_Chunk] | None = None) -> None:
        self.floor, self._chunks = floor, chunks or []

    def __iter__(self) -> Iterator[Entry]:
        for chunk in self._chunks:
            yield from chunk.opened()

    def __len__(self) -> int:
        return sum(chunk.n for chunk in self._chunks)

    def follows(self, key: OrderKey) -> bool:
        """Whether a new event at this place is the latest: no need to play anything again."""
        last = self._chunks[-1].last if self._chunks else self.floor
        return last is None or key > last

    def reaches(self, key: OrderKey) -> bool:
        """Whether an event at this place can still be put in."""
        return self.floor is None or key > self.floor

    def append(self, entry: Entry, state: Callable[[], bytes]) -> None:
        """Add the latest event. `state` gives the states before it, encoded."""
        chunk = self._chunks[-1] if self._chunks else None
        if chunk is None or chunk.n >= CHUNK:
            self._forget(entry[0][0])
            self._chunks.append(_Chunk(state(), None, [entry], 1, entry[0]))
            return
        chunk.opened().append(entry)
        chunk.body, chunk.n, chunk.last = None, chunk.n + 1, entry[0]

    def insert(self, entry: Entry) -> Iterator[tuple[bytes, list[Entry], Callable[[bytes], None]]]:
        """Put a late event in its place. Gives, for each chunk from there on, (its states, its entries, a way to set
        its states): the first chunk's states are right, the others' must be set before its entries are played."""
        at = min(bisect_left(self._chunks, entry[0], key=lambda chunk: chunk.last), len(self._chunks) - 1)
        self._chunks[at].put(entry)
        for chunk in self._chunks[at:]:
            yield chunk.state, chunk.opened(), _setter(chunk)

    def keep(self, atoms: Callable[[str], bool]) -> None:
        """Forget what the entries did to atoms that no rule uses any more."""
        for chunk in self._chunks:
            kept = [(*entry[:3], tuple(hit for hit in entry[3] if atoms(hit[0]))) for entry in chunk.opened()]
            chunk.entries, chunk.body = kept, None

    def _forget(self, t: int) -> None:
        number, oldest = len(self), t - LIMITS.replay_ms
        while self._chunks and (
            number - self._chunks[0].n >= LIMITS.replay_events or self._chunks[0].last[0] < oldest
        ):
            chunk = self._chunks.pop(0)
            number -= chunk.n
            self.floor = chunk.last

    def pack(self) -> list[Any]:
        """The form in the blob."""
        return [self.floor, [[chunk.state, chunk.packed(), chunk.n, chunk.last] for chunk in self._chunks]]

    @classmethod
    def unpack(cls, packed: list[Any]) -> Log:
        floor, chunks = packed
        return cls(
            None if floor is None else tuple(floor),
            [_Chunk(state, body, None, n, tuple(last)) for state, body, n, last in chunks],
        )


def _place(entry: Entry) -> OrderKey:
    return entry[0]


def _setter(chunk: _Chunk) -> Callable[[bytes], None]:
    def set_state(state: bytes) -> None:
        chunk.state = state

    return set_state


class _Words:
    """Values that repeat are written once and named by number."""

    def __init__(self) -> None:
        self.numbers: dict[Any, int] = {}

    def number(self, value: Any) -> int:
        return self.numbers.setdefault(value, len(self.numbers))


def _write(entries: list[Entry]) -> bytes:
    start = entries[0][0][0]
    loads, pages, hits = _Words(), _Words(), _Words()
    columns = [
        [key[0] - start for key, *_ in entries],
        [loads.number(key[1]) for key, *_ in entries],
        [key[2] for key, *_ in entries],
        [key[3] - key[0] for key, *_ in entries],
        [key[4] for key, *_ in entries],
        [_short(key[5]) for key, *_ in entries],
        [pages.number(page) for _, page, *_ in entries],
        [hits.number((active, touched)) for *_, active, touched in entries],
    ]
    words = [[_short(load) for load in loads.numbers], [_short(page) for page in pages.numbers], list(hits.numbers)]
    return _pack([start, *columns, *words])


def _read(body: bytes) -> list[Entry]:
    start, ts, loads, seqs, lags, indices, ids, pages, hits, load_words, page_words, hit_words = _unpack(body)
    load_words, page_words = [_long(word) for word in load_words], [_long(word) for word in page_words]
    touched = [
        (active, tuple((atom, key, tuple(roles)) for atom, key, roles in found)) for active, found in hit_words
    ]
    return [
        (
            (start + dt, load_words[load], seq, start + dt + lag, index, _long(message)),
            page_words[page],
            *touched[hit],
        )
        for dt, load, seq, lag, index, message, page, hit in zip(
            ts, loads, seqs, lags, indices, ids, pages, hits, strict=True
        )
    ]


def _short(text: str) -> str | bytes:
    """16 bytes for a UUID as programs write it."""
    if len(text) == 36:
        try:
            found = uuid.UUID(text)
        except ValueError:
            return text
        if str(found) == text:
            return found.bytes
    return text


def _long(word: str | bytes) -> str:
    return word if isinstance(word, str) else str(uuid.UUID(bytes=word))
