"""Who may ask what: every route has a row here, and a route without one fails."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.routing import Mount, Route

from tests.http.shop import HOST, KEY, ORIGIN, PASSWORD, Shop, assert_problem, basic, corner, track
from waypost.model import DAY
from waypost.service.life import move
from waypost.service.pauses import Wanted, begin
from waypost.store import outbox
from waypost.store.checklists import Item, add_checklist
from waypost.store.keys import add_key
from waypost.store.sqlite import Tx
from waypost.store.tasks import change_task
from waypost.store.webhooks import add_webhook
from waypost.trust.keys import key_digest
from waypost.trust.signing import Signer
from waypost.web.background import alerts_hook, run_due
from waypost.web.guard import RateLimit
from waypost.web.looks import look_at_due
from waypost.web.sessions import COOKIE, LOGIN_LIMIT, reset_password
from waypost.web.trials import Trials

QUIET = {
    "id": "quiet",
    "kind": "alert",
    "text": {"en": {"title": "{account.name} has gone quiet"}},
    "trigger": {"on": {"clock": True}, "when": {"inactive": {"for": "14d", "scope": "account"}}},
}
PROJECT = '{"key_actions": ["opened"]}'
NPS = corner("nps", kind="survey", questions=[{"scale": "nps"}])
ONBOARDING = {"id": "onboarding", "name": {"en": "Onboarding"}, "items": [{"id": "call", "text": {"en": "Call"}}]}
LATER = {"until": 1_800_000_000_000 + 30 * DAY}
EVENTS = {"batch": [], "user_id": "ivan", "groupId": "acme", "previousId": "x", **track()}


@dataclass(frozen=True)
class Row:
    """Who may: "anybody", "key" (the write key), "session", or "password". `url` is an example that is answered well."""

    who: str
    status: int = 200
    url: str = ""
    body: Any = None


TABLE: dict[tuple[str, str], Row] = {
    ("GET", "/healthz"): Row("anybody"),
    ("GET", "/readyz"): Row("anybody"),
    ("POST", "/v1/batch"): Row("key", body=EVENTS),
    ("POST", "/v1/b"): Row("key", body=EVENTS),
    **{
        ("POST", f"/v1/{call}"): Row("key", body=EVENTS)
        for call in ("track", "identify", "page", "screen", "group", "alias")
    },
    **{("POST", f"/v1/{letter}"): Row("key", body=EVENTS) for letter in "tipsga"},
    ("POST", "/v1/sync"): Row("key", body=EVENTS),
    ("GET", "/v1/projects/{key}/settings"): Row("anybody", url=f"/v1/projects/{KEY}/settings"),
    ("GET", "/sourceConfig"): Row("key"),
    ("GET", "/sourceConfig/"): Row("key"),
    ("POST", "/api/login"): Row("password", 204, body={"password": PASSWORD}),
    ("POST", "/api/logout"): Row("anybody", 204),
    ("GET", "/api/me"): Row("session"),
    ("GET", "/api/tips"): Row("session"),
    ("GET", "/api/tips/{id}"): Row("session", url="/api/tips/hello"),
    ("GET", "/api/tips/{id}/people"): Row("session", url="/api/tips/hello/people"),
    ("GET", "/api/tips/{id}/effect"): Row("session", url="/api/tips/hello/effect"),
    ("GET", "/api/tips/{id}/versions"): Row("session", url="/api/tips/hello/versions"),
    ("POST", "/api/tips/{id}/publish"): Row(
        "session",
        url="/api/tips/hello/publish",
        body={"document": corner("hello", note="clearer"), "message": "clearer"},
    ),
    ("POST", "/api/tips/{id}/rollback"): Row("session", url="/api/tips/hello/rollback", body={"message": "too loud"}),
    ("POST", "/api/tips/{id}/state"): Row("session", url="/api/tips/hello/state", body={"state": "paused"}),
    ("GET", "/api/why"): Row("session", url="/api/why?user=ivan&tip=hello"),
    ("GET", "/api/v1/explain"): Row("session", url="/api/v1/explain?user=ivan&tip=hello"),
    ("GET", "/api/v1/surveys"): Row("session"),
    ("GET", "/api/v1/surveys/{id}"): Row("session", url="/api/v1/surveys/nps"),
    ("GET", "/api/people"): Row("session", url="/api/people?q=iv"),
    ("POST", "/api/backtests"): Row("session", 202, body={"tip": corner("hello"), "since": "7d"}),
    ("GET", "/api/backtests/{id:int}"): Row("session", url="/api/backtests/1"),
    ("POST", "/api/backtests/{id:int}/stop"): Row("session", url="/api/backtests/1/stop"),
    ("GET", "/api/v1/tasks"): Row("session"),
    ("POST", "/api/v1/tasks"): Row("session", body={"account": "acme", "title": "Say hello"}),
    ("GET", "/api/v1/tasks/times"): Row("session"),
    ("GET", "/api/v1/tasks/{id:int}"): Row("session", url="/api/v1/tasks/1"),
    ("POST", "/api/v1/tasks/{id:int}/take"): Row("session", url="/api/v1/tasks/1/take", body={"by": "olga"}),
    ("POST", "/api/v1/tasks/{id:int}/assign"): Row("session", url="/api/v1/tasks/1/assign", body={"owner": "max"}),
    ("POST", "/api/v1/tasks/{id:int}/due"): Row(
        "session", url="/api/v1/tasks/1/due", body={"due_at": LATER["until"]}
    ),
    ("POST", "/api/v1/tasks/{id:int}/notes"): Row(
        "session", url="/api/v1/tasks/1/notes", body={"body": "No answer."}
    ),
    ("POST", "/api/v1/tasks/{id:int}/done"): Row(
        "session", url="/api/v1/tasks/1/done", body={"code": "reached", "outcome": "called"}
    ),
    ("POST", "/api/v1/tasks/{id:int}/snooze"): Row("session", url="/api/v1/tasks/1/snooze", body=LATER),
    ("POST", "/api/v1/tasks/{id:int}/reopen"): Row("session", url="/api/v1/tasks/1/reopen"),
    ("GET", "/api/v1/checklists"): Row("session"),
    ("POST", "/api/v1/checklists"): Row("session", body={"template": "onboarding", "account": "acme"}),
    ("POST", "/api/v1/checklists/{id:int}/items/{item}"): Row(
        "session", url="/api/v1/checklists/1/items/call", body={"done": True}
    ),
    ("GET", "/api/reports"): Row("session"),
    ("GET", "/api/reports/{name}/people"): Row("session", url="/api/reports/activity/people?number=mau"),
    ("GET", "/api/pauses"): Row("session"),
    ("POST", "/api/pauses"): Row("session", body={"subject": "g:acme", "until_at": LATER["until"]}),
    ("POST", "/api/pauses/{id:int}/end"): Row("session", url="/api/pauses/1/end"),
    ("GET", "/api/v1/accounts"): Row("session"),
    ("GET", "/api/v1/accounts.csv"): Row("session"),
    ("POST", "/api/v1/accounts/import"): Row("session", body="id,seats\nacme,12\n"),
    ("GET", "/api/v1/accounts/{id:path}"): Row("session", url="/api/v1/accounts/acme"),
    ("GET", "/api/v1/accounts/{id:path}/people"): Row("session", url="/api/v1/accounts/acme/people"),
    ("GET", "/api/v1/accounts/{id:path}/timeline"): Row("session", url="/api/v1/accounts/acme/timeline"),
    ("POST", "/api/v1/accounts/{id:path}/notes"): Row(
        "session", 201, url="/api/v1/accounts/acme/notes", body={"body": "called", "by": "Olga"}
    ),
    ("GET", "/api/v1/portfolio"): Row("session"),
    ("GET", "/api/v1/zones"): Row("session"),
    ("GET", "/api/v1/zones/people"): Row("session", url="/api/v1/zones/people?account=acme&feature=opened"),
    ("GET", "/api/v1/journey"): Row("session"),
    ("GET", "/api/v1/today"): Row("session"),
    ("GET", "/api/v1/webhooks"): Row("session"),
    ("POST", "/api/v1/webhooks"): Row("session", 201, body={"url": "https://93.184.215.14/hook"}),
    ("GET", "/api/v1/webhooks/messages"): Row("session"),
    ("POST", "/api/v1/webhooks/messages/{id:int}/replay"): Row("session", url="/api/v1/webhooks/messages/1/replay"),
    ("POST", "/api/v1/webhooks/{id:int}/delete"): Row("session", 204, url="/api/v1/webhooks/1/delete"),
    **{
        ("POST", f"/api/v1/webhooks/{{id:int}}/{what}"): Row("session", url=f"/api/v1/webhooks/1/{what}")
        for what in ("test", "rotate", "replay")
    },
    ("GET", "/sdk"): Row("anybody", url="/sdk/waypost.js"),
    ("GET", "/console/assets"): Row("anybody", 404, url="/console/assets/none.js"),
    ("GET", "/"): Row("anybody", 307),
    ("GET", "/console"): Row("anybody", 307),
    ("GET", "/console/{path:path}"): Row("anybody", url="/console/tips"),
}
SECRET = "sk_of-the-crm"
UNSAFE = [
    (method, path) for method, path in TABLE if method not in ("GET", "HEAD") and TABLE[method, path].who != "key"
]
SIGNED_IN = [key for key, row in TABLE.items() if row.who == "session"]


def url_of(path: str) -> str:
    return next((row.url for (_, known), row in TABLE.items() if known == path and row.url), path)


@pytest.fixture(scope="module")
def shop(module_path: Path) -> Iterator[Shop]:
    """One for all: an open task of an account that has gone quiet, a tip, and somebody signed in in `shop.client`."""
    made = Shop(module_path / "shop", corner("hello"), QUIET, NPS, checklists=[ONBOARDING])
    (made.folder / "project.json").write_text(PROJECT)
    made.restart()
    made.runtime.on_facts = alerts_hook
    made.batch({"type": "group", "userId": "ivan", "groupId": "acme", "traits": {"name": "Acme"}}, track())
    made.now += 15 * DAY
    made.run(run_due(made.runtime))
    for state in ("paused", "live"):
        move(made.runtime.rules, "hello", state, made.now, "Ann", "")
    look_at_due(made.runtime)
    made.sign_in()
    digest = key_digest(SECRET)
    made.runtime.store.write_now(lambda tx: add_key(tx, made.runtime.project_id, "crm", digest, made.now))
    yield made
    made.app.state.trials.end()
    made.close()


@pytest.fixture(autouse=True)
def _afresh(shop: Shop) -> None:
    """The task is open, the tip is live, there are a pause, a backtest that is over, and a webhook with a message.

    Other tests' tries do not count.
    """
    change = {"state": "open", "closed_at": None, "snoozed_until": None}
    wanted = Wanted(subject="g:acme", until_at=shop.now + DAY)
    item = Item(id="call", text={"en": "Call"})

    def job(tx: Tx) -> None:
        add_checklist(tx, shop.runtime.project_id, "onboarding", "g:acme", "", {"en": "t"}, [item], shop.now, "")
        change_task(tx, shop.runtime.project_id, 1, **change)
        begin(tx, shop.runtime.project_id, wanted, shop.now)
        for table in ("webhook", "message", "delivery"):
            tx.execute(f"DELETE FROM {table}")
        add_webhook(tx, shop.runtime.project_id, "http://127.0.0.1:9/", "whsec_c2VjcmV0", [], "", shop.now)
        row = outbox.add_message(tx, shop.runtime.project_id, "m1", "csm_task.opened", "{}", shop.now)
        outbox.route(tx, shop.runtime.project_id, row, ["w:1"], shop.now)

    shop.runtime.store.write_now(job)
    if "hello" in shop.runtime.rules.plan.resting:
        move(shop.runtime.rules, "hello", "live", shop.now, "Ann", "")
    shop.app.state.logins = RateLimit(*LOGIN_LIMIT)
    shop.app.state.trials.end()
    shop.app.state.trials = Trials()
    shop.app.state.trials.begin(shop.runtime, shop.runtime.rules.plan, shop.now - DAY)
    shop.app.state.trials.wait()


def ask(shop: Shop, method: str, path: str, client: httpx.AsyncClient, **headers: str) -> httpx.Response:
    row = TABLE[method, path]
    parts: dict[str, Any] = {} if row.body is None else {"content" if isinstance(row.body, str) else "json": row.body}
    return shop.ask(method, url_of(path), client, headers=headers, **parts)


def with_cookie(shop: Shop, value: str) -> httpx.AsyncClient:
    client = shop.browser()
    client.cookies.set(COOKIE, value)
    return client


def session(shop: Shop) -> str:
    return str(shop.client.cookies[COOKIE])


def worthless(shop: Shop) -> dict[str, str]:
    """Cookies that are no session."""
    good, signer, wall = session(shop), shop.runtime.signer, shop.runtime.clock.wall()
    payload, signature = good.rsplit(".", 1)
    return {
        "bad": "x",
        "cut": good[:-1],
        "payload alone": payload,
        "signature of another": f"{payload}.{signature[::-1]}",
        "forged": Signer("another secret that is long").dumps("console", "admin", wall),
        "for another purpose": signer.dumps("offer", "admin", wall),
        "a preview link": signer.dumps("preview", {"tip": "hello"}, wall),
        "expired": signer.dumps("console", "admin", wall - 14 * DAY - 1),
        "the write key": KEY,
        "the password": PASSWORD,
    }


def test_every_route_has_a_row_and_every_row_a_route(shop: Shop) -> None:
    served = set()
    for route in shop.app.routes:
        if isinstance(route, Route):
            served |= {(method, route.path) for method in route.methods or () if method != "HEAD"}
        elif isinstance(route, Mount):
            served.add(("GET", route.path))
        else:
            raise AssertionError(f"{route} is neither a route nor a mount: say who may use it")
    assert served == set(TABLE)


@pytest.mark.parametrize(("method", "path"), TABLE)
def test_who_may_gets_the_answer(shop: Shop, method: str, path: str) -> None:
    row = TABLE[method, path]
    headers = {"key": basic(KEY), "session": ORIGIN, "password": ORIGIN, "anybody": ORIGIN}[row.who]
    client = shop.client if row.who == "session" else shop.browser()
    assert ask(shop, method, path, client, **headers).status_code == row.status


@pytest.mark.parametrize(("method", "path"), SIGNED_IN)
def test_a_route_of_the_console_answers_nobody_but_who_is_signed_in(shop: Shop, method: str, path: str) -> None:
    assert_problem(ask(shop, method, path, shop.browser(), **ORIGIN), 401, "signed_out")
    assert_problem(ask(shop, method, path, shop.browser(), **ORIGIN, **basic(KEY)), 401, "signed_out")
    bearer = {"authorization": f"Bearer {session(shop)}"}
    assert_problem(ask(shop, method, path, shop.browser(), **ORIGIN, **bearer), 401, "signed_out")
    for name, cookie in worthless(shop).items():
        found = assert_problem(ask(shop, method, path, with_cookie(shop, cookie), **ORIGIN), 401)
        assert found["code"] == ("expired_token" if name == "expired" else "bad_token"), name


@pytest.mark.parametrize(("method", "path"), SIGNED_IN)
def test_a_secret_key_opens_what_a_session_does(shop: Shop, method: str, path: str) -> None:
    bearer = {"authorization": f"Bearer {SECRET}"}
    assert ask(shop, method, path, shop.browser(), **bearer).status_code == TABLE[method, path].status
    bearer = {"authorization": f"Bearer {SECRET}x"}
    assert_problem(ask(shop, method, path, shop.browser(), **bearer), 401, "unknown_key")


@pytest.mark.parametrize(("method", "path"), [key for key, row in TABLE.items() if row.who == "key"])
def test_a_session_is_worth_nothing_where_the_key_is_asked_for(shop: Shop, method: str, path: str) -> None:
    assert_problem(ask(shop, method, path, shop.client, **ORIGIN), 401, "no_key")


@pytest.mark.parametrize(("method", "path"), [key for key, row in TABLE.items() if row.who == "anybody"])
def test_an_open_route_answers_everybody_alike(shop: Shop, method: str, path: str) -> None:
    callers = (shop.browser(), with_cookie(shop, "x"), with_cookie(shop, session(shop)))
    answers = [ask(shop, method, path, client, **ORIGIN) for client in callers]
    assert len({(answer.status_code, answer.content) for answer in answers}) == 1


HOST_NAME = HOST.removeprefix("http://")
FROM: dict[str, tuple[dict[str, str], bool]] = {
    # what a browser says of the caller: (headers, whether it passes)
    "nothing": ({}, False),
    "this origin": ({"origin": HOST}, True),
    "this origin behind a proxy that ends TLS": ({"origin": f"https://{HOST_NAME}"}, True),
    "another origin": ({"origin": "https://evil.example"}, False),
    "another port": ({"origin": f"{HOST}:8080"}, False),
    "a name that begins like ours": ({"origin": f"{HOST}.evil.example"}, False),
    "a name that ends like ours": ({"origin": f"http://evil-{HOST_NAME}"}, False),
    "a user name like ours": ({"origin": f"http://{HOST_NAME}@evil.example"}, False),
    "a path like ours": ({"origin": f"http://evil.example/{HOST_NAME}"}, False),
    "no origin: a sandbox or a file": ({"origin": "null"}, False),
    "an empty origin": ({"origin": ""}, False),
    "no URL": ({"origin": "http://["}, False),
    "a bare name": ({"origin": HOST_NAME}, False),
    "same origin": ({"sec-fetch-site": "same-origin"}, True),
    "same origin, and says so twice": ({"sec-fetch-site": "same-origin", "origin": HOST}, True),
    "same origin behind a proxy that changes the host": ({"sec-fetch-site": "same-origin", "origin": "https://cs.example"}, True),
    "the person": ({"sec-fetch-site": "none"}, True),
    "a sister site": ({"sec-fetch-site": "same-site", "origin": f"http://shop.{HOST_NAME}"}, False),
    "another site": ({"sec-fetch-site": "cross-site", "origin": "https://evil.example"}, False),
    "another site that claims our origin": ({"sec-fetch-site": "cross-site", "origin": HOST}, False),
    "a word that we do not know": ({"sec-fetch-site": "friendly", "origin": HOST}, False),
    "an empty word": ({"sec-fetch-site": ""}, False),
}  # fmt: skip


@pytest.mark.parametrize(("method", "path"), UNSAFE)
@pytest.mark.parametrize("caller", FROM)
def test_an_unsafe_call_passes_only_from_the_console_itself(shop: Shop, method: str, path: str, caller: str) -> None:
    headers, passes = FROM[caller]
    answer = ask(shop, method, path, with_cookie(shop, session(shop)), **headers)
    if passes:
        assert answer.status_code == TABLE[method, path].status
    else:
        assert_problem(answer, 403, "cross_site")


@pytest.mark.parametrize(("method", "path"), [key for key in SIGNED_IN if key[0] == "GET"])
def test_to_look_is_safe_from_anywhere(shop: Shop, method: str, path: str) -> None:
    headers, _ = FROM["another site"]
    assert ask(shop, method, path, shop.client, **headers).status_code == 200


def test_a_refused_call_changed_nothing(shop: Shop) -> None:
    def state() -> list[Any]:
        def job(tx: Tx) -> list[Any]:
            return [
                tx.execute(f"SELECT * FROM {table} ORDER BY id").fetchall()
                for table in ("task", "pause", "account_note", "webhook", "delivery")
            ]

        return shop.runtime.store.read_now(job)

    before = state()
    assert all(before)
    for method, path in UNSAFE:
        ask(shop, method, path, shop.client, **FROM["another site"][0])
        ask(shop, method, path, shop.browser(), **ORIGIN)
    assert state() == before


def cookie_of(answer: httpx.Response) -> dict[str, Any]:
    parsed = SimpleCookie(answer.headers["set-cookie"])
    (morsel,) = parsed.values()
    return {"name": morsel.key, "value": morsel.value, **{name: morsel[name] for name in morsel}}


@pytest.mark.parametrize(("scheme", "secure"), [("http", ""), ("https", True)])
def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(shop: Shop, scheme: str, secure: Any) -> None:
    origin = f"{scheme}://{HOST_NAME}"
    body = {"password": PASSWORD}
    answer = shop.ask("POST", f"{origin}/api/login", shop.browser(), json=body, headers={"origin": origin})
    assert (answer.status_code, answer.content) == (204, b"")
    cookie = cookie_of(answer)
    assert cookie["name"] == COOKIE
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "lax", "/")
    assert (cookie["max-age"], cookie["domain"], cookie["secure"]) == (str(14 * 86_400), "", secure)


def test_to_sign_out_takes_the_cookie_away(shop: Shop) -> None:
    answer = shop.ask("POST", "/api/logout", shop.browser(), headers=ORIGIN)
    cookie = cookie_of(answer)
    assert (answer.status_code, cookie["name"], cookie["value"], cookie["max-age"]) == (204, COOKIE, "", "0")


def test_a_session_lasts_14_days_and_not_a_millisecond_longer(shop: Shop) -> None:
    wall = shop.runtime.clock.wall()
    for age, status in ((14 * DAY, 200), (14 * DAY + 1, 401)):
        cookie = shop.runtime.signer.dumps("console", "admin", wall - age)
        assert shop.ask("GET", "/api/me", with_cookie(shop, cookie)).status_code == status


def test_a_session_survives_a_restart(tmp_path: Path) -> None:
    own = Shop(tmp_path / "shop")
    own.sign_in()
    cookie = session(own)
    own.restart()
    assert own.ask("GET", "/api/me", with_cookie(own, cookie)).status_code == 200
    own.close()


WRONG_PASSWORDS: list[tuple[Any, int, str]] = [
    ({"password": "wrong"}, 401, "wrong_password"),
    ({"password": PASSWORD + " "}, 401, "wrong_password"),
    ({"password": PASSWORD.upper()}, 401, "wrong_password"),
    ({"password": ""}, 401, "wrong_password"),
    ({"password": "\x00"}, 401, "wrong_password"),
    ({"password": None}, 400, "bad_input"),
    ({"password": [PASSWORD]}, 400, "bad_input"),
    ({}, 400, "bad_input"),
]


@pytest.mark.parametrize(("body", "status", "code"), WRONG_PASSWORDS)
def test_nothing_but_the_password_signs_in(shop: Shop, body: Any, status: int, code: str) -> None:
    answer = shop.ask("POST", "/api/login", shop.browser(), json=body, headers=ORIGIN)
    assert_problem(answer, status, code)
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    "body", [b"", b"x", b"[]", b'"p"', b'{"password":"\xff"}', b"[" * 60_000, b'{"password":"\\ud800"}']
)
def test_a_body_that_is_no_object_does_not_sign_in(shop: Shop, body: bytes) -> None:
    assert_problem(shop.ask("POST", "/api/login", shop.browser(), content=body, headers=ORIGIN), 400, "bad_input")
    assert_problem(shop.ask("POST", "/api/v1/tasks/1/done", content=body or b"7", headers=ORIGIN), 400, "bad_input")


def test_before_a_password_was_made_nobody_signs_in(tmp_path: Path) -> None:
    own = Shop(tmp_path / "shop")
    for password in ("", PASSWORD, "admin"):
        answer = own.ask("POST", "/api/login", json={"password": password}, headers=ORIGIN)
        assert_problem(answer, 401, "wrong_password")
    own.close()


def test_ten_tries_in_15_minutes_from_one_address(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1_000.0
    monkeypatch.setattr("time.time", lambda: now)
    monkeypatch.setattr("waypost.web.sessions.password_fits", lambda _stored, given: given == PASSWORD)

    def attempt(password: str, address: str = "10.9.9.9") -> httpx.Response:
        return shop.ask("POST", "/api/login", shop.browser(address), json={"password": password}, headers=ORIGIN)

    assert [attempt("wrong").status_code for _ in range(10)] == [401] * 10
    now += 100
    refused = attempt(PASSWORD)
    assert_problem(refused, 429, "too_many_requests")
    assert refused.headers["retry-after"] == str(15 * 60 - 100)
    assert attempt(PASSWORD, "10.9.9.10").status_code == 204
    now += int(refused.headers["retry-after"])
    assert attempt(PASSWORD).status_code == 204


def test_calls_from_another_site_do_not_use_up_the_tries(shop: Shop) -> None:
    evil = FROM["another site"][0]
    for _ in range(20):
        shop.ask("POST", "/api/login", shop.browser(), json={"password": "wrong"}, headers=evil)
    assert ask(shop, "POST", "/api/login", shop.browser(), **ORIGIN).status_code == 204


def test_the_password_is_kept_as_a_hash(tmp_path: Path) -> None:
    own = Shop(tmp_path / "shop")
    reset_password(own.runtime, "a password of canaries")
    own.close()
    assert all(b"canaries" not in file.read_bytes() for file in own.folder.glob("a.db*"))
