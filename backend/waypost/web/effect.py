"""GET /api/tips/{id}/effect: whether a tip helps, in numbers and words."""

from __future__ import annotations

from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from waypost.errors import NotFound
from waypost.insight.effect import effect
from waypost.insight.effect_words import text_words, words_of
from waypost.insight.texts import compare
from waypost.store.sqlite import Tx
from waypost.web.guard import runtime_of
from waypost.web.public import json_response

__all__ = ["tip_effect"]


async def tip_effect(request: Request) -> Response:
    """The numbers of insight/effect.py, and `words`: sentences, the first is the verdict.

    `texts`: the numbers of insight/texts.py with a sentence on each text but the first, or null.
    """
    runtime, lang = runtime_of(request), request.query_params.get("lang", "")
    plan, now = runtime.rules.plan, runtime.clock.now()
    rule = plan.find(request.path_params["id"])
    if rule is None or rule.kind == "alert":
        raise NotFound("there is no live tip with this id")

    def job(tx: Tx) -> dict[str, Any]:
        found, texts = effect(tx, runtime.project_id, plan, rule, now), compare(tx, runtime.project_id, rule, now)
        told = {**msgspec.to_builtins(texts), "words": text_words(texts, lang)} if texts else None
        return {**msgspec.to_builtins(found), "now": now, "words": words_of(found, lang), "texts": told}

    return json_response(await runtime.store.read(job))
