"""waypost webhooks: where messages go, whether they arrive, and the dead letters."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Annotated

import typer

from waypost.cli.checks import number_of
from waypost.cli.people import looking
from waypost.errors import BadInput
from waypost.service.runtime import Runtime
from waypost.settings import LIMITS
from waypost.store import outbox
from waypost.store.outbox import Delivery
from waypost.store.sqlite import Tx
from waypost.store.webhooks import Endpoint
from waypost.success import endpoints as known
from waypost.success.attempt import Attempt
from waypost.success.endpoints import ENVIRONMENT, Wanted, check_wanted
from waypost.success.webhooks import webhook_client

__all__ = ["app"]

app = typer.Typer(help="List, add and test webhooks; see and replay dead letters.", rich_markup_mode=None)
Id = Annotated[
    int, typer.Argument(metavar="WEBHOOK", help="The number that the list shows; 0 = WAYPOST_WEBHOOK_URL.")
]


@app.callback(invoke_without_command=True)
def webhooks(context: typer.Context) -> None:
    """List, add and test webhooks; see and replay dead letters."""
    if context.invoked_subcommand is None:
        list_webhooks()


@app.command("list")
def list_webhooks() -> None:
    """List the webhooks, with what waits and what is dead."""
    with looking() as runtime:
        found, counts = runtime.store.read_now(
            lambda tx: (
                known.endpoints(tx, runtime.project_id, runtime.settings),
                outbox.undelivered(tx, runtime.project_id),
            )
        )
    for one in found:
        typer.echo(_line(one, *counts.get(one.target, (0, 0))))
    if not found:
        typer.echo("There is no webhook; `waypost webhooks add URL` makes one.")


def _line(one: Endpoint, waiting: int, dead: int) -> str:
    origin = "from the environment" if one.id == ENVIRONMENT else one.author and f"by {one.author}"
    parts = [f"{one.id:>3}", one.url, ", ".join(one.types) or "all messages", origin]
    parts += [f"{waiting} waiting" if waiting else "", f"{dead} dead" if dead else ""]
    return "  ".join(part for part in parts if part)


@app.command("add")
def add(
    url: Annotated[str, typer.Argument(help="https://…; its address is looked up now and before each message.")],
    kind: Annotated[
        list[str] | None, typer.Option("--type", help="A type of message, such as csm_task.opened; may be repeated.")
    ] = None,
    by: Annotated[str, typer.Option(help="Who adds it.")] = "",
) -> None:
    """Add a webhook and print its secret, this once."""
    with looking() as runtime:
        wanted = Wanted(url=url, types=kind or [], by=by)
        asyncio.run(check_wanted(wanted, runtime.settings))
        now = runtime.clock.now()
        made = runtime.store.write_now(lambda tx: known.save_endpoint(tx, runtime.project_id, wanted, now))
    typer.echo(f"Webhook {made.id} gets {', '.join(made.types) or 'all messages'}.")
    typer.echo(f"Secret  {made.secret}   (shown once)")


@app.command("test")
def test(webhook: Id) -> None:
    """Send a signed webhook.test now. Exit 1 when it did not arrive."""
    with looking() as runtime:

        def job(tx: Tx) -> tuple[Endpoint, bool]:
            made = webhook == ENVIRONMENT and known.environment_secret(tx, runtime.settings)[1]
            return known.endpoint_by_id(tx, runtime.project_id, runtime.settings, webhook), made

        endpoint, made = runtime.store.write_now(job)
        if made:
            typer.echo(f"Secret  {endpoint.secret}   (shown once)")
        came = asyncio.run(_test(runtime, endpoint))
    typer.echo(came.error or f"It arrived: HTTP {came.status}.", err=bool(came.error))
    if came.error:
        raise typer.Exit(1)


async def _test(runtime: Runtime, endpoint: Endpoint) -> Attempt:
    async with webhook_client() as client:
        clock = runtime.clock
        return await known.send_test(endpoint, clock.now(), clock.wall(), client, runtime.settings)


@app.command("rotate")
def rotate(webhook: Id) -> None:
    """Give a webhook a new secret and print it, this once."""
    with looking() as runtime:
        made = runtime.store.write_now(lambda tx: known.rotate_secret(tx, runtime.project_id, webhook))
    typer.echo(f"Secret  {made}   (shown once)")


@app.command("remove")
def remove(webhook: Id) -> None:
    """Remove a webhook. What still waits for it is dead."""
    with looking() as runtime:
        now = runtime.clock.now()
        runtime.store.write_now(lambda tx: known.remove_endpoint(tx, runtime.project_id, webhook, now))
    typer.echo(f"Webhook {webhook} is removed.")


@app.command("dead")
def dead() -> None:
    """List the dead letters, e-mail too, the latest first."""
    with looking() as runtime:
        found = runtime.store.read_now(
            lambda tx: outbox.deliveries(tx, runtime.project_id, "dead", LIMITS.messages_listed)
        )
    for one in found:
        typer.echo(_letter(one))
    if not found:
        typer.echo("No message is dead.")


def _letter(one: Delivery) -> str:
    when = f"{datetime.fromtimestamp(one.created_at / 1000, UTC):%Y-%m-%d %H:%M}"
    kind, _, name = one.target.partition(":")
    to = f"webhook {name}" if kind == "w" else f"e-mail to {name}"
    tried = number_of(one.attempts, "attempt")
    return f"{one.id:>4}  {when}  {one.type}  {one.message_id}  to {to}, {tried}: {one.last_error}"


@app.command("replay")
def replay(
    message: Annotated[int | None, typer.Argument(help="The number of a message that `dead` shows.")] = None,
    webhook: Annotated[int | None, typer.Option("--webhook", help="Every dead message of this webhook.")] = None,
) -> None:
    """Send a message again from the start, under the same id. The running server sends it within seconds."""
    if (message is None) == (webhook is None):
        raise BadInput("say which: the number of a message, or --webhook and its number")
    with looking() as runtime:
        project_id, settings, now = runtime.project_id, runtime.settings, runtime.clock.now()
        if message is not None:
            runtime.store.write_now(lambda tx: known.replay(tx, project_id, settings, message, now))
            again = 1
        else:
            again = runtime.store.write_now(lambda tx: known.replay_dead(tx, project_id, settings, webhook or 0, now))
    typer.echo(f"{number_of(again, 'message')} will be sent again.")
