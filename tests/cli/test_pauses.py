"""waypost pause, resume and pauses over a database in which somebody was seen."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.cli.conftest import Ran, Waypost
from waypost.service.clock import Clock
from waypost.service.runtime import Runtime
from waypost.service.start import open_runtime
from waypost.service.sync import SyncBody, sync
from waypost.settings import Settings
from waypost.store.pauses import list_pauses

NOW = 1_795_424_400_000  # Monday 23 November 2026, 09:00 UTC
TIP = {
    "id": "hello",
    "text": {"en": {"title": "Hello"}},
    "placement": {"surface": "hotspot", "anchor": "x"},
    "trigger": {"when": True},
}
GROUP = {"type": "group", "userId": "ivan", "groupId": "acme", "traits": {"name": "Acme"}}
BERLIN = {"TIMEZONE": "Europe/Berlin"}


class Site:
    """The product at an instant that the test sets; the commands see the same clock."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.now = folder, NOW
        (folder / "rules").mkdir()
        (folder / "rules" / "hello.json").write_text(json.dumps(TIP))

    def open(self) -> Runtime:
        url = f"sqlite:///{self.folder / 'waypost.db'}"
        return open_runtime(
            Settings(database_url=url, rules=str(self.folder / "rules")), clock=Clock(lambda: self.now)
        )

    def visit(self, *events: dict[str, Any]) -> list[str]:
        """Ivan asks: the tips that he may see."""
        runtime = self.open()
        body = SyncBody(
            user_id="ivan", page_view_id="p", events=[msgspec.Raw(json.dumps(e).encode()) for e in events]
        )
        answer = asyncio.run(sync(runtime, body))
        runtime.store.close()
        return [offer["tip"] for offer in answer["offers"]]

    def ended(self) -> list[tuple[int | None, str]]:
        runtime = self.open()
        found = runtime.store.read_now(lambda tx: list_pauses(tx, runtime.project_id, self.now, 100, running=False))
        runtime.store.close()
        return [(pause.over_at, pause.ended(self.now)) for pause in found]


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    made = Site(tmp_path)
    monkeypatch.setattr("waypost.service.clock.wall_ms", lambda: made.now)
    monkeypatch.setattr("waypost.service.start.Clock", lambda: Clock(lambda: made.now))
    assert made.visit(GROUP) == ["hello"]
    return made


def told(ran: Ran) -> str:
    assert (ran.code, ran.err) == (0, "")
    return ran.out


def test_a_time_is_one_of_the_environment_and_tips_come_again_by_themselves(waypost: Waypost, site: Site) -> None:
    said = told(
        waypost("pause", "account:acme", "--until", "2026-11-27T09:00", "--by", "Ann", "--reason", "call", **BERLIN)
    )
    assert said == "Tips are paused for account:acme until 2026-11-27 09:00 CET.\n"
    assert told(waypost("pauses", **BERLIN)) == ("account:acme (Acme)  until 2026-11-27 09:00 CET  by Ann: call\n")
    assert site.visit() == []
    why = told(waypost("why", "ivan", "hello", **BERLIN))
    assert "held (paused)" in why
    assert (
        "Ann paused tips for the account Acme on 23 Nov 2026, 10:00 CET: “call”. "
        "It ends by itself on Friday 27 November, 09:00 CET."
    ) in why
    site.now = NOW + 4 * 86_400_000 - 3_600_000 - 1
    assert site.visit() == []
    site.now += 1
    assert site.visit() == ["hello"]
    assert told(waypost("pauses")) == "No pause runs.\n"
    assert told(waypost("pauses", "--ended", **BERLIN)) == (
        "account:acme (Acme)  ended 2026-11-27 09:00 CET by time  by Ann: call\n"
    )


def test_a_time_with_a_zone_is_that_instant(waypost: Waypost, site: Site) -> None:
    said = told(waypost("pause", "u:ivan", "--until", "2026-11-27T09:00+03:00", **BERLIN))
    assert said == "Tips are paused for u:ivan until 2026-11-27 07:00 CET.\n"


