"""waypost pause, resume and pauses: a person takes over from the tips for a while."""

from __future__ import annotations

from datetime import datetime, tzinfo
from typing import Annotated

import typer

from waypost.cli.people import looking
from waypost.errors import BadInput, NotFound
from waypost.facts.days import local_instant, zone
from waypost.insight.people import account_name
from waypost.insight.why import facts_of
from waypost.logic.guard import meant
from waypost.model import ACCOUNT, Pause, account_key, user_key
from waypost.service.pauses import Wanted, begin, fault_in
from waypost.service.runtime import Runtime
from waypost.settings import LIMITS
from waypost.store.events import known_since
from waypost.store.pauses import end_pause, list_pauses, pauses_running
from waypost.store.sqlite import Tx

__all__ = ["pause", "pauses", "resume"]

OPTIONS = {
    "until_at": "--until", "until_event": "--until-event", "allow": "--allow", "reason": "--reason", "author": "--by",
}  # fmt: skip
Whom = Annotated[str, typer.Argument(metavar="account:ID|user:ID", help="Whose tips.")]


def pause(
    whom: Whom,
    until: Annotated[str | None, typer.Option(help="When it ends, as 2026-11-27T09:00.")] = None,
    until_event: Annotated[str | None, typer.Option(help="The event that ends it, for example call_booked.")] = None,
    allow: Annotated[list[str] | None, typer.Option(help="A tip that passes all the same; may be repeated.")] = None,
    reason: Annotated[str, typer.Option(help="Why, for whoever asks.")] = "",
    by: Annotated[str, typer.Option(help="Who pauses.")] = "",
) -> None:
    """Pause the tips of an account or a person until a time, an event, or whichever comes first."""
    subject = _subject(whom)
    with looking() as runtime:
        here, now = zone(runtime.settings.timezone), runtime.clock.now()
        until_at = None if until is None else _instant(until, here)
        wanted = Wanted(
            subject=subject, until_at=until_at, until_event=until_event, allow=allow or [], reason=reason, author=by
        )
        fault = fault_in(wanted, runtime.rules.plan, now)
        if fault is not None:
            raise BadInput(f"{OPTIONS.get(fault[0], whom)}: {fault[1]}")
        doubts = runtime.store.read_now(lambda tx: _doubts(tx, runtime.project_id, wanted, whom))
        made = runtime.store.write_now(lambda tx: begin(tx, runtime.project_id, wanted, now))
    typer.echo(f"Tips are paused for {whom} {_until(made, here)}.")
    for doubt in doubts:
        typer.echo(doubt)


def resume(whom: Whom) -> None:
    """End the pause of an account or a person now."""
    subject = _subject(whom)
    with looking() as runtime:
        now = runtime.clock.now()

        def job(tx: Tx) -> bool:
            running = pauses_running(tx, runtime.project_id, subject, None, now)
            return any(end_pause(tx, runtime.project_id, one.id, now, "person") for one in running)

        if not runtime.store.write_now(job):
            raise NotFound(f"no pause runs for {whom}; `waypost pauses` lists those that do")
    typer.echo(f"Tips are on again for {whom}.")


def pauses(
    ended: Annotated[bool, typer.Option("--ended", help="Those that are over, the latest first.")] = False,
) -> None:
    """List the pauses that run."""
    with looking() as runtime:
        now = runtime.clock.now()
        found = runtime.store.read_now(lambda tx: _named(tx, runtime, now, ended))
        here = zone(runtime.settings.timezone)
    if not found:
        typer.echo("No pause is over yet." if ended else "No pause runs.")
    for one, name in found:
        typer.echo(_line(one, name, now, here))


def _named(tx: Tx, runtime: Runtime, now: int, ended: bool) -> list[tuple[Pause, str | None]]:
    listed = list_pauses(tx, runtime.project_id, now, LIMITS.pauses_listed, running=not ended)
    return [(one, account_name(tx, runtime.project_id, one.subject)) for one in listed]


def _line(one: Pause, name: str | None, now: int, here: tzinfo) -> str:
    whose = f"account:{one.subject[2:]}" if one.subject.startswith(ACCOUNT) else f"user:{one.subject[2:]}"
    by = one.ended(now)
    when = f"ended {_minute(one.over_at, here)} by {one.until_event if by == 'event' else by}" if by else ""
    about = ": ".join(part for part in (one.author and f"by {one.author}", one.reason) if part)
    passing = one.allow and f"lets through {', '.join(one.allow)}"
    named = f"{whose} ({name})" if name else whose
    return "  ".join(part for part in (named, when or _until(one, here), about, passing) if part)


def _until(one: Pause, here: tzinfo) -> str:
    event = f"until {one.until_event} comes" if one.until_event else ""
    if one.until_at is None:
        return f"{event}, at the latest until {_minute(one.ends_at, here)}"
    return " or ".join(part for part in (f"until {_minute(one.until_at, here)}", event) if part)


def _minute(at: int, here: tzinfo) -> str:
    return f"{datetime.fromtimestamp(at / 1000, here):%Y-%m-%d %H:%M %Z}"


def _doubts(tx: Tx, project_id: int, wanted: Wanted, whom: str) -> list[str]:
    """What is no mistake for sure: an account may come later, an event may never have been sent yet."""
    doubts = []
    if facts_of(tx, project_id, wanted.subject) is None:
        doubts.append(f"Nothing has arrived from {whom} yet; is the id right?")
    names = known_since(tx, project_id)
    if wanted.until_event and wanted.until_event not in names:
        hint = meant(wanted.until_event, names) or "; is the name right?"
        doubts.append(f'No event "{wanted.until_event}" has arrived yet{hint}')
    return doubts


def _subject(whom: str) -> str:
    kind, _, name = whom.partition(":")
    if kind in ("account", "g") and name:
        return account_key(name)
    if kind in ("user", "u") and name:
        return user_key(name)
    raise BadInput(f"{whom!r} is neither account:… nor user:…; write account:{name or whom} or user:{name or whom}")


def _instant(text: str, here: tzinfo) -> int:
    try:
        found = datetime.fromisoformat(text)
        return local_instant(text, here) if found.tzinfo is None else int(found.timestamp() * 1000)
    except (ValueError, OverflowError) as error:
        raise BadInput(f"--until: {text!r} is not a time; write 2026-11-27T09:00") from error
