"""The words around a failure: what happened, what it means, what to do.

Decides them, and prints nothing. Never shows a password of a URL.
"""

import traceback
from collections.abc import Iterable, Mapping
from textwrap import fill
from typing import Final

import click

from config import environment_name, mask_url
from config.settings import SECRETS
from worker.cli.group import PROGRAM
from worker.errors import CommandFailed, Exit
from worker.report.table import WIDTH

MEANINGS: Final[Mapping[Exit, str]] = {
    Exit.SETTLED: "Every row has a settled verdict.",
    Exit.UNSETTLED: "It finished, but rows are unchecked, or in_doubt (we may have deleted them).",
    Exit.SAFETY_STOP: "This is a safety stop: no new DELETE was sent after it.",
    Exit.USAGE: "It cannot be done as it was typed. Nothing was sent.",
    Exit.INPUT: "The input cannot be accepted. Nothing was sent.",
    Exit.OUT_OF_REACH: "Something needed is out of reach, beyond the budget. A later run goes on where this one ended.",
    Exit.BROKEN: "This is a bug, or the audit log does not verify. Look before anything else is run.",
    Exit.BUSY: "Another process works on this campaign. This one has written nothing.",
    Exit.NOT_DURABLE: "It could not be made durable on this machine's disk. Mend that before anything else is run.",
    Exit.INTERRUPTED: "What had begun is settled or in_doubt (we may have deleted it), the rest is not_reached.",
    Exit.PROTOCOL: "The API does not answer as its contract and the settings say.",
    Exit.FORBIDDEN: "The API or the token service refuses our credentials.",
    Exit.SETTINGS: "The settings are wrong. Nothing was sent.",
}


_GLUE: Final = "\u00a0"  # a code stays on one line with its word
_OUTSIDE: Final[Mapping[Exit, str]] = {
    **MEANINGS,
    Exit.INTERRUPTED: "No customer was being worked on; what was recorded before stays as it is.",
}
"""Of a command that ended outside a run: a run has an account of its own interruption."""


def message(what: str, code: Exit, advice: Iterable[str] = (), meanings: Mapping[Exit, str] = MEANINGS) -> str:
    """What happened, what it means (with the exit code), what to do: a line each, URLs masked."""
    lines = [f"{PROGRAM}: {what}", meant(code, meanings), *(f"  {line}" for line in advice)]
    return "\n".join(mask_url(line) for line in lines)


def meant(code: Exit, meanings: Mapping[Exit, str] = MEANINGS) -> str:
    """What an exit code means, in lines of a terminal's width."""
    told = f"{meanings[code]} (exit{_GLUE}{code.value})"
    return fill(told, WIDTH, initial_indent="  ", subsequent_indent="  ").replace(_GLUE, " ")


def failure(failed: CommandFailed) -> str:
    """The message of a command that could not go on."""
    return message(str(failed), Exit(failed.code), failed.advice, _OUTSIDE)


def usage(wrong: click.UsageError) -> str:
    """Wrong words: one line that says which, and where to look."""
    command = wrong.ctx.command_path if wrong.ctx else PROGRAM
    hint = f"Try '{command} --help'."
    if isinstance(wrong, click.NoSuchOption):
        field = wrong.option_name.removeprefix("--").replace("-", "_")
        if field in SECRETS:
            hint = f"Secrets have no flag, as others can read flags: set {environment_name(field)}, or use a file."
    return mask_url(f"{command}: {wrong.format_message().rstrip('.')}. {hint} (exit {Exit.USAGE.value})")


def bug(error: Exception) -> str:
    """The traceback, and that it is a bug."""
    trace = "".join(traceback.format_exception(error)).rstrip()
    return (
        mask_url(trace)
        + "\n"
        + message(f"a bug: {type(error).__name__}", Exit.BROKEN, ["Please report it with the lines above."])
    )
