"""Batches on PostgreSQL: one transaction each, under the campaign's row lock, carried over when the database goes.

Decides whether a batch whose COMMIT was not answered happened: each leaves its number behind. What a run may still
record is told by its lease: a run that was buried is behind a fence.
"""

import contextlib
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import uuid4

import psycopg

from worker.core.guards import Stop
from worker.core.lifecycle import State
from worker.errors import Busy, CommandFailed, Exit, OutOfReach
from worker.ledger.postgres import burial
from worker.ledger.postgres.connection import PASSING, Address, Connected, connect, meant, pause
from worker.ledger.postgres.registry import enter
from worker.ledger.transaction import Fence, NewRow, Outcome, Transaction, utc_now
from worker.ledger.writer import Act, Sink
from worker.ports import Started

_LOCK = "SELECT 1 FROM amili_purge.campaigns WHERE name = ? FOR UPDATE"
_COUNTERS = "SELECT charged, in_doubt FROM campaign"
_COUNT = "UPDATE campaign SET charged = ?, in_doubt = ?"
_BATCH = "INSERT INTO batches VALUES (?, ?) ON CONFLICT (writer) DO UPDATE SET number = excluded.number"
_LIVE = """
SELECT epoch, command, host, pid FROM runs
WHERE ended_at IS NULL AND buried = 0 AND leaving = 0 AND lease_until > clock_timestamp() ORDER BY id
"""
_ENTER = """
INSERT INTO runs (id, epoch, command, started_at, host, pid, max_deletes, lease_until)
VALUES (?, ?, ?, ?, ?, ?, ?, clock_timestamp() + make_interval(secs => ?))
"""
_ALIVE = " AND EXISTS (SELECT 1 FROM runs WHERE runs.id = ? AND buried = 0)"
_MINE = " AND holder = ?" + _ALIVE
_CLEARED = """ AND EXISTS (
    SELECT 1 FROM campaign, runs WHERE runs.id = ? AND halt IS NULL AND (
        (unanswered > 0 OR state = 'in_doubt') OR coalesce(campaign.max_deletes, runs.max_deletes) IS NULL
        OR charged < coalesce(campaign.max_deletes, runs.max_deletes)))"""
_STAGED = """
CREATE TEMPORARY TABLE staged (line BIGINT, key TEXT COLLATE "C", number TEXT, invalid TEXT, cells TEXT, ref TEXT)
"""
_FOUND = """
INSERT INTO customers (id, key, number, line, ref)
SELECT row_number() OVER (ORDER BY line), key, number, line, ref
FROM (SELECT DISTINCT ON (key) key, number, line, ref FROM staged WHERE key IS NOT NULL ORDER BY key, line) first
"""
_ADDED = """
INSERT INTO rows (line, customer, invalid, cells)
SELECT s.line, c.id, s.invalid, s.cells FROM staged s LEFT JOIN customers c ON c.key = s.key
"""


