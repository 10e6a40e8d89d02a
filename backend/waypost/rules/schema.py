"""The JSON Schema that gives completion and errors in an editor, printed from the same shapes that check."""

from __future__ import annotations

import json

from waypost.logic.guard import ARITY
from waypost.model import Json
from waypost.rules.document import RULE
from waypost.rules.operators import OPERATORS

__all__ = ["rule_schema", "schema_text"]


def rule_schema() -> dict[str, Json]:
    """JSON Schema (2020-12) of one rule file."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Waypost rule",
        **RULE.schema(),
        "$defs": {"expression": _expression()},
    }


def schema_text() -> str:
    """The file rules/schema/rule.schema.json."""
    return json.dumps(rule_schema(), indent=2, ensure_ascii=False) + "\n"


def _expression() -> dict[str, Json]:
    again = {"$ref": "#/$defs/expression"}
    operands = {"anyOf": [{"type": "array", "items": again}, again]}
    plain: dict[str, Json] = dict.fromkeys(ARITY, operands)
    plain["var"] = {"description": "user.<trait>, account.<trait>, session.n, or event.<property> in a where"}
    behavioural = {name: shape.schema() for name, shape in OPERATORS.items()}
    return {
        "description": "JsonLogic, with the operators of behaviour",
        "anyOf": [
            {"type": ["boolean", "number", "string", "null"]},
            {"type": "array", "items": again},
            {
                "type": "object",
                "minProperties": 1,
                "maxProperties": 1,
                "properties": {**plain, **behavioural},
                "additionalProperties": False,
            },
        ],
    }
