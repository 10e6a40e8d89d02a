"""The way out of every message: to whom it goes, an attempt when its time has come, a retry or a dead letter."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

import httpx
import msgspec

from waypost.errors import Unavailable
from waypost.facts.days import zone
from waypost.model import Json
from waypost.rules.plan import Csm, Plan
from waypost.rules.words import trigger_words
from waypost.settings import Settings
from waypost.store import outbox
from waypost.store.outbox import Message, Waiting
from waypost.store.sqlite import Store, Tx
from waypost.store.webhooks import Endpoint
from waypost.success.attempt import Attempt, next_attempt
from waypost.success.digest import DIGEST, Digest, mail_target
from waypost.success.endpoints import endpoints
from waypost.success.mail import Letter, send_mail
from waypost.success.mail_words import digest_words, task_words
from waypost.success.webhooks import post
from waypost.trust.addresses import Lookup, lookup
from waypost.trust.mail_server import mail_server

__all__ = ["WayOut", "digest_letter", "route_messages", "send_waiting"]

BATCH = 20  # messages of one receiver in one round
ROUTED = 200  # messages in one transaction
MAILED = "csm_task.opened"
GONE = "{} is not there any more; set it up again and replay this, or leave it"


@dataclass(frozen=True)
class WayOut:
    """What sending needs. `jitter` gives 0 … 1."""

    store: Store
    project_id: int
    settings: Settings
    client: httpx.AsyncClient
    jitter: Callable[[], float]
    look_up: Lookup = lookup


# -- to whom


async def route_messages(way: WayOut, plan: Plan, now: int) -> int:
    """Decide to whom new messages go. Returns how many there were."""
    if not await way.store.read(lambda tx: outbox.unrouted(tx, way.project_id, 1)):
        return 0

    def job(tx: Tx) -> int:
        known = endpoints(tx, way.project_id, way.settings)
        found = outbox.unrouted(tx, way.project_id, ROUTED)
        for message in found:
            outbox.route(tx, way.project_id, message.id, _targets(message, known, plan, way.settings), now)
        return len(found)

    return await way.store.write(job)


def _targets(message: Message, known: Sequence[Endpoint], plan: Plan, settings: Settings) -> list[str]:
    """The endpoints that take its type; of a task that was opened also the owner, by e-mail."""
    targets = [endpoint.target for endpoint in known if endpoint.takes(message.type)]
    if settings.smtp_url and message.type == MAILED:
        owner = msgspec.json.decode(message.body)["data"]["owner"]
        if owner in plan.csms and plan.csms[owner].email:
            targets.append(mail_target(owner))
    return targets


# -- an attempt


async def send_waiting(way: WayOut, plan: Plan, now: int, wall: int) -> int:
    """Try what is due, all receivers side by side. Returns how many were delivered.

    `wall` is the time of signing, which the demo's clock must not move.
    """
    due, known = await way.store.read(
        lambda tx: (
            outbox.waiting(tx, way.project_id, now, BATCH),
            {one.target: one for one in endpoints(tx, way.project_id, way.settings)},
        )
    )
    due.sort(key=lambda one: (one.target, one.id))
    rounds = [
        _send_in_turn(way, plan, known, list(its), now, wall) for _, its in groupby(due, key=lambda one: one.target)
    ]
    return sum(await asyncio.gather(*rounds))


async def _send_in_turn(
    way: WayOut, plan: Plan, known: Mapping[str, Endpoint], due: Sequence[Waiting], now: int, wall: int
) -> int:
    """Those of one receiver, in order; after one that failed for now the others wait for the next round."""
    sent = 0
    for one in due:
        attempt = await _send(way, plan, known.get(one.target), one, wall)
        if not attempt.error:
            await way.store.write(lambda tx, one=one: outbox.delivered(tx, way.project_id, one.id, now))  # type: ignore[misc]
            sent += 1
            continue
        at = next_attempt(one.attempts, now, attempt, way.jitter())
        await way.store.write(
            lambda tx, one=one, attempt=attempt, at=at: outbox.failed(tx, way.project_id, one.id, attempt.error, at)  # type: ignore[misc]
        )
        if not attempt.final:
            break
    return sent


async def _send(way: WayOut, plan: Plan, endpoint: Endpoint | None, one: Waiting, wall: int) -> Attempt:
    settings = way.settings
    if one.target.startswith("m:"):
        return await _mail(settings, plan, one, wall)
    if endpoint is None:
        return Attempt(GONE.format("WAYPOST_WEBHOOK_URL"))
    private, look_up = settings.webhook_private, way.look_up
    return await post(endpoint, one.message_id, one.body, wall, way.client, private=private, look_up=look_up)


async def _mail(settings: Settings, plan: Plan, one: Waiting, wall: int) -> Attempt:
    name = one.target.partition(":")[2]
    csm = plan.csms.get(name)
    if csm is None or not csm.email:
        return Attempt(GONE.format(f"the e-mail address of {name} in project.json"), final=True)
    if not settings.smtp_url:
        return Attempt(GONE.format("WAYPOST_SMTP_URL"))
    if one.type == DIGEST:
        digest = msgspec.json.decode(one.body, type=Digest)
        letter = digest_letter(digest, csm, settings, one.message_id)
    else:
        letter = _task_letter(msgspec.json.decode(one.body)["data"], plan, csm, settings, one.message_id)
    try:
        return await send_mail(mail_server(settings.smtp_url), settings.mail_from, letter, wall)
    except Unavailable as error:
        return Attempt(error.detail)


# -- the letters


def digest_letter(digest: Digest, csm: Csm, settings: Settings, key: str) -> Letter:
    subject, text = digest_words(digest, csm.lang, zone(csm.tz or settings.timezone), _link(settings, "tasks"))
    return Letter(key, csm.name, csm.email, subject, text, csm.lang)


def _task_letter(data: Json, plan: Plan, csm: Csm, settings: Settings, key: str) -> Letter:
    rule = plan.find(data["rule"])
    why = trigger_words(rule, csm.lang) if rule else ""
    here, link = zone(csm.tz or settings.timezone), _link(settings, f"tasks/{data['id']}")
    subject, text = task_words(data, why, csm.lang, here, link)
    return Letter(key, csm.name, csm.email, subject, text, csm.lang)


def _link(settings: Settings, page: str) -> str:
    return f"{settings.public_url.rstrip('/')}/console/{page}" if settings.public_url else ""