class PostgresTransaction(Transaction):
    """One batch in the database; what others wrote since the last one is read anew at its beginning."""

    def __init__(self, connection: Connected, lease: float, now: Callable[[], datetime] = utc_now) -> None:
        super().__init__(connection, now)
        self.window: float | None = None
        self._lease = lease
        self._kept = (0, 0)
        self.reached(connection)

    def reached(self, connection: Connected) -> None:
        """A new connection takes the place of one that broke."""
        self._connection = self.connected = connection

    def begin(self, name: str) -> None:
        """Lock the campaign, and read the end of its chain and its counts."""
        self.connection.execute("BEGIN")
        self.connection.execute(_LOCK, (name,)).fetchone()
        self.abandon()
        self.read_head()
        row = self.connection.execute(_COUNTERS).fetchone()
        self.charged, self.in_doubt = self._kept = (row[0], row[1]) if row else (0, 0)

    def keep_counts(self) -> None:
        """Write the counts where every worker's next statement sees them."""
        now = (self.charged, self.in_doubt)
        if now != self._kept:
            self.connection.execute(_COUNT, now)
            self._kept = now

    def fence(self) -> Fence:
        """The customer must be this run's, and the run must not be buried."""
        return Fence(_MINE, (self.run, self.run)) if self.run else Fence()

    def clearance(self) -> Fence:
        """For an intent also: nobody halted the campaign, and there is a place under the cap."""
        if self.window is not None:  # A cap over a window of time was counted under the same lock a moment ago.
            return self.fence()
        self.keep_counts()
        return Fence(_MINE + _CLEARED, (self.run, self.run, self.run))

    def enter(self, started: Started, time: str) -> bool:
        """A run beside those that are alive, if they do the same; else the first of a new epoch."""
        burial.bury(self)
        live = self.connection.execute(_LIVE).fetchall()
        others = [row for row in live if row[1] != started.command]
        if others:
            raise _busy(others[0])
        self.run = int(self.connection.execute("SELECT coalesce(max(id), 0) + 1 FROM runs").fetchone()[0])
        self.epoch = live[0][0] if live else self.run
        self.window = started.window
        who = (started.command, time, started.host, started.pid, started.max_deletes)
        self.connection.execute(_ENTER, (self.run, self.epoch, *who, self._lease))
        return not live

    def about_to_forget(self) -> None:
        """Nobody may be at work on any machine; older versions of the rows go when the tables are written anew."""
        burial.bury(self)
        for row in self.connection.execute(_LIVE).fetchall():
            raise _busy(row)

    def missed(self, number: int, state: State) -> Stop:
        """Another worker has the customer, because this one's lease had passed; anything else is a bug."""
        if not burial.is_alive(self, self.run) or not burial.holds(self, number):
            return lost()
        return super().missed(number, state)

    def let_go(self, number: int) -> None:
        """Nobody works on the customer any more."""
        self.connection.execute("UPDATE customers SET holder = NULL WHERE id = ?", (number,))

    def add_rows(self, rows: Iterable[NewRow]) -> None:
        """Stage rows as they come; `rows_added` makes customers of them, whose ids are dense."""
        if self.connection.execute("SELECT to_regclass('pg_temp.staged')").fetchone()[0] is None:
            self.connection.execute(_STAGED)
        with self.connected.raw.cursor() as cursor, cursor.copy(b"COPY staged FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)

    def rows_added(self) -> None:
        """Distinct customers in the order of their first line, then the rows."""
        if self.connection.execute("SELECT to_regclass('pg_temp.staged')").fetchone()[0] is not None:
            for statement in (_FOUND, _ADDED, "DROP TABLE staged", "ANALYZE customers"):
                self.connection.execute(statement)


def _busy(row: Sequence[Any]) -> Busy:
    _, command, host, pid = row
    return Busy(
        f"The campaign is being worked by {command} on {host} (process {pid}).",
        "Wait for it, or look at it with: amili-purge status CAMPAIGN",
    )


def lost() -> Stop:
    """This worker gave no sign of life for longer than its lease, and another took over."""
    return Stop(
        Exit.OUT_OF_REACH,
        "lease_lost",
        "this worker gave no sign of life for longer than its lease, so others have taken over its customers",
        ("nothing is lost: run the same command again",),
    )


class PostgresStore:
    """Batches on one campaign of a database. What cannot be kept within `outage` seconds ends the command (69)."""

    def __init__(self, address: Address, name: str, connection: Connected) -> None:
        self.sink: Sink | None = None
        self.transaction = PostgresTransaction(connection, address.lease)
        self._address = address
        self._name = name
        self._writer = uuid4().hex
        self._number = 0
        self._last: tuple[list[Outcome], list[bytes]] = ([], [])

    def keep(self, acts: Sequence[Act]) -> list[Outcome]:
        """All jobs in one transaction, again if the database went away before it was committed."""
        self._number += 1
        until, tries, again = None, 0, False
        while True:
            try:
                if again and self._happened():
                    break
                self._once(acts)
                break
            except PASSING as error:
                until = time.monotonic() + self._address.outage if until is None else until
                if time.monotonic() >= until:
                    raise meant("reached", error) from error
                time.sleep(pause(tries))
                tries, again = tries + 1, True
        outcomes, lines = self._last
        if lines and self.sink is not None:
            self.sink(lines)
        return outcomes

    def broken(self, error: Exception) -> CommandFailed:
        """Whatever else the driver says is a bug of ours."""
        self._drop()
        return meant("written", error) if isinstance(error, psycopg.Error) else OutOfReach(str(error))

    def close(self) -> None:
        """Let go of the database."""
        with contextlib.suppress(psycopg.Error):
            self.transaction.connection.execute("DELETE FROM batches WHERE writer = ?", (self._writer,))
        self._drop()

    def _once(self, acts: Sequence[Act]) -> None:
        self._reach()
        transaction = self.transaction
        try:
            transaction.begin(self._name)
            outcomes = [transaction.attempt(act, psycopg.Error) for act in acts]
            lines = transaction.store()
            transaction.keep_counts()
            transaction.connection.execute(_BATCH, (self._writer, self._number))
            self._last = (outcomes, lines)
            transaction.connection.execute("COMMIT")
        except psycopg.Error:
            transaction.abandon()
            self._drop()
            raise

    def _happened(self) -> bool:
        """Whether the batch was committed, though nobody heard of it."""
        self._reach()
        found = self.transaction.connection.execute("SELECT number FROM batches WHERE writer = ?", (self._writer,))
        row: Any = found.fetchone()
        return row is not None and row[0] == self._number

    def _reach(self) -> None:
        if self.transaction.connected.raw.closed:
            try:
                connection = connect(self._address)
                enter(connection, self._name)
            except OutOfReach as error:
                raise psycopg.OperationalError(str(error)) from error
            self.transaction.reached(connection)

    def _drop(self) -> None:
        self.transaction.connected.close()
