"""The policy against a naive model that keeps every impression, over any interleaving of tabs and devices.

What is assumed of the snippet: an offer stands only under a live lease, one that interrupts a page view, and its view
is told at once.
"""

from __future__ import annotations

from collections import Counter
from random import Random

import msgspec
from hypothesis import given, note
from hypothesis import strategies as st

from tests.property.naive_policy import DAY, HOUR, MINUTE, SECOND, Answer, Impression, Naive, Tip, in_control_group
from tests.unit.decide_world import START, World, paused, tip
from waypost.facts.fold import fold_event
from waypost.facts.subject import Facts
from waypost.model import TIP, Event, Offer, Pause
from waypost.rules.compile import compile_rules
from waypost.rules.plan import Plan

LEASE = 30 * SECOND
TIPS = {
    "always": Tip("a", 1, HOUR, holdout=0.3),
    "mild": Tip("b", 2, DAY, priority="high", holdout=0.5),
    "help": Tip("help", 3, cap=(2, 3 * DAY), blocked_by="second"),
    "urgent": Tip("d", 1, priority="critical"),
    "hint": Tip("e", 0),
    "first": Tip("f", 1, HOUR, group="g", holdout=0.5),
    "second": Tip("h", 1, HOUR, group="g", priority="low", requires="hint"),
    "asked": Tip("s", 2, survey=True),
}
NAMES = sorted(TIPS)
PLACES = {"always": "corner", "mild": "banner", "help": "modal", "hint": "inline"}  # the others are tooltips
TABS = ("left", "right", "phone")
PROJECT = {"frequency": {"account": [{"count": 4, "per": "1d"}]}}  # naive_policy.ACCOUNT_CAP


def plan_of(version: int) -> Plan:
    documents = {}
    for name, one in TIPS.items():
        policy = {"category": one.category, "priority": one.priority, "stop_after": {"dismissed": one.stop}}
        policy |= {"holdout": one.holdout} if one.holdout else {}
        policy |= {"caps": [{"count": one.cap[0], "per": f"{one.cap[1]}ms"}]} if one.cap else {}
        policy |= {"exclusive": one.group, "unit": "account"} if one.group else {}
        policy |= {key: [other] for key in ("requires", "blocked_by") if (other := getattr(one, key))}
        documents[name] = tip(
            name,
            PLACES.get(name, "tooltip"),
            kind="survey" if one.survey else "tip",
            repeat={"cooldown": f"{one.cooldown}ms", "max": one.most},
            policy=policy,
            **({} if name in PLACES else {"anchor": name}),
        )
    plan, problems = compile_rules(documents, {}, {}, dict.fromkeys(NAMES, version), PROJECT)
    assert [p.line() for p in problems if p.severity == "error"] == []
    return plan


PLANS = (plan_of(1), plan_of(2))
SHORT = (1, 1_999, 2 * SECOND, 2_999, 3_000, 29_999, LEASE, 10 * MINUTE - 1, 10 * MINUTE)
LONG = (
    30 * MINUTE - 1, 30 * MINUTE, HOUR - 1, HOUR, DAY - 1, DAY, 2 * DAY, 3 * DAY, 7 * DAY - 1, 7 * DAY, 14 * DAY, 45 * DAY,
)  # fmt: skip
CLOSES = ("dismissed", "dismissed", "dismissed", "clicked", "snoozed", "muted", "mute_category", "goal")
KINDS = {
    "short": 4,
    "long": 4,
    "page": 3,
    "sync": 1,
    "show": 1,
    "look": 7,
    "close": 3,
    "colleague": 2,
    "edit": 1,
    "pause": 1,
}
Step = tuple[str, str | int]


def script_of(seed: int) -> list[Step]:
    """Fifty things that happen. Written from one number: drawing each by itself costs more than playing them."""
    draw = Random(seed)
    return [_step(kind, draw) for kind in draw.choices(list(KINDS), list(KINDS.values()), k=50)]


def _step(kind: str, draw: Random) -> Step:
    if kind in ("short", "long"):
        return "wait", draw.choice(SHORT if kind == "short" else LONG)
    if kind == "close":
        return draw.choice(CLOSES), draw.choice(NAMES)
    return kind, draw.choice(NAMES if kind == "colleague" else TABS)


