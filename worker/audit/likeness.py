"""Whether the audit file is what the ledger says it is, byte for byte, in constant memory.

Decides between three: whole, behind (a true prefix, torn last line included), or another text. What that means
after a kill or a clean end is for its callers to say.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Whole:
    """The file holds exactly the ledger's lines."""


@dataclass(frozen=True, slots=True)
class Behind:
    """The file holds the ledger's first `lines` lines, `size` bytes in all, and perhaps a part of the next."""

    lines: int
    size: int
    torn: bool


@dataclass(frozen=True, slots=True)
class Differs:
    """From this line on (counted from 1) the file is not what the ledger says."""

    line: int


Likeness = Whole | Behind | Differs


def compare(path: Path, expected: Iterable[bytes], limit: int | None = None) -> Likeness:
    """Hold the file against the ledger's lines (no newline). A missing file is a prefix of no length.

    `limit` is how many bytes of the file to look at, where somebody goes on writing it.
    """
    if not path.exists():
        return Whole() if next(iter(expected), None) is None else Behind(0, 0, torn=False)
    left = path.stat().st_size if limit is None else limit
    size = count = 0
    with path.open("rb") as file:
        for line in expected:
            wanted = line + b"\n"
            found = file.read(min(len(wanted), left - size))
            if found != wanted:
                short = size + len(found) == left and wanted.startswith(found)
                return Behind(count, size, torn=bool(found)) if short else Differs(count + 1)
            size, count = size + len(wanted), count + 1
    return Whole() if size == left else Differs(count + 1)
