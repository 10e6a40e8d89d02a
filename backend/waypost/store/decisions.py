"""The decision log: what each person was offered and what held the rest back, at any instant.

Equal successive decisions of a person share a row, which keeps their instants. The body groups the losers
without numbers by reason, so that a thousand rules that never matched are a list of names; a large body is
compressed. Losers with numbers are kept whole.
"""

from __future__ import annotations

import hashlib
import zlib
from dataclasses import dataclass

import msgspec

from waypost.model import Decision, Loser, Offer
from waypost.store.sqlite import Tx

__all__ = ["INSTANTS_KEPT", "Stored", "append", "at", "latest"]

INSTANTS_KEPT = 256  # instants a row keeps; then the next equal decision begins a new one
SPAN_MS = 2**32 - 1  # instants are four bytes from the row's first
COMPRESS_BYTES = 1_024


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


def append(tx: Tx, project_id: int, subject: str, now: int, decision: Decision) -> None:
    """Keep one decision. An equal one as the latest only adds its instant."""
    body = _encoder.encode(_compact(decision))
    digest = hashlib.blake2b(body, digest_size=16).digest()
    row = tx.execute(
        "SELECT id, digest, first_at, last_at, instants FROM decision WHERE project_id=? AND subject=? "
        "ORDER BY first_at DESC, id DESC LIMIT 1",
        (project_id, subject),
    ).fetchone()
    if row is not None and bytes(row[1]) == digest and _room(row[2], bytes(row[4]), now):
        _add_instant(tx, project_id, row[0], row[2], row[3], bytes(row[4]), now)
        return
    tx.execute(
        "INSERT INTO decision (project_id, subject, first_at, last_at, digest, body, instants) VALUES (?,?,?,?,?,?,?)",
        (project_id, subject, now, now, digest, _pack(body), _four(0)),
    )


def at(tx: Tx, project_id: int, subject: str, at: int) -> Stored | None:
    """The decision in force at an instant: the last one made until then; None before the first."""
    row = tx.execute(
        "SELECT first_at, body, instants FROM decision WHERE project_id=? AND subject=? AND first_at<=? "
        "ORDER BY first_at DESC, id DESC LIMIT 1",
        (project_id, subject, at),
    ).fetchone()
    if row is None:
        return None
    return Stored(max(t for t in _instants(row[0], bytes(row[2])) if t <= at), _unpack(bytes(row[1])))


def latest(tx: Tx, project_id: int, subject: str) -> Stored | None:
    """The last decision made for this person."""
    return at(tx, project_id, subject, 2**62)


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
    groups: dict[tuple[int, str], list[tuple[str, int]]] = {}
    losers = []
    for loser in decision.losers:
        if loser.detail:
            losers.append(loser)
        else:
            groups.setdefault((loser.stage, loser.code), []).append((loser.tip, loser.version))
    return _Body(
        decision.offers,
        sorted(losers, key=lambda loser: loser.tip),
        [(stage, code, sorted(tips)) for (stage, code), tips in sorted(groups.items())],
    )


def _pack(body: bytes) -> bytes:
    """A first byte says whether the rest is compressed."""
    return b"\x01" + zlib.compress(body, 1) if len(body) > COMPRESS_BYTES else b"\x00" + body


def _unpack(kept: bytes) -> Decision:
    body = _decoder.decode(zlib.decompress(kept[1:]) if kept[0] else kept[1:])
    losers = [
        Loser(tip=tip, version=version, stage=stage, code=code)
        for stage, code, tips in body.groups
        for tip, version in tips
    ]
    return Decision(offers=body.offers, losers=sorted([*body.losers, *losers], key=lambda loser: loser.tip))
