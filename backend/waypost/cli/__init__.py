"""The command line, a module a command or two."""

from __future__ import annotations

import gc
import sys

import typer

from waypost.cli import (
    account_file,
    accounts,
    backtest,
    checks,
    demo,
    digests,
    effects,
    keys,
    pauses,
    people,
    rejects,
    replay,
    rule_tests,
    serve,
    versions,
    webhooks,
)
from waypost.errors import Misconfigured, WaypostError

__all__ = ["app", "calm_collector", "main"]

app = typer.Typer(
    help="Self-hosted in-app customer success.", no_args_is_help=True, add_completion=False, rich_markup_mode=None
)
app.command("serve")(serve.serve)
app.command("demo")(demo.demo)
app.command("check")(checks.check)
app.command("test")(rule_tests.run_tests)
app.command("plan")(versions.plan)
app.command("apply")(versions.apply)
app.command("versions")(versions.versions)
app.command("diff")(versions.diff)
app.command("rollback")(versions.rollback)
app.command("why")(people.why)
app.command("effect")(effects.effect)
app.command("preview")(people.preview)
app.command("pause")(pauses.pause)
app.command("resume")(pauses.resume)
app.command("pauses")(pauses.pauses)
app.add_typer(keys.keys, name="keys")
app.command("digest")(digests.digest)
app.add_typer(webhooks.app, name="webhooks")
app.command("rejects")(rejects.rejects)
app.command("replay")(replay.replay)
app.command("backtest")(backtest.backtest)
accounts.accounts.command("import")(account_file.import_file)
app.add_typer(accounts.accounts, name="accounts")


def main() -> None:
    """Run a command. A wrong setting is one line and exit 2, any other known failure one line and exit 1."""
    calm_collector()
    try:
        app()
    except Misconfigured as error:
        _fail(error.detail, 2)
    except WaypostError as error:
        _fail(error.detail, 1)


def calm_collector() -> None:
    """Look for reference cycles rarely: facts, rules and events have none, and a full look over them stops everybody."""
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


def _fail(line: str, code: int) -> None:
    print(f"waypost: {line}", file=sys.stderr)
    sys.exit(code)
