"""waypost why and waypost preview: one person, one tip."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from waypost.cli.serve import load_settings
from waypost.errors import BadInput, NotFound
from waypost.insight.why import subject_named
from waypost.insight.why import why as look_up
from waypost.model import DAY
from waypost.service.runtime import Runtime
from waypost.service.start import open_runtime
from waypost.store.previews import keep_preview

__all__ = ["preview", "why"]

PREVIEW_MS = DAY


def why(
    user: Annotated[str, typer.Argument(help="The user id, or a:… for an anonymous id.")],
    tip: Annotated[str, typer.Argument(help="The id of the tip.")],
    at: Annotated[str | None, typer.Option(help="When, as 2026-01-31T12:00; now when left out.")] = None,
    lang: Annotated[str, typer.Option(help="en or ru.")] = "en",
) -> None:
    """Why somebody did or did not see a tip, in words."""
    runtime = _look_only()
    instant = runtime.clock.now() if at is None else _instant(at)
    found = runtime.store.read_now(
        lambda tx: look_up(
            tx, runtime.project_id, runtime.rules.plan, subject_named(user), tip, instant, lang,
            runtime.settings.timezone,
        )
    )  # fmt: skip
    if found.decided_at is not None:
        decided = datetime.fromtimestamp(found.decided_at / 1000, UTC)
        typer.echo(f"{decided:%Y-%m-%d %H:%M:%S} UTC  {found.outcome}" + (f" ({found.code})" if found.code else ""))
    for sentence in found.words:
        typer.echo(sentence)
    runtime.store.close()


def preview(
    tip: Annotated[str, typer.Argument(help="The id of the tip.")],
    user: Annotated[str, typer.Option(help="Who shall see it, whatever the policy says; never counted.")],
) -> None:
    """Show a tip to one person for a day, and print a signed link that shows it to whoever opens it."""
    runtime = _look_only()
    if tip not in runtime.rules.plan.rules:
        raise NotFound(f"there is no live tip {tip!r}")
    now = runtime.clock.now()
    runtime.store.write_now(
        lambda tx: keep_preview(tx, runtime.project_id, subject_named(user), tip, now + PREVIEW_MS)
    )
    token = runtime.signer.dumps("preview", {"tip": tip}, runtime.clock.wall())
    typer.echo(f"{user} sees {tip} on the next page view, for one day.")
    typer.echo(f"Or add this to any address of your app: ?waypost_preview={token}")
    runtime.store.close()


def _look_only() -> Runtime:
    """The database as it is, with the rules that are live in it; the folder is not read."""
    return open_runtime(load_settings(), publish=False)


def _instant(text: str) -> int:
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise BadInput(f"--at {text!r} is not a time; write 2026-01-31T12:00") from error
    if found.tzinfo is None:
        found = found.replace(tzinfo=UTC)
    return int(found.timestamp() * 1000)
