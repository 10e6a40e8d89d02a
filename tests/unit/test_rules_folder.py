"""The rules that come with Waypost, their schema, and what the least of rules means."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
from typer.testing import CliRunner

from tests.unit.test_rules_mistakes import RIGHT, wrote
from waypost.cli import app
from waypost.rules.check import check_folder
from waypost.rules.schema import rule_schema, schema_text

RULES = Path(__file__).parents[2] / "rules"
TIPS = sorted((RULES / "tips").glob("**/*.json"))


def test_the_schema_file_is_what_the_checks_print() -> None:
    assert (RULES / "schema" / "rule.schema.json").read_text() == schema_text(), (
        "write it anew: python -c 'from waypost.rules.schema import schema_text; print(schema_text(), end=\"\")'"
    )


def test_the_schema_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(rule_schema())


@pytest.mark.parametrize("path", TIPS, ids=lambda path: path.name)
def test_every_rule_fits_the_schema_and_names_it_for_editors(path: Path) -> None:
    rule = json.loads(path.read_text())
    jsonschema.Draft202012Validator(rule_schema()).validate(rule)
    assert (path.parent / rule["$schema"]).resolve() == RULES / "schema" / "rule.schema.json"


def test_the_rules_have_no_mistakes_and_need_no_advice() -> None:
    plan, problems = check_folder(RULES)
    assert problems == []
    assert sorted(rule.id for rule in plan.rules.values() if not rule.escalates) == sorted(path.stem for path in TIPS)


def test_every_rule_speaks_english_and_russian() -> None:
    for rule in check_folder(RULES)[0].rules.values():
        assert {"en", "ru"} <= rule.texts.keys(), rule.id


DEFAULTS = {
    "kind": "tip",
    "state": "live",
    "scope": "user",
    "audience": True,
    "trigger.when": RIGHT["trigger"]["when"],
    "trigger.at": {"typing": False, "no_modal": True},
    "trigger.settle": "0ms",
    "trigger.ttl": "page",
    "repeat": {"mode": "cooldown", "cooldown": "604800000ms", "max": 3},
    "goal": None,
    "goal_window": "604800000ms",
    "policy.category": "general",
    "policy.priority": "normal",
    "policy.stop_after.dismissed": 2,
}


def test_the_least_rule_has_the_documented_defaults_and_explain_prints_them(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["check", str(wrote(tmp_path, x=RIGHT)), "--explain"])
    assert result.exit_code == 0
    title, _, rest = result.stdout.lstrip().partition("\n")
    printed, _, last = rest.rpartition("}\n")
    assert title == "export-schedule: “report exported” at least 3 times in the last 7 days"
    assert json.loads(printed + "}") == DEFAULTS
    assert last == "1 rule right, 0 mistakes, 0 pieces of advice\n"
