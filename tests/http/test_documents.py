"""What other people's clients fetch first, what an operator asks, and what a browser of another site may read."""

from __future__ import annotations

import gzip
from pathlib import Path

import httpx
import pytest
from starlette.routing import Mount

from tests.http.shop import HOST, KEY, Shop, assert_problem, basic, corner, track
from waypost.web.app import build_app
from waypost.web.guard import RateLimit
from waypost.web.site import STATIC, BuiltFiles

SITE = {"origin": "https://shop.example"}


def test_segments_settings_lead_analytics_js_back_to_us(shop: Shop) -> None:
    """loadLegacySettings fetches it; segmentio() sends to `${protocol}://${apiHost}/${first letter of the call}`."""
    answer = shop.ask("GET", f"/v1/projects/{KEY}/settings")
    assert answer.status_code == 200
    settings = answer.json()
    assert list(settings["integrations"]) == ["Segment.io"], "more than one means legacy destinations to load"
    source = settings["integrations"]["Segment.io"]
    assert (source["apiKey"], source["protocol"], source["apiHost"]) == (KEY, "http", "waypost.test/v1")
    assert source["unbundledIntegrations"] == []
    assert source["deliveryStrategy"] == {"strategy": "standard"}
    assert settings["plan"]["track"]["__default"] == {"enabled": True, "integrations": {}}
    assert settings["remotePlugins"] == []
    assert settings["middlewareSettings"] == settings["enabledMiddleware"] == settings["edgeFunction"] == {}
    assert settings["legacyVideoPluginsEnabled"] is False
    assert settings["metrics"] == {"sampleRate": 0}
    url = f"{source['protocol']}://{source['apiHost']}/t"
    body = f'{{"event":"opened","userId":"ivan","writeKey":"{KEY}"}}'.encode()
    assert shop.ask("POST", url, content=body, headers={"content-type": "text/plain"}).json()["accepted"] == 1


@pytest.mark.parametrize("key", ["wk_other", "x", "%00", "%ED%A0%80", "%D0%BA"])
def test_segments_settings_of_an_unknown_project_are_404(shared: Shop, key: str) -> None:
    assert_problem(shared.ask("GET", f"/v1/projects/{key}/settings"), 404, "not_found")


@pytest.mark.parametrize("path", ["/sourceConfig", "/sourceConfig/"])
def test_rudderstacks_source_configuration_is_one_that_its_libraries_take(shared: Shop, path: str) -> None:
    """isValidSourceConfig of the browser library; the Kotlin library needs every field but config."""
    for answer in (
        shared.ask("GET", path, params={"p": "npm", "v": "3.0.0", "writeKey": KEY}),
        shared.ask("GET", path, headers=basic(KEY)),
    ):
        assert answer.status_code == 200
        source = answer.json()["source"]
        assert {
            "id",
            "name",
            "writeKey",
            "config",
            "enabled",
            "workspaceId",
            "destinations",
            "updatedAt",
        } <= source.keys()
        assert (source["writeKey"], source["enabled"], source["destinations"]) == (KEY, True, [])
        collected = source["config"]["statsCollection"]
        assert (collected["errors"], collected["metrics"]) == ({"enabled": False}, {"enabled": False})
        assert source["dataplanes"] == {}, "else the library sends elsewhere than it was told"


def test_rudderstacks_source_configuration_needs_the_key(shared: Shop) -> None:
    assert_problem(shared.ask("GET", "/sourceConfig"), 401, "no_key")
    assert_problem(shared.ask("GET", "/sourceConfig", params={"writeKey": "x"}), 401, "unknown_key")


def test_a_flood_of_source_configurations_is_429(shop: Shop) -> None:
    shop.app.state.rate = RateLimit(1, 10)
    assert shop.ask("GET", "/sourceConfig", headers=basic(KEY)).status_code == 200
    answer = shop.ask("GET", "/sourceConfig", headers=basic(KEY))
    assert_problem(answer, 429)
    assert 0 < int(answer.headers["retry-after"]) <= 10


def test_it_is_healthy_while_the_process_runs_and_ready_when_rules_are_live(tmp_path: Path) -> None:
    shop = Shop(tmp_path / "shop", corner("a"), corner("b"))
    assert shop.ask("GET", "/healthz").json() == {"status": "ok"}
    assert shop.ask("GET", "/readyz").json() == {"status": "ready", "rules": 2}
    shop.runtime.rules.loaded_at = 0
    answer = shop.ask("GET", "/readyz")
    assert_problem(answer, 503, "no_rules")
    assert int(answer.headers["retry-after"]) > 0
    shop.close()


