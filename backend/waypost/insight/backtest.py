"""Try rules on what happened before anybody sees them: the stored log, in append order, through the live engine.

Each side is one set of rules that lives through the log: the same fold, the same decision, the same caps. Until
`since` it only learns. From then on the tips that were really seen are left out, and each side shows its own. A browser
is taken to ask after each batch of its events and whenever the answer said to ask again, while its page is open, and
to show what it is offered at once: what only a browser knows (`at`) is unknown, so the showings are the most there can
be. What people did with a tip is kept where the side showed that tip on that page view.
"""

from __future__ import annotations

from collections import Counter, OrderedDict, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from heapq import heappop, heappush
from typing import Any

import msgspec

from waypost.delivery.attention import price
from waypost.engine.decide import DecideContext, decide
from waypost.engine.goals import goals_waiting
from waypost.facts.days import zone
from waypost.facts.fold import fold_event
from waypost.facts.history import TipHistory
from waypost.facts.look import Look
from waypost.facts.read import ReadEnv, zones_of
from waypost.facts.subject import Facts
from waypost.insight.crowd import Crowd
from waypost.model import (
    ACCOUNT,
    ANON,
    TIP,
    USER,
    Context,
    Decision,
    Event,
    Offer,
    Pause,
    Request,
    account_key,
)
from waypost.rules.plan import Plan
from waypost.settings import LIMITS, Policy
from waypost.store import events as log
from waypost.store.pauses import pauses_over_since
from waypost.store.sqlite import Tx

__all__ = ["Backtest", "Side", "Tally", "weighed"]

PAGE_OPEN_MS = Policy.session_gap_ms  # a page is taken to be open so long after its last event
ASKED_AGAIN = 20  # times a browser asks again between two of its own events, at most
VISITS = 10_000  # people whose page is at hand: who comes back later opens another
RETOLD = ("tip", "page_view", "category", "surface", "intrusive", "moment", "offer", "kind")  # of a view
TOLD_SINCE = 3  # the first stage of the policy that holds back what applies
DECIDING = 20  # what an event costs that somebody decides after, in events that are only folded


@dataclass
class Tally:
    """What one rule did. `people`: who saw it. `held`: code -> for whom it came up and was held back with that."""

    shown: int = 0
    ghosts: int = 0
    people: set[str] = field(default_factory=set)
    held: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    first: int | None = None  # ms
    last: int | None = None

    @property
    def never(self) -> Counter[str]:
        """Code -> people for whom it came up, was held back with that, and who never saw it."""
        return Counter(
            {code: len(people - self.people) for code, people in self.held.items() if people - self.people}
        )


@dataclass
class _Visit:
    """The page view that somebody has open, and what the service keeps of it between two questions."""

    page: str = ""
    path: str = "/"
    until: int = 0
    lease: tuple[str, int] = ("", 0)
    bound: dict[str, str] = field(default_factory=dict)
    next_at: int = 0  # when the browser asks again; 0: not by itself
    asked: int = 0  # times since its last event


