"""What goes out while the application is up: webhooks, e-mail, and on Mondays the digests."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from waypost.rules.plan import Csm
from waypost.service.runtime import Runtime
from waypost.success.digest import digest_of, due_digests, put_in_line
from waypost.success.endpoints import environment_secret
from waypost.success.outgoing import WayOut, route_messages, send_waiting
from waypost.success.webhooks import webhook_client

__all__ = ["send_round", "way_out", "write_digests"]


@asynccontextmanager
async def way_out(runtime: Runtime) -> AsyncIterator[WayOut]:
    """A client of its own, and a secret for the endpoint of the environment when none is set."""
    settings = runtime.settings
    if settings.webhook_url:
        await runtime.store.write(lambda tx: environment_secret(tx, settings))
    async with webhook_client() as client:
        yield WayOut(runtime.store, runtime.project_id, settings, client, random.random)


async def send_round(runtime: Runtime, way: WayOut) -> int:
    """Route what is new and try what is due. Returns how many were delivered."""
    plan, clock = runtime.rules.plan, runtime.clock
    await route_messages(way, plan, clock.now())
    return await send_waiting(way, plan, clock.now(), clock.wall())


async def write_digests(runtime: Runtime) -> int:
    """Put the digests in line whose time has come. Returns how many. Without a mail server there are none."""
    if not runtime.settings.smtp_url:
        return 0
    project_id, csms = runtime.project_id, runtime.rules.plan.csms
    now, here = runtime.clock.now(), runtime.settings.timezone
    due = await runtime.store.read(lambda tx: due_digests(tx, project_id, csms, now, here))
    for name in due:
        await _write_digest(runtime, name, csms[name], now)
    return len(due)


async def _write_digest(runtime: Runtime, name: str, csm: Csm, now: int) -> None:
    project_id, here = runtime.project_id, runtime.settings.timezone
    digest = await runtime.store.read(lambda tx: digest_of(tx, project_id, name, csm, now, here))
    await runtime.store.write(lambda tx: put_in_line(tx, project_id, digest, csm, here))
