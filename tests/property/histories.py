"""Random histories that favour edges, and the real thing to drive with them: JSON → compile_rules → fold_event → Look.

Everything is drawn from one seed, so that a failure names its history by a number.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from hypothesis import settings

from tests.oracle.chains import Attempts
from tests.oracle.history import DAY, HOUR, MINUTE, Happening, day_of
from tests.oracle.operators import World
from tests.unit.decide_world import START, tip
from waypost.facts.days import local_day, zone
from waypost.facts.fold import fold_event
from waypost.facts.look import Look
from waypost.facts.read import ReadEnv
from waypost.facts.subject import Facts
from waypost.model import Event
from waypost.rules.compile import compile_rules
from waypost.rules.plan import Plan
from waypost.settings import LIMITS

__all__ = [
    "NOWS", "RUNS", "ZONES", "Shapes", "Story", "Subject", "differences", "event_of", "instants", "received", "shape_plan", "story",
]  # fmt: skip

RUNS = settings.default.max_examples if settings.default else 2_000
ZONES = ("UTC", "Europe/Berlin", "Europe/Moscow", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu")


def _nows() -> dict[str, list[int]]:
    """Per zone: an ordinary noon, and the ends of the days on which clocks change, by looking at every hour of a year."""
    found = {}
    for name in ZONES:
        days = [day_of(START + h * HOUR, name) for h in range(366 * 24)]
        odd = [h for h in range(24, len(days) - 48) if days[h] != days[h - 1] and days.count(days[h]) != 24]
        near = [START + h * HOUR + shift for h in odd for shift in (-1, 0, 2 * HOUR, DAY - HOUR, DAY, DAY + HOUR)]
        found[name] = [START, START + 4 * HOUR, START + 16 * HOUR - 1, START + 16 * HOUR, *near]
    return found


NOWS = _nows()


# -- histories


@dataclass
class Story:
    """What arrives, in the order of arrival, and the instants to look at: (how much has arrived, now)."""

    zone: str
    arrivals: list[dict[str, Any]]
    looks: list[tuple[int, int]]


def instants(rng: Random, name: str, now: int, spans: Sequence[int]) -> int:
    """An instant before `now`: an edge of some span, a local midnight, or any."""
    kind, off = rng.randrange(4), rng.choice((-1, 0, 1))
    if kind < 2:
        return now - rng.choice(spans) + off
    if kind == 2:
        t = now - rng.randrange(40) * DAY
        low, high = t - 26 * HOUR, t  # the last local midnight before t, to the millisecond
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if day_of(middle, name) < day_of(t, name) else (low, middle)
        return high + off
    return now - rng.randrange(max(spans))


def story(
    rng: Random,
    names: Sequence[str],
    spans: Sequence[int],
    *,
    props: Iterable[Mapping[str, Any]] = ({},),
    steps: Sequence[int] = (0, 1, 30 * MINUTE - 1, 30 * MINUTE, 30 * MINUTE + 1),
    most: int = 10,
    late: bool = True,
    travel: bool = True,
    reach: int = LIMITS.replay_ms,
    zones: Sequence[str] = ZONES,
) -> Story:
    """At most `most` events of `names` around the edges of `spans`, or `steps` after an earlier one; in any order of arrival.

    What lies further back than the replay window counts only where order does not matter: say `reach` there.
    """
    name = rng.choice(zones)
    now, times = rng.choice(NOWS[name]), list[int]()
    for _ in range(rng.randint(0, most)):
        t = rng.choice(times) + rng.choice(steps) if times and rng.random() < 0.6 else instants(rng, name, now, spans)
        times.append(max(min(t, now), now - reach))
    choices, ids = list(props), rng.sample(range(100), len(times))
    travels = travel and rng.random() < 0.2  # each event in a zone of its own: its local day stays what it was
    arrivals = [
        {
            "id": f"m{ids[i]:02}",
            "t": t,
            "recv": t if not late or rng.random() < 0.5 else rng.randint(t, now),
            "name": rng.choice(names),
            "load": rng.choice(("", "a", "b")),
            "seq": rng.randrange(3),
            "index": i,
            "props": dict(rng.choice(choices)),
            "active": rng.random() < 0.8,
            "tz": rng.choice(zones) if travels else name,
        }
        for i, t in enumerate(times)
    ]
    arrivals += [_again(rng, h, choices, now) for h in arrivals if rng.random() < 0.15]
    arrivals.sort(key=lambda h: (h["recv"], rng.random()))
    return Story(name, arrivals, _looks(rng, arrivals, now, spans))


def _again(rng: Random, h: Happening, choices: Sequence[Mapping[str, Any]], now: int) -> dict[str, Any]:
    """The same message once more, as it was or with other content."""
    recv = rng.randint(h["recv"], now)
    if rng.random() < 0.5:
        return {**h, "recv": recv}
    return {**h, "recv": recv, "t": rng.randint(h["t"], recv), "props": dict(rng.choice(choices)), "seq": 7}


def received(arrivals: Iterable[Happening]) -> list[Happening]:
    """What counts: of each message the first that came in."""
    first: dict[str, Happening] = {}
    for h in arrivals:
        first.setdefault(h["id"], h)
    return list(first.values())


def _looks(rng: Random, arrivals: Sequence[Happening], now: int, spans: Sequence[int]) -> list[tuple[int, int]]:
    """Two looks while things still arrive, and five afterwards, at instants where something may flip."""
    looks = []
    if len(arrivals) > 1:
        for _ in range(2):
            n = rng.randrange(1, len(arrivals))
            looks.append((n, arrivals[n - 1]["recv"]))
    flips = [h["t"] + span + off for h in arrivals for span in spans for off in (-1, 0, 1)]
    later = [t for t in flips if t >= now]
    looks += [(len(arrivals), t) for t in (now, now + 1, *rng.sample(later, min(3, len(later))))]
    return sorted(set(looks))


# -- the real thing


def event_of(h: Happening, of_account: str = "UTC", **who: Any) -> Event:
    """The event that ingestion would have made; its local days are settled as the journal settles them."""
    return Event(
        message_id=h["id"],
        name=h["name"],
        t=h["t"],
        received_at=h.get("recv", h["t"]),
        index=h.get("index", 0),
        load_id=h.get("load", ""),
        seq=h.get("seq", 0),
        page_view_id=h.get("page", ""),
        active=h.get("active", False),
        day=local_day(h["t"], zone(h.get("tz", "UTC"))),
        account_day=local_day(h["t"], zone(of_account)),
        props=h.get("props", {}),
        **who,
    )


@dataclass
class Shapes:
    """Expressions compiled together once; number i is the rule "s<i>"."""

    exprs: list[Any]
    chains: Mapping[str, Any] = field(default_factory=dict)
    segments: Mapping[str, Any] = field(default_factory=dict)
    key_actions: Sequence[str] = ()
    plan: Plan = field(init=False)

    def __post_init__(self) -> None:
        self.plan = shape_plan(self.exprs, self.chains, self.segments, self.key_actions)

    def world(self, now: int, arrived: Sequence[Happening], **more: Any) -> World:
        return World(now, arrived, chains=self.chains, segments=self.segments, key_actions=self.key_actions, **more)


def shape_plan(
    exprs: Sequence[Any], chains: Any = None, segments: Any = None, key_actions: Sequence[str] = ()
) -> Plan:
    """One tip per expression. The tips that operators may ask about are there too."""
    documents = [tip(f"s{i}", when=expr) for i, expr in enumerate(exprs)]
    documents += [tip(name, "inline") for name in ("seen", "other")]
    plan, problems = compile_rules(
        {d["id"]: d for d in documents}, chains or {}, segments or {}, {}, {"key_actions": list(key_actions)}
    )
    assert [p.line() for p in problems if p.severity == "error"] == []
    return plan


class Subject:
    """Facts of one person and, with `account` (its zone), of one account that sees the same events."""

    def __init__(self, plan: Plan, zone_name: str = "UTC", account: str = "") -> None:
        self.plan, self.zone, self.account_zone = plan, zone_name, account or "UTC"
        self.user = Facts.empty(plan.fingerprint)
        self.account = Facts.empty(plan.fingerprint) if account else None
        self.seen: set[str] = set()  # message ids; the journal refuses them before anything is folded

    def feed(self, happenings: Iterable[Happening]) -> Subject:
        for h in happenings:
            if h["id"] in self.seen:
                continue
            self.seen.add(h["id"])
            event = event_of(h, self.account_zone)
            fold_event(self.plan, "user", self.user, event)
            if self.account is not None:
                fold_event(self.plan, "account", self.account, event)
        return self

    def feed_of(self, h: Happening, person: str) -> None:
        """One event of a person of the account."""
        event = event_of(h, self.account_zone, user_id=person)
        assert self.account is not None
        fold_event(self.plan, "account", self.account, event)

    def look(self, now: int, known: Mapping[str, int] | None = None) -> Look:
        env = ReadEnv(known or {}, zone(self.zone), zone(self.account_zone))
        return Look(self.plan, self.user, self.account, now, env)

    def value(self, look: Look, number: int) -> Any:
        """The value of shape `number`: that of its one operator, or of the whole expression."""
        expr = self.plan.rules[f"s{number}"].when
        if expr.program is None:
            return expr.constant
        direct = getattr(expr.program, "direct", None)
        return look.reading(direct) if direct else expr.program.value(look.data)


def differences(
    shapes: Shapes, told: Story, numbers: Iterable[int], known: Mapping[str, int] | None = None, account: str = ""
) -> list[str]:
    """Every look at which the engine and the oracle disagree; empty when they never do."""
    subject, fed, wrong = Subject(shapes.plan, told.zone, account), 0, []
    chosen, memos = list(numbers), dict[int, dict[str, Attempts]]()
    for arrived, now in told.looks:
        subject.feed(told.arrivals[fed:arrived])
        fed, sofar = arrived, received(told.arrivals[:arrived])
        world = shapes.world(now, sofar, zone=told.zone, known=known or {}, memo=memos.setdefault(arrived, {}))
        if account:
            world.account, world.account_zone = [{**h, "tz": account} for h in sofar], account
        look = subject.look(now, known)
        for number in chosen:
            found, expected = subject.value(look, number), world.value(shapes.exprs[number])
            if (type(found), found) != (type(expected), expected):
                wrong.append(f"{shapes.exprs[number]} at {now} after {arrived}: {found}, not {expected}")
    return wrong
