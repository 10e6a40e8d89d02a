"""The one check of a URL. The snippet has the same one; both run the cases of tests/conformance/urls.json."""

from __future__ import annotations

import re

__all__ = ["safe_url"]

_BAD = re.compile(r"[\x00-\x20\x7f-\x9f\\\u00a0\u1680\u2000-\u200f\u2028-\u202f\u205f-\u2064\u3000\ufeff]")
_SCHEME = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*:")
_HOST = re.compile(r"https?://[^/?#@]+(?:[/?#]|\Z)", re.IGNORECASE)
MAX_CHARS = 2_048


def safe_url(text: str) -> str | None:
    """The URL when it may be opened, else None.

    Allowed: https: and http: with a host and no user name, mailto:, tel:, and places on the same site that
    start with one "/", "#" or "?". Refused: every other scheme, "//host", backslashes, spaces and control
    characters anywhere, and anything longer than 2,048 characters, counted in UTF-16 as browsers do.
    """
    if not text or len(text.encode("utf-16-le", "surrogatepass")) > 2 * MAX_CHARS or _BAD.search(text):
        return None
    if text[0] in "#?" or (text[0] == "/" and not text.startswith("//")):
        return text
    scheme = _SCHEME.match(text)
    if scheme is None:
        return None
    name = scheme.group().lower()
    if name in ("https:", "http:"):
        return text if _HOST.match(text) else None
    return text if name in ("mailto:", "tel:") else None
