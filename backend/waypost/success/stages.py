"""The stage of an account's life, by the expressions of project.json or by its trait."""

from __future__ import annotations

from waypost.facts.look import Look
from waypost.rules.plan import CustomerModel

__all__ = ["stage_of"]


def stage_of(look: Look, model: CustomerModel) -> str:
    """The first stage that holds, "" for none. Without stages the trait account.stage as it is."""
    if not model.stages:
        said = look.variable("account.stage")
        return said if isinstance(said, str) else ""
    return next((stage.id for stage in model.stages if look.truth(stage.when)), "")
