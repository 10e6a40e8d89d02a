"""The policy against a naive model that keeps every impression, over any interleaving of two tabs.

The model is written from section 2.1 of the semantics and shares nothing with the policy but the events. What it
assumes of the snippet: an offer stands only under a live lease, one that interrupts a page view, and its view is
told at once.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

from hypothesis import given, note
from hypothesis import strategies as st

from tests.unit.decide_world import START, World, compiled, tip

SECOND, MINUTE, HOUR, DAY = 1_000, 60_000, 3_600_000, 86_400_000
LEASE = 30 * SECOND
COOLDOWN = {"always": HOUR, "mild": DAY, "help": 0, "urgent": 0, "hint": 0}
CATEGORY = {"always": "a", "mild": "b", "help": "c", "urgent": "d", "hint": "e"}
MAX, STOP = 4, 3
TIPS = sorted(COOLDOWN)
PLACES = {"always": "corner", "mild": "banner", "help": "modal", "urgent": "tooltip", "hint": "inline"}
PLAN = compiled(
    *(
        tip(
            name,
            PLACES[name],
            repeat={"cooldown": f"{COOLDOWN[name]}ms", "max": MAX},
            policy={
                "category": CATEGORY[name],
                "priority": "critical" if name == "urgent" else "normal",
                "stop_after": {"dismissed": STOP},
                "caps": [{"count": 2, "per": "3d"}] if name == "help" else [],
            },
        )
        for name in TIPS
    )
)

SHORT = (1, SECOND, 2_999, 3_000, 29_999, LEASE, 10 * MINUTE - 1, 10 * MINUTE)
LONG = (30 * MINUTE - 1, 30 * MINUTE, HOUR - 1, HOUR, DAY - 1, DAY, 2 * DAY, 3 * DAY, 7 * DAY - 1, 7 * DAY)
TABS = ("left", "right")
CLOSES = ("dismissed", "dismissed", "clicked", "snoozed", "muted", "mute_category")
Step = tuple[str, str | int]


def script_of(seed: int) -> list[Step]:
    """Forty things that happen. Written from one number: drawing each by itself costs more than playing them."""
    draw = Random(seed)
    kinds = draw.choices(["short", "long", "page", "sync", "show", "look", "close"], [4, 2, 3, 1, 1, 6, 1], k=40)
    return [_step(kind, draw) for kind in kinds]


def _step(kind: str, draw: Random) -> Step:
    if kind in ("short", "long"):
        return "wait", draw.choice(SHORT if kind == "short" else LONG)
    if kind == "close":
        return draw.choice(CLOSES), draw.choice(TIPS)
    return kind, draw.choice(TABS)


@dataclass
class Impression:
    t: int
    tip: str
    page: str
    ghost: bool = False


@dataclass
class Naive:
    """Everything that ever happened, and the rules read off the page one by one."""

    shown: list[Impression] = field(default_factory=list)
    active: list[int] = field(default_factory=list)
    dismissed: list[tuple[int, str]] = field(default_factory=list)
    closed: list[int] = field(default_factory=list)
    snoozed: dict[str, int] = field(default_factory=dict)
    asked: dict[str, int] = field(default_factory=dict)
    muted: set[str] = field(default_factory=set)
    lease: tuple[str, int] = ("", 0)

    def session(self, now: int) -> int | None:
        """The start of the running session."""
        start = last = None
        for t in sorted(self.active):
            if start is None or last is None or t - last >= 30 * MINUTE or t - start >= DAY:
                start = t
            last = t
        if start is None or last is None or now - last >= 30 * MINUTE or now - start >= DAY:
            return None
        return start

    def within_caps(self, name: str, now: int) -> bool:
        if name == "urgent":
            return True
        inside = [i for i in self.shown if CATEGORY[i.tip] == CATEGORY[name] and now - i.t < DAY]
        if inside or (name == "help" and sum(i.tip == name and now - i.t < 3 * DAY for i in self.shown) >= 2):
            return False
        if name == "hint":
            return True
        bold = [i.t for i in self.shown if i.tip != "hint"]
        start = self.session(now)
        return (
            (start is None or not any(t >= start for t in bold))
            and sum(now - t < DAY for t in bold) < 2
            and sum(now - t < 7 * DAY for t in bold) < 5
            and all(now - t >= 10 * MINUTE for t in bold)
        )

    def repeats(self, name: str, now: int) -> bool:
        views = [i.t for i in self.shown if i.tip == name]
        closes = [t for t, other in self.dismissed if other == name]
        if len(closes) >= STOP or len(views) >= MAX:
            return False
        asked = self.asked.get(name, -1)  # what was to come back later does not wait for its cool-down
        waited = all(now - t >= COOLDOWN[name] or t <= asked for t in views)
        return waited and (not closes or now - max(closes) >= COOLDOWN[name] * 2 ** (len(closes) - 1))

    def offers(self, name: str, page: str, now: int) -> bool:
        """Whether this tip may be offered to this page view now."""
        start = self.session(now)
        if name in self.muted or self.snoozed.get(name, 0) > now or not self.repeats(name, now):
            return False
        if not self.within_caps(name, now) or (start is not None and now - start < 3 * SECOND):
            return False
        if any(now - t < 30 * SECOND for t in self.closed):
            return False
        if name == "hint":
            return True
        holder, until = self.lease
        return not any(i.page == page and i.tip != "hint" for i in self.shown) and (
            holder in ("", page) or until <= now
        )


class TwoTabs:
    """The engine and the model side by side, driven by two tabs."""

    def __init__(self) -> None:
        self.world, self.naive, self.pages = World(plan=PLAN, session=False), Naive(), {"left": "l0", "right": "r0"}
        self.offered: dict[str, list[str]] = {"left": [], "right": []}

    @property
    def now(self) -> int:
        return self.world.now

    def wait(self, ms: int) -> None:
        self.world.now += ms

    def page(self, tab: str) -> None:
        self.pages[tab] += "'"
        self.offered[tab] = []
        self.naive.active.append(self.now)
        self.world.did("page_viewed", page=self.pages[tab])

    def sync(self, tab: str) -> None:
        page, naive = self.pages[tab], self.naive
        holder, until = naive.lease
        self.world.context = {"lease_page": holder, "lease_until": until}
        decision = self.world.ask(page=page)
        self.offered[tab] = [offer.tip for offer in decision.offers]
        expected = sorted(name for name in TIPS if naive.offers(name, page, self.now))
        assert sorted(self.offered[tab]) == expected
        assert sorted(self.offered[tab] + [loser.tip for loser in decision.losers]) == TIPS
        assert decision.next_in is None or decision.next_in > 0
        if holder in ("", page) or until <= self.now:
            naive.lease = (page, self.now + LEASE)

    def show(self, tab: str) -> None:
        """What the snippet does: the first offer that may stand now."""
        page, (holder, until) = self.pages[tab], self.naive.lease
        for name in self.offered[tab]:
            bold = name != "hint"
            if bold and (holder != page or until <= self.now):
                continue
            self.offered[tab] = [
                other for other in self.offered[tab] if other != name and not (bold and other != "hint")
            ]
            if bold:
                self.hold_to_the_caps(name)
            ghost = len(self.naive.shown) % 3 == 2
            self.naive.shown.append(Impression(self.now, name, page, ghost))
            self.world.told(name, "ghost" if ghost else "viewed", page=page)
            return

    def look(self, tab: str) -> None:
        self.sync(tab)
        self.show(tab)

    def hold_to_the_caps(self, name: str) -> None:
        """The property: whatever the order of things, an impression that interrupts exceeds no cap."""
        assert self.naive.within_caps(name, self.now), f"{name} exceeds a cap"
        page = self.naive.lease[0]
        assert not any(i.page == page and i.tip != "hint" for i in self.naive.shown)

    def close(self, what: str, name: str) -> None:
        if not any(i.tip == name for i in self.naive.shown):
            return
        self.naive.closed.append(self.now)
        if what == "dismissed":
            self.naive.dismissed.append((self.now, name))
        elif what == "snoozed":
            self.naive.snoozed[name] = self.now + DAY
            self.naive.asked[name] = self.now
        elif what in ("muted", "mute_category"):
            self.naive.muted.add(name)
        scope = "category" if what == "mute_category" else "tip"
        self.world.told(name, "muted" if what == "mute_category" else what, until=self.now + DAY, scope=scope)


@given(st.integers(0, 2**48))
def test_any_interleaving_of_two_tabs_agrees_with_the_full_history_and_exceeds_no_cap(seed: int) -> None:
    script = script_of(seed)
    note(f"{script}")
    both = TwoTabs()
    for what, value in script:
        if isinstance(value, int):
            both.wait(value)
        elif what in ("sync", "show", "look", "page"):
            getattr(both, what)(value)
        else:
            both.close(what, value)
    for tab in ("left", "right"):
        both.sync(tab)


def test_the_world_begins_at_its_start() -> None:
    assert TwoTabs().now == START
