"""What messages are sent to: an endpoint that answers as told, a trap that counts connections, a mail server."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

__all__ = ["Mailbox", "Receiver", "Trap", "mailbox", "receiver", "trap"]


class Receiver:
    """Keeps what was posted to it. `answers`: (status, headers) of the next posts; then 204."""

    def __init__(self) -> None:
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.answers: list[tuple[int, dict[str, str]]] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                outer.got.append((dict(self.headers.items()), body))
                status, headers = outer.answers.pop(0) if outer.answers else (204, {})
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()

            def log_message(self, *args: Any) -> None:
                return None

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"


@contextmanager
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    thread = threading.Thread(target=made.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield made
    finally:
        made.server.shutdown()
        made.server.server_close()
        thread.join()


class Trap:
    """Listens on every address of this machine, IPv4 and IPv6, and counts who connects."""

    def __init__(self, listening: socket.socket) -> None:
        self.connections, self._listening = 0, listening
        self.port = int(listening.getsockname()[1])

    def run(self) -> None:
        with suppress(OSError):  # it is closed at the end
            while True:
                caller, _ = self._listening.accept()
                self.connections += 1
                caller.close()

    def probe(self) -> int:
        """Connect once, so that it is known to count, and to have counted all that came before."""
        before = self.connections
        with closing(socket.create_connection(("127.0.0.1", self.port), timeout=10)) as caller:
            caller.recv(1)
        return self.connections - before - 1


@contextmanager
def trap() -> Iterator[Trap]:
    with socket.socket(socket.AF_INET6) as listening:
        listening.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        listening.bind(("::", 0))
        listening.listen(100)
        made = Trap(listening)
        thread = threading.Thread(target=made.run, daemon=True)
        thread.start()
        try:
            yield made
        finally:
            listening.shutdown(socket.SHUT_RDWR)
            thread.join()


class Mailbox:
    """A real SMTP server on this machine. `answers`: what it says to the next letters instead of taking them."""

    def __init__(self) -> None:
        self.letters: list[EmailMessage] = []
        self.envelopes: list[Envelope] = []
        self.signed_in: list[tuple[str, str]] = []
        self.refuse_recipients = ""
        self.answers: list[str] = []
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    async def handle_RCPT(
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if self.refuse_recipients:
            return self.refuse_recipients
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        if self.answers:
            return self.answers.pop(0)
        assert isinstance(envelope.content, bytes)
        self.envelopes.append(envelope)
        self.letters.append(message_from_bytes(envelope.content, policy=default))
        return "250 OK"

    def authenticator(
        self, _server: SMTP, _session: Session, _envelope: Envelope, _how: str, data: Any
    ) -> AuthResult:
        assert isinstance(data, LoginPassword)
        self.signed_in.append((data.login.decode(), data.password.decode()))
        return AuthResult(success=data.password == b"p@ss:word", handled=False)


@contextmanager
def mailbox(**options: Any) -> Iterator[Mailbox]:
    made = Mailbox()
    controller = Controller(
        made,
        hostname="127.0.0.1",
        port=made.port,
        authenticator=made.authenticator,
        auth_require_tls=False,
        **options,
    )
    controller.start()
    try:
        yield made
    finally:
        controller.stop()
