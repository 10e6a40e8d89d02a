"""Accounts kept up to date: whoever changed or has a new day is looked at, and what rules may know comes back as events."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from typer.testing import CliRunner

from waypost.cli import app
from waypost.model import DAY, GROUP, HOUR, IDENTIFY, MINUTE, Event
from waypost.service.clock import Clock
from waypost.service.journal import record
from waypost.service.rebuild import verify
from waypost.service.runtime import Runtime
from waypost.service.start import open_runtime
from waypost.settings import LIMITS, Settings
from waypost.store import accounts
from waypost.store.accounts import StoredAccount
from waypost.store.events import everything
from waypost.store.sqlite import Tx
from waypost.store.tasks import add_task, change_task, list_tasks
from waypost.success.portfolio import Body
from waypost.web import looks
from waypost.web.background import alerts_hook
from waypost.web.looks import look_at_due, recount

START = 1_800_057_600_000 + 8 * HOUR  # Saturday 16 January 2027, 08:00 UTC
PROJECT = {
    "key_actions": ["edit"],
    "stages": [
        {"id": "churned", "when": {"==": [{"var": "account.status"}, "churned"]}},
        {"id": "onboarding", "when": {"<": [{"var": "account.age_days"}, 3]}},
        {"id": "adopting", "when": {"did": {"event": "edit", "scope": "account", "last": "14d"}}},
    ],
}
WENT_RED = {
    "id": "went-red",
    "kind": "alert",
    "text": {"en": {"title": "{account.name} is red"}},
    "trigger": {"on": {"clock": True}, "when": {"==": [{"var": "account.health_band"}, "red"]}},
}


class World:
    """A product with a clock of its own; `restart` is a new process over the same file."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.now, self.sent = folder, START, 0
        (folder / "tips").mkdir(parents=True)
        (folder / "project.json").write_bytes(msgspec.json.encode(PROJECT))
        (folder / "tips" / "went-red.json").write_bytes(msgspec.json.encode(WENT_RED))
        self.runtime = self.open()
        assert self.runtime.rules.problems == []

    def open(self) -> Runtime:
        settings = Settings(database_url=f"sqlite:///{self.folder / 'a.db'}", rules=str(self.folder), write_key="wk")
        return open_runtime(settings, alerts_hook(settings), Clock(lambda: self.now))

    def restart(self) -> None:
        self.runtime.store.close()
        self.runtime = self.open()

    def event(self, what: str, user: str | None = "ann", account: str = "acme", **props: Any) -> None:
        self.sent += 1
        event = Event(
            message_id=f"m{self.sent}",
            name=what,
            t=self.now,
            received_at=self.now,
            user_id=user,
            account_id=account,
            active=what[0] != "$" and user is not None,
            props=props,
        )

        def job(tx: Tx) -> None:
            unit = self.runtime.unit(tx)
            record(self.runtime, unit, [event], self.now)
            unit.save()

        self.runtime.store.write_now(job)

    def look(self) -> int:
        return look_at_due(self.runtime)

    def row(self, account: str = "acme") -> StoredAccount:
        found = self.runtime.store.read_now(lambda tx: accounts.load_account(tx, 1, f"g:{account}"))
        assert found is not None
        return found

    def stages(self) -> list[tuple[str, str]]:
        found = self.runtime.store.read_now(lambda tx: accounts.stages_of(tx, 1, "g:acme"))
        return [(one.before, one.stage) for one in found]

    def log(self) -> list[Event]:
        return self.runtime.store.read_now(lambda tx: [event for _, _, event in everything(tx, 1)])

    def said(self) -> list[dict[str, Any]]:
        """What the server said of accounts."""
        return [event.props for event in self.log() if event.message_id.startswith("look-")]

    def assert_facts_are_the_fold(self) -> None:
        assert verify(self.runtime.store, 1, self.runtime.rules.plan) == []


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path / "w")
    yield made
    made.runtime.store.close()


def test_an_account_is_looked_at_when_something_happened_and_then_not_again(world: World) -> None:
    world.event(GROUP, name="Acme", csm="olga", plan="team", seats=4, mrr=100, renewal="2027-02-01")
    world.event("edit")
    assert (world.look(), world.look()) == (1, 0)
    row = world.row()
    assert (row.name, row.owner, row.plan, row.seats, row.arr) == ("Acme", "olga", "team", 4, 1200)
    assert (row.active, row.wau, row.last_active, row.stage) == (1, 1, START, "onboarding")
    assert datetime.fromtimestamp((row.renewal_day or 0) * DAY / 1000, UTC).date().isoformat() == "2027-02-01"
    world.now += MINUTE
    world.event("edit", user="ben")
    assert (world.look(), world.row().active) == (1, 2)