def test_an_event_ends_it_and_a_name_never_heard_is_doubted(waypost: Waypost, site: Site) -> None:
    site.visit({"type": "track", "event": "call_booked"})
    said = told(waypost("pause", "user:ivan", "--until-event", "call_bookd"))
    assert said.splitlines() == [
        "Tips are paused for user:ivan until call_bookd comes, at the latest until 2027-12-28 09:00 UTC.",
        'No event "call_bookd" has arrived yet; did you mean "call_booked"?',
    ]
    said = told(waypost("pause", "user:ivan", "--until", "2026-11-30", "--until-event", "call_booked"))
    assert said == "Tips are paused for user:ivan until 2026-11-30 00:00 UTC or until call_booked comes.\n"
    assert site.visit() == []
    site.now += 5_000
    assert site.visit({"type": "track", "event": "call_booked", "messageId": "second"}) == ["hello"]
    assert site.ended() == [(NOW + 5_000, "event"), (NOW, "person")]


def test_resume_ends_it_and_says_when_there_is_nothing_to_end(waypost: Waypost, site: Site) -> None:
    told(waypost("pause", "account:acme", "--until", "2026-11-27T09:00"))
    assert told(waypost("resume", "account:acme")) == "Tips are on again for account:acme.\n"
    assert site.visit() == ["hello"]
    again = waypost("resume", "account:acme")
    assert (again.code, again.err) == (
        1, "waypost: no pause runs for account:acme; `waypost pauses` lists those that do\n",
    )  # fmt: skip


def test_tips_that_pass_are_named_and_an_account_never_seen_is_doubted(waypost: Waypost, site: Site) -> None:
    said = told(waypost("pause", "account:acne", "--until", "2026-11-27T09:00", "--allow", "hello"))
    assert said.splitlines()[1] == "Nothing has arrived from account:acne yet; is the id right?"
    assert told(waypost("pauses")) == "account:acne  until 2026-11-27 09:00 UTC  lets through hello\n"
    told(waypost("pause", "account:acme", "--until", "2026-11-27T09:00", "--allow", "hello"))
    assert site.visit() == ["hello"]


WRONG = [
    (["acme", "--until", "2026-11-27"], "'acme' is neither account:… nor user:…; write account:acme or user:acme"),
    (["account:acme"], "--until: a pause ends by itself; give a time, an event, or both"),
    (["account:acme", "--until", "friday"], "--until: 'friday' is not a time; write 2026-11-27T09:00"),
    (["account:acme", "--until", "2026-11-23T09:00"], "--until: this time is past; give one that is still to come"),
    (["account:acme", "--until", "2028-11-23"], "--until: a pause lasts at most 400 days; give an earlier time"),
    (["account:acme", "--until", "9999-12-31T23:59:59"], "--until: a pause lasts at most 400 days"),
    (["account:acme", "--until-event", "$tip"], "--until-event: no app sends an event that begins with $"),
    (["account:acme", "--until", "2026-11-27", "--allow", "helo"], '--allow: there is no live tip "helo"; did you mean "hello"?'),
    (["account:acme", "--until", "2026-11-27", "--reason", "r" * 501], "--reason: it has at most 500 characters"),
    (["account:acme", "--until", "2026-11-27", "--by", "b" * 101], "--by: it has at most 100 characters"),
    (["account:" + "x" * 129, "--until", "2026-11-27"], "account:" + "x" * 129 + ": an id has at most 128 characters"),
]  # fmt: skip


@pytest.mark.parametrize(("words", "line"), WRONG, ids=[line[:40] for _, line in WRONG])
def test_what_is_wrong_is_one_line_and_nothing_is_paused(
    waypost: Waypost, site: Site, words: list[str], line: str
) -> None:
    ran = waypost("pause", *words)
    assert (ran.code, ran.out, ran.err.count("\n")) == (1, "", 1)
    assert ran.err.startswith(f"waypost: {line}")
    assert told(waypost("pauses")) == "No pause runs.\n"


def test_without_a_database_nothing_is_made(waypost: Waypost, tmp_path: Path) -> None:
    for words in (["pauses"], ["resume", "user:ivan"], ["pause", "user:ivan", "--until", "2099-01-01"]):
        assert waypost(*words).code == 2
    assert list(tmp_path.iterdir()) == []
