"""waypost keys: the secret keys of your servers."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from typing import Annotated

import typer

from waypost.cli.people import looking
from waypost.errors import BadInput, NotFound
from waypost.settings import LIMITS
from waypost.store import keys as store
from waypost.trust.keys import key_digest, secret_key

__all__ = ["keys"]

keys = typer.Typer(help="Secret keys, for servers that send events and use the API.", invoke_without_command=True)


@keys.callback()
def listed(context: typer.Context) -> None:
    """List the secret keys."""
    if context.invoked_subcommand is not None:
        return
    with looking() as runtime:
        found = runtime.store.read_now(lambda tx: store.list_keys(tx, runtime.project_id))
    if not found:
        typer.echo("No secret keys yet; `waypost keys make NAME` makes one.")
    for key in found:
        state = "works" if key.revoked_at is None else f"revoked {_day(key.revoked_at)}"
        typer.echo(f"{key.id:>4}  {key.name}  made {_day(key.created_at)}, {state}")


@keys.command("make")
def make(name: Annotated[str, typer.Argument(help="Which program gets it, for example crm-sync.")]) -> None:
    """Make a secret key and print it. It is shown this once: only its hash is kept."""
    if not name.strip() or len(name) > LIMITS.key_name_chars:
        raise BadInput(f"NAME: write 1 to {LIMITS.key_name_chars} characters")
    made = secret_key(secrets.token_urlsafe(32))
    with looking() as runtime:
        now, digest = runtime.clock.now(), key_digest(made)
        runtime.store.write_now(lambda tx: store.add_key(tx, runtime.project_id, name, digest, now))
    typer.echo(made)
    typer.echo("Keep it now: it is not shown again. It belongs on a server, never in a page.", err=True)


@keys.command("revoke")
def revoke(key_id: Annotated[int, typer.Argument(metavar="ID", help="As `waypost keys` lists it.")]) -> None:
    """End a secret key at once."""
    with looking() as runtime:
        now = runtime.clock.now()
        if not runtime.store.write_now(lambda tx: store.revoke_key(tx, runtime.project_id, key_id, now)):
            raise NotFound(f"there is no working key {key_id}; `waypost keys` lists them")
    typer.echo(f"Key {key_id} opens nothing any more.")


def _day(ms: int) -> str:
    return f"{datetime.fromtimestamp(ms / 1000, UTC):%Y-%m-%d}"
