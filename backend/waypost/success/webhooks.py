"""Post one message to one endpoint: signed (standardwebhooks), to a checked address, never further."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import httpx
from standardwebhooks.webhooks import Webhook

from waypost.errors import WaypostError
from waypost.model import DAY, SECOND
from waypost.store.webhooks import Endpoint
from waypost.success.attempt import Attempt
from waypost.trust.addresses import Lookup, lookup, webhook_target

__all__ = ["post", "webhook_client"]

SEND_S = 15  # a whole attempt, however slowly the receiver answers
ANSWER_BYTES = 64 * 1024  # of an answer nobody reads more
GONE = 410


def webhook_client() -> httpx.AsyncClient:
    """It follows no redirect and asks no proxy: where a request goes was checked."""
    return httpx.AsyncClient(follow_redirects=False, timeout=10, trust_env=False)


async def post(
    endpoint: Endpoint,
    message_id: str,
    body: str,
    wall: int,
    client: httpx.AsyncClient,
    *,
    private: bool,
    look_up: Lookup = lookup,
) -> Attempt:
    """`wall` is the time of signing, which the demo's clock must not move. `private`: own networks are allowed."""
    try:
        async with asyncio.timeout(SEND_S):
            target = await webhook_target(endpoint.url, private=private, look_up=look_up)
            request = client.build_request(
                "POST",
                target.url,
                content=body.encode(),
                headers={**_signed(endpoint.secret, message_id, body, wall), "host": target.host_header},
                extensions={"sni_hostname": target.host},
            )
            response = await client.send(request, stream=True)
            try:
                await _read_a_little(response)
            finally:
                await response.aclose()
    except WaypostError as error:
        return Attempt(error.detail)
    except httpx.HTTPError as error:
        return Attempt(f"{type(error).__name__}: {error}")
    except TimeoutError:
        return Attempt(f"no whole answer within {SEND_S} seconds")
    return _judge(response)


def _judge(response: httpx.Response) -> Attempt:
    status = response.status_code
    if response.is_success:
        return Attempt(status=status)
    if status == GONE:
        return Attempt("HTTP 410: the receiver wants no more", status, final=True)
    hint = ", a redirect, which is not followed; save the address that it leads to" if response.is_redirect else ""
    return Attempt(f"HTTP {status}{hint}", status, _retry_after(response))


def _signed(secret: str, message_id: str, body: str, wall: int) -> dict[str, str]:
    at = datetime.fromtimestamp(wall / 1000, UTC)
    return {
        "content-type": "application/json",
        "user-agent": "waypost-webhooks",
        "webhook-id": message_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(secret).sign(message_id, at, body),
    }


async def _read_a_little(response: httpx.Response) -> None:
    read = 0
    async for chunk in response.aiter_raw():
        read += len(chunk)
        if read > ANSWER_BYTES:
            return


def _retry_after(response: httpx.Response) -> int:
    value = response.headers.get("retry-after", "")
    return min(int(value) * SECOND, DAY) if value.isascii() and value.isdigit() else 0
