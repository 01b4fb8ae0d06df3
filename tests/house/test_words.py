"""Holds names and docstrings to the house style: nothing vague, hardly anything public without a word."""

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.house.tree import DEFINITION, EVERYWHERE, ROOT, SOURCE, modules, name_of, parsed

DOCUMENTED_SHARE = 0.95
VAGUE = {"base", "common", "helper", "helpers", "lib", "manager", "misc", "shared", "stuff", "util", "utils"}


def public_nodes(path: Path) -> Iterator[tuple[str, ast.AST]]:
    """The module, and its public classes, functions and methods; what stands within a function is private."""
    tree = parsed(path)
    yield name_of(path), tree
    waiting: list[ast.Module | ast.ClassDef] = [tree]
    while waiting:
        for node in waiting.pop().body:
            if not isinstance(node, (ast.ClassDef, *DEFINITION)) or node.name.startswith("_"):
                continue
            yield f"{name_of(path)}:{node.lineno} {node.name}", node
            if isinstance(node, ast.ClassDef):
                waiting.append(node)


def has_words(node: ast.AST) -> bool:
    """Whether a module, class or function has a docstring."""
    return isinstance(node, (ast.Module, ast.ClassDef, *DEFINITION)) and bool(ast.get_docstring(node))


def test_nearly_everything_public_has_a_docstring() -> None:
    found = [pair for path in modules(*SOURCE) if path.read_text("utf-8").strip() for pair in public_nodes(path)]
    silent = [name for name, node in found if not has_words(node)]
    assert len(silent) <= (1 - DOCUMENTED_SHARE) * len(found), silent


def test_every_module_says_what_it_decides() -> None:
    silent = [
        name_of(path)
        for path in modules(*EVERYWHERE)
        if path.read_text("utf-8").strip() and not has_words(parsed(path))
    ]
    assert silent == []


def test_no_file_or_folder_has_a_name_that_says_nothing() -> None:
    vague = [
        name_of(path)
        for path in modules(*EVERYWHERE)
        if VAGUE & {part.lower().strip("_") for part in path.relative_to(ROOT).with_suffix("").parts}
    ]
    assert vague == []
