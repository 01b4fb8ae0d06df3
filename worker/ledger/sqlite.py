"""The truth of one campaign on SQLite: the ledger with its file, its one writing process, and its audit sink.

Decides how a batch becomes durable: one transaction, then the audit file, and only then does anybody hear of it. It
is enrolled by `enrol`, and read by reports through `SqliteBooks`.
"""

import contextlib
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from pathlib import Path

from worker.errors import CommandFailed
from worker.ledger.campaign_ledger import CampaignLedger
from worker.ledger.database import failing, not_durable, open_for_writing
from worker.ledger.transaction import NewRow, Outcome, Transaction, utc_now
from worker.ledger.writer import Act, Sink, Writer
from worker.ports import Started

_LAST_RUN = "SELECT coalesce(max(id), 0) FROM runs"
_LINES = "SELECT line FROM facts WHERE seq > ? ORDER BY seq"
_BEGIN = "INSERT INTO runs (id, command, started_at, host, pid) VALUES (?, ?, ?, ?, ?)"
# Two statements for thousands of rows cost half of what two for each row would.
_STAGED = """
CREATE TEMPORARY TABLE IF NOT EXISTS staged (
    line INTEGER PRIMARY KEY, key TEXT, number TEXT, invalid TEXT, cells TEXT, ref TEXT
)
"""
# Keys in no order come to places all over their index; with the usual 2 MB most of them would have to be fetched.
_MORE_CACHE = "PRAGMA cache_size = -12000"
_USUAL_CACHE = "PRAGMA cache_size = -2000"
_STAGE = "INSERT INTO staged VALUES (?, ?, ?, ?, ?, ?)"
_FOUND = """
INSERT INTO customers (key, number, line, ref)
SELECT key, number, line, ref FROM staged WHERE key IS NOT NULL ORDER BY line ON CONFLICT DO NOTHING
"""
_ADDED = """
INSERT INTO rows (line, customer, invalid, cells)
SELECT s.line, c.id, s.invalid, s.cells FROM staged s LEFT JOIN customers c ON c.key = s.key ORDER BY s.line
"""


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
        return [line for (line,) in self.connection.execute(_LINES, (seq,))]

    def about_to_forget(self) -> None:
        """Overwrite what is taken out of a page. One process works a file, as its lock sees to."""
        self.connection.execute("PRAGMA secure_delete = ON")

    def enter(self, started: Started, time: str) -> bool:
        """A run of its own; always the only one."""
        values = (self.run, started.command, time, started.host, started.pid)
        self.connection.execute(_BEGIN, values)
        return True

    def add_rows(self, rows: Iterable[NewRow]) -> None:
        """Stage rows as they come, then make customers and rows of them."""
        for statement in (_MORE_CACHE, _STAGED):
            self.connection.execute(statement)
        self.connection.executemany(_STAGE, rows)
        for statement in (_FOUND, _ADDED, "DELETE FROM staged"):
            self.connection.execute(statement)

    def rows_added(self) -> None:
        """The cache is as small again as running needs it."""
        for statement in ("DROP TABLE IF EXISTS temp.staged", _USUAL_CACHE, "PRAGMA shrink_memory"):
            self.connection.execute(statement)

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
