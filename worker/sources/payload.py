"""The bytes of an input, at hand for more than one pass: a file, a pipe, standard input, gzipped or not.

Decides by the first bytes what they are, never by the file's name alone. Knows nothing of text or
rows. A pipe is spooled to a nameless temporary file, which is gone when the process is.
"""

import gzip
import os
import shutil
import stat
import sys
import tempfile
import weakref
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum, auto
from pathlib import Path
from typing import IO, BinaryIO, Final, cast

from worker.core.customer import shown
from worker.errors import InputWrong

_GZIP: Final = b"\x1f\x8b"
_ZIP: Final = b"PK\x03\x04"
_OLE: Final = b"\xd0\xcf\x11\xe0"


class Kind(Enum):
    """What the bytes hold once unzipped."""

    TEXT = auto()
    XLSX = auto()


class Payload:
    """Bytes that can be read again from the start; one pass at a time.

    The file stays open, so that a file put in its place cannot mix into a second pass; one that is
    changed in place is noticed at the end of a pass.
    """

    def __init__(self, name: str, file: IO[bytes]) -> None:
        self.name = name
        self._file = file
        self.close = weakref.finalize(self, file.close)
        with _readable(name):
            self._gzipped = file.read(2) == _GZIP
            self._state = self._fingerprint()
        self.kind = self._recognise()

    @contextmanager
    def opened(self) -> Iterator[IO[bytes]]:
        """The bytes from the start, unzipped; `InputWrong` where they cannot be read to their end."""
        with _readable(self.name):
            self._file.seek(0)
            if self._gzipped:
                with gzip.GzipFile(fileobj=self._file) as unzipped:
                    yield cast("IO[bytes]", unzipped)
            else:
                yield self._file
            if self._fingerprint() != self._state:
                raise InputWrong(f"{self.name} changed while it was read", "Start again when it is complete.")

    def _fingerprint(self) -> tuple[int, int]:
        found = os.fstat(self._file.fileno())
        return found.st_size, found.st_mtime_ns

    def _recognise(self) -> Kind:
        with self.opened() as stream:
            start = stream.read(len(_OLE))
        if not start:
            raise InputWrong(f"{self.name} is empty: it holds no bytes")
        if start == _OLE:
            raise InputWrong(
                f"{self.name} is an old .xls or a password-protected workbook",
                "Save it as .xlsx without a password, or as CSV.",
            )
        if start != _ZIP:
            return Kind.TEXT
        if self._gzipped:
            raise InputWrong(f"{self.name} is a gzipped workbook", "Unzip it first.")
        return Kind.XLSX


def payload_of(place: str | Path) -> Payload:
    """Open a path, or spool `-` (standard input) or a pipe; `InputWrong` where there is nothing to read."""
    if str(place) == "-":
        if sys.stdin is None:  # As Python has it where standard input was closed by the caller.
            raise InputWrong("standard input is closed")
        return Payload("standard input", _spooled("standard input", sys.stdin.buffer))
    path = Path(place)
    name = shown(str(path), 200)
    with _readable(name):
        if path.is_dir():
            raise InputWrong(f"{name} is a directory", "Name the file in it.")
        file = path.open("rb")
    if stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        return Payload(name, file)
    with file:
        return Payload(name, _spooled(name, file))


def _spooled(name: str, stream: BinaryIO) -> IO[bytes]:
    with _readable(name):
        spool = tempfile.TemporaryFile()
        shutil.copyfileobj(stream, spool, 1 << 20)
        spool.seek(0)
        return spool


@contextmanager
def _readable(name: str) -> Iterator[None]:
    """Say once, for all ways of reading, that the bytes could not be had."""
    try:
        yield
    except FileNotFoundError as error:
        raise InputWrong(f"{name}: there is no such file") from error
    except (OSError, EOFError, zlib.error) as error:
        what = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise InputWrong(f"{name} cannot be read: {what}") from error
