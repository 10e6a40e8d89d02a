"""Advice on rules that are right but likely to surprise. Never refuses anything."""

from __future__ import annotations

from collections.abc import Iterator

from waypost.logic.guard import Fault
from waypost.model import Json
from waypost.rules.text import plain

__all__ = ["lint"]

TITLE, BODY = 60, 160  # characters that read well
ORDERING = ("<", "<=", ">", ">=")


def lint(document: Json) -> list[Fault]:
    """Warnings for one rule that has the right shape."""
    found = [*_texts(document.get("text", {}), "text")]
    for i, variant in enumerate(document.get("variants", ())):
        found += _texts(variant.get("text", {}), f"variants[{i}].text")
    for path, expr in (
        ("audience", document.get("audience")),
        ("trigger.when", document.get("trigger", {}).get("when")),
        ("goal", document.get("goal")),
    ):
        found += _negations(expr, path)
    return found


def _texts(texts: Json, path: str) -> Iterator[Fault]:
    for locale, words in texts.items():
        for name, most in (("title", TITLE), ("body", BODY)):
            length = len(plain(words.get(name, "")))
            if length > most:
                message = f"{length} characters; {most} read well"
                yield Fault(f"{path}.{locale}.{name}", message, "long_text", warning=True)


def _negations(node: Json, path: str, negated: bool = False) -> Iterator[Fault]:
    """Under a `!` a comparison that is false for want of a trait makes the whole true."""
    if isinstance(node, list):
        for i, item in enumerate(node):
            yield from _negations(item, f"{path}[{i}]", negated)
    elif isinstance(node, dict) and len(node) == 1:
        ((name, args),) = node.items()
        if negated and name in ORDERING and _traits(args):
            message = 'true as well when the trait is missing; add a "missing" guard if you do not mean that'
            yield Fault(path, message, "negated_comparison", warning=True)
        inside = not negated if name == "!" else negated and name in ("and", "or", "!!")
        yield from _negations(args, f"{path}.{name}", inside)


def _traits(node: Json) -> bool:
    if isinstance(node, list):
        return any(_traits(item) for item in node)
    if isinstance(node, dict):
        return any(
            (name == "var" and str(args).lstrip("['").startswith(("user.", "account."))) or _traits(args)
            for name, args in node.items()
        )
    return False
