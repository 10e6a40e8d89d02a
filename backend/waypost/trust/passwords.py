"""The console's password: made at the first start, shown once, kept as an argon2 hash."""

from __future__ import annotations

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

__all__ = ["hash_password", "password_fits"]

_hasher = PasswordHasher()


def hash_password(password: str) -> str:
    return _hasher.hash(password)


def password_fits(stored: str, given: str) -> bool:
    """Whether the password is the one that was hashed. Slow by design: run it in a thread."""
    try:
        return _hasher.verify(stored, given)
    except (VerificationError, InvalidHashError):
        return False
