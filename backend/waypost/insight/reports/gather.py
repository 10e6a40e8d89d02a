"""One pass over the log for all reports.

Memory: for each person the days they were active on in two spans of 84 days, one time for each event of activation and
value, and the events of chains (28 days) and of support (364 days), SAMPLE of each at most. The log itself is streamed.
Days are local days of the event as stored. An anonymous id is the user that it became. Test users are left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from waypost.facts.fold import correlation_key
from waypost.insight.reports.onboarding import Hit
from waypost.insight.reports.stickiness import MONTH, WEEK, WEEKS, YEAR
from waypost.model import ACCOUNT, ACTIVE, DAY, GROUP, USER, Event, Json, order_key
from waypost.rules.plan import ALPHABET, Chain, Matcher, Reported, Scope

__all__ = ["Gathered", "People", "gather"]

SAMPLE = 1_000_000  # events of one chain, or of support: about 200 MB
TOPIC_CHARS = 120


class People:
    """A number for each person who counts, and back."""

    def __init__(self, links: Mapping[str, str], left_out: frozenset[str]) -> None:
        self.subjects: list[str] = []
        self._links, self._left_out, self._known = links, left_out, dict[str, int]()

    def number(self, subject: str) -> int | None:
        """None for a test user, and for an account: it is nobody."""
        subject = self._links.get(subject, subject)
        found = self._known.get(subject)
        if found is None and subject not in self._left_out and not subject.startswith(ACCOUNT):
            found = self._known[subject] = len(self.subjects)
            self.subjects.append(subject)
        return found

    def is_user(self, number: int) -> bool:
        return self.subjects[number].startswith(USER)


@dataclass
class Gathered:
    """active: day -> people. used: for each feature, person -> (events, weeks as bits) of 28 days. first: person ->
    (ms, day) of the first event. done: for each event of activation, and last for value, person -> ms of the first.
    hits: chain -> person or account -> events. asked: topic -> person -> times."""

    people: People
    log_from: int | None = None
    active: dict[int, set[int]] = field(default_factory=dict)
    accounts: set[str] = field(default_factory=set)
    seats: dict[str, tuple[int, int]] = field(default_factory=dict)  # account -> (ms, seats)
    used: list[dict[int, tuple[int, int]]] = field(default_factory=list)
    first: dict[int, tuple[int, int]] = field(default_factory=dict)
    done: list[dict[int, int]] = field(default_factory=list)
    hits: dict[str, dict[str | int, list[Hit]]] = field(default_factory=dict)
    asked: dict[str, dict[int, list[int]]] = field(default_factory=dict)
    cut: bool = False  # there were more than SAMPLE


def gather(events: Iterable[tuple[int, str, Event]], people: People, reported: Reported, today: int) -> Gathered:
    """`events`: (place, subject, event) of the whole log, in any order; days after `today` are left for tomorrow."""
    found = Gathered(
        people,
        used=[{} for _ in reported.features],
        done=[{} for _ in (*reported.activation, reported.value)],
        hits={name: {} for name in reported.chains},
    )
    features = _places(reported.features)
    firsts = _places((*reported.activation, reported.value))
    chains = [_Listener(name, *spec) for name, spec in reported.chains.items() if not spec[1].in_session]
    support, topic = reported.support or ((), "")
    left = dict.fromkeys((*reported.chains, ""), SAMPLE)
    for _, subject, event in events:
        person, day, ago = people.number(subject), event.day, today - event.day
        if person is None or ago < 0:
            continue
        if found.log_from is None or day < found.log_from:
            found.log_from = day
        if event.active and (ago < WEEK * WEEKS or YEAR <= ago < YEAR + WEEK * WEEKS):
            found.active.setdefault(day, set()).add(person)
        if ago < MONTH and event.account_id and event.active:
            found.accounts.add(event.account_id)
        known = found.first.get(person)
        if known is None or event.t < known[0]:
            found.first[person] = event.t, day
        if event.name == GROUP and event.account_id:
            _note_seats(found.seats, event.account_id, event)
        if ago < MONTH:
            for place in features.get(event.name, ()):
                uses, weeks = found.used[place].get(person, (0, 0))
                found.used[place][person] = uses + 1, weeks | 1 << ago // WEEK
        for place in firsts.get(event.name, ()):
            times = found.done[place]
            times[person] = min(event.t, times.get(person, event.t))
        for chain in chains:
            if ago < MONTH + chain.days and (roles := chain.roles(event)):
                owner = event.account_id if chain.scope == "account" else person
                key = correlation_key(chain.chain, event)
                if owner is not None and key is not None and _room(found, left, chain.name):
                    hit = Hit(order_key(event), key, roles, person, day)
                    found.hits[chain.name].setdefault(owner, []).append(hit)
        if event.name in support and ago < YEAR and _room(found, left, ""):
            requests = found.asked.setdefault(_topic(event.props.get(topic)), {})
            requests.setdefault(person, []).append(event.t)
    return found


def _places(groups: Iterable[tuple[str, ...]]) -> dict[str, list[int]]:
    """Event name -> the groups that it is in."""
    found: dict[str, list[int]] = {}
    for place, names in enumerate(groups):
        for name in names:
            found.setdefault(name, []).append(place)
    return found


def _room(found: Gathered, left: dict[str, int], name: str) -> bool:
    left[name] -= 1
    found.cut = found.cut or left[name] < 0
    return left[name] >= 0


def _note_seats(seats: dict[str, tuple[int, int]], account: str, event: Event) -> None:
    number: Json = event.props.get("seats")
    counts = isinstance(number, int | float) and not isinstance(number, bool) and number > 0
    if counts and event.t >= seats.get(account, (0, 0))[0]:
        seats[account] = event.t, int(number)


def _topic(value: Json) -> str:
    return "" if value is None else str(value)[:TOPIC_CHARS]


class _Listener:
    """Which roles of a chain an event has."""

    def __init__(self, name: str, scope: Scope, chain: Chain) -> None:
        self.name, self.scope, self.chain = name, scope, chain
        self.days = -(-chain.within // DAY)
        self._roles: dict[str, list[tuple[int, Matcher | None]]] = {}
        told: list[tuple[int, Matcher, bool]] = [
            *((i, matcher, True) for i, matcher in enumerate(chain.steps)),
            *((-1 - i, matcher, True) for i, matcher in enumerate(chain.unless)),
            *((ALPHABET, matcher, False) for matcher in chain.alphabet),
        ]
        for role, matcher, tested in told:
            for event in matcher.names:
                self._roles.setdefault(event, []).append((role, matcher if tested else None))

    def roles(self, event: Event) -> tuple[int, ...]:
        heard = self._roles.get(event.name, ())
        if event.active and ACTIVE in self._roles:
            heard = (*heard, *self._roles[ACTIVE])
        if not heard:
            return ()
        found = {role for role, m in heard if m is None or m.test is None or m.test(event.props)}
        return tuple(sorted(found, reverse=True))
