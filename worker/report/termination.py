"""The termination message: what Kubernetes shows of a container that has ended.

Decides nothing but what a file may be to be written to: one that is there already, as the kubelet puts it there. It
never makes one, never waits, and never fails a command.
"""

import os
from pathlib import Path
from typing import Final

LONGEST: Final = 4096
"""Bytes that Kubernetes keeps of one container's message."""


def leave_word(path: Path, line: str) -> str | None:
    """Replace what the file holds with this line; why that could not be done, or None. No such file: nothing to do."""
    try:
        # Without a reader a pipe would hold the command up for good.
        handle = os.open(path, os.O_WRONLY | os.O_TRUNC | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    except OSError as error:
        return f"{path} cannot be written: {error.strerror or error}"
    try:
        os.write(handle, line.encode()[:LONGEST])
    except OSError as error:
        return f"{path} cannot be written: {error.strerror or error}"
    finally:
        os.close(handle)
    return None
