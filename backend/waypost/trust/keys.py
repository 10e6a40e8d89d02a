"""Secret keys of servers: long random texts, of which only a hash is kept."""

from __future__ import annotations

import hashlib

__all__ = ["SECRET_PREFIX", "is_secret", "key_digest", "secret_key"]

SECRET_PREFIX = "sk_"  # noqa: S105 - how a secret key begins


def secret_key(token: str) -> str:
    """The key made of a random token."""
    return SECRET_PREFIX + token


def is_secret(key: str) -> bool:
    """Whether this is meant as a secret key, a good one or not."""
    return key.startswith(SECRET_PREFIX)


def key_digest(key: str) -> str:
    """What is kept of a key. It is long and random, so a plain hash is enough."""
    return hashlib.sha256(key.encode(errors="surrogatepass")).hexdigest()
