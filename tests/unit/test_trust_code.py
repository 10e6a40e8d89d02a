"""What the code itself must keep to: one comparison of secrets, and no statement that forgets whose data it touches."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import waypost
from waypost.store import tables
from waypost.trust.signing import same_secret

ROOT = Path(waypost.__file__).parent
SOURCES = [path for path in sorted(ROOT.rglob("*.py")) if "migrations" not in path.parts]
SECRET = re.compile(
    r"(^|_)(secret|password|token|signature|digest_of_secret|write_key|api_key|cookie|hmac|mac)(s|_|$)"
)
ONE_FOR_ALL = {"meta", "project", "alembic_version", "sqlite_master", "sqlite_schema"}  # no project's data
SQL = re.compile(r"^\s*(SELECT|INSERT|UPDATE|DELETE|REPLACE|WITH|FROM)\b")  # FROM: a part that several share
TABLE = re.compile(r"\b(?:FROM|INTO|UPDATE|JOIN)\s+([a-z_]+)", re.IGNORECASE)


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def name_of(node: ast.expr) -> str:
    """The last word of what is compared: runtime.write_key -> write_key, request.headers["x-token"] -> x_token."""
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case ast.Subscript(slice=ast.Constant(value=str(name))):
            return name.replace("-", "_")
        case ast.Call(func=ast.Attribute(value=inner, attr="encode" | "strip" | "lower" | "decode" | "hexdigest")):
            return name_of(inner)
        case ast.Call(func=ast.Attribute(attr="get"), args=[ast.Constant(value=str(name)), *_]):
            return name.replace("-", "_")
    return ""


def compared_secrets(source: str) -> list[str]:
    """Names of secrets that are compared by == and its like, which stop at the first difference."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Compare) and all(not isinstance(op, ast.Is | ast.IsNot) for op in node.ops):
            sides = [node.left, *node.comparators]
            if any(isinstance(side, ast.Constant) and not side.value for side in sides):
                continue  # whether there is one at all
            found += [name for name in map(name_of, sides) if SECRET.search(name.lower())]
        if isinstance(node, ast.match_case) and isinstance(node.pattern, ast.MatchValue):
            found += [name for name in (name_of(node.pattern.value),) if SECRET.search(name.lower())]
    return found


def called(source: str) -> set[str]:
    nodes = [node.func for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    return {node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "") for node in nodes}


@pytest.mark.parametrize("path", SOURCES, ids=named)
def test_no_secret_is_compared_by_equality(path: Path) -> None:
    assert compared_secrets(path.read_text()) == []


@pytest.mark.parametrize("path", SOURCES, ids=named)
def test_only_trust_compares_digests_itself(path: Path) -> None:
    if path.parent.name != "trust":
        assert "compare_digest" not in called(path.read_text()), "use trust.signing.same_secret"


def test_the_secrets_that_there_are_go_through_the_one_comparison() -> None:
    users = {named(path) for path in SOURCES if "same_secret" in called(path.read_text())}
    assert users == {"web/guard.py", "web/public.py"}
    assert "compare_digest" in called((ROOT / "trust" / "signing.py").read_text())


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("if key == runtime.write_key: pass", ["write_key"]),
        ("ok = given.password != stored", ["password"]),
        ("ok = request.headers['x-token'] == 'a'", ["x_token"]),
        ("ok = request.cookies.get('session_token') in known", ["session_token"]),
        ("ok = signature.hexdigest() == expected", ["signature"]),
        ("ok = secret.encode() == b'x'", ["secret"]),
        ("ok = password is None", []),
        ("ok = token == ''", []),
        ("ok = len(secret) < 16", []),
        ("ok = same_secret(token, secret)", []),
    ],
)
def test_this_test_sees_what_it_looks_for(code: str, found: list[str]) -> None:
    assert compared_secrets(code) == found


