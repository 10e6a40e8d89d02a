"""The delivery policy read off section 2 of the semantics, over everything that ever happened.

It keeps every impression and answers each question by looking at all of them. It shares nothing with the policy.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

__all__ = [
    "ACCOUNT_CAP",
    "DAY",
    "HOUR",
    "MINUTE",
    "SECOND",
    "Answer",
    "Impression",
    "Naive",
    "Tip",
    "in_control_group",
]

SECOND, MINUTE, HOUR, DAY = 1_000, 60_000, 3_600_000, 86_400_000
ACCOUNT_CAP = (4, DAY)  # views that interrupt, of everybody of the account
HALF = 14 * DAY


@dataclass(frozen=True)
class Tip:
    """What a rule says of itself, as far as the policy cares. `price` 0 is a tip that does not interrupt."""

    category: str
    price: int
    cooldown: int = 0
    priority: str = "normal"
    most: int = 4
    stop: int = 3
    cap: tuple[int, int] | None = None
    holdout: float = 0.0
    survey: bool = False
    group: str = ""
    requires: str = ""
    blocked_by: str = ""


@dataclass
class Impression:
    t: int
    tip: str
    page: str
    ghost: bool = False
    person: str = "me"


@dataclass(frozen=True)
class Answer:
    """What was done with an impression: dismissed clicked snoozed muted goal."""

    t: int
    what: str
    tip: str
    to: int  # place of the impression in the list


def in_control_group(tip: str, share: float, person: str) -> bool:
    digest = hashlib.sha256(f"{tip}\0{person}".encode()).digest()
    return int.from_bytes(digest[:8], "big") < share * 2**64


@dataclass
class Naive:
    tips: dict[str, Tip]
    person: str
    shown: list[Impression] = field(default_factory=list)
    active: list[tuple[int, str]] = field(default_factory=list)  # (when, who of the account)
    answers: list[Answer] = field(default_factory=list)
    muted: set[str] = field(default_factory=set)
    snoozed: dict[str, int] = field(default_factory=dict)
    paused: tuple[int, int] = (0, 0)
    lease: tuple[str, int] = ("", 0)

    def mine(self) -> list[Impression]:
        return [i for i in self.shown if i.person == "me"]

    def bold(self, shown: list[Impression]) -> list[Impression]:
        return [i for i in shown if self.tips[i.tip].price]

    def closes(self) -> list[int]:
        return [a.t for a in self.answers if a.what != "goal"]

    def session(self, now: int) -> int | None:
        """The start of the running session."""
        start = last = None
        for t in sorted(t for t, who in self.active if who == "me"):
            if start is None or last is None or t - last >= 30 * MINUTE or t - start >= DAY:
                start = t
            last = t
        if start is None or last is None or now - last >= 30 * MINUTE or now - start >= DAY:
            return None
        return start

    # -- the stages, in their order: the first that objects

    def stage(self, name: str, page: str, now: int) -> int | None:
        """The first stage that holds the tip back on this page view; None when it may be offered. Not the stage that
        compares tips with each other."""
        stages = {
            0: self.silent(name, now), 1: self.resting(name, now), 3: not self.within_caps(name, now),
            4: self.quiet(now), 5: self.tired(name, now), 6: self.excluded(name, now),
            8: self.tips[name].price > 0 and any(i.page == page for i in self.bold(self.mine())),
        }  # fmt: skip
        return next((stage for stage, held in stages.items() if held), None)

    def leased_elsewhere(self, name: str, page: str, now: int) -> bool:
        holder, until = self.lease
        return self.tips[name].price > 0 and holder not in ("", page) and until > now

    def silent(self, name: str, now: int) -> bool:
        start, end = self.paused
        return start <= now < end or name in self.muted or self.snoozed.get(name, 0) > now

    def resting(self, name: str, now: int) -> bool:
        tip = self.tips[name]
        views = [i.t for i in self.mine() if i.tip == name]
        closed = [a.t for a in self.answers if a.tip == name and a.what == "dismissed"]
        asked = max((a.t for a in self.answers if a.tip == name and a.what == "snoozed"), default=-1)
        if len(closed) >= tip.stop or len(views) >= tip.most:
            return True
        if any(a.tip == name and a.what == "goal" for a in self.answers):
            return True
        if any(now - t < tip.cooldown and t > asked for t in views):
            return True
        return bool(closed) and now - max(closed) < tip.cooldown * 2 ** (len(closed) - 1)

    def within_caps(self, name: str, now: int) -> bool:
        tip = self.tips[name]
        if tip.priority == "critical":
            return True
        mine = self.mine()
        if any(self.tips[i.tip].category == tip.category and now - i.t < DAY for i in mine):
            return False
        if tip.cap and sum(i.tip == name and now - i.t < tip.cap[1] for i in mine) >= tip.cap[0]:
            return False
        if tip.survey and any(self.tips[i.tip].survey and now - i.t < 90 * DAY for i in mine):
            return False
        return not tip.price or (self.bold_fits(now) and self.account_fits(name, now) and self.affordable(name, now))

    def bold_fits(self, now: int) -> bool:
        bold, start = [i.t for i in self.bold(self.mine())], self.session(now)
        return (
            (start is None or not any(t >= start for t in bold))
            and sum(now - t < DAY for t in bold) < 2
            and sum(now - t < 7 * DAY for t in bold) < 5
            and all(now - t >= 10 * MINUTE for t in bold)
        )

    def account_fits(self, name: str, now: int) -> bool:
        """The account's cap, and its attention: two for each active person, one person's at the least."""
        bold = self.bold(self.shown)
        if sum(now - i.t < ACCOUNT_CAP[1] for i in bold) >= ACCOUNT_CAP[0]:
            return False
        people = {who for t, who in self.active if now // DAY - 7 < t // DAY <= now // DAY}
        spent = sum(self.tips[i.tip].price for i in bold if now - i.t < 7 * DAY)
        return spent + self.tips[name].price <= max(6, 2 * len(people))

    def affordable(self, name: str, now: int) -> bool:
        closed = [a.t for a in self.answers if a.what == "dismissed"]
        spent = sum(
            self.tips[i.tip].price * (1 + sum(i.t - HALF < t < i.t for t in closed) / 2)
            for i in self.bold(self.mine())
            if now - i.t < 7 * DAY
        )
        return spent + self.tips[name].price * (1 + sum(now - HALF < t <= now for t in closed) / 2) <= 6

    def quiet(self, now: int) -> bool:
        start = self.session(now)
        return (start is not None and now - start < 3 * SECOND) or any(now - t < 30 * SECOND for t in self.closes())

    def tired(self, name: str, now: int) -> bool:
        priority = self.tips[name].priority
        if priority == "critical":
            return False
        return self.fatigue(now) >= (5 if priority == "high" else 3) or self.category_rests(name, now)

    def fatigue(self, now: int) -> float:
        """Halves in fourteen days. Of what happens in one millisecond the relief comes first."""
        weights = {"dismissed": 1.0, "snoozed": 0.25, "clicked": -1.0, "goal": -2.0}
        told = []
        for a in self.answers:
            quick = a.what == "dismissed" and a.t - self.shown[a.to].t < 2 * SECOND
            if a.what in weights:
                told.append((a.t, 1.5 if quick else weights[a.what]))
        for place, i in enumerate(self.shown):
            left = not any(a.to == place for a in self.answers)
            if left and i.person == "me" and not i.ghost and self.tips[i.tip].price and i.t + 30 * MINUTE <= now:
                told.append((i.t + 30 * MINUTE, 0.5))
        level, before = 0.0, 0
        for t, weight in sorted(told):
            level, before = max(0.0, level * 0.5 ** ((t - before) / HALF) + weight), t
        return level * 0.5 ** ((now - before) / HALF)

    def category_rests(self, name: str, now: int) -> bool:
        """After two dismissals in a row 7 days, then 14, 28, … up to 90; an engagement halves the count."""
        count = last = 0
        for a in sorted(self.answers, key=lambda a: (a.t, {"goal": "completed"}.get(a.what, a.what), a.tip)):
            if self.tips[a.tip].category == self.tips[name].category:
                if a.what == "dismissed":
                    count, last = count + 1, a.t
                elif a.what in ("clicked", "goal"):
                    count //= 2
        return count >= 2 and now - last < min(7 * 2 ** (count - 2), 90) * DAY

    def excluded(self, name: str, now: int) -> bool:
        tip = self.tips[name]
        seen = {i.tip for i in self.mine()}
        others = {other for other, t in self.tips.items() if t.group and t.group == tip.group and other != name}
        return (
            (bool(tip.requires) and tip.requires not in seen)
            or (bool(tip.blocked_by) and tip.blocked_by in seen)
            or any(i.tip in others and now - i.t < DAY for i in self.shown)
        )
