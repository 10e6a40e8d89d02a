"""waypost effect: whether a tip helps."""

from __future__ import annotations

from typing import Annotated

import typer

from waypost.cli.people import looking
from waypost.errors import BadInput, NotFound
from waypost.insight.effect import effect as measure
from waypost.insight.effect_words import left_out_words, words_of

__all__ = ["effect"]


def effect(
    tip: Annotated[str, typer.Argument(help="The id of the tip.")],
    lang: Annotated[str, typer.Option(help="en or ru.")] = "en",
) -> None:
    """Whether a tip helps: its goal among those who saw it, against the control group."""
    with looking() as runtime:
        plan, now = runtime.rules.plan, runtime.clock.now()
        rule = plan.find(tip)
        if rule is None:
            raise NotFound(f"there is no live tip {tip!r}")
        if rule.kind == "alert":
            raise BadInput(f"{tip!r} opens a CSM task; nobody sees it on a page")
        found = runtime.store.read_now(lambda tx: measure(tx, runtime.project_id, plan, rule, now))
    for line in (*words_of(found, lang), *left_out_words(found, lang)):
        typer.echo(line)
