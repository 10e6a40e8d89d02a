"""The short log of one subject: the latest events that order-sensitive states took, so that a late one can be put
in its place and the tail played again.

The log is cut into chunks. The first keeps the states as they were before its first entry; in memory the others do
too, so a late event costs the chunks after it, and forgetting the oldest chunk needs no work. The blob leaves theirs
out: who reads it plays from the first. At least the latest LIMITS.replay_events events of the latest
LIMITS.replay_ms stay. In the blob a chunk is a few compressed columns; it is read only when it is needed.
"""

from __future__ import annotations

import uuid
import zlib
from bisect import bisect_left, insort
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import msgspec

from waypost.model import OrderKey
from waypost.settings import LIMITS

__all__ = ["CHUNK", "Chunk", "Entry", "Hit", "Log"]

CHUNK = 50  # entries
Hit = tuple[str, str, tuple[int, ...]]  # atom id, correlation key (or value), roles
Entry = tuple[OrderKey, str, bool, tuple[Hit, ...]]  # its place, page view, counts as active, what it touches
Play = Callable[[bytes, Iterable[Entry]], bytes]  # (states, entries) -> the states after them

_pack = msgspec.msgpack.Encoder().encode
_unpack = msgspec.msgpack.decode


class Chunk:
    """`state`: the states before the first entry; None when they have to be played from the chunk before.

    The entries and `body`, the form in the blob, are two forms of the same; each is made when it is needed.
    """

    __slots__ = ("_body", "_entries", "_size", "state")

    def __init__(
        self, state: bytes | None, entries: list[Entry] | None = None, body: bytes | None = None, size: int = 0
    ) -> None:
        self.state, self._entries, self._body, self._size = state, entries, body, size

    @property
    def entries(self) -> list[Entry]:
        """Ascending. Call changed() after changing them."""
        if self._entries is None:
            assert self._body is not None
            self._entries = _read(self._body)
        return self._entries

    @property
    def size(self) -> int:
        return self._size if self._entries is None else len(self._entries)

    @property
    def last(self) -> OrderKey:
        return self.entries[-1][0]

    def changed(self) -> None:
        """The entries are not what they were."""
        self._body = None

    @property
    def body(self) -> bytes:
        if self._body is None:
            self._body = _write(self.entries)
        return self._body


class Log:
    """Entries in order. `floor`: the place of the latest entry that was forgotten; what is older comes too late.

    `last` and `tail` (the entries of the last chunk, once they were needed) are for events that are not late, nearly
    all of them: the caller appends to `tail` itself while it has room.
    """

    __slots__ = ("_chunks", "floor", "last", "tail")

    def __init__(
        self, floor: OrderKey | None = None, last: OrderKey | None = None, chunks: Sequence[Chunk] = ()
    ) -> None:
        self.floor, self.last, self._chunks = floor, last, list(chunks)
        self.tail: list[Entry] | None = None

    def __iter__(self) -> Iterator[Entry]:
        for chunk in self._chunks:
            yield from chunk.entries

    def __len__(self) -> int:
        return sum(chunk.size for chunk in self._chunks)

    def reaches(self, key: OrderKey) -> bool:
        """Whether an event at this place can still be put in."""
        return self.floor is None or key > self.floor

    def append(self, entry: Entry, state: Callable[[], bytes], play: Play) -> None:
        """Add the latest event where `tail` has no room. `state` gives the states before it, encoded."""
        if self.tail is None and self._chunks and self._chunks[-1].size < CHUNK:
            self.tail = self._chunks[-1].entries
        if self.tail is not None and len(self.tail) < CHUNK:
            self.tail.append(entry)
        else:
            self._settle()
            self._forget(entry[0][0], play)
            self.tail = [entry]
            self._chunks.append(Chunk(state(), self.tail))
        self.last = entry[0]

    def insert(self, entry: Entry) -> list[Chunk]:
        """Put a late event in its place. Gives the chunks to play again: the states of the first of them are right,
        the others' must be set before their entries are played."""
        at = min(bisect_left(self._chunks, entry[0], key=_last), len(self._chunks) - 1)
        insort(self._chunks[at].entries, entry, key=_place)
        self._chunks[at].changed()
        known = next(i for i in range(at, -1, -1) if self._chunks[i].state is not None)
        return self._chunks[known:]

    def keep(self, atoms: Callable[[str], bool], only: Callable[[bytes], bytes]) -> None:
        """Forget what the entries did to atoms that no rule uses any more. `only` takes them out of states."""
        for chunk in self._chunks:
            chunk.entries[:] = [(*e[:3], tuple(hit for hit in e[3] if atoms(hit[0]))) for e in chunk.entries]
            chunk.changed()
            chunk.state = None if chunk.state is None else only(chunk.state)

    def _settle(self) -> None:
        """Note what was appended to the tail."""
        if self.tail is not None:
            self._chunks[-1].changed()

    def _forget(self, t: int, play: Play) -> None:
        chunks, number, oldest = self._chunks, len(self), t - LIMITS.replay_ms
        while chunks and (number - chunks[0].size >= LIMITS.replay_events or chunks[0].last[0] < oldest):
            gone = chunks.pop(0)
            number -= gone.size
            self.floor = gone.last
            if chunks and chunks[0].state is None:
                assert gone.state is not None
                chunks[0].state = play(gone.state, gone.entries)

    def pack(self) -> list[Any]:
        """What the blob keeps beside the bodies."""
        state = self._chunks[0].state if self._chunks else b""
        return [self.floor, self.last, state, [chunk.size for chunk in self._chunks]]

    def bodies(self) -> list[bytes]:
        self._settle()
        return [chunk.body for chunk in self._chunks]

    @classmethod
    def unpack(cls, packed: list[Any]) -> Log:
        """The log without its bodies."""
        floor, last, state, sizes = packed
        chunks = [Chunk(None if i else state, size=size) for i, size in enumerate(sizes)]
        return cls(floor and tuple(floor), last and tuple(last), chunks)

    def take_bodies(self, bodies: Iterable[bytes]) -> None:
        for chunk, body in zip(self._chunks, bodies, strict=True):
            chunk._body = body


