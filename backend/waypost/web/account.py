"""One account over the management API: the whole look at it, its people, and notes about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from waypost.errors import BadInput, NotFound
from waypost.insight.why import facts_of
from waypost.model import USER, account_key, user_key
from waypost.service.runtime import Runtime
from waypost.settings import LIMITS
from waypost.store.accounts import StoredAccount, StoredWeek, load_account, stages_of, weeks_of, zones_of
from waypost.store.members import count_members, last_uses, members, uses
from waypost.store.notes import add_note as keep_note
from waypost.store.notes import notes_of
from waypost.store.pauses import pauses_running
from waypost.store.portfolio import card_of
from waypost.store.sqlite import Tx
from waypost.store.tasks import StoredTask, tasks_of_account
from waypost.store.usage import ACTIVE, name_ids
from waypost.success.health import FAR, Health
from waypost.success.health_words import component_name, component_words, explain_change, override_words
from waypost.success.portfolio import Body
from waypost.success.signal_words import signals_shown
from waypost.web.account_rows import account_rows, date_of, feature_names, in_words, stage_names, why_shown
from waypost.web.asked import lang_of, text, whole
from waypost.web.guard import read_object, runtime_of
from waypost.web.pauses import pause_shown
from waypost.web.public import json_response

__all__ = ["account", "account_people", "add_note", "found_account"]

TASKS, NOTES, WEEKS = 20, 50, 53
MONTH = 28  # days
MOST, USUAL = 200, 50  # people in one answer
_body, _health = msgspec.json.Decoder(Body), msgspec.json.Decoder(Health)


def found_account(tx: Tx, runtime: Runtime, request: Request) -> StoredAccount:
    """The latest look at the account of the path. Raises NotFound."""
    row = load_account(tx, runtime.project_id, account_key(request.path_params["id"]))
    if row is None:
        raise NotFound("there is no such account, or it was not looked at yet")
    return row


async def account(request: Request) -> Response:
    """Everything that is known of an account."""
    runtime, lang = runtime_of(request), lang_of(request)
    now = runtime.clock.now()

    def job(tx: Tx) -> dict[str, Any]:
        return _whole(tx, runtime, found_account(tx, runtime, request), now, lang)

    return json_response(await runtime.store.read(job))


def _whole(tx: Tx, runtime: Runtime, row: StoredAccount, now: int, lang: str) -> dict[str, Any]:
    project_id, model = runtime.project_id, runtime.rules.plan.customers
    body, facts = _body.decode(row.body), facts_of(tx, project_id, row.account)
    weeks = weeks_of(tx, project_id, row.account, WEEKS)
    paused = pauses_running(tx, project_id, row.account, None, now)
    features = feature_names(model, lang)
    card = card_of(tx, project_id, row.account, now, lang)
    assert card is not None
    (shown,) = account_rows([card], model, lang)
    return {
        **msgspec.structs.asdict(shown),
        "why": [why_shown(reason, features, lang) for reason in body.why],
        "tz": str((facts and facts.trait("tz")) or runtime.settings.timezone),
        "first_seen_at": facts and facts.first_seen,
        "traits": {name: trait.value for name, trait in sorted(facts.traits.items())} if facts else {},
        "health_detail": _health_shown(body.health, weeks, row.day, lang),
        "signals": signals_shown(body.signals, lang),
        "opportunities": [why_shown(reason, features, lang) for reason in body.room],
        "stage_history": _stages(tx, project_id, row, stage_names(model, lang)),
        "zones": [
            {
                "feature": zone.feature,
                "name": features.get(zone.feature, zone.feature),
                **{name: getattr(zone, name) for name in ("state", "people", "of", "before", "worth")},
                "since": date_of(zone.since),
            }
            for zone in zones_of(tx, project_id, row.account)
        ],
        "tasks": [_task(task, lang) for task in tasks_of_account(tx, project_id, row.account, TASKS)],
        "pauses": [pause_shown(tx, project_id, pause, now) for pause in paused],
        "notes": [_note(note) for note in notes_of(tx, project_id, row.account, NOTES)],
        "people_count": count_members(tx, project_id, row.account),
    }


def _health_shown(health: Health, weeks: Sequence[StoredWeek], day: int, lang: str) -> dict[str, Any]:
    """`change`: points against the end of the week before. `explained`: weeks in which health moved far, latest first."""
    looks = [_health.decode(week.body) for week in weeks]
    over = [look for week, look in zip(weeks, looks, strict=True) if week.week + 7 <= day]
    before = {part.id: part.points for part in over[-1].components} if over else {}
    pairs = list(zip(weeks[1:], looks, looks[1:], strict=False))
    return {
        "score": health.score,
        "band": health.band,
        "coverage": health.coverage,
        "override": {"code": health.override, "words": override_words(health.override, lang)} if health.override else None,
        "components": [
            {
                "id": part.id,
                "words": component_name(part.id, lang),
                "value": part.value,
                "weight": part.weight,
                "points": part.points if part.value is not None else None,
                "change": part.points - before[part.id] if part.value is not None and part.id in before else None,
                "because": component_words(part, lang),
                "numbers": part.because,
            }
            for part in health.components
        ],
        "history": [{"week": date_of(week.week), "score": week.health, "band": week.band} for week in weeks],
        "explained": [
            {"week": date_of(week.week), "from": a.score, "to": b.score, "words": explain_change(a, b, lang)}
            for week, a, b in reversed(pairs)
            if a.score is not None and b.score is not None and abs(b.score - a.score) > FAR
        ],
    }  # fmt: skip


def _stages(tx: Tx, project_id: int, row: StoredAccount, names: Mapping[str, str]) -> list[dict[str, Any]]:
    changes = stages_of(tx, project_id, row.account)
    ends = [*(change.at for change in changes[1:]), None]  # of the last one
    return [
        {"stage": change.stage, "name": names.get(change.stage, change.stage), "from": change.at, "to": end}
        for change, end in zip(changes, ends, strict=False)
    ]


def _task(task: StoredTask, lang: str) -> dict[str, Any]:
    plain = ("id", "state", "severity", "owner", "opened_at", "due_at", "closed_at", "closed_by", "outcome")
    return {
        **{name: getattr(task, name) for name in plain},
        "rule": task.rule_id,
        "title": in_words(task.title, lang, task.rule_id),
    }


def _note(note: Any) -> dict[str, Any]:
    return {name: getattr(note, name) for name in ("id", "at", "author", "body")}


# -- people


async def account_people(request: Request) -> Response:
    """The people of an account by id, with what they use: `features` of the last 28 days."""
    runtime = runtime_of(request)
    after, limit = text(request, "after", LIMITS.id_chars), whole(request, "limit", USUAL, MOST)

    def job(tx: Tx) -> dict[str, Any]:
        row = found_account(tx, runtime, request)
        listed = members(tx, runtime.project_id, row.account, user_key(after) if after else "", limit)
        subjects = [one.subject for one in listed]
        seen = last_uses(tx, runtime.project_id, row.account, subjects)
        names = name_ids(tx, runtime.project_id)
        days: dict[str, set[int]] = {}
        used: dict[str, set[int]] = {}
        for use in uses(tx, runtime.project_id, row.account, subjects, row.day - MONTH + 1):
            if use.name == ACTIVE:
                days.setdefault(use.subject, set()).add(use.day)
            else:
                used.setdefault(use.subject, set()).add(use.name)
        features = [
            (feature.id, {names[name] for name in feature.events if name in names})
            for feature in runtime.rules.plan.customers.features
        ]
        return {
            "people": [
                {
                    "user_id": one.subject[len(USER) :],
                    "name": one.name or None,
                    "role": one.role or None,
                    "last_active_at": seen.get(one.subject),
                    "active_days": len(days.get(one.subject, ())),
                    "features": [id_ for id_, events in features if events & used.get(one.subject, set())],
                }
                for one in listed
            ],
            "next": listed[-1].subject[len(USER) :] if len(listed) == limit else None,
            "total": count_members(tx, runtime.project_id, row.account),
        }

    return json_response(await runtime.store.read(job))


# -- notes


class _Note(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    body: str
    by: str


async def add_note(request: Request) -> Response:
    """What a CSM wants to keep about an account: {body, by}."""
    runtime = runtime_of(request)
    try:
        said = msgspec.convert(await read_object(request), _Note)
    except msgspec.ValidationError as error:
        raise BadInput(f"this is not a note: {error}", code="bad_parameter") from error
    for name, value, most in (("body", said.body, LIMITS.note_chars), ("by", said.by, LIMITS.author_chars)):
        if not value.strip() or len(value) > most:
            raise BadInput(f"{name}: a text of 1 to {most} characters", code="bad_parameter")
    now = runtime.clock.now()

    def job(tx: Tx) -> dict[str, Any]:
        row = found_account(tx, runtime, request)
        return _note(keep_note(tx, runtime.project_id, row.account, now, said.by.strip(), said.body.strip()))

    return json_response(await runtime.store.write(job), 201)
