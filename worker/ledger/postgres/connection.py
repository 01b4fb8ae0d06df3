"""How the database is reached: with which care, and what its errors mean for a command.

Decides what makes a connection good enough for an intent, and which errors are worth another try. It knows no table.
"""

import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from typing import Any

import psycopg
from psycopg import errors

from worker.errors import CommandFailed, LogBroken, OutOfReach, SettingsWrong
from worker.ledger.transaction import Cursor

PASSING: tuple[type[Exception], ...] = (psycopg.OperationalError, psycopg.InterfaceError)
"""Errors after which another connection may go on: the server is away, comes back, or chose a victim."""
_WRONG = (
    errors.InvalidPassword,
    errors.InvalidAuthorizationSpecification,
    errors.InvalidCatalogName,
    errors.InsufficientPrivilege,
)
_WORDS_OF_WRONG = ("password", "does not exist", "no pg_hba.conf entry", "fe_sendauth", "role ")
_SECONDS = 10
_DURABLE = frozenset({"on", "local", "remote_write", "remote_apply"})
_PAUSES = (0.05, 0.1, 0.2, 0.4, 0.8)


@dataclass(frozen=True, slots=True)
class Address:
    """Which database, and how long to be patient: `lease` until a silent worker is taken for dead, `outage` in all (s).

    `url` may hold a user; a password in it is overridden by `password`.
    """

    url: str
    password: str | None = None
    lease: float = 30.0
    outage: float = 300.0

    def parameters(self) -> dict[str, Any]:
        """What every connection is made with; a peer that is gone is noticed in seconds, not in hours."""
        given: dict[str, Any] = {"password": self.password} if self.password is not None else {}
        return {
            "conninfo": self.url,
            "autocommit": True,
            "connect_timeout": _SECONDS,
            "application_name": "amili-purge",
            "keepalives_idle": _SECONDS,
            "keepalives_interval": 2,
            "keepalives_count": 3,
            "tcp_user_timeout": _SECONDS * 1000,
            **given,
        }


class Connected:
    """A connection as jobs use it: parameters are `?`, and enumerations their values."""

    def __init__(self, connection: "psycopg.Connection[tuple[Any, ...]]") -> None:
        self.raw = connection

    def execute(self, statement: str, values: Sequence[Any] = (), /) -> Cursor:
        """Run one statement."""
        cursor: Cursor = self.raw.execute(written(statement), plain(values))
        return cursor

    def executemany(self, statement: str, values: Iterable[Sequence[Any]], /) -> object:
        """Run one statement for each of these, without waiting for each answer."""
        with self.raw.cursor() as cursor:
            cursor.executemany(written(statement), [plain(each) for each in values])
        return None

    def close(self) -> None:
        """Let go of it; one that is broken already does no harm."""
        self.raw.close()


def written(statement: str) -> bytes:
    """The statement as the driver wants it: none of ours holds a `?` or `%` that is meant."""
    return statement.replace("?", "%s").encode()


def plain(values: Sequence[Any]) -> tuple[Any, ...]:
    """The values as the driver takes them."""
    return tuple(value.value if isinstance(value, Enum) else value for value in values)


def connect(address: Address) -> Connected:
    """A connection whose commits are durable; `SettingsWrong` for what no other try will mend."""
    with failing("reached"):
        raw = psycopg.connect(**address.parameters())
        try:
            _careful(raw)
        except BaseException:
            raw.close()
            raise
    return Connected(raw)


def patiently(address: Address, seconds: float) -> Connected:
    """The same, tried again for so long; then the last `OutOfReach` stands."""
    until, tries = time.monotonic() + seconds, 0
    while True:
        try:
            return connect(address)
        except OutOfReach:
            if time.monotonic() >= until:
                raise
        time.sleep(pause(tries))
        tries += 1


def pause(tries: int) -> float:
    """Seconds to wait after so many tries in vain."""
    return _PAUSES[min(tries, len(_PAUSES) - 1)]


def _careful(raw: "psycopg.Connection[tuple[Any, ...]]") -> None:
    """An intent must be on the disk when COMMIT returns, whatever the server or the role prefer."""
    if _shown(raw, "fsync") != "on":
        raise SettingsWrong(
            "The database runs with fsync = off: what it calls committed can be lost.", "Set fsync = on."
        )
    if _shown(raw, "synchronous_commit") not in _DURABLE:
        raw.execute("SET synchronous_commit TO on")
        if _shown(raw, "synchronous_commit") not in _DURABLE:
            raise SettingsWrong("synchronous_commit is off, and cannot be set.", "Set synchronous_commit = on.")


def _shown(raw: "psycopg.Connection[tuple[Any, ...]]", name: str) -> str:
    row = raw.execute(f"SHOW {name}".encode()).fetchone()
    return "" if row is None else str(row[0])


@contextmanager
def failing(what: str) -> Iterator[None]:
    """Translates the driver's errors; `what` could not be done to the database."""
    try:
        yield
    except psycopg.Error as error:
        raise meant(what, error) from error


def meant(what: str, error: Exception) -> CommandFailed:
    """What an error of the driver means for the command; its text never holds a password."""
    # Without the details: these show what stands in a row.
    first = error.diag.message_primary if isinstance(error, psycopg.Error) else None
    said = " ".join((first or str(error)).split())
    if is_wrong(error):
        return SettingsWrong(f"The database cannot be used as the settings say: {said}", "See ledger, ledger_password.")
    if isinstance(error, PASSING):
        return OutOfReach(
            f"The database could not be {what}: {said}",
            "What was recorded before is kept. Run the same command again once the database is back.",
        )
    return LogBroken(f"The database refused what it was asked: {said}", "This is a bug: please report it.")


def is_wrong(error: Exception) -> bool:
    """Whether another try cannot help: credentials, rights, a database that does not exist."""
    if isinstance(error, _WRONG):
        return True
    return isinstance(error, psycopg.OperationalError) and any(word in str(error) for word in _WORDS_OF_WRONG)
