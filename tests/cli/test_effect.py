"""waypost effect, and what waypost check says of a control group that is too small, over a database with records."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Waypost
from waypost.model import DAY
from waypost.service.clock import Clock
from waypost.service.start import open_runtime
from waypost.settings import Settings
from waypost.store import tips

TIP = {
    "id": "export-schedule",
    "text": {"en": {"title": "Send this report by itself"}},
    "placement": {"surface": "corner"},
    "trigger": {"when": {"did": {"event": "report_exported"}}},
    "goal": {"did": {"event": "export_scheduled"}},
    "policy": {"holdout": 0.1},
}
ALERT = {
    "id": "gone-quiet",
    "kind": "alert",
    "scope": "user",
    "text": {"en": {"title": "Gone quiet"}},
    "trigger": {"on": {"clock": True}, "when": {"inactive": {"for": "14d"}}},
}
DRAWN = {
    **TIP,
    "id": "save-view",
    "variants": [{"share": 0.5, "name": "short", "text": {"en": {"title": "Keep it"}}}],
    "policy": {},
}
SEEN, HELD = 90, 10


@pytest.fixture
def database(tmp_path: Path) -> str:
    """90 people saw the tip ten days ago and 10 were kept from it; one was in both groups."""
    (tmp_path / "rules").mkdir()
    for rule in (TIP, ALERT, DRAWN):
        (tmp_path / "rules" / f"{rule['id']}.json").write_text(json.dumps(rule))
    url = f"sqlite:///{tmp_path / 'waypost.db'}"
    at = Clock().now() - 10 * DAY
    runtime = open_runtime(Settings(database_url=url, rules=str(tmp_path / "rules")), clock=Clock(lambda: at))

    def job(tx: Any) -> None:
        for group, people in (("viewed", SEEN + 1), ("ghost", HELD + 1)):
            for n in range(people):
                who = "u:torn" if n == people - 1 else f"u:{group}-{n}"
                tips.note(tx, runtime.project_id, "export-schedule", at // DAY, group, who, at)
        for n in range(9):
            tips.note(tx, runtime.project_id, "export-schedule", at // DAY, "goal", f"u:viewed-{n}", at + 1)
        for n in range(SEEN):
            for outcome in ("viewed", f"{tips.TEXT}{-(n % 2)}"):
                tips.note(tx, runtime.project_id, "save-view", at // DAY, outcome, f"u:viewed-{n}", at)

    runtime.store.write_now(job)
    runtime.store.close()
    return url


def test_effect_says_what_there_is_and_what_is_needed(waypost: Waypost, database: str) -> None:
    ran = waypost("effect", "export-schedule")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.replace("\u202f", " ").splitlines() == [
        "Not enough data.",
        "Within 7 d 10.0 % of 90 people who saw it reached the goal, and 0.0 % of 10 in the control group.",
        "6,310 people of 6,410 still to come.",
        "About 100 people a month meet it; 9:1 needs 6,410: 65 months. That is too few to learn from one tip: "
        "measure all of them with `holdout` in project.json.",
        "Left out: 1 (were in both groups)",
    ]


def test_effect_speaks_russian(waypost: Waypost, database: str) -> None:
    lines = waypost("effect", "export-schedule", "--lang", "ru").out.splitlines()
    assert (lines[0], lines[-1]) == ("Данных мало.", "Не учтены: 1 (побывали в обеих группах)")


def test_effect_says_which_text_does_better(waypost: Waypost, database: str) -> None:
    lines = waypost("effect", "save-view").out.splitlines()
    assert lines[0] == "Not causal: this tip has no control group."
    assert lines[-1].startswith("Text “short” against the rule’s own text: not enough data. ")
    assert lines[-1].endswith(" still to come.")


@pytest.mark.parametrize(
    ("tip", "line"),
    [
        ("nope", "waypost: there is no live tip 'nope'\n"),
        ("gone-quiet", "waypost: 'gone-quiet' opens a CSM task; nobody sees it on a page\n"),
    ],
)
def test_effect_of_what_nobody_sees_is_refused(waypost: Waypost, database: str, tip: str, line: str) -> None:
    ran = waypost("effect", tip)
    assert (ran.code, ran.out, ran.err) == (1, "", line)


def test_check_says_where_too_few_people_come_to_learn_anything(waypost: Waypost, database: str) -> None:
    ran = waypost("check", "rules", DATABASE_URL=database)
    assert ran.code == 0
    (line,) = [line for line in ran.out.splitlines() if "policy.holdout" in line]
    assert line.startswith(
        "export-schedule: policy.holdout: About 101 people a month meet it; 9:1 needs 6,410: 64 months."
    )
    assert "policy.holdout" not in waypost("check", "rules").out, "nothing is known without a database"
