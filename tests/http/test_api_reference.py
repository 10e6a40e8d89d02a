"""The API reference names every route of the API, and no other."""

from __future__ import annotations

import re
from pathlib import Path

from starlette.routing import Route

import waypost
from tests.http.shop import Shop

REFERENCE = Path(waypost.__file__).parent / "web" / "README.md"
NAMED = re.compile(r"`(GET|POST|PUT|PATCH|DELETE) (/[^`]*)`")
CONVERTER = re.compile(r":[a-z]+}")
SHOWN = ("/api/", "/v1/", "/sourceConfig", "/healthz", "/readyz")  # the others are pages and files


def test_every_route_stands_in_the_reference_and_no_other(shared: Shop) -> None:
    served = {
        (method, CONVERTER.sub("}", route.path))
        for route in shared.app.routes
        if isinstance(route, Route) and route.path.startswith(SHOWN)
        for method in (route.methods or set()) - {"HEAD"}
    }
    listed = [line.split("|")[1] for line in REFERENCE.read_text().splitlines() if line.startswith("| `")]
    named = [found for cell in listed for found in NAMED.findall(cell)]
    assert set(named) == served
    assert len(named) == len(set(named))