class Side:
    """One set of rules living through the log."""

    def __init__(self, plan: Plan, known: dict[str, int], timezone: str, muted_routes: Sequence[str] = ()) -> None:
        self.plan, self.known, self.timezone, self.muted_routes = plan, known, timezone, muted_routes
        self.tallies = {rule.id: Tally() for rule in plan.rules.values() if rule.kind != "alert"}
        self.spent: Counter[str] = Counter()  # person -> attention
        self.decisions = 0
        self.pauses: Mapping[str, Sequence[Pause]] = {}  # subject -> the CSM pauses of the window
        self._crowd = Crowd(plan.fingerprint)
        self._visits: OrderedDict[str, _Visit] = OrderedDict()
        self._due: list[tuple[int, str]] = []  # when whose browser asks next

    # -- what happens

    def take(self, subject: str, event: Event) -> None:
        """An event as the journal takes it."""
        if not subject.startswith(ACCOUNT):
            fold_event(self.plan, "user", self._crowd.facts(subject), event)
        if event.account_id:
            fold_event(self.plan, "account", self._crowd.facts(account_key(event.account_id)), event)

    def take_linked(self, subject: str, anon: str, earlier: Iterator[Event], since: int) -> None:
        """All that an anonymous id did, and was shown here since, becomes the user's."""
        facts = self._crowd.facts(subject)
        for event in (*earlier, *_retold(self._crowd.facts(anon).tips, since)):
            fold_event(self.plan, "user", facts, event)

    def answer(self, subject: str, event: Event) -> None:
        """What was done with a tip counts where it stands here too, on the same page view."""
        props = event.props
        history = self._crowd.facts(subject).tips
        here = [v for v in history.views if v.tip == props.get("tip") and v.page_view == props.get("page_view")]
        if not here or here[-1].ghost:
            return
        answered = {act.offer for act in history.acts}
        shown = next((view for view in reversed(here) if view.offer not in answered), here[-1])
        self.take(subject, msgspec.structs.replace(event, props={**props, "offer": shown.offer}))

    def opens(self, subject: str, event: Event) -> None:
        """The browser sent something from a page: it is open, and has the lease of the page before it."""
        visit = self._visit(subject)
        if event.page_view_id != visit.page:
            if visit.lease[0] == visit.page:
                visit.lease = (event.page_view_id, visit.lease[1])
            visit.page, visit.path = event.page_view_id, str(event.props.get("route") or "/")
        visit.until, visit.asked = event.received_at + PAGE_OPEN_MS, 0

    def pass_time(self, until: int) -> None:
        """Every question that browsers ask by themselves before `until`, in order."""
        while self._due and self._due[0][0] < until:
            at, subject = heappop(self._due)
            visit = self._visits.get(subject)
            if visit is not None and visit.next_at == at and visit.asked < ASKED_AGAIN:
                visit.asked += 1
                self.ask(subject, at)

    # -- the question

    def ask(self, subject: str, now: int) -> None:
        """Decide as the live service would, show what would be shown, and tell that it was seen: which asks again."""
        visit = self._visit(subject)
        while self._ask_once(visit, subject, now):
            pass
        if now < visit.next_at <= visit.until:
            heappush(self._due, (visit.next_at, subject))

    def _ask_once(self, visit: _Visit, subject: str, now: int) -> bool:
        facts = self._crowd.facts(subject)
        group, account, env = self._around(facts, now)
        decision = self._decide(visit, subject, facts, group, account, env, now)
        self.decisions += 1
        for loser in decision.losers:
            if loser.stage >= TOLD_SINCE:
                self.tallies[loser.tip].held[loser.code].add(subject)
        mine = visit.lease[0] in ("", visit.page) or visit.lease[1] <= now
        if mine:
            visit.lease = (visit.page, now + Policy.lease_ms)
        visit.bound = {**{o.moment: visit.page for o in decision.offers if o.moment}, **visit.bound}
        visit.next_at = now + decision.next_in if decision.next_in else 0
        return self._show(subject, group, visit, decision, now, mine)

    def _around(self, facts: Facts, now: int) -> tuple[str | None, Facts | None, ReadEnv]:
        """(the person's account, its facts, what a look needs beside them)."""
        group = facts.account_at(now)
        account = self._crowd.facts(account_key(group)) if group else None
        own, shared = zones_of(facts, account, self.timezone)
        return group, account, ReadEnv(self.known, zone(own, self.timezone), zone(shared, self.timezone))

    def _decide(
        self,
        visit: _Visit,
        subject: str,
        facts: Facts,
        group: str | None,
        account: Facts | None,
        env: ReadEnv,
        now: int,
    ) -> Decision:
        request = Request(
            subject=subject,
            account=account_key(group) if group else None,
            now=now,
            page_view_id=visit.page,
            context=Context(path=visit.path),
            test_user=facts.trait("test_user") is True,
        )
        context = DecideContext(
            env=env,
            lease_page=visit.lease[0],
            lease_until=visit.lease[1],
            bound=visit.bound,
            muted_routes=self.muted_routes,
            pauses=[*self.pauses.get(subject, ()), *self.pauses.get(request.account or "", ())],
            zone=zone(self.timezone),
        )
        return decide(self.plan, facts, account, request, context)

    def _show(
        self, subject: str, group: str | None, visit: _Visit, decision: Decision, now: int, leased: bool
    ) -> bool:
        """Whether anything was shown."""
        crowded, shown = not leased, False
        for offer in decision.offers:
            if offer.intrusive and crowded:
                self.tallies[offer.tip].held["page_view_spent"].add(subject)
                continue
            crowded, shown = crowded or offer.intrusive, True
            self._count(subject, offer, now)
            self.take(subject, _seen(subject, group, visit.page, offer, now))
        return shown

    def _count(self, subject: str, offer: Offer, now: int) -> None:
        tally = self.tallies[offer.tip]
        tally.first = now if tally.first is None else tally.first
        tally.last = now
        if offer.ghost:
            tally.ghosts += 1
            return
        tally.shown += 1
        tally.people.add(subject)
        self.spent[subject] += price(offer.kind, offer.surface)

    def reach_goals(self, subject: str, now: int) -> None:
        """A goal that became true after a view here, as the journal notices it."""
        facts = self._crowd.facts(subject)
        waiting = goals_waiting(self.plan, facts.tips, now) if facts.tips.marks else []
        if not waiting:
            return
        group, account, env = self._around(facts, now)
        look = Look(self.plan, facts, account, now, env, (subject.removeprefix(USER), group))
        for rule, _ in waiting:
            if rule.goal is not None and look.truth(rule.goal):
                self.take(
                    subject, _tip_event(subject, group, now, f"goal {rule.id}", {"tip": rule.id, "what": "goal"})
                )

    def _visit(self, subject: str) -> _Visit:
        found = self._visits.get(subject)
        if found is None:
            found = self._visits[subject] = _Visit()
            if len(self._visits) > VISITS:
                self._visits.popitem(last=False)
        else:
            self._visits.move_to_end(subject)
        return found


