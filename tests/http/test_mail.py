"""E-mail to CSMs, read back from a real mail server: their tasks as they open, and on Monday their week."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.http.office import QUIET, Office
from tests.http.shop import ORIGIN
from tests.outside import Mailbox, mailbox
from waypost.model import DAY, HOUR, MINUTE, SECOND
from waypost.service.pauses import Wanted, begin
from waypost.settings import LIMITS
from waypost.store.journey import Moved
from waypost.store.sqlite import Tx
from waypost.store.tasks import add_task
from waypost.success import digest
from waypost.web.ways_out import write_digests

CSMS = {
    "olga": {"name": "Ольга Ёжикова", "email": "olga@example.com", "lang": "ru", "tz": "Europe/Moscow"},
    "ben": {"name": "Ben", "email": "ben@example.com", "tz": "America/New_York"},
    "eve": {"name": "Eve"},
}
MONDAY = "2027-01-18T08:00"


@pytest.fixture
def box() -> Iterator[Mailbox]:
    with mailbox() as made:
        yield made


def open_office(folder: Path, box: Mailbox) -> Office:
    made = Office(folder, QUIET)
    (made.folder / "project.json").write_text(json.dumps({"csms": CSMS}))
    connect(made, box)
    made.begin()
    return made


def connect(office: Office, box: Mailbox) -> None:
    """Settings of the environment, which a restart reads again."""
    settings = office.runtime.settings
    settings.smtp_url, settings.mail_from, settings.public_url = box.url, "cs@waypost.example", "https://cs.example/"
    assert office.runtime.rules.load(office.now)


@pytest.fixture
def office(tmp_path: Path, box: Mailbox) -> Iterator[Office]:
    made = open_office(tmp_path / "shop", box)
    yield made
    made.close()


def at(text: str, zone: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp() * 1000)


def text_of(letter: EmailMessage) -> str:
    return str(letter.get_content()).replace("\r\n", "\n")


def own(office: Office, csm: str) -> None:
    """The account gets another CSM."""
    office.now += 1
    office.batch({"type": "group", "userId": "ivan", "groupId": "acme", "traits": {"name": "Acme", "csm": csm}})


# -- a task


def test_the_owner_of_a_task_gets_it_by_mail_in_their_language(office: Office, box: Mailbox) -> None:
    office.fall_quiet()
    assert office.send() == 1
    (letter,) = box.letters
    assert letter["to"].addresses[0].display_name == "Ольга Ёжикова"
    assert letter["subject"] == "Acme: затишье"
    assert text_of(letter) == (
        "Acme: затишье\n\n"
        "Клиент: Acme (acme)\n"
        "Почему: по времени; нет события: работа в приложении, 14 дней\n"
        "Важность: средняя\n"
        "Срок: 31.01.2027, 11:00 MSK\n\n"
        "Открыть задачу: https://cs.example/console/tasks/1\n\n"
        "Вы получили это письмо, потому что задача ваша.\n"
    )
    assert [one["to"] for one in office.messages("delivered")] == [{"csm": "olga"}]


def test_another_owner_gets_it_in_english(office: Office, box: Mailbox) -> None:
    own(office, "ben")
    office.fall_quiet()
    office.send()
    (letter,) = box.letters
    assert (letter["to"], letter["subject"]) == ("Ben <ben@example.com>", "Acme has gone quiet")
    assert "Due: 31 Jan 2027, 03:00 EST\n\nOpen the task: https://cs.example/console/tasks/1\n" in text_of(letter)


@pytest.mark.parametrize("owner", ["eve", "somebody", ""])
def test_an_owner_without_an_address_gets_none(office: Office, box: Mailbox, owner: str) -> None:
    own(office, owner)
    office.fall_quiet()
    assert office.send() == 0
    assert box.letters == []


def test_only_the_opening_is_mailed(office: Office, box: Mailbox) -> None:
    office.fall_quiet()
    office.come_back()
    assert office.send() == 1
    assert office.send() == 0


def test_without_a_mail_server_nothing_waits_for_one(office: Office, box: Mailbox) -> None:
    office.runtime.settings.smtp_url = ""
    office.fall_quiet()
    assert office.send() == 0
    assert office.messages() == []


def test_a_name_of_an_account_cannot_write_headers(office: Office, box: Mailbox) -> None:
    traits = {"name": "Acme\r\nBcc: thief@evil.example\r\n\r\n<b>", "csm": "olga"}
    office.batch({"type": "group", "userId": "ivan", "groupId": "acme", "traits": traits})
    office.fall_quiet()
    office.send()
    (letter,) = box.letters
    assert letter["bcc"] is None
    assert letter["subject"] == "Acme Bcc: thief@evil.example <b>: затишье"
    assert box.envelopes[0].rcpt_tos == ["olga@example.com"]


def test_a_mail_server_that_is_busy_is_tried_again_with_the_same_message_id(office: Office, box: Mailbox) -> None:
    office.fall_quiet()
    box.answers = ["451 busy", "451 busy"]
    for wait in (5 * SECOND, 30 * SECOND):
        assert office.send() == 0
        (waiting,) = office.messages()
        assert (waiting["last_error"], waiting["next_at"]) == ("SMTP 451: busy", office.now + wait)
        office.now += wait
    assert office.send() == 1
    assert len(box.letters) == 1


def test_a_letter_that_is_refused_for_good_is_dead_and_can_be_replayed(office: Office, box: Mailbox) -> None:
    office.fall_quiet()
    box.refuse_recipients = "550 no such user"
    office.send()
    (dead,) = office.messages("dead")
    assert (dead["attempts"], dead["last_error"]) == (1, "SMTP 550: no such user")
    box.refuse_recipients = ""
    office.do(f"messages/{dead['id']}/replay")
    assert office.send() == 1


def test_a_csm_who_left_project_json_leaves_a_dead_letter(office: Office, box: Mailbox) -> None:
    office.fall_quiet()
    box.answers = ["451 busy"]
    office.send()
    (office.folder / "project.json").write_text("{}")
    assert office.runtime.rules.load(office.now)
    office.now += MINUTE
    office.send()
    (dead,) = office.messages("dead")
    assert "the e-mail address of olga in project.json is not there any more" in dead["last_error"]


# -- the week


def digests(office: Office) -> int:
    """The background looks, and sends. Returns how many were written."""
    written = office.run(write_digests(office.runtime))
    office.send()
    return written


def test_each_csm_gets_the_digest_at_eight_on_monday_by_their_own_clock(office: Office, box: Mailbox) -> None:
    told = []
    for name, zone in (("olga", "Europe/Moscow"), ("ben", "America/New_York")):
        office.now = at(MONDAY, zone) - 1
        assert digests(office) == 0
        office.now += 1
        assert digests(office) == 1
        told.append(str(box.letters[-1]["to"].addresses[0].addr_spec).partition("@")[0])
        assert told[-1] == name
    assert len(box.letters) == 2


def test_it_is_sent_once_a_week_over_looks_and_restarts(office: Office, box: Mailbox) -> None:
    office.now = at(MONDAY, "Europe/Moscow")
    for _ in range(3):
        digests(office)
        office.restart()
        connect(office, box)
        office.now += HOUR
    assert [letter["to"].addresses[0].addr_spec for letter in box.letters] == ["olga@example.com"]
    office.now = at(MONDAY, "Europe/Moscow") + 7 * DAY
    digests(office)
    assert len(box.letters) == 2
    first, second = box.letters
    assert first["message-id"] != second["message-id"]


@pytest.mark.parametrize(
    ("time", "sent"),
    [("2027-01-18T23:59", 1), ("2027-01-19T00:00", 0), ("2027-01-17T08:00", 0), ("2027-01-19T08:00", 0)],
)
def test_after_downtime_it_comes_the_same_day_and_not_later(
    office: Office, box: Mailbox, time: str, sent: int
) -> None:
    office.now = at(time, "Europe/Moscow")
    digests(office)
    assert sum(letter["to"].addresses[0].addr_spec == "olga@example.com" for letter in box.letters) == sent


@pytest.mark.parametrize(("monday", "utc"), [("2027-03-22T08:00", "07:00"), ("2027-03-29T08:00", "06:00")])
def test_eight_is_eight_in_summer_and_in_winter(office: Office, box: Mailbox, monday: str, utc: str) -> None:
    csms = {"ben": {"email": "ben@example.com", "tz": "Europe/Berlin"}}
    (office.folder / "project.json").write_text(json.dumps({"csms": csms}))
    assert office.runtime.rules.load(office.now)
    office.now = at(f"{monday[:10]}T{utc}", "UTC") - 1
    assert digests(office) == 0
    office.now += 1
    assert digests(office) == 1


def test_a_digest_waits_for_a_mail_server_that_is_away_and_is_one_all_the_same(office: Office, box: Mailbox) -> None:
    office.now = at(MONDAY, "Europe/Moscow")
    box.answers = ["421 gone for lunch"]
    digests(office)
    digests(office)
    office.now += MINUTE
    digests(office)
    assert len(box.letters) == 1


def test_without_a_mail_server_there_is_no_digest(office: Office) -> None:
    office.runtime.settings.smtp_url = ""
    office.now = at(MONDAY, "Europe/Moscow")
    assert office.run(write_digests(office.runtime)) == 0


def a_week(office: Office, csm: str) -> None:
    """Tasks of a CSM, and some that are not for the digest; a pause of theirs and one of somebody else."""
    now, project_id = office.now, office.runtime.project_id
    common: dict[str, Any] = {"rule_id": "quiet", "subject": "g:acme", "account": "g:acme", "severity": "high"}
    tasks: list[dict[str, Any]] = [
        {"title": "Acme has gone quiet", "due_at": now - DAY},
        {"title": "Seats are full", "due_at": now + 2 * DAY},
        {"title": "Renewal", "state": "snoozed", "snoozed_until": now + DAY, "due_at": now - DAY},
        {"title": "Import left", "state": "done", "closed_at": now - DAY, "closed_by": "person", "outcome": "Called,\nall is well"},
        {"title": "Usage fell", "state": "closed", "closed_at": now - 2 * DAY, "closed_by": "clear"},
        {"title": "Long ago", "state": "done", "closed_at": now - 8 * DAY, "closed_by": "person"},
        {"title": "Somebody else's", "owner": "eve"},
    ]  # fmt: skip

    def job(tx: Tx) -> None:
        for task in tasks:
            texts = {"title": {"en": task.pop("title")}, "body": {}, "context": {}}
            values = {**common, "owner": csm, "opened_at": now - 9 * DAY, "noticed_at": now, **task, **texts}
            add_task(tx, project_id, **values)
        begin(tx, project_id, Wanted(subject="g:acme", until_at=now + 4 * DAY, reason="a call"), now)
        begin(tx, project_id, Wanted(subject="u:ivan", until_event="call_booked", author="Ben"), now)
        begin(tx, project_id, Wanted(subject="u:zoe", until_at=now + DAY, author="Eve"), now)

    office.runtime.store.write_now(job)


@pytest.fixture
def moving(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two accounts whose health changed since the end of the week before last."""

    def moved(_tx: Tx, _project: int, csm: str, week: int, by: float, limit: int) -> list[Moved]:
        assert csm in CSMS
        assert (week, by, limit) == (at(MONDAY[:10], "UTC") // DAY - 14, 5, LIMITS.digest_moves)
        found = [("Cirrus", 50.0, 64.9), ("Borealis", 71.2, 38.0)]
        return [Moved(name.lower(), name, before, after, "", "") for name, before, after in found]

    monkeypatch.setattr(digest, "moved", moved)


def test_a_digest_in_english(office: Office, box: Mailbox, moving: None) -> None:
    own(office, "ben")
    office.now = at(MONDAY, "America/New_York")
    a_week(office, "ben")
    digests(office)
    letter = next(letter for letter in box.letters if "ben@" in letter["to"])
    assert (letter["to"], letter["subject"]) == ("Ben <ben@example.com>", "Your week, 18 Jan 2027. Overdue: 1")
    assert text_of(letter) == (
        "Overdue: 1\n"
        "- Acme has gone quiet · due 17 Jan 2027, 08:00 EST\n\n"
        "Open: 2\n"
        "- Acme: Renewal · put away until 19 Jan 2027, 08:00 EST\n"
        "- Acme: Seats are full · due 20 Jan 2027, 08:00 EST\n\n"
        "Done last week: 2\n"
        "- Acme: Import left · Called, all is well\n"
        "- Acme: Usage fell · closed by itself\n\n"
        "Accounts that fell\n- Borealis: 71 → 38\n\n"
        "Accounts that rose\n- Cirrus: 50 → 65\n\n"
        "Tips are paused for\n"
        "- ivan · until “call_booked” comes\n"
        "- Acme · until 22 Jan 2027, 08:00 EST · a call\n\n"
        "All tasks: https://cs.example/console/tasks\n"
    )


def test_a_digest_in_russian(office: Office, box: Mailbox, moving: None) -> None:
    office.now = at(MONDAY, "Europe/Moscow")
    a_week(office, "olga")
    digests(office)
    (letter,) = box.letters
    assert letter["subject"] == "Ваша неделя, 18.01.2027. Просрочено: 1"
    assert text_of(letter) == (
        "Просрочено: 1\n"
        "- Acme has gone quiet · срок 17.01.2027, 08:00 MSK\n\n"
        "Открыто: 2\n"
        "- Acme: Renewal · отложена до 19.01.2027, 08:00 MSK\n"
        "- Acme: Seats are full · срок 20.01.2027, 08:00 MSK\n\n"
        "Закрыто за прошлую неделю: 2\n"
        "- Acme: Import left · Called, all is well\n"
        "- Acme: Usage fell · закрылась сама\n\n"
        "Клиенты, у которых стало хуже\n- Borealis: 71 → 38\n\n"
        "Клиенты, у которых стало лучше\n- Cirrus: 50 → 65\n\n"
        "Подсказки на паузе\n"
        "- Acme · до 22.01.2027, 08:00 MSK · a call\n\n"
        "Все задачи: https://cs.example/console/tasks\n"
    )


def test_a_week_with_nothing_in_it_says_so(office: Office, box: Mailbox) -> None:
    office.runtime.settings.public_url = ""
    office.now = at(MONDAY, "Europe/Moscow")
    digests(office)
    assert text_of(box.letters[0]) == "Вас ничего не ждёт, и за прошлую неделю ничего не закрыто.\n"


def test_a_digest_lists_a_hundred_tasks_and_says_how_many_more_there_are(office: Office, box: Mailbox) -> None:
    office.now = at(MONDAY, "Europe/Moscow")

    def job(tx: Tx) -> None:
        for number in range(LIMITS.digest_tasks + 1):
            texts = {"title": {"en": f"Task {number}"}, "body": {}, "context": {}}
            common = {"rule_id": "quiet", "subject": "g:acme", "opened_at": number, "noticed_at": number}
            add_task(tx, office.runtime.project_id, owner="olga", severity="low", **common, **texts)

    office.runtime.store.write_now(job)
    digests(office)
    said = text_of(box.letters[0])
    assert said.startswith("Открыто: 101\n- Task 0\n")
    assert said.endswith("- Task 99\n- … и ещё 1\n\nВсе задачи: https://cs.example/console/tasks\n")


def test_a_digest_goes_to_its_csm_and_to_no_webhook(office: Office, box: Mailbox) -> None:
    made = office.ask("POST", "/api/v1/webhooks", json={"url": "http://127.0.0.1:9/"}, headers=ORIGIN)
    assert made.status_code == 201
    office.now = at(MONDAY, "Europe/Moscow")
    digests(office)
    assert [one["to"] for one in office.messages("delivered")] == [{"csm": "olga"}]
    assert office.messages() == []
