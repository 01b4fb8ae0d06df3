"""How the ledger's file is opened: what makes commits durable, and which version of the tables it has.

Decides the pragmas and runs the numbered migrations. It knows no campaign and no customer.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from worker.errors import Busy, NotDurable, SettingsWrong

_SCHEMA = Path(__file__).parent / "schema"
_BUSY_MS = 10_000
# WAL with FULL: each commit is on the disk before it returns, and readers never hold the writer up.
_WRITING = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    "PRAGMA journal_size_limit = 67108864",
    f"PRAGMA busy_timeout = {_BUSY_MS}",
)
_READING = ("PRAGMA query_only = ON", f"PRAGMA busy_timeout = {_BUSY_MS}")


def open_for_writing(path: Path) -> sqlite3.Connection:
    """The ledger, made or migrated as needed. `NotDurable` if that fails, `SettingsWrong` if it is a newer one."""
    with failing("opened"):
        connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        try:
            for pragma in _WRITING:
                connection.execute(pragma)
            _migrate(connection)
        except BaseException:
            connection.close()
            raise
        path.chmod(0o600)
    return connection


def open_for_reading(path: Path) -> sqlite3.Connection:
    """The ledger beside whoever writes it; nothing can be changed through this connection.

    An older one is read as a copy of this moment: the version that wrote it may still be working it.
    """
    with failing("read"):
        connection = sqlite3.connect(
            f"{path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None, check_same_thread=False
        )
        try:
            for pragma in _READING:
                connection.execute(pragma)
            if 0 < _version(connection) < _migrations()[-1][0]:
                return _as_of_today(connection)
        except BaseException:
            connection.close()
            raise
    return connection


def _as_of_today(old: sqlite3.Connection) -> sqlite3.Connection:
    """A copy of an older ledger as this version would have it; the old connection is closed."""
    # A database without a name is a temporary one, on the disk as soon as it is large.
    copy = sqlite3.connect("", isolation_level=None, check_same_thread=False)
    try:
        with closing(old):
            old.backup(copy)
        _migrate(copy)
        copy.execute("PRAGMA query_only = ON")
    except BaseException:
        copy.close()
        raise
    return copy


def scrub(path: Path) -> None:
    """Write the file anew, and empty its log: older versions of what was changed are left nowhere in them.

    `Busy` if somebody reads it at this moment.
    """
    with failing("scrubbed"), closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute(f"PRAGMA busy_timeout = {_BUSY_MS}")
        connection.execute("PRAGMA secure_delete = ON")
        for statement in ("PRAGMA wal_checkpoint(TRUNCATE)", "VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)"):
            row = connection.execute(statement).fetchone()
            if row is not None and row[0]:
                raise Busy("Somebody reads the ledger, so it could not be scrubbed.", "Run the same command again.")


@contextmanager
def failing(what: str) -> Iterator[None]:
    """Translates the database's and the system's errors; `what` could not be done to the ledger."""
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise not_durable(what, error) from error


def not_durable(what: str, error: Exception) -> NotDurable:
    """The one sentence for everything that a disk, or what stands on it, can do to us."""
    return NotDurable(
        f"The ledger could not be {what}: {error}.",
        "What was recorded before is kept. See to the disk (space, quota, rights), then run the same command again.",
    )


def _migrations() -> list[tuple[int, str]]:
    return [(int(path.name[:4]), path.read_text("utf-8")) for path in sorted(_SCHEMA.glob("[0-9]*.sql"))]


def _version(connection: sqlite3.Connection) -> int:
    """The file's version; a newer one than ours is never touched."""
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    newest = _migrations()[-1][0]
    if version > newest:
        raise SettingsWrong(
            f"The ledger was written by a newer amili-purge (version {version}; the newest known here is {newest}).",
            "Use that newer version: a ledger is never turned back.",
        )
    return version


def _migrate(connection: sqlite3.Connection) -> None:
    version = _version(connection)
    for number, script in _migrations():
        if number > version:
            connection.executescript(f"BEGIN IMMEDIATE; {script}\nPRAGMA user_version = {number}; COMMIT;")
