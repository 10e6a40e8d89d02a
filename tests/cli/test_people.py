"""waypost why, preview and rejects over a database in which something happened."""

from __future__ import annotations

import asyncio
import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.cli.conftest import Waypost
from waypost.service.clock import Clock
from waypost.service.runtime import Runtime
from waypost.service.start import open_runtime
from waypost.service.sync import SyncBody, sync
from waypost.settings import Settings

TIP = {
    "id": "export-schedule",
    "text": {"en": {"title": "Send this report by itself"}},
    "placement": {"surface": "corner"},
    "trigger": {"when": {"did": {"event": "report_exported", "min": 3, "last": "7d"}}},
}
ALERT = {
    "id": "gone-quiet",
    "kind": "alert",
    "scope": "user",
    "text": {"en": {"title": "Gone quiet"}},
    "trigger": {"on": {"clock": True}, "when": {"inactive": {"for": "14d"}}},
}
NOON = int(datetime(2023, 11, 14, 12, tzinfo=UTC).timestamp() * 1000)
HOUR = 3_600_000


class Site:
    """The product that people visited before somebody sits down at the command line."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.now = folder, NOON
        (folder / "rules").mkdir()
        for rule in (TIP, ALERT):
            (folder / "rules" / f"{rule['id']}.json").write_text(json.dumps(rule))

    def open(self, clock: Clock | None = None) -> Runtime:
        url = f"sqlite:///{self.folder / 'waypost.db'}"
        return open_runtime(Settings(database_url=url, rules=str(self.folder / "rules")), clock=clock)

    def visited(
        self, user: str, exports: int, clock: Clock | None = None, preview: str | None = None
    ) -> dict[str, Any]:
        """One page view with so many exports on it. Returns what may be shown."""
        runtime = self.open(clock)
        event = msgspec.Raw(b'{"type": "track", "event": "report_exported", "ageMs": 5000}')
        body = SyncBody(user_id=user, page_view_id=f"{user}-{self.now}", events=[event] * exports, preview=preview)
        answer = asyncio.run(sync(runtime, body))
        runtime.store.close()
        return answer


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """Ivan exported once at noon, and three times more an hour later."""
    made = Site(tmp_path)
    clock = Clock(lambda: made.now)
    made.visited("ivan", 1, clock)
    made.now += HOUR
    assert [offer["tip"] for offer in made.visited("ivan", 3, clock)["offers"]] == ["export-schedule"]
    return made


HELD, OFFERED = "2023-11-14 12:00:00 UTC  held (when_false)", "2023-11-14 13:00:00 UTC  offered"
ENGLISH, RUSSIAN = (
    "“report exported” at least 3 times in the last 7 days",
    "«report exported» не меньше 3 раз за последние 7 дней",
)
WHY = [
    (["--at", "2023-11-14T12:30"], HELD, "Its condition does not hold", f"{ENGLISH} (1"),
    (["--at", "2023-11-14T15:30+03:00", "--lang", "ru"], HELD, "Её условие не выполнено", f"{RUSSIAN} (пока 1"),
    ([], OFFERED, "It was offered", ENGLISH),
    (["--lang", "ru"], OFFERED, "Подсказка предложена", RUSSIAN),
    (["--at", "2023-11-14"], "No decision was made", "", ""),
    (["--at", "2023-11-14", "--lang", "ru"], "К этому времени решений для этого человека не было", "", ""),
]  # fmt: skip


@pytest.mark.parametrize(("words", "first", "reason", "numbers"), WHY, ids=[" ".join(w[0]) or "now" for w in WHY])
def test_why_answers_in_words_for_any_instant_in_english_and_russian(
    waypost: Waypost, site: Site, words: list[str], first: str, reason: str, numbers: str
) -> None:
    ran = waypost("why", "ivan", "export-schedule", *words)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith(first)
    assert reason in ran.out
    assert numbers in ran.out


@pytest.mark.parametrize(
    ("lang", "said"),
    [
        ("en", "It may come when its condition holds.\nWhat is missing: “report exported” at least 3 times"),
        ("ru", "Она может появиться, когда выполнится её условие.\nНе хватает: «report exported» не меньше 3 раз"),
    ],
)
def test_why_says_what_would_have_to_change(waypost: Waypost, site: Site, lang: str, said: str) -> None:
    assert said in waypost("why", "ivan", "export-schedule", "--at", "2023-11-14T12:30", "--lang", lang).out
    assert said not in waypost("why", "ivan", "export-schedule", "--lang", lang).out


def test_why_knows_a_tip_that_there_was_not(waypost: Waypost, site: Site) -> None:
    ran = waypost("why", "ivan", "export-shedule")
    assert (ran.code, ran.out.splitlines()[1:]) == (0, ["There was no such live tip then."])


def test_a_trace_shows_each_part_with_its_value_and_the_events_behind_it_at_any_instant(
    waypost: Waypost, site: Site
) -> None:
    early = waypost("why", "ivan", "export-schedule", "--at", "2023-11-14T12:30", "--trace")
    assert early.out.splitlines()[-5:] == [
        "export-schedule for ivan at 2023-11-14 12:30:00 UTC, under the rules that are live now:",
        "  audience: yes",
        "  trigger.when: no",
        f"    {ENGLISH}: no   (1 so far)",
        "      · 2023-11-14 11:59:55  report_exported",
    ]
    late = waypost("why", "ivan", "export-schedule", "--at", "2023-11-14T13:30", "--trace").out
    assert f"{ENGLISH}: yes   (3 so far)" in late
    assert late.count("report_exported") == 4
    alert = waypost("why", "ivan", "gone-quiet", "--at", "2023-12-01", "--trace").out
    assert "trigger.when: yes" in alert


def test_why_refuses_a_time_that_is_none(waypost: Waypost, site: Site) -> None:
    ran = waypost("why", "ivan", "export-schedule", "--at", "last Tuesday")
    line = "waypost: --at 'last Tuesday' is not a time; write 2026-01-31T12:00\n"
    assert (ran.code, ran.out, ran.err) == (1, "", line)


def test_a_preview_is_kept_for_the_person_and_its_link_shows_the_tip_to_whoever_opens_it(
    waypost: Waypost, site: Site
) -> None:
    assert site.visited("olga", 0)["offers"] == []
    ran = waypost("preview", "export-schedule", "--user", "olga")
    assert ran.code == 0
    kept, link = ran.out.splitlines()
    assert kept == "olga sees export-schedule on the next page view, for one day."
    token = re.fullmatch(r"Or add this to any address of your app: \?waypost_preview=(\S+)", link)
    assert token is not None
    shown = [(offer["tip"], offer["preview"]) for offer in site.visited("olga", 0)["offers"]]
    assert shown == [("export-schedule", True)]
    assert site.visited("petr", 0)["offers"] == []
    linked = [(offer["tip"], offer["preview"]) for offer in site.visited("petr", 0, preview=token[1])["offers"]]
    assert linked == [("export-schedule", True)]
    assert site.visited("petr", 0, preview=token[1] + "x")["offers"] == []


@pytest.mark.parametrize(
    ("tip", "line"),
    [
        ("export-shedule", "there is no live tip 'export-shedule'"),
        ("gone-quiet", "'gone-quiet' opens a CSM task; there is nothing to see on a page"),
    ],
)
def test_a_preview_of_what_cannot_be_seen_is_refused(waypost: Waypost, site: Site, tip: str, line: str) -> None:
    ran = waypost("preview", tip, "--user", "olga")
    assert (ran.code, ran.out, ran.err) == (1, "", f"waypost: {line}\n")


@pytest.mark.parametrize("words", [["why", "ivan", "x"], ["preview", "x", "--user", "ivan"]], ids=["why", "preview"])
def test_a_look_where_there_is_no_database_says_so_and_makes_none(
    waypost: Waypost, tmp_path: Path, words: list[str]
) -> None:
    ran = waypost(*words)
    line = "waypost: WAYPOST_DATABASE_URL: there is no database 'waypost.db'; where does `waypost serve` keep it?\n"
    assert (ran.code, ran.out, ran.err) == (2, "", line)
    assert list(tmp_path.iterdir()) == []


def test_where_nothing_was_rejected_there_is_nothing_to_list_or_to_try_again(waypost: Waypost, site: Site) -> None:
    for words in (["rejects"], ["rejects", "--replay"]):
        ran = waypost(*words)
        assert (ran.code, ran.out, ran.err) == (0, "No rejected events are waiting.\n", "")
