"""Open everything that a process holds, from its settings."""

from __future__ import annotations

import base64
import secrets
from email.utils import parseaddr

from waypost.errors import Misconfigured
from waypost.ingest.item import is_zone
from waypost.service.clock import Clock
from waypost.service.live_rules import LiveRules
from waypost.service.runtime import OnFacts, Runtime
from waypost.settings import LIMITS, Settings
from waypost.store.projects import Project, ensure_meta, ensure_project, first_project, get_meta, set_meta
from waypost.store.sqlite import Store, Tx
from waypost.trust.mail_server import EMAIL, mail_server
from waypost.trust.signing import Signer

__all__ = ["CLOCK_OFFSET", "check_settings", "move_clock", "open_runtime"]

CLOCK_OFFSET = "demo:clock_offset"


def open_runtime(
    settings: Settings, on_facts: OnFacts | None = None, clock: Clock | None = None, *, publish: bool = True
) -> Runtime:
    """A runtime with its rules: those of the folder, or, without `publish`, those that are live in the database.

    Raises Misconfigured with one clear line when a setting is wrong.
    """
    check_settings(settings)
    store = Store.open(settings.database_url)
    clock = clock or Clock()
    project, secret, offset = store.write_now(lambda tx: _ground(tx, settings, clock.wall()))
    if settings.demo:
        clock.offset = offset
    rules = LiveRules(store, project.id, settings.rules)
    runtime = Runtime(store, settings, clock, project.id, project.write_key, rules, Signer(secret))
    if on_facts is not None:
        runtime.on_facts = on_facts
    if publish:
        rules.load(clock.now())
    else:
        rules.restore(clock.now())
    return runtime


def check_settings(settings: Settings) -> None:
    """Raises Misconfigured for the first setting that no type can tell to be wrong."""
    if settings.write_key and len(settings.write_key) > LIMITS.id_chars:
        raise Misconfigured(f"WAYPOST_WRITE_KEY: longer than {LIMITS.id_chars} characters")
    if settings.secret_key and len(settings.secret_key) < 16:
        raise Misconfigured("WAYPOST_SECRET_KEY: at least 16 characters are needed; leave it empty to have one made")
    if not is_zone(settings.timezone):
        raise Misconfigured(f"WAYPOST_TIMEZONE: {settings.timezone!r} is not a zone such as Europe/Berlin")
    if settings.webhook_url and not settings.webhook_url.startswith(("https://", "http://")):
        raise Misconfigured("WAYPOST_WEBHOOK_URL: write https://…; leave it empty to send nothing")
    if settings.smtp_url:
        mail_server(settings.smtp_url)
        if not EMAIL.fullmatch(parseaddr(settings.mail_from)[1]):
            raise Misconfigured(
                f"WAYPOST_MAIL_FROM: {settings.mail_from!r} is not a sender; write waypost@example.com"
            )
    if settings.webhook_secret and not _is_webhook_secret(settings.webhook_secret):
        raise Misconfigured("WAYPOST_WEBHOOK_SECRET: write whsec_ and base64; leave it empty to have one made")


def _is_webhook_secret(text: str) -> bool:
    """As standardwebhooks has it: whsec_ and the base64 of the key."""
    prefix, _, encoded = text.partition("_")
    try:
        return prefix == "whsec" and bool(base64.b64decode(encoded, validate=True))
    except ValueError:
        return False


def _ground(tx: Tx, settings: Settings, now: int) -> tuple[Project, str, int]:
    """(project, signing secret, offset of the demo's clock); made at the first start."""
    project = None if settings.write_key else first_project(tx)
    if project is None:
        key = settings.write_key or "wk_" + secrets.token_urlsafe(18)
        project = ensure_project(tx, key, "default", now)
    secret = settings.secret_key or ensure_meta(tx, "secret_key", lambda: secrets.token_urlsafe(32))
    return project, secret, int(get_meta(tx, CLOCK_OFFSET) or 0)


def move_clock(runtime: Runtime, ms: int) -> int:
    """Move the demo's clock forward and keep it. Returns the offset."""
    offset = runtime.clock.offset + ms
    runtime.store.write_now(lambda tx: set_meta(tx, CLOCK_OFFSET, str(offset)))
    runtime.clock.offset = offset
    return offset
