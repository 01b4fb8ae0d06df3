"""Reads the repository for the house checks: which files there are, and which functions stand in them.

Decides nothing; the bars stand in the tests beside it. Looks at what git tracks or would track, so that
environments, caches and campaigns are never judged.
"""

import ast
import io
import subprocess
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCE = ("worker", "config")
EVERYWHERE = (*SOURCE, "tests", "benchmarks")

DEFINITION = (ast.FunctionDef, ast.AsyncFunctionDef)


@dataclass(frozen=True, slots=True)
class Function:
    """One function or method, and how many lines its body has without its docstring."""

    place: str
    lines: int


@cache
def files() -> tuple[Path, ...]:
    """Every file that git tracks or would track and that is there."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
        text=True,
    ).stdout
    return tuple(path for name in sorted(set(listed.split("\0"))) if name and (path := ROOT / name).is_file())


def name_of(path: Path) -> str:
    """The path as a reader of the repository writes it."""
    return path.relative_to(ROOT).as_posix()


def modules(*folders: str) -> list[Path]:
    """The Python files below these folders of the repository."""
    return [path for path in files() if path.suffix == ".py" and path.relative_to(ROOT).parts[0] in folders]


def texts() -> Iterator[tuple[Path, str]]:
    """Every file that is text, with its text."""
    for path in files():
        try:
            yield path, path.read_text("utf-8")
        except UnicodeDecodeError:
            continue


def lines_of(path: Path) -> int:
    """How many lines a file has, blank ones included."""
    return len(path.read_text("utf-8").splitlines())


@cache
def parsed(path: Path) -> ast.Module:
    """The syntax tree of a Python file."""
    return ast.parse(path.read_text("utf-8"), name_of(path))


def functions(*folders: str) -> list[Function]:
    """The functions below these folders; one whose body is only `...` or a docstring has no lines."""
    return [
        Function(f"{name_of(path)}:{node.lineno} {node.name}", _body_lines(node))
        for path in modules(*folders)
        for node in ast.walk(parsed(path))
        if isinstance(node, DEFINITION)
    ]


def _body_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    body = node.body[1:] if ast.get_docstring(node) is not None else node.body
    if not body or (len(body) == 1 and _is_ellipsis(body[0])):
        return 0
    return (node.end_lineno or node.lineno) - body[0].lineno + 1


def _is_ellipsis(statement: ast.stmt) -> bool:
    return (
        isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Constant)
        and statement.value.value is Ellipsis
    )


def comments(path: Path) -> Iterator[tuple[str, str]]:
    """Each comment of a Python file with its place; text within strings is none."""
    for token in tokenize.generate_tokens(io.StringIO(path.read_text("utf-8")).readline):
        if token.type == tokenize.COMMENT:
            yield f"{name_of(path)}:{token.start[0]}", token.string
