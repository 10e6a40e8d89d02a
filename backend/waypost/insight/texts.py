"""Which text of a tip does better: each text that people are drawn for against the rule's own, by the goal.

The population are people whose first view is of such a text; those in the control group saw none, and those for whom an
`if` holds were not drawn. The goal counts within (t, t + window] after the first view, as in insight/effect.py. Each
pair is judged by itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import groupby

from waypost.insight.effect import account_then, since_of
from waypost.insight.uplift import Records, Verdict, judge
from waypost.model import DAY
from waypost.rules.plan import CompiledRule
from waypost.store.sqlite import Tx
from waypost.store.tips import TEXT, test_users, texts_seen
from waypost.store.versions import Version, versions_of

__all__ = ["Texts", "Tried", "compare"]


@dataclass(frozen=True, slots=True)
class Tried:
    """One text. `variant`: its place in the rule, -1 the rule's own; `share`: as drawn. `verdict`: against the first."""

    variant: int
    name: str
    share: float
    people: int
    reached: int
    verdict: Verdict | None = None


@dataclass
class Texts:
    """All texts, first that which the others are compared with: the rule's own, or the first where nobody is drawn for it.

    `since`: from when on goal, texts and shares are what they are now, ms. Then people who are left out.
    """

    unit: str
    window: int
    since: int
    earlier: int = 0
    contaminated: int = 0  # saw two texts (or were in the control group too) inside the window
    immature: int = 0  # the window is still open
    tried: list[Tried] = field(default_factory=list)


def compare(tx: Tx, project_id: int, rule: CompiledRule, now: int) -> Texts | None:
    """None where there is no goal, or there are not two texts to draw. Raises Unavailable without the statistics."""
    if rule.goal is None or len(rule.shares) < 2:
        return None
    since = since_of(versions_of(tx, project_id, rule.id), _design)
    gather = _Gather(tx, project_id, rule, Texts(rule.unit, rule.goal_window, since), now)
    tested = test_users(tx, project_id)
    for person, rows in groupby(texts_seen(tx, project_id, rule.id), key=lambda row: row[0]):
        if person not in tested:
            gather.take(person, [(outcome, at) for _, outcome, at in rows])
    return gather.judged()


def _design(version: Version) -> tuple[object, ...]:
    body = version.body
    unit = body.get("policy", {}).get("unit", "user")
    return (body.get("goal"), body.get("goal_window"), unit, body.get("text"), body.get("variants"))


class _Gather:
    """Sorts people by the text they saw first."""

    def __init__(self, tx: Tx, project_id: int, rule: CompiledRule, found: Texts, now: int) -> None:
        self.tx, self.project_id, self.rule, self.found, self.now = tx, project_id, rule, found, now
        (self.base, _), *others = self.shares = sorted(rule.shares)
        self.pairs = {variant: Records() for variant, _ in others}
        self.people, self.reached = Counter[int](), Counter[int]()

    def take(self, person: str, rows: list[tuple[str, int]]) -> None:
        """`rows`: (outcome, ms) in the order of time."""
        found, met = self.found, [row for row in rows if row[0] != "goal"]
        if not met:
            return
        first = met[0][1]
        until = first + self.rule.goal_window
        early = {outcome for outcome, at in met if at <= until and outcome != "viewed"}
        if first < found.since:
            found.earlier += 1
        elif len(early) > 1:
            found.contaminated += 1
        elif (text := self._text(early)) is not None:
            if until > self.now:
                found.immature += 1
                return
            goal = next((at for outcome, at in rows if outcome == "goal"), first)
            self._add(person, first, text, reached=first < goal <= until)

    def _text(self, outcomes: Iterable[str]) -> int | None:
        """The drawn text among what happened, if there is one."""
        seen = (int(outcome.removeprefix(TEXT)) for outcome in outcomes if outcome.startswith(TEXT))
        return next((text for text in seen if text == self.base or text in self.pairs), None)

    def _add(self, person: str, first: int, text: int, *, reached: bool) -> None:
        self.people[text] += 1
        self.reached[text] += reached
        unit = ""
        if self.rule.unit == "account":
            unit = account_then(self.tx, self.project_id, person, first) or person
        for records in self.pairs.values() if text == self.base else [self.pairs[text]]:
            records.add(first // DAY, held=text == self.base, reached=reached, account=unit)

    def judged(self) -> Texts:
        by_account, of_base = self.rule.unit == "account", self.shares[0][1]
        for variant, share in self.shares:
            verdict = None
            if variant != self.base:
                self.pairs[variant].settle()
                verdict = judge(self.pairs[variant], of_base / (of_base + share), by_account=by_account)
            name = self.rule.variants[variant].name if variant >= 0 else ""
            self.found.tried.append(Tried(variant, name, share, self.people[variant], self.reached[variant], verdict))
        return self.found
