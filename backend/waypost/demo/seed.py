"""Six weeks of history, made by letting people visit: every tip in it was decided by the same engine.
When the demo's clock jumps, the others go on in the same way.

Each step of a visit is a sync as a browser would send it, at its own instant; whoever is offered a tip
reacts as people do. So the decision log, the numbers of the console and the tasks are all real.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random
from typing import Any

import msgspec

from waypost.demo.answers import answer
from waypost.demo.people import ACCOUNTS, YOURS, Account, Person
from waypost.demo.visits import ANCHORS, Step, ticket, visit
from waypost.facts.days import zone
from waypost.ingest.decode import Incoming
from waypost.model import DAY, HOUR, MINUTE, SECOND
from waypost.service import sync
from waypost.service.clock import Clock
from waypost.service.runtime import Runtime
from waypost.service.sync import Feedback, SyncBody, SyncContext, decode_incoming, read_feedback
from waypost.store.sqlite import Tx
from waypost.store.tasks import change_task, due_subjects, list_tasks
from waypost.web.looks import look_at_due

__all__ = ["WEEKS", "live_on", "plan_visits", "seed"]

WEEKS = 6
REACTIONS = (("clicked", 0.34), ("dismissed", 0.72), ("snoozed", 0.79), ("muted", 0.82))  # cumulative; else none
GOALS = {
    "export-schedule": "export_scheduled", "bulk-edit": "bulk_edit_used", "save-view": "view_saved",
    "welcome-admin": "member_invited", "planning-launch": "module_enabled", "form-errors": "form_saved",
    "first-report-done": "export_scheduled", "import-abandoned": "import_completed",
}  # fmt: skip
FOLLOWS = 0.8  # who clicks mostly does it
OUTCOME = "Called, did it together"


@dataclass(frozen=True, slots=True)
class Visit:
    """`renewal`: the date that the account renews; "" where that was said before."""

    at: int
    account: Account
    person: Person
    renewal: str = ""


def plan_visits(now: int, rng: Random) -> list[Visit]:
    """Who comes when, over the weeks before `now`, in order of time. Nobody comes after `now` − 20 min."""
    visits = []
    for account in ACCOUNTS:
        for person in account.people:
            visits += list(_visits_of(account, person, now, rng))
    return sorted(visits, key=lambda visit: (visit.at, visit.person.id))


def _here(account: Account, person: Person, now: int, at: int) -> bool:
    """Whether this person used the app at all around `at`."""
    ago = (now - at) / DAY
    last = account.silent_days or 20 * MINUTE / DAY
    return last < ago < (account.joined_days or WEEKS * 8) and not person.away[1] < ago < person.away[0]


def _visits_of(account: Account, person: Person, now: int, rng: Random) -> Iterator[Visit]:
    tz = zone(account.tz)
    first_day = datetime.fromtimestamp(now / 1000, tz).date() - timedelta(weeks=WEEKS)
    for day in range(WEEKS * 7 + 1):
        date = first_day + timedelta(days=day)
        fading = 1 - account.decline * day / (WEEKS * 7)
        chance = person.visits * fading * (1.0 if date.weekday() < 5 else 0.08)
        for number in range(2):
            hour = rng.choice((9, 10, 11)) if number == 0 else rng.choice((14, 15, 16))
            minute, luck = rng.randint(0, 59), rng.random()
            start = datetime(date.year, date.month, date.day, hour, minute, tzinfo=tz)
            at = int(start.timestamp() * 1000)
            if luck < chance * (1 if number == 0 else 0.35) and _here(account, person, now, at):
                yield Visit(at, account, person)


def seed(
    runtime: Runtime, now: int, rng: Random, progress: Callable[[int, int], None] = lambda done, of: None
) -> int:
    """Let everybody visit. Returns the number of visits; `progress(done, of)` is told now and then."""
    runtime.rules.backdate(now - WEEKS * 7 * DAY - DAY)
    visits = [replace(one, renewal=_renewal(one.account, now)) for one in plan_visits(now, rng)]
    let_visit(runtime, visits, now, rng, progress)
    runtime.store.write_now(lambda tx: close_old_tasks(tx, runtime.project_id, now))
    look_at_due(replace(runtime, clock=Clock(lambda: now)))
    return len(visits)


def _renewal(account: Account, now: int) -> str:
    day = datetime.fromtimestamp(now / 1000, zone(account.tz)).date() + timedelta(days=account.renews)
    return day.isoformat()


def live_on(runtime: Runtime, since: int, until: int, rng: Random) -> int:
    """Let the others visit between two instants: not who can be "you", and accounts that fade stay away."""
    visits = [
        one
        for one in plan_visits(until, rng)
        if one.at > since and one.person.away != YOURS and not (one.account.decline or one.account.silent_days)
    ]
    let_visit(runtime, visits, until, rng)
    return len(visits)


def let_visit(
    runtime: Runtime,
    visits: list[Visit],
    now: int,
    rng: Random,
    progress: Callable[[int, int], None] = lambda done, of: None,
) -> None:
    by_day: dict[int, list[Visit]] = {}
    for one in visits:
        by_day.setdefault(one.at // DAY, []).append(one)
    done = 0
    for today in by_day.values():

        def job(tx: Tx, today: list[Visit] = today) -> None:
            for one in today:
                _Browser(runtime, tx, one, rng).live()
            check_due_alerts(runtime, tx, min(now, (today[-1].at // DAY + 1) * DAY))

        runtime.store.write_now(job)
        evening = min(now, (today[-1].at // DAY + 1) * DAY)
        look_at_due(replace(runtime, clock=Clock(lambda at=evening: at)))  # type: ignore[misc]
        done += len(today)
        progress(done, len(visits))


def close_old_tasks(tx: Tx, project_id: int, now: int) -> None:
    """What fell due more than five days ago was done in time by a person."""
    for task in list_tasks(tx, project_id, ("open",)):
        if task.due_at and task.due_at < now - 5 * DAY:
            taken = {"taken_at": task.due_at - 6 * HOUR, "taken_by": task.owner, "reacted_at": task.due_at - 6 * HOUR}
            done = {"state": "done", "closed_at": task.due_at - 3 * HOUR, "closed_by": "person"}
            change_task(tx, project_id, task.id, **taken, **done, outcome_code="solved", outcome=OUTCOME)


def check_due_alerts(runtime: Runtime, tx: Tx, at: int) -> None:
    """What the background work does in the live product: alerts that became true by time alone."""
    unit = replace(runtime, clock=Clock(lambda: at)).unit(tx)
    for subject in due_subjects(tx, runtime.project_id, at, 10_000):
        runtime.on_facts(unit, subject, at)
    unit.save()


class _Browser:
    """One visit: a browser that sends its steps and reacts to what it is offered."""

    def __init__(self, runtime: Runtime, tx: Tx, one: Visit, rng: Random) -> None:
        self.tx, self.visit, self.rng = tx, one, rng
        self.clock = Clock(lambda: self.now)
        self.runtime = replace(runtime, clock=self.clock)
        self.now, self.seq, self.page = one.at, 0, 0
        self.shown = False
        self.load = f"{one.person.id}-{one.at}"

    def live(self) -> None:
        self.send([self._identify(), self._group()], "/board/:id")
        for step in visit(self.visit.person, self.rng, self.load):
            self.now += step.pause
            if not step.event:
                self.page += 1
                self.shown = False
            offers = self.send([self._event(step)], step.route)
            self.now += 4 * SECOND
            if offers and not self.shown:
                self.react(offers, step.route)
        if asked := ticket(self.visit.person, self.load):
            self.now += asked.pause
            self.send([self._event(asked)], asked.route)

    def send(self, events: list[dict[str, Any]], route: str, feedback: list[Feedback] | None = None) -> list[Any]:
        body = SyncBody(
            user_id=self.visit.person.id,
            anon_id=f"anon-{self.visit.person.id}",
            load_id=self.load,
            page_view_id=f"{self.load}-{self.page}",
            previous_page_view_ids=[f"{self.load}-{self.page - 1}"],
            context=SyncContext(
                path=route.replace(":id", "1"),
                locale=self.visit.person.locale,
                tz=self.visit.account.tz,
                placements=ANCHORS.get(route, []),
            ),
            events=[msgspec.Raw(msgspec.json.encode(event)) for event in events],
            feedback=feedback or [],
        )
        incoming: Incoming = decode_incoming(body, self.now)
        said = read_feedback(self.runtime, body, self.now)
        offers: list[Any] = sync.answer(self.runtime, self.tx, body, incoming, said, self.now)["offers"]
        return offers

    def react(self, offers: list[Any], route: str) -> None:
        """See the first offer that fits the page; click, close, snooze, say never, or leave it."""
        offer = next((o for o in offers if o["at"].get("route", route) == route), None)
        if offer is None:
            return
        self.shown = True
        self.now += self.rng.randint(2, 9) * SECOND
        luck = self.rng.random()
        what = next((name for name, below in REACTIONS if luck < below), None)
        if offer["surface"] == "survey":
            self.answer(offer["offer_id"], route)
            return
        told = [Feedback(offer_id=offer["offer_id"], what=name) for name in ("viewed", what) if name]
        self.send([], route, told)
        if what == "clicked" and self.rng.random() < FOLLOWS and offer["tip"] in GOALS:
            self.now += 20 * SECOND
            self.send([self._event(Step(route, GOALS[offer["tip"]]))], route)

    def answer(self, offer_id: str, route: str) -> None:
        """See a question, and answer it or close it."""
        said = answer(self.visit.account, self.visit.person, self.load)
        told = [Feedback(offer_id=offer_id, what="viewed")]
        told.append(Feedback(offer_id=offer_id, what="answered" if said else "dismissed", **(said or {})))
        self.send([], route, told)

    def _identify(self) -> dict[str, Any]:
        person = self.visit.person
        traits = {"name": person.name, "role": person.role, "email": f"{person.id}@{self.visit.account.id}.example"}
        return self._call("identify", traits=traits)

    def _group(self) -> dict[str, Any]:
        account = self.visit.account
        traits = {
            "name": account.name, "plan": account.plan, "seats": account.seats, "csm": account.csm,
            "entitlements": list(account.entitlements), "tz": account.tz, "country": account.country, "arr": account.arr,
            **({"renewal": self.visit.renewal} if self.visit.renewal else {}),
        }  # fmt: skip
        return self._call("group", groupId=account.id, traits=traits)

    def _event(self, step: Step) -> dict[str, Any]:
        if not step.event:
            return self._call("page", properties={"route": step.route})
        return self._call("track", event=step.event, properties=step.props)

    def _call(self, kind: str, **fields: Any) -> dict[str, Any]:
        self.seq += 1
        return {"type": kind, "messageId": f"seed-{self.load}-{self.seq}", "seq": self.seq, "ageMs": 0, **fields}
