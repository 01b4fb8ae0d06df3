"""One campaign's truth, whatever database it is in: the `Ledger` port, and what a command's begin and end record.

Decides nothing about customers; each method is one job for the one thread that writes. What returns is durable.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from functools import partial
from typing import TypeVar

import orjson

from worker.core.customer import CustomerNo
from worker.core.facts import CampaignFact, ControlFact, Record
from worker.core.guards import Stop
from worker.core.orders import Orders, careful
from worker.core.pseudonym import Pseudonyms
from worker.core.request import Request
from worker.core.values import replace
from worker.ledger import entries, forgetting, leave, queue
from worker.ledger.claims import Walk
from worker.ledger.leave import Leave
from worker.ledger.transaction import Transaction
from worker.ledger.writer import Sink, Writer
from worker.ports import Claim, Entry, Held, PlanNote, RateShare, Started, Work

T = TypeVar("T")
_SENTINELS = (
    "SELECT number FROM customers WHERE state = 'ineligible' ORDER BY id DESC LIMIT 1",
    "SELECT number FROM customers WHERE seen = 1 AND intents = 0 ORDER BY id DESC LIMIT 1",
)
_APPROVE = """
UPDATE customers SET approved = CASE WHEN id IN (SELECT id FROM found_free) THEN 1 ELSE 0 END
"""
_PULSE = "UPDATE runs SET requests = ?, pulse = ? WHERE id = ?"
_END = "UPDATE runs SET ended_at = ?, exit_code = ?, stopped_by = ?, requests = ? WHERE id = ?"


class CampaignLedger:
    """One campaign's ledger, open for writing; `new_walk` makes a run's way over the list."""

    def __init__(self, writer: Writer, new_walk: Callable[[Work], Walk] = Walk) -> None:
        self._writer = writer
        self._new_walk = new_walk
        self._walk: Walk | None = None
        self._leave = Leave()

    def attach(self, sink: Sink) -> None:
        """From now on each fact's line goes there too, once it is durable and before anybody hears of it."""
        self._writer.attach(sink)

    async def claim(self, work: Work, *, count: int, spread: bool) -> list[Claim]:
        """Up to `count` customers that nobody has had yet; doubts first, setbacks last; [] when none is left now."""

        def claim(transaction: Transaction) -> list[Claim]:
            walk = self._walk
            if walk is None or walk.work != work:
                walk = self._walk = self._new_walk(work)
            return (walk.across if spread else walk.onward)(transaction, count)

        return await self.call(claim)

    async def others_at_work(self) -> bool:
        """Nobody else works a campaign that is not shared."""
        return False

    def may_send(self) -> bool:
        """Where one process works alone, its lock is held as long as it lives."""
        return True

    @property
    def lease_left(self) -> float | None:
        """Seconds until this worker's lease ends; None where it needs none."""
        return None

    async def share(self, group: str, rate: float) -> RateShare | None:
        """A part of a rate that many share; None where nobody does."""
        return None

    async def leave_work(self) -> bool:
        """This run takes up nobody any more; whether it is the last of those that go on together."""
        return True

    async def call(self, act: Callable[[Transaction], T]) -> T:
        """One more job for the writing thread, wholly or not at all; how `enrol` comes in."""
        return await self._writer.call(act)

    async def close(self) -> None:
        """Finish what is queued and let go of the database; more than once does no harm."""
        await self._writer.close()

    async def record(self, entry: Entry) -> list[Record]:
        """Facts and state of one customer; `LogBroken` if it does not stand where `entry.claim` says."""
        return await self.call(partial(entries.write, entry=entry))

    async def intend(self, entry: Entry) -> list[Record] | Stop:
        """The intent of one DELETE, if cap and orders leave room for it; else why not, and nothing is recorded."""
        return await self.call(partial(entries.intend, entry=entry, leave=self._leave))

    async def release_held(self, held: Held) -> list[Record]:
        """Settle the customers that this run holds, a few hundred a call; [] once none is left."""
        return await self.call(partial(entries.release, held=held))

    async def enlist(self, requests: Sequence[Request]) -> None:
        """Add rows from a queue; a request that is enlisted already changes nothing."""
        await self.call(partial(queue.enlist, requests=requests))

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

    async def begin_run(self, started: Started, fact: CampaignFact) -> Record:
        """A run begins, under the careful one of what it was given and what was ordered before."""

        def begin(transaction: Transaction) -> Record:
            forgetting.refuse_closed(transaction)
            record = transaction.seal(fact)
            first = transaction.enter(started, record.time)
            transaction.connection.execute(
                "UPDATE campaign SET planning = CASE WHEN ? = 1 THEN 0 ELSE planning END", (int(started.deleting),)
            )
            if first:
                leave.order(transaction, _resumed(leave.ordered(transaction), started))
            return record

        self._leave = Leave(started.max_deletes, started.window)
        return await self.call(begin)

    async def end_run(
        self, fact: CampaignFact, *, exit_code: int, stopped_by: str | None, requests: Mapping[str, int]
    ) -> Record:
        """A run ends, whatever its code; the audit file is closed and marked after this."""

        def end(transaction: Transaction) -> Record:
            record = transaction.seal(fact)
            ending = (record.time, exit_code, stopped_by, _json(requests), transaction.run)
            transaction.connection.execute(_END, ending)
            return record

        return await self.call(end)

    async def steer(self, change: Callable[[Orders], Orders], fact: ControlFact, *, latch: str | None = None) -> Record:
        """Somebody orders something; it holds for all workers from their next look on, and is a fact."""

        def order(transaction: Transaction) -> Record:
            if latch is not None:
                transaction.connection.execute("UPDATE campaign SET latch = ?", (latch,))
            leave.order(transaction, change(leave.ordered(transaction)))
            return transaction.seal(fact)

        return await self.call(order)

    async def beat(self, requests: Mapping[str, int], pulse: Mapping[str, object]) -> Orders:
        """Keep what was sent and how it is going, and learn what was ordered."""

        def kept(transaction: Transaction) -> Orders:
            transaction.connection.execute(_PULSE, (_json(requests), _json(pulse), transaction.run))
            return leave.ordered(transaction)

        return await self.call(kept)

    async def halt(self, stop: Stop) -> None:
        """All workers of the campaign must stop for this."""
        await self.call(partial(leave.halt, stop=stop))

    async def set_audit_mark(self, mark: Callable[[], str]) -> None:
        """The audit file comes to its clean end: `mark` ends it, and tells what it looks like; void with the next fact.

        Nobody can add a fact between the two.
        """
        await self.call(lambda transaction: transaction.mark(mark()))

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
        """Lift the latch, and the halt that came with it; who did and why is a fact of its own."""

        def lift(transaction: Transaction) -> Record:
            transaction.connection.execute("UPDATE campaign SET latch = NULL, halt = NULL")
            return transaction.seal(fact)

        return await self.call(lift)

    async def use(self, pseudonyms: Pseudonyms | None) -> None:
        """From now on customers are called so in the log; where the campaign has a key, nothing is recorded without."""

        def kept(transaction: Transaction) -> None:
            transaction.pseudonyms = pseudonyms

        await self.call(kept)

    async def forget(self, fact: ControlFact) -> Record:
        """Close the campaign for good, and take numbers and cells out of the tables; who did is a fact."""
        return await self.call(partial(forgetting.forget, fact=fact))

    async def forgotten(self, fact: ControlFact) -> Record:
        """Nothing personal of it is left anywhere, as far as we can see to that."""
        return await self.call(partial(forgetting.forgotten, fact=fact))

    async def set_protect(self, keys: Iterable[str]) -> None:
        """Replace the list of customers never to delete (`CustomerNo.key`), as it is read anew at each start."""
        # Kept, as a transaction may have to be tried again: a list read once would protect nobody the second time.
        rows = [(key,) for key in dict.fromkeys(keys)]

        def replaced(transaction: Transaction) -> None:
            transaction.connection.execute("DELETE FROM protect")
            transaction.connection.executemany("INSERT INTO protect VALUES (?)", rows)

        await self.call(replaced)

    async def _change(self, statement: str, *values: str | int) -> None:
        await self.call(lambda transaction: transaction.connection.execute(statement, values).rowcount)


def _resumed(orders: Orders, started: Started) -> Orders:
    """The first of the workers: an earlier halt is over, and what was ordered holds only where it is more careful."""
    rate = orders.rate if orders.rate is None else careful(started.rate, orders.rate)
    most = orders.max_deletes if orders.max_deletes is None else careful(started.max_deletes, orders.max_deletes)
    return replace(orders, halt=None, rate=rate, max_deletes=None if most is None else int(most))


def _json(value: object) -> str:
    return orjson.dumps(value).decode()
