"""The audit file: appended to after each commit of the ledger, checked and completed at each start.

Decides whether a file may be written on: behind after a kill is completed, anything else that differs is 70. It
writes what the ledger holds and nothing of its own, and never rewrites a byte that stands.
"""

import contextlib
import json
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from hashlib import sha256
from itertools import islice
from pathlib import Path

from worker.audit.likeness import Behind, Differs, compare
from worker.errors import LogBroken, NotDurable

Lines = Callable[[int], Iterable[bytes]]
"""The ledger's audit lines (no newline) with a seq greater than the given one."""
_CHUNK = 2_000
_TAIL = 1 << 20  # bytes
_SEQ = b'{"seq":'


class AuditFile:
    """An audit file that is whole and open at its end."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._last = _last_seq(path)
        with _failing(path):
            self._descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
            _sync_directory(path)

    @classmethod
    def open(cls, path: Path, lines: Lines, mark: str | None) -> "AuditFile":
        """The start check, then the file, completed if a kill left it behind.

        `mark` is what `close_clean` returned at the last end, None after a kill. With a mark that still fits, the
        file is not read. `LogBroken` if a byte differs, or if the file is short after a clean end.
        """
        if mark is not None and _told(path) == mark:
            return cls(path)
        with _failing(path):
            likeness = compare(path, lines(0))
        if isinstance(likeness, Differs):
            raise _broken(path, f"line {likeness.line} is not what the ledger recorded")
        if isinstance(likeness, Behind):
            if mark is not None:
                raise _broken(path, "it was whole at the last end, and is short or missing now")
            return _completed(path, likeness, lines)
        return cls(path)

    @classmethod
    def rebuild(cls, path: Path, lines: Lines) -> "AuditFile":
        """A file that was moved away, written anew from the ledger, in one step. `LogBroken` if it is still there.

        The caller has recorded the control line before, so that it is among the ledger's lines.
        """
        if path.exists():
            raise _broken(path, "it is still there, and is never overwritten")
        anew = path.with_name(f".{path.name}.anew")
        with _failing(path), contextlib.suppress(FileNotFoundError):
            anew.unlink()
        file = cls(anew)
        file.catch_up(lines(0))
        with _failing(path):
            os.fsync(file._descriptor)
            anew.rename(path)
            _sync_directory(path)
        file._path = path
        return file

    def append(self, lines: Sequence[bytes]) -> None:
        """Write lines that are in the ledger; `NotDurable` if not every byte was taken.

        One that stands here already is passed over: what somebody ordered while the file was being completed is told
        of twice, by the ledger as it was read and by the next batch.
        """
        text = b"".join(b"%b\n" % line for line in lines if self._is_new(line))
        if not text:
            return
        with _failing(self._path):
            written = os.write(self._descriptor, text)
        if written != len(text):
            raise _not_durable(self._path, "only a part of a line was written")

    def _is_new(self, line: bytes) -> bool:
        seq = _seq_of(line)
        self._last, before = max(self._last, seq), self._last
        return not seq or seq > before

    def close_clean(self) -> str:
        """The clean end: everything is on the disk. Returns the mark for the ledger to keep until the next start."""
        with _failing(self._path):
            os.fsync(self._descriptor)
        self.close()
        return _told(self._path)

    def close(self) -> None:
        """Let go of the file without a word about how it ended; more than once does no harm."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def catch_up(self, lines: Iterable[bytes]) -> None:
        """Append what the ledger has more, in constant memory."""
        left = iter(lines)
        while chunk := list(islice(left, _CHUNK)):
            self.append(chunk)


def _seq_of(line: bytes) -> int:
    """The number that each line begins with; 0 of what is no such line."""
    number = line[len(_SEQ) :].partition(b",")[0]
    return int(number) if line.startswith(_SEQ) and number.isdigit() else 0


def _last_seq(path: Path) -> int:
    """The number of the last line of a file that is whole; 0 if it has none."""
    found = _ending(path)
    return 0 if found is None else _seq_of(found[1])


def _ending(path: Path) -> tuple[os.stat_result, bytes] | None:
    """How the file is as a whole, and its last line; None if it is missing."""
    try:
        with path.open("rb") as file:
            status = os.fstat(file.fileno())
            file.seek(max(0, status.st_size - _TAIL))
            return status, file.read(_TAIL).rstrip(b"\n").rpartition(b"\n")[2]
    except OSError:
        return None


def _completed(path: Path, behind: Behind, lines: Lines) -> AuditFile:
    """Cut a torn line off, which was never whole, and write what the ledger has more."""
    if behind.torn:
        with _failing(path):
            os.truncate(path, behind.size)
    file = AuditFile(path)
    file.catch_up(lines(behind.lines))
    return file


def _told(path: Path) -> str:
    """Size, time and last line of the file as it is now; empty if it is missing."""
    found = _ending(path)
    if found is None:
        return ""
    status, last = found
    return json.dumps([status.st_size, status.st_mtime_ns, sha256(last).hexdigest()])


def _sync_directory(path: Path) -> None:
    """A new name is durable only once its directory is."""
    descriptor = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def _failing(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise _not_durable(path, error.strerror or str(error)) from error


def _not_durable(path: Path, why: str) -> NotDurable:
    return NotDurable(
        f"The audit file {path} could not be written: {why}.",
        "The ledger is whole. See to the disk (space, quota, rights), then run the same command again.",
    )


def _broken(path: Path, why: str) -> LogBroken:
    return LogBroken(
        f"The audit file {path} does not verify: {why}.",
        "Nothing was sent. Keep the file for whoever asks what happened to it:",
        f"move it away, then `amili-purge report {path.parent.name}` rebuilds it from the ledger and records that.",
    )
