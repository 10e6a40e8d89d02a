"""From the bytes of a request to JSON text: gzip by content, never more than the limit inflated."""

from __future__ import annotations

import zlib

from waypost.errors import BadInput, TooLarge, UnsupportedEncoding
from waypost.settings import LIMITS

__all__ = ["check_encoding", "inflate"]

GZIP = b"\x1f\x8b"
ACCEPTED = ("", "gzip", "x-gzip", "identity")


def check_encoding(label: str) -> None:
    """Refuse what cannot be meant as gzip or plain: br, zstd, deflate and stacked encodings. Raises 415."""
    if label.strip().lower() not in ACCEPTED:
        raise UnsupportedEncoding(f"Content-Encoding {label!r} is not accepted; send gzip or plain JSON")


def inflate(raw: bytes) -> bytes:
    """The plain body. Whether it is gzip is seen in the bytes, not in a header, which clients get wrong.

    Raises TooLarge while inflating, so that a bomb never takes memory; BadInput when the gzip is broken.
    """
    if not raw.startswith(GZIP):
        return _within(raw)
    parts: list[bytes] = []
    room = LIMITS.inflated_bytes + 1
    while raw:
        stream = zlib.decompressobj(31)
        try:
            part = stream.decompress(raw, room)
        except zlib.error as error:
            raise BadInput(f"the body is not valid gzip: {error}", code="bad_gzip") from error
        room -= len(part)
        if room <= 0:
            raise _too_large()
        if not stream.eof:
            raise BadInput("the gzip body ends too early", code="bad_gzip")
        parts.append(part)
        raw = stream.unused_data if stream.unused_data.startswith(GZIP) else b""
    return b"".join(parts)


def _within(raw: bytes) -> bytes:
    if len(raw) > LIMITS.inflated_bytes:
        raise _too_large()
    return raw


def _too_large() -> TooLarge:
    return TooLarge(f"more than {LIMITS.inflated_bytes} bytes inflated; send smaller batches")
