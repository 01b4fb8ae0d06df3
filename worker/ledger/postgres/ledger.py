"""The truth of one campaign on PostgreSQL: the ledger that many workers share, each under a lease of its own.

Decides when this worker may still send, and that it buries those who are dead. All else is as in any ledger.
"""

import asyncio
import time
from collections.abc import Mapping
from typing import Self

from worker.core.facts import CampaignFact, Record
from worker.core.orders import Orders
from worker.ledger.campaign_ledger import CampaignLedger
from worker.ledger.postgres import burial, registry
from worker.ledger.postgres.claims import SharedWalk
from worker.ledger.postgres.connection import Address, patiently
from worker.ledger.postgres.session import Session
from worker.ledger.postgres.share import Share
from worker.ledger.postgres.store import PostgresStore
from worker.ledger.transaction import Transaction
from worker.ledger.writer import Writer
from worker.ports import RateShare, Started

_PATIENCE = 5.0  # seconds that a start waits for a database that is just coming up
_OTHERS = "SELECT EXISTS (SELECT 1 FROM customers WHERE holder IS NOT NULL AND holder <> ?)"
_LEAVE = "UPDATE runs SET leaving = 1 WHERE id = ?"
_STAYING = """
SELECT count(*) FROM runs WHERE ended_at IS NULL AND buried = 0 AND leaving = 0 AND lease_until > clock_timestamp()
"""


class PostgresLedger(CampaignLedger):
    """One campaign's part of a database; opened by `open`."""

    def __init__(self, address: Address, number: int, store: PostgresStore) -> None:
        super().__init__(Writer(store), SharedWalk)
        self._address = address
        self._session = Session(address, number)
        self._share: Share | None = None

    @classmethod
    async def open(cls, address: Address, name: str) -> Self:
        """The campaign's tables, made or migrated as needed."""

        def prepared() -> tuple[int, PostgresStore]:
            connection = patiently(address, min(_PATIENCE, address.outage))
            try:
                number = registry.prepare(connection, name)
            except BaseException:
                connection.close()
                raise
            return number, PostgresStore(address, name, connection)

        return cls(address, *await asyncio.to_thread(prepared))

    async def close(self) -> None:
        """Finish what is queued and let go of the database."""
        if self._share is not None:
            await self._share.close()
        await self._session.close()
        await super().close()

    async def begin_run(self, started: Started, fact: CampaignFact) -> Record:
        """A run begins, under a lease from now on."""
        began = time.monotonic()
        record = await super().begin_run(started, fact)
        self._session.entered(await self.call(lambda transaction: transaction.run), began)
        return record

    def may_send(self) -> bool:
        """Whether the lease surely holds, by this machine's own clock."""
        return self._session.holds

    @property
    def lease_left(self) -> float:
        """Seconds for which the lease surely holds."""
        return self._session.left

    async def others_at_work(self) -> bool:
        """Whether another worker has customers in hand."""

        def look(transaction: Transaction) -> bool:
            return bool(transaction.connection.execute(_OTHERS, (transaction.run,)).fetchone()[0])

        return await self.call(look)

    async def beat(self, requests: Mapping[str, int], pulse: Mapping[str, object]) -> Orders:
        """Renew the lease, bury who is dead, and learn what was ordered; `OutOfReach` if this worker was buried."""
        orders, is_somebody_dead = await self._session.beat(requests, pulse)
        if is_somebody_dead:
            await self.call(burial.bury)
        return orders

    async def share(self, group: str, rate: float) -> RateShare | None:
        """This worker's part of the rate of a group."""
        self._share = Share(self._address, group, rate)
        return self._share

    async def leave_work(self) -> bool:
        """What is in hand is free for others; whether nobody else is left who works the campaign."""

        def leave(transaction: Transaction) -> bool:
            burial.let_go(transaction, transaction.run)
            transaction.connection.execute(_LEAVE, (transaction.run,))
            return not transaction.connection.execute(_STAYING).fetchone()[0]

        return await self.call(leave)
