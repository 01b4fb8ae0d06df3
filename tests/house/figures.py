"""Prints the figures of the house that are looked at rather than judged: `python -m tests.house.figures`."""

import ast

from tests.house.tree import ROOT, SOURCE, lines_of, modules, parsed

BRANCHES = (
    ast.If,
    ast.IfExp,
    ast.For,
    ast.AsyncFor,
    ast.While,
    ast.ExceptHandler,
    ast.match_case,
    ast.BoolOp,
)
OUTSIDE = ("cli", "sandbox")


def branches(*, core: bool) -> int:
    """The branches of the worker without CLI and sandbox; those of the core alone if asked."""
    paths = [path for path in modules("worker") if path.relative_to(ROOT / "worker").parts[0] not in OUTSIDE]
    chosen = [path for path in paths if not core or path.relative_to(ROOT / "worker").parts[0] == "core"]
    return sum(isinstance(node, BRANCHES) for path in chosen for node in ast.walk(parsed(path)))


def figures() -> str:
    """One line: sizes, and the two shares that the house is planned by."""
    source = sum(map(lines_of, modules(*SOURCE)))
    tests = sum(map(lines_of, modules("tests")))
    share = branches(core=True) / max(branches(core=False), 1)
    return (
        f"Source {source} lines, tests {tests} lines ({tests / max(source, 1):.2f} : 1, aim 1.2 to 1.6); "
        f"the core holds {share:.0%} of the branches outside CLI and sandbox (aim 45 %)."
    )


if __name__ == "__main__":
    print(figures())  # noqa: T201 - this line is the program's result