@pytest.mark.parametrize(
    ("given", "expected", "same"),
    [
        ("a", "a", True),
        ("a", "b", False),
        ("", "a", False),
        ("ключ", "ключ", True),
        ("\ud800", "a", False),
        ("a\x00", "a", False),
    ],
)
def test_any_text_may_be_compared(given: str, expected: str, same: bool) -> None:
    assert same_secret(given, expected) is same


def texts(node: ast.expr) -> str:
    """The literal parts of a string, of an f-string, or of strings that are added up."""
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=parts):
            return "".join(texts(part) for part in parts)
        case ast.FormattedValue():
            return " {} "
        case ast.BinOp(op=ast.Add(), left=left, right=right):
            return texts(left) + texts(right)
    return ""


def literals(tree: ast.AST) -> Iterator[ast.expr]:
    """Each string as a whole: the pieces of one are not looked at by themselves."""
    for child in ast.iter_child_nodes(tree):
        if isinstance(child, ast.expr) and texts(child):
            yield child
        else:
            yield from literals(child)


def statements(path: Path) -> list[str]:
    found = (texts(literal) for literal in literals(ast.parse(path.read_text())))
    return [text for text in found if SQL.match(text)]


def test_the_statements_are_found() -> None:
    everything = [statement for path in SOURCES for statement in statements(path)]
    assert len(everything) > 50
    assert any("INSERT INTO event " in statement for statement in everything)


def forgetful(path: Path) -> list[str]:
    """Statements that touch the rows of a project without saying of which."""
    found = []
    for statement in statements(path):
        touched = {table.lower() for table in TABLE.findall(statement)} - {"set"}
        shared = " {} " in statement and not touched  # its FROM stands in a part of its own, which is looked at too
        if not (shared or (touched and touched <= ONE_FOR_ALL) or "project_id" in statement):
            found.append(statement)
    return found


@pytest.mark.parametrize("path", [path for path in SOURCES if path.parent.name == "store"], ids=named)
def test_every_statement_of_the_store_says_whose_rows_it_means(path: Path) -> None:
    assert forgetful(path) == []


def test_every_table_but_those_of_the_installation_has_a_project() -> None:
    without = {table.name for table in tables.metadata.sorted_tables if "project_id" not in table.columns}
    assert without == {"meta", "project"}


ELSEWHERE = {
    "service/runtime.py": ["SELECT COALESCE(MAX(id), 0) FROM event_name"],  # whether a copy of names is out of date
    "web/app.py": ["SELECT 1"],  # whether the database answers
}


OTHER_DATABASES = {"cli/clickstream.py", "insight/crowd.py"}  # temporary ones, of one process


@pytest.mark.parametrize(
    "path", [p for p in SOURCES if p.parent.name != "store" and named(p) not in OTHER_DATABASES], ids=named
)
def test_no_other_statement_forgets_it_either(path: Path) -> None:
    assert forgetful(path) == ELSEWHERE.get(named(path), [])


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ('tx.execute("SELECT body FROM event WHERE id=?")', 1),
        ('tx.execute("DELETE FROM event")', 1),
        ('tx.execute(f"UPDATE task SET {what} WHERE id=?")', 1),
        ('tx.execute("SELECT 1 FROM meta JOIN event ON 1")', 1),
        ('where = "FROM event WHERE t>?"\ntx.execute(f"SELECT COUNT(*) {where}")', 1),
        ('where = "FROM event WHERE project_id=?"\ntx.execute(f"SELECT COUNT(*) {where}")', 0),
        ('tx.execute("SELECT body FROM event " "WHERE project_id=? AND id=?")', 0),
        ('tx.execute("SELECT body FROM event " + "WHERE project_id=?")', 0),
        ('tx.execute("SELECT value FROM meta WHERE key=?")', 0),
    ],
)
def test_this_test_sees_statements(tmp_path: Path, code: str, found: int) -> None:
    (tmp_path / "code.py").write_text(code)
    assert len(forgetful(tmp_path / "code.py")) == found
