"""A small customer base for tests of the accounts API: who they are, sixty days of use, and looks at all of them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from tests.http.shop import START, Shop, corner, track
from waypost.model import DAY, HOUR
from waypost.web.background import alerts_hook
from waypost.web.looks import look_at_due

__all__ = ["ALERT", "PROJECT", "TODAY", "customers", "day_of", "look"]

TODAY = START // DAY
PROJECT = {
    "key_actions": ["report_opened", "card_moved"],
    "support": {"event": "ticket_opened", "topic": "area"},
    "features": [
        {"id": "analytics", "name": {"en": "Analytics", "ru": "Аналитика"}, "events": ["report_opened"]},
        {"id": "board", "name": "Board", "events": ["card_moved"]},
        {"id": "api", "name": "API", "events": ["api_called"], "entitlement": "api"},
    ],
    "stages": [
        {"id": "onboarding", "name": {"en": "Onboarding", "ru": "Внедрение"}, "when": {"<": [{"var": "account.age_days"}, 30]}},
        {"id": "live", "name": "Live", "when": True},
    ],
}  # fmt: skip
ALERT = {
    "id": "quiet",
    "kind": "alert",
    "text": {"en": {"title": "{account.name} has gone quiet"}, "ru": {"title": "{account.name}: тишина"}},
    "trigger": {"on": {"clock": True}, "when": {"inactive": {"for": "14d", "scope": "account"}}},
    "alert": {"owner": "account.csm", "severity": "high", "sla": "1d"},
}
TRAITS: dict[str, dict[str, Any]] = {
    "acme": {"name": "Acme", "csm": "olga", "plan": "pro", "seats": 25, "arr": 12_000, "renewal": "2027-02-14", "tz": "Europe/Berlin"},
    "beta": {"name": "Beta", "csm": "max", "plan": "free", "seats": 5, "mrr": 100},
    "gone": {"name": "gone quiet", "csm": "olga", "seats": 4, "arr": 50_000, "renewal": "2027-01-20"},
    "new/ü": {"name": "Новая", "seats": 3},
}  # fmt: skip


def day_of(days_ago: int) -> str:
    """The date of a day before START in UTC."""
    return datetime.fromtimestamp((START - days_ago * DAY) / 1000, UTC).date().isoformat()


def _at(ms_ago: int) -> str:
    return datetime.fromtimestamp((START - ms_ago) / 1000, UTC).isoformat().replace("+00:00", "Z")


def _did(event: str, user: str, account: str, days: float, **props: Any) -> dict[str, Any]:
    """In a browser, `days` ago."""
    context = {"groupId": account, "library": {"name": "analytics.js"}, "page": {"path": "/"}}
    name = f"{user}-{event}-{days}"
    return track(
        event, user, messageId=name, timestamp=_at(int(days * DAY)), context=context, properties=props, anonymousId=f"x-{user}"
    )  # fmt: skip


def history() -> Iterator[dict[str, Any]]:
    """acme: twenty people on the board, three of them in analytics. beta: one person. gone: nobody for twenty days.

    new/ü: three people since a week.
    """
    people = {"acme": 20, "beta": 1, "gone": 2, "new/ü": 3}
    first = {"acme": 60, "beta": 60, "gone": 60, "new/ü": 7}
    for account, number in people.items():
        for n in range(number):
            user, days = f"{account[:4]}-{n:02}", first[account]
            group = {"type": "group", "userId": user, "groupId": account, "traits": TRAITS[account]}
            yield {**group, "messageId": f"group-{user}", "timestamp": _at(days * DAY)}
            traits = {"name": f"Person {n}", "role": "admin" if n == 0 else "member"}
            yield {
                "type": "identify",
                "userId": user,
                "messageId": f"who-{user}",
                "timestamp": _at(days * DAY),
                "traits": traits,
            }
            last = 20 if account == "gone" else 0
            for ago in range(days - 1, last, -1):
                if ago % 3 == n % 3:
                    yield _did("card_moved", user, account, ago)
            if account == "acme" and n < 3:
                yield from (_did("report_opened", user, account, ago + 0.5) for ago in (1, 8, 15, 22))
    yield _did("ticket_opened", "acme-01", "acme", 3, ticket_id="T1", severity="high", area="billing")
    yield _did("ticket_opened", "acme-02", "acme", 5, ticket_id="T2", severity="low", area="import")
    yield _did("ticket_closed", "acme-02", "acme", 4, ticket_id="T2")


def look(shop: Shop) -> None:
    """Count what came and look at every account that is due, until nothing is."""
    while look_at_due(shop.runtime):
        pass


def customers(folder: Path) -> Shop:
    """A shop with all of them, looked at once a day for the last weeks, and somebody signed in."""
    made = Shop(folder, corner("hello"), ALERT)
    (made.folder / "project.json").write_bytes(msgspec.json.encode(PROJECT))
    made.restart()
    assert [p.line() for p in made.runtime.rules.problems if p.severity == "error"] == []
    made.runtime.on_facts = alerts_hook
    events = sorted(history(), key=lambda event: event["timestamp"])
    for days in (28, 21, 14, 7, 0):
        made.now = START - days * DAY + HOUR
        here = [event for event in events if event["timestamp"] <= _at(days * DAY)]
        made.batch(*here)
        events = events[len(here) :]
        look(made)
    made.now = START + 2 * HOUR
    made.sign_in()
    return made
