"""Who may say that customers are deleted: a digest on the command line, or a person at a terminal.

Decides only whether an answer fits the question. Sends nothing, and never asks where nobody can answer.
"""

import re
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final
from urllib.parse import urlsplit

from worker.app import Approve, Question
from worker.cli.streams import tell
from worker.core.forecast import spoken
from worker.errors import UsageWrong

_DIGEST: Final = re.compile(r"[0-9a-f]{64}")


def approval(digest: str | None) -> Approve | None:
    """How `apply` is approved: by the digest if one is given, by a person at a terminal; None if by nobody.

    `UsageWrong` for what cannot be a digest: a beginning of one is not enough.
    """
    if digest is not None:
        return _by_digest(digest)
    return _by_person if sys.stdin.isatty() and sys.stderr.isatty() else None


def _by_digest(digest: str) -> Approve:
    given = digest.strip().lower()
    if not _DIGEST.fullmatch(given):
        raise UsageWrong("--approve needs the whole plan digest: 64 hexadecimal digits", "the plan ended with it")

    def fits(question: Question) -> bool:
        if given != question.digest.lower():
            tell("The digest given is not that of the plan: perhaps it was made anew. Look at it before approving.")
        return given == question.digest.lower()

    return fits


def _by_person(question: Question) -> bool:
    """Client and count must be typed, so that a habit of saying yes deletes nobody."""
    tell(asked(question))
    sys.stderr.write("Client number and count: ")
    sys.stderr.flush()
    with _interruptible():
        typed = sys.stdin.readline()
    if not answers(question, typed):
        tell("That is not the client number and the count.")
    return answers(question, typed)


def answers(question: Question, typed: str) -> bool:
    """Whether what was typed is the client number and the count, and nothing else."""
    return typed.split() == [str(question.client_no), str(question.count)]


def asked(question: Question) -> str:
    """What stands above the prompt: host, client, count, time."""
    return "\n".join(
        (
            "",
            "Customers are about to be deleted. This cannot be taken back.",
            f"  host    {urlsplit(question.base_url).netloc}  ({question.base_url})",
            f"  client  {question.client_no}",
            f"  count   {question.count}",
            f"  time    {spoken(question.seconds)}",
            f"  plan    {question.digest}",
            "To approve, type the client number, a blank, and the count; anything else sends nothing.",
        )
    )


@contextmanager
def _interruptible() -> Iterator[None]:
    """Ctrl-C ends the waiting at once: asyncio's own handler would only note it while we wait."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
