"""A shop whose account goes quiet, where somebody is signed in, and whose messages go out a round at a time."""

from __future__ import annotations

import time
from typing import Any

from tests.http.shop import ORIGIN, Shop, track
from waypost.model import DAY
from waypost.success.outgoing import WayOut, route_messages, send_waiting
from waypost.success.webhooks import webhook_client
from waypost.web.background import alerts_hook, run_due

__all__ = ["QUIET", "Office"]

QUIET = {
    "id": "quiet",
    "kind": "alert",
    "text": {"en": {"title": "{account.name} has gone quiet"}, "ru": {"title": "{account.name}: затишье"}},
    "trigger": {"on": {"clock": True}, "when": {"inactive": {"for": "14d", "scope": "account"}}},
    "alert": {"owner": "account.csm", "sla": "2d"},
}


class Office(Shop):
    """Webhooks may stay on this machine. `begin` once it is open."""

    def begin(self) -> None:
        self.runtime.on_facts = alerts_hook
        self.runtime.settings.webhook_private = True
        self.sign_in()
        traits = {"name": "Acme", "csm": "olga"}
        self.batch({"type": "group", "userId": "ivan", "groupId": "acme", "traits": traits}, track())

    def fall_quiet(self) -> None:
        self.later(15 * DAY)
        self.run(run_due(self.runtime))

    def later(self, ms: int) -> None:
        """Time passes; whoever sits there signs in again, for a session lasts 14 days."""
        self.now += ms
        self.sign_in()

    def come_back(self) -> None:
        self.batch(track(context={"library": {"name": "waypost"}}))

    def add(self, url: str, **more: Any) -> dict[str, Any]:
        made = self.ask("POST", "/api/v1/webhooks", json={"url": url, **more}, headers=ORIGIN)
        assert made.status_code == 201, made.text
        answer: dict[str, Any] = made.json()
        return answer

    def do(self, path: str) -> Any:
        answer = self.ask("POST", f"/api/v1/webhooks/{path}", headers=ORIGIN)
        assert answer.status_code in (200, 204), answer.text
        return answer.json() if answer.content else None

    def messages(self, state: str = "waiting", **query: Any) -> list[dict[str, Any]]:
        answer = self.ask("GET", "/api/v1/webhooks/messages", params={"state": state, **query})
        found: list[dict[str, Any]] = answer.json()["messages"]
        return found

    def send(self, jitter: float = 0.5) -> int:
        """A round of the background. What is signed is signed now, for receivers look at the time."""
        runtime = self.runtime

        async def work() -> int:
            async with webhook_client() as client:
                way = WayOut(runtime.store, runtime.project_id, runtime.settings, client, lambda: jitter)
                await route_messages(way, runtime.rules.plan, self.now)
                return await send_waiting(way, runtime.rules.plan, self.now, int(time.time() * 1000))

        return self.run(work())
