"""What we signed comes back for its purpose and its time; nothing else does."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from waypost.errors import Unauthenticated
from waypost.model import DAY, SECOND
from waypost.trust.passwords import hash_password, password_fits
from waypost.trust.signing import Signer

NOW = 1_800_000_000_000
SIGNER = Signer("a secret of this test")
VALUE = {"subject": "u:ivan", "tip": "hello", "n": [1, None, "ж"]}
TOKEN = SIGNER.dumps("offer", VALUE, NOW)
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=+/ \x00ж\ud800"


def read(token: str, purpose: str = "offer", **limits: Any) -> Any:
    """The value, or the code of the refusal."""
    try:
        return SIGNER.loads(purpose, token, **limits)
    except Unauthenticated as error:
        return error.code


def test_what_was_signed_comes_back() -> None:
    assert read(TOKEN) == VALUE
    assert read(SIGNER.dumps("offer", None)) is None
    assert set(TOKEN) <= set(LETTERS[:65]), "a token is safe in a URL and in a cookie"


@pytest.mark.parametrize("purpose", ["console", "preview", "offer ", "Offer", ""])
def test_a_token_is_worth_nothing_for_another_purpose(purpose: str) -> None:
    assert read(TOKEN, purpose) == "bad_token"


@pytest.mark.parametrize("secret", ["a secret of this tes", "a secret of this test ", "A secret of this test", "x"])
def test_a_token_of_another_secret_is_refused(secret: str) -> None:
    assert read(Signer(secret).dumps("offer", VALUE, NOW)) == "bad_token"


@pytest.mark.parametrize(
    ("age", "answer"),
    [(0, VALUE), (DAY, VALUE), (DAY + 1, "expired_token"), (9_999 * DAY, "expired_token"), (-SECOND, VALUE)],
)
def test_a_token_lives_as_long_as_its_reader_says(age: int, answer: Any) -> None:
    assert read(TOKEN, max_age_s=86_400, now=NOW + age) == answer


@given(st.data())
@settings(max_examples=settings().max_examples // 4)
def test_a_token_that_was_changed_never_says_anything_else(data: st.DataObject) -> None:
    changed = list(TOKEN)
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(changed) - 1))
        match data.draw(st.sampled_from(["put", "add", "drop"])):
            case "put":
                changed[at] = data.draw(st.sampled_from(LETTERS))
            case "add":
                changed.insert(at, data.draw(st.sampled_from(LETTERS)))
            case "drop":
                del changed[at]
    assert read("".join(changed)) in ("bad_token", VALUE)


@given(st.text(max_size=80))
def test_a_text_is_no_token(text: str) -> None:
    assert read(text) == "bad_token"


def test_a_payload_without_its_signature_is_no_token() -> None:
    payload, signature = TOKEN.rsplit(".", 1)
    other = SIGNER.dumps("offer", {"subject": "u:olga"}, NOW).rsplit(".", 1)[1]
    for forged in (
        payload,
        f"{payload}.",
        f".{signature}",
        f"{payload}.{other}",
        f"{signature}.{payload}",
        f"{TOKEN}.{signature}",
    ):
        assert read(forged) == "bad_token"


def test_a_password_fits_its_own_hash_alone() -> None:
    hashed = hash_password("open-sesame")
    assert hashed != hash_password("open-sesame"), "salted"
    assert "open-sesame" not in hashed
    assert password_fits(hashed, "open-sesame")
    assert [password_fits(hashed, wrong) for wrong in ("", "Open-sesame", hashed)] == [False] * 3


@pytest.mark.parametrize("stored", ["", "x", "$argon2id$", "open-sesame", "$argon2id$v=19$m=1,t=1,p=1$a$b"])
def test_nothing_fits_what_is_no_hash(stored: str) -> None:
    assert not password_fits(stored, stored)
