"""The tree of domain errors. Core code raises these; web/app.py maps them to problem+json once.

Exception
└─ WaypostError            code, detail, status: attributes, not text to parse
   ├─ BadInput             400  the request cannot be read
   ├─ Unauthenticated      401  no key, wrong key, no session
   ├─ Forbidden            403  known caller, not allowed (cross-site, wrong role)
   ├─ NotFound             404
   ├─ Conflict             409  something else is under way
   ├─ TooLarge             413
   ├─ UnsupportedEncoding  415
   ├─ Invalid              422  readable, but wrong; `problems` names each place
   ├─ TooMany              429  retry_after seconds
   ├─ Unavailable          503  retry_after seconds
   └─ Misconfigured        exit 2, one clear line
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = [
    "BadInput",
    "Conflict",
    "Forbidden",
    "Invalid",
    "Misconfigured",
    "NotFound",
    "Problem",
    "TooLarge",
    "TooMany",
    "Unauthenticated",
    "Unavailable",
    "UnsupportedEncoding",
    "WaypostError",
]


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake in one place. `severity` is "error" (refused) or "warning" (advice)."""

    file: str
    path: str  # trigger.when.and[1]
    message: str  # what is wrong, and what was probably meant
    code: str
    severity: str = "error"
    rule: str = ""  # the id of the rule it is about

    def line(self) -> str:
        where = f"{self.file}: {self.path}" if self.path else self.file
        return f"{where}: {self.message}" if where else self.message


class WaypostError(Exception):
    """Base of all domain errors: a stable `code`, a `detail` for people, an HTTP `status`."""

    status = 500
    code = "internal"

    def __init__(self, detail: str, *, code: str | None = None, retry_after: int | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.retry_after = retry_after
        if code is not None:
            self.code = code


class BadInput(WaypostError):
    status, code = 400, "bad_input"


class Unauthenticated(WaypostError):
    status, code = 401, "unauthenticated"


class Forbidden(WaypostError):
    status, code = 403, "forbidden"


class NotFound(WaypostError):
    status, code = 404, "not_found"


class Conflict(WaypostError):
    status, code = 409, "conflict"


class TooLarge(WaypostError):
    status, code = 413, "too_large"


class UnsupportedEncoding(WaypostError):
    status, code = 415, "unsupported_encoding"


class Invalid(WaypostError):
    status, code = 422, "invalid"

    def __init__(self, detail: str, problems: tuple[Problem, ...] = (), *, code: str | None = None) -> None:
        super().__init__(detail, code=code)
        self.problems = problems


class TooMany(WaypostError):
    status, code = 429, "too_many_requests"


class Unavailable(WaypostError):
    status, code = 503, "unavailable"


class Misconfigured(WaypostError):
    """A setting is missing or wrong: the command line prints one line and exits 2."""

    status, code = 500, "misconfigured"
