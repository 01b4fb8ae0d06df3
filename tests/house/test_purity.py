"""Holds the core to values: what it may import, and that it asks neither clock nor chance nor machine.

Import contracts forbid by name; this allows by name, so that a new impure import is caught as well.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house.tree import ROOT, modules, name_of, parsed

MAY_BE_IMPORTED = (
    *("__future__", "abc", "base64", "bisect", "collections", "dataclasses", "datetime", "decimal"),
    *(
        "email.utils",
        "enum",
        "fractions",
        "functools",
        "hashlib",
        "heapq",
        "hmac",
        "ipaddress",
        "itertools",
        "json",
        "math",
    ),
    *("operator", "re", "string", "types", "typing", "unicodedata", "urllib.parse"),
    *("msgspec", "orjson", "worker.core", "worker.errors"),  # bytes in, values out; values that cost little to make
)
IMPURE_CALLS = {"open", "print", "input", "eval", "exec", "__import__"}
CLOCK_READINGS = {"now", "today", "utcnow"}


def imported(tree: ast.Module) -> Iterator[str]:
    """The full names of the modules that a module imports, wherever in it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield "." * node.level + (node.module or "")


def is_value_like(module: str) -> bool:
    """Whether the core may import this."""
    return any(f"{module}.".startswith(f"{allowed}.") for allowed in MAY_BE_IMPORTED)


def impurities(tree: ast.Module) -> Iterator[str]:
    """What in a module waits, reads a clock, or touches the machine."""
    yield from (f"imports {module}" for module in imported(tree) if not is_value_like(module))
    for node in ast.walk(tree):
        match node:
            case ast.AsyncFunctionDef() | ast.Await() | ast.AsyncFor() | ast.AsyncWith():
                yield f"line {node.lineno} waits"
            case ast.Call(func=ast.Name(id=name)) if name in IMPURE_CALLS:
                yield f"line {node.lineno} calls {name}"
            case ast.Call(func=ast.Attribute(value=ast.Name(id="datetime" | "date"), attr=name)) if (
                name in CLOCK_READINGS
            ):
                yield f"line {node.lineno} reads the clock"
            case _:
                pass


def core_modules() -> list[Path]:
    """The modules of the core that are there."""
    return [path for path in modules("worker") if (ROOT / "worker" / "core") in path.parents]


def test_the_core_is_pure() -> None:
    assert {name_of(path): found for path in core_modules() if (found := list(impurities(parsed(path))))} == {}


@pytest.mark.parametrize(
    "line",
    [
        "import time",
        "from os import path",
        "import worker.ledger",
        "from .. import pace",
        "async def f(): ...",
        "open('x')",
        "datetime.now(UTC)",
    ],
)
def test_an_impure_line_would_be_found(line: str) -> None:
    assert list(impurities(ast.parse(line)))


@pytest.mark.parametrize("line", ["from typing import assert_never", "from worker.core.customer import parse"])
def test_a_pure_line_passes(line: str) -> None:
    assert not list(impurities(ast.parse(line)))
