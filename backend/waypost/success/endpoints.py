"""The webhook endpoints of a project: those that were saved, and the one of the environment, which nobody edits."""

from __future__ import annotations

import base64
import secrets

import httpx
import msgspec

from waypost.errors import Conflict, Invalid, NotFound
from waypost.logic.guard import meant
from waypost.settings import LIMITS, Settings
from waypost.store import outbox
from waypost.store.projects import ensure_meta, get_meta
from waypost.store.sqlite import Tx
from waypost.store.webhooks import Endpoint, add_webhook, end_webhook, set_secret, webhooks_saved
from waypost.success.attempt import Attempt
from waypost.success.messages import TASK_TYPES, iso
from waypost.success.webhooks import post
from waypost.trust.addresses import Lookup, lookup, webhook_target

__all__ = [
    "ENVIRONMENT", "Wanted", "check_wanted", "endpoint_by_id", "endpoints", "environment_secret", "remove_endpoint",
    "replay", "replay_dead", "rotate_secret", "save_endpoint", "send_test",
]  # fmt: skip

ENVIRONMENT = 0  # the id of the endpoint that WAYPOST_WEBHOOK_URL makes
SECRET = "webhook_secret"  # noqa: S105 - the name under which it is kept
SECRET_BYTES = 24


class Wanted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An endpoint as it is asked for."""

    url: str
    types: list[str] = []  # of the messages that it shall get; none = all
    by: str = ""


async def check_wanted(wanted: Wanted, settings: Settings, look_up: Lookup = lookup) -> None:
    """Raises Invalid for the first thing that is wrong, the address looked up too. Nothing is connected to."""
    for kind in wanted.types:
        if kind not in TASK_TYPES:
            hint = meant(kind, TASK_TYPES) or f"; there are {', '.join(TASK_TYPES)}"
            raise Invalid(f'types: there is no message "{kind[: LIMITS.id_chars]}"{hint}', code="bad_parameter")
    if len(wanted.by) > LIMITS.pause_author_chars or not wanted.by.isprintable():
        raise Invalid(f"by: one line of at most {LIMITS.pause_author_chars} characters", code="bad_parameter")
    try:
        await webhook_target(wanted.url, private=settings.webhook_private, look_up=look_up)
    except Invalid as error:
        raise Invalid(f"url: {error.detail}", code=error.code) from error


def save_endpoint(tx: Tx, project_id: int, wanted: Wanted, now: int) -> Endpoint:
    """Save what was checked. The secret of the answer is shown this once."""
    if len(webhooks_saved(tx, project_id)) >= LIMITS.webhooks:
        raise Conflict(f"there are {LIMITS.webhooks} endpoints, which is the limit; remove one first")
    types, secret = list(dict.fromkeys(wanted.types)), _new_secret()
    made = add_webhook(tx, project_id, wanted.url, secret, types, wanted.by.strip(), now)
    return next(one for one in webhooks_saved(tx, project_id) if one.id == made)


def endpoints(tx: Tx, project_id: int, settings: Settings) -> list[Endpoint]:
    """The one of the environment first."""
    own = []
    if settings.webhook_url:
        secret = settings.webhook_secret or get_meta(tx, SECRET) or ""
        own = [Endpoint(id=ENVIRONMENT, url=settings.webhook_url, secret=secret)]
    return [*own, *webhooks_saved(tx, project_id)]


def endpoint_by_id(tx: Tx, project_id: int, settings: Settings, number: int) -> Endpoint:
    """Raises NotFound when there is none, or none any more."""
    for one in endpoints(tx, project_id, settings):
        if one.id == number:
            return one
    raise NotFound("there is no such webhook")


def environment_secret(tx: Tx, settings: Settings) -> tuple[str, bool]:
    """(the secret of the environment's endpoint, whether it was made just now and has to be shown)."""
    if settings.webhook_secret:
        return settings.webhook_secret, False
    known = get_meta(tx, SECRET)
    return known or ensure_meta(tx, SECRET, _new_secret), known is None


def _new_secret() -> str:
    return "whsec_" + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def rotate_secret(tx: Tx, project_id: int, number: int) -> str:
    """Give a saved endpoint a new secret; the former one signs nothing any more."""
    made = _new_secret()
    set_secret(tx, project_id, _saved(tx, project_id, number).id, made)
    return made


def remove_endpoint(tx: Tx, project_id: int, number: int, now: int) -> None:
    """What still waits for it is dead."""
    found = _saved(tx, project_id, number)
    end_webhook(tx, project_id, found.id, now)
    outbox.end_target(tx, project_id, found.target, "this webhook was removed")


def _saved(tx: Tx, project_id: int, number: int) -> Endpoint:
    if number == ENVIRONMENT:
        raise Conflict("this webhook comes from WAYPOST_WEBHOOK_URL; change it there", code="from_environment")
    for one in webhooks_saved(tx, project_id):
        if one.id == number:
            return one
    raise NotFound("there is no such webhook")


async def send_test(
    endpoint: Endpoint, now: int, wall: int, client: httpx.AsyncClient, settings: Settings, look_up: Lookup = lookup
) -> Attempt:
    """Send a signed message of the type webhook.test now, once."""
    body = msgspec.json.encode({"type": "webhook.test", "timestamp": iso(now), "data": {"webhook": endpoint.id}})
    name = f"webhook_test-{endpoint.id}-{wall}"
    return await post(endpoint, name, body.decode(), wall, client, private=settings.webhook_private, look_up=look_up)


# -- once more


def replay(tx: Tx, project_id: int, settings: Settings, delivery: int, now: int) -> outbox.Delivery:
    """Send a message again from the start. Raises NotFound, or Conflict when its endpoint is gone."""
    found = outbox.delivery_by_id(tx, project_id, delivery)
    if found is None:
        raise NotFound("there is no such message")
    there = {one.target for one in endpoints(tx, project_id, settings)}
    if found.target.startswith("w:") and found.target not in there:
        raise Conflict("the webhook of this message was removed")
    outbox.replay(tx, project_id, delivery, now)
    again = outbox.delivery_by_id(tx, project_id, delivery)
    assert again is not None
    return again


def replay_dead(tx: Tx, project_id: int, settings: Settings, number: int, now: int) -> int:
    """Every dead message of an endpoint. Returns how many."""
    return outbox.replay_dead(tx, project_id, endpoint_by_id(tx, project_id, settings, number).target, now)
