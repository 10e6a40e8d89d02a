"""Where a webhook may go: public addresses only, looked up once and used as looked up (no rebinding)."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from waypost.errors import Invalid

__all__ = ["Lookup", "Target", "lookup", "webhook_target"]

Lookup = Callable[[str, int], Awaitable[Sequence[str]]]
"""Host and port to addresses."""


@dataclass(frozen=True, slots=True)
class Target:
    """A checked address to connect to, and how to speak there."""

    scheme: str
    host: str
    port: int
    address: str
    path: str

    @property
    def url(self) -> str:
        address = f"[{self.address}]" if ":" in self.address else self.address
        return f"{self.scheme}://{address}:{self.port}{self.path}"

    @property
    def host_header(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        default = {"http": 80, "https": 443}[self.scheme]
        return host if self.port == default else f"{host}:{self.port}"


async def lookup(host: str, port: int) -> Sequence[str]:
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(item[4][0]) for item in found]


async def webhook_target(url: str, *, private: bool, look_up: Lookup = lookup) -> Target:
    """Check a URL and pin its address. Raises Invalid; every address of the name must be allowed."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise Invalid(f"this is not a URL: {error}", code="bad_url") from error
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise Invalid("a webhook needs an http or https URL", code="bad_url")
    if parts.username is not None or parts.password is not None or any(c in url for c in "\r\n\t \\"):
        raise Invalid("a webhook URL has no user name, spaces or backslashes", code="bad_url")
    port = port if port is not None else {"http": 80, "https": 443}[parts.scheme]
    try:
        addresses = await look_up(parts.hostname, port)
    except (OSError, UnicodeError) as error:
        raise Invalid(f"{parts.hostname} cannot be found: {error}", code="unknown_host") from error
    refused = [a for a in addresses if not private and not _public(a)]
    if refused or not addresses:
        raise Invalid(
            f"{parts.hostname} leads to {', '.join(refused) or 'nowhere'}, which is not a public address; "
            "set WAYPOST_WEBHOOK_PRIVATE=true when you mean it",
            code="private_address",
        )
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(parts.scheme, parts.hostname, port, addresses[0], path)


def _public(address: str) -> bool:
    found = ipaddress.ip_address(address.partition("%")[0])
    mapped = getattr(found, "ipv4_mapped", None) or getattr(found, "sixtofour", None)
    found = mapped or found
    return found.is_global and not found.is_multicast
