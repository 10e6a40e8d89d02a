"""The life of an account day by day: what its people did (counted, not raw), what was done for it, what changed.

Days are local days of the account. Use and tips come from counts by day; tasks, notes, pauses, stages and tickets are
the latest LATEST of each kind, health the latest weeks that are over.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any

from waypost.facts.days import local_day
from waypost.insight.timeline_words import Told, told
from waypost.model import DAY, USER
from waypost.rules.plan import Plan
from waypost.store import timeline as stored
from waypost.store.accounts import stages_of, weeks_of
from waypost.store.notes import notes_of
from waypost.store.pauses import pauses_of
from waypost.store.sqlite import Tx
from waypost.store.tasks import tasks_of_account
from waypost.store.usage import tickets_of

__all__ = ["Account", "Item", "timeline"]

LATEST = 500
NAMES = 20  # kinds of events told of one day; the rest in one line
FAR = 10.0  # points of health in a week that are told even inside a band
OUTCOMES = ("viewed", "clicked", "dismissed", "snoozed", "muted", "goal", "answered")


@dataclass(frozen=True, slots=True)
class Account:
    """Whose life: its key, its zone, and what names things."""

    key: str
    zone: tzinfo
    plan: Plan
    stages: dict[str, str]  # stage -> its name
    lang: str


@dataclass(frozen=True, slots=True)
class Item:
    """`count`: how often, or how many people for a tip. `user_id`: who, where it was one."""

    at: int
    kind: str  # event tip survey task note stage health pause ticket
    words: str
    user_id: str | None = None
    count: int = 1


def timeline(
    tx: Tx, project_id: int, account: Account, before: int, limit: int, now: int
) -> tuple[list[tuple[int, list[Item]]], int | None]:
    """The latest `limit` days with anything before local day `before`, and where the next page begins (None: nowhere).

    Newest first, days and items.
    """
    days: dict[int, list[Item]] = {}

    def add(items: Iterable[tuple[int, Item]]) -> None:
        for day, item in items:
            if day < before:
                days.setdefault(day, []).append(item)

    add((local_day(item.at, account.zone), item) for item in _moments(tx, project_id, account) if item.at <= now)
    add(_health(tx, project_id, account, local_day(now, account.zone)))
    used = stored.usage_days(tx, project_id, account.key, before, limit + 1)
    shown = sorted({*days, *used}, reverse=True)[: limit + 1]
    since = shown[-1] if len(shown) > limit else 0
    add(_tips(tx, project_id, account, since, before))
    shown = sorted({*days, *used}, reverse=True)
    page = shown[:limit]
    if page:
        add(_events(tx, project_id, account, page[-1], page[0] + 1))
    listed = [
        (day, sorted(days[day], key=lambda item: (-item.at, item.kind, item.words))) for day in page if day in days
    ]
    return listed, page[-1] if len(shown) > limit else None


def _item(account: Account, at: int, kind: str, what: Told, user_id: str | None = None, count: int = 1) -> Item:
    return Item(at, kind, told(what, account.lang), user_id, count)


def _moments(tx: Tx, project_id: int, account: Account) -> Iterator[Item]:
    """What happened at an instant."""
    for task in tasks_of_account(tx, project_id, account.key, LATEST):
        title = task.title.get(account.lang) or task.title.get("en") or next(iter(task.title.values()), task.rule_id)
        whose = task.subject[len(USER) :] if task.subject.startswith(USER) else None
        yield _item(account, task.opened_at, "task", Told("task_opened", title=title), whose)
        if task.closed_at is not None:
            what = (
                Told("task_outcome", title=title, outcome=task.outcome)
                if task.outcome
                else Told("task_closed", title=title)
            )
            yield _item(account, task.closed_at, "task", what, whose)
    for note in notes_of(tx, project_id, account.key, LATEST):
        yield _item(account, note.at, "note", Told("note", author=note.author, body=note.body))
    for change in stages_of(tx, project_id, account.key)[-LATEST:]:
        before, after = (account.stages.get(stage, stage) for stage in (change.before, change.stage))
        yield _item(
            account, change.at, "stage", Told("stage" if before else "stage_first", before=before, after=after)
        )
    for pause in pauses_of(tx, project_id, account.key, LATEST):
        about = ": ".join(part for part in (pause.author, pause.reason) if part)
        yield _item(account, pause.from_at, "pause", Told("paused_why" if about else "paused", about=about))
        yield _item(account, pause.over_at, "pause", Told(f"pause_over_{pause.ended_by or 'time'}"))
    for ticket in tickets_of(tx, project_id, account.key)[-LATEST:]:
        whose = ticket.subject[len(USER) :] if ticket.subject.startswith(USER) else None
        about = ", ".join(part for part in (ticket.topic, ticket.severity) if part) or ticket.ticket
        if ticket.opened_at is not None:
            yield _item(account, ticket.opened_at, "ticket", Told("ticket_opened", about=about), whose)
        if ticket.closed_at is not None:
            yield _item(account, ticket.closed_at, "ticket", Told("ticket_closed", about=about), whose)


def _health(tx: Tx, project_id: int, account: Account, today: int) -> Iterator[tuple[int, Item]]:
    """Weeks that ended in another band, or far from the week before: told on their Sunday."""
    weeks = [week for week in weeks_of(tx, project_id, account.key) if week.week + 7 <= today]
    for before, after in itertools.pairwise(weeks):
        if before.health is None or after.health is None:
            continue
        if before.band != after.band or abs(after.health - before.health) > FAR:
            what = Told("health", before=f"{before.health:.0f}", after=f"{after.health:.0f}", band=after.band)
            day = after.week + 6
            yield day, _item(account, _end_of(day, account.zone), "health", what)


def _end_of(day: int, zone: tzinfo) -> int:
    """An instant late on a local day: noon of UTC moved by how far the zone is ahead, up to the last minute."""
    noon = day * DAY + DAY // 2
    return noon + (day - local_day(noon, zone)) * DAY


def _tips(tx: Tx, project_id: int, account: Account, since: int, before: int) -> Iterator[tuple[int, Item]]:
    """Which tips were met, by day and outcome: by how many people."""
    people: Counter[tuple[int, str, str]] = Counter()
    latest: dict[tuple[int, str, str], tuple[int, str]] = {}
    for met in stored.tips_met(tx, project_id, account.key, since - 1, before + 1, OUTCOMES):
        day = local_day(met.at, account.zone)
        if day >= since:
            key = (day, met.tip, met.outcome)
            people[key] += 1
            latest[key] = max(latest.get(key, (0, "")), (met.at, met.subject))
    for key, number in people.items():
        (day, tip, outcome), (at, subject) = key, latest[key]
        rule = account.plan.find(tip)
        what = Told(f"tip_{outcome}", number, name=rule.name if rule else tip)
        whose = subject[len(USER) :] if number == 1 else None
        yield day, _item(account, at, "survey" if outcome == "answered" else "tip", what, whose, number)


def _events(tx: Tx, project_id: int, account: Account, since: int, before: int) -> Iterator[tuple[int, Item]]:
    """What people did, by day and name: the most frequent, and the rest in one line."""
    by_day: dict[int, list[Any]] = {}
    for row in stored.events_by_day(tx, project_id, account.key, since, before):
        by_day.setdefault(row.day, []).append(row)
    for day, rows in by_day.items():
        rows.sort(key=lambda row: (-row.times, row.name))
        for row in rows[:NAMES]:
            yield (
                day,
                _item(
                    account,
                    row.last_at,
                    "event",
                    Told("event", row.times, row.people, name=row.name),
                    count=row.times,
                ),
            )
        if rest := rows[NAMES:]:
            times, at = sum(row.times for row in rest), max(row.last_at for row in rest)
            yield day, _item(account, at, "event", Told("events_more", times, len(rest)), count=times)
