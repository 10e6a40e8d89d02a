"""A decision as few bytes. What is alike in all of a project's decisions is kept once, in a frame.

A frame is a dictionary for deflate, made of some decisions, and the *usual* losers: the reasons of the rules that
have nothing to look at in nearly everybody. A body names only who says otherwise, so a thousand rules that never
matched take neither time nor room. On disk: the number of its frame (4 bytes, 0 = none), then the body, deflated.
"""

from __future__ import annotations

import hashlib
import zlib
from base64 import b85decode, b85encode
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

import msgspec

from waypost.model import Decision, Loser, Offer
from waypost.store.projects import get_meta, set_meta
from waypost.store.sqlite import Tx

__all__ = ["NOTHING_USUAL", "Usual", "decode", "encode", "pack", "unpack"]

FIRST_DICTIONARY, NEXT_DICTIONARY = 64, 4_096  # rows of the log after which a dictionary is made
DICTIONARY_BYTES = 4_096  # more finds little more and costs half as much again
SAMPLE = 1_024, 64  # a dictionary is made of so many rows' latest
NONE = "-"
WINDOW, MEMORY = 12, 2  # of deflate: enough for bodies like these; a compressor with more takes longer to copy


_by_tip = attrgetter("tip")


class _Body(msgspec.Struct, array_like=True):
    offers: list[Offer]
    losers: list[Loser]  # those with numbers
    groups: list[tuple[int, str, list[tuple[str, int]]]]  # those without: stage, code, (tip, version)…

    @classmethod
    def of(cls, offers: list[Offer], losers: Iterable[Loser]) -> _Body:
        detailed = []
        groups: dict[tuple[int, str], list[tuple[str, int]]] = defaultdict(list)
        for loser in sorted(losers, key=_by_tip):
            if loser.detail:
                detailed.append(loser)
            else:
                groups[loser.stage, loser.code].append((loser.tip, loser.version))
        return cls(offers, detailed, [(stage, code, tips) for (stage, code), tips in sorted(groups.items())])

    def all_losers(self) -> list[Loser]:
        plain = [
            Loser(tip=tip, version=version, stage=stage, code=code)
            for stage, code, tips in self.groups
            for tip, version in tips
        ]
        return self.losers + plain


_encoder = msgspec.msgpack.Encoder(order="sorted")
_decoder = msgspec.msgpack.Decoder(_Body)


@dataclass(frozen=True, slots=True)
class Usual:
    """The usual reason of rules, by tip. A decision under it offers each of these tips or has a loser for it."""

    losers: Mapping[str, Loser]
    body: bytes
    name: str

    @classmethod
    def of(cls, losers: Mapping[str, Loser]) -> Usual:
        body = _encoder.encode(_Body.of([], losers.values()))
        return cls(losers, body, hashlib.blake2b(body, digest_size=8).hexdigest())


NOTHING_USUAL = Usual.of({})


def encode(decision: Decision, usual: Usual) -> bytes:
    """Equal bytes for equal decisions, whatever the order of their losers. `next_in` is not kept."""
    known = usual.losers.get  # mostly these very objects: no need to compare what is in them
    told = [one for one in decision.losers if (same := known(one.tip)) is not one and same != one]
    return _encoder.encode(_Body.of(decision.offers, told))


def decode(body: bytes, usual: bytes) -> Decision:
    """The decision, losers by tip. `usual`: the body of the usual losers it was encoded under."""
    made = _decoder.decode(body)
    told = made.all_losers()
    named = {*(one.tip for one in told), *(offer.tip for offer in made.offers)}
    told += [one for one in _decoder.decode(usual).all_losers() if one.tip not in named]
    return Decision(offers=made.offers, losers=sorted(told, key=_by_tip))


# -- frames, in `meta`: by number "dictionary usual", and which is the latest: "number name-of-dictionary name-of-usual"


