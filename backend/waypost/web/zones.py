"""Zones of low activity over the management API: a heat map, a ranked list, and the people of one field."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from waypost.errors import NotFound
from waypost.model import ACCOUNT, USER, account_key, user_key
from waypost.service.runtime import Runtime
from waypost.settings import LIMITS
from waypost.store.accounts import load_account
from waypost.store.events import known_since
from waypost.store.members import last_uses, members_named
from waypost.store.portfolio import SORTS, Wanted, accounts_page
from waypost.store.sqlite import Tx
from waypost.store.usage import name_ids
from waypost.store.zones import Field, ZonePlace, ZonesWanted, count_zones, fields_of, ranked_zones
from waypost.success.known import Names
from waypost.success.look import Subject, known_of
from waypost.success.zones import STATES, read_zones, zone_words
from waypost.web.account_rows import date_of, feature_names
from waypost.web.asked import bad_parameter, flag, lang_of, one_of, text, whole
from waypost.web.guard import runtime_of
from waypost.web.public import json_response

__all__ = ["zone_people", "zone_shown", "zones"]

MOST, USUAL = 200, 50  # zones of the list, or people, in one answer
ACCOUNTS, FEATURES = 50, 20  # of the heat map: more is no map
_place = msgspec.json.Decoder(tuple[float, str, str])


async def zones(request: Request) -> Response:
    """The heat map of the accounts that rank first, and the list of zones by what they are worth."""
    runtime, lang = runtime_of(request), lang_of(request)
    names = feature_names(runtime.rules.plan.customers, lang)
    wanted = ZonesWanted(
        text(request, "owner", LIMITS.id_chars),
        one_of(request, "feature", ("", *names)),
        one_of(request, "state", ("", *STATES)),
    )
    after, limit = _after(request), whole(request, "limit", USUAL, MOST)
    found = await runtime.store.read(lambda tx: _zones(tx, runtime, wanted, after, limit, names, lang))
    return json_response(found)


def _zones(
    tx: Tx,
    runtime: Runtime,
    wanted: ZonesWanted,
    after: ZonePlace | None,
    limit: int,
    names: Mapping[str, str],
    lang: str,
) -> dict[str, Any]:
    project_id = runtime.project_id
    rows = accounts_page(tx, project_id, Wanted(wanted.owner), SORTS["rank"], None, ACCOUNTS)
    ranked = ranked_zones(tx, project_id, wanted, after, limit)
    features = [wanted.feature] if wanted.feature else list(names)[:FEATURES]
    return {
        "now": runtime.clock.now(),
        "features": [{"id": feature, "name": names[feature]} for feature in features],
        "accounts": [
            {"id": row.account[len(ACCOUNT) :], "name": row.name, "owner": row.owner, "arr": row.arr} for row in rows
        ],
        "cells": [
            {
                "account": zone.account[len(ACCOUNT) :],
                **{name: getattr(zone, name) for name in ("feature", "state", "people", "of", "before")},
                "since": date_of(zone.since),
            }
            for zone in fields_of(tx, project_id, [row.account for row in rows])
            if zone.feature in features
        ],
        "ranked": [zone_shown(zone, names, lang) for zone in ranked],
        "total": count_zones(tx, project_id, wanted),
        "next": _next(ranked[-1]) if len(ranked) == limit else None,
    }  # fmt: skip


def zone_shown(zone: Field, names: Mapping[str, str], lang: str) -> dict[str, Any]:
    """One of the list."""
    feature = names.get(zone.feature, zone.feature)
    return {
        "account": zone.account[len(ACCOUNT) :],
        "account_name": zone.name,
        "feature": zone.feature,
        "feature_name": feature,
        "state": zone.state,
        "words": zone_words(zone.state, zone.people, zone.of, zone.before, feature, lang),
        "people": zone.people,
        "of": zone.of,
        "worth": zone.worth,
    }


def _after(request: Request) -> ZonePlace | None:
    given = text(request, "after", 1_000)
    if not given:
        return None
    try:
        worth, account, feature = _place.decode(given)
    except msgspec.DecodeError:
        raise bad_parameter("after", 'take it from "next" of the page before') from None
    return worth, account_key(account), feature


def _next(zone: Field) -> str:
    return msgspec.json.encode([zone.worth, zone.account[len(ACCOUNT) :], zone.feature]).decode()


async def zone_people(request: Request) -> Response:
    """Whom a field of the heat map is about, by id; `state`: what it was when it was seen.

    `others=1`: the people active in 28 days whom it is not about: of a feature that is used, who does not use it.
    """
    runtime = runtime_of(request)
    model = runtime.rules.plan.customers
    account, after = text(request, "account", LIMITS.id_chars), text(request, "after", LIMITS.id_chars)
    feature, state = text(request, "feature", LIMITS.id_chars), one_of(request, "state", ("", *STATES))
    limit, others = whole(request, "limit", USUAL, MOST), flag(request, "others")
    events = next((one.events for one in model.features if one.id == feature), None)
    if events is None:
        raise NotFound("there is no such feature")

    def job(tx: Tx) -> dict[str, Any]:
        project_id, key = runtime.project_id, account_key(account)
        who = _who(tx, runtime, key, feature, state, others)
        after_key = user_key(after) if after else ""
        listed = [subject for subject in who if subject > after_key][:limit]
        named, seen = members_named(tx, project_id, listed), last_uses(tx, project_id, key, listed)
        ids = name_ids(tx, project_id)
        used = last_uses(tx, project_id, key, listed, [ids[name] for name in events if name in ids])
        return {
            "people": [
                {
                    "user_id": subject[len(USER) :],
                    "name": (named[subject].name or None) if subject in named else None,
                    "role": (named[subject].role or None) if subject in named else None,
                    "last_active_at": seen.get(subject),
                    "last_used_at": used.get(subject),
                }
                for subject in listed
            ],
            "next": listed[-1][len(USER) :] if len(listed) == limit else None,
            "total": len(who),
        }

    return json_response(await runtime.store.read(job))


def _who(tx: Tx, runtime: Runtime, account: str, feature: str, state: str, others: bool) -> list[str]:
    """The known people of a field as it is now, in order; nobody when it is in another state by now."""
    row = load_account(tx, runtime.project_id, account)
    if row is None:
        raise NotFound("there is no such account, or it was not looked at yet")
    unit, now = runtime.unit(tx), runtime.clock.now()
    names = Names.of(name_ids(tx, runtime.project_id), known_since(tx, runtime.project_id), unit.plan)
    env = unit.env(account, account)
    subject = Subject(runtime.project_id, account, unit.plan, names, unit.facts(account), env, now, {})
    known = known_of(tx, subject, row.stage)
    zone = next((one for one in read_zones(known, row.arr) if one.feature == feature), None)
    if zone is None or state not in ("", zone.state):
        return []
    who = known.active - set(zone.who) if others else zone.who
    return [one for one in sorted(who) if one.startswith(USER)]