class Backtest:
    """Runs one or more sides over the log of a project. `since`: from when on tips are shown (ms)."""

    def __init__(self, sides: Sequence[Side], since: int) -> None:
        self.sides, self.since = sides, since
        self.recorded: Counter[str] = Counter()  # tip -> showings that really were
        self.events = self.people = 0  # in the window
        self.stopped = False
        self._asking: tuple[str, int] | None = None  # who asks once the batch is taken, and when

    def run(
        self, tx: Tx, project_id: int, progress: Callable[[int], None], stop: Callable[[], bool] = lambda: False
    ) -> None:
        """Live through the whole log. `progress` is told what each event costs: see `weighed`."""
        linked, seen, now = log.links(tx, project_id), set[str](), 0
        pauses = pauses_over_since(tx, project_id, self.since, LIMITS.pauses_tried)
        for side in self.sides:
            side.pauses = pauses
        for place, subject, event in log.everything(tx, project_id):
            if stop():
                self.stopped = True
                break
            inside = event.received_at >= self.since
            if inside:
                self._pass_time(subject, event.received_at)
                self.events += 1
                seen.update(() if subject.startswith(ACCOUNT) else (subject,))
            if place in linked:
                self._link(tx, project_id, subject, linked[place], place)
            self._take(subject, event, inside)
            now = max(now, event.received_at)
            progress(DECIDING if inside else 1)
        self._pass_time("", now + PAGE_OPEN_MS)
        self.people = len(seen)

    def _pass_time(self, subject: str, now: int) -> None:
        """Before something else happens, who sent the last batch asks, and whoever was to ask by now."""
        if self._asking is not None and self._asking != (subject, now):
            for side in self.sides:
                side.pass_time(self._asking[1])
                side.ask(*self._asking)
            self._asking = None
        if self._asking is None:
            for side in self.sides:
                side.pass_time(now)

    def _link(self, tx: Tx, project_id: int, subject: str, anon: str, place: int) -> None:
        for side in self.sides:
            earlier = (event for _, event in log.events_of(tx, project_id, anon, before_id=place))
            side.take_linked(subject, anon, (e for e in earlier if not self._replaced(e)), self.since)

    def _replaced(self, event: Event) -> bool:
        """What our tips did in the window is the sides' to say."""
        return event.name == TIP and event.received_at >= self.since

    def _take(self, subject: str, event: Event, inside: bool) -> None:
        if self._replaced(event):
            what = event.props.get("what")
            if what == "viewed" and not event.props.get("preview"):
                self.recorded[str(event.props.get("tip"))] += 1
            if what in ("viewed", "ghost", "goal") or event.props.get("preview"):
                return
            for side in self.sides:
                side.answer(subject, event)
        else:
            for side in self.sides:
                side.take(subject, event)
                if inside and not subject.startswith(ACCOUNT):
                    side.reach_goals(subject, event.received_at)
        if inside and event.page_view_id and (event.active or event.name == TIP):
            for side in self.sides:
                side.opens(subject, event)
            self._asking = (subject, event.received_at)


def weighed(events: int, inside: int) -> int:
    """What a run over so many events costs, of which so many are decided after: the length of its progress bar."""
    return events - inside + DECIDING * inside


def _seen(subject: str, group: str | None, page: str, offer: Offer, now: int) -> Event:
    props: dict[str, Any] = {
        "tip": offer.tip,
        "what": "ghost" if offer.ghost else "viewed",
        "moment": offer.moment,
        "category": offer.category,
        "kind": offer.kind,
        "surface": offer.surface,
        "intrusive": offer.intrusive,
        "page_view": page,
        "offer": f"{page} {offer.tip} {now}",
    }
    return _tip_event(subject, group, now, str(props["offer"]), props)


def _tip_event(subject: str, group: str | None, now: int, name: str, props: dict[str, Any]) -> Event:
    return Event(
        message_id=f"{subject} {name}",
        name=TIP,
        t=now,
        received_at=now,
        user_id=subject.removeprefix(USER) if subject.startswith(USER) else None,
        anon_id=subject.removeprefix(ANON) if subject.startswith(ANON) else None,
        account_id=group,
        props=props,
    )


def _retold(history: TipHistory, since: int) -> Iterator[Event]:
    """The views and answers of a history since then once more, as events."""
    for view in history.views:
        if view.t >= since:
            props = {name: getattr(view, name) for name in RETOLD} | {"what": "ghost" if view.ghost else "viewed"}
            yield Event(message_id="", name=TIP, t=view.t, received_at=view.t, props=props)
    for act in history.acts:
        if act.t >= since:
            props = {"tip": act.tip, "category": act.category, "offer": act.offer}
            props["what"] = "goal" if act.what == "completed" else act.what
            yield Event(message_id="", name=TIP, t=act.t, received_at=act.t, props=props)
