"""The short log of one subject: the latest events that order-sensitive states took, so that a late one can be put
in its place and the tail played again.

The log is cut into chunks. Each keeps the states as they were before its first entry, so a late event costs the
chunks after it and no more, and forgetting the oldest chunk needs no work. At least the latest LIMITS.replay_events
events of the latest LIMITS.replay_ms stay. In the blob a chunk is a few columns; it is read only when it is needed.
"""

from __future__ import annotations

import uuid
import zlib
from bisect import bisect_left, insort
from collections.abc import Callable, Iterator, Sequence
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
    """`state`: the states before the first entry. `entries` and `body` are two forms of the same; one is enough.

    `small` is both, compressed: the form of a full chunk in the blob, taken apart when a late event needs it.
    """

    __slots__ = ("_state", "body", "entries", "small")

    def __init__(
        self,
        state: bytes | None,
        body: bytes | None = None,
        entries: list[Entry] | None = None,
        small: bytes | None = None,
    ) -> None:
        self._state, self.body, self.entries, self.small = state, body, entries, small

    @property
    def state(self) -> bytes:
        self._open()
        assert self._state is not None
        return self._state

    def _open(self) -> None:
        """Take the compressed form apart, where that is all there is."""
        if self._state is None:
            assert self.small is not None
            self._state, self.body = _unpack(zlib.decompress(self.small))

    def set_state(self, state: bytes) -> None:
        if state != self.state:
            self._state, self.small = state, None

    def opened(self) -> list[Entry]:
        """The entries, to be changed: the other forms are forgotten."""
        self.entries = self.read()
        self.changed()
        return self.entries

    def changed(self) -> None:
        """The entries are not what they were."""
        self._open()
        self.body, self.small = None, None

    def read(self) -> list[Entry]:
        if self.entries is not None:
            return self.entries
        self._open()
        assert self.body is not None
        return _read(self.body)

    def packed(self, size: int) -> list[bytes]:
        """[state, body] while there is room in it, else [both of them, compressed]."""
        if self.small is not None:
            return [self.small]
        if self.body is None:
            assert self.entries is not None
            self.body = _write(self.entries)
        if size < CHUNK:
            return [self.state, self.body]
        self.small = zlib.compress(_pack([self.state, self.body]))
        return [self.small]

    @classmethod
    def unpacked(cls, packed: list[bytes]) -> _Chunk:
        return cls(None, small=packed[0]) if len(packed) == 1 else cls(packed[0], packed[1])


