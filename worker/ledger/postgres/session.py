"""What a worker does beside its batches: it shows that it lives, and hears of orders.

Decides by its own monotonic clock until when its lease surely holds. When the database is gone, it runs out.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, TypeVar

import orjson
import psycopg

from worker.core.orders import Orders
from worker.errors import OutOfReach
from worker.ledger.leave import ORDERS, orders_of
from worker.ledger.postgres.burial import DEAD
from worker.ledger.postgres.connection import PASSING, Address, is_wrong, meant, pause, written
from worker.ledger.postgres.registry import schema_of
from worker.ledger.postgres.store import lost

T = TypeVar("T")
_SURE: Final = 0.95  # of the lease: two clocks do not run alike
_RENEW: Final = """
UPDATE runs SET lease_until = clock_timestamp() + make_interval(secs => ?), requests = ?, pulse = ?
WHERE id = ? AND buried = 0
"""

Connection = psycopg.AsyncConnection[tuple[Any, ...]]


class Line:
    """One connection of its own, made anew when it breaks; one statement at a time."""

    def __init__(self, address: Address, schema: str) -> None:
        self._address = address
        self._schema = schema
        self._connection: Connection | None = None
        self._one = asyncio.Lock()

    async def run(self, act: Callable[[Connection], Awaitable[T]]) -> T:
        """Do something on it, again and again while the database is away; `OutOfReach` after the outage budget."""
        until, tries = None, 0
        async with self._one:
            while True:
                try:
                    return await act(await self._reach())
                except PASSING as error:
                    await self._drop()
                    until = time.monotonic() + self._address.outage if until is None else until
                    if is_wrong(error) or time.monotonic() >= until:
                        raise meant("reached", error) from error
                    await asyncio.sleep(pause(tries))
                    tries += 1

    async def close(self) -> None:
        """Let go of it."""
        await self._drop()

    async def _reach(self) -> Connection:
        if self._connection is None or self._connection.closed:
            self._connection = await psycopg.AsyncConnection.connect(**self._address.parameters())
            await self._connection.execute(f"SET search_path TO {self._schema}".encode())
        return self._connection

    async def _drop(self) -> None:
        if self._connection is not None:
            await self._connection.close()
            self._connection = None


class Session:
    """The lease of one run."""

    def __init__(self, address: Address, number: int) -> None:
        self._lease = address.lease
        self._line = Line(address, schema_of(number))
        self._sure_until = 0.0
        self.run = 0

    def entered(self, run: int, began: float) -> None:
        """The run has a lease from `began` (monotonic s) on."""
        self.run = run
        self._sure_until = began + self._lease * _SURE

    @property
    def holds(self) -> bool:
        """Whether the lease surely holds, by this machine's own clock."""
        return self.left > 0

    @property
    def left(self) -> float:
        """Seconds for which the lease surely holds, by this machine's own clock."""
        return max(0.0, self._sure_until - time.monotonic())

    async def beat(self, requests: Mapping[str, int], pulse: Mapping[str, object]) -> tuple[Orders, bool]:
        """Renew the lease; what was ordered, and whether some other worker has to be buried. `OutOfReach` if lost."""

        async def renew(connection: Connection) -> tuple[Orders, bool] | None:
            began = time.monotonic()
            beaten = orjson.dumps({**pulse, "lease": self._lease}).decode()
            values = (self._lease, orjson.dumps(requests).decode(), beaten, self.run)
            if (await connection.execute(written(_RENEW), values)).rowcount != 1:
                return None
            self._sure_until = began + self._lease * _SURE
            row = await (await connection.execute(ORDERS.encode())).fetchone()
            dead = await (await connection.execute(DEAD.encode())).fetchone()
            return (Orders() if row is None else orders_of(row)), dead is not None

        told = await self._line.run(renew)
        if told is None:
            raise OutOfReach(lost().message, *lost().advice)
        return told

    async def close(self) -> None:
        """Let go of the connection; the lease ends by itself."""
        await self._line.close()
