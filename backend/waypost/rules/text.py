"""Texts of tips: a small Markdown in, a typed node tree out. Never HTML: the browser builds elements from it.

A node is a text, or a list: ["strong"|"em"|"code", …], ["a", url, …], ["p", …], ["ul"|"ol", ["li", …]…],
["img", url, alt], ["var", "user.name", "fallback"].
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from markdown_it import MarkdownIt
from markdown_it.token import Token

from waypost.logic.guard import Fault, meant
from waypost.model import Json
from waypost.trust.urls import safe_url

__all__ = ["body_nodes", "plain", "title_nodes"]

_markdown = MarkdownIt("zero", {"html": False}).enable(
    ["emphasis", "backticks", "link", "image", "list", "newline", "escape", "entity"]
)
_markdown.validateLink = lambda url: True  # type: ignore[method-assign]  # ours says where and why
_VARIABLE = re.compile(r"\{([^{}|]{1,200})(?:\|([^{}]{0,200}))?\}")
_INLINE = {"strong_open": "strong", "em_open": "em"}
_BLOCK = {"paragraph_open": "p", "bullet_list_open": "ul", "ordered_list_open": "ol", "list_item_open": "li"}
ROOTS = ("user", "account")


def body_nodes(text: str, path: str, faults: list[Fault]) -> Json:
    """The nodes of a body; one paragraph alone is given without its ["p", …]."""
    nodes = _blocks(iter(_markdown.parse(text)), path, faults)
    if len(nodes) == 1 and nodes[0][0] == "p":
        return nodes[0][1:]
    return nodes


def title_nodes(text: str, path: str, faults: list[Fault]) -> Json:
    """The nodes of one line: inline marks and variables only."""
    nodes: list[Json] = []
    for token in _markdown.parseInline(text):
        nodes += _inlines(iter(token.children or ()), path, faults)
    return nodes


def plain(text: str) -> str:
    """The text without marks, for tasks and tables."""
    return "".join(_flatten(title_nodes(text, "", [])))


def _flatten(nodes: Sequence[Json]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, str):
            yield node
        elif node[0] == "var":
            yield f"{{{node[1]}|{node[2]}}}"
        elif node[0] == "img":
            yield node[2]
        else:
            yield from _flatten(node[2:] if node[0] == "a" else node[1:])


def _blocks(tokens: Iterator[Token], path: str, faults: list[Fault]) -> list[Json]:
    nodes: list[Json] = []
    for token in tokens:
        if token.nesting == -1:
            return nodes
        if token.type == "inline":
            nodes += _inlines(iter(token.children or ()), path, faults)
        elif token.nesting == 1:
            inner = _blocks(tokens, path, faults)
            if token.hidden:  # the paragraph of a tight list item
                nodes += inner
            else:
                nodes.append([_BLOCK.get(token.type, "p"), *inner])
        elif token.content:
            nodes.append(["p", token.content])
    return nodes


def _inlines(tokens: Iterator[Token], path: str, faults: list[Fault]) -> list[Json]:
    nodes: list[Json] = []
    for token in tokens:
        if token.nesting == -1:
            return nodes
        if token.type in _INLINE:
            nodes.append([_INLINE[token.type], *_inlines(tokens, path, faults)])
        elif token.type == "link_open":
            nodes.append(["a", _url(token, "href", path, faults), *_inlines(tokens, path, faults)])
        elif token.type == "image":
            nodes.append(["img", _url(token, "src", path, faults), token.content])
        elif token.type == "code_inline":
            nodes.append(["code", token.content])
        elif token.type in ("softbreak", "hardbreak"):
            nodes.append("\n" if token.type == "hardbreak" else " ")
        elif token.content:
            nodes += _variables(token.content, path, faults)
    return nodes


def _url(token: Token, name: str, path: str, faults: list[Fault]) -> str:
    url = str(token.attrGet(name) or "")
    if safe_url(url) is None:
        faults.append(
            Fault(path, f'the link "{url}" may not be opened; write https://… or a path from "/"', "bad_url")
        )
    return url


def _variables(text: str, path: str, faults: list[Fault]) -> Iterator[Json]:
    """Split off {user.name|there}."""
    at = 0
    for found in _VARIABLE.finditer(text):
        if found.start() > at:
            yield text[at : found.start()]
        name, fallback = found[1].strip(), found[2] or ""
        root, _, rest = name.partition(".")
        if root not in ROOTS or not rest:
            hint = meant(root, ROOTS)
            message = f"{{{name}}} is not a trait; write {{user.name}} or {{account.name|a fallback}}{hint}"
            faults.append(Fault(path, message, "unknown_variable"))
        yield ["var", name, fallback]
        at = found.end()
    if at < len(text):
        yield text[at:]
