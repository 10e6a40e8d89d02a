"""Where a webhook may go: public addresses only, looked up once and used as looked up (no rebinding)."""

from __future__ import annotations

import asyncio
import ipaddress
import re
import socket
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from waypost.errors import Invalid
from waypost.trust.urls import safe_url

__all__ = ["Lookup", "Target", "lookup", "webhook_target"]

Lookup = Callable[[str, int], Awaitable[Sequence[str]]]
"""Host and port to addresses."""

LOOKUP_S = 5  # a name server that says nothing for so long is one that does not know
PORTS = {"http": 80, "https": 443}
LABEL = r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?"
NAME = re.compile(rf"{LABEL}(\.{LABEL})*")
NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")  # as the last part of a host: an address, whatever its form


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
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"


async def lookup(host: str, port: int) -> Sequence[str]:
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(item[4][0]) for item in found]


async def webhook_target(url: str, *, private: bool, look_up: Lookup = lookup) -> Target:
    """Check a URL and pin its address. Raises Invalid; every address of the name must be allowed."""
    scheme, host, port, path = _parts(url)
    try:
        async with asyncio.timeout(LOOKUP_S):
            addresses = await look_up(host, port)
    except (OSError, UnicodeError, TimeoutError) as error:
        raise Invalid(f"{host} cannot be found: {error or 'no answer'}", code="unknown_host") from error
    refused = [address for address in addresses if not private and not _public(address)]
    if refused or not addresses:
        raise Invalid(
            f"{host} leads to {', '.join(refused) or 'nowhere'}, which is not a public address; "
            "set WAYPOST_WEBHOOK_PRIVATE=true when you mean it",
            code="private_address",
        )
    return Target(scheme, host, port, addresses[0], path)


def _parts(url: str) -> tuple[str, str, int, str]:
    """(scheme, host, port, path and query). Only what every program reads alike is let through."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise Invalid(f"this is not a URL: {error}", code="bad_url") from error
    if parts.scheme not in PORTS or not parts.hostname or port == 0:
        raise _bad("a webhook needs an http or https URL with a host")
    if safe_url(url) is None or "@" in parts.netloc or "%" in parts.netloc:
        raise _bad("a webhook URL has no user name, spaces, backslashes or percent signs before its path")
    if not url.isascii():
        raise _bad("a webhook URL is written in ASCII; write the name as xn--…, and %-encode the path")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return parts.scheme, _host(parts.hostname), port or PORTS[parts.scheme], path


def _host(host: str) -> str:
    """A name, or an address in its plain form. Forms that only some programs take for an address are refused."""
    if ":" in host:
        try:
            return ipaddress.IPv6Address(host).compressed
        except ValueError as error:
            raise _bad(f"[{host}] is not an address") from error
    if NUMBER.fullmatch(host.rpartition(".")[2]):
        try:
            return str(ipaddress.IPv4Address(host))
        except ValueError as error:
            raise _bad(f"{host} is not an address as 203.0.113.7 is; write four decimal numbers") from error
    if len(host) > 253 or not NAME.fullmatch(host):
        raise _bad(f"{host[:100]!r} is not a host name such as crm.example.com")
    return host


def _bad(detail: str) -> Invalid:
    return Invalid(detail, code="bad_url")


NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
UNICAST = ipaddress.IPv6Network("2000::/3")  # the only part of IPv6 that is handed out to the public


def _public(address: str) -> bool:
    """Whether an address belongs to the public internet; one that holds another is judged by that."""
    if "%" in address:  # an interface of this machine
        return False
    found = ipaddress.ip_address(address)
    if isinstance(found, ipaddress.IPv6Address):
        inner = found.ipv4_mapped or found.sixtofour
        if found in NAT64:
            inner = ipaddress.IPv4Address(found.packed[-4:])
        if inner is None:
            return found in UNICAST and found.is_global
        found = inner
    return found.is_global and not found.is_multicast
