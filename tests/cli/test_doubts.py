"""Customers in doubt, as every command shows them: "we may have deleted it" stands in the same line."""

import pytest

from tests.cli.typing_in import Shell, Typed
from worker.sandbox.faults import Faults
from worker.sandbox.server import Sandbox

FIXED = ("we may have deleted it", "we may have deleted them")
COMMANDS = (
    ("status", "spring"),
    ("list",),
    ("report", "spring"),
    ("verify", "spring"),
    ("reconcile", "spring", "--log-format", "console"),
    ("run", "--help"),
    ("reconcile", "--help"),
    ("--help",),
)


@pytest.fixture
def doubtful(shell: Shell, sandbox: Sandbox) -> Typed:
    """A run whose DELETEs were never answered, and whose customers are there when they are read back."""
    sandbox.faults = Faults.parse("outage@delete")
    shell.export(AMILI_ATTEMPTS="1", AMILI_MAX_FAILURE_SHARE="1", AMILI_LOG_FORMAT="console", AMILI_LIMIT="12")
    words = ("run", "customers.csv", "--campaign", "spring", "--yes", "--max-deletes", "100")
    typed = shell.type(*words)
    assert "in_doubt" in typed.out
    return typed


def judged(typed: Typed) -> None:
    """Each line with a doubt says it, but for the head of a table whose legend stands beneath."""
    text = " ".join((typed.out + typed.err).split())
    assert any(words in text for words in FIXED)
    for line in (typed.out + typed.err).splitlines():
        spoken = "in_doubt" in line and not line.startswith("campaign ")
        assert not spoken or any(words in line for words in FIXED), line


def test_a_run_that_ends_with_doubts_says_it_wherever_it_names_them(doubtful: Typed) -> None:
    judged(doubtful)


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_a_command_that_shows_a_doubt_says_it(shell: Shell, doubtful: Typed, words: tuple[str, ...]) -> None:
    judged(shell.type(*words))
