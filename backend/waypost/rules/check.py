"""Check a folder of rules, and say what the defaults of a rule are."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict
from pathlib import Path

from waypost.errors import Problem
from waypost.model import Json
from waypost.rules.checklists import check_checklists
from waypost.rules.compile import compile_rules
from waypost.rules.load import load_folder
from waypost.rules.plan import CompiledRule, Plan

__all__ = ["check_folder", "explain_defaults"]


def check_folder(
    folder: Path, seen: Mapping[str, int] | None = None, now: int = 0, as_live: Collection[str] = ()
) -> tuple[Plan, list[Problem]]:
    """(the plan of what is right, every mistake and advice), in the order of files.

    `seen`: event name -> ms it was last received, where a database is at hand. `as_live`: states that are taken for live.
    """
    loaded = load_folder(folder)
    documents = {
        file: {**document, "state": "live"} if document.get("state") in as_live else document
        for file, document in loaded.documents.items()
    }
    plan, problems = compile_rules(documents, loaded.chains, loaded.segments, {}, loaded.project, seen, now)
    problems += check_checklists(loaded.checklists)
    return plan, sorted([*loaded.problems, *problems], key=lambda problem: (problem.file, problem.path))


def explain_defaults(rule: CompiledRule) -> Mapping[str, Json]:
    """Everything a rule did not say, with the value it has."""
    found: dict[str, Json] = {
        "kind": rule.kind,
        "state": rule.state,
        "scope": rule.scope,
        "audience": rule.audience.source,
        "trigger.when": rule.when.source,
        "trigger.at": dict(rule.at),
        "trigger.settle": f"{rule.settle}ms",
        "trigger.ttl": rule.ttl if isinstance(rule.ttl, str) else f"{rule.ttl}ms",
        "repeat": {"mode": rule.repeat.mode, "cooldown": f"{rule.repeat.cooldown}ms", "max": rule.repeat.max},
        "goal": rule.goal.source if rule.goal else None,
        "goal_window": f"{rule.goal_window}ms",
        "policy.category": rule.category,
        "policy.priority": rule.priority,
        "policy.stop_after.dismissed": rule.stop_after_dismissed,
        **(
            {"shares": {f"variants[{i}]" if i >= 0 else "text": share for i, share in rule.shares}}
            if rule.shares
            else {}
        ),
    }
    if rule.question is not None:
        found["questions"] = [asdict(rule.question)]
    return found
