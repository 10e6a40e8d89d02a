"""The one way in: append what happened, fold it, notice goals and alerts; all in one durable transaction."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any

import msgspec

from waypost.engine.goals import goals_waiting
from waypost.facts.days import local_day, zone
from waypost.facts.look import Look
from waypost.ingest.decode import Incoming, decode_again
from waypost.ingest.rejects import Rejected, refuse
from waypost.model import ACCOUNT, ANON, GROUP, IDENTIFY, PAGE, TIP, USER, Event, account_key, anon_key, subjects_of
from waypost.service.answers import also_told, keep_answer, refused_answer
from waypost.service.runtime import Runtime
from waypost.service.subjects import Subjects
from waypost.settings import LIMITS
from waypost.store import events as log
from waypost.store import pauses, rejects, tips
from waypost.store.rejects import Kept
from waypost.store.sqlite import Tx

__all__ = ["Receipt", "accept", "accept_again", "keep_rejects", "record", "tell"]

UTC_DAY = 86_400_000
SEEN = frozenset({"viewed", "clicked", "dismissed", "snoozed", "muted", "answered"})  # what is closed was seen


@dataclass
class Receipt:
    """What became of a batch: `accepted` counts duplicates too, for their sender is done with them."""

    accepted: int = 0
    duplicates: int = 0
    rejected: list[dict[str, Any]] = field(default_factory=list)


async def accept(runtime: Runtime, incoming: Incoming) -> Receipt:
    """Store and fold a batch. Returns after it is on disk; rejects are kept with their reason.

    Raises Unavailable when nothing could be stored.
    """
    now = incoming.received_at

    def job(tx: Tx) -> Receipt:
        unit = runtime.unit(tx)
        receipt = record(runtime, unit, incoming.events, now)
        keep_rejects(unit, incoming.rejects, now, receipt)
        unit.save()
        return receipt

    return await runtime.store.write(job)


async def accept_again(runtime: Runtime, reject: Kept) -> str:
    """Accept a kept reject now that the cause is mended: the event it would have been in the first place.

    Returns "" when it is stored and marked, else why it is not; then nothing changed.
    """
    if reject.lacking:
        return reject.lacking
    incoming = decode_again(reject.body, reject.context, index=reject.position, received_at=reject.received_at)

    def job(tx: Tx) -> str:
        unit, now = runtime.unit(tx), runtime.clock.now()
        events, wrong = allowed(unit, incoming.events)
        if still := [*incoming.rejects, *wrong]:
            return f"{still[0].code}: {still[0].reason}"
        record(runtime, unit, events, now)
        unit.save()
        rejects.mark_replayed(tx, unit.project_id, reject.id, now)
        return ""

    return await runtime.store.write(job)


def keep_rejects(unit: Subjects, rejected: Sequence[Rejected], now: int, receipt: Receipt) -> None:
    """Keep them for another try, and tell their sender about each, in the order of the batch."""
    told = [{"index": r.index, "message_id": r.message_id, "code": r.code, "reason": r.reason} for r in rejected]
    receipt.rejected = sorted([*receipt.rejected, *told], key=itemgetter("index"))
    rejects.keep(unit.tx, unit.project_id, rejected, now)


def record(runtime: Runtime, unit: Subjects, events: Sequence[Event], now: int) -> Receipt:
    """Append and fold in the caller's transaction, then look for goals reached and alerts. The caller saves."""
    receipt = Receipt()
    events, wrong = allowed(unit, events)
    keep_rejects(unit, wrong, now, receipt)
    receipt.accepted = len(events)
    settled = settle(unit, events)
    ids = log.append(unit.tx, unit.project_id, settled)
    touched: dict[str, None] = {}
    beside: list[Event] = []
    asked: list[tuple[str, Event]] = []  # who asked for a person
    ending = pauses.awaited(unit.tx, unit.project_id, now) if settled else {}
    for (subject, event), event_id in zip(settled, ids, strict=True):
        if event_id is None:
            receipt.duplicates += 1
            continue
        link(unit, subject, event, event_id)
        for key in subjects_of(subject, event):
            unit.fold(key, event)
            touched[key] = None
            if ending:
                end_by_event(unit, ending, key, event, now)
        if event.name == IDENTIFY and "test_user" in event.props:
            tips.set_test_user(unit.tx, unit.project_id, subject, test=is_test_user(unit, subject))
        note_outcome(unit, subject, event)
        if (other := also_told(unit, event)) is not None and not is_test_user(unit, subject):
            beside.append(other)
        if event.name == TIP and event.props.get("talk") and not event.props.get("preview"):
            asked.append((subject, event))
    tell(unit, beside)
    for subject, event in asked:  # only now: what they open comes after the whole batch in the log
        runtime.on_talk(unit, subject, event, now)
    for subject in touched:
        if not subject.startswith(ACCOUNT):
            reach_goals(unit, subject, now)
        runtime.on_facts(unit, subject, now)
    return receipt


def end_by_event(unit: Subjects, ending: pauses.Awaited, key: str, event: Event, now: int) -> None:
    """A pause that waited for this event is over now; what happened before it began does not count, however late it comes."""
    pause, since = ending.get((key, event.name), (0, 0))
    if pause and event.t >= since and pauses.end_pause(unit.tx, unit.project_id, pause, now, "event"):
        del ending[key, event.name]


def allowed(unit: Subjects, events: Sequence[Event]) -> tuple[Sequence[Event], list[Rejected]]:
    """(what may come in, what may not): names beyond the limit, and answers to surveys that are none."""
    events, wrong = within_names(unit, events)
    looked = [(event, refused_answer(unit, event)) for event in events]
    refused = [told for _, told in looked if told is not None]
    return ([event for event, told in looked if told is None] if refused else events), [*wrong, *refused]


