"""waypost check: exit codes, and lines that say file, place, what is wrong and what was meant."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Waypost

RIGHT: dict[str, Any] = {
    "id": "export-schedule",
    "text": {"en": {"title": "Send this report by itself"}},
    "placement": {"surface": "corner"},
    "trigger": {"when": {"did": {"event": "report_exported", "min": 3, "last": "7d"}}},
}
CHIAN = {**RIGHT, "id": "x", "trigger": {"when": {"and": [True, {"chian": {"ref": "import"}}]}}}
LONG = {**RIGHT, "id": "long", "text": {"en": {"title": "x" * 70}}}


@pytest.fixture
def tips(tmp_path: Path) -> Path:
    folder = tmp_path / "rules" / "tips"
    folder.mkdir(parents=True)
    (folder / "right.json").write_text(json.dumps(RIGHT))
    return folder


def test_right_rules_are_exit_0(waypost: Waypost, tips: Path) -> None:
    ran = waypost("check")
    assert (ran.code, ran.out, ran.err) == (0, "1 rule right, 0 mistakes, 0 pieces of advice\n", "")


def test_mistakes_are_exit_1_and_all_are_told(waypost: Waypost, tips: Path) -> None:
    (tips / "x.json").write_text(json.dumps(CHIAN))
    (tips / "y.json").write_text('{"id": "y",\n}')
    ran = waypost("check", "rules")
    assert ran.code == 1
    first, second = ran.out.splitlines()
    assert first == 'rules/tips/x.json: trigger.when.and[1]: unknown operator "chian"; did you mean "chain"?'
    assert second.startswith("rules/tips/y.json: not JSON: ")
    assert second.endswith("(line 2, column 1)")
    assert ran.err == "1 rule right, 2 mistakes, 0 pieces of advice\n"


def test_advice_alone_is_exit_0(waypost: Waypost, tips: Path) -> None:
    (tips / "long.json").write_text(json.dumps(LONG))
    ran = waypost("check", "rules")
    assert ran.code == 0
    assert ran.out.splitlines() == [
        "rules/tips/long.json: text.en.title: 70 characters; 60 read well  (advice)",
        "2 rules right, 0 mistakes, 1 piece of advice",
    ]


def test_a_folder_that_there_is_not_is_exit_1_and_one_line(waypost: Waypost) -> None:
    ran = waypost("check", "nowhere")
    assert (ran.code, ran.out, ran.err) == (1, "", "waypost: nowhere: there is no such folder of rules\n")


def test_an_empty_folder_is_right(waypost: Waypost, tmp_path: Path) -> None:
    assert (waypost("check", str(tmp_path)).code, waypost("check", str(tmp_path), "--explain").code) == (0, 0)


def test_explain_says_each_rule_in_words_also_beside_mistakes(waypost: Waypost, tips: Path) -> None:
    (tips / "x.json").write_text(json.dumps(CHIAN))
    ran = waypost("check", "rules", "--explain")
    assert ran.code == 1
    assert "export-schedule: “report exported” at least 3 times in the last 7 days" in ran.out.splitlines()
