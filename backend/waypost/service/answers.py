"""Answers to surveys: what may be one, the event that each is too, and what is kept of it."""

from __future__ import annotations

import hashlib

import msgspec

from waypost.ingest.rejects import Rejected, refuse
from waypost.model import ANSWER, PAGE, TIP, Event, Json, account_key
from waypost.rules.plan import SCALES
from waypost.service.subjects import Subjects
from waypost.settings import LIMITS
from waypost.store.answers import Answer, add_answer
from waypost.store.events import recent_of_subject

__all__ = ["also_told", "fault_in", "keep_answer", "refused_answer"]

LOOKED_BACK = 30  # events of the person, to find those of the app
RECENT = 5


def fault_in(scale: str, score: Json, comment: Json) -> str:
    """What is wrong with an answer, as a reason code: bad_score, bad_comment, no_comment; "" when it is right."""
    comment = "" if comment is None else comment
    if not isinstance(comment, str) or len(comment) > LIMITS.comment_chars:
        return "bad_comment"
    span = SCALES[scale]
    if span is None:
        return "bad_score" if score is not None else "" if comment.strip() else "no_comment"
    whole = isinstance(score, int) and not isinstance(score, bool)
    return "" if whole and span[0] <= score <= span[1] else "bad_score"


def _asked(unit: Subjects, event: Event) -> tuple[str, int, str] | None:
    """(survey, version, scale) when a server tells of an answer to a survey that we know."""
    if event.name != ANSWER or event.active:
        return None
    survey = event.props.get("survey")
    rule = unit.plan.find(survey) if isinstance(survey, str) else None
    return None if rule is None or rule.question is None else (rule.id, rule.version, rule.question.scale)


def refused_answer(unit: Subjects, event: Event) -> Rejected | None:
    """A refusal of an answer that a server tells of wrongly."""
    asked = _asked(unit, event)
    fault = asked and fault_in(asked[2], event.props.get("score"), event.props.get("comment"))
    if not asked or not fault:
        return None
    span = SCALES[asked[2]]
    scores = f'"score" from {span[0]} to {span[1]}' if span else 'no "score", and a "comment"'
    reason = (
        f'an answer to "{asked[0]}" has {scores}; a "comment" is a text of at most {LIMITS.comment_chars} characters'
    )
    return refuse(event, fault, reason)


def also_told(unit: Subjects, event: Event) -> Event | None:
    """The other side of an answer, as an event of our own: rules see each as what a person did with a survey, and as
    the event survey_answered, wherever it was given.
    """
    props = event.props
    if event.name == TIP and props.get("what") == "answered" and "scale" in props and not props.get("preview"):
        said = {"survey": props["tip"], **{name: props.get(name) for name in ("score", "comment", "route")}}
        return _beside(event, ANSWER, said)
    asked = _asked(unit, event)
    if asked is None:
        return None
    survey, version, scale = asked
    said = {"tip": survey, "what": "answered", "version": version, "scale": scale, "outside": True}
    return _beside(event, TIP, {**said, "score": props.get("score"), "comment": (props.get("comment") or "").strip()})


def _beside(event: Event, name: str, props: dict[str, Json]) -> Event:
    told = hashlib.sha256(event.message_id.encode()).hexdigest()[:32]
    return msgspec.structs.replace(event, message_id=f"answer-{told}", name=name, props=props)


def keep_answer(unit: Subjects, subject: str, event: Event) -> None:
    """Keep an answer with what it was about: where, after what, and on which plan."""
    props = event.props
    account = account_key(event.account_id) if event.account_id else None
    plan = unit.facts(account).trait("plan") if account else None
    before = recent_of_subject(unit.tx, unit.project_id, subject, LOOKED_BACK)
    names = [
        e.name for _, e in before if e.t <= event.t and not e.name.startswith("$") and e.name not in (PAGE, ANSWER)
    ]
    answer = Answer(
        survey=props["tip"],
        version=props["version"],
        scale=props["scale"],
        subject=subject,
        account=account,
        at=event.t,
        score=props.get("score"),
        comment=props.get("comment") or "",
        route=props.get("route") or "",
        locale=props.get("locale") or "",
        plan=plan if isinstance(plan, str) else "",
        recent=list(dict.fromkeys(names))[:RECENT],
    )
    add_answer(unit.tx, unit.project_id, answer)
