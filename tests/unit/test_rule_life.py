"""Versions of a rule: who made them, the way back, and what a watched folder has to say about it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.unit.test_rules_live import HOUR, START, Folder, rule
from waypost.errors import Invalid, NotFound
from waypost.rules.diff import changes
from waypost.service.life import move, roll_back
from waypost.service.runtime import Runtime
from waypost.service.sync import Feedback, SyncBody, sync
from waypost.store.versions import versions_of
from waypost.web.background import reload_rules, watch


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Folder]:
    made = Folder(tmp_path)
    yield made
    made.stop()


@pytest.fixture
def two(folder: Folder) -> Runtime:
    """Two versions of `a`."""
    folder.write("tips/a.json", rule("a", "First"))
    runtime = folder.start()
    folder.now += HOUR
    folder.write("tips/a.json", rule("a", "Second"))
    assert asyncio.run(reload_rules(runtime))
    folder.now += HOUR
    return runtime


def listed(runtime: Runtime, rule_id: str = "a") -> list[tuple[int, str, str, str]]:
    found = runtime.store.read_now(lambda tx: versions_of(tx, runtime.project_id, rule_id))
    return [(v.version, v.author, v.message, v.state) for v in found]


def title(runtime: Runtime, rule_id: str = "a") -> Any:
    found = runtime.rules.plan.find(rule_id)
    assert found is not None
    return found.source["text"]["en"]["title"]


def back(runtime: Runtime, to: int | None = None) -> int:
    return roll_back(runtime.rules, "a", to, runtime.clock.now(), "Ann", "too loud")


def test_a_rollback_is_a_new_version_with_its_author_and_words(two: Runtime) -> None:
    assert back(two) == 1
    assert listed(two) == [(3, "Ann", "too loud", "live"), (2, "folder", "", "live"), (1, "folder", "", "live")]
    found = two.store.read_now(lambda tx: versions_of(tx, two.project_id, "a"))
    assert [(v.live_from, v.live_until) for v in found] == [
        (START + 2 * HOUR, None), (START + HOUR, START + 2 * HOUR), (START, START + HOUR),
    ]  # fmt: skip
    assert (title(two), two.rules.plan.rules["a"].version) == ("First", 3)
    assert back(two) == 2
    assert (title(two), len(listed(two))) == ("Second", 4)


@pytest.mark.parametrize(("to", "error"), [(2, Invalid), (7, NotFound), (0, NotFound)])
def test_a_rollback_to_nowhere_changes_nothing(two: Runtime, to: int, error: type[Exception]) -> None:
    with pytest.raises(error):
        back(two, to)
    assert (title(two), len(listed(two))) == ("Second", 2)


def test_an_older_version_that_is_wrong_today_stays_history(folder: Folder) -> None:
    folder.write("segments.json", {"vip": {"users": ["ivan"]}})
    folder.write("tips/a.json", {**rule("a"), "audience": {"seg": "vip"}})
    runtime = folder.start()
    folder.write("segments.json", {})
    folder.write("tips/a.json", rule("a"))
    assert asyncio.run(reload_rules(runtime))
    with pytest.raises(Invalid, match="vip"):
        back(runtime)
    assert (len(listed(runtime)), runtime.rules.broken) == (2, False)


def test_a_rollback_outlives_a_restart_and_a_file_that_is_only_touched(folder: Folder, two: Runtime) -> None:
    back(two)
    folder.write("tips/a.json", msgspec.json.format(msgspec.json.encode(rule("a", "Second"))).decode())
    assert asyncio.run(reload_rules(two))
    assert (title(two), two.rules.differs) == ("First", ["a"])
    again = folder.start()
    assert (title(again), again.rules.differs, again.rules.broken) == ("First", ["a"], False)


def test_a_rollback_ends_when_the_folder_says_something_new(folder: Folder, two: Runtime) -> None:
    back(two)
    folder.write("tips/b.json", rule("b"))
    assert asyncio.run(reload_rules(two))
    assert (title(two), two.rules.differs, listed(two)[0][:2]) == ("Second", [], (4, "folder"))


@pytest.mark.parametrize("mistake", ["{", rule("a", "Second")], ids=["not JSON", "the same rule twice"])
def test_a_mistake_in_the_folder_does_not_hide_behind_what_is_known(
    folder: Folder, two: Runtime, mistake: Any
) -> None:
    back(two)
    folder.write("tips/b.json", mistake)
    assert not asyncio.run(reload_rules(two))
    assert (title(two), two.rules.broken, two.rules.differs) == ("First", True, ["a"])


def test_what_another_process_published_is_taken_over(folder: Folder, two: Runtime) -> None:
    other = folder.start(publish=False)
    assert not two.rules.overtaken()
    back(other)
    assert (title(two), two.rules.overtaken()) == ("Second", True)
    asyncio.run(watch(two))
    assert (title(two), two.rules.overtaken(), two.rules.differs) == ("First", False, ["a"])


def test_a_removed_rule_comes_back_as_it_was_last(folder: Folder, two: Runtime) -> None:
    (folder.path / "rules/tips/a.json").unlink()
    assert asyncio.run(reload_rules(two))
    assert back(two) == 2
    assert (title(two), two.rules.differs, len(listed(two))) == ("Second", ["a"], 3)


def test_states_are_versions(folder: Folder) -> None:
    folder.write("tips/a.json", {**rule("a"), "state": "draft"})
    runtime = folder.start()
    for state in ("shadow", "live", "paused", "live", "retired"):
        move(runtime.rules, "a", state, folder.now, "Ann", "")
    assert [state for _, _, _, state in listed(runtime)] == ["retired", "live", "paused", "live", "shadow", "draft"]
    assert (set(runtime.rules.plan.rules), set(runtime.rules.plan.resting)) == (set(), {"a"})
    for state in ("live", "draft"):
        with pytest.raises(Invalid, match="a rule that is retired can become"):
            move(runtime.rules, "a", state, folder.now, "Ann", "")
    with pytest.raises(NotFound):
        move(runtime.rules, "zzz", "live", folder.now, "Ann", "")
    assert back(runtime, 5) == 5
    assert set(runtime.rules.plan.rules) == {"a"}


def test_a_rule_that_is_resumed_is_what_the_folder_says_again(two: Runtime) -> None:
    move(two.rules, "a", "paused", START, "Ann", "")
    assert two.rules.differs == ["a"]
    move(two.rules, "a", "live", START, "Ann", "")
    assert two.rules.differs == []


def test_views_and_dismissals_carry_over_a_rollback(folder: Folder) -> None:
    def hello(text: str) -> dict[str, Any]:
        return {**rule("a", text), "trigger": {"when": True}, "placement": {"surface": "hotspot", "anchor": "x"}}

    folder.write("tips/a.json", hello("First"))
    runtime = folder.start()
    folder.write("tips/a.json", hello("Second"))
    assert asyncio.run(reload_rules(runtime))

    def ask(*feedback: Feedback) -> list[dict[str, Any]]:
        body = SyncBody(user_id="ivan", page_view_id="p", feedback=list(feedback))
        offers: list[dict[str, Any]] = asyncio.run(sync(runtime, body))["offers"]
        return offers

    (offer,) = ask()
    ask(*(Feedback(offer_id=offer["offer_id"], what=what) for what in ("viewed", "dismissed")))
    back(runtime)
    found = runtime.rules.plan.rules["a"]
    assert (found.version, found.source["text"]["en"]["title"]) == (3, "First")
    assert ask() == []
    why = runtime.store.read_now(
        lambda tx: tx.execute(
            "SELECT COUNT(*) FROM tip_day WHERE project_id=? AND outcome='held:repeat_cooldown'", (1,)
        )
    ).fetchone()
    assert why[0] == 1


def test_a_diff_names_each_place() -> None:
    old = {"id": "a", "note": "x", "trigger": {"when": {"and": [1, {"did": {"min": 3}}]}}, "n": 1}
    new = {"id": "a", "trigger": {"when": {"and": [1, {"did": {"min": 5}}, True]}}, "n": True, "goal": {"var": "x"}}
    assert [change.line() for change in changes(old, new)] == [
        '- note: "x"',
        "trigger.when.and[1].did.min: 3 → 5",
        "+ trigger.when.and[2]: true",
        "n: 1 → true",
        '+ goal: {"var": "x"}',
    ]
    assert list(changes(old, old)) == []
