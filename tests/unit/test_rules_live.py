"""The rules in force: picked up when the folder changes, kept when the change is broken, each change a new version."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from waypost.errors import Unavailable
from waypost.service.clock import Clock
from waypost.service.runtime import Runtime
from waypost.service.start import open_runtime
from waypost.settings import Settings
from waypost.store.versions import Version, versions_of
from waypost.web.background import reload_rules

START = 1_800_000_000_000
HOUR = 3_600_000


def rule(rule_id: str, title: str = "A title", event: str = "report_exported") -> dict[str, Any]:
    return {
        "id": rule_id,
        "text": {"en": {"title": title}},
        "placement": {"surface": "corner"},
        "trigger": {"when": {"did": {"event": event}}},
    }


class Folder:
    """A folder of rules and the product over it; `start` again is a new process over the same database."""

    def __init__(self, path: Path) -> None:
        self.path, self.now = path, START
        (path / "rules" / "tips").mkdir(parents=True)
        self.runtimes: list[Runtime] = []

    def write(self, name: str, content: Mapping[str, Any] | str) -> None:
        text = content if isinstance(content, str) else json.dumps(content)
        (self.path / "rules" / name).write_text(text)

    def start(self, *, publish: bool = True) -> Runtime:
        settings = Settings(
            database_url=f"sqlite:///{self.path / 'a.db'}", rules=str(self.path / "rules"), write_key="k"
        )
        self.runtimes.append(open_runtime(settings, clock=Clock(lambda: self.now), publish=publish))
        return self.runtimes[-1]

    def stop(self) -> None:
        while self.runtimes:
            self.runtimes.pop().store.close()


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Folder]:
    made = Folder(tmp_path)
    yield made
    made.stop()


def reloaded(runtime: Runtime) -> bool:
    return asyncio.run(reload_rules(runtime))


def versions(runtime: Runtime, rule_id: str) -> list[Version]:
    return runtime.store.read_now(lambda tx: versions_of(tx, runtime.project_id, rule_id))


def numbers(runtime: Runtime) -> dict[str, int]:
    return {rule_id: found.version for rule_id, found in runtime.rules.plan.rules.items()}


CHANGES: list[tuple[str, Callable[[Folder], object], dict[str, str]]] = [
    ("a new file", lambda f: f.write("tips/b.json", rule("b")), {"a": "A title", "b": "A title"}),
    ("another text", lambda f: f.write("tips/a.json", rule("a", "Another")), {"a": "Another"}),
    ("a file gone", lambda f: (f.path / "rules/tips/a.json").unlink(), {}),
    ("a file moved", lambda f: (f.path / "rules/tips/a.json").rename(f.path / "rules/a.json"), {"a": "A title"}),
    (
        "a chain",
        lambda f: f.write("chains.json", {"c": {"steps": [{"event": "x"}], "within": "1h"}}),
        {"a": "A title"},
    ),
]


@pytest.mark.parametrize(("change", "names"), [c[1:] for c in CHANGES], ids=[c[0] for c in CHANGES])
def test_a_changed_folder_is_noticed_and_picked_up(
    folder: Folder, change: Callable[[Folder], object], names: dict[str, str]
) -> None:
    folder.write("tips/a.json", rule("a"))
    runtime = folder.start()
    assert not runtime.rules.changed()
    change(folder)
    assert runtime.rules.changed()
    assert reloaded(runtime)
    assert {rule_id: found.name for rule_id, found in runtime.rules.plan.rules.items()} == names
    assert not runtime.rules.changed()


BROKEN: list[tuple[str, str, str]] = [
    ("tips/a.json", '{"id": "a",', "tips/a.json: not JSON: Input data was truncated"),
    ("tips/a.json", json.dumps(rule("a") | {"tigger": 1}), 'tips/a.json: tigger: unknown field "tigger"; did you mean "trigger"?'),
    ("tips/b.json", json.dumps(rule("a")), 'tips/b.json: id: "a" is the id of tips/a.json too'),
    ("chains.json", '{"c": {}}', 'chains.json: c: "steps" is missing'),
]  # fmt: skip


@pytest.mark.parametrize(("name", "content", "line"), BROKEN, ids=[line for _, _, line in BROKEN])
def test_a_broken_change_leaves_the_old_rules_live_and_says_so_also_over_a_restart_until_it_is_mended(
    folder: Folder, name: str, content: str, line: str, caplog: pytest.LogCaptureFixture
) -> None:
    folder.write("tips/a.json", rule("a", "The old words"))
    runtime = folder.start()
    folder.write(name, content)
    with caplog.at_level(logging.WARNING, "waypost"):
        assert not reloaded(runtime)
    for _ in range(2):
        assert [found.name for found in runtime.rules.plan.rules.values()] == ["The old words"]
        assert numbers(runtime) == {"a": 1}
        assert runtime.rules.broken
        assert line in [problem.line() for problem in runtime.rules.problems]
        assert not runtime.rules.changed(), "it is not tried again before it is written again"
        folder.stop()
        runtime = folder.start()
    assert any(line in record.getMessage() for record in caplog.records)
    (folder.path / "rules" / name).unlink()
    folder.write("tips/a.json", rule("a", "New words"))
    assert reloaded(runtime)
    assert [found.name for found in runtime.rules.plan.rules.values()] == ["New words"]
    assert numbers(runtime) == {"a": 2}


def test_a_first_start_over_a_broken_folder_has_no_rules_and_says_why(folder: Folder) -> None:
    folder.write("tips/a.json", "{}")
    runtime = folder.start()
    assert (runtime.rules.plan.rules, runtime.rules.loaded_at, runtime.rules.broken) == ({}, 0, True)


def test_commands_that_only_look_have_the_rules_that_are_live_whatever_the_folder_says(folder: Folder) -> None:
    folder.write("tips/a.json", rule("a", "Live"))
    folder.start()
    folder.write("tips/a.json", rule("a", "Not yet"))
    folder.write("tips/b.json", rule("b"))
    looking = folder.start(publish=False)
    assert {rule_id: found.name for rule_id, found in looking.rules.plan.rules.items()} == {"a": "Live"}


def test_a_change_that_cannot_be_stored_now_still_counts_as_a_change(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    runtime = folder.start()
    folder.write("tips/a.json", rule("a"))

    def full(_job: object) -> None:
        raise Unavailable("the disk is full")

    with monkeypatch.context() as patched:
        patched.setattr(runtime.store, "write_now", full)
        with pytest.raises(Unavailable):
            runtime.rules.load(START)
    assert runtime.rules.changed()
    assert reloaded(runtime)
    assert list(runtime.rules.plan.rules) == ["a"]


def test_an_unchanged_document_keeps_its_version_and_a_changed_one_is_a_new_one(folder: Folder) -> None:
    folder.write("tips/a.json", rule("a"))
    folder.write("tips/b.json", rule("b"))
    runtime = folder.start()
    folder.now += HOUR
    folder.write("tips/a.json", rule("a", "Changed"))
    folder.write("tips/b.json", json.dumps(rule("b"), indent=4, sort_keys=True))
    assert reloaded(runtime)
    assert numbers(runtime) == {"a": 2, "b": 1}
    assert [(v.version, v.live_from, v.live_until) for v in versions(runtime, "a")] == [
        (2, START + HOUR, None),
        (1, START, START + HOUR),
    ]
    assert versions(runtime, "a")[0].body == rule("a", "Changed")
    assert [(v.version, v.live_from, v.live_until) for v in versions(runtime, "b")] == [(1, START, None)]
    folder.stop()
    assert numbers(folder.start()) == {"a": 2, "b": 1}, "a restart changes nothing"


def test_going_back_to_the_old_words_is_a_new_version_too(folder: Folder) -> None:
    folder.write("tips/a.json", rule("a"))
    runtime = folder.start()
    for title in ("Changed", "A title"):
        folder.write("tips/a.json", rule("a", title))
        assert reloaded(runtime)
    assert numbers(runtime) == {"a": 3}


def test_a_removed_rule_ends_and_comes_back_as_a_version_of_its_own(folder: Folder) -> None:
    folder.write("tips/a.json", rule("a"))
    runtime = folder.start()
    folder.now += HOUR
    (folder.path / "rules/tips/a.json").unlink()
    assert reloaded(runtime)
    assert [v.live_until for v in versions(runtime, "a")] == [START + HOUR]
    folder.write("tips/a.json", rule("a"))
    assert reloaded(runtime)
    assert [(v.version, v.live_until) for v in versions(runtime, "a")] == [(2, None), (1, START + HOUR)]


def test_a_broken_change_makes_no_version(folder: Folder) -> None:
    folder.write("tips/a.json", rule("a"))
    runtime = folder.start()
    folder.write("tips/a.json", rule("a", "Changed") | {"tigger": 1})
    folder.write("tips/b.json", rule("b"))
    assert not reloaded(runtime)
    assert [v.version for v in versions(runtime, "a")] == [1]
    assert versions(runtime, "b") == []


def test_since_when_a_rule_names_an_event_is_kept_over_changes_and_restarts(folder: Folder) -> None:
    folder.write("tips/a.json", rule("a", event="exported"))
    runtime = folder.start()
    folder.now += HOUR
    folder.write("tips/b.json", rule("b", event="imported"))
    folder.write("tips/a.json", rule("a", "Changed", event="exported"))
    assert reloaded(runtime)
    named = {"exported": START, "imported": START + HOUR}
    assert runtime.rules.named_since == named
    folder.stop()
    folder.now += HOUR
    assert folder.start().rules.named_since == named
    assert folder.start(publish=False).rules.named_since == named
