"""The truth of one campaign on SQLite: the ledger with its file, its one writing process, and its audit sink.

Decides how a batch becomes durable: one transaction, then the audit file, and only then does anybody hear of it. It
is enrolled by `enrol`, and read by reports through `SqliteBooks`.
"""

import contextlib
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import TypeVar

import orjson

from worker.errors import CommandFailed
from worker.ledger import entries
from worker.ledger.campaign_ledger import CampaignLedger
from worker.ledger.database import failing, not_durable, open_for_writing
from worker.ledger.transaction import Before, Connection, NewRow, Outcome, Row, Transaction, utc_now
from worker.ledger.writer import Act, Sink, Writer
from worker.ports import Started

T = TypeVar("T")
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


class Mistaken(sqlite3.Error):
    """A customer does not stand as a job said: the batch is to be done anew, job by job, to see whose that is."""


class SqliteTransaction(Transaction):
    """One batch on the file. Steering writes to it from other processes, so the head is looked at in each batch.

    Changes of customers are put off until the file is asked for something else, or the batch ends: each statement of
    its own costs a turn of Python's lock, for which the ledger's thread and the event loop would wait in turns.
    """

    def __init__(self, connection: sqlite3.Connection, now: Callable[[], datetime]) -> None:
        super().__init__(connection, now)
        self._puts_off = True
        self._put_off: dict[object, Sequence[object]] = {}
        self._own: dict[object, Sequence[object]] = {}
        """What the job under way has put off: it is undone with it."""
        self._seen: dict[str, Row] = {}
        self.run = self.epoch = connection.execute(_LAST_RUN).fetchone()[0] + 1
        self._version = self._data_version()
        self.read_head()
        self.count()

    @property
    def connection(self) -> Connection:
        """The file, with all that was put off so far."""
        if self._untouched:
            self._catch_up()
        connection = super().connection
        self._join()
        self._catch_up()
        self._seen.clear()
        return connection

    def attempt(self, act: Callable[[Transaction], T], errors: type[Exception]) -> Outcome:
        """Do one job wholly or not at all."""
        outcome = super().attempt(act, errors)
        self._join()
        return outcome

    def change(self, statement: str, values: Sequence[object]) -> bool:
        """Put the change off, unless one of the same customer waits already."""
        number = values[-3]
        if number in self._put_off or number in self._own or not self._puts_off:
            return super().change(statement, values)
        self._own[number] = values
        return True

    def store(self) -> list[bytes]:
        """Make what was put off, and insert the facts."""
        self._catch_up()
        return super().store()

    def _join(self) -> None:
        """What the job under way has put off stands with that of the jobs before it."""
        self._put_off |= self._own
        self._own = {}

    def _catch_up(self) -> None:
        """Make the changes that were put off; `Mistaken` if one of them finds nobody."""
        due, self._put_off = list(self._put_off.values()), {}
        if due:
            text = orjson.dumps(due).decode()
            if self._connection.execute(entries.UPDATE_ALL, (text,)).rowcount != len(due):
                raise Mistaken

    def _back_to(self, before: Before) -> None:
        self._own = {}
        super()._back_to(before)

    def glance(self, query: str) -> Row:
        """Asked once a batch: others write between batches, and what this one writes comes by way of `connection`."""
        if query not in self._seen:
            self._seen[query] = self._connection.execute(query).fetchone()
        return self._seen[query]

    def others_lines(self) -> list[bytes]:
        """Facts that another process has put on the chain since the last batch; usually none."""
        self._seen.clear()
        version, seq = self._data_version(), self.head.seq
        if version == self._version:
            return []
        self._version = version
        self.read_head()
        return [line for (line,) in self.connection.execute(_LINES, (seq,))]

    def begin_anew(self, before: Before) -> None:
        """The batch is rolled back, and none of its jobs was done; from now on nothing is put off."""
        self._puts_off = False
        self._back_to(before)

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
        return int(self._connection.execute("PRAGMA data_version").fetchone()[0])


class SqliteStore:
    """Batches on one SQLite file: ledger first, audit file after it."""

    def __init__(self, connection: sqlite3.Connection, transaction: SqliteTransaction) -> None:
        self.sink: Sink | None = None
        self._transaction = transaction
        self._connection = connection

    def keep(self, acts: Sequence[Act]) -> list[Outcome]:
        """All jobs in one transaction; then its facts go to the audit file, after those of others before them."""
        self._begin()
        before = self._transaction.before()
        try:
            outcomes, lines = self._done(acts)
        except Mistaken:
            self._connection.execute("ROLLBACK")
            self._transaction.begin_anew(before)
            self._begin()
            outcomes, lines = self._done(acts)
        self._connection.execute("COMMIT")
        self._to_file(lines)
        return outcomes

    def _begin(self) -> None:
        self._connection.execute("BEGIN IMMEDIATE")
        self._to_file(self._transaction.others_lines())

    def _done(self, acts: Sequence[Act]) -> tuple[list[Outcome], list[bytes]]:
        """What became of each job, and the lines of their facts."""
        outcomes = [self._transaction.attempt(act, sqlite3.Error) for act in acts]
        return outcomes, self._transaction.store()

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
            store = SqliteStore(connection, SqliteTransaction(connection, now))
        super().__init__(Writer(store))
