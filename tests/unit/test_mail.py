"""One letter, read back from a real mail server: what stands in it, who may put what into it, what a refusal means."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from dataclasses import replace
from email.message import EmailMessage
from email.utils import parsedate_to_datetime

import pytest

from tests.outside import Mailbox, mailbox
from waypost.errors import Misconfigured, Unavailable
from waypost.success.attempt import Attempt
from waypost.success.mail import SUBJECT_CHARS, Letter, send_mail
from waypost.trust.mail_server import MailServer, mail_server

WALL = 1_800_000_000_000
SENDER = "Waypost <waypost@cs.example>"
LETTER = Letter("csm_task-1-opened", "Olga", "olga@example.com", "Acme has gone quiet", "Call them.\n", "en")


@pytest.fixture
def box() -> Iterator[Mailbox]:
    with mailbox() as made:
        yield made


def send(box: Mailbox, letter: Letter = LETTER, sender: str = SENDER, url: str = "") -> Attempt:
    return asyncio.run(send_mail(mail_server(url or box.url), sender, letter, WALL))


def read(box: Mailbox) -> EmailMessage:
    (letter,) = box.letters
    return letter


def text_of(letter: EmailMessage) -> str:
    return str(letter.get_content()).replace("\r\n", "\n")


def test_a_letter_arrives_as_it_was_written(box: Mailbox) -> None:
    assert send(box) == Attempt(status=250)
    letter = read(box)
    assert (letter["from"], letter["to"]) == ("Waypost <waypost@cs.example>", "Olga <olga@example.com>")
    assert letter["subject"] == "Acme has gone quiet"
    assert letter["content-language"] == "en"
    assert letter["auto-submitted"] == "auto-generated"
    assert int(parsedate_to_datetime(letter["date"]).timestamp() * 1000) == WALL
    assert (letter.get_content_type(), letter.is_multipart()) == ("text/plain", False)
    assert text_of(letter) == "Call them.\n"
    (envelope,) = box.envelopes
    assert (envelope.mail_from, envelope.rcpt_tos) == ("waypost@cs.example", ["olga@example.com"])


def test_russian_comes_back_letter_by_letter_and_goes_over_the_wire_as_ascii(box: Mailbox) -> None:
    title = "«Ромашка» молчит две недели: последний отчёт — 3 ноября, договор до 1 декабря; позвоните Ёлкину"
    text = "Счёт № 7\n\n— Позвоните: «вы нам нужны».\n"
    assert not send(box, replace(LETTER, name="Ольга Ёжикова", subject=title, text=text, lang="ru")).error
    letter = read(box)
    assert letter["to"].addresses[0].display_name == "Ольга Ёжикова"
    assert (letter["subject"], text_of(letter)) == (title, text)
    content = box.envelopes[0].content
    assert isinstance(content, bytes)
    assert content.isascii()


INJECTED = [
    "Acme\r\nBcc: thief@evil.example",
    "Acme\nBcc: thief@evil.example",
    "Acme\rBcc: thief@evil.example",
    "Acme\r\n\r\nBcc: thief@evil.example\r\n\r\nAnother body",
    "Acme\u2028Bcc: thief@evil.example",
    "Acme\u0085Bcc: thief@evil.example",
    "Acme\x0bBcc: thief@evil.example",
    "Acme\x00Bcc: thief@evil.example",
    "=?utf-8?q?Acme=0D=0ABcc:_thief@evil.example?=",
    "Ромашка\r\nBcc: thief@evil.example" + "ы" * 150,
    '"Acme" <thief@evil.example>, Olga',
    "Acme\u202eelpmaxe\ud800",
    "=?utf-8?b?QWNtZQ0KQmNjOiB0aGllZkBldmlsLmV4YW1wbGU=?=",
    "==??utf-8?q?Acme=0D=0ABcc:_thief@evil.example?=",
    "\r\n.\r\nMAIL FROM:<thief@evil.example>\r\n",
]


@pytest.mark.parametrize("text", INJECTED, ids=ascii)
def test_a_title_and_a_name_stay_in_their_header(box: Mailbox, text: str) -> None:
    assert not send(box, replace(LETTER, name=text, subject=text, text=text)).error
    letter = read(box)
    assert letter["bcc"] is None
    assert sorted(letter.keys()) == sorted(
        ["From", "To", "Subject", "Date", "Message-ID", "Content-Language", "Auto-Submitted", "Content-Type",
         "Content-Transfer-Encoding", "MIME-Version"]
    )  # fmt: skip
    assert [address.addr_spec for address in letter["to"].addresses] == ["olga@example.com"]
    assert box.envelopes[0].rcpt_tos == ["olga@example.com"]
    assert all(char.isprintable() for char in str(letter["subject"]))
    assert "thief" not in text or "thief" in letter.get_content()


def test_a_subject_is_cut_and_may_be_as_long_as_that(box: Mailbox) -> None:
    for length in (SUBJECT_CHARS, SUBJECT_CHARS + 1):
        send(box, replace(LETTER, subject="ы" * length))
    assert [str(letter["subject"]) for letter in box.letters] == ["ы" * SUBJECT_CHARS] * 2


def test_the_message_id_is_the_same_in_every_attempt_and_another_for_another_letter(box: Mailbox) -> None:
    box.answers = ["451 later"]
    for letter in (LETTER, LETTER, LETTER, replace(LETTER, key="csm_task-2-opened\r\n<>")):
        send(box, letter)
    first, second, other = (str(letter["message-id"]) for letter in box.letters)
    assert first == second != other
    assert first.endswith("@cs.example>")


# -- refusals


def test_what_is_refused_for_now_is_tried_again_and_what_is_refused_for_good_is_not(box: Mailbox) -> None:
    box.answers = ["451 4.3.0 busy", "552 5.3.4 too large"]
    assert send(box) == Attempt("SMTP 451: 4.3.0 busy", 451)
    assert send(box) == Attempt("SMTP 552: 5.3.4 too large", 552, final=True)
    box.refuse_recipients = "450 4.2.1 greylisted"
    assert send(box) == Attempt("SMTP 450: 4.2.1 greylisted", 450)
    box.refuse_recipients = "550 5.1.1 no such user"
    assert send(box) == Attempt("SMTP 550: 5.1.1 no such user", 550, final=True)
    box.refuse_recipients = ""
    assert not send(box).error


def test_a_server_that_is_away_is_tried_again(box: Mailbox) -> None:
    attempt = send(box, url="smtp://127.0.0.1:1")
    assert (attempt.final, attempt.error.partition(":")[0]) == (False, "SMTPConnectError")


def test_user_and_password_come_from_the_url(box: Mailbox) -> None:
    assert not send(box, url=f"smtp://olga%40example.com:p%40ss%3Aword@127.0.0.1:{box.port}").error
    assert set(box.signed_in) == {("olga@example.com", "p@ss:word")}


def test_a_wrong_password_is_no_fault_of_the_letter(box: Mailbox) -> None:
    attempt = send(box, url=f"smtp://olga:wrong@127.0.0.1:{box.port}")
    assert (attempt.status, attempt.final) == (535, False)
    assert "wrong" not in attempt.error
    assert box.letters == []


def test_a_server_without_starttls_gets_nothing_where_it_is_a_must(box: Mailbox) -> None:
    attempt = send(box, url=f"smtp://127.0.0.1:{box.port}?tls=starttls")
    assert "STARTTLS" in attempt.error
    assert not attempt.final
    assert box.letters == []


def test_without_the_extra_it_says_what_to_install(box: Mailbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "aiosmtplib", None)
    with pytest.raises(Unavailable, match=r"pip install 'waypost\[mail\]'"):
        send(box)


# -- the server's URL


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://mail.example", MailServer("mail.example", 587, "starttls")),
        ("smtp://mail.example:25/", MailServer("mail.example", 25, "starttls")),
        ("smtp://mail.example?tls=none", MailServer("mail.example", 587, "none")),
        ("smtps://mail.example", MailServer("mail.example", 465, "at_once")),
        ("smtp://localhost:1025", MailServer("localhost", 1025, "none")),
        ("smtp://[::1]:1025", MailServer("::1", 1025, "none")),
        ("smtp://localhost?tls=starttls", MailServer("localhost", 587, "starttls")),
        ("smtp://a%40b:p%3A%2F@mail.example", MailServer("mail.example", 587, "starttls", "a@b", "p:/")),
    ],
)
def test_one_url_names_the_mail_server(url: str, server: MailServer) -> None:
    assert mail_server(url) == server


@pytest.mark.parametrize(
    "url",
    ["mail.example", "http://mail.example", "smtp://", "smtp://mail.example/path", "smtp://mail.example:0",
     "smtp://mail.example:99999", "smtps://mail.example?tls=none", "smtp://u:hunter2@mail.example?tls=maybe", "smtp://["],
)  # fmt: skip
def test_a_wrong_one_is_one_line_without_the_password(url: str) -> None:
    with pytest.raises(Misconfigured, match=r"^WAYPOST_SMTP_URL: ") as caught:
        mail_server(url)
    assert "hunter2" not in caught.value.detail
    assert "hunter2" not in repr(MailServer("mail.example", 587, "none", "u", "hunter2"))
