"""What `pip install waypost` brings: everything that was built, nothing that was not asked for, few dependencies."""

from __future__ import annotations

import subprocess
import sys
import tomllib
import zipfile
from email.parser import Parser
from pathlib import Path

import pytest

import waypost

ROOT = Path(__file__).parents[2]
DEPENDENCIES = 14  # direct ones, at most: a small backend
NEEDED = [
    "static/sdk/waypost.js",
    "static/sdk/loader.js",
    "static/console/index.html",
    "static/taskboard/index.html",
    "static/rules/chains.json",
    "static/rules/tips/export-schedule.json",
    "static/rules/schema/rule.schema.json",
    "store/migrations/versions/0001_first.py",
]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (path,) = folder.iterdir()
    return zipfile.ZipFile(path)


def files(wheel: zipfile.ZipFile) -> set[str]:
    return set(wheel.namelist())


def test_the_wheel_carries_all_that_runs_without_node(wheel: zipfile.ZipFile) -> None:
    assert {f"waypost/{name}" for name in NEEDED} - files(wheel) == set()


@pytest.mark.parametrize("folder", ["static/sdk", "static/console", "store/migrations"])
def test_the_wheel_carries_every_file_that_was_built_and_every_migration(wheel: zipfile.ZipFile, folder: str) -> None:
    package = ROOT / "backend" / "waypost"
    found = {path.relative_to(package).as_posix() for path in (package / folder).rglob("*") if path.is_file()}
    wanted = {f"waypost/{name}" for name in found if not name.endswith(".pyc")}
    assert wanted
    assert wanted - files(wheel) == set()


def test_what_was_built_is_not_empty(wheel: zipfile.ZipFile) -> None:
    assert [name for name in NEEDED if wheel.getinfo(f"waypost/{name}").file_size < 100] == []


def test_the_wheel_carries_every_module_and_nothing_of_the_workshop(wheel: zipfile.ZipFile) -> None:
    package = Path(waypost.__file__).parent
    modules = {path.relative_to(package.parent).as_posix() for path in package.rglob("*.py")}
    assert modules - files(wheel) == set()
    foreign = {"node_modules", "__pycache__", "test"}
    tops = {name.split("/")[0] for name in files(wheel)}
    assert tops == {"waypost", f"waypost-{waypost.__version__}.dist-info"}
    assert [name for name in files(wheel) if foreign & set(name.split("/")) or name.endswith((".ts", ".tsx"))] == []


def test_it_needs_few_other_packages(wheel: zipfile.ZipFile) -> None:
    written = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    (metadata,) = (name for name in files(wheel) if name.endswith(".dist-info/METADATA"))
    required = Parser().parsestr(wheel.read(metadata).decode()).get_all("Requires-Dist") or []
    assert 0 < len(written) <= DEPENDENCIES
    assert len([one for one in required if "extra ==" not in one]) == len(written)


def test_the_command_is_there(wheel: zipfile.ZipFile) -> None:
    (entry,) = (name for name in files(wheel) if name.endswith(".dist-info/entry_points.txt"))
    assert "waypost = waypost.cli:main" in wheel.read(entry).decode()
