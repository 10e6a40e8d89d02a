"""All that it takes to call: what happened around a task, which tips were seen, who uses the app and who does not."""

from __future__ import annotations

from typing import Any

from waypost.facts.days import local_day, zone
from waypost.facts.history import TipHistory
from waypost.insight.people import answer_shown, person
from waypost.insight.why import facts_of
from waypost.model import ACCOUNT, CSM_TASK, DAY, TIP, USER, Event, user_key
from waypost.rules.plan import Plan
from waypost.settings import LIMITS, Policy
from waypost.store.answers import answers_of
from waypost.store.events import recent_of_account, recent_of_subject
from waypost.store.sqlite import Tx
from waypost.store.task_notes import notes_of
from waypost.store.tasks import DONE, StoredTask, list_tasks

__all__ = ["task_view"]

LOOKED_BACK = 300  # events that the timeline is made from
SHOWN = 100  # lines of it
ANSWERS = 3  # to surveys
PEOPLE = 25  # of each sort
USING_DAYS = 28  # who was active in so many days uses the app
NEVER = -1  # a day before all
BEFORE = 10  # tasks before this one


def task_view(tx: Tx, project_id: int, plan: Plan, task: StoredTask, now: int, timezone: str) -> dict[str, Any]:
    """Answers to surveys, timeline, tips, people, notes and the tasks before. Times are ms, the latest first."""
    facts = facts_of(tx, project_id, task.subject)
    notes = notes_of(tx, project_id, task.id, LIMITS.task_notes)
    of_notes = [{"kind": "note", "at": note.at, "by": note.by, "body": note.body} for note in notes]
    happened = [*_happened(tx, project_id, task), *of_notes]
    return {
        "last_active_at": facts.last_active if facts else None,
        "answers": [answer_shown(tx, project_id, one) for one in answers_of(tx, project_id, task.subject, ANSWERS)],
        "timeline": sorted(happened, key=lambda line: -line["at"])[:SHOWN],
        "tips": _tips(facts.tips, now) if facts else [],
        "people": _people(tx, project_id, plan, task.account, now, timezone),
        "before": _before(tx, project_id, task),
    }


def _happened(tx: Tx, project_id: int, task: StoredTask) -> list[dict[str, Any]]:
    """One line for each sort of event, person and day, with how often; each deed on a tip or a task by itself."""
    recent = recent_of_account if task.subject.startswith(ACCOUNT) else recent_of_subject
    lines: dict[Any, dict[str, Any]] = {}
    for subject, event in recent(tx, project_id, task.subject, LOOKED_BACK):
        user = subject[len(USER) :] if subject.startswith(USER) else None
        line = _line(event, user)
        if line is not None:
            key = (event.name, user, event.t // DAY) if line["kind"] == "event" else event.message_id
            known = lines.setdefault(key, line)
            known["times"] += known is not line
    return list(lines.values())


def _line(event: Event, user: str | None) -> dict[str, Any] | None:
    props = event.props
    if event.name == TIP:
        told: dict[str, Any] = {"kind": "tip", "tip": props.get("tip"), "what": props.get("what")}
    elif event.name == CSM_TASK:
        told = {"kind": "task", **{name: props.get(name) for name in ("task", "did", "rule", "by", "outcome")}}
    elif event.name.startswith("$"):
        return None
    else:
        told = {"kind": "event", "name": event.name}
    return {**told, "at": event.t, "user_id": user, "times": 1}


def _tips(history: TipHistory, now: int) -> list[dict[str, Any]]:
    """Each tip that was met: how often it was seen, and what came of it. What nobody answered was ignored."""
    found: dict[str, dict[str, Any]] = {}

    def met(tip: str, at: int) -> dict[str, Any]:
        row = found.setdefault(
            tip, {"tip": tip, "seen": 0, "ignored": 0, "clicked": 0, "dismissed": 0, "completed": 0, "at": at}
        )
        row["at"] = max(row["at"], at)
        return row

    answered = {(act.tip, act.offer) for act in history.acts}
    for view in history.views:
        if not view.ghost:
            row = met(view.tip, view.t)
            row["seen"] += 1
            row["ignored"] += now - view.t >= Policy.ignored_ms and (view.tip, view.offer) not in answered
    for act in history.acts:
        if act.what in ("clicked", "dismissed", "completed"):
            met(act.tip, act.t)[act.what] += 1
    return sorted(found.values(), key=lambda row: -row["at"])


def _people(tx: Tx, project_id: int, plan: Plan, account: str | None, now: int, timezone: str) -> dict[str, Any]:
    """Who of the account was active lately, and who of those we know of was not: numbers, and the latest of each."""
    facts = facts_of(tx, project_id, account) if account else None
    last = dict[str, int](facts.states.get(plan.active_people, {})) if facts else {}
    for subject, _ in recent_of_account(tx, project_id, account, LOOKED_BACK) if account else ():
        if subject.startswith(USER):
            last.setdefault(subject[len(USER) :], NEVER)
    since = local_day(now, zone(str((facts.trait("tz") if facts else None) or ""), timezone)) - USING_DAYS
    latest = sorted(last, key=lambda user: (-last[user], user))
    using = [user for user in latest if last[user] > since]
    quiet = [user for user in latest if last[user] <= since]

    def shown(users: list[str]) -> list[dict[str, Any]]:
        people = (person(tx, project_id, user_key(user)) for user in users[:PEOPLE])
        return [{name: one[name] for name in ("user_id", "name", "last_active_at")} for one in people]

    return {"days": USING_DAYS, "using": len(using), "quiet": len(quiet), "use": shown(using), "do_not": shown(quiet)}


def _before(tx: Tx, project_id: int, task: StoredTask) -> list[dict[str, Any]]:
    """Other tasks of the account, or of the person without one; those that are not done first."""
    subject = task.subject if task.account is None else None
    found = [
        one
        for states in (("open", "snoozed"), DONE)
        for one in list_tasks(tx, project_id, states, BEFORE + 1, account=task.account, subject=subject)
    ]
    names = ("id", "title", "state", "opened_at", "closed_at", "closed_by", "outcome_code", "outcome")
    return [{name: getattr(one, name) for name in names} for one in found if one.id != task.id][:BEFORE]
