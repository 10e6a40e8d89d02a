"""waypost webhooks and waypost digest over a database in which something waits to be told."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks.webhooks import Webhook

from tests.cli.conftest import Ran, Waypost
from tests.outside import Mailbox, Receiver, mailbox, receiver
from waypost.service.runtime import Runtime
from waypost.service.start import open_runtime
from waypost.settings import Settings
from waypost.store import outbox
from waypost.store.sqlite import Tx
from waypost.store.tasks import add_task

CSMS = {"olga": {"name": "Olga", "email": "olga@example.com", "lang": "ru"}, "eve": {"name": "Eve"}}
PUBLIC = "https://93.184.215.14/hook"
PRIVATE = {"WEBHOOK_PRIVATE": "true"}


class Desk:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "rules").mkdir()
        (folder / "rules" / "project.json").write_text(json.dumps({"csms": CSMS}))
        self.open().store.close()

    def open(self) -> Runtime:
        url = f"sqlite:///{self.folder / 'waypost.db'}"
        return open_runtime(Settings(database_url=url, rules=str(self.folder / "rules")))

    def dead(self, number: int, target: str = "w:1") -> None:
        """A message that was given up."""
        runtime = self.open()
        project_id, now = runtime.project_id, runtime.clock.now()

        def job(tx: Tx) -> None:
            row = outbox.add_message(tx, project_id, f"csm_task-{number}-opened", "csm_task.opened", "{}", now)
            outbox.route(tx, project_id, row, [target], now)
            outbox.failed(tx, project_id, number, "HTTP 500", None)

        runtime.store.write_now(job)
        runtime.store.close()

    def task(self) -> None:
        runtime = self.open()
        texts: dict[str, Any] = {"title": {"en": "Gone quiet", "ru": "Затишье"}, "body": {}, "context": {}}
        common = {"rule_id": "quiet", "subject": "g:acme", "account": "g:acme", "severity": "high", "owner": "olga"}
        runtime.store.write_now(
            lambda tx: add_task(tx, runtime.project_id, opened_at=1, noticed_at=1, **common, **texts)
        )
        runtime.store.close()


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


@pytest.fixture
def end() -> Iterator[Receiver]:
    with receiver() as made:
        yield made


@pytest.fixture
def box() -> Iterator[Mailbox]:
    with mailbox() as made:
        yield made


def told(ran: Ran) -> str:
    assert (ran.code, ran.err) == (0, "")
    return ran.out


def test_a_webhook_is_added_listed_tested_rotated_and_removed(waypost: Waypost, desk: Desk, end: Receiver) -> None:
    assert told(waypost("webhooks")) == "There is no webhook; `waypost webhooks add URL` makes one.\n"
    said = told(waypost("webhooks", "add", end.url, "--type", "csm_task.opened", "--by", "Ann", **PRIVATE))
    assert said.startswith("Webhook 1 gets csm_task.opened.\nSecret  whsec_")
    secret = re.findall(r"whsec_\S+", said)[0]
    assert told(waypost("webhooks", "list")) == f"  1  {end.url}  csm_task.opened  by Ann\n"
    assert told(waypost("webhooks", "test", "1", **PRIVATE)) == "It arrived: HTTP 204.\n"
    ((headers, body),) = end.got
    assert Webhook(secret).verify(body, {k.lower(): v for k, v in headers.items()})["type"] == "webhook.test"
    again = told(waypost("webhooks", "rotate", "1"))
    assert secret not in again
    assert told(waypost("webhooks", "remove", "1")) == "Webhook 1 is removed.\n"
    assert told(waypost("webhooks")) == "There is no webhook; `waypost webhooks add URL` makes one.\n"


def test_a_test_that_does_not_arrive_is_exit_1_and_says_why(waypost: Waypost, desk: Desk, end: Receiver) -> None:
    end.answers = [(500, {})]
    settings = {"WEBHOOK_URL": end.url}
    ran = waypost("webhooks", "test", "0", **settings, **PRIVATE)
    assert (ran.code, ran.err) == (1, "HTTP 500\n")
    assert ran.out.startswith("Secret  whsec_"), "made just now, for nothing was set and the server never ran"
    assert told(waypost("webhooks", **settings)) == f"  0  {end.url}  all messages  from the environment\n"
    ran = waypost("webhooks", "test", "0", **settings)
    assert (ran.code, ran.out, len(end.got)) == (1, "", 1)
    assert ran.err.startswith("127.0.0.1 leads to 127.0.0.1, which is not a public address")


def test_dead_letters_are_listed_and_sent_again(waypost: Waypost, desk: Desk) -> None:
    assert told(waypost("webhooks", "dead")) == "No message is dead.\n"
    told(waypost("webhooks", "add", PUBLIC))
    for number in (1, 2, 3):
        desk.dead(number, "m:olga" if number == 3 else "w:1")
    lines = told(waypost("webhooks", "dead")).splitlines()
    assert [re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d", "TIME", line) for line in lines] == [
        "   3  TIME  csm_task.opened  csm_task-3-opened  to e-mail to olga, 1 attempt: HTTP 500",
        "   2  TIME  csm_task.opened  csm_task-2-opened  to webhook 1, 1 attempt: HTTP 500",
        "   1  TIME  csm_task.opened  csm_task-1-opened  to webhook 1, 1 attempt: HTTP 500",
    ]
    assert told(waypost("webhooks")) == f"  1  {PUBLIC}  all messages  2 dead\n"
    assert told(waypost("webhooks", "replay", "3")) == "1 message will be sent again.\n"
    assert told(waypost("webhooks", "replay", "--webhook", "1")) == "2 messages will be sent again.\n"
    assert told(waypost("webhooks", "dead")) == "No message is dead.\n"
    assert told(waypost("webhooks")) == f"  1  {PUBLIC}  all messages  2 waiting\n"


WRONG = [
    (["add", "http://127.0.0.1/"], "url: 127.0.0.1 leads to 127.0.0.1, which is not a public address"),
    (["add", "crm.example"], "url: a webhook needs an http or https URL with a host"),
    (["add", PUBLIC, "--type", "csm_task.open"], 'types: there is no message "csm_task.open"; did you mean "csm_task.opened"?'),
    (["test", "7"], "there is no such webhook"),
    (["rotate", "0"], "this webhook comes from WAYPOST_WEBHOOK_URL; change it there"),
    (["remove", "7"], "there is no such webhook"),
    (["replay"], "say which: the number of a message, or --webhook and its number"),
    (["replay", "1", "--webhook", "1"], "say which: the number of a message, or --webhook and its number"),
    (["replay", "7"], "there is no such message"),
    (["replay", "--webhook", "7"], "there is no such webhook"),
]  # fmt: skip


@pytest.mark.parametrize(("words", "line"), WRONG, ids=[" ".join(words) for words, _ in WRONG])
def test_what_is_wrong_is_one_line(waypost: Waypost, desk: Desk, words: list[str], line: str) -> None:
    ran = waypost("webhooks", *words)
    assert (ran.code, ran.out, ran.err.count("\n")) == (1, "", 1)
    assert ran.err.startswith(f"waypost: {line}")


def test_a_digest_is_printed_in_their_language_or_another_and_sent_on_demand(
    waypost: Waypost, desk: Desk, box: Mailbox
) -> None:
    desk.task()
    said = told(waypost("digest", "olga"))
    assert "\n\nОткрыто: 1\n- acme: Затишье\n" in said
    assert "\n\nOpen: 1\n- acme: Gone quiet\n" in told(waypost("digest", "olga", "--lang", "en"))
    assert "Nothing waits for you" in told(waypost("digest", "eve"))
    assert box.letters == []
    ran = waypost("digest", "olga", "--send", SMTP_URL=box.url, MAIL_FROM="cs@waypost.example")
    assert (ran.code, ran.out, ran.err) == (0, said, "Sent to olga@example.com.\n")
    (letter,) = box.letters
    assert said == f"{letter['subject']}\n\n{letter.get_content()}".replace("\r\n", "\n")


def test_what_stands_in_the_way_of_a_digest_is_one_line(waypost: Waypost, desk: Desk, box: Mailbox) -> None:
    mail = {"SMTP_URL": box.url, "MAIL_FROM": "cs@waypost.example"}
    box.answers = ["451 busy"]
    for words, settings, line in (
        (["olg"], {}, 'there is no CSM "olg" in project.json; did you mean "olga"?'),
        (["olga", "--lang", "de"], {}, "--lang 'de': there are en and ru"),
        (["olga", "--send"], {}, "--send: WAYPOST_SMTP_URL is not set"),
        (["eve", "--send"], mail, "--send: eve has no email in project.json"),
        (["olga", "--send"], mail, "SMTP 451: busy"),
    ):
        ran = waypost("digest", *words, **settings)
        assert (ran.code, ran.err) == (1, f"waypost: {line}\n")
