"""A clickstream of any length, in order of time, that takes no memory: visits of people to a shop."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from random import Random

from waypost.model import DAY, HOUR, Event

__all__ = ["NAMES", "START", "stream"]

START = 1_800_000_000_000
NAMES = ("catalog", "product_view", "add_to_cart", "purchase", "search", "page_viewed", "filter", "wishlist")
OFTEN = (30, 25, 8, 3, 12, 15, 5, 2)


def stream(events: int, users: int, seed: int = 2) -> Iterator[Event]:
    """`events` events of `users` people: visits of 4 to 20 events, hours to days apart."""
    draw = Random(seed)
    waiting = [(START + draw.randrange(14 * DAY), user, 0) for user in range(users)]
    heapq.heapify(waiting)
    for number in range(events):
        t, user, left = waiting[0]
        left = left or draw.randint(4, 20)
        pause = draw.randint(2_000, 60_000) if left > 1 else draw.randint(HOUR, 5 * DAY)
        heapq.heapreplace(waiting, (t + pause, user, left - 1))
        yield Event(
            message_id=f"m{number}",
            name=draw.choices(NAMES, OFTEN)[0],
            t=t,
            received_at=t,
            index=number,
            user_id=f"u{user}",
            active=True,
            page_view_id=f"p{user}-{number // 3}",
        )
