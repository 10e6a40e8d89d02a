"""Whatever happens to us, the host's page works: fourteen failures, a strict policy, hostile text."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from playwright.sync_api import ConsoleMessage, Page, expect

from tests.browser.snippet.seen import WATCH, open_page, settled, state, tip, until
from tests.browser.snippet.stub import Answer, Stub, offer

NO_STORAGE = """for (const area of ["localStorage", "sessionStorage"])
  Object.defineProperty(window, area, {get() { throw new DOMException("denied", "SecurityError") }})"""
FULL = """Storage.prototype.setItem = () => { throw new DOMException("full", "QuotaExceededError") }"""
FROZEN = """for (const kind of [Object, Array, Function, String, Promise, Map, Set, Element, Node, EventTarget, History,
  Document, HTMLElement, Storage, Event]) { Object.freeze(kind.prototype); Object.freeze(kind) }"""

FAILURES: list[tuple[str, str]] = [
    ("script blocked", "block:**/sdk/*"),
    ("api blocked", "block:**/v1/*"),
    ("name not resolved", "unknown:**/v1/*"),
    ("hangs for 60 s", "hang"),
    ("500", "answer:500"),
    ("401", "answer:401"),
    ("200 with HTML", "html"),
    ("cut JSON", "cut"),
    ("CORS refused", "cors"),
    ("policy refuses", "csp"),
    ("storage throws", NO_STORAGE),
    ("quota full", FULL),
    ("no fetch", "delete window.fetch; delete navigator.__proto__.sendBeacon"),
    ("frozen prototypes", FROZEN),
]


def break_it(page: Page, stub: Stub, how: str, ends: threading.Event) -> None:
    kind, _, where = how.partition(":")
    answers: dict[str, Answer] = {
        "answer": (int(where) if kind == "answer" else 0, {}, b"{}"),
        "html": (200, {"content-type": "text/html"}, b"<!doctype html><title>Sign in</title>"),
        "cut": (200, {"content-type": "application/json"}, b'{"accepted": 1, "offers": [{"tip'),
    }
    if kind in ("block", "unknown"):
        page.route(where, lambda route: route.abort("namenotresolved" if kind == "unknown" else "blockedbyclient"))
    elif kind in answers:
        stub.answer = lambda path: answers[kind] if path.startswith("/v1") else None
    elif kind == "hang":

        def hang(path: str) -> Answer | None:
            if path.startswith("/v1"):
                ends.wait(60)
            return None

        stub.answer = hang
    elif kind == "cors":
        stub.page = stub.page.replace('src="/sdk/', f'src="{stub.url.replace("127.0.0.1", "localhost")}/sdk/')
        stub.answer = lambda path: (
            (200, {"access-control-allow-origin": "https://other.example"}, b"{}") if path.startswith("/v1") else None
        )
    elif kind == "csp":
        stub.headers = {"content-security-policy": "default-src 'self'; connect-src 'none'"}
    else:
        page.add_init_script(how)


@pytest.mark.parametrize(("name", "how"), FAILURES, ids=[name for name, _ in FAILURES])
def test_the_host_works_when(page: Page, stub: Stub, name: str, how: str) -> None:
    warnings: list[str] = []
    errors: list[str] = []

    def heard(message: ConsoleMessage) -> None:
        if "waypost" in message.text and message.type in ("warning", "error") and "/sdk/" not in message.text:
            warnings.append(message.text)

    page.on("console", heard)
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.add_init_script(path=WATCH)
    stub.offers = [offer()]
    ends = threading.Event()
    break_it(page, stub, how, ends)
    page.goto(stub.url)
    settled(page, 1_000)
    page.evaluate(
        """() => { for (const [name, ...args] of [["identify", "ivan"], ["group", "acme"], ["track", "a", {n: 1}],
        ["page"], ["debug"], ["start", "x"], ["reset"], ["endAll"], ["setLocale", "ru"]]) window.waypost?.[name]?.(...args) }"""
    )
    for _ in range(3):
        settled(page, 20_000)
    page.locator("#count").click()
    page.locator("#count").click()
    assert page.locator("#count").text_content() == "2"
    page.evaluate("history.pushState(null, '', '/elsewhere')")
    settled(page, 1_000)
    ends.set()
    seen = state(page)
    assert seen["errors"] == []
    assert errors == []
    assert seen["shift"] == 0
    assert len(warnings) <= 1


def test_calls_return_at_once_and_never_throw_whatever_they_are_given(page: Page, stub: Stub) -> None:
    page.add_init_script(path=WATCH)
    open_page(page, stub.url, stub.syncs)
    answer = page.evaluate(
        """() => { const ring = {}; ring.ring = ring; const odd = [undefined, null, 0, NaN, "", "x", [], {}, ring, Symbol(), 1n,
        () => 1, document.body, {get a() { throw 1 }}, {toString() { throw 1 }}, {toJSON() { throw 1 }}];
        const names = Object.keys(waypost).filter(name => typeof waypost[name] === "function");
        for (const name of names) if (name !== "consent") for (const a of odd) for (const b of odd) waypost[name](a, b);
        return names.length }"""
    )
    assert answer >= 14
    assert state(page)["errors"] == []


def test_host_prototypes_and_globals_stay_as_they_were(page: Page, stub: Stub) -> None:
    page.add_init_script("window.before = Object.keys(window)")
    stub.offers = [offer()]
    open_page(page, stub.url, stub.syncs)
    tip(page)
    page.evaluate(
        """() => { for (const key of ["__proto__", "constructor", "prototype"]) {
        waypost.track(key, JSON.parse(`{"${key}": {"polluted": 1}}`)); waypost.identify(key, JSON.parse(`{"${key}": {"polluted": 1}}`)) } }"""
    )
    settled(page, 6_000)
    assert page.evaluate("({}).polluted") is None
    assert page.evaluate("Object.keys(window).filter(k => !before.includes(k) && k !== 'before')") == ["waypost"]


POLICY = (
    "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)


@pytest.mark.parametrize("surface", ["tooltip", "corner", "banner", "modal", "survey"])
def test_the_strictest_policy_is_not_violated(page: Page, stub: Stub, surface: str) -> None:
    stub.headers = {"content-security-policy": POLICY}
    stub.offers = [offer(surface=surface)]
    page.add_init_script(path=WATCH)
    open_page(page, stub.url, stub.syncs)
    tip(page)
    page.get_by_role("button", name="More options").click()
    page.get_by_role("button", name="Why am I seeing this?").click()
    page.evaluate("waypost.debug()")
    page.locator("waypost-debug").wait_for(state="attached")
    settled(page, 1_000)
    page.get_by_role("button", name="Not this again").click()
    assert state(page)["csp"] == []
    assert state(page)["errors"] == []


def test_a_nonce_is_enough_for_the_lazy_parts(page: Page, stub: Stub) -> None:
    stub.page = stub.page.replace("<script async", '<script nonce="abc" async')
    stub.headers = {"content-security-policy": "default-src 'none'; script-src 'nonce-abc'; connect-src 'self'"}
    stub.offers = [offer(surface="modal")]
    open_page(page, stub.url, stub.syncs)
    tip(page)


PAYLOADS = [
    "<script>pwned()</script>",
    "<img src=x onerror=pwned()>",
    "<svg onload=pwned()>",
    "<svg><script>pwned()</script></svg>",
    "<iframe srcdoc='<script>parent.pwned()</script>'></iframe>",
    "<body onload=pwned()>",
    "<details open ontoggle=pwned()>",
    "<video><source onerror=pwned()></video>",
    "<math><mtext><table><mglyph><style><img src=x onerror=pwned()>",
    "<a href=javascript:pwned()>x</a>",
    '"><img src=x onerror=pwned()>',
    "'-pwned()-'",
    "${pwned()}",
    "{{constructor.constructor('pwned()')()}}",
    "javascript:pwned()",
    "java\tscript:pwned()",
    " javascript:pwned()",
    "\u0001javascript:pwned()",
    "JaVaScRiPt:pwned()",
    "data:text/html,<script>pwned()</script>",
    "data:image/svg+xml,<svg onload=pwned()>",
    "vbscript:pwned()",
    "//evil.example/x.js",
    "/\\evil.example",
    "x onclick=pwned()",
    'ltr" onfocus=pwned() autofocus tabindex=1 x="',
    "</style><script>pwned()</script>",
    "</title><script>pwned()</script>",
    "<!--<img src=--><img src=x onerror=pwned()>-->",
    "<form action=javascript:pwned()><button>x</button></form>",
    "<object data=javascript:pwned()></object>",
    "<embed src=javascript:pwned()>",
    "<link rel=stylesheet href=javascript:pwned()>",
    "<meta http-equiv=refresh content='0;url=javascript:pwned()'>",
    "<base href=javascript:pwned()//>",
    "<input autofocus onfocus=pwned()>",
    "<marquee onstart=pwned()>",
    "<xss style=animation-name:x onanimationstart=pwned()>",
    "<template><script>pwned()</script></template>",
    "<noscript><p title='</noscript><img src=x onerror=pwned()>'>",
    "\u202e<script>pwned()</script>",
    "\ud7ff<script>pwned()</script>",
    "&lt;script&gt;pwned()&lt;/script&gt;",
    "%3Cscript%3Epwned()%3C/script%3E",
    "\\u003cscript\\u003epwned()\\u003c/script\\u003e",
    "<scr<script>ipt>pwned()</scr</script>ipt>",
    "expression(pwned())",
    "url(javascript:pwned())",
    "__proto__",
    "constructor",
]


@pytest.mark.parametrize("surface", ["tooltip", "corner", "banner", "modal", "survey"])
def test_fifty_payloads_in_every_field_run_nothing_and_stand_as_text(page: Page, stub: Stub, surface: str) -> None:
    ran: list[str] = []
    page.expose_function("pwned", lambda *args: ran.append("ran"))
    page.on("dialog", lambda dialog: ran.append(dialog.message))
    page.add_init_script(path=WATCH)
    assert len(PAYLOADS) == 50
    stub.listen = ["$identify"]
    open_page(page, stub.url, stub.syncs)
    for round_, start in enumerate(range(0, 50, 10)):
        text = PAYLOADS[start : start + 10]
        nodes = [
            [tag, *([item] if tag in ("a", "img") else []), item]
            for item in text
            for tag in ("p", "a", "img", "script", "iframe", "style", "svg", item)
        ]
        ui = dict.fromkeys(["close", "more", "why", "later", "never", "mute", "region"], text[0])
        content = {
            "title": text,
            "body": nodes,
            "cta": text[1],
            "secondary": text[2],
            "action": {"open": text[3]},
            "why": text[4],
            "lang": text[5],
            "dir": text[6],
            "ui": ui,
        }
        if surface == "survey":
            words = dict(zip(("low", "high", "comment", "send", "thanks"), text, strict=False))
            content |= {"question": {"scores": [0, 10], **words}}
        stub.offers = [offer(text[7] + str(round_), surface=surface, content=content)]
        page.evaluate(f"history.pushState(null, '', '/round/{'abcde'[round_]}')")
        settled(page, 100)
        page.locator("waypost-tip .tip").wait_for()
        shown = page.evaluate(
            """() => { const root = document.querySelector("waypost-tip").shadowRoot;
            return {title: root.querySelector("h2").textContent, bad: [...root.querySelectorAll("*")].filter(e =>
              /^(script|iframe|style|svg|object|embed|link|base|form|meta)$/i.test(e.tagName) ||
              [...e.attributes].some(a => /^on|srcdoc/i.test(a.name))).map(e => e.outerHTML),
              links: [...root.querySelectorAll("a")].map(e => e.getAttribute("href"))} }"""
        )
        assert shown["title"] == "".join(text)
        assert shown["bad"] == []
        assert [link for link in shown["links"] if link and link[0] not in "/#?"] == []
        page.locator("waypost-tip .more").click()
        page.locator("waypost-tip .menu button").first.click()
        if surface == "survey":
            page.locator("waypost-tip .scale input").first.check()
        page.locator("waypost-tip .go").click()
        if surface == "survey":
            page.locator("waypost-tip .close").click()
        settled(page, 50)
    assert ran == []
    assert "/round/" in page.url


def test_ten_thousand_random_texts_are_shown_as_they_are(page: Page, stub: Stub) -> None:
    import random

    dice = random.Random(3)
    alphabet = "<>&\"'`/\\=;:{}()[]$%#@!? \t\u00e9\u0416\u0645\u202e\u200b\U0001f600abcscriptonerror"
    texts = ["".join(dice.choices(alphabet, k=dice.randint(1, 40))) for _ in range(10_000)]
    stub.offers = [offer(content={"title": ["x"], "body": [["p", text] for text in texts]}, surface="corner")]
    open_page(page, stub.url, stub.syncs)
    page.locator("waypost-tip .tip").wait_for()
    shown = page.evaluate(
        "[...document.querySelector('waypost-tip').shadowRoot.querySelectorAll('#b p')].map(p => p.textContent)"
    )
    assert shown == texts


def test_evaluation_touches_no_storage(page: Page, stub: Stub) -> None:
    page.add_init_script(
        """window.touched = []; for (const area of ["localStorage", "sessionStorage"]) { const real = window[area];
        Object.defineProperty(window, area, {get() { touched.push(!!document.currentScript); return real }}) }"""
    )
    open_page(page, stub.url, stub.syncs)
    settled(page)
    assert page.evaluate("touched.length") > 0
    assert page.evaluate("touched.includes(true)") is False


def test_a_page_out_of_the_back_forward_cache_is_a_new_page_view(page: Page, stub: Stub) -> None:
    open_page(page, stub.url, stub.syncs)
    settled(page)
    page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))")
    settled(page, 100)
    until(page, lambda: len(stub.syncs) == 2)
    assert stub.syncs[1]["previous_page_view_ids"] == [stub.syncs[0]["page_view_id"]]


def test_a_prerendered_page_is_silent_until_it_is_looked_at(page: Page, stub: Stub) -> None:
    page.add_init_script("Object.defineProperty(document, 'prerendering', {value: true, configurable: true})")
    page.goto(stub.url)
    settled(page, 10_000)
    assert stub.syncs == []
    page.evaluate("document.dispatchEvent(new Event('prerenderingchange'))")
    settled(page, 100)
    until(page, lambda: len(stub.syncs) == 1)


@pytest.mark.parametrize("surface", ["tooltip", "corner", "banner", "modal", "survey"])
def test_axe_finds_nothing(page: Page, stub: Stub, surface: str, axe: Callable[[Page], list[str]]) -> None:
    stub.offers = [offer(surface=surface)]
    open_page(page, stub.url, stub.syncs)
    tip(page)
    page.get_by_role("button", name="More options").click()
    expect(page.locator("waypost-tip .menu")).to_be_visible()
    assert axe(page) == []
