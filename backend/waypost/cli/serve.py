"""waypost serve: the product on one port."""

from __future__ import annotations

import logging
import socket
from pathlib import Path
from typing import Annotated

import typer
import uvicorn
from pydantic import ValidationError

from waypost.errors import Misconfigured
from waypost.service.runtime import Runtime
from waypost.service.start import open_runtime
from waypost.settings import Settings
from waypost.success.endpoints import environment_secret
from waypost.web.app import build_app
from waypost.web.background import alerts_hook
from waypost.web.sessions import ensure_password

__all__ = ["check_port", "load_settings", "serve", "start_log"]

LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")


def load_settings(**given: object) -> Settings:
    """Settings from the environment; what the command line gives wins. Raises Misconfigured for the first wrong one."""
    try:
        return Settings(**{name: value for name, value in given.items() if value is not None})  # type: ignore[arg-type]
    except ValidationError as error:
        first = error.errors()[0]
        raise Misconfigured(f"WAYPOST_{str(first['loc'][0]).upper()}: {first['msg']}") from error
    except ValueError as error:  # a list that is not JSON
        name = str(error).partition('field "')[2].partition('"')[0].upper()
        raise Misconfigured(f'WAYPOST_{name}: this is not JSON; write a list such as ["/checkout/*"]') from error


def start_log(level: str) -> None:
    """Raises Misconfigured for a level that there is not."""
    if level.upper() not in LEVELS:
        raise Misconfigured(f"WAYPOST_LOG_LEVEL: {level!r} is not one of {', '.join(LEVELS)}")
    logging.basicConfig(level=level.upper(), format="%(asctime)s %(levelname)s %(message)s")
    logging.getLogger("httpx").setLevel("WARNING")  # a webhook's URL may hold a secret
    logging.getLogger("alembic").setLevel("WARNING")


def check_port(host: str, port: int) -> None:
    """Raises Misconfigured when nobody can listen there, or somebody does already."""
    if not 0 < port < 65_536:
        raise Misconfigured(f"--port {port}: a port is a number from 1 to 65535")
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise Misconfigured(f"--port {port}: cannot listen on {host}: {error.strerror}") from error


def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 8000,
    rules: Annotated[str | None, typer.Option(help="Folder of rules; WAYPOST_RULES.")] = None,
) -> None:
    """Run Waypost: events in, tips out, the console."""
    settings = load_settings(rules=rules)
    start_log(settings.log_level)
    check_port(host, port)
    if not Path(settings.rules).is_dir():
        raise Misconfigured(f"--rules {settings.rules}: there is no such folder; make it, an empty one will do")
    runtime = open_runtime(settings, alerts_hook)
    say_hello(runtime, f"http://{host}:{port}")
    app = build_app(runtime)
    uvicorn.run(app, host=host, port=port, log_level=settings.log_level.lower(), access_log=False)
    runtime.store.close()


def say_hello(runtime: Runtime, address: str) -> None:
    password = ensure_password(runtime)
    say = typer.echo
    say(f"Waypost   {address}/console/")
    if password:
        say(f"Password  {password}   (shown once; it is kept as a hash)")
    say(f'Tag       <script async src="{address}/sdk/waypost.js" data-key="{runtime.write_key}"></script>')
    if runtime.settings.webhook_url:
        secret, made = runtime.store.write_now(lambda tx: environment_secret(tx, runtime.settings))
        if made:
            say(f"Webhooks  {secret}   (signs what goes to WAYPOST_WEBHOOK_URL; shown once)")
    for problem in runtime.rules.problems:
        say(f"{problem.severity}: {problem.line()}", err=True)
    if runtime.rules.broken:
        say("The rules were not changed: mend the lines above, the folder is watched.", err=True)
    else:
        say(f"Rules     {len(runtime.rules.plan.rules)} live from {runtime.rules.folder}/, which is watched")
