"""No webhook reaches an address that is not public: sixty ways to write one, when it is saved, tested and sent."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import httpx
import pytest

from tests.http.shop import ORIGIN, Shop, assert_problem
from tests.outside import Trap, receiver, trap
from waypost.store.outbox import add_message, deliveries
from waypost.store.sqlite import Tx
from waypost.store.webhooks import add_webhook
from waypost.success.endpoints import remove_endpoint
from waypost.success.outgoing import WayOut, route_messages, send_waiting
from waypost.success.webhooks import webhook_client
from waypost.trust.addresses import Lookup, lookup

PUBLIC = "93.184.215.14"
NAMES: dict[str, list[str]] = {  # what the name server of an attacker says
    "127.0.0.1.nip.io": ["127.0.0.1"],
    "a.7f000001.nip.io": ["127.0.0.1"],
    "localtest.me": ["127.0.0.1"],
    "intranet.example": ["10.0.0.7"],
    "two.example": [PUBLIC, "127.0.0.1"],
    "six.example": ["::1"],
    "mapped.example": ["::ffff:127.0.0.1"],
    "zone.example": ["fe80::1%lo"],
    "nowhere.example": [],
    "xn--0v9a.example": ["127.0.0.1"],
    "metadata.google.internal": ["169.254.169.254"],
}
P = "{port}"
FORMS: list[tuple[str, str]] = [  # (URL, code of the refusal)
    # an address as it is
    (f"http://127.0.0.1:{P}/", "private_address"),
    (f"https://127.0.0.1:{P}/", "private_address"),
    (f"http://127.8.8.8:{P}/", "private_address"),
    (f"http://0.0.0.0:{P}/", "private_address"),
    (f"http://10.0.0.1:{P}/", "private_address"),
    (f"http://172.16.0.1:{P}/", "private_address"),
    (f"http://192.168.1.1:{P}/", "private_address"),
    ("http://169.254.169.254/latest/meta-data/", "private_address"),
    (f"http://100.64.0.1:{P}/", "private_address"),
    (f"http://100.100.100.200:{P}/", "private_address"),
    (f"http://198.18.0.1:{P}/", "private_address"),
    (f"http://192.0.2.1:{P}/", "private_address"),
    (f"http://224.0.0.1:{P}/", "private_address"),
    (f"http://240.0.0.1:{P}/", "private_address"),
    (f"http://255.255.255.255:{P}/", "private_address"),
    # an address in disguise
    (f"http://2130706433:{P}/", "bad_url"),
    (f"http://0x7f000001:{P}/", "bad_url"),
    (f"http://0x7f.0.0.1:{P}/", "bad_url"),
    (f"http://0x7f.1:{P}/", "bad_url"),
    (f"http://0177.0.0.1:{P}/", "bad_url"),
    (f"http://017700000001:{P}/", "bad_url"),
    (f"http://127.1:{P}/", "bad_url"),
    (f"http://127.0.1:{P}/", "bad_url"),
    (f"http://0:{P}/", "bad_url"),
    (f"http://127.000.000.001:{P}/", "bad_url"),
    (f"http://127.0.0.0x1:{P}/", "bad_url"),
    (f"http://127.0.0.1.:{P}/", "bad_url"),
    (f"http://256.256.256.256:{P}/", "bad_url"),
    (f"http://127。0。0。1:{P}/", "bad_url"),
    (f"http://１２７.０.０.１:{P}/", "bad_url"),
    (f"http://①②⑦.⓪.⓪.①:{P}/", "bad_url"),
    (f"http://١٢٧.٠.٠.١:{P}/", "bad_url"),
    (f"http://127%2e0%2e0%2e1:{P}/", "bad_url"),
    (f"http://%6c%6fcalhost:{P}/", "bad_url"),
    # IPv6, and what it can hold
    (f"http://[::1]:{P}/", "private_address"),
    (f"http://[0:0:0:0:0:0:0:1]:{P}/", "private_address"),
    (f"http://[::]:{P}/", "private_address"),
    (f"http://[::ffff:127.0.0.1]:{P}/", "private_address"),
    (f"http://[::ffff:7f00:1]:{P}/", "private_address"),
    (f"http://[::127.0.0.1]:{P}/", "private_address"),
    (f"http://[2002:7f00:1::]:{P}/", "private_address"),
    (f"http://[64:ff9b::127.0.0.1]:{P}/", "private_address"),
    (f"http://[64:ff9b:1::7f00:1]:{P}/", "private_address"),
    (f"http://[2001:0:7f00:1::1]:{P}/", "private_address"),
    (f"http://[fe80::1]:{P}/", "private_address"),
    (f"http://[fe80::1%25lo]:{P}/", "bad_url"),
    (f"http://[::1%25lo]:{P}/", "bad_url"),
    (f"http://[fc00::1]:{P}/", "private_address"),
    (f"http://[fd00:ec2::254]:{P}/", "private_address"),
    (f"http://[fec0::1]:{P}/", "private_address"),
    (f"http://[ff02::1]:{P}/", "private_address"),
    (f"http://[::1:{P}/", "bad_url"),
    # names
    (f"http://localhost:{P}/", "private_address"),
    (f"http://LOCALHOST:{P}/", "private_address"),
    (f"http://LocalHost.:{P}/", "bad_url"),
    *((f"http://{name}:{P}/", "private_address") for name in NAMES),
    (f"http://unheard-of.example:{P}/", "unknown_host"),
    (f"http://localhoſt:{P}/", "bad_url"),
    # what programs read differently
    (f"http://crm.example@127.0.0.1:{P}/", "bad_url"),
    (f"http://crm.example:80@127.0.0.1:{P}/", "bad_url"),
    (f"http://127.0.0.1:{P}#@crm.example/", "private_address"),
    (f"http://127.0.0.1:{P}\\@crm.example/", "bad_url"),
    (f"http:\\\\127.0.0.1:{P}\\", "bad_url"),
    (f"http:/127.0.0.1:{P}/", "bad_url"),
    (f"//127.0.0.1:{P}/", "bad_url"),
    (f"http://127.0.0.1:{P}/\r\nHost: crm.example", "bad_url"),
    (f"http://127.0.0.1\t:{P}/", "bad_url"),
    (f"\thttp://127.0.0.1:{P}/", "bad_url"),
    (f"http://127.0.0.1\u00a0:{P}/", "bad_url"),
    (f"http://127.0.0.1\u200b:{P}/", "bad_url"),
    (f"http://127.0.0.1\x00.crm.example:{P}/", "bad_url"),
    (f"http://127.0.0.1 :{P}/", "bad_url"),
    ("http://127.0.0.1:0/", "bad_url"),
    ("http://127.0.0.1:99999/", "bad_url"),
    (f"gopher://127.0.0.1:{P}/", "bad_url"),
    (f"ftp://127.0.0.1:{P}/", "bad_url"),
    ("file:///etc/passwd", "bad_url"),
    (f"javascript://127.0.0.1:{P}/%0aalert(1)", "bad_url"),
    ("", "bad_url"),
]


def answering(names: dict[str, list[str]]) -> Lookup:
    """A name server; addresses and localhost go to the one of the system, which connects to nobody."""

    async def look_up(host: str, port: int) -> Sequence[str]:
        if host in names:
            return names[host]
        if host.endswith(".example"):
            raise OSError("no such name")
        return await lookup(host, port)

    return look_up


@pytest.fixture(scope="module")
def caught() -> Iterator[Trap]:
    with trap() as made:
        yield made


@pytest.fixture(scope="module")
def signed(shared: Shop) -> Shop:
    shared.sign_in()
    shared.app.state.look_up = answering(NAMES)
    return shared


@contextmanager
def saved(shop: Shop, url: str) -> Iterator[int]:
    """An endpoint that stands in the table unchecked, as one whose name meant something else when it was saved."""
    secret, project_id = "whsec_" + "c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0", shop.runtime.project_id
    number = shop.runtime.store.write_now(lambda tx: add_webhook(tx, project_id, url, secret, [], "", shop.now))
    yield number
    shop.runtime.store.write_now(lambda tx: remove_endpoint(tx, project_id, number, shop.now))


def sent(shop: Shop, look_up: Lookup, client: Callable[[], httpx.AsyncClient] = webhook_client) -> list[str]:
    """Route one message and try it: the errors of the attempts."""
    runtime = shop.runtime

    async def work() -> None:
        async with client() as made:
            way = WayOut(runtime.store, runtime.project_id, runtime.settings, made, lambda: 0.5, look_up)
            await route_messages(way, runtime.rules.plan, shop.now)
            await send_waiting(way, runtime.rules.plan, shop.now, shop.now)

    def write(tx: Tx) -> int:
        (number,) = tx.execute("SELECT COUNT(*) FROM message WHERE project_id=?", (runtime.project_id,)).fetchone()
        return add_message(
            tx, runtime.project_id, f"m{number}", "csm_task.opened", '{"data": {"owner": ""}}', shop.now
        )

    runtime.store.write_now(write)
    shop.run(work())
    found = runtime.store.read_now(lambda tx: deliveries(tx, runtime.project_id, "waiting", 1))
    return [one.last_error for one in found]


def test_there_are_sixty_forms_and_more() -> None:
    assert len(FORMS) >= 60
    assert len({url for url, _ in FORMS}) == len(FORMS)


@pytest.mark.parametrize(("form", "code"), FORMS, ids=[repr(url) for url, _ in FORMS])
def test_no_form_of_a_private_address_is_connected_to(signed: Shop, caught: Trap, form: str, code: str) -> None:
    shop, url = signed, form.replace(P, str(caught.port))
    refused = assert_problem(shop.ask("POST", "/api/v1/webhooks", json={"url": url}, headers=ORIGIN), 422, code)
    assert refused["detail"].startswith("url: ")
    assert "\n" not in refused["detail"]
    with saved(shop, url) as number:
        tested = shop.ask("POST", f"/api/v1/webhooks/{number}/test", headers=ORIGIN).json()
        assert (tested["ok"], tested["status"]) == (False, None)
        assert tested["error"] == refused["detail"].removeprefix("url: ")
        assert sent(shop, answering(NAMES)) == [tested["error"][:300]]
    assert caught.probe() == 0


def test_a_name_that_is_public_when_saved_and_private_later_is_refused_at_test_and_at_send(
    signed: Shop, caught: Trap
) -> None:
    names = {"rebind.example": [PUBLIC]}
    signed.app.state.look_up = answering(names)
    body = {"url": f"http://rebind.example:{caught.port}/"}
    made = signed.ask("POST", "/api/v1/webhooks", json=body, headers=ORIGIN)
    assert made.status_code == 201
    names["rebind.example"] = ["127.0.0.1"]
    number = made.json()["id"]
    tested = signed.ask("POST", f"/api/v1/webhooks/{number}/test", headers=ORIGIN).json()
    assert "not a public address" in tested["error"]
    (error,) = sent(signed, answering(names))
    assert "not a public address" in error
    signed.ask("POST", f"/api/v1/webhooks/{number}/delete", headers=ORIGIN)
    signed.app.state.look_up = answering(NAMES)
    assert caught.probe() == 0


def test_the_address_that_was_checked_is_the_one_that_is_used(signed: Shop) -> None:
    """A name is asked for once an attempt: what it says a moment later counts for nothing."""
    asked: list[str] = []
    used: list[httpx.Request] = []

    async def changing(host: str, _port: int) -> Sequence[str]:
        asked.append(host)
        return [PUBLIC if len(asked) == 1 else "127.0.0.1"]

    def record(request: httpx.Request) -> httpx.Response:
        used.append(request)
        return httpx.Response(204, stream=httpx.ByteStream(b""))

    with saved(signed, "https://rebind.example/hook?a=1"):
        assert sent(signed, changing, lambda: httpx.AsyncClient(transport=httpx.MockTransport(record))) == []
    assert asked == ["rebind.example"]
    (request,) = used
    assert str(request.url) == f"https://{PUBLIC}/hook?a=1"
    assert request.headers["host"] == "rebind.example"
    assert request.extensions["sni_hostname"] == "rebind.example", "the certificate is that of the name"


ALLOWED: list[tuple[str, str]] = [
    (f"http://{PUBLIC}/hook", PUBLIC),
    ("http://[2606:2800:21f:cb07:6820:80da:af6b:8b2c]/", "2606:2800:21f:cb07:6820:80da:af6b:8b2c"),
    ("https://[64:ff9b::93.184.215.14]:8443/a", "64:ff9b::5db8:d70e"),
    ("https://CRM.example/a%20b", PUBLIC),
]


@pytest.mark.parametrize(("url", "address"), ALLOWED)
def test_a_public_address_passes(signed: Shop, url: str, address: str) -> None:
    used: list[str] = []

    def record(request: httpx.Request) -> httpx.Response:
        used.append(request.url.host)
        return httpx.Response(204, stream=httpx.ByteStream(b""))

    with saved(signed, url):
        names = answering({"crm.example": [PUBLIC]})
        assert sent(signed, names, lambda: httpx.AsyncClient(transport=httpx.MockTransport(record))) == []
    assert used == [address]


@pytest.fixture
def private(signed: Shop) -> Iterator[Shop]:
    signed.runtime.settings.webhook_private = True
    yield signed
    signed.runtime.settings.webhook_private = False


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(private: Shop, caught: Trap, status: int) -> None:
    with receiver() as end, saved(private, end.url) as number:
        away = {"location": f"http://127.0.0.1:{caught.port}/"}
        end.answers = [(status, away), (status, away)]
        tested = private.ask("POST", f"/api/v1/webhooks/{number}/test", headers=ORIGIN).json()
        assert (tested["ok"], tested["status"]) == (False, status)
        assert sent(private, answering(NAMES)) == [tested["error"]]
        assert "a redirect, which is not followed" in tested["error"]
    assert caught.probe() == 0


def test_no_proxy_of_the_environment_is_asked(private: Shop, caught: Trap, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{caught.port}")
        monkeypatch.setenv(name.lower(), f"http://127.0.0.1:{caught.port}")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    with receiver() as end, saved(private, end.url) as number:
        assert private.ask("POST", f"/api/v1/webhooks/{number}/test", headers=ORIGIN).json()["ok"]
        assert sent(private, answering(NAMES)) == []
        assert len(end.got) == 2
    assert caught.probe() == 0
