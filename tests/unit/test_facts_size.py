"""Facts are bounded for ever: sixty conditions keep so much of the heaviest user, and no history makes it more."""

from __future__ import annotations

from random import Random
from typing import Any
from uuid import UUID

from tests.unit.decide_world import START, World, tip
from waypost.facts.fold import fold_event
from waypost.facts.subject import encode
from waypost.model import DAY, MINUTE, Event

BYTES = 30_000  # every feature used all day, every chain begun and left; UUIDs everywhere
TOLD = 40  # tips in half a year: what the caps let through, and more
NAMES = [f"feature_{i}" for i in range(15)]


CHAINS = {
    name: {"steps": [{"event": name}, {"event": following}], "within": "1h", "same": ["item"]}
    for name, following in zip(NAMES, [*NAMES[1:], NAMES[0]], strict=True)
}


def conditions() -> list[Any]:
    """Four for each of fifteen features: how often, on how many days, how lately, and whether a chain from it to the
    next was completed or, every other time, abandoned."""
    found: list[Any] = []
    for i, name in enumerate(NAMES):
        found += [
            {"did": {"event": name, "min": 5, "last": "7d"}},
            {">=": [{"days": {"event": name, "last": "28cd"}}, 10]},
            {"inactive": {"event": name, "for": "14d"}},
            {("abandoned" if i % 2 else "chain"): {"ref": name}},
        ]
    return found


def uuid(rng: Random) -> str:
    return str(UUID(int=rng.getrandbits(128)))


def size_after(events: int) -> int:
    rng, asked = Random(5), conditions()
    page = ""
    world = World(*(tip(f"r{i}", when=expr) for i, expr in enumerate(asked)), chains=CHAINS, session=False)
    assert sum(atom.scope == "user" for atom in world.plan.atoms.values()) == len(asked) == 60
    world.is_known_as(at=START, name="Ivan", role="admin", plan="team", seats=20)
    step = 180 * DAY // events
    for i in range(events):
        at = START + MINUTE + i * step
        page = page if i % 7 else uuid(rng)
        event = Event(
            message_id=uuid(rng),
            name=rng.choice(NAMES),
            t=at,
            received_at=at,
            seq=i,
            page_view_id=page,
            active=True,
            props={"item": f"item-{rng.randrange(40)}"},
        )
        fold_event(world.plan, "user", world.user, event)
        if i % (events // TOLD) == 0:
            world.told(
                f"r{rng.randrange(60)}", rng.choice(["viewed", "dismissed"]), at=at, page=page, offer=uuid(rng)
            )
    return len(encode(world.user))


def test_sixty_conditions_of_the_heaviest_user_are_bounded() -> None:
    some, more = size_after(10_000), size_after(40_000)
    assert some < BYTES
    assert more < some * 1.1, "four times the history, no more memory"
