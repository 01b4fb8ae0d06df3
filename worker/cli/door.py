"""The border of a command: every way in which one can end becomes an exit code and, if need be, a message.

Decides the code only where the command could not: wrong words, an interrupt, a bug. Prints no traceback but for a
bug (70).
"""

import os
import signal
import sys
from collections.abc import Sequence
from types import FrameType
from typing import NoReturn

import click

from worker.cli.group import PROGRAM, cli
from worker.cli.streams import tell
from worker.errors import CommandFailed, Exit


def main() -> NoReturn:
    """Work off the words of the command line and end the process with the code of the contract."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # A terminal that cannot show a letter must not end a run.
            stream.reconfigure(errors="backslashreplace")
    os.umask(0o077)  # Reports hold the input's columns; whoever may read them is given them.
    # As process 1 of a container a signal without a handler would be passed over. A run has handlers of its own.
    signal.signal(signal.SIGTERM, _interrupt)
    asked = os.environ.get("_AMILI_PURGE_COMPLETE")
    sys.exit(_completed(asked) if asked else enter(sys.argv[1:]))


def enter(words: Sequence[str]) -> int:
    """Run the command that the words name, show what goes wrong on standard error, and return the exit code."""
    try:
        with cli.make_context(PROGRAM, list(words)) as context:
            return int(cli.invoke(context) or Exit.SETTLED)
    except click.exceptions.Exit as done:
        return done.exit_code
    except click.UsageError as wrong:
        return _usage(wrong)
    except CommandFailed as failed:
        return _failed(failed)
    except (KeyboardInterrupt, click.Abort):
        return _failed(_interrupted())
    except Exception as error:
        return _bug(error)


def _completed(instruction: str) -> int:
    from worker.cli.completing import completed

    return completed(instruction)


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _interrupted() -> CommandFailed:
    failed = CommandFailed("the command was interrupted", "run the same command again to go on")
    failed.code = Exit.INTERRUPTED
    return failed


def _usage(wrong: click.UsageError) -> int:
    if isinstance(wrong, click.exceptions.NoArgsIsHelpError):
        tell(wrong.format_message())
        return Exit.USAGE
    from worker.cli import telling

    tell(telling.usage(wrong))
    return Exit.USAGE


def _failed(failed: CommandFailed) -> int:
    from worker.cli import telling

    tell(telling.failure(failed))
    return failed.code


def _bug(error: Exception) -> int:
    from worker.cli import telling

    tell(telling.bug(error))
    return Exit.BROKEN
