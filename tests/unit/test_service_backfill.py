"""New conditions get their history from the log, in the background; until then absence is not believed."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from waypost.facts.subject import decode
from waypost.model import DAY, MINUTE, Event, user_key
from waypost.service import subjects
from waypost.service.backfill import backfill
from waypost.service.clock import Clock
from waypost.service.journal import record
from waypost.service.rebuild import verify
from waypost.service.runtime import Runtime
from waypost.service.start import open_runtime
from waypost.service.sync import SyncBody, sync
from waypost.settings import Settings
from waypost.store.facts import load_facts
from waypost.store.sqlite import Tx

START = 1_800_000_000_000


def tip(name: str, when: Any, **more: Any) -> dict[str, Any]:
    place = {"surface": "inline", "anchor": name}
    return {"id": name, "text": {"en": {"title": name}}, "placement": place, "trigger": {"when": when}, **more}


OLD = tip("old", {"did": {"event": "other", "min": 3}})
NEVER = tip("never", {"never": {"event": "use", "tenure": "1d"}})
FEW = tip("few", {"<=": [{"count": {"event": "use", "last": "90d"}}, 2]})
QUIET = tip("quiet", {"inactive": {"for": "2d", "event": "use"}})
NOT = tip("not", {"!": [{"did": {"event": "use", "last": "90d"}}]})
MANY = tip("many", {"did": {"event": "fresh", "min": 2}})
REACHED = tip("reached", True, goal={"did": {"event": "use", "last": "90d"}})


class World:
    def __init__(self, folder: Path) -> None:
        self.folder, self.now, self.sent = folder, START, 0
        (folder / "tips").mkdir(parents=True)
        self.rules(OLD)
        settings = Settings(database_url=f"sqlite:///{folder / 'a.db'}", rules=str(folder), write_key="wk")
        self.runtime: Runtime = open_runtime(settings, clock=Clock(lambda: self.now))

    def rules(self, *documents: dict[str, Any]) -> None:
        for path in (self.folder / "tips").glob("*.json"):
            path.unlink()
        for document in documents:
            (self.folder / "tips" / f"{document['id']}.json").write_bytes(msgspec.json.encode(document))

    def publish(self, *documents: dict[str, Any]) -> None:
        self.rules(*documents)
        assert self.runtime.rules.load(self.now)

    def did(self, user: str, name: str, times: int = 1) -> None:
        def job(tx: Tx) -> None:
            unit = self.runtime.unit(tx)
            for _ in range(times):
                self.sent += 1
                self.now += MINUTE
                event = Event(
                    message_id=f"m{self.sent}", name=name, t=self.now, received_at=self.now, user_id=user, active=True
                )
                record(self.runtime, unit, [event], self.now)
            unit.save()

        self.runtime.store.write_now(job)

    def reasons(self, user: str) -> dict[str, str]:
        self.runtime.settings.debug_reasons = True
        body = SyncBody(user_id=user, page_view_id=f"p{self.now}", debug=True)
        answer = asyncio.run(sync(self.runtime, body))
        found = {reason["tip"]: reason["code"] for reason in answer["reasons"]}
        return {**found, **{offer["tip"]: "offered" for offer in answer["offers"]}}

    def stored(self, user: str) -> tuple[str, Any]:
        row = self.runtime.store.read_now(lambda tx: load_facts(tx, self.runtime.project_id, user_key(user)))
        assert row is not None
        return row[0], decode(row[1])


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    monkeypatch.setattr(subjects, "INLINE", 5)
    made = World(tmp_path)
    made.did("ivan", "other", times=3)
    made.did("ivan", "use", times=20)
    made.now += 3 * DAY
    made.did("ivan", "page_viewed")
    made.now += MINUTE
    yield made
    made.runtime.store.close()


def test_until_its_history_is_there_an_absence_is_false_and_says_so(world: World) -> None:
    world.publish(OLD, NEVER, FEW, QUIET, NOT, REACHED)
    held = "history_not_covered"
    assert world.reasons("ivan") == {
        "old": "offered", "never": held, "few": held, "quiet": held, "not": held, "reached": held
    }  # fmt: skip
    assert asyncio.run(backfill(world.runtime)) == 1
    assert world.reasons("ivan") == {
        "old": "offered", "never": "when_false", "few": "when_false", "quiet": "offered", "not": "when_false",
        "reached": "goal_reached",
    }  # fmt: skip


def test_what_enough_events_have_made_true_waits_for_no_history(world: World) -> None:
    world.publish(MANY)
    assert world.reasons("ivan") == {"many": "history_not_covered"}
    world.did("ivan", "fresh", times=2)
    world.now += MINUTE
    assert world.reasons("ivan") == {"many": "offered"}


def test_a_short_history_is_folded_anew_while_somebody_waits(world: World) -> None:
    world.did("olga", "use", times=3)
    world.now += MINUTE
    world.publish(NEVER)
    assert world.reasons("olga") == {"never": "when_false"}
    assert world.stored("olga")[0] == world.runtime.rules.plan.fingerprint


def test_what_happens_beside_the_backfill_is_not_lost_and_facts_equal_a_rebuild(world: World) -> None:
    world.publish(OLD, NEVER, FEW)
    world.did("ivan", "use")
    assert world.stored("ivan")[0] == "", "still to be brought in"
    assert asyncio.run(backfill(world.runtime)) == 1
    plan, facts = world.stored("ivan")
    assert (plan, facts.awaiting) == (world.runtime.rules.plan.fingerprint, ())
    world.did("ivan", "use")
    assert verify(world.runtime.store, world.runtime.project_id, world.runtime.rules.plan) == []


def test_atoms_that_no_rule_uses_any_more_are_dropped(world: World) -> None:
    world.publish(OLD, NEVER, FEW)
    asyncio.run(backfill(world.runtime))
    before = set(world.stored("ivan")[1].states)
    world.publish(FEW)
    world.did("ivan", "page_viewed")
    assert set(world.stored("ivan")[1].states) < before
    asyncio.run(backfill(world.runtime))
    assert set(world.stored("ivan")[1].states) == {
        a.id for a in world.runtime.rules.plan.atoms.values() if a.scope == "user"
    }


def test_progress_is_told_and_a_later_change_of_rules_ends_it(world: World) -> None:
    for i in range(60):
        world.did(f"u{i:02}", "use")
    world.publish(NEVER)
    told: list[tuple[int, int]] = []

    def progress(done: int, of: int) -> None:
        told.append((done, of))
        assert world.runtime.rules.backfill is not None

    assert asyncio.run(backfill(world.runtime, progress)) == 61
    assert told == [(50, 61), (61, 61)]
    assert world.runtime.rules.backfill is None
    world.publish(NEVER, FEW)
    assert asyncio.run(backfill(world.runtime, lambda done, of: world.publish(OLD))) == 50
