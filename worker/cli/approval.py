"""Who may say that customers are deleted: a digest on the command line, or a person at a terminal.

Decides only whether an answer fits the question. Sends nothing, and never asks where nobody can answer.
"""

import re
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Final
from urllib.parse import urlsplit

from worker.app.ending import Approve, Question
from worker.cli.closing import line, wrapped
from worker.cli.streams import tell
from worker.core.forecast import spoken
from worker.errors import CommandFailed, Exit, UsageWrong

_DIGEST: Final = re.compile(r"[0-9a-f]{64}")


class Unanswered(CommandFailed):
    """A signal came while a person was being asked (75)."""

    code = Exit.INTERRUPTED


def approval(digest: str | None, place: Sequence[str] = ()) -> Approve | None:
    """How `apply` is approved: by the digest if one is given, by a person at a terminal; None if by nobody.

    `place` are the flags that say where campaigns lie. `UsageWrong` for what cannot be a digest: a beginning of one is
    not enough.
    """
    if digest is not None:
        return _by_digest(digest, place)
    return partial(_by_person, place=place) if sys.stdin.isatty() and sys.stderr.isatty() else None


def _by_digest(digest: str, place: Sequence[str]) -> Approve:
    given = digest.strip().lower()
    if not _DIGEST.fullmatch(given):
        raise UsageWrong("--approve needs the whole plan digest: 64 hexadecimal digits", "the plan ended with it")

    def fits(question: Question) -> bool:
        if given != question.digest.lower():
            raise _declined("the digest given is not that of the plan: perhaps it was made anew", question, place)
        return True

    return fits


def _by_person(question: Question, place: Sequence[str]) -> bool:
    """Client and count must be typed, so that a habit of saying yes deletes nobody."""
    typed = answered(asked(question), "Client number and count: ")
    if not answers(question, typed):
        raise _declined("that is not the client number and the count, so nothing was approved", question, place)
    return True


def answered(above: str, prompt: str) -> str:
    """What a person at the terminal types; `Unanswered` if a signal comes first."""
    try:
        with _interruptible():  # before the prompt stands there: whoever sees it may interrupt at once
            tell(above)
            sys.stderr.write(prompt)
            sys.stderr.flush()
            return sys.stdin.readline()
    except KeyboardInterrupt:
        raise Unanswered("interrupted at the question; nothing was sent", "the same command asks again") from None


def _declined(what: str, question: Question, place: Sequence[str]) -> UsageWrong:
    """Whoever was wrong is led to the plan, never past the question: the right digest is not handed out here."""
    return UsageWrong(
        what,
        f"look at who would be deleted: {question.directory / 'report.csv'}",
        line("status", question.directory.name, *place),
    )


def answers(question: Question, typed: str) -> bool:
    """Whether what was typed is the client number and the count, and nothing else."""
    return typed.split() == [str(question.client_no), str(question.count)]


def asked(question: Question) -> str:
    """What stands above the prompt: host, client, count, time."""
    left = f"  left    {question.left} still to delete (of {question.count} in the plan)"
    return "\n".join(
        (
            "",
            "Customers are about to be deleted. This cannot be taken back.",
            f"  host    {urlsplit(question.base_url).netloc}  ({question.base_url})",
            f"  client  {question.client_no}",
            f"  count   {question.count}",
            *([left] if question.left != question.count else []),
            f"  time    {spoken(question.seconds)}",
            f"  plan    {question.digest}",
            wrapped("To approve, type the client number, a blank, and the count; anything else sends nothing."),
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
