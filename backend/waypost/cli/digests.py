"""waypost digest: what a CSM reads on Monday, now."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Annotated

import typer

from waypost.cli.people import looking
from waypost.errors import BadInput, NotFound, Unavailable
from waypost.logic.guard import meant
from waypost.success.digest import digest_of
from waypost.success.mail import send_mail
from waypost.success.outgoing import digest_letter
from waypost.trust.mail_server import mail_server

__all__ = ["digest"]


def digest(
    csm: Annotated[str, typer.Argument(help="The id of the CSM, as in project.json.")],
    lang: Annotated[str | None, typer.Option(help="en or ru; their own language when left out.")] = None,
    send: Annotated[
        bool, typer.Option("--send", help="Send it to them too; the one of Monday comes all the same.")
    ] = False,
) -> None:
    """Print the weekly digest of a CSM as of now: open and overdue tasks, last week, accounts that moved, pauses."""
    if lang not in (None, "en", "ru"):
        raise BadInput(f"--lang {lang!r}: there are en and ru")
    with looking() as runtime:
        settings, csms, now = runtime.settings, runtime.rules.plan.csms, runtime.clock.now()
        if csm not in csms:
            raise NotFound(f'there is no CSM "{csm}" in project.json{meant(csm, csms)}')
        whose = replace(csms[csm], lang=lang or csms[csm].lang)
        found = runtime.store.read_now(
            lambda tx: digest_of(tx, runtime.project_id, csm, whose, now, settings.timezone)
        )
        letter = digest_letter(found, whose, settings, f"digest-{csm}-{now}")
        typer.echo(f"{letter.subject}\n\n{letter.text}", nl=False)
        if not send:
            return
        if not settings.smtp_url or not whose.email:
            missing = "WAYPOST_SMTP_URL is not set" if whose.email else f"{csm} has no email in project.json"
            raise BadInput(f"--send: {missing}")
        came = asyncio.run(
            send_mail(mail_server(settings.smtp_url), settings.mail_from, letter, runtime.clock.wall())
        )
    if came.error:
        raise Unavailable(came.error)
    typer.echo(f"Sent to {whose.email}.", err=True)
