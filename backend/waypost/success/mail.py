"""One e-mail: plain text, headers that nothing can be put into, sent by SMTP."""

from __future__ import annotations

import asyncio
import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from types import ModuleType
from typing import Final

from waypost.errors import Unavailable
from waypost.success.attempt import Attempt
from waypost.trust.mail_server import MailServer

__all__ = ["Letter", "build", "one_line", "send_mail"]

SEND_S = 30  # a whole attempt, however slowly the server answers
SUBJECT_CHARS: Final = 200  # a mail program shows some sixty
PERMANENT = range(500, 600)


@dataclass(frozen=True, slots=True)
class Letter:
    """What is written to whom. `key` is the same in every attempt: it makes the Message-ID."""

    key: str
    name: str
    email: str
    subject: str
    text: str
    lang: str


def one_line(text: str) -> str:
    """Text for a header: what does not print, line ends above all, becomes a space.

    An encoded word is taken apart: programs would decode it, line ends and all.
    """
    return re.sub(r" {2,}", " ", _printable(text.replace("\n", " ")).replace("=?", "= ?")).strip()


def build(letter: Letter, sender: str, wall: int) -> EmailMessage:
    """The message as it goes over the wire. `sender` is a checked WAYPOST_MAIL_FROM."""
    name, address = parseaddr(sender)
    domain = address.rpartition("@")[2]
    message = EmailMessage(policy=SMTP)
    message["From"] = Address(one_line(name), addr_spec=address)
    message["To"] = Address(one_line(letter.name), addr_spec=letter.email)
    message["Subject"] = one_line(letter.subject)[:SUBJECT_CHARS]
    message["Date"] = format_datetime(datetime.fromtimestamp(wall / 1000, UTC))
    message["Message-ID"] = f"<{hashlib.sha256(letter.key.encode()).hexdigest()[:32]}@{domain}>"
    message["Auto-Submitted"] = "auto-generated"  # out-of-office replies stay away
    message.set_content(_printable(letter.text), charset="utf-8", cte="base64")
    message["Content-Language"] = letter.lang
    return message


def _printable(text: str) -> str:
    """Lines of text: tabs, terminal codes and halves of characters go, whatever a trait holds."""
    return "\n".join("".join(char if char.isprintable() else " " for char in line) for line in text.split("\n"))


async def send_mail(server: MailServer, sender: str, letter: Letter, wall: int) -> Attempt:
    """Hand it to the server. Refused for good (5xx) is final; a server that is away or busy is not."""
    smtp = _library()
    try:
        async with asyncio.timeout(SEND_S):
            await smtp.send(
                build(letter, sender, wall),
                hostname=server.host,
                port=server.port,
                username=server.user or None,
                password=server.password or None,
                use_tls=server.tls == "at_once",
                start_tls=server.tls == "starttls",
                timeout=SEND_S,
            )
    except smtp.SMTPRecipientsRefused as error:
        first = error.recipients[0]
        return _refused(first.code, first.message)
    except (smtp.SMTPSenderRefused, smtp.SMTPDataError) as error:
        return _refused(error.code, error.message)
    except smtp.SMTPResponseException as error:  # greeting or sign-in: about the server, not about this letter
        return Attempt(f"SMTP {error.code}: {one_line(error.message)}", error.code)
    except (smtp.SMTPException, OSError, ValueError) as error:
        return Attempt(f"{type(error).__name__}: {one_line(str(error))}")
    return Attempt(status=250)


def _refused(code: int, message: str) -> Attempt:
    return Attempt(f"SMTP {code}: {one_line(message)}", code, final=code in PERMANENT)


def _library() -> ModuleType:
    """Raises Unavailable where the extra is not installed."""
    try:
        import aiosmtplib
    except ImportError as error:
        raise Unavailable("e-mail is not installed: pip install 'waypost[mail]'", code="no_mail") from error
    return aiosmtplib
