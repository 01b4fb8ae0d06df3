"""Where words go: results to standard output, everything else to standard error.

Decides what happens when nobody reads them. Knows nothing of what is said.
"""

import os
import sys

from worker.errors import NotDurable


def say(text: str = "") -> None:
    """A result, to standard output, at once. That nobody reads it (`| head`) is no fault; a full disk is (74)."""
    try:
        sys.stdout.write(text + "\n")
        sys.stdout.flush()
    except BrokenPipeError:
        _silence()
    except OSError as error:
        _silence()
        raise NotDurable(f"standard output cannot be written: {error.strerror}") from error


def tell(text: str) -> None:
    """A message for a person, to standard error; if that is closed, there is nobody to tell."""
    try:
        sys.stderr.write(text + "\n")
        sys.stderr.flush()
    except OSError:
        return


def _silence() -> None:
    """What is still to be written goes nowhere, and the command goes on: its exit code must be its own."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
