"""waypost effect: whether a tip helps."""

from __future__ import annotations

from typing import Annotated

import typer

from waypost.cli.people import looking
from waypost.errors import BadInput, NotFound
from waypost.insight.effect import Effect
from waypost.insight.effect import effect as measure
from waypost.insight.effect_words import left_out_words, text_words, words_of
from waypost.insight.texts import Texts, compare
from waypost.store.sqlite import Tx

__all__ = ["effect"]


def effect(
    tip: Annotated[str, typer.Argument(help="The id of the tip.")],
    lang: Annotated[str, typer.Option(help="en or ru.")] = "en",
) -> None:
    """Whether a tip helps: its goal among those who saw it, against the control group; and which text does better."""
    with looking() as runtime:
        plan, now = runtime.rules.plan, runtime.clock.now()
        rule = plan.find(tip)
        if rule is None:
            raise NotFound(f"there is no live tip {tip!r}")
        if rule.kind == "alert":
            raise BadInput(f"{tip!r} opens a CSM task; nobody sees it on a page")

        def job(tx: Tx) -> tuple[Effect, Texts | None]:
            return measure(tx, runtime.project_id, plan, rule, now), compare(tx, runtime.project_id, rule, now)

        found, texts = runtime.store.read_now(job)
    lines = [*words_of(found, lang), *left_out_words(found, lang), *(text_words(texts, lang) if texts else [])]
    for line in lines:
        typer.echo(line)