def within_names(unit: Subjects, events: Sequence[Event]) -> tuple[Sequence[Event], list[Rejected]]:
    """Refuse event names beyond the project's limit: somebody sends ids as names. Our own are never too many."""
    new = list(dict.fromkeys(event.name for event in events if not (event.name in unit.known or _ours(event.name))))
    beyond = set(new[max(0, log.names_left(unit.tx, unit.project_id)) :]) if new else set()
    if not beyond:
        return events, []
    reason = f"more than {LIMITS.event_names} event names in this project; is an id sent as a name?"
    refused = [refuse(event, "too_many_names", reason) for event in events if event.name in beyond]
    return [event for event in events if event.name not in beyond], refused


def _ours(name: str) -> bool:
    return name.startswith("$") or name == PAGE


def settle(unit: Subjects, events: Sequence[Event]) -> list[tuple[str, Event]]:
    """Fix what must never be guessed again: the account as of the event's time, and its local days."""
    moved: dict[str, list[tuple[int, str]]] = {}  # changes of account inside this batch
    settled = []
    for event in events:
        subject = unit.owner(event)
        account = event.account_id or _account_then(unit, subject, event.t, moved.get(subject, []))
        if event.name == GROUP and account:
            moved.setdefault(subject, []).append((event.t, account))
        own, shared = unit.zones(subject, account_key(account) if account else None)
        if not unit.facts(subject).trait("tz") and event.tz:
            own = event.tz
        settled.append(
            (
                subject,
                msgspec.structs.replace(
                    event,
                    account_id=account,
                    day=local_day(event.t, zone(own, unit.timezone)),
                    account_day=local_day(event.t, zone(shared, unit.timezone)),
                ),
            )
        )
    return settled


def _account_then(unit: Subjects, subject: str, t: int, moved: list[tuple[int, str]]) -> str | None:
    """The account at t; an event just before the first known group of its own batch belongs to that group."""
    known = [*unit.facts(subject).groups, *moved]
    before = [change for change in known if change[0] <= t]
    return max(before)[1] if before else None


def link(unit: Subjects, subject: str, event: Event, event_id: int) -> None:
    """The first event that carries both ids gives the anonymous history to the user."""
    if not (subject.startswith(USER) and event.anon_id):
        return
    anon = anon_key(event.anon_id)
    if log.link(unit.tx, unit.project_id, anon, subject, event_id):
        unit.fold_linked(subject, anon, event_id)


def note_outcome(unit: Subjects, subject: str, event: Event) -> None:
    """Count what became of a tip by day, for the Tips page and its effect, and keep answers; never of test users.

    Where texts are drawn, which one was seen is kept too: what the text is compared by.
    """
    props = event.props
    if event.name == TIP and not props.get("preview") and not is_test_user(unit, subject):
        tip, what = str(props["tip"]), str(props["what"])
        if what == "answered" and "scale" in props:
            keep_answer(unit, subject, event)
        if props.get("outside"):
            return  # nobody saw anything of ours
        told = ["clicked", what] if what == "answered" else [what]  # an answer is what a survey wants
        outcomes = ["eligible", "viewed", *told] if what in SEEN else told
        rule = unit.plan.find(tip)
        if what in SEEN and rule is not None and rule.shares:
            outcomes.append(f"{tips.TEXT}{props.get('variant', -1)}")
        for outcome in outcomes:
            tips.note(unit.tx, unit.project_id, tip, event.t // UTC_DAY, outcome, subject, event.t)


def is_test_user(unit: Subjects, subject: str) -> bool:
    return unit.facts(subject).trait("test_user") is True


def reach_goals(unit: Subjects, subject: str, now: int) -> None:
    """A goal that became true within its window after the first view is an event of its own."""
    facts = unit.facts(subject)
    waiting = goals_waiting(unit.plan, facts.tips, now)
    if not waiting:
        return
    account = unit.account_of(subject, now)
    who = (subject[2:] if subject.startswith(USER) else None, account[2:] if account else None)
    look = Look(unit.plan, facts, unit.facts(account) if account else None, now, unit.env(subject, account), who)
    reached = [(rule, first_view) for rule, first_view in waiting if rule.goal and look.truth(rule.goal)]
    tell(unit, [_goal_event(subject, rule.id, first_view, rule.version, now) for rule, first_view in reached])


def tell(unit: Subjects, events: Sequence[Event]) -> list[str]:
    """Append and fold what we noticed or did ourselves, without looking further. Returns whom it touched."""
    settled = settle(unit, events)
    ids = log.append(unit.tx, unit.project_id, settled)
    touched: dict[str, None] = {}
    for (subject, event), event_id in zip(settled, ids, strict=True):
        if event_id is not None:
            for key in subjects_of(subject, event):
                unit.fold(key, event)
                touched[key] = None
            note_outcome(unit, subject, event)
    return list(touched)


def _goal_event(subject: str, tip: str, first_view: int, version: int, now: int) -> Event:
    user = subject.startswith(USER)
    return Event(
        message_id="goal-" + hashlib.sha256(f"{subject}\0{tip}\0{first_view}".encode()).hexdigest()[:32],
        name=TIP,
        t=now,
        received_at=now,
        user_id=subject[2:] if user else None,
        anon_id=None if user else subject[len(ANON) :],
        props={"tip": tip, "what": "goal", "version": version},
    )
