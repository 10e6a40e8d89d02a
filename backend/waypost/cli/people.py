"""waypost why and waypost preview: one person, one tip."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from waypost.cli.serve import load_settings
from waypost.engine.trace import trace_lines
from waypost.errors import BadInput, Misconfigured, NotFound
from waypost.insight.why import subject_named
from waypost.model import DAY
from waypost.service.runtime import Runtime
from waypost.service.start import open_runtime
from waypost.store.previews import keep_preview
from waypost.store.sqlite import sqlite_path
from waypost.web.explain import explained

__all__ = ["looking", "preview", "why"]

PREVIEW_MS = DAY


def why(
    user: Annotated[str, typer.Argument(help="The user id, a:… for an anonymous id, g:… for an account.")],
    tip: Annotated[str, typer.Argument(help="The id of the tip, or with --trace of an alert.")],
    at: Annotated[str | None, typer.Option(help="When, as 2026-01-31T12:00; now when left out.")] = None,
    lang: Annotated[str, typer.Option(help="en or ru.")] = "en",
    trace: Annotated[bool, typer.Option("--trace", help="Show how each part of the rule came out, and why.")] = False,
) -> None:
    """Why somebody did or did not see a tip, in words."""
    given, subject = None if at is None else _instant(at), subject_named(user)
    with looking() as runtime:
        then = runtime.clock.now() if given is None else given
        if trace and tip not in runtime.rules.plan.rules:
            raise NotFound(f"there is no live rule {tip!r}")
        found, change, parts = runtime.store.read_now(
            lambda tx: explained(runtime, tx, subject, tip, then, "ru" if lang.startswith("ru") else "en")
        )
    if found.decided_at is not None:
        typer.echo(f"{_second(found.decided_at)} UTC  {found.outcome}" + (f" ({found.code})" if found.code else ""))
    for sentence in (*found.words, *change.words, *(writer.words for writer in change.writers)):
        typer.echo(sentence)
    if trace:
        typer.echo(f"\n{tip} for {user} at {_second(then)} UTC, under the rules that are live now:")
    for line in trace_lines(parts if trace else [], _second):
        typer.echo(f"  {line}")


def _second(ms: int) -> str:
    return f"{datetime.fromtimestamp(ms / 1000, UTC):%Y-%m-%d %H:%M:%S}"


def preview(
    tip: Annotated[str, typer.Argument(help="The id of the tip.")],
    user: Annotated[str, typer.Option(help="Who shall see it, whatever the policy says; never counted.")],
) -> None:
    """Show a tip to one person for a day, and print a signed link that shows it to whoever opens it."""
    with looking() as runtime:
        rule = runtime.rules.plan.rules.get(tip)
        if rule is None:
            raise NotFound(f"there is no live tip {tip!r}")
        if rule.state == "shadow":
            raise BadInput(f"{tip!r} runs in shadow mode, which shows it to nobody; make it live first")
        if rule.kind == "alert":
            raise BadInput(f"{tip!r} opens a CSM task; there is nothing to see on a page")
        until = runtime.clock.now() + PREVIEW_MS
        runtime.store.write_now(lambda tx: keep_preview(tx, runtime.project_id, subject_named(user), tip, until))
        token = runtime.signer.dumps("preview", {"tip": tip}, runtime.clock.wall())
    typer.echo(f"{user} sees {tip} on the next page view, for one day.")
    typer.echo(f"Or add this to any address of your app: ?waypost_preview={token}")


@contextmanager
def looking() -> Iterator[Runtime]:
    """The database as it is, with the rules that are live in it; the folder is not read.

    Raises Misconfigured where there is no database: a look must not make one.
    """
    settings = load_settings()
    path = sqlite_path(settings.database_url)
    if not Path(path).is_file():
        raise Misconfigured(
            f"WAYPOST_DATABASE_URL: there is no database {path!r}; where does `waypost serve` keep it?"
        )
    runtime = open_runtime(settings, publish=False)
    try:
        yield runtime
    finally:
        runtime.store.close()


def _instant(text: str) -> int:
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise BadInput(f"--at {text!r} is not a time; write 2026-01-31T12:00") from error
    if found.tzinfo is None:
        found = found.replace(tzinfo=UTC)
    return int(found.timestamp() * 1000)