class Log:
    """Entries in order. `floor`: the place of the latest entry that was forgotten; what is older comes too late.

    `last` and `tail` (the entries of the last chunk, once they were needed) are for events that are not late, nearly
    all of them: the caller appends to `tail` itself while it has room.
    """

    __slots__ = ("_chunks", "_lasts", "_sizes", "floor", "last", "tail")

    def __init__(
        self,
        floor: OrderKey | None = None,
        chunks: Sequence[_Chunk] = (),
        lasts: Sequence[OrderKey] = (),
        sizes: Sequence[int] = (),
    ) -> None:
        self.floor, self._chunks, self._lasts, self._sizes = floor, list(chunks), list(lasts), list(sizes)
        self.last: OrderKey | None = self._lasts[-1] if self._lasts else floor
        self.tail: list[Entry] | None = None

    def __iter__(self) -> Iterator[Entry]:
        for chunk in self._chunks:
            yield from chunk.read()

    def __len__(self) -> int:
        self._settle()
        return sum(self._sizes)

    def reaches(self, key: OrderKey) -> bool:
        """Whether an event at this place can still be put in."""
        return self.floor is None or key > self.floor

    def append(self, entry: Entry, state: Callable[[], bytes]) -> None:
        """Add the latest event where `tail` has no room. `state` gives the states before it, encoded."""
        if self._chunks and self.tail is None and self._sizes[-1] < CHUNK:
            self.tail = self._chunks[-1].opened()
        if self.tail is not None and len(self.tail) < CHUNK:
            self.tail.append(entry)
        else:
            self._settle()
            self._forget(entry[0][0])
            self.tail = [entry]
            self._chunks.append(_Chunk(state(), None, self.tail))
            self._sizes.append(1)
            self._lasts.append(entry[0])
        self.last = entry[0]

    def insert(self, entry: Entry) -> Iterator[tuple[bytes, list[Entry], Callable[[bytes], None]]]:
        """Put a late event in its place. Gives, for each chunk from there on, (its states, its entries, a way to set
        its states): the first chunk's states are right, the others' must be set before its entries are played."""
        self._settle()
        at = min(bisect_left(self._lasts, entry[0]), len(self._chunks) - 1)
        entries = self._chunks[at].opened()
        insort(entries, entry, key=_place)
        self._sizes[at], self._lasts[at] = len(entries), entries[-1][0]
        for chunk in self._chunks[at:]:
            yield chunk.state, chunk.read(), chunk.set_state

    def keep(self, atoms: Callable[[str], bool]) -> None:
        """Forget what the entries did to atoms that no rule uses any more."""
        for chunk in self._chunks:
            entries = chunk.opened()
            entries[:] = [(*entry[:3], tuple(hit for hit in entry[3] if atoms(hit[0]))) for entry in entries]

    def _settle(self) -> None:
        """Note what was appended to the tail."""
        if self.tail is not None:
            self._chunks[-1].changed()
            self._sizes[-1], self._lasts[-1] = len(self.tail), self.tail[-1][0]

    def _forget(self, t: int) -> None:
        number, oldest = sum(self._sizes), t - LIMITS.replay_ms
        while self._chunks and (number - self._sizes[0] >= LIMITS.replay_events or self._lasts[0][0] < oldest):
            self._chunks.pop(0)
            number -= self._sizes.pop(0)
            self.floor = self._lasts.pop(0)

    def pack(self) -> list[Any]:
        """The form in the blob."""
        self._settle()
        return [
            self.floor,
            [
                [chunk.packed(size), last, size]
                for chunk, last, size in zip(self._chunks, self._lasts, self._sizes, strict=True)
            ],
        ]

    @classmethod
    def unpack(cls, packed: list[Any]) -> Log:
        floor, chunks = packed
        return cls(
            None if floor is None else tuple(floor),
            [_Chunk.unpacked(chunk) for chunk, _, _ in chunks],
            [tuple(last) for _, last, _ in chunks],
            [size for *_, size in chunks],
        )


def _place(entry: Entry) -> OrderKey:
    return entry[0]


class _Words:
    """Values that repeat are written once and named by number."""

    def __init__(self) -> None:
        self.numbers: dict[Any, int] = {}

    def number(self, value: Any) -> int:
        return self.numbers.setdefault(value, len(self.numbers))


def _write(entries: list[Entry]) -> bytes:
    start = entries[0][0][0]
    loads, pages, hits, words = _Words(), _Words(), _Words(), _Words()
    columns = [
        [key[0] - start for key, *_ in entries],
        [loads.number(key[1]) for key, *_ in entries],
        [key[2] for key, *_ in entries],
        [key[3] - key[0] for key, *_ in entries],
        [key[4] for key, *_ in entries],
        [_short(key[5]) for key, *_ in entries],
        [pages.number(page) for _, page, *_ in entries],
        [
            hits.number(
                (active, tuple((words.number(atom), words.number(key), roles) for atom, key, roles in touched))
            )
            for *_, active, touched in entries
        ],
    ]
    tables = [[_short(load) for load in loads.numbers], [_short(page) for page in pages.numbers], list(hits.numbers)]
    return _pack([start, *columns, *tables, list(words.numbers)])


def _read(body: bytes) -> list[Entry]:
    start, ts, loads, seqs, lags, indices, ids, pages, hits, load_words, page_words, hit_words, words = _unpack(body)
    load_words, page_words = [_long(word) for word in load_words], [_long(word) for word in page_words]
    touched = [
        (active, tuple((words[atom], words[key], tuple(roles)) for atom, key, roles in found))
        for active, found in hit_words
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
