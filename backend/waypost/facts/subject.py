"""Everything we know of one subject, in one struct and one blob.

Facts are a fold of the subject's events in append order and can always be rebuilt from the log.
Order-free states (rings, bounds, day counts, traits, tip history) take an event in any order.
Order-sensitive ones (`chains`, `session`) are `base` plus `log`: the log keeps the latest events
that touch them, at most LIMITS.replay_events and LIMITS.replay_ms; a late event inside it is put in
its place and the tail is played again, so any order of arrival ends in the same state.
"""

from __future__ import annotations

import msgspec

from waypost.facts.history import TipHistory
from waypost.model import Json, OrderKey

__all__ = ["ChainState", "Facts", "Lane", "LogEntry", "Ordered", "Session", "Trait", "decode", "encode"]


class Trait(msgspec.Struct, array_like=True):
    """Last write wins by event time."""

    value: Json
    t: int
    seq: int


class Session(msgspec.Struct, array_like=True):
    """The latest session: its number from 1, first and last active event, and the end of the one before."""

    n: int
    start: int
    last: int
    prev_last: int | None = None


class Lane(msgspec.Struct, array_like=True):
    """One correlation key of a chain. `steps[i]` is (start, last) of the best way to step i, or None.

    An attempt is open while a lane exists: a lane with no live step is removed.
    """

    steps: list[tuple[int, int] | None]
    attempt: str  # message id of the event that opened it
    page: str  # its page view
    furthest: int  # steps reached, from 1


class ChainState(msgspec.Struct, array_like=True):
    lanes: dict[str, Lane] = {}  # least recently active first
    done: tuple[int, str, str] | None = None  # latest occurrence: t, message id, page view
    ended: list[tuple[int, str, int, str]] = []  # abandoned: deadline, attempt, furthest, page; latest 8
    opened: int = 0
    completed: int = 0
    interrupted: int = 0
    abandoned: int = 0
    evicted: int = 0


class Ordered(msgspec.Struct, array_like=True):
    """The order-sensitive half."""

    session: Session | None = None
    chains: dict[str, ChainState] = {}


class LogEntry(msgspec.Struct, array_like=True):
    """One event as the order-sensitive half sees it. `hits`: (atom id, correlation key, roles)."""

    t: int
    load_id: str
    seq: int
    received_at: int
    index: int
    message_id: str
    page: str
    active: bool
    hits: list[tuple[str, str, list[int]]]

    def key(self) -> OrderKey:
        return (self.t, self.load_id, self.seq, self.received_at, self.index, self.message_id)


class Facts(msgspec.Struct, array_like=True):
    plan: str  # Plan.fingerprint it was folded under
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
    base: Ordered = msgspec.field(default_factory=Ordered)
    base_key: OrderKey | None = None  # the latest event folded into base
    log: list[LogEntry] = []

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


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Facts)


def encode(facts: Facts) -> bytes:
    return _encoder.encode(facts)


def decode(body: bytes) -> Facts:
    return _decoder.decode(body)
