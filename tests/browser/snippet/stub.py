"""A tiny Waypost server and host page for the snippet's tests: it records what it is sent and answers as told."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import waypost

__all__ = ["HOST_PAGE", "QUESTION", "Stub", "offer"]

SDK = Path(waypost.__file__).parent / "static" / "sdk"
UI = {
    "close": "Close",
    "more": "More options",
    "why": "Why am I seeing this?",
    "later": "Remind me later",
    "never": "Not this again",
    "mute": "Turn tips off",
    "region": "Tip",
    "sent": "Sent. Somebody will get in touch with you.",
}
QUESTION = {
    "scores": [0, 10],
    "low": "Not likely",
    "high": "Very likely",
    "comment": "What is the main reason?",
    "send": "Send",
    "thanks": "Thank you for your answer",
}
HOST_PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Host</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="stylesheet" href="/host.css"></head>
<body><header><button id="count">0</button> <button id="export" data-waypost="export">Export</button>
<a href="#/there">There</a></header><main><h1>Reports</h1><p>Some text of the host.</p><input id="field"></main>
<script src="/host.js"></script>TAG</body></html>"""
HOST_CSS = """body{margin:0;font:15px/1.5 system-ui,sans-serif;background:#fff;color:#222}
header{padding:16px;border-bottom:1px solid #ddd}main{padding:24px}
html.dark body{background:#141816;color:#eee}html[dir=rtl] body{direction:rtl}"""
HOST_JS = """document.getElementById("count").onclick=e=>{e.target.textContent=+e.target.textContent+1};"""
TAG = '<script async src="/sdk/waypost.js" data-key="wk_test"></script>'

Answer = tuple[int, dict[str, str], bytes]


def offer(tip: str = "export-schedule", **changes: Any) -> dict[str, Any]:
    """An offer as the server would send it."""
    content = {
        "lang": "en",
        "dir": "ltr",
        "title": ["Send this report by itself"],
        "body": [["p", "Schedule it and it arrives on ", ["strong", "Monday"], "."]],
        "cta": "Schedule",
        "secondary": "Not now",
        "action": {"open": "/reports/schedule"},
        "why": "You exported a report 3 times in 7 days.",
        "ui": UI,
        **({"question": QUESTION} if changes.get("surface") == "survey" else {}),
        **changes.pop("content", {}),
        **({"cta": ""} if changes.get("surface") == "survey" else {}),
    }
    return {
        "offer_id": f"signed-{tip}",
        "tip": tip,
        "version": 1,
        "surface": "tooltip",
        "anchor": "export",
        "intrusive": True,
        "at": {},
        "settle": 0,
        "ghost": False,
        "preview": False,
        "content": content,
        **changes,
    }


class Stub:
    """Serves a host page, the built snippet and the API on one loopback port."""

    def __init__(self) -> None:
        self.page = HOST_PAGE.replace("TAG", TAG)
        self.headers: dict[str, str] = {}
        self.offers: list[dict[str, Any]] = []
        self.listen: list[str] = []
        self.lease: dict[str, Any] | None = {"id": "lease", "expires_in_ms": 30_000}
        self.next_in_ms: int | None = None
        self.reasons: list[dict[str, str]] = []
        self.syncs: list[dict[str, Any]] = []
        self.batches: list[dict[str, Any]] = []
        self.answer: Callable[[str], Answer | None] = lambda path: None
        stub = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *args: Any) -> None:
                """Quiet."""

            def do_GET(self) -> None:
                self.reply(*stub.file(urlsplit(self.path).path))

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                self.reply(*stub.api(urlsplit(self.path).path, body))

            def reply(self, status: int, headers: dict[str, str], body: bytes) -> None:
                try:
                    self.send_response(status)
                    for name, value in {"access-control-allow-origin": "*", **headers}.items():
                        self.send_header(name, value)
                    self.send_header("content-length", str(len(body)))
                    self.end_headers()
                    self.wfile.write(body)
                except OSError:
                    self.close_connection = True

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            block_on_close = False

            def handle_error(self, request: Any, client_address: Any) -> None:
                """A browser that hangs up is no error."""

        self.server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self.thread.start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    def file(self, path: str) -> Answer:
        if path.startswith("/sdk/"):
            code = (SDK / path.removeprefix("/sdk/")).read_bytes()
            return self.answer(path) or (200, {"content-type": "text/javascript"}, code)
        if path == "/host.css":
            return 200, {"content-type": "text/css"}, HOST_CSS.encode()
        if path == "/host.js":
            return 200, {"content-type": "text/javascript"}, HOST_JS.encode()
        return 200, {"content-type": "text/html; charset=utf-8", **self.headers}, self.page.encode()

    def api(self, path: str, body: bytes) -> Answer:
        said = json.loads(body)
        (self.syncs if path == "/v1/sync" else self.batches).append(said)
        told = self.answer(path)
        if told is not None:
            return told
        events = said.get("events", said.get("batch", []))
        reply = {
            "accepted": len(events),
            "rejected": [],
            "refused": [],
            "lease": self.lease,
            "listen": self.listen,
            "offers": self.offers,
            "next_in_ms": self.next_in_ms,
            "reasons": self.reasons,
        }
        return 200, {"content-type": "application/json"}, json.dumps(reply).encode()

    def events(self) -> list[dict[str, Any]]:
        """Every event that arrived, by sync or by beacon, in order."""
        return [e for said in [*self.syncs, *self.batches] for e in said.get("events", said.get("batch", []))]

    def feedback(self) -> list[str]:
        return [said["what"] for sync in self.syncs for said in sync["feedback"]]
