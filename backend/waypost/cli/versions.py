"""waypost plan, apply, versions, diff and rollback: what would change, what changed, and the way back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from waypost.cli.checks import number_of
from waypost.cli.people import looking
from waypost.errors import BadInput, NotFound, Problem
from waypost.model import Json
from waypost.rules.compile import compile_rules
from waypost.rules.diff import changes
from waypost.rules.load import Loaded, load_folder
from waypost.rules.plan import Plan
from waypost.service.life import fault_in_words, roll_back
from waypost.service.runtime import Runtime
from waypost.service.subjects import sizes_of
from waypost.store.versions import Version, versions_of

__all__ = ["apply", "diff", "plan", "rollback", "versions"]

Folder = Annotated[Path, typer.Argument(help="The folder of rules.")]
By = Annotated[str, typer.Option(help="Who does it.")]
Message = Annotated[str, typer.Option(help="Why, in one line, for whoever reads the versions.")]
Tip = Annotated[str, typer.Argument(help="The id of the tip, or of an alert.")]
SHARED = ("chains", "segments", "project")


def plan(folder: Folder = Path("rules")) -> None:
    """Show what `waypost apply` would change. Exit 1 when the folder has a mistake."""
    with looking() as runtime:
        loaded, wanted = _right(folder)
        for line in _differences(runtime, loaded, wanted):
            typer.echo(line)


def apply(folder: Folder = Path("rules"), *, by: By, message: Message) -> None:
    """Publish a folder of rules into the database; a running server takes it over within seconds."""
    _refuse(by, message)
    with looking() as runtime:
        loaded, wanted = _right(folder)
        lines = _differences(runtime, loaded, wanted)
        runtime.rules.apply(loaded, str(folder), runtime.clock.now(), by, message)
    for line in lines:
        typer.echo(line)
    typer.echo("Nothing to publish." if lines == [SAME] else "Published.")


def versions(tip: Tip) -> None:
    """List the versions of a rule, the newest first."""
    with looking() as runtime:
        found = _versions(runtime, tip)
    for version in found:
        here = "  in force" if version.live_until is None else ""
        said = f"  {version.message}" if version.message else ""
        typer.echo(
            f"{version.version:>4}  {_minute(version.live_from)}  {version.state:<7}  {version.author}{said}{here}"
        )


def diff(
    tip: Tip,
    a: Annotated[int | None, typer.Argument(help="A version; the one before B when left out.")] = None,
    b: Annotated[int | None, typer.Argument(help="Another; the newest when left out.")] = None,
) -> None:
    """Show what changed in a rule between two versions."""
    with looking() as runtime:
        found = {version.version: version for version in _versions(runtime, tip)}
    newest = max(found)
    new = newest if b is None else b
    old = new - 1 if a is None else a
    for number in (old, new):
        if number not in found:
            raise NotFound(f"there is no version {number} of {tip!r}; there are 1 to {newest}")
    lines = [change.line() for change in changes(found[old].body, found[new].body)]
    typer.echo(f"{tip}: version {old} → {new}")
    for line in lines or ["no difference"]:
        typer.echo(f"  {line}")


def rollback(
    tip: Tip,
    *,
    to: Annotated[int | None, typer.Option(help="The version to go back to; the one before when left out.")] = None,
    by: By,
    message: Message,
) -> None:
    """Put an older version in force again, as a new version. Caps and dismissals stay."""
    _refuse(by, message)
    with looking() as runtime:
        older = roll_back(runtime.rules, tip, to, runtime.clock.now(), by, message)
        newest = _versions(runtime, tip)[0].version
    typer.echo(f"{tip}: version {newest} is version {older} again. It stays until the folder of rules changes.")


# -- what would change

SAME = "Nothing differs from what is live."


def _right(folder: Path) -> tuple[Loaded, Plan]:
    """The folder and its rules; every mistake as `waypost check` prints it, and exit 1."""
    if not folder.is_dir():
        raise NotFound(f"{folder}: there is no such folder of rules")
    loaded = load_folder(folder)
    made, found = compile_rules(loaded.documents, loaded.chains, loaded.segments, {}, loaded.project)
    errors = [problem for problem in [*loaded.problems, *found] if problem.severity == "error"]
    for problem in sorted(errors, key=_by_place):
        typer.echo(f"{folder}/{problem.line()}")
    if errors:
        raise typer.Exit(1)
    return loaded, made


def _by_place(problem: Problem) -> tuple[str, str]:
    return problem.file, problem.path


def _differences(runtime: Runtime, loaded: Loaded, wanted: Plan) -> list[str]:
    lines = [
        *_rules(_by_id(runtime.rules.live()), _by_id(loaded)),
        *_shared(runtime.rules.live(), loaded),
    ]
    live, then = sizes_of(runtime.rules.plan), sizes_of(wanted)
    new = [name for name, size in then.items() if live.get(name, -1) < size]
    if new:
        lines.append(f"{number_of(len(new), 'condition')} will read the past from the log")
    return lines or [SAME]


def _rules(live: dict[str, Json], wanted: dict[str, Json]) -> Iterator[str]:
    for name in sorted(live.keys() | wanted.keys()):
        if name not in live:
            yield f"+ {name} ({_state(wanted[name])})"
        elif name not in wanted:
            yield f"- {name} ({_state(live[name])})"
        elif found := list(changes(live[name], wanted[name])):
            before, after = _state(live[name]), _state(wanted[name])
            yield f"~ {name}" + (f" ({before} → {after})" if before != after else "")
            yield from (f"    {change.line()}" for change in found)


def _shared(live: Loaded, wanted: Loaded) -> Iterator[str]:
    for part in SHARED:
        found = list(changes(getattr(live, part), getattr(wanted, part)))
        if found:
            yield f"~ {part}.json"
            yield from (f"    {change.line()}" for change in found)


def _by_id(loaded: Loaded) -> dict[str, Json]:
    return {str(document.get("id")): document for document in loaded.documents.values()}


def _state(document: Json) -> str:
    return str(document.get("state", "live"))


# -- what is stored


def _versions(runtime: Runtime, tip: str) -> list[Version]:
    found = runtime.store.read_now(lambda tx: versions_of(tx, runtime.project_id, tip))
    if not found:
        raise NotFound(f"there is no rule {tip!r}")
    return found


def _refuse(by: str, message: str) -> None:
    fault = fault_in_words(by, message)
    if fault:
        raise BadInput(f"--{fault}")


def _minute(ms: int) -> str:
    return f"{datetime.fromtimestamp(ms / 1000, UTC):%Y-%m-%d %H:%M}"
