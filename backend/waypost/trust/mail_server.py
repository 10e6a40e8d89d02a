"""The mail server, read from one URL: smtp://user:password@host:587, smtps://host, smtp://host?tls=none."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import unquote, urlsplit

from waypost.errors import Misconfigured

__all__ = ["EMAIL", "MailServer", "mail_server"]

EMAIL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@[A-Za-z0-9.-]{1,253}")
"""An address that every mail server takes: no quotes, no letters beyond ASCII."""

Tls = Literal["at_once", "starttls", "none"]
PORTS: dict[str, int] = {"smtp": 587, "smtps": 465}
LOCAL = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True)
class MailServer:
    host: str
    port: int
    tls: Tls
    user: str = ""
    password: str = field(default="", repr=False)


def mail_server(url: str) -> MailServer:
    """Raises Misconfigured, in words that hold no password. STARTTLS is a must unless the server is on this machine."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise Misconfigured(f"WAYPOST_SMTP_URL: {error}") from error
    if parts.scheme not in PORTS or not parts.hostname or parts.path not in ("", "/") or port == 0:
        raise Misconfigured("WAYPOST_SMTP_URL: write smtp://user:password@host:587 or smtps://…, with %40 for an @")
    return MailServer(
        parts.hostname,
        port or PORTS[parts.scheme],
        _tls(parts.scheme, parts.hostname, parts.query),
        unquote(parts.username or ""),
        unquote(parts.password or ""),
    )


def _tls(scheme: str, host: str, query: str) -> Tls:
    match scheme, query:
        case "smtps", "":
            return "at_once"
        case "smtp", "tls=none":
            return "none"
        case "smtp", "tls=starttls":
            return "starttls"
        case "smtp", "":
            return "none" if host in LOCAL else "starttls"
    raise Misconfigured("WAYPOST_SMTP_URL: after the host may stand ?tls=none or ?tls=starttls, with smtp:// only")
