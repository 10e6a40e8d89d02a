"""The nouns every floor shares: events, subjects, tip feedback, offers, decisions.

All times are integer milliseconds since 1970-01-01 UTC unless a name says otherwise.
All structs are frozen. Source of every meaning: section 1.1 and 1.6 of the semantics.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import msgspec

__all__ = [
    "ACCOUNT",
    "ACTIVE",
    "ANON",
    "ANSWER",
    "CSM_TASK",
    "DAY",
    "GROUP",
    "HOUR",
    "IDENTIFY",
    "INTRUSIVE",
    "LINK",
    "MINUTE",
    "PAGE",
    "SECOND",
    "TIP",
    "USER",
    "Context",
    "Decision",
    "Event",
    "Json",
    "Loser",
    "Offer",
    "OrderKey",
    "Pause",
    "Request",
    "account_key",
    "anon_key",
    "order_key",
    "subject_of",
    "subjects_of",
    "user_key",
]

Json = Any  # the JSON edge: the one place where Any is right

SECOND, MINUTE, HOUR, DAY = 1_000, 60_000, 3_600_000, 86_400_000

# Names the server gives to calls that are not `track`.
PAGE = "page_viewed"  # a page or screen call; props.route is the route
IDENTIFY = "$identify"  # props are the user's traits
GROUP = "$group"  # props are the account's traits
LINK = "$link"  # alias: anon_id becomes user_id
TIP = "$tip"  # what a user did with a tip; props: see TipProps in facts/history.py
ANSWER = "survey_answered"  # an answer to a survey, told by a server or by us; props: survey, score, comment
CSM_TASK = "$csm_task"  # what became of a CSM task; props: see success/events.py
ACTIVE = "$active"  # in rules: any browser track, page or screen event

INTRUSIVE = frozenset({"modal", "banner", "tooltip", "corner"})  # surfaces; surveys and tours always

# Subject keys: one name space each, so an anonymous id can never pass for a user id.
USER, ANON, ACCOUNT = "u:", "a:", "g:"


def user_key(user_id: str) -> str:
    return USER + user_id


def anon_key(anon_id: str) -> str:
    return ANON + anon_id


def account_key(account_id: str) -> str:
    return ACCOUNT + account_id


class Event(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """One event as stored. Everything time- or zone-dependent was settled at ingestion."""

    message_id: str
    name: str
    t: int  # event time, corrected for clock skew and clamped to received_at
    received_at: int
    index: int = 0  # place in its batch
    user_id: str | None = None
    anon_id: str | None = None
    account_id: str | None = None  # own groupId, else the user's group as of t; fixed at ingestion
    load_id: str = ""
    seq: int = 0  # counter within one page load
    page_view_id: str = ""  # the page view that sent it; "" for servers
    active: bool = False  # counts as $active: a browser's track, page or screen
    day: int = 0  # local day number (days since 1970-01-01) in the user's zone
    account_day: int = 0  # the same in the account's zone
    tz: str = ""  # IANA zone the browser reported
    props: dict[str, Json] = {}


OrderKey = tuple[int, str, int, int, int, str]


def order_key(e: Event) -> OrderKey:
    """The total order: (t, load_id, seq, received_at, batch index, message_id)."""
    return (e.t, e.load_id, e.seq, e.received_at, e.index, e.message_id)


def subject_of(user_id: str | None, anon_id: str | None, account_id: str | None = None) -> str:
    """The subject key of a person: the user when known, else the anonymous id. With neither, the account's own."""
    if user_id:
        return user_key(user_id)
    return account_key(account_id) if account_id and not anon_id else anon_key(anon_id or "")


def subjects_of(subject: str, event: Event) -> list[str]:
    """Whose facts an event changes: those of whom it was received for, and those of its account."""
    account = account_key(event.account_id) if event.account_id else subject
    return [subject] if account == subject else [subject, account]


class Context(msgspec.Struct, frozen=True, kw_only=True):
    """What the browser says about itself in a sync."""

    path: str = "/"
    locale: str = "en"
    tz: str = ""
    placements: list[str] | None = None  # anchors present on the page; None = not said (unknown)


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """One question: what may this person see, here, now?"""

    subject: str  # u:… or a:…
    account: str | None  # g:… or None
    now: int
    page_view_id: str
    context: Context
    preview: str | None = None  # a tip id to show whatever the policy says; never counted
    test_user: bool = False


class Pause(msgspec.Struct, frozen=True, kw_only=True):
    """A CSM pause of one person or account: in force in [from_at, ends_at), then over by itself."""

    id: int
    subject: str  # u:… or g:…
    from_at: int
    until_at: int | None  # None = by an event only
    until_event: str | None
    ends_at: int  # when it is over at the latest, by time
    allow: list[str]  # tips that pass
    reason: str
    author: str
    created_at: int
    ended_at: int | None = None  # None while it lasts, and when time ended it
    ended_by: str = ""  # time, event, person

    def in_force(self, at: int) -> bool:
        return self.from_at <= at < self.over_at

    @property
    def over_at(self) -> int:
        """When it was over, or will be by time alone."""
        return self.ends_at if self.ended_at is None else self.ended_at

    def ended(self, now: int) -> str:
        """What ended it: time, event, person; "" while it is in force."""
        return "" if now < self.over_at else self.ended_by or "time"


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """One tip the snippet may show, in policy order. Unsigned: the service adds offer_id and content."""

    tip: str
    version: int
    moment: str  # moment id, or "" for a state rule
    surface: str
    anchor: str
    intrusive: bool
    category: str
    kind: str
    at: Mapping[str, Json]
    settle: int  # ms
    locale: str  # the locale of the text that was picked
    variant: int = -1  # index into variants, -1 = the rule's own text, or a ghost
    preview: bool = False
    ghost: bool = False  # of the control group: when its turn comes nothing is shown


class Loser(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """Why a rule did not make it: the first stage that stopped it, a stable code, the numbers behind."""

    tip: str
    version: int
    stage: int  # section 2.1 stage number
    code: str  # e.g. "when_false", "cap_user_24h"
    detail: dict[str, Json] = {}


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """The answer for one request: offers in policy order, and every other live rule with its reason."""

    offers: list[Offer]
    losers: list[Loser]
    next_in: int | None = None  # ms until something may change by time alone; None = only by events


Stage = Literal[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]
