"""The floors: a module imports from lower floors only, and the map names every module."""

from __future__ import annotations

import ast
import importlib
from pathlib import Path

import pytest

import waypost

ROOT = Path(waypost.__file__).parent
FLOORS: dict[str, int] = {
    "errors": 0, "model": 0, "settings": 0,
    "store": 1, "trust": 1, "logic": 1,
    "ingest": 2, "facts": 2, "rules": 2,
    "delivery": 3,
    "engine": 4,
    "service": 5, "insight": 5, "success": 5,
    "web": 6,
    "demo": 7,
    "cli": 8, "__main__": 9,
}  # fmt: skip
SHARED_NOUNS = {("facts", "rules")}  # facts fold what rules compile to: rules/plan.py is their common noun


def modules() -> list[Path]:
    return [p for p in sorted(ROOT.rglob("*.py")) if "migrations" not in p.parts and p.parent != ROOT / "static"]


def part_of(path: Path) -> str:
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


def imported_parts(path: Path) -> list[tuple[str, str]]:
    found = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("waypost."):
            found.append((node.module.split(".")[1], node.module))
        elif isinstance(node, ast.Import):
            found += [(n.name.split(".")[1], n.name) for n in node.names if n.name.startswith("waypost.")]
    return found


@pytest.mark.parametrize("path", modules(), ids=lambda p: str(p.relative_to(ROOT)))
def test_a_module_imports_from_lower_floors_only(path: Path) -> None:
    here = part_of(path)
    if here == "__init__":
        return
    assert here in FLOORS, f"{here} has no floor"
    for part, module in imported_parts(path):
        if part == here or (here, part) in SHARED_NOUNS:
            continue
        assert FLOORS[part] < FLOORS[here], f"{here} (floor {FLOORS[here]}) imports {module}"


def test_the_package_docstring_names_every_part() -> None:
    assert waypost.__doc__ is not None
    parts = {part_of(path) for path in modules()} - {"__init__", "__main__"}
    missing = sorted(part for part in parts if part not in waypost.__doc__)
    assert missing == []


@pytest.mark.parametrize("path", modules(), ids=lambda p: str(p.relative_to(ROOT)))
def test_a_module_exports_what_it_says(path: Path) -> None:
    name = ".".join(["waypost", *path.relative_to(ROOT).with_suffix("").parts]).removesuffix(".__init__")
    if name.endswith("__main__"):
        return
    module = importlib.import_module(name)
    if path.name != "__init__.py":
        assert module.__all__, f"{name} has no __all__"
        assert [n for n in module.__all__ if not hasattr(module, n)] == []
