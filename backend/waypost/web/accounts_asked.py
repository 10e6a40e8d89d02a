"""The filter and the order that a list of accounts is asked for in."""

from __future__ import annotations

from starlette.requests import Request

from waypost.settings import LIMITS
from waypost.store.portfolio import NOBODY, SORTS, Sort, Wanted
from waypost.web.account_rows import BANDS
from waypost.web.asked import one_of, text

__all__ = ["asked"]


def asked(request: Request) -> tuple[Wanted, Sort]:
    """owner, stage ("-": those without one), band, q: how a name or an id begins; sort."""
    wanted = Wanted(
        text(request, "owner", LIMITS.id_chars),
        text(request, "stage", LIMITS.id_chars),
        one_of(request, "band", ("", *BANDS, "none")).replace("none", NOBODY),
        text(request, "q", LIMITS.id_chars).strip(),
    )
    return wanted, SORTS[one_of(request, "sort", SORTS)]
