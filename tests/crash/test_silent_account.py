"""An account falls silent while the server is dead: one task, one signed webhook, the true time."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks.webhooks import Webhook

from tests.crash.product import Product
from waypost.model import DAY
from waypost.service.start import CLOCK_OFFSET
from waypost.store.projects import set_meta
from waypost.store.sqlite import Store

SECRET = "whsec_" + "c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0"
RULE = {
    "id": "quiet",
    "kind": "alert",
    "text": {"en": {"title": "{account.name} has gone quiet"}},
    "trigger": {"on": {"clock": True}, "when": {"inactive": {"for": "14d", "scope": "account"}}},
}


class Receiver:
    """A CRM's end of the webhook."""

    def __init__(self) -> None:
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.arrived = threading.Condition()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                with receiver.arrived:
                    receiver.got.append((dict(self.headers.items()), body))
                    receiver.arrived.notify_all()
                self.send_response(204)
                self.end_headers()

            def log_message(self, *args: Any) -> None:
                return None

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def wait_for(self, number: int) -> list[dict[str, Any]]:
        """The messages by webhook-id, each with its signature checked, once so many have come.

        A message whose delivery was not yet noted when the server died comes again under the same id.
        """
        with self.arrived:
            assert self.arrived.wait_for(lambda: len(self._by_id()) >= number, timeout=60)
            return [dict(Webhook(SECRET).verify(body, headers)) for headers, body in self._by_id().values()]

    def _by_id(self) -> dict[str, tuple[dict[str, str], bytes]]:
        return {headers["webhook-id"]: (headers, body) for headers, body in self.got}


def move_clock(product: Product, ms: int) -> None:
    """While it is dead, time passes."""
    store = Store.open(product.database)
    store.write_now(lambda tx: set_meta(tx, CLOCK_OFFSET, str(ms)))
    store.close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture
def product(tmp_path: Path, receiver: Receiver) -> Iterator[Product]:
    made = Product(
        tmp_path,
        [RULE],
        settings={
            "WAYPOST_WEBHOOK_URL": receiver.url,
            "WAYPOST_WEBHOOK_SECRET": SECRET,
            "WAYPOST_WEBHOOK_PRIVATE": "true",
            "WAYPOST_DEMO": "true",  # only the demo's clock can be moved
        },
    )
    made.start()
    yield made
    made.kill()


def ms(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp() * 1000)


def test_an_account_that_fell_silent_while_the_server_was_dead_is_told_once_with_the_true_time(
    product: Product, receiver: Receiver
) -> None:
    browser = {"context": {"groupId": "acme", "library": {"name": "waypost"}}, "userId": "ivan"}
    product.post({"type": "group", "groupId": "acme", "traits": {"name": "Acme"}, "userId": "ivan", "messageId": "1"})
    product.post({"type": "track", "event": "opened", "messageId": "2", **browser})
    product.kill()
    move_clock(product, 20 * DAY)
    product.start()
    (message,) = receiver.wait_for(1)
    data = message["data"]
    assert (message["type"], data["title"], data["account"]) == (
        "csm_task.opened",
        {"en": "Acme has gone quiet"},
        "acme",
    )
    assert abs(ms(data["noticed_at"]) - ms(data["opened_at"]) - 6 * DAY) < DAY / 24, "opened when it became true"
    product.kill()
    product.start()
    product.post({"type": "track", "event": "opened", "messageId": "3", **browser})
    opened, closed = receiver.wait_for(2)
    assert (closed["type"], closed["data"]["closed_by"]) == ("csm_task.closed", "clear")
    assert opened["data"]["id"] == closed["data"]["id"]
    assert len(receiver.wait_for(2)) == 2