def test_the_next_local_day_brings_a_look_by_itself(world: World) -> None:
    world.event(GROUP, tz="America/New_York")
    world.look()
    world.now = START + 20 * HOUR + 59 * MINUTE  # 23:59 there, long after midnight in UTC
    assert world.look() == 0
    world.now += MINUTE
    assert world.look() == 1
    assert world.row().day == START // DAY + 1


def test_stage_and_health_come_back_as_events_only_when_they_change(world: World) -> None:
    world.event(GROUP, seats=1)
    world.event("edit")
    world.look()
    assert world.said() == [
        {"stage": "onboarding", "health": round(world.row().health or 0), "health_band": world.row().band}
    ]
    world.look()
    world.now += MINUTE
    world.event("page_viewed")
    world.look()
    assert len(world.said()) == 1
    world.now += 3 * DAY
    world.look()
    assert world.said()[1]["stage"] == "adopting"
    assert world.stages() == [("", "onboarding"), ("onboarding", "adopting")]
    world.assert_facts_are_the_fold()


def test_rules_see_the_health_that_a_look_found(world: World) -> None:
    world.event(GROUP, name="Acme", seats=1)
    world.event("edit")
    world.look()
    world.now += 21 * DAY
    world.look()
    assert (world.row().band, world.row().health) == ("red", world.row().health)
    (task,) = world.runtime.store.read_now(lambda tx: list_tasks(tx, 1, ("open",)))
    assert (task.rule_id, task.title) == ("went-red", {"en": "Acme is red"})
    assert world.look() == 1  # its own task has touched it
    body = msgspec.json.decode(world.row().body, type=Body)
    assert "tasks" in [one.code for one in body.why]
    assert (body.health.override, body.signals.quiet_days) == ("no_key_action", 21)
    assert world.look() == 0
    world.assert_facts_are_the_fold()


def test_a_task_that_opens_or_closes_has_its_account_looked_at(world: World) -> None:
    world.event(GROUP)
    world.look()
    before = world.row().rank

    def job(tx: Tx) -> int:
        return add_task(
            tx, 1, rule_id="r", subject="g:acme", account="g:acme", opened_at=0, noticed_at=0, severity="high", owner="",
            title={}, body={}, context={},
        )  # fmt: skip

    task = world.runtime.store.write_now(job)
    assert (world.look(), world.row().rank) == (1, before + 30)
    world.runtime.store.write_now(lambda tx: change_task(tx, 1, task, owner="max"))
    assert world.look() == 0
    world.runtime.store.write_now(lambda tx: change_task(tx, 1, task, state="done"))
    assert (world.look(), world.row().rank) == (1, before)


def test_health_is_kept_by_week_and_past_weeks_stay(world: World) -> None:
    world.event(GROUP, seats=1, arr=500)
    world.event("edit")
    for _ in range(3):
        world.look()
        world.now += DAY  # Saturday, Sunday, Monday
    weeks = world.runtime.store.read_now(lambda tx: accounts.weeks_of(tx, 1, "g:acme"))
    monday = START // DAY - 5
    assert [(one.week, one.arr) for one in weeks] == [(monday, 500), (monday + 7, 500)]
    assert weeks[0].health is not None
    assert weeks[1].health is not None
    assert weeks[0].health > weeks[1].health


def test_a_churned_account_is_worth_no_call(world: World) -> None:
    world.event(GROUP, seats=9, arr=10**6, renewal="2027-01-20")
    world.event("edit")
    world.look()
    assert world.row().rank > 0
    world.now += MINUTE
    world.event(GROUP, status="churned")
    world.look()
    assert (world.row().rank, world.row().stage) == (0, "churned")


def test_a_kill_between_counting_and_looking_loses_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    class Killed(Exception):
        pass

    def dies(*_: object) -> None:
        raise Killed

    world.event(GROUP, seats=1)
    world.event("edit")
    for name in ("_take_some", "_keep_all"):
        with monkeypatch.context() as patch:
            patch.setattr(f"waypost.web.looks.{name}", dies)
            with pytest.raises(Killed):
                world.look()
        world.restart()
    with monkeypatch.context() as patch:  # all is written, and the transaction is not over
        patch.setattr("waypost.web.looks.record", dies)
        with pytest.raises(Killed):
            world.look()
    world.restart()
    assert (world.look(), world.row().active, len(world.said())) == (1, 1, 1)
    world.assert_facts_are_the_fold()


