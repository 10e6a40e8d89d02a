"""CSM tasks: once per episode, with the true time, also over a restart; closed by what cleared them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from waypost.model import DAY, HOUR, MINUTE, Event
from waypost.service.clock import Clock
from waypost.service.journal import record
from waypost.service.runtime import Runtime
from waypost.service.start import open_runtime
from waypost.settings import Settings
from waypost.store.outbox import unrouted
from waypost.store.sqlite import Tx
from waypost.store.tasks import StoredTask, change_task, due_subjects, list_tasks
from waypost.web.background import alerts_hook, reload_rules, run_due

START = 1_800_000_000_000
STATES = ("open", "snoozed", "done", "closed")
TEXT = {"en": {"title": "{account.name|An account} has gone quiet", "body": "Call them."}}
QUIET = {
    "id": "quiet",
    "kind": "alert",
    "text": TEXT,
    "trigger": {"on": {"clock": True}, "when": {"inactive": {"for": "14d", "scope": "account"}}},
    "repeat": {"mode": "episode", "cooldown": "20d"},
    "alert": {"owner": "account.csm", "sla": "2d", "severity": "high"},
}
STUCK = {
    "id": "stuck",
    "kind": "alert",
    "scope": "user",
    "text": {"en": {"title": "Import left"}},
    "trigger": {"on": {"abandoned": {"ref": "import"}}},
    "repeat": {"mode": "episode", "cooldown": "1h"},
    "alert": {"clear": {"did": {"event": "import_completed", "last": "7d"}}},
}
CHAINS = {"import": {"steps": [{"event": "import_started"}, {"event": "import_completed"}], "within": "30m"}}


class World:
    """A product with a clock of its own; `restart` is a new process over the same file."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.now, self.sent = folder, START, 0
        (folder / "tips").mkdir(parents=True)
        (folder / "chains.json").write_text(msgspec.json.encode(CHAINS).decode())
        self.rule(QUIET)
        self.rule(STUCK)
        self.runtime = self.open()
        assert self.runtime.rules.problems == []

    def rule(self, document: dict[str, Any]) -> None:
        (self.folder / "tips" / f"{document['id']}.json").write_bytes(msgspec.json.encode(document))

    def open(self) -> Runtime:
        settings = Settings(
            database_url=f"sqlite:///{self.folder / 'a.db'}",
            rules=str(self.folder),
            write_key="wk",
        )
        return open_runtime(settings, alerts_hook, Clock(lambda: self.now))

    def restart(self) -> None:
        self.runtime.store.close()
        self.runtime = self.open()
        assert not self.runtime.rules.broken

    def event(self, name: str, at: int | None = None, **fields: Any) -> None:
        """One event of Ivan of Acme, received now."""
        self.sent += 1
        event = Event(
            message_id=f"m{self.sent}",
            name=name,
            t=self.now if at is None else at,
            received_at=self.now,
            user_id="ivan",
            account_id="acme",
            active=not name.startswith("$"),
            **fields,
        )

        def job(tx: Tx) -> None:
            unit = self.runtime.unit(tx)
            record(self.runtime, unit, [event], self.now)
            unit.save()

        self.runtime.store.write_now(job)

    def later(self, ms: int) -> None:
        """Time passes and the background work looks."""
        self.now += ms
        asyncio.run(run_due(self.runtime))

    def tasks(self, rule: str = "quiet") -> list[StoredTask]:
        """Oldest first."""
        found = self.runtime.store.read_now(lambda tx: list_tasks(tx, self.runtime.project_id, STATES))
        return sorted((task for task in found if task.rule_id == rule), key=lambda task: task.id)

    def messages(self) -> list[dict[str, Any]]:
        found = self.runtime.store.read_now(lambda tx: unrouted(tx, self.runtime.project_id, 100))
        return [msgspec.json.decode(message.body) for message in found]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    made.event("$group", props={"name": "Acme", "csm": "olga"})
    made.event("opened")
    yield made
    made.runtime.store.close()


def test_an_account_is_quiet_at_fourteen_days_and_not_a_millisecond_earlier(world: World) -> None:
    world.later(14 * DAY - 1)
    assert world.tasks() == []
    world.later(1)
    (task,) = world.tasks()
    assert (task.state, task.opened_at, task.noticed_at) == ("open", START + 14 * DAY, START + 14 * DAY)


def test_a_task_says_who_and_what_and_by_when(world: World) -> None:
    world.later(14 * DAY)
    (task,) = world.tasks()
    assert task.title == {"en": "Acme has gone quiet"}
    assert (task.account, task.owner, task.severity, task.due_at) == (
        "g:acme",
        "olga",
        "high",
        task.opened_at + 2 * DAY,
    )


def test_a_server_that_was_down_over_the_deadline_opens_one_task_with_the_true_time(world: World) -> None:
    world.runtime.store.close()
    world.now += 17 * DAY
    world.runtime = world.open()
    world.later(0)
    world.later(MINUTE)
    (task,) = world.tasks()
    assert (task.opened_at, task.noticed_at) == (START + 14 * DAY, START + 17 * DAY)
    (message,) = world.messages()
    assert (message["type"], message["data"]["opened_at"]) == ("csm_task.opened", "2027-01-29T08:00:00.000Z")


def test_while_it_is_open_nothing_repeats_over_days_and_restarts(world: World) -> None:
    world.later(14 * DAY)
    for _ in range(3):
        world.later(5 * DAY)
        world.restart()
    assert len(world.tasks()) == len(world.messages()) == 1


