"""Send what waits in the outbox: signed (standardwebhooks), retried, at least once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import httpx
from standardwebhooks.webhooks import Webhook

from waypost.errors import WaypostError
from waypost.model import DAY, HOUR, MINUTE, SECOND
from waypost.store import outbox
from waypost.store.outbox import Waiting
from waypost.store.sqlite import Store
from waypost.success.addresses import Lookup, lookup, webhook_target

__all__ = ["RETRIES", "send_waiting"]

RETRIES = (5 * SECOND, 30 * SECOND, 2 * MINUTE, 10 * MINUTE, HOUR, 6 * HOUR, DAY)
"""Waits between attempts, each ±25 %; after the last the message is given up and stays visible."""
BATCH = 20
ANSWER_BYTES = 64 * 1024  # of an answer nobody reads more
GONE = 410


async def send_waiting(
    store: Store,
    project_id: int,
    now: int,
    wall: int,
    url: str,
    secret: str,
    client: httpx.AsyncClient,
    jitter: Callable[[], float],
    *,
    private: bool = False,
    look_up: Lookup = lookup,
) -> int:
    """Try every message whose time has come. Returns how many were delivered.

    `jitter` gives 0 … 1. `wall` is the time of signing, which the demo's clock must not move.
    """
    if not url:
        return 0
    sent = 0
    for message in await store.read(lambda tx: outbox.waiting(tx, project_id, now, BATCH)):
        error, wait = await _send(message, wall, url, secret, client, private, look_up)
        if error is None:
            await store.write(lambda tx, m=message: outbox.delivered(tx, project_id, m.id, now))  # type: ignore[misc]
            sent += 1
            continue
        at = _next(message.attempts, now, wait, jitter())
        await store.write(lambda tx, m=message, e=error, a=at: outbox.failed(tx, project_id, m.id, e, a))  # type: ignore[misc]
    return sent


def _next(attempts: int, now: int, wait: int | None, random: float) -> int | None:
    """When to try again: the schedule, or later when the receiver asked for it. None = given up."""
    if attempts >= len(RETRIES) or wait == -1:
        return None
    own = int(RETRIES[attempts] * (0.75 + 0.5 * random))
    return now + max(own, wait or 0)


async def _send(
    message: Waiting, wall: int, url: str, secret: str, client: httpx.AsyncClient, private: bool, look_up: Lookup
) -> tuple[str | None, int | None]:
    """(None, None) when delivered, else (why, ms to wait at least; -1 = never again)."""
    try:
        target = await webhook_target(url, private=private, look_up=look_up)
        request = client.build_request(
            "POST",
            target.url,
            content=message.body.encode(),
            headers={**_headers(message, wall, secret), "host": target.host_header},
            extensions={"sni_hostname": target.host},
        )
        response = await client.send(request, stream=True)
        try:
            await _read_a_little(response)
        finally:
            await response.aclose()
    except WaypostError as error:
        return error.detail, None
    except httpx.HTTPError as error:
        return f"{type(error).__name__}: {error}", None
    if response.is_success:
        return None, None
    if response.status_code == GONE:
        return "410: the receiver wants no more", -1
    return f"HTTP {response.status_code}", _retry_after(response)


def _headers(message: Waiting, wall: int, secret: str) -> dict[str, str]:
    at = datetime.fromtimestamp(wall / 1000, UTC)
    return {
        "content-type": "application/json",
        "user-agent": "waypost-webhooks",
        "webhook-id": message.message_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(secret).sign(message.message_id, at, message.body),
    }


async def _read_a_little(response: httpx.Response) -> None:
    read = 0
    async for chunk in response.aiter_raw():
        read += len(chunk)
        if read > ANSWER_BYTES:
            return


def _retry_after(response: httpx.Response) -> int | None:
    value = response.headers.get("retry-after", "")
    return min(int(value) * SECOND, DAY) if value.isdigit() else None
