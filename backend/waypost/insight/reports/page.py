"""All reports of a project at an instant, and the people behind each number."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby

import msgspec

from waypost.insight.reports.activation import Newcomer, activated, activation
from waypost.insight.reports.adoption import adoption, sustained
from waypost.insight.reports.funnel import funnel
from waypost.insight.reports.gather import Gathered, People, gather
from waypost.insight.reports.onboarding import Attempt, attempts, health
from waypost.insight.reports.stickiness import MONTH, WEEK, WEEKS, stickiness
from waypost.insight.reports.support import AGAIN, asked
from waypost.insight.reports.survival import kaplan_meier
from waypost.model import DAY, Json
from waypost.rules.plan import Plan
from waypost.store.events import everything, links_by_anon
from waypost.store.sqlite import Tx
from waypost.store.tips import first_views, outcomes_of_people, test_users

__all__ = ["NEW", "REPORTS", "Reports", "reports"]

REPORTS = ("activity", "adoption", "activation", "value", "onboarding", "funnel", "support")
NEW = WEEK * WEEKS  # days in which a person was first seen to count as new
SOON = 30.0  # days
TOPICS = 20  # those that most people asked about
CURVE = 200  # points of a curve, at most


@dataclass
class Reports:
    """`numbers`: what the page shows, plain. `behind`: (report, of, number) -> people, as places in `subjects`."""

    numbers: dict[str, Json]
    subjects: list[str] = field(default_factory=list)
    behind: dict[tuple[str, str, str], list[int]] = field(default_factory=dict)

    def people(self, report: str, of: str, number: str, after: str, limit: int) -> tuple[list[str], int] | None:
        """(subjects in order, from the one after `after`; how many in all); None for a number that there is not."""
        found = self.behind.get((report, of, number))
        if found is None:
            return None
        listed = sorted(self.subjects[person] for person in found)
        return [subject for subject in listed if subject > after][:limit], len(listed)


def reports(tx: Tx, project_id: int, plan: Plan, now: int, today: int) -> Reports:
    """`today`: the local day of `now` in the project's time zone."""
    people = People(links_by_anon(tx, project_id), test_users(tx, project_id))
    found = gather(everything(tx, project_id), people, plan.reported, today)
    made = Reports({"now": now, "today": today, "log_from": found.log_from, "cut": found.cut}, people.subjects)
    _Writer(made, plan, found, now, today).write(tx, project_id)
    return made


