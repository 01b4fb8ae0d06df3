"""Keeps shortcuts rare and explained: patches in tests, silenced checkers, skipped coverage."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house.tree import EVERYWHERE, comments, modules, name_of, parsed

PATCHES_ALLOWED = 5
SILENCED = re.compile(
    r"#\s*(?P<what>type:\s*ignore|(?:ruff:\s*)?noqa|pragma:\s*no\s*cover)"
    r"(?P<codes>:\s*[A-Z]+[0-9]+(?:,\s*[A-Z]+[0-9]+)*|\[[a-z, -]+\])?(?P<reason>.*)",
    re.IGNORECASE,
)
SHORTEST_REASON = 10  # letters


def patches(tree: ast.Module) -> Iterator[int]:
    """The lines at which a test puts something else in the place of a part of a program."""
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names) if any(alias.name == "unittest.mock" for alias in names):
                yield node.lineno
            case ast.ImportFrom(module="unittest.mock" | "pytest_mock"):
                yield node.lineno
            case ast.ImportFrom(module="unittest", names=names) if any(alias.name == "mock" for alias in names):
                yield node.lineno
            case ast.Call(func=ast.Name(id="setattr")):
                yield node.lineno
            case ast.Call(func=ast.Attribute(value=ast.Name(id="monkeypatch"), attr=what)) if what.endswith(
                ("attr", "item")
            ):
                yield node.lineno
            case _:
                pass


def unexplained(comment: str) -> bool:
    """Whether a comment silences a checker without a code or without a reason."""
    found = SILENCED.search(comment)
    if found is None:
        return False
    needs_code = not found["what"].lower().startswith("pragma")
    letters = len(re.findall(r"[^\W\d_]", found["reason"]))
    return letters < SHORTEST_REASON or (needs_code and not found["codes"])


def test_the_tests_patch_hardly_anything() -> None:
    places = [f"{name_of(path)}:{line}" for path in modules("tests") for line in patches(parsed(path))]
    assert len(places) <= PATCHES_ALLOWED, places


@pytest.mark.parametrize(
    "line",
    [
        "from unittest.mock import Mock",
        "import unittest.mock",
        "from unittest import mock",
        "monkeypatch.setattr(time, 'time', f)",
        "setattr(module, 'name', 1)",
    ],
)
def test_a_patch_would_be_counted(line: str) -> None:
    assert list(patches(ast.parse(line)))


def test_every_silenced_check_has_its_reason() -> None:
    def found(path: Path) -> list[str]:
        return [f"{place} {comment}" for place, comment in comments(path) if unexplained(comment)]

    assert [line for path in modules(*EVERYWHERE) for line in found(path)] == []


@pytest.mark.parametrize(
    ("comment", "is_unexplained"),
    [
        ("# noqa", True),
        ("# noqa: S101", True),
        ("# noqa because it is long", True),
        ("# type: ignore[misc]", True),
        ("# pragma: no cover", True),
        ("# noqa: SLF001 - aiohttp has no public switch for this", False),
        ("# type: ignore[misc]  # the stub has no overload for bytes", False),
        ("# the server says so", False),
    ],
)
def test_a_reason_is_told_from_none(comment: str, *, is_unexplained: bool) -> None:
    assert unexplained(comment) is is_unexplained
