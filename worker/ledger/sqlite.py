"""The truth of one campaign on SQLite: the `Ledger` port, and what a command's begin and end record besides.

Decides nothing about customers; each method is one job for the one thread that writes. What returns is on the disk.
It is enrolled by `enrol`, and read by reports through `SqliteBooks`.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TypeVar

import orjson

from worker.core.customer import CustomerNo
from worker.core.facts import CampaignFact, ControlFact, Record
from worker.ledger import entries
from worker.ledger.claims import Walk
from worker.ledger.database import failing, open_for_writing
from worker.ledger.transaction import Transaction, utc_now
from worker.ledger.writer import Sink, Writer
from worker.ports import Claim, Entry, Held, PlanNote, Work

T = TypeVar("T")
_LAST_RUN = "SELECT coalesce(max(id), 0) FROM runs"
_LAST_CUSTOMER = "SELECT coalesce(max(id), 0) FROM customers"
_SENTINELS = (
    "SELECT number FROM customers WHERE state = 'ineligible' ORDER BY id DESC LIMIT 1",
    "SELECT number FROM customers WHERE seen = 1 AND intents = 0 ORDER BY id DESC LIMIT 1",
)
_APPROVE = "UPDATE customers SET approved = (id IN (SELECT id FROM found_free))"
_BEGIN = "INSERT INTO runs (id, command, started_at) VALUES (?, ?, ?)"
_END = "UPDATE runs SET ended_at = ?, exit_code = ?, stopped_by = ?, requests = ? WHERE id = ?"


class SqliteLedger:
    """One campaign's ledger, open for writing; there is one at a time, as the campaign's lock sees to."""

    def __init__(self, path: Path, now: Callable[[], datetime] = utc_now) -> None:
        connection = open_for_writing(path)
        with failing("read"):
            self._run: int = connection.execute(_LAST_RUN).fetchone()[0] + 1
            self._writer = Writer(Transaction(connection, now))
        self._walk: Walk | None = None

    def attach(self, sink: Sink) -> None:
        """From now on each fact's line goes there too, after its commit and before anybody hears of it."""
        self._writer.sink = sink

    async def call(self, act: Callable[[Transaction], T]) -> T:
        """One more job for the writing thread, wholly or not at all; how `enrol` comes in."""
        return await self._writer.call(act)

    async def close(self) -> None:
        """Finish what is queued and close the file; more than once does no harm."""
        await self._writer.close()

    async def claim(self, work: Work, *, count: int, spread: bool) -> list[Claim]:
        """Up to `count` customers that this run has not had yet; doubts first, setbacks last; [] when none is left."""

        def claim(transaction: Transaction) -> list[Claim]:
            walk = self._walk
            if walk is None or walk.work != work:
                last = transaction.connection.execute(_LAST_CUSTOMER).fetchone()[0]
                walk = self._walk = Walk(work, self._run, last)
            return (walk.across if spread else walk.onward)(transaction, count)

        return await self.call(claim)

    async def record(self, entry: Entry) -> list[Record]:
        """Facts and state of one customer; `LogBroken` if it does not stand where `entry.claim` says."""
        return await self.call(partial(entries.write, entry=entry, run=self._run))

    async def release_held(self, held: Held) -> list[Record]:
        """Settle the customers that this run holds, a few hundred a call; [] once none is left."""
        return await self.call(partial(entries.release, held=held, run=self._run))

    async def note(self, fact: CampaignFact | ControlFact) -> Record:
        """One fact about the campaign itself."""
        return await self.call(lambda transaction: transaction.seal(fact))

    async def charged(self) -> int:
        """How many customers count against `max_deletes`, over all runs."""
        return await self.call(lambda transaction: transaction.charged)

    async def in_doubt(self) -> int:
        """How many customers ended `in_doubt` and still stand so; one in flight has not ended."""
        return await self.call(lambda transaction: transaction.in_doubt)

    async def sentinel(self) -> CustomerNo | None:
        """A customer that must still exist, by what this campaign's reads have seen."""

        def find(transaction: Transaction) -> CustomerNo | None:
            found = (transaction.connection.execute(query).fetchone() for query in _SENTINELS)
            return next((CustomerNo(row[0]) for row in found if row is not None), None)

        return await self.call(find)

    async def requests(self, counts: Mapping[str, int], pulse: Mapping[str, object] | None = None) -> None:
        """The requests sent in this run so far, by kind, and how it is going; lost without harm if there is no run."""
        values = (_json(counts), _json(pulse or {}), self._run)
        await self._change("UPDATE runs SET requests = ?, pulse = ? WHERE id = ?", *values)

    async def begin_run(self, command: str, fact: CampaignFact, *, deleting: bool) -> Record:
        """A run begins; `deleting` ends the planning for good."""

        def begin(transaction: Transaction) -> Record:
            record = transaction.seal(fact)
            execute = transaction.connection.execute
            execute(_BEGIN, (self._run, command, record.time))
            execute("UPDATE campaign SET planning = planning AND NOT ?", (deleting,))
            return record

        return await self.call(begin)

    async def end_run(
        self, fact: CampaignFact, *, exit_code: int, stopped_by: str | None, requests: Mapping[str, int]
    ) -> Record:
        """A run ends, whatever its code; the audit file is closed and marked after this."""

        def end(transaction: Transaction) -> Record:
            record = transaction.seal(fact)
            ending = (record.time, exit_code, stopped_by, _json(requests), self._run)
            transaction.connection.execute(_END, ending)
            return record

        return await self.call(end)

    async def set_audit_mark(self, mark: str) -> None:
        """What the audit file looks like after its clean end, in the audit's own words; void with the next fact."""
        await self.call(lambda transaction: transaction.mark(mark))

    async def begin_plan(self) -> None:
        """A plan is being made: until it is complete there is none, and nothing is approved by an older one."""
        await self._change("UPDATE campaign SET plan = NULL, planning = 1")

    async def set_plan(self, plan: PlanNote) -> None:
        """A finished plan: from now on exactly the customers it found free to go are approved."""

        def approve(transaction: Transaction) -> None:
            transaction.connection.execute(_APPROVE)
            transaction.connection.execute("UPDATE campaign SET plan = ?", (_json(asdict(plan)),))

        await self.call(approve)

    async def set_latch(self, why: str) -> None:
        """Later starts are refused, with this reason, until the latch is lifted."""
        await self._change("UPDATE campaign SET latch = ?", why)

    async def lift_latch(self, fact: ControlFact) -> Record:
        """Lift the latch; who did and why is a fact of its own."""

        def lift(transaction: Transaction) -> Record:
            transaction.connection.execute("UPDATE campaign SET latch = NULL")
            return transaction.seal(fact)

        return await self.call(lift)

    async def set_protect(self, keys: Iterable[str]) -> None:
        """Replace the list of customers never to delete (`CustomerNo.key`), as it is read anew at each start."""

        def replace(transaction: Transaction) -> None:
            transaction.connection.execute("DELETE FROM protect")
            rows = ((key,) for key in keys)
            transaction.connection.executemany("INSERT OR IGNORE INTO protect VALUES (?)", rows)

        await self.call(replace)

    async def _change(self, statement: str, *values: str | int) -> None:
        await self.call(lambda transaction: transaction.connection.execute(statement, values).rowcount)


def _json(value: object) -> str:
    return orjson.dumps(value).decode()
