"""The truth of one campaign on SQLite: the ledger with its file, its one writing process, and its audit sink.

Decides how a batch becomes durable: one transaction, then the audit file, and only then does anybody hear of it. It
is enrolled by `enrol`, and read by reports through `SqliteBooks`.
"""

import contextlib
import sqlite3
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

from worker.errors import CommandFailed
from worker.ledger.campaign_ledger import CampaignLedger
from worker.ledger.claims import Walk
from worker.ledger.database import failing, not_durable, open_for_writing
from worker.ledger.transaction import Outcome, Transaction, utc_now
from worker.ledger.writer import Act, Sink, Writer
from worker.ports import Claim, Started, Work

_LAST_RUN = "SELECT coalesce(max(id), 0) FROM runs"
_LINES = "SELECT line FROM facts WHERE seq > ? ORDER BY seq"
_BEGIN = "INSERT INTO runs (id, command, started_at, host, pid) VALUES (?, ?, ?, ?, ?)"


class SqliteTransaction(Transaction):
    """One batch on the file. Steering writes to it from other processes, so the head is looked at in each batch."""

    connection: sqlite3.Connection

    def __init__(self, connection: sqlite3.Connection, now: Callable[[], datetime]) -> None:
        super().__init__(connection, now)
        self.run = self.epoch = connection.execute(_LAST_RUN).fetchone()[0] + 1
        self._version = self._data_version()
        self.read_head()
        self.count()

    def others_lines(self) -> list[bytes]:
        """Facts that another process has put on the chain since the last batch; usually none."""
        version, seq = self._data_version(), self.head.seq
        if version == self._version:
            return []
        self._version = version
        self.read_head()
        return [
            line for (line,) in self.connection.execute("SELECT line FROM facts WHERE seq > ? ORDER BY seq", (seq,))
        ]

    def about_to_forget(self) -> None:
        """Overwrite what is taken out of a page. One process works a file, as its lock sees to."""
        self.connection.execute("PRAGMA secure_delete = ON")

    def enter(self, started: Started, time: str) -> bool:
        """A run of its own; always the only one."""
        values = (self.run, started.command, time, started.host, started.pid)
        self.connection.execute(_BEGIN, values)
        return True

    def _data_version(self) -> int:
        return int(self.connection.execute("PRAGMA data_version").fetchone()[0])


class SqliteStore:
    """Batches on one SQLite file: ledger first, audit file after it."""

    def __init__(self, transaction: SqliteTransaction) -> None:
        self.sink: Sink | None = None
        self._transaction = transaction
        self._connection = transaction.connection

    def keep(self, acts: Sequence[Act]) -> list[Outcome]:
        """All jobs in one transaction; then its facts go to the audit file, after those of others before them."""
        self._connection.execute("BEGIN IMMEDIATE")
        self._to_file(self._transaction.others_lines())
        outcomes = [self._transaction.attempt(act, sqlite3.Error) for act in acts]
        lines = self._transaction.store()
        self._connection.execute("COMMIT")
        self._to_file(lines)
        return outcomes

    def broken(self, error: Exception) -> CommandFailed:
        """A database that failed is never tried again."""
        with contextlib.suppress(sqlite3.Error):
            self._connection.execute("ROLLBACK")
        return not_durable("written", error)

    def close(self) -> None:
        """Let go of the file."""
        with contextlib.suppress(sqlite3.Error):
            self._connection.close()

    def _to_file(self, lines: Sequence[bytes]) -> None:
        if lines and self.sink is not None:
            self.sink(lines)


class SqliteLedger(CampaignLedger):
    """One campaign's ledger in a file; one process works it, as the campaign's lock sees to, others may steer."""

    def __init__(self, path: Path, now: Callable[[], datetime] = utc_now) -> None:
        connection = open_for_writing(path)
        with failing("read"):
            store = SqliteStore(SqliteTransaction(connection, now))
        super().__init__(Writer(store))
        self._walk: Walk | None = None

    async def claim(self, work: Work, *, count: int, spread: bool) -> list[Claim]:
        """Up to `count` customers that this run has not had yet; doubts first, setbacks last; [] when none is left."""

        def claim(transaction: Transaction) -> list[Claim]:
            walk = self._walk
            if walk is None or walk.work != work:
                walk = self._walk = Walk(work)
            return (walk.across if spread else walk.onward)(transaction, count)

        return await self.call(claim)
