"""Where words go: results to standard output, everything else to standard error.

Decides what happens when nobody reads them. Knows nothing of what is said.
"""

import os
import sys
import unicodedata

from worker.errors import NotDurable

_STEERING = frozenset({"Cc", "Cf", "Cs", "Co"})


def say(text: str = "") -> None:
    """A result, to standard output, at once. That nobody reads it (`| head`) is no fault; a full disk is (74)."""
    say_dressed(harmless(text))


def say_dressed(text: str) -> None:
    """The same of a text with colours of our own: what of it is not ours has been made `harmless` before."""
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
        sys.stderr.write(harmless(text) + "\n")
        sys.stderr.flush()
    except OSError:
        return


def harmless(text: str) -> str:
    """Text that cannot steer a terminal: what servers, files and words typed put into it is spelt, not obeyed."""
    if text.isascii() and text.replace("\n", "").isprintable():
        return text
    return "".join(_spelt(character) for character in text)


def _spelt(character: str) -> str:
    steers = unicodedata.category(character) in _STEERING and character not in "\n\t"
    return f"\\u{ord(character):04x}" if steers else character


def _silence() -> None:
    """What is still to be written goes nowhere, and the command goes on: its exit code must be its own."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
