"""The decision log: what each person was offered and what held the rest back, at any instant.

Equal successive decisions of a person share a row, which keeps their instants. The body groups the losers
without numbers by reason, so that a thousand rules that never matched are a list of names; losers with numbers are
kept whole. Bodies of one project are much alike: they are compressed with some of their latest as a dictionary.
"""

from __future__ import annotations

import hashlib
import zlib
from base64 import b85decode, b85encode
from collections import defaultdict
from dataclasses import dataclass

import msgspec

from waypost.model import Decision, Loser, Offer
from waypost.store.projects import get_meta, set_meta
from waypost.store.sqlite import Tx

__all__ = ["INSTANTS_KEPT", "Stored", "append", "at", "forget", "latest"]

INSTANTS_KEPT = 256  # instants a row keeps; then the next equal decision begins a new one
SPAN_MS = 2**32 - 1  # instants are four bytes from the row's first
FIRST_DICTIONARY, NEXT_DICTIONARY = 64, 4_096  # rows of the log after which a dictionary is made
DICTIONARY_BYTES = 4_096  # more finds little more and costs half as much again


@dataclass(frozen=True, slots=True)
class Stored:
    """A decision and the instant it was made. `next_in` is not kept."""

    decided_at: int
    decision: Decision


class _Body(msgspec.Struct, array_like=True):
    offers: list[Offer]
    losers: list[Loser]
    groups: list[tuple[int, str, list[tuple[str, int]]]]  # stage, code, (tip, version)…


_encoder = msgspec.msgpack.Encoder(order="sorted")
_decoder = msgspec.msgpack.Decoder(_Body)


def append(tx: Tx, project_id: int, subject: str, now: int, decision: Decision) -> int | None:
    """Keep one decision. An equal one as the latest only adds its instant. Gives when that one was made last."""
    body = _encoder.encode(_compact(decision))
    digest = hashlib.blake2b(body, digest_size=16).digest()
    row = tx.execute(
        "SELECT id, digest, first_at, last_at, instants FROM decision WHERE project_id=? AND subject=? "
        "ORDER BY first_at DESC, id DESC LIMIT 1",
        (project_id, subject),
    ).fetchone()
    if row is not None and bytes(row[1]) == digest and _room(row[2], bytes(row[4]), now):
        _add_instant(tx, project_id, row[0], row[2], row[3], bytes(row[4]), now)
        return int(row[3])
    cursor = tx.execute(
        "INSERT INTO decision (project_id, subject, first_at, last_at, digest, body, instants) VALUES (?,?,?,?,?,?,?)",
        (project_id, subject, now, now, digest, _pack(tx, project_id, body), _four(0)),
    )
    number = cursor.lastrowid or 0
    if number == FIRST_DICTIONARY or number % NEXT_DICTIONARY == 0:
        _make_dictionary(tx, project_id, number)
    return None


def at(tx: Tx, project_id: int, subject: str, at: int) -> Stored | None:
    """The decision in force at an instant: the last one made until then; None before the first."""
    row = tx.execute(
        "SELECT first_at, body, instants FROM decision WHERE project_id=? AND subject=? AND first_at<=? "
        "ORDER BY first_at DESC, id DESC LIMIT 1",
        (project_id, subject, at),
    ).fetchone()
    if row is None:
        return None
    return Stored(
        max(t for t in _instants(row[0], bytes(row[2])) if t <= at), _decision(_unpack(tx, project_id, bytes(row[1])))
    )


def latest(tx: Tx, project_id: int, subject: str) -> Stored | None:
    """The last decision made for this person."""
    return at(tx, project_id, subject, 2**62)


def forget(tx: Tx, project_id: int, before: int, limit: int) -> int:
    """Delete at most `limit` rows that were last in force before an instant. Returns how many went."""
    cursor = tx.execute(
        "DELETE FROM decision WHERE project_id=? AND id IN "
        "(SELECT id FROM decision WHERE project_id=? AND last_at<? ORDER BY id LIMIT ?)",
        (project_id, project_id, before, limit),
    )
    return cursor.rowcount


def _room(first_at: int, instants: bytes, now: int) -> bool:
    return len(instants) < 4 * INSTANTS_KEPT and 0 <= now - first_at <= SPAN_MS


def _add_instant(
    tx: Tx, project_id: int, row_id: int, first_at: int, last_at: int, instants: bytes, now: int
) -> None:
    if now == last_at:
        return
    tx.execute(
        "UPDATE decision SET last_at=?, instants=? WHERE project_id=? AND id=?",
        (max(now, last_at), instants + _four(now - first_at), project_id, row_id),
    )


def _four(number: int) -> bytes:
    return number.to_bytes(4, "little")


def _instants(first_at: int, instants: bytes) -> list[int]:
    return [first_at + int.from_bytes(instants[i : i + 4], "little") for i in range(0, len(instants), 4)]


def _compact(decision: Decision) -> _Body:
    groups: dict[tuple[int, str], list[tuple[str, int]]] = defaultdict(list)
    losers = []
    for loser in decision.losers:
        if loser.detail:
            losers.append(loser)
        else:
            groups[loser.stage, loser.code].append((loser.tip, loser.version))
    return _Body(
        decision.offers,
        sorted(losers, key=lambda loser: loser.tip),
        [(stage, code, sorted(tips)) for (stage, code), tips in sorted(groups.items())],
    )


# -- the body on disk: the number of its dictionary (4 bytes, 0 = none), then deflate


def _pack(tx: Tx, project_id: int, body: bytes) -> bytes:
    latest = get_meta(tx, _key(project_id, "latest")) or "0"
    number = int(latest.partition(" ")[0])
    words = _at_hand.get(latest)
    if words is None:
        if len(_at_hand) >= 16:
            _at_hand.clear()
        words = _at_hand[latest] = _dictionary(tx, project_id, number)
    squeezed = zlib.compressobj(6, zlib.DEFLATED, -15, zdict=words)
    return _four(number) + squeezed.compress(body) + squeezed.flush()


def _unpack(tx: Tx, project_id: int, kept: bytes) -> bytes:
    words = _dictionary(tx, project_id, int.from_bytes(kept[:4], "little"))
    return zlib.decompressobj(-15, zdict=words).decompress(kept[4:])


def _make_dictionary(tx: Tx, project_id: int, number: int) -> None:
    """Of the latest bodies, each once; the likeliest come last, where deflate finds them cheapest."""
    rows = tx.execute("SELECT body FROM decision WHERE project_id=? ORDER BY id DESC LIMIT 64", (project_id,))
    bodies = dict.fromkeys(_unpack(tx, project_id, bytes(row[0])) for row in rows.fetchall())
    words = b"".join(reversed(bodies))[-DICTIONARY_BYTES:]
    set_meta(tx, _key(project_id, str(number)), b85encode(words).decode())
    set_meta(tx, _key(project_id, "latest"), f"{number} {hashlib.blake2b(words, digest_size=8).hexdigest()}")


def _dictionary(tx: Tx, project_id: int, number: int) -> bytes:
    return b85decode(get_meta(tx, _key(project_id, str(number))) or "") if number else b""


_at_hand: dict[str, bytes] = {}  # "number name" of a dictionary -> it


def _key(project_id: int, what: str) -> str:
    return f"decisions:{project_id}:{what}"


def _decision(kept: bytes) -> Decision:
    body = _decoder.decode(kept)
    losers = [
        Loser(tip=tip, version=version, stage=stage, code=code)
        for stage, code, tips in body.groups
        for tip, version in tips
    ]
    return Decision(offers=body.offers, losers=sorted([*body.losers, *losers], key=lambda loser: loser.tip))
