"""waypost demo: the product with a sample app and six weeks of history."""

from __future__ import annotations

import threading
import webbrowser
from pathlib import Path
from typing import Annotated

import typer
import uvicorn

from waypost.cli.serve import check_port, load_settings, start_log
from waypost.demo.control import fill, routes
from waypost.demo.seed import WEEKS
from waypost.demo.site import app_folder, build_site, rules_folder
from waypost.service.runtime import Runtime
from waypost.service.start import open_runtime
from waypost.store.events import count_events
from waypost.web.app import build_app
from waypost.web.background import alerts_hook
from waypost.web.sessions import reset_password

__all__ = ["demo"]

HOST = "127.0.0.1"
PASSWORD = "demo"  # noqa: S105 - this machine only, sample data only


def demo(
    port: Annotated[int, typer.Option(help="Port of Waypost; the sample app takes the next one.")] = 8000,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Do not open a browser.")] = False,
    folder: Annotated[Path, typer.Option(help="Where the demo keeps its database.")] = Path(".demo"),
) -> None:
    """Run Waypost with a sample app on the next port."""
    start_log("WARNING")
    for one in (port, port + 1):
        check_port(HOST, one)
    folder.mkdir(parents=True, exist_ok=True)
    settings = load_settings(
        demo=True,
        debug_reasons=True,
        database_url=f"sqlite:///{folder / 'waypost.db'}",
        rules=str(rules_folder()),
        write_key="wk_demo",
    )
    runtime = open_runtime(settings, alerts_hook)
    reset_password(runtime, PASSWORD)
    for problem in runtime.rules.problems:
        typer.echo(f"{problem.severity}: {problem.line()}", err=True)
    if not runtime.store.read_now(lambda tx: count_events(tx, runtime.project_id)):
        seed_with_bar(runtime)
    backend, site = f"http://{HOST}:{port}", f"http://{HOST}:{port + 1}"
    greet(backend, site)
    run_both(runtime, port, backend, None if no_browser else site)


def seed_with_bar(runtime: Runtime) -> None:
    """Six weeks of visits, with a bar that shows how far we are."""
    with typer.progressbar(length=1_000, label=f"Seeding {WEEKS} weeks of history") as bar:
        shown = 0

        def progress(done: int, of: int) -> None:
            nonlocal shown
            bar.update(done * 1_000 // of - shown)
            shown = done * 1_000 // of

        fill(runtime, progress=progress)


def greet(backend: str, site: str) -> None:
    typer.echo(f"""
Sample app  {site}
Console     {backend}/console/   password: {PASSWORD}

Try this:
1. Reports → Export CSV, three times: a tip stands at the button. Close it, reload: it stays away.
2. Import → use the sample file, then leave the page. Press +1 d in the bar below: a card leads back to it.
3. Press +14 d, then open Tasks in the console: accounts that went quiet are waiting for a person.
""")


def run_both(runtime: Runtime, port: int, backend: str, open_site: str | None) -> None:
    """The sample app in a thread of its own, Waypost in this one, until Ctrl-C."""
    site = uvicorn.Server(
        uvicorn.Config(
            build_site(app_folder(), backend, runtime.write_key),
            HOST,
            port + 1,
            log_level="warning",
            access_log=False,
        )
    )
    threading.Thread(target=site.run, name="sample-app", daemon=True).start()
    if open_site:
        threading.Timer(1.0, lambda: webbrowser.open(open_site)).start()
    uvicorn.run(build_app(runtime, routes), host=HOST, port=port, log_level="warning", access_log=False)
    site.should_exit = True
    runtime.store.close()
