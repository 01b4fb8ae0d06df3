"""Where a campaign lives on the disk: its name, its directory, its lock, and whether a ledger may stand there.

Decides names and refuses places: a network file system, a directory that cannot be written, a campaign that another
process works. It never looks into a ledger, and never removes anything.
"""

import fcntl
import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path, PurePath

from worker import mounts
from worker.errors import Busy, NotDurable, UsageWrong

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
"""What a campaign may be called."""
_UNFIT = re.compile(r"[^A-Za-z0-9._-]+")
_FORMATS = frozenset({".gz", ".csv", ".txt", ".xlsx"})
_LONGEST_STEM = 88
_DIGEST = 10
_LOCK = "lock"
# Whoever asks `worked` holds the lock for an instant; that must not turn a start away.
_BETWEEN_TRIES = 0.05  # seconds

LEDGER = "ledger.db"
"""The ledger's file, unless the setting `ledger` says otherwise."""


@dataclass(frozen=True, slots=True)
class Place:
    """A campaign's directory and the files in it."""

    directory: Path
    ledger_name: str = LEDGER

    @property
    def name(self) -> str:
        """The campaign's name, which is its directory's."""
        return self.directory.name

    @property
    def ledger(self) -> Path:
        """The truth; ours alone."""
        return self.directory / self.ledger_name

    @property
    def audit(self) -> Path:
        """The audit log, written from the ledger."""
        return self.directory / "audit.jsonl"

    @property
    def report(self) -> Path:
        """The input's rows with their verdicts."""
        return self.directory / "report.csv"

    @property
    def summary(self) -> Path:
        """The account for machines."""
        return self.directory / "summary.json"

    @property
    def page(self) -> Path:
        """The account for people."""
        return self.directory / "report.html"

    def worked(self) -> bool:
        """Whether a process works the campaign at this moment; asking takes the lock from nobody."""
        try:
            descriptor = os.open(self.directory / _LOCK, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            return False
        try:
            return not _locked(descriptor, fcntl.LOCK_SH)
        finally:
            os.close(descriptor)

    @contextmanager
    def lock(self, patience: float = 0.15) -> Iterator[None]:
        """Work the campaign alone; `Busy` if another process does for so many seconds. A killed one holds no lock."""
        try:
            descriptor = os.open(self.directory / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise _unwritable(self.directory, error) from error
        try:
            _take(descriptor, self.name, patience)
            yield
        finally:
            os.close(descriptor)


def _take(descriptor: int, name: str, patience: float) -> None:
    until = time.monotonic() + patience
    while not _locked(descriptor, fcntl.LOCK_EX):
        if time.monotonic() < until:
            time.sleep(_BETWEEN_TRIES)
            continue
        holder = os.pread(descriptor, 20, 0).decode("ascii", "replace").strip()
        by = f"process {holder}" if holder.isdigit() else "another process"
        raise Busy(
            f"Campaign {name} is being worked by {by}; nothing was written.",
            f"Wait for it, or look at it with: amili-purge status {name}",
        )
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)


def _locked(descriptor: int, how: int) -> bool:
    try:
        fcntl.flock(descriptor, how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def checked_name(name: str) -> str:
    """The name, if a campaign may be called so; else `UsageWrong`."""
    if NAME.fullmatch(name):
        return name
    raise UsageWrong(
        f"{name!r} cannot be a campaign's name.",
        "A name has 1 to 100 letters, digits, '.', '_' or '-' of ASCII, and begins with a letter or digit.",
    )


def default_name(input_name: str, base_url: str, client_no: int, input_digest: str) -> str:
    """The same for the same input under the same URL and client: the file's stem and a short digest of all three."""
    path = PurePath(input_name)
    while path.suffix.lower() in _FORMATS:
        path = path.with_suffix("")
    stem = _UNFIT.sub("-", path.name).lstrip("._-")[:_LONGEST_STEM] or "campaign"
    bound = "\n".join((base_url, str(client_no), input_digest))
    return f"{stem}-{sha256(bound.encode()).hexdigest()[:_DIGEST]}"


def create(campaigns: Path, name: str, ledger: str = LEDGER) -> Place:
    """The campaign's directory, made if need be, for its owner alone; on a network file system `SettingsWrong`."""
    directory = directory_of(campaigns, name)
    try:
        campaigns.mkdir(parents=True, exist_ok=True)
        directory.mkdir(mode=0o700, exist_ok=True)
        _write_in(directory)
        mounts.refuse_network(directory, mounts.table())
    except OSError as error:
        raise _unwritable(directory, error) from error
    return Place(directory, ledger)


def _write_in(directory: Path) -> None:
    """Rights are not asked about but tried: root may all, yet not on a medium that is mounted read-only."""
    attempt = directory / f".writable-{os.getpid()}"
    attempt.write_bytes(b"1")
    attempt.unlink()


def _unwritable(directory: Path, error: OSError) -> NotDurable:
    return NotDurable(
        f"{directory} cannot be written: {error.strerror}.",
        "Campaigns are kept on a local disk; name another place with --campaigns DIRECTORY.",
    )


def all_of(campaigns: Path, ledger: str = LEDGER) -> list[Place]:
    """The campaigns there are, by name."""
    if not campaigns.is_dir():
        return []
    return [
        Place(path.parent, ledger) for path in sorted(campaigns.glob(f"*/{ledger}")) if NAME.fullmatch(path.parent.name)
    ]


def directory_of(campaigns: Path, name: str) -> Path:
    """Where a campaign's files are on this machine, whether or not there are any yet."""
    return campaigns / checked_name(name)


def pick(places: list[Place], beginning: str, where: str) -> Place:
    """The campaign of this name, else the only one whose name begins so; `UsageWrong` with the candidates."""
    fitting = [place for place in places if place.name.startswith(beginning)]
    for place in fitting:
        if place.name == beginning or len(fitting) == 1:
            return place
    if fitting:
        raise UsageWrong(f"{len(fitting)} campaigns begin with {beginning!r}.", *_listed(fitting))
    what = f"There is no campaign {beginning!r} in {where}."
    raise UsageWrong(what, *(_listed(places) or ["There is none at all; `amili-purge plan INPUT` begins one."]))


def _listed(places: list[Place]) -> list[str]:
    """Up to ten names, one a line."""
    shown = 10
    rest = [f"… and {len(places) - shown} more"] if len(places) > shown else []
    return [place.name for place in places[:shown]] + rest