def test_the_account_returns_and_the_task_closes_by_itself(world: World) -> None:
    world.later(15 * DAY)
    world.event("opened")
    (task,) = world.tasks()
    assert (task.state, task.closed_by, task.closed_at) == ("closed", "clear", world.now)
    assert [message["type"] for message in world.messages()] == ["csm_task.opened", "csm_task.closed"]


def test_a_late_event_that_makes_the_opening_wrong_closes_it_as_late_data(world: World) -> None:
    world.later(14 * DAY)
    world.event("opened", at=START + 3 * DAY)
    (task,) = world.tasks()
    assert (task.state, task.closed_by) == ("closed", "late_data")


def test_the_next_silence_opens_the_next_task_after_the_cool_down(world: World) -> None:
    world.later(14 * DAY)
    world.event("opened")
    world.later(14 * DAY)
    assert len(world.tasks()) == 1, "20 days have not passed since the first was opened"
    world.later(6 * DAY)
    assert [task.state for task in world.tasks()] == ["closed", "open"]


def test_what_a_person_closed_stays_closed_until_it_was_false_once(world: World) -> None:
    world.later(14 * DAY)
    (task,) = world.tasks()
    world.runtime.store.write_now(
        lambda tx: change_task(tx, world.runtime.project_id, task.id, state="done", closed_at=world.now)
    )
    world.later(40 * DAY)
    assert [task.state for task in world.tasks()] == ["done"]
    world.event("opened")
    world.later(14 * DAY)
    assert [task.state for task in world.tasks()] == ["done", "open"]


def test_a_snoozed_task_comes_back_on_its_day(world: World) -> None:
    world.later(14 * DAY)
    (task,) = world.tasks()
    until = world.now + 3 * DAY
    world.runtime.store.write_now(
        lambda tx: change_task(tx, world.runtime.project_id, task.id, state="snoozed", snoozed_until=until)
    )
    world.later(3 * DAY - 1)
    assert world.tasks()[0].state == "snoozed"
    world.later(1)
    assert world.tasks()[0].state == "open"


def test_each_abandoned_import_is_a_task_of_its_own_at_its_deadline(world: World) -> None:
    world.event("import_started")
    deadline = world.now + 30 * MINUTE
    world.later(30 * MINUTE + 2 * MINUTE)
    assert world.tasks("stuck") == []
    world.later(1)
    (task,) = world.tasks("stuck")
    assert (task.subject, task.opened_at) == ("u:ivan", deadline)


def test_an_import_that_was_finished_in_time_after_all_closes_as_late_data(world: World) -> None:
    world.event("import_started")
    begun = world.now
    world.later(HOUR)
    world.event("import_completed", at=begun + 30 * MINUTE)
    (task,) = world.tasks("stuck")
    assert (task.state, task.closed_by) == ("closed", "late_data")


def test_an_import_finished_later_clears_its_task(world: World) -> None:
    world.event("import_started")
    world.later(HOUR)
    world.event("import_started")
    world.event("import_completed")
    (task,) = world.tasks("stuck")
    assert (task.state, task.closed_by) == ("closed", "clear")


def test_a_removed_rule_closes_its_tasks_and_leaves_no_due_rows(world: World) -> None:
    world.later(14 * DAY)
    (world.folder / "tips" / "quiet.json").unlink()
    assert asyncio.run(reload_rules(world.runtime))
    (task,) = world.tasks()
    assert (task.state, task.closed_by) == ("closed", "rule_removed")
    world.now += 400 * DAY
    due = world.runtime.store.read_now(lambda tx: due_subjects(tx, world.runtime.project_id, world.now, 10))
    assert "g:acme" not in due


def test_a_rule_published_later_finds_the_accounts_that_are_quiet_already(world: World) -> None:
    world.rule({**QUIET, "id": "very-quiet", "trigger": {"when": {"inactive": {"for": "5d", "scope": "account"}}}})
    world.now += 6 * DAY
    assert asyncio.run(reload_rules(world.runtime))
    (task,) = world.tasks("very-quiet")
    assert (task.opened_at, task.noticed_at) == (START + 5 * DAY, START + 6 * DAY)


def test_the_index_asks_again_only_when_time_can_have_changed_something(world: World) -> None:
    rows = world.runtime.store.read_now(lambda tx: tx.execute("SELECT rule_id, subject, at FROM due").fetchall())
    assert [tuple(row) for row in rows] == [("quiet", "g:acme", START + 14 * DAY)]


def test_a_task_closes_by_the_norm_of_a_window_of_the_same_length(world: World) -> None:
    """Two norms of one metric are frozen, of a week and of two: a week that is as ever is half of the other."""

    def fell(recent: str, baseline: Any, by: float = 0.2) -> dict[str, Any]:
        return {
            "dropped": {
                "metric": {"event": "x"},
                "by": by,
                "recent": recent,
                "baseline": baseline,
                "scope": "account",
            }
        }

    when = {"and": [fell("7cd", 4), fell("14cd", 1)]}
    world.rule({**QUIET, "id": "fell", "scope": "account", "trigger": {"on": {"clock": True}, "when": when},
                "alert": {"clear": {"!": fell("7cd", "frozen")}}})  # fmt: skip
    asyncio.run(reload_rules(world.runtime))

    def day(uses: bool) -> None:
        if uses:
            world.event("x", account_day=world.now // DAY)
        world.later(DAY)

    for _ in range(36):
        day(uses=True)
    assert world.tasks("fell") == []
    for _ in range(4):
        day(uses=False)
    assert [task.state for task in world.tasks("fell")] == ["open"]
    for _ in range(8):
        day(uses=True)
    assert [(task.state, task.closed_by) for task in world.tasks("fell")] == [("closed", "clear")]