class _Writer:
    """Writes one report after the other into `made`."""

    def __init__(self, made: Reports, plan: Plan, found: Gathered, now: int, today: int) -> None:
        self.made, self.plan, self.found, self.now, self.today = made, plan, found, now, today
        self.month = self._active(MONTH)

    def write(self, tx: Tx, project_id: int) -> None:
        newcomers = list(self._newcomers())
        views = first_views(tx, project_id) if self.found.asked else iter(())
        self.made.numbers |= {
            "activity": self._activity(),
            "adoption": self._adoption(),
            "activation": self._activation(newcomers),
            "value": self._value(newcomers),
            "onboarding": [self._onboarding(name) for name in self.plan.reported.chains if self._reportable(name)],
            "funnel": self._funnels(outcomes_of_people(tx, project_id, self.now // DAY - MONTH, self.now // DAY)),
            "support": self._support(views),
        }

    def _keep(self, report: str, of: str, number: str, people: Iterable[int]) -> int:
        listed = list(people)
        self.made.behind[report, of, number] = listed
        return len(listed)

    def _active(self, days: int) -> set[int]:
        return set[int]().union(*(self.found.active.get(self.today - ago, ()) for ago in range(days)))

    def _activity(self) -> Json:
        self._keep("activity", "", "mau", self.month)
        self._keep("activity", "", "wau", self._active(WEEK))
        return msgspec.to_builtins(stickiness(self.found.active, self.today, self.found.log_from))

    def _adoption(self) -> Json:
        seats = sum(self.found.seats[account][1] for account in self.found.accounts & self.found.seats.keys())
        rows = []
        for names, used in zip(self.plan.reported.features, self.found.used, strict=True):
            name = " / ".join(names)
            self._keep("adoption", name, "adopters", used)
            self._keep("adoption", name, "sustained", (p for p, (_, weeks) in used.items() if sustained(weeks)))
            not_yet = self._keep("adoption", name, "not_yet", self.month - used.keys())
            rows.append({
                "feature": name,
                **msgspec.to_builtins(adoption(used, self.month)),
                "not_yet": not_yet,
                    "of_seats": len(used) / seats if seats else None,
            })  # fmt: skip
        return {"active": len(self.month), "seats": seats or None, "features": rows}

    def _newcomers(self) -> Iterator[Newcomer]:
        """Identified people who were first seen lately enough."""
        steps = self.found.done[:-1]
        for person, (first, day) in self.found.first.items():
            if self.today - day < NEW and self.found.people.is_user(person):
                times = [step.get(person) for step in steps]
                known = [t for t in times if t is not None]
                yield Newcomer(person, first, day, max(known) if known and len(known) == len(times) else None)

    def _activation(self, people: list[Newcomer]) -> Json:
        reported = self.plan.reported
        if not reported.activation:
            return None
        counted = activation(people, reported.within, self.now)
        for number, wanted in (("activated", True), ("not_activated", False), ("immature", None)):
            told = (p.person for p in people if activated(p, reported.within, self.now) is wanted)
            self._keep("activation", "", number, told)
        return {
            "events": [" / ".join(names) for names in reported.activation],
            "within": reported.within,
            "people": counted.people,
            "activated": counted.activated,
            "immature": counted.immature,
            "rate": counted.rate,
            "cohorts": [[monday, *counted.cohorts[monday]] for monday in sorted(counted.cohorts)],
        }

    def _value(self, people: list[Newcomer]) -> Json:
        """Time to value in days of 24 h, censored now."""
        if not self.plan.reported.value:
            return None
        first = self.found.done[-1]
        rows = [(p, first.get(p.person)) for p in people]
        curve = kaplan_meier(
            ((at if at is not None else self.now) / DAY - p.first_seen / DAY, at is not None) for p, at in rows
        )
        reached = self._keep("value", "", "reached", (p.person for p, at in rows if at is not None))
        self._keep("value", "", "waiting", (p.person for p, at in rows if at is None))
        step = -(-len(curve.points) // CURVE) or 1
        kept = [*curve.points[::step], *curve.points[-1:]]
        return {
            "event": " / ".join(self.plan.reported.value),
            "people": len(rows),
            "reached": reached,
            "median": curve.median,
            "by_30": curve.share_by(SOON),
            "longest": curve.longest,
            "curve": [[round(point.t, 4), round(1 - point.survival, 6)] for point in kept],
        }

    def _reportable(self, name: str) -> bool:
        """In one session, or with a single step, there is no way to lose people on."""
        _, chain = self.plan.reported.chains[name]
        return not chain.in_session and len(chain.steps) > 1

    def _onboarding(self, name: str) -> Json:
        scope, chain = self.plan.reported.chains[name]
        tries: list[Attempt] = []
        for hits in self.found.hits[name].values():
            tries += [one for one in attempts(chain, hits, self.now) if self.today - one.day < MONTH]
        eligible = len(self.found.accounts) if scope == "account" else len(self.month)
        for step in range(len(chain.steps)):
            self._keep(
                "onboarding", name, f"step:{step + 1}", {one.person for one in tries if len(one.reached) > step}
            )
        for state in ("open", "abandoned", "interrupted"):
            self._keep("onboarding", name, state, {one.person for one in tries if one.state == state})
        told = msgspec.to_builtins(health(tries, len(chain.steps), eligible))
        return {
            "chain": name,
            "scope": scope,
            "eligible": eligible,
            "events": [" / ".join(step.names) for step in chain.steps],
            **told,
        }

    def _funnels(self, rows: Iterator[tuple[str, str, str, int]]) -> Json:
        found = []
        for tip, of_tip in groupby(rows, key=lambda row: row[0]):
            rule = self.plan.rules.get(tip)
            if rule is None or rule.kind == "alert":
                continue
            met = funnel(self._met(of_tip), rule.goal_window)
            for stage, people in met.people.items():
                self._keep("funnel", tip, stage, people)
            self._keep("funnel", tip, "ghost", met.ghosts)
            held = sorted(met.held.items(), key=lambda item: (-len(item[1]), item[0]))
            for code, people in held:
                self._keep("funnel", tip, f"held:{code}", people)
            stages = [
                dict(zip(("stage", "people", "of_previous", "of_viewed"), row, strict=True)) for row in met.rates()
            ]
            found.append({
                "tip": tip, "name": rule.name, "has_goal": rule.goal is not None, "window": rule.goal_window,
                "stages": stages, "ghosts": len(met.ghosts), "held": [[code, len(people)] for code, people in held],
            })  # fmt: skip
        return found

    def _met(self, rows: Iterable[tuple[str, str, str, int]]) -> Iterator[tuple[int, dict[str, list[int]]]]:
        """(person, outcome -> times) of one tip."""
        for subject, of_person in groupby(rows, key=lambda row: row[1]):
            person = self.found.people.number(subject)
            outcomes: dict[str, list[int]] = {}
            for _, _, outcome, at in of_person:
                outcomes.setdefault(outcome, []).append(at)
            if person is not None:
                yield person, outcomes

    def _support(self, views: Iterator[tuple[str, str, int]]) -> Json:
        support = self.plan.reported.support
        if support is None:
            return None
        requests = self.found.asked
        topics = sorted(requests, key=lambda topic: (-len(requests[topic]), topic))[:TOPICS]
        tips = []
        for tip, rows in groupby(views, key=lambda row: row[0]):
            rule = self.plan.rules.get(tip)
            seen = {n: at for _, subject, at in rows if (n := self.found.people.number(subject)) is not None}
            told = [self._topic(topic, requests[topic], seen, tip) for topic in topics] if rule else []
            told = [
                row for row in told if any(row[side]["people"] or row[side]["early"] for side in ("before", "after"))
            ]
            if rule is not None and told:
                tips.append({"tip": tip, "name": rule.name, "topics": told})
        everybody = []
        for topic in topics:
            asking = self._keep("support", topic, "asking", requests[topic])
            everybody.append({"topic": topic, "asking": asking, **self._side(topic, requests[topic], "")})
        return {"event": " / ".join(support[0]), "within": AGAIN, "topics": everybody, "tips": tips}

    def _topic(
        self, topic: str, requests: Mapping[int, list[int]], seen: Mapping[int, int], tip: str
    ) -> dict[str, Json]:
        sides = {name: self._side(topic, requests, f"{name}:{tip}", seen) for name in ("before", "after")}
        return {"topic": topic, **sides}

    def _side(
        self, topic: str, requests: Mapping[int, list[int]], name: str, seen: Mapping[int, int] | None = None
    ) -> dict[str, Json]:
        found = asked(requests, self.now, seen, after=not name.startswith("before"))
        prefix = f"{name}:" if name else ""
        for number in ("people", "again", "early"):
            self._keep("support", topic, prefix + number, getattr(found, number))
        return {
            "people": len(found.people),
            "again": len(found.again),
            "early": len(found.early),
            "share": found.share,
        }
