"""Somebody asked for a person in a tip: a CSM task with what they saw, where, and what they did before."""

from __future__ import annotations

from waypost.facts.subject import Facts
from waypost.model import Event, Json
from waypost.rules.plan import Alert, CompiledRule, Plan
from waypost.store.events import recent_of_subject
from waypost.store.tasks import latest_task
from waypost.success.desk import Desk
from waypost.success.messages import task_owner, task_texts

__all__ = ["ask_for_person"]

ASKED = Alert(owner="account.csm")  # where the tip says nothing of its own
LOOKED_BACK, RECENT = 50, 10  # events of the person that are looked at, and that are kept
TITLE = {"en": "{who} would like to talk: “{tip}”", "ru": "{who}, просьба связаться: «{tip}»"}
SOMEBODY = {"en": "A visitor", "ru": "Посетитель"}


def ask_for_person(
    desk: Desk, plan: Plan, subject: str, account: str | None, user: Facts, of_account: Facts | None, event: Event
) -> None:
    """Open a task, unless one of this person and tip is open: whoever asks twice is as near as before."""
    rule = plan.find(str(event.props.get("tip")))
    if rule is None or "talk" not in rule.action:
        return
    latest = latest_task(desk.tx, desk.project_id, rule.id, subject)
    if latest is not None and latest.active:
        return
    alert = rule.alert or ASKED
    titles, bodies = task_texts(rule.texts, user, of_account, desk.now)
    desk.open(
        subject,
        account,
        "tip",
        rule_id=rule.id,
        title={lang: _title(rule, titles, user, event, lang) for lang in TITLE},
        body=bodies,
        context={"tip": rule.id, "route": event.props.get("route"), "saw": titles, "recent": _recent(desk, subject)},
        severity=alert.severity,
        owner=task_owner(alert.owner or ASKED.owner, user, of_account),
        due_at=None if alert.sla is None else desk.now + alert.sla,
    )


def _title(rule: CompiledRule, titles: dict[str, str], user: Facts, event: Event, lang: str) -> str:
    name = user.trait("name")
    who = name if isinstance(name, str) and name else event.user_id or SOMEBODY[lang]
    return TITLE[lang].format(who=who, tip=titles.get(lang) or rule.name)


def _recent(desk: Desk, subject: str) -> list[dict[str, Json]]:
    """What they did last, the latest first."""
    happened = recent_of_subject(desk.tx, desk.project_id, subject, LOOKED_BACK)
    own = [event for _, event in happened if not event.name.startswith("$")]
    return [{"name": event.name, "at": event.t, "route": event.props.get("route")} for event in own[:RECENT]]