def _place(entry: Entry) -> OrderKey:
    return entry[0]


def _last(chunk: Chunk) -> OrderKey:
    return chunk.last


# -- the form in the blob: columns, each value that repeats written once and named by number


class _Words:
    def __init__(self) -> None:
        self.numbers: dict[Any, int] = {}

    def number(self, value: Any) -> int:
        return self.numbers.setdefault(value, len(self.numbers))


def _write(entries: list[Entry]) -> bytes:
    loads, pages, kinds, atoms, values = _Words(), _Words(), _Words(), _Words(), _Words()
    columns: list[list[int]] = [[], [], [], [], [], [], [], []]
    ts, loaded, seqs, lags, indices, paged, touched, valued = columns
    before = seq_before = 0
    for (t, load, seq, recv, index, _), page, active, hits in entries:
        ts.append(t - before)
        loaded.append(loads.number(load))
        seqs.append(seq - seq_before)
        lags.append(recv - t)
        indices.append(index)
        paged.append(pages.number(page))
        touched.append(kinds.number((active, tuple((atoms.number(atom), roles) for atom, _, roles in hits))))
        valued.extend(values.number(value) for _, value, _ in hits)
        before, seq_before = t, seq
    tables = [
        _short(loads.numbers),
        _short(pages.numbers),
        list(kinds.numbers),
        list(atoms.numbers),
        list(values.numbers),
    ]
    return zlib.compress(_pack([columns, _short([key[5] for key, *_ in entries]), tables]), 6)


def _read(body: bytes) -> list[Entry]:
    columns, ids, (loads, pages, kinds, atoms, values) = _unpack(zlib.decompress(body))
    loads, pages = _long(loads), _long(pages)
    touches = [(active, [(atoms[atom], tuple(roles)) for atom, roles in found]) for active, found in kinds]
    *places, valued = columns
    value = iter(valued)
    entries: list[Entry] = []
    t = seq = 0
    for dt, load, ds, lag, index, page, touched, message in zip(*places, _long(ids), strict=True):
        t, seq = t + dt, seq + ds
        active, found = touches[touched]
        hits = tuple((atom, values[next(value)], roles) for atom, roles in found)
        entries.append(((t, loads[load], seq, t + lag, index, message), pages[page], active, hits))
    return entries


def _short(texts: Iterable[str]) -> list[Any]:
    """16 bytes for each UUID as programs write it, all in one; what is none in its place as it is."""
    packed, others = bytearray(), {}
    for i, text in enumerate(texts):
        found = _uuid(text)
        if found is None:
            others[i] = text
        else:
            packed += found
    return [bytes(packed), others]


def _uuid(text: str) -> bytes | None:
    if len(text) == 36:
        try:
            found = uuid.UUID(text)
        except ValueError:
            return None
        if str(found) == text:
            return found.bytes
    return None


def _long(short: list[Any]) -> list[str]:
    packed, others = short
    uuids = (str(uuid.UUID(bytes=packed[at : at + 16])) for at in range(0, len(packed), 16))
    return [others[i] if i in others else next(uuids) for i in range(len(packed) // 16 + len(others))]
