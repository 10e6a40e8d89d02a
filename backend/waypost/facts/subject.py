"""Everything we know of one subject, in one struct and one blob.

Facts are a fold of the subject's events in append order and can always be rebuilt from the log.
Order-free states (rings, bounds, day counts, traits, tip history) take an event in any order.
Order-sensitive ones (`now`: session, chains, counted occurrences, changes of traits) take events in order; `log`
keeps the latest that they took, and a late one is put in its place and played again, so any order of arrival
inside the log ends in the same state.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from typing import Any

import msgspec

from waypost.facts.history import TipHistory
from waypost.facts.log import Log
from waypost.model import Json

__all__ = [
    "ChainState", "Changes", "Facts", "Lane", "Nth", "Ordered", "Session", "Trait", "adapt", "decode", "encode",
    "pack_ordered", "unpack_ordered",
]  # fmt: skip


BIG = 4_096  # bytes from which on facts are compressed


class Trait(msgspec.Struct, array_like=True, gc=False):
    """Last write wins by event time."""

    value: Json
    t: int
    seq: int


class Session(msgspec.Struct, array_like=True, gc=False):
    """The latest session: its number from 1, first and last active event, and the end of the one before."""

    n: int
    start: int
    last: int
    prev_last: int | None = None


class Lane(msgspec.Struct, array_like=True, gc=False):
    """One correlation key of a chain: an open attempt.

    `steps[i]` is (start, last) of the best way to step i, or None; in any order, (t, t) of the latest event of step i.
    """

    steps: list[tuple[int, int] | None]
    attempt: str  # message id of the event that opened it
    page: str  # its page view
    furthest: int  # steps reached, from 1
    stalled: int = -1  # the time of step k that a stall was remembered for


class ChainState(msgspec.Struct, array_like=True, gc=False):
    lanes: dict[str, Lane] = {}  # least recently active first
    done: tuple[int, str, str] | None = None  # latest occurrence: t, message id, page view
    ended: list[tuple[int, str, int, str]] = []  # abandoned (or stalled): at, attempt, furthest, page; latest 8
    opened: int = 0
    completed: int = 0
    interrupted: int = 0
    abandoned: int = 0
    evicted: int = 0


class Nth(msgspec.Struct, array_like=True, gc=False):
    """How many there were, and the latest that was the one asked for: t, message id, page view."""

    count: int = 0
    hit: tuple[int, str, str] | None = None


class Changes(msgspec.Struct, array_like=True, gc=False):
    """A trait's value as JSON, and (t, value) of its latest changes, ascending. The first value is no change."""

    value: str
    latest: list[tuple[int, str]] = []


class Ordered(msgspec.Struct, array_like=True, gc=False):
    """The order-sensitive half."""

    session: Session | None = None
    chains: dict[str, ChainState] = {}
    counts: dict[str, Nth] = {}
    changes: dict[str, Changes] = {}


class Facts(msgspec.Struct, array_like=True, gc=False):
    plan: str  # Plan.fingerprint whose atoms these are
    first_seen: int | None = None
    last_seen: int | None = None
    last_active: int | None = None
    traits: dict[str, Trait] = {}
    groups: list[tuple[int, str]] = []  # (since, account id), ascending: which account as of when
    tips: TipHistory = msgspec.field(default_factory=TipHistory)
    states: dict[str, Json] = {}  # atom id -> state of an order-free atom
    now: Ordered = msgspec.field(default_factory=Ordered)
    shown_session: int = 0  # session.n as rules see it: never decreased inside a session
    shown_until: int = -1  # last active event of the session it was shown for
    awaiting: tuple[str, ...] = ()  # atoms whose history is still to be brought in from the log
    log: Log = msgspec.field(default_factory=Log)

    @classmethod
    def empty(cls, fingerprint: str) -> Facts:
        return cls(plan=fingerprint)

    @property
    def session(self) -> Session | None:
        return self.now.session

    def trait(self, name: str) -> Json:
        found = self.traits.get(name)
        return None if found is None else found.value

    def account_at(self, t: int) -> str | None:
        """The account this user belonged to at t; before the first known group, none."""
        found = None
        for since, account in self.groups:
            if since > t:
                break
            found = account
        return found


def adapt(facts: Facts, fingerprint: str, atoms: Mapping[str, int], known: Mapping[str, int]) -> None:
    """Make facts fit another set of rules without their log. Both give an atom's size; `known` is that of the facts.

    Atoms that no rule uses any more are dropped; new ones, and those that keep more now, await their history.
    """
    awaiting = (name for name, size in atoms.items() if name in facts.awaiting or size > known.get(name, 0))
    facts.awaiting = tuple(sorted(awaiting))
    _only(facts.states, atoms)
    _only_ordered(facts.now, atoms)
    facts.log.keep(atoms.__contains__, lambda state: pack_ordered(_only_ordered(unpack_ordered(state), atoms)))
    facts.plan = fingerprint


def _only_ordered(ordered: Ordered, atoms: Mapping[str, int]) -> Ordered:
    for states in (ordered.chains, ordered.counts, ordered.changes):
        _only(states, atoms)
    return ordered


def _only(states: dict[str, Any], atoms: Mapping[str, int]) -> None:
    for atom in [atom for atom in states if atom not in atoms]:
        del states[atom]


def _to_builtin(value: Any) -> Any:
    if isinstance(value, Log):
        return value.pack()
    raise NotImplementedError(type(value))


def _from_builtin(kind: type, value: Any) -> Any:
    if kind is Log:
        return Log.unpack(value)
    raise NotImplementedError(kind)


_encoder = msgspec.msgpack.Encoder(enc_hook=_to_builtin)
_decoder = msgspec.msgpack.Decoder(Facts, dec_hook=_from_builtin)
_plain = msgspec.msgpack.Encoder()
_ordered = msgspec.msgpack.Decoder(Ordered)


def encode(facts: Facts) -> bytes:
    """[all but the log's bodies, whether that is compressed, the bodies]: what is small stays as it is."""
    bodies, body = facts.log.bodies(), _encoder.encode(facts)
    big = len(body) > BIG
    return _plain.encode([zlib.compress(body, 1) if big else body, big, bodies])


def decode(blob: bytes) -> Facts:
    """Raises msgspec.MsgspecError or zlib.error for what encode did not make."""
    body, big, bodies = msgspec.msgpack.decode(blob)
    facts = _decoder.decode(zlib.decompress(body) if big else body)
    facts.log.take_bodies(bodies)
    return facts


def pack_ordered(ordered: Ordered) -> bytes:
    return _plain.encode(ordered)


def unpack_ordered(body: bytes) -> Ordered:
    return _ordered.decode(body)