class Office(World):
    """Ivan, and the account whose people see the same events."""

    def __init__(self, subject: str) -> None:
        super().__init__(plan=PLANS[0], session=False)
        self.subject, self.account = subject, Facts.empty(self.plan.fingerprint)

    def _fold(self, event: Event) -> None:
        event = msgspec.structs.replace(event, account_day=event.t // DAY)
        if event.user_id == "ivan":
            super()._fold(event)
        assert self.account is not None
        fold_event(self.plan, "account", self.account, event)


class Devices:
    """The engine and the model side by side, driven by two tabs and a phone."""

    def __init__(self, subject: str) -> None:
        self.world, self.naive = Office(subject), Naive(TIPS, subject)
        self.pages = {tab: f"{tab}0" for tab in TABS}
        self.offered: dict[str, list[Offer]] = {tab: [] for tab in TABS}
        self.held: Counter[int] = Counter()
        self.pauses: list[Pause] = []

    @property
    def now(self) -> int:
        return self.world.now

    def wait(self, ms: int) -> None:
        self.world.now += ms

    def edit(self, _tab: str) -> None:
        """The rules are published anew: caps and dismissals carry over."""
        self.world.plan = PLANS[self.world.plan is PLANS[0]]

    def pause(self, tab: str) -> None:
        """A CSM pauses the account, or the person, for a day; another pause takes its place."""
        until = self.now + DAY
        self.naive.paused = (self.now, until)
        subject = "g:acme" if tab == "phone" else self.naive.person
        self.pauses = [paused(subject, until, from_at=self.now)]

    def page(self, tab: str) -> None:
        self.pages[tab] += "'"
        self.offered[tab] = []
        self.naive.active.append((self.now, "me"))
        self.world.did("page_viewed", page=self.pages[tab])

    def colleague(self, name: str) -> None:
        """Somebody else of the account uses the app and sees a tip."""
        rule = self.world.plan.rules[name]
        claim = {"tip": name, "what": "viewed", "category": rule.category, "surface": rule.surface}
        claim |= {"kind": rule.kind, "intrusive": rule.intrusive, "offer": f"c{len(self.naive.shown)}"}
        head = {"t": self.now, "received_at": self.now, "user_id": f"colleague {name}"}
        serial = len(self.naive.shown)
        self.world._fold(Event(message_id=f"p{serial}", name="page_viewed", active=True, **head))
        self.world._fold(Event(message_id=f"c{serial}", name=TIP, props=claim, **head))
        self.naive.active.append((self.now, name))
        self.naive.shown.append(Impression(self.now, name, "hers", person=name))

    def sync(self, tab: str) -> None:
        page, naive = self.pages[tab], self.naive
        holder, until = naive.lease
        self.world.context = {"lease_page": holder, "lease_until": until, "pauses": self.pauses}
        decision = self.world.ask(page=page)
        self.offered[tab] = list(decision.offers)
        stages = {loser.tip: loser.stage for loser in decision.losers}
        assert sorted([*stages, *(offer.tip for offer in decision.offers)]) == NAMES
        expected = {name: stage for name in NAMES if (stage := self.expected(name, page)) is not None}
        assert stages == expected
        self.held.update(stages.values())
        for offer in decision.offers:
            assert offer.ghost == self.is_ghost(offer.tip)
        assert decision.next_in is None or decision.next_in > 0
        if holder in ("", page) or until <= self.now:
            naive.lease = (page, self.now + LEASE)

    def expected(self, name: str, page: str) -> int | None:
        stage = self.naive.stage(name, page, self.now)
        if stage is None and name == "second" and self.naive.stage("first", page, self.now) is None:
            return 8  # of a group the first in order stands
        if stage is None and self.naive.leased_elsewhere(name, page, self.now):
            return 10
        return stage

    def is_ghost(self, name: str) -> bool:
        """Once told apart, always so."""
        before = [i for i in self.naive.mine() if i.tip == name]
        if before:
            return any(i.ghost for i in before)
        drawn = "g:acme" if TIPS[name].group else self.naive.person  # these are drawn by account
        return in_control_group(name, TIPS[name].holdout, drawn)

    def show(self, tab: str) -> None:
        """What the snippet does: the first offer that may stand now."""
        page, (holder, until) = self.pages[tab], self.naive.lease
        for offer in self.offered[tab]:
            if offer.intrusive and (holder != page or until <= self.now):
                continue
            self.offered[tab] = [
                other
                for other in self.offered[tab]
                if other.tip != offer.tip and not (offer.intrusive and other.intrusive)
            ]
            if offer.intrusive:
                self.hold_to_the_caps(offer.tip)
            place = len(self.naive.shown)
            self.naive.shown.append(Impression(self.now, offer.tip, page, offer.ghost))
            self.world.told(offer.tip, "ghost" if offer.ghost else "viewed", page=page, offer=f"o{place}")
            return

    def look(self, tab: str) -> None:
        self.sync(tab)
        self.show(tab)

    def hold_to_the_caps(self, name: str) -> None:
        """The property: whatever the order of things, an impression that interrupts exceeds no cap and no budget."""
        assert self.naive.within_caps(name, self.now), f"{name} exceeds a cap"
        page = self.naive.lease[0]
        assert not any(i.page == page for i in self.naive.bold(self.naive.mine()))

    def close(self, what: str, name: str) -> None:
        """Something is done with the latest impression of a tip."""
        place = max((n for n, i in enumerate(self.naive.shown) if i.tip == name and i.person == "me"), default=None)
        if place is None:
            return
        scope = "category" if what == "mute_category" else "tip"
        what = "muted" if what == "mute_category" else what
        self.naive.answers.append(Answer(self.now, what, name, place))
        if what == "snoozed":
            self.naive.snoozed[name] = self.now + DAY
        elif what == "muted":
            self.naive.muted.add(name)
        self.world.told(name, what, until=self.now + DAY, scope=scope, offer=f"o{place}")


def play(seed: int) -> Devices:
    script = script_of(seed)
    both = Devices(f"u:{seed % 997}")
    for what, value in script:
        if isinstance(value, int):
            both.wait(value)
        elif what in CLOSES:
            both.close(what, value)
        else:
            getattr(both, what)(value)
    for tab in TABS:
        both.sync(tab)
    return both


@given(st.integers(0, 2**48))
def test_any_interleaving_agrees_with_the_full_history_and_exceeds_no_cap(seed: int) -> None:
    note(f"{script_of(seed)}")
    play(seed)


def test_the_scripts_reach_every_stage() -> None:
    held: Counter[int] = Counter()
    for seed in range(200):
        held.update(play(seed).held)
    assert set(held) == {0, 1, 3, 4, 5, 6, 8, 10}


def test_the_world_begins_at_its_start() -> None:
    assert Devices("u:1").now == START
