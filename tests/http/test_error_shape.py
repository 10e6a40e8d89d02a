"""Every error of every route has one shape: RFC 9457, with a code that programs may read."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from starlette.routing import Route

from tests.http.shop import KEY, ORIGIN, Shop, assert_problem, basic
from tests.http.test_console_access import TABLE, Row, url_of
from waypost import errors
from waypost.web.problems import TITLES
from waypost.web.sessions import COOKIE

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")
NOWHERE = [
    "/nope",
    "/v1",
    "/v1/",
    "/v1/votes",
    "/v2/batch",
    "/api",
    "/api/",
    "/api/nope",
    "/api/v1/tasks/x/done",
    "/demo/clock",
    "/sdk/no",
    "/.env",
    "/%00",
    "/\u0436",
]


@pytest.mark.parametrize("path", NOWHERE)
def test_a_place_that_does_not_exist_is_404_whatever_the_method(shared: Shop, path: str) -> None:
    for method in METHODS:
        assert_problem(shared.ask(method, path), 405 if path == "/sdk/no" and method != "GET" else 404)


@pytest.mark.parametrize("path", dict.fromkeys(path for _, path in TABLE))
def test_a_method_that_a_route_does_not_have_is_405_and_the_answer_names_those_it_has(
    shared: Shop, path: str
) -> None:
    served = {method for method, known in TABLE if known == path}
    others = {method for route in shared.app.routes if takes(route, url_of(path)) for method in route.methods or ()}
    for method in set(METHODS) - served - others:
        answer = shared.ask(method, url_of(path), headers=ORIGIN)
        assert_problem(answer, 405, "method_not_allowed")
        if any(isinstance(route, Route) and route.path == path for route in shared.app.routes):
            assert served <= set(answer.headers["allow"].split(", "))


def takes(route: Any, url: str) -> bool:
    """Whether a URL is one of this route's too: an account may be called "import"."""
    return isinstance(route, Route) and route.path_regex.match(url.partition("?")[0]) is not None


class Broken:
    """A runtime in which nothing works."""

    def __getattr__(self, name: str) -> Any:
        raise RuntimeError("a bug of ours, with a secret in it")


UNTOUCHED = {"/healthz", "/api/logout", "/sdk", "/console/assets", "/", "/console", "/console/{path:path}"}


@pytest.mark.parametrize(("method", "path"), TABLE)
def test_a_bug_of_ours_is_500_says_nothing_about_itself_and_is_logged(
    shop: Shop, method: str, path: str, caplog: pytest.LogCaptureFixture
) -> None:
    row: Row = TABLE[method, path]
    shop.app.state.runtime = Broken()
    parts: dict[str, Any] = {} if row.body is None else {"json": row.body}
    headers = {**ORIGIN, **basic(KEY), "cookie": f"{COOKIE}=x"}
    answer = shop.ask(method, url_of(path), headers=headers, **parts)
    if path in UNTOUCHED:
        assert answer.status_code == row.status
        return
    found = assert_problem(answer, 500, "internal")
    assert "secret" not in answer.text
    assert found["title"] == "Internal error"
    assert int(answer.headers["retry-after"]) > 0
    assert [(record.levelno, record.message) for record in caplog.records] == [(logging.ERROR, "unexpected error")]


def test_each_error_of_the_tree_has_a_title_and_a_code_of_its_own() -> None:
    kinds = [
        kind
        for name in errors.__all__
        if isinstance(kind := getattr(errors, name), type) and issubclass(kind, errors.WaypostError)
    ]
    assert len(kinds) > 8
    assert {kind.status for kind in kinds} <= set(TITLES)
    assert len({kind.code for kind in kinds}) == len(kinds)


def test_an_error_that_names_places_lists_them(shop: Shop) -> None:
    shop.sign_in()
    found = assert_problem(shop.ask("GET", "/api/v1/tasks?state=lost"), 422, "bad_parameter")
    assert found["problems"] == []
    assert found["detail"] == "state is one of open, snoozed, done"
