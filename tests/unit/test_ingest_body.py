"""Bytes to JSON text: gzip by content, and never more memory than the limit."""

from __future__ import annotations

import gzip
import tracemalloc
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waypost.errors import BadInput, TooLarge, UnsupportedEncoding
from waypost.ingest.body import check_encoding, inflate
from waypost.settings import LIMITS

MEGABYTES = gzip.compress(bytes(10_000_000))
EMPTY = gzip.compress(b"")


@given(st.binary(max_size=500))
def test_what_was_gzipped_comes_back(plain: bytes) -> None:
    assert inflate(gzip.compress(plain)) == plain


@given(st.lists(st.binary(max_size=100), min_size=1, max_size=9))
def test_members_are_one_text(members: list[bytes]) -> None:
    assert inflate(b"".join(gzip.compress(member) for member in members)) == b"".join(members)


@given(st.binary(max_size=500))
def test_what_is_no_gzip_is_taken_as_it_is(plain: bytes) -> None:
    if not plain.startswith(b"\x1f\x8b"):
        assert inflate(plain) == plain


@given(st.binary(max_size=300), st.data())
def test_broken_gzip_is_refused_or_read_but_never_a_surprise(plain: bytes, data: st.DataObject) -> None:
    whole = bytearray(gzip.compress(plain))
    at = data.draw(st.integers(0, len(whole) - 1))
    whole[at] ^= data.draw(st.integers(1, 255))
    with suppress(BadInput):
        assert inflate(bytes(whole)) in (plain, bytes(whole)), "only what the header says of itself may differ"


@given(st.binary(min_size=1, max_size=300), st.data())
def test_gzip_that_ends_early_is_refused(plain: bytes, data: st.DataObject) -> None:
    whole = gzip.compress(plain)
    with pytest.raises(BadInput):
        inflate(whole[: data.draw(st.integers(2, len(whole) - 1))])


@pytest.mark.parametrize("size", [0, 1, LIMITS.inflated_bytes - 1, LIMITS.inflated_bytes])
@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_up_to_the_limit(size: int, pack: type[bytes]) -> None:
    assert inflate(pack(bytes(size))) == bytes(size)


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_one_past_the_limit(pack: type[bytes]) -> None:
    with pytest.raises(TooLarge):
        inflate(pack(bytes(LIMITS.inflated_bytes + 1)))


def test_the_limit_is_for_all_members_together() -> None:
    half = gzip.compress(bytes(LIMITS.inflated_bytes // 2))
    assert len(inflate(half + half + EMPTY)) == LIMITS.inflated_bytes
    with pytest.raises(TooLarge):
        inflate(half + half + gzip.compress(b"x"))


@pytest.mark.parametrize("members", [1, 100], ids=["10 MB", "1 GB"])
def test_a_bomb_takes_no_memory(members: int) -> None:
    bomb = MEGABYTES * members
    tracemalloc.start()
    with pytest.raises(TooLarge):
        inflate(bomb)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 16 * 1024 * 1024


def test_as_many_empty_members_as_fit_into_a_request() -> None:
    members = LIMITS.wire_bytes // len(EMPTY)
    assert members > 50_000
    assert inflate(EMPTY * members) == b""


@pytest.mark.parametrize("label", ["", "gzip", "GZip", "x-gzip", "identity", " gzip "])
def test_labels_that_may_be_meant(label: str) -> None:
    check_encoding(label)
    assert inflate(gzip.compress(b"{}")) == b"{}"


@pytest.mark.parametrize("label", ["br", "zstd", "deflate", "compress", "gzip,gzip", "gzip, br", "*", "gzip;q=1"])
def test_labels_that_cannot_be_meant(label: str) -> None:
    with pytest.raises(UnsupportedEncoding):
        check_encoding(label)