def pack(tx: Tx, project_id: int, subject: str, now: int, usual: Usual, body: bytes) -> bytes:
    """The body as it is kept. A new frame is made when the usual losers are others, and now and then."""
    latest = get_meta(tx, _key(project_id, "latest")) or f"0 {NONE} {NONE}"
    number, words_name, usual_name = latest.split(" ")
    if _dictionary_due(tx, project_id, subject, now, words_name):
        words = _sample(tx, project_id, "" if words_name == NONE else subject)
        latest = _make_frame(tx, project_id, int(number) + 1, words, usual)
    elif usual_name != usual.name:
        latest = _make_frame(tx, project_id, int(number) + 1, _frame(tx, project_id, int(number))[0], usual)
    found = _at_hand.get(latest)
    if found is None:
        if len(_at_hand) >= 16:
            _at_hand.clear()
        made = int(latest.partition(" ")[0])
        words, _ = _frame(tx, project_id, made)
        ready = zlib.compressobj(6, zlib.DEFLATED, -WINDOW, MEMORY, zdict=words)
        found = _at_hand[latest] = made.to_bytes(4, "little"), ready
    head, ready = found
    squeezed = ready.copy()  # it has read the dictionary already, which is half of the work
    return bytes(head + squeezed.compress(body) + squeezed.flush())


def unpack(tx: Tx, project_id: int, kept: bytes) -> tuple[bytes, bytes]:
    """(a body, the body of its usual losers)"""
    words, usual = _frame(tx, project_id, int.from_bytes(kept[:4], "little"))
    return zlib.decompressobj(-15, zdict=words).decompress(kept[4:]), usual


_at_hand: dict[str, tuple[bytes, Any]] = {}  # a latest frame -> its number, a compressor that has its dictionary


def _dictionary_due(tx: Tx, project_id: int, subject: str, now: int, words_name: str) -> bool:
    """The first one after so many rows. For the next ones each row draws a lot, so that nobody has to count."""
    if words_name != NONE:
        return zlib.crc32(f"{subject} {now}".encode()) % NEXT_DICTIONARY == 0
    rows = "SELECT COUNT(*) FROM (SELECT 1 FROM decision WHERE project_id=? LIMIT ?)"
    return bool(tx.execute(rows, (project_id, FIRST_DICTIONARY)).fetchone()[0] == FIRST_DICTIONARY)


def _sample(tx: Tx, project_id: int, since: str) -> bytes:
    """The latest bodies of some people, each once; the likeliest come last, where deflate finds them cheapest."""
    rows = tx.execute(
        "SELECT body FROM (SELECT body, last_at FROM decision WHERE project_id=? AND subject>=? "
        "ORDER BY subject, first_at, n LIMIT ?) ORDER BY last_at DESC LIMIT ?",
        (project_id, since, *SAMPLE),
    )
    bodies = dict.fromkeys(unpack(tx, project_id, row[0])[0] for row in rows.fetchall())
    return b"".join(reversed(bodies))[-DICTIONARY_BYTES:]


def _make_frame(tx: Tx, project_id: int, number: int, words: bytes, usual: Usual) -> str:
    frame = f"{b85encode(words).decode()} {b85encode(zlib.compress(usual.body, 9)).decode()}"
    set_meta(tx, _key(project_id, str(number)), frame)
    words_name = hashlib.blake2b(words, digest_size=8).hexdigest() if words else NONE
    latest = f"{number} {words_name} {usual.name}"
    set_meta(tx, _key(project_id, "latest"), latest)
    return latest


def _frame(tx: Tx, project_id: int, number: int) -> tuple[bytes, bytes]:
    """(its dictionary, the body of its usual losers). One from before frames had these has none."""
    kept = get_meta(tx, _key(project_id, str(number))) if number else None
    words, _, usual = (kept or "").partition(" ")
    return b85decode(words), zlib.decompress(b85decode(usual)) if usual else NOTHING_USUAL.body


def _key(project_id: int, what: str) -> str:
    return f"decisions:{project_id}:{what}"
