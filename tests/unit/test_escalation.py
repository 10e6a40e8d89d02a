"""A tip that is not enough opens a CSM task: told in its own document, once, with the true time, closed by the goal."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from waypost.engine.rule_tests import run_rule_test
from waypost.model import CSM_TASK, DAY, HOUR, MINUTE, TIP, Event, Json
from waypost.rules.check import check_folder, explain_defaults
from waypost.rules.compile import compile_rules
from waypost.rules.testfile import RuleTest, load_tests
from waypost.rules.words import trigger_words
from waypost.service.clock import Clock
from waypost.service.journal import record
from waypost.service.rebuild import verify
from waypost.service.start import open_runtime
from waypost.settings import Settings
from waypost.store.sqlite import Tx
from waypost.store.tasks import StoredTask, change_task, list_tasks
from waypost.store.versions import versions_of
from waypost.web.background import alerts_hook, reload_rules, run_due

START = 1_800_000_000_000
IGNORED = 30 * MINUTE
NAME = "schedule:escalation"
TIP_RULE: dict[str, Any] = {
    "id": "schedule",
    "name": "Schedule *it*",
    "text": {"en": {"title": "Schedule it", "body": "It arrives on Monday."}},
    "placement": {"surface": "inline", "anchor": "a"},
    "trigger": {"when": {"did": {"event": "exported", "min": 3}}},
    "goal": {"did": {"event": "scheduled", "last": "30d"}},
    "alert": {
        "owner": "account.csm",
        "severity": "high",
        "sla": "2d",
        "escalate": {"ignored": 2, "unmet": "7d"},
    },
}


def tip_rule(**escalate: Json) -> dict[str, Any]:
    return {**TIP_RULE, "alert": {**TIP_RULE["alert"], "escalate": escalate}}


class World:
    """A product with a clock of its own, and Ivan of Acme before his browser."""

    def __init__(self, folder: Path, rule: dict[str, Any]) -> None:
        self.folder, self.now, self.sent = folder, START, 0
        (folder / "tips").mkdir(parents=True)
        self.rule(rule)
        settings = Settings(database_url=f"sqlite:///{folder / 'a.db'}", rules=str(folder), write_key="wk")
        self.runtime = open_runtime(settings, alerts_hook, Clock(lambda: self.now))
        assert not self.runtime.rules.broken, self.runtime.rules.problems
        self.event("$group", props={"name": "Acme", "csm": "olga"})
        self.event("$identify", props={"name": "Ivan"})

    def rule(self, document: dict[str, Any]) -> None:
        (self.folder / "tips" / f"{document['id']}.json").write_bytes(msgspec.json.encode(document))

    def event(self, name: str, at: int | None = None, **fields: Any) -> None:
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

    def met(self, what: str = "viewed", offer: str = "", **more: Any) -> None:
        """Ivan meets the tip; each view is an offer of its own."""
        offer = offer or f"o{self.sent}"
        self.event(TIP, props={"tip": "schedule", "what": what, "offer": offer, "category": "general", **more})

    def later(self, ms: int) -> None:
        self.now += ms
        asyncio.run(run_due(self.runtime))

    def tasks(self) -> list[StoredTask]:
        """Oldest first."""
        states = ("open", "snoozed", "done", "closed")
        found = self.runtime.store.read_now(lambda tx: list_tasks(tx, self.runtime.project_id, states))
        return sorted(found, key=lambda task: task.id)


def in_a_world(folder: Path, rule: dict[str, Any]) -> Iterator[World]:
    made = World(folder, rule)
    yield made
    assert verify(made.runtime.store, made.runtime.project_id, made.runtime.rules.plan) == []
    made.runtime.store.close()


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    yield from in_a_world(tmp_path, TIP_RULE)


def test_a_tip_that_was_ignored_twice_opens_one_task_half_an_hour_after_the_second(world: World) -> None:
    world.met()
    world.later(DAY)
    assert world.tasks() == []
    world.met()
    second = world.now
    world.later(IGNORED - 1)
    assert world.tasks() == []
    world.later(1)
    (task,) = world.tasks()
    assert (task.rule_id, task.subject, task.account, task.opened_at) == (NAME, "u:ivan", "g:acme", second + IGNORED)
    assert (task.owner, task.severity, task.due_at) == ("olga", "high", task.opened_at + 2 * DAY)
    assert task.title == {
        "en": "Ivan ignored “Schedule *it*” twice",
        "ru": "Ivan: подсказка «Schedule *it*» дважды без ответа",
    }
    assert task.context["tip"] == "schedule"
    world.met()
    world.later(DAY)
    assert len(world.tasks()) == 1


def test_an_answer_in_time_is_no_ignoring(world: World) -> None:
    world.met(offer="a")
    world.later(DAY)
    world.met(offer="b")
    world.later(10 * MINUTE)
    world.met("dismissed", offer="b")
    world.later(DAY)
    assert world.tasks() == []


def test_a_goal_that_is_not_reached_seven_days_after_the_tip_opens_a_task_with_the_true_time(world: World) -> None:
    world.met(offer="a")
    seen = world.now
    world.met("clicked", offer="a")
    world.later(7 * DAY - 1)
    assert world.tasks() == []
    world.later(3 * DAY)
    (task,) = world.tasks()
    assert (task.opened_at, task.noticed_at) == (seen + 7 * DAY, world.now)
    assert task.title["en"] == "Ivan saw “Schedule *it*” 7 days ago, and its goal is not reached"
    assert task.title["ru"] == "Ivan: после подсказки «Schedule *it*» прошло 7 дней, цель не достигнута"


def test_whoever_reached_the_goal_in_time_is_left_in_peace(world: World) -> None:
    world.met(offer="a")
    world.met("clicked", offer="a")
    world.later(6 * DAY)
    world.event("scheduled")
    world.later(100 * DAY)
    assert world.tasks() == [], "also when the goal's own window is over"


def test_the_goal_closes_the_task_and_the_same_tip_opens_none_again(world: World) -> None:
    world.met()
    world.later(7 * DAY)
    world.event("scheduled")
    (task,) = world.tasks()
    assert (task.state, task.closed_by, task.closed_at) == ("closed", "clear", world.now)
    world.later(29 * DAY)
    world.met()
    world.later(8 * DAY)
    assert len(world.tasks()) == 1, "the goal has lapsed, but nobody is called twice in a quarter"


def test_what_a_person_closed_stays_closed(world: World) -> None:
    world.met()
    world.later(7 * DAY)
    (task,) = world.tasks()
    done = {"state": "done", "closed_at": world.now, "closed_by": "person"}
    world.runtime.store.write_now(lambda tx: change_task(tx, world.runtime.project_id, task.id, **done))
    for _ in range(5):
        world.later(30 * DAY)
        world.met()
    world.later(DAY)
    assert [one.state for one in world.tasks()] == ["done"]


@pytest.mark.parametrize("how", ["ghost", "preview"])
def test_nobody_of_the_control_group_ignores_what_they_were_not_shown(world: World, how: str) -> None:
    for _ in range(3):
        world.met("ghost" if how == "ghost" else "viewed", **({"preview": True} if how == "preview" else {}))
        world.later(DAY)
    world.later(30 * DAY)
    assert world.tasks() == []


def test_a_late_answer_closes_a_task_that_was_wrong(tmp_path: Path) -> None:
    for world in in_a_world(tmp_path, {**tip_rule(ignored=1), "goal": {"did": {"event": "scheduled"}}}):
        world.met(offer="a")
        seen = world.now
        world.later(HOUR)
        assert [task.state for task in world.tasks()] == ["open"]
        world.event("scheduled", at=seen + MINUTE)
        assert [task.state for task in world.tasks()] == ["closed"]


def test_without_a_goal_a_click_after_all_closes_it(tmp_path: Path) -> None:
    rule = {name: part for name, part in tip_rule(ignored=1).items() if name != "goal"}
    for world in in_a_world(tmp_path, rule):
        world.met()
        world.later(IGNORED)
        assert [task.title["en"] for task in world.tasks()] == ["Ivan ignored “Schedule *it*” once"]
        world.met("clicked", offer="z")
        assert [task.closed_by for task in world.tasks()] == ["clear"]


def test_a_paused_tip_opens_none_and_one_without_escalation_closes_its_tasks(world: World) -> None:
    world.met()
    world.rule({**TIP_RULE, "state": "paused"})
    asyncio.run(reload_rules(world.runtime))
    world.later(8 * DAY)
    assert world.tasks() == []
    world.rule(TIP_RULE)
    asyncio.run(reload_rules(world.runtime))
    (task,) = world.tasks()
    assert task.opened_at == START + 7 * DAY
    world.rule({name: part for name, part in TIP_RULE.items() if name != "alert"})
    asyncio.run(reload_rules(world.runtime))
    assert [one.closed_by for one in world.tasks()] == ["rule_removed"]
    versions = world.runtime.store.read_now(lambda tx: versions_of(tx, world.runtime.project_id, "schedule"))
    assert [version.version for version in versions] == [4, 3, 2, 1]
    assert world.runtime.store.read_now(lambda tx: versions_of(tx, world.runtime.project_id, NAME)) == []


def test_the_opening_is_an_event_of_the_person(world: World) -> None:
    world.met()
    world.later(8 * DAY)

    def job(tx: Tx) -> int:
        rows = tx.execute("SELECT COUNT(*) FROM event JOIN event_name n ON n.id=name_id "
                          "WHERE event.project_id=? AND name=? AND subject='u:ivan'",
                          (world.runtime.project_id, CSM_TASK))  # fmt: skip
        return int(rows.fetchone()[0])

    assert world.runtime.store.read_now(job) == 1


def test_a_shadow_or_draft_tip_escalates_to_nobody(tmp_path: Path) -> None:
    for state in ("shadow", "draft", "paused", "retired"):
        plan, problems = compile_rules({"a.json": {**TIP_RULE, "state": state}}, {}, {}, {})
        assert problems == []
        assert plan.resting[NAME].state == ("draft" if state == "shadow" else state)


def test_check_explains_the_alert_beside_its_tip(tmp_path: Path) -> None:
    (tmp_path / "tips").mkdir()
    (tmp_path / "tips" / "a.json").write_bytes(msgspec.json.encode(TIP_RULE))
    plan, problems = check_folder(tmp_path)
    assert problems == []
    assert sorted(rule.id for rule in plan.all) == ["schedule", NAME]
    alert = plan.rules[NAME]
    assert trigger_words(alert, "en") == (
        "tip “schedule” was ignored at least 2 times, or tip “schedule” was seen, 7 days ago or earlier, and not "
        "(tip “schedule” was completed, or “scheduled” at least 1 time in the last 30 days)"
    )
    assert explain_defaults(alert)["kind"] == "alert"


def test_a_goal_too_deep_to_stand_in_an_alert_is_named_at_the_escalation() -> None:
    goal: Any = {"var": "user.role"}
    for _ in range(29):
        goal = {"!!": goal}
    _, problems = compile_rules({"a.json": {**TIP_RULE, "goal": goal}}, {}, {}, {})
    assert [(problem.path, problem.code) for problem in problems] == [("alert.escalate", "too_deep")]


def test_a_long_name_with_marks_of_its_own_stands_in_the_title_as_it_is() -> None:
    for name in ("x" * 200, "{user.name} *and* [more](x) \\ !", "&amp; <b>"):
        plan, problems = compile_rules({"a.json": {**TIP_RULE, "name": name}}, {}, {}, {})
        assert problems == []
        assert NAME in plan.rules


TESTS: dict[str, Any] = {
    "rule": NAME,
    "start": "2026-03-02T09:00",
    "user": {"id": "ivan", "since": "-30d"},
    "tests": [
        {
            "name": "ignored twice",
            "events": [{"at": "0s", "tip": "schedule"}, {"at": "1d", "tip": "schedule", "did": "ignored"}],
            "expect": [{"at": "1d29m59s", "opens": False}, {"at": "1d30m", "opens": True}],
        },
        {
            "name": "unmet, and then reached",
            "events": [
                {"at": "0s", "tip": "schedule"},
                {"at": "1m", "tip": "schedule", "did": "clicked"},
                {"at": "9d", "event": "scheduled"},
            ],
            "expect": [
                {"at": "6d23h", "opens": False},
                {"at": "7d", "opens": True},
                {"at": "9d1m", "opens": False},
            ],
        },
    ],
}


def test_rule_tests_know_the_alert_of_a_tip(tmp_path: Path) -> None:
    for name, document in (("tips/a.json", TIP_RULE), ("tests/a.json", TESTS)):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(msgspec.json.encode(document))
    tests, problems = load_tests(tmp_path)
    assert problems == []
    plan, _ = check_folder(tmp_path)

    def failures(test: RuleTest) -> list[str]:
        return [failure.message for failure in run_rule_test(plan, test)]

    assert [failures(test) for test in tests] == [[], []]
