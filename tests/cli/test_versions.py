"""waypost plan, apply, versions, diff and rollback, as they are typed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Ran, Waypost
from waypost.service.clock import Clock
from waypost.service.start import open_runtime
from waypost.settings import Settings

NOW = 1_795_424_400_000  # Monday 23 November 2026, 09:00 UTC
SIGNED = ("--by", "Ann", "--message", "a try")


def rule(name: str, title: str = "Hello", least: int = 1, **parts: Any) -> dict[str, Any]:
    return {
        "id": name,
        "text": {"en": {"title": title}},
        "placement": {"surface": "corner"},
        "trigger": {"when": {"did": {"event": f"{name}_used", "min": least}}},
        **parts,
    }


class Desk:
    def __init__(self, waypost: Waypost, folder: Path) -> None:
        self.waypost, self.folder = waypost, folder
        (folder / "rules" / "tips").mkdir(parents=True)

    def write(self, *rules: dict[str, Any], folder: str = "rules") -> None:
        (self.folder / folder / "tips").mkdir(parents=True, exist_ok=True)
        for one in rules:
            (self.folder / folder / "tips" / f"{one['id']}.json").write_text(json.dumps(one))

    def serve_once(self) -> list[str]:
        """A server that watches rules/ starts and ends: ids and titles of what is live."""
        url = f"sqlite:///{self.folder / 'waypost.db'}"
        runtime = open_runtime(Settings(database_url=url, rules=str(self.folder / "rules")))
        found = [f"{name} {one.name}" for name, one in runtime.rules.plan.rules.items()]
        runtime.store.close()
        return found

    def run(self, *words: str, code: int = 0) -> list[str]:
        ran: Ran = self.waypost(*words)
        assert ran.code == code, ran
        return (ran.out + ran.err).splitlines()


@pytest.fixture
def desk(waypost: Waypost, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setattr(Clock, "now", lambda _self: NOW)
    made = Desk(waypost, tmp_path)
    made.write(rule("a"), rule("b"), rule("c"))
    made.serve_once()
    return made


def test_plan_says_what_applying_would_change(desk: Desk) -> None:
    assert desk.run("plan") == ["Nothing differs from what is live."]
    desk.write(rule("a", "Hi", 3), rule("c", state="shadow"), rule("d", state="draft"))
    (desk.folder / "rules/tips/b.json").unlink()
    (desk.folder / "rules/project.json").write_text('{"frequency": {"day": 1}}')
    assert desk.run("plan") == [
        "~ a",
        '    text.en.title: "Hello" → "Hi"',
        "    trigger.when.did.min: 1 → 3",
        "- b (live)",
        "~ c (live → shadow)",
        '    + state: "shadow"',
        "+ d (draft)",
        "~ project.json",
        '    + frequency: {"day": 1}',
        "1 condition will read the past from the log",
    ]
    assert desk.run("versions", "a") == ["   1  2026-11-23 09:00  live     folder  in force"]


def test_apply_publishes_with_author_and_words_and_outlives_a_start(desk: Desk) -> None:
    desk.write(rule("a", "Hi"), rule("b"), rule("c"), folder="release")
    assert desk.run("apply", "release", *SIGNED) == ["~ a", '    text.en.title: "Hello" → "Hi"', "Published."]
    assert desk.run("versions", "a") == [
        "   2  2026-11-23 09:00  live     Ann  a try  in force",
        "   1  2026-11-23 09:00  live     folder",
    ]
    assert desk.serve_once() == ["a Hi", "b Hello", "c Hello"]
    assert desk.run("apply", "release", *SIGNED) == ["Nothing differs from what is live.", "Nothing to publish."]


@pytest.mark.parametrize("words", [("plan",), ("apply", *SIGNED)])
def test_both_refuse_what_check_refuses_with_the_same_lines(desk: Desk, words: tuple[str, ...]) -> None:
    desk.write(rule("a", tigger=1), rule("c", state="shadwo"))
    told = desk.run("check", "rules", code=1)
    assert len(told) == 3
    assert desk.run(words[0], "rules", *words[1:], code=1) == told[:2]
    assert len(desk.run("versions", "a")) == 1


def test_rollback_is_a_new_version_that_lasts_until_the_folder_changes(desk: Desk) -> None:
    desk.write(rule("a", "Hi"))
    desk.serve_once()
    assert desk.run("rollback", "a", *SIGNED) == [
        "a: version 3 is version 1 again. It stays until the folder of rules changes."
    ]
    assert desk.serve_once()[0] == "a Hello"
    assert desk.run("plan") == ["~ a", '    text.en.title: "Hello" → "Hi"']
    assert desk.run("diff", "a") == ["a: version 2 → 3", '  text.en.title: "Hi" → "Hello"']
    assert desk.run("diff", "a", "1", "3") == ["a: version 1 → 3", "  no difference"]
    desk.write(rule("d"))
    assert desk.serve_once()[0] == "a Hi"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("versions", "zzz"), "waypost: there is no rule 'zzz'"),
        (("diff", "a"), "waypost: there is no version 0 of 'a'; there are 1 to 1"),
        (("rollback", "a", *SIGNED), "waypost: there is no version before this one"),
        (("rollback", "a", "--to", "1", *SIGNED), "waypost: version 1 is what is in force already"),
        (("rollback", "a", "--to", "9", *SIGNED), "waypost: there is no version 9; there are 1 to 1"),
        (("rollback", "a", "--by", "x" * 101, "--message", "y"), "waypost: --by has at most 100 characters"),
        (("plan", "nowhere"), "waypost: nowhere: there is no such folder of rules"),
    ],
)
def test_what_cannot_be_done_is_one_line(desk: Desk, words: tuple[str, ...], said: str) -> None:
    assert desk.run(*words, code=1) == [said]


def test_tests_and_backtests_take_a_draft_for_live(desk: Desk) -> None:
    desk.write(rule("a", state="draft"))
    (desk.folder / "rules/tests").mkdir()
    (desk.folder / "rules/tests/a.json").write_text(
        json.dumps(
            {
                "rule": "a", "start": "2026-03-02T09:00", "user": {"id": "ivan"},
                "tests": [{"name": "used", "events": [{"at": "1m", "event": "a_used"}], "expect": [{"at": "2m", "shows": True}]}],
            }
        )
    )  # fmt: skip
    assert desk.run("test")[0].startswith("ok")
    assert any(line.startswith("a (corner)") for line in desk.run("backtest"))