def test_what_happens_during_a_look_brings_another(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = looks._take_some

    def meanwhile(runtime: Runtime, tx: Tx, now: int, after: str) -> Any:
        found = whole(runtime, tx, now, after)
        if not after:
            runtime.store.write_now(lambda tx: accounts.touch(tx, 1, ["g:acme"]))
        return found

    world.event(GROUP)
    with monkeypatch.context() as patch:
        patch.setattr(looks, "_take_some", meanwhile)
        assert world.look() == 1
    assert (world.look(), world.look()) == (1, 0)


def test_two_looks_at_once_note_one_change_of_the_stage(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = looks._take_some

    def both(runtime: Runtime, tx: Tx, now: int, after: str) -> Any:
        found = whole(runtime, tx, now, after)
        with monkeypatch.context() as patch:
            patch.setattr(looks, "_take_some", whole)
            look_at_due(runtime)
        return found

    world.event(GROUP)
    with monkeypatch.context() as patch:
        patch.setattr(looks, "_take_some", both)
        world.look()
    assert world.stages() == [("", "onboarding")]


def test_a_cancelled_turn_ends_soon_and_is_waited_for(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    begun, ended = threading.Event(), threading.Event()

    def turn(_runtime: Runtime, *, stopped: Callable[[], bool]) -> None:
        begun.set()
        while not stopped():
            threading.Event().wait(0.001)
        ended.set()

    async def cancel() -> None:
        task = asyncio.create_task(looks.keep_looking(world.runtime))
        await asyncio.to_thread(begun.wait)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    monkeypatch.setattr(looks, "look_at_due", turn)
    asyncio.run(cancel())
    assert ended.is_set()


def test_accounts_are_looked_at_in_bounded_transactions(world: World) -> None:
    number = LIMITS.looks + 1
    for i in range(number):
        world.event(GROUP, user=f"u{i}", account=f"a{i}")
    seen: list[tuple[int, int]] = []
    assert look_at_due(world.runtime, lambda done, of: seen.append((done, of))) == number
    assert seen == [(LIMITS.looks, number), (number, number)]


def test_a_recount_changes_nothing(world: World) -> None:
    world.event(GROUP, seats=2, name="Acme")
    world.event(IDENTIFY, name="Ann", role="admin")
    world.event("edit")
    world.look()
    before = world.row()
    recount(world.runtime)
    assert world.look() == 1
    assert world.row() == before
    assert len(world.said()) == 1


def test_the_health_of_an_anonymous_visitor_who_signed_up_counts_one_person(world: World) -> None:
    world.event(GROUP, seats=4)

    def job(tx: Tx) -> None:
        unit = world.runtime.unit(tx)
        anon = Event(
            message_id="a1",
            name="edit",
            t=world.now,
            received_at=world.now,
            anon_id="x",
            account_id="acme",
            active=True,
        )
        known = msgspec.structs.replace(
            anon, message_id="a2", user_id="ann", t=world.now + 1, received_at=world.now + 1
        )
        record(world.runtime, unit, [anon], world.now)
        record(world.runtime, unit, [known], world.now + 1)
        unit.save()

    world.runtime.store.write_now(job)
    world.look()
    assert (world.row().active, world.row().wau) == (1, 1)


def test_whom_a_person_leaves_is_looked_at_too_and_knows_the_contact_is_gone(world: World) -> None:
    world.event(GROUP)
    world.event(IDENTIFY, name="Ann", role="admin")
    world.event("edit")
    world.look()
    world.now += MINUTE
    world.event(GROUP, account="beta")
    assert world.look() == 2
    body = msgspec.json.decode(world.row().body, type=Body)
    assert (body.signals.contact_gone, body.health.override) == (True, "champion_left")
    assert world.row("beta").active == 0


def test_what_a_server_or_a_test_user_did_is_nobodys_use(world: World) -> None:
    world.event(GROUP)
    world.event("edit")
    world.event(GROUP, user="bot")
    world.event(IDENTIFY, user="bot", test_user=True)
    world.event("edit", user="bot")
    world.event("edit", user=None)
    world.look()
    assert (world.row().active, world.row().wau) == (1, 1)


def test_the_command_line_looks_at_what_is_due(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.event(GROUP, seats=1)
    world.event("edit")
    monkeypatch.setenv("WAYPOST_DATABASE_URL", f"sqlite:///{world.folder / 'a.db'}")
    monkeypatch.setenv("WAYPOST_RULES", str(world.folder))
    monkeypatch.setenv("WAYPOST_WRITE_KEY", "wk")
    for options, said in (((), "1"), ((), "0"), (("--recount",), "1")):
        answer = CliRunner().invoke(app, ["accounts", "refresh", *options])
        assert (answer.exit_code, answer.output.splitlines()[-1]) == (0, f"Accounts looked at: {said}.")
