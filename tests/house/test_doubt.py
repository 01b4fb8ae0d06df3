"""Beside `in_doubt` stands "we may have deleted it", in every sentence that a person can be shown."""

import ast
from collections.abc import Iterator

import pytest

from tests.house.tree import DEFINITION, modules, name_of, parsed

DOUBT = ("in doubt", "in_doubt")
FIXED = ("we may have deleted it", "we may have deleted them")
FOR_MACHINES = "worker/ledger"
"""Its texts are SQL."""


def sentences(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """The texts of a module that somebody may be shown: strings, settings' words and commands' help; no comments."""
    parts = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in ast.walk(node)}
    unseen = {id(text) for text in docstrings(tree)}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            yield node.lineno, "".join(text_of(each) for each in node.values)
        elif id(node) not in parts | unseen and (text := text_of(node)):
            yield getattr(node, "lineno", 0), text


def text_of(node: ast.AST) -> str:
    """A string's own text, and the fixed one where its name stands; nothing of anything else."""
    if isinstance(node, ast.FormattedValue) and isinstance(node.value, ast.Name) and node.value.id == "DOUBT":
        return FIXED[0]
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def docstrings(tree: ast.AST) -> Iterator[ast.AST]:
    """Those for readers of the code: not the help of a command, and not the words of a setting."""
    for node in ast.walk(tree):
        if isinstance(node, (ast.Module, ast.ClassDef, *DEFINITION)):
            shown = isinstance(node, DEFINITION) and node.name.endswith("_command")
            settings = isinstance(node, ast.ClassDef) and node.name == "Settings"
            for place, statement in enumerate(node.body):
                if isinstance(statement, ast.Expr) and not shown and not (settings and place):
                    yield statement.value


def silent(tree: ast.AST) -> list[tuple[int, str]]:
    """The sentences that speak of a doubt, and do not say what it means."""
    found = [(line, text) for line, text in sentences(tree) if " " in text and any(word in text for word in DOUBT)]
    return [(line, text) for line, text in found if not any(words in text for words in FIXED)]


def test_every_sentence_about_a_doubt_says_that_we_may_have_deleted_it() -> None:
    shown = [path for path in modules("worker", "config") if not name_of(path).startswith(FOR_MACHINES)]
    assert [f"{name_of(path)}:{line} {text}" for path in shown for line, text in silent(parsed(path))] == []


@pytest.mark.parametrize(
    "code",
    [
        'x = f"{n} rows are in_doubt"',
        'x = "rows in doubt"',
        'def some_command():\n    """Settle rows in doubt."""',
        'class Settings:\n    """Doc."""\n    most: int\n    """Customers in doubt."""',
    ],
)
def test_a_sentence_that_does_not_say_it_is_found(code: str) -> None:
    assert len(silent(ast.parse(code))) == 1


@pytest.mark.parametrize(
    "code",
    ['x = "in_doubt"', 'def f():\n    """Customers in doubt."""', 'x = f"{n} in_doubt: we may have deleted them"'],
)
def test_a_word_for_machines_and_words_for_readers_of_the_code_are_not(code: str) -> None:
    assert silent(ast.parse(code)) == []
