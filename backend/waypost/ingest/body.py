"""From the bytes of a request to JSON text: gzip by content, never more than the limit inflated."""

from __future__ import annotations

import gzip
import zlib
from io import BytesIO

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
    body = _unpacked(raw) if raw.startswith(GZIP) else raw
    if len(body) > LIMITS.inflated_bytes:
        raise TooLarge(f"more than {LIMITS.inflated_bytes} bytes inflated; send smaller batches")
    return body


def _unpacked(raw: bytes) -> bytes:
    """All members, one after the other, but never more than one byte past the limit."""
    try:
        with gzip.GzipFile(fileobj=BytesIO(raw)) as stream:
            return stream.read(LIMITS.inflated_bytes + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise BadInput(f"the body is not valid gzip: {error}", code="bad_gzip") from error