def test_the_snippet_is_served_to_any_site_and_asked_for_again(shared: Shop) -> None:
    answer = shared.ask("GET", "/sdk/waypost.js", headers=SITE)
    assert answer.status_code == 200
    assert answer.content == (STATIC / "sdk" / "waypost.js").read_bytes()
    assert answer.headers["content-type"].startswith("text/javascript")
    assert answer.headers["cache-control"] == "no-cache"
    assert answer.headers["access-control-allow-origin"] == "*"
    again = shared.ask("GET", "/sdk/waypost.js", headers={"if-none-match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def serving(shop: Shop, folder: Path) -> httpx.AsyncClient:
    app = build_app(shop.runtime, [Mount("/built", BuiltFiles(directory=folder, check_dir=False))], background=False)
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=HOST)


def test_a_built_file_with_a_hash_in_its_name_is_kept_for_ever(shop: Shop, tmp_path: Path) -> None:
    for name in ("modal-156758df.js", "waypost.js"):
        (tmp_path / name).write_text("1")
    client = serving(shop, tmp_path)
    hashed, plain = (shop.ask("GET", f"/built/{name}", client) for name in ("modal-156758df.js", "waypost.js"))
    assert hashed.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert plain.headers["cache-control"] == "no-cache"


def test_a_part_that_was_not_built_says_so(shop: Shop, tmp_path: Path) -> None:
    found = assert_problem(shop.ask("GET", "/built/waypost.js", serving(shop, tmp_path / "none")), 404, "not_found")
    assert "make build" in found["detail"]


@pytest.mark.parametrize(
    "path",
    ["../settings.py", "%2e%2e/settings.py", "..%2fsettings.py", "%00", "x" * 5_000, "", "/etc/passwd", "no.js"],
)
def test_nothing_but_built_files_is_served(shared: Shop, path: str) -> None:
    assert_problem(shared.ask("GET", f"/sdk/{path}"), 404, "not_found")


PUBLIC = [
    "/v1/batch",
    "/v1/b",
    "/v1/t",
    "/v1/sync",
    f"/v1/projects/{KEY}/settings",
    "/sourceConfig",
    "/sdk/waypost.js",
]
CONSOLE = [
    "/api/login",
    "/api/logout",
    "/api/me",
    "/api/tips",
    "/api/v1/tasks",
    "/api/v1/tasks/1/done",
    "/console/",
    "/healthz",
    "/",
]
PREFLIGHT = {**SITE, "access-control-request-method": "POST"}
SENT = [
    "authorization, x-retry-count, content-type",
    "trace",
    "anonymousid",
    "x-write-key",
    "traceparent, baggage",
    "",
]


@pytest.mark.parametrize("path", PUBLIC)
@pytest.mark.parametrize("headers", SENT)
def test_any_site_may_ask_with_any_header_but_never_with_its_cookies(shared: Shop, path: str, headers: str) -> None:
    """Segment's library sends x-retry-count or trace, RudderStack's anonymousid, tracers of the page traceparent."""
    asked = {**PREFLIGHT, **({"access-control-request-headers": headers} if headers else {})}
    answer = shared.ask("OPTIONS", path, headers=asked)
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == "*"
    allowed = answer.headers.get("access-control-allow-headers", "").lower()
    assert set(headers.split(", ")) - {""} <= {name.strip() for name in allowed.split(",")}
    assert "POST" in answer.headers["access-control-allow-methods"]
    assert int(answer.headers["access-control-max-age"]) == 86_400
    assert "access-control-allow-credentials" not in answer.headers


@pytest.mark.parametrize("path", CONSOLE)
def test_no_other_site_may_ask_the_console(shared: Shop, path: str) -> None:
    preflight = shared.ask("OPTIONS", path, headers=PREFLIGHT)
    assert_problem(preflight, 405, "method_not_allowed")
    for answer in (preflight, shared.ask("GET", path, headers=SITE), shared.ask("POST", path, headers=SITE)):
        assert [name for name in answer.headers if name.startswith("access-control-")] == []


def test_another_site_may_read_the_reply_and_when_to_come_again(shop: Shop) -> None:
    answer = shop.post("/v1/batch", {"batch": [track()]}, SITE)
    assert answer.headers["access-control-allow-origin"] == "*"
    shop.app.state.rate = RateLimit(0, 10)
    refused = shop.post("/v1/batch", {"batch": [track()]}, SITE)
    assert refused.status_code == 429
    assert refused.headers["access-control-allow-origin"] == "*"
    assert "retry-after" in refused.headers["access-control-expose-headers"].lower(), "or the snippet cannot see it"


@pytest.mark.parametrize("answer", [400, 401, 413, 415, 503])
def test_another_site_may_read_every_refusal(shop: Shop, answer: int) -> None:
    if answer == 503:
        shop.disk.error = OSError(5, "Input/output error")
    body = {400: b"junk", 413: gzip.compress(bytes(5_000_000))}.get(answer, b'{"batch":[]}')
    headers = {401: basic("wk_other"), 415: {"content-encoding": "br"}}.get(answer, {})
    refused = shop.post("/v1/batch", body, {**SITE, **headers})
    assert_problem(refused, answer)
    assert refused.headers["access-control-allow-origin"] == "*"
