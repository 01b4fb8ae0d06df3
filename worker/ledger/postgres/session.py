"""What a worker does beside its batches: it shows that it lives, hears of orders, and gets its slots of a shared rate.

Decides by its own monotonic clock until when its lease surely holds, and at which of its own moments a slot of the
database's clock lies. When the database is gone, no slot comes, and the lease runs out.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
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
        return time.monotonic() < self._sure_until

    async def beat(self, requests: Mapping[str, int], pulse: Mapping[str, object]) -> tuple[Orders, bool]:
        """Renew the lease; what was ordered, and whether some other worker has to be buried. `OutOfReach` if lost."""

        async def renew(connection: Connection) -> tuple[Orders, bool] | None:
            began = time.monotonic()
            values = (self._lease, orjson.dumps(requests).decode(), orjson.dumps(pulse).decode(), self.run)
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


_RESERVE: Final = """
WITH there AS (
    SELECT min(rate) * (1 - ?::float8) AS rate, count(*) AS members FROM amili_purge.rate_members
    WHERE rate_group = ? AND lease_until > clock_timestamp()
), ask AS (
    SELECT rate, members, least(?::float8, greatest(1, floor(rate * ?::float8 / members))) AS slots FROM there
)
UPDATE amili_purge.rate_groups g
SET next_due = greatest(g.next_due, clock_timestamp()) + make_interval(secs => ask.slots / ask.rate)
FROM ask WHERE g.name = ? AND ask.members > 0 AND g.next_due < clock_timestamp() + make_interval(secs => ?)
RETURNING ask.slots, ask.rate, extract(epoch FROM g.next_due - clock_timestamp())::float8, ask.members
"""
_ENTER: Final = """
INSERT INTO amili_purge.rate_members (rate_group, rate, lease_until)
VALUES (?, ?, clock_timestamp() + make_interval(secs => ?)) RETURNING id
"""
_RENEW_SHARE: Final = """
UPDATE amili_purge.rate_members SET rate = ?, lease_until = clock_timestamp() + make_interval(secs => ?) WHERE id = ?
"""
_SWEEP: Final = "DELETE FROM amili_purge.rate_members WHERE rate_group = ? AND lease_until < clock_timestamp()"
KEPT: Final = 0.03
"""Share of the rate that the shared schedule leaves unused: several machines' delays differ more than one's."""
_AHEAD: Final = 0.5
"""Seconds' worth of its share that a worker takes at once."""


class Share:
    """Slots of a schedule that the database keeps for all members of a rate group: each slot is given out once.

    What a worker has taken and not used is lost to the others, so it takes no more than it has use for, and little
    ahead. A dead worker's slots are past within a moment, and its part returns with its lease.
    """

    def __init__(self, address: Address, group: str, rate: float) -> None:
        self._lease = address.lease
        self._line = Line(address, "amili_purge")
        self._group = group
        self._rate = rate
        self._member: int | None = None
        self._renewed = -address.lease
        self._members = 1
        self._in_force = rate

    @property
    def share(self) -> float:
        """Requests a second; the group's rate, divided by those who are there."""
        return self._in_force / self._members

    def set_rate(self, rate: float) -> None:
        """The group hears of it with the next slots."""
        if rate != self._rate:
            self._rate = rate
            self._renewed = -self._lease

    async def slots(self, wanted: int) -> Sequence[float]:
        """Up to `wanted` moments (monotonic s); waits until there are some, and as long as the database is away."""
        while True:
            try:
                found = await self._line.run(lambda connection: self._reserved(connection, wanted))
            except OutOfReach:
                found = []  # the lease is not renewed either, and ends the run
            if found:
                return found
            await asyncio.sleep(min(_AHEAD, 1 / self._in_force))

    async def close(self) -> None:
        """Make room for the others."""
        member = self._member
        if member is not None:
            leave = written("DELETE FROM amili_purge.rate_members WHERE id = ?")
            try:
                async with asyncio.timeout(1):
                    await self._line.run(lambda connection: connection.execute(leave, (member,)))
            except (TimeoutError, OutOfReach):
                pass  # its lease ends by itself
        await self._line.close()

    async def _reserved(self, connection: Connection, wanted: int) -> list[float]:
        await self._there(connection)
        # A slot must lie within the lease, or a worker that is taken for dead would still use it.
        horizon = self._lease / 3
        values = (KEPT, self._group, wanted, _AHEAD, self._group, horizon)
        asked = time.monotonic()
        row = await (await connection.execute(written(_RESERVE), values)).fetchone()
        heard = time.monotonic()
        if row is None:
            return []
        slots, rate, ends_in, self._members = int(row[0]), row[1], row[2], row[3]
        self._in_force = rate / (1 - KEPT)
        # The answer was made somewhere between asking and hearing: the middle is off by half of that at the most.
        ends = (asked + heard) / 2 + ends_in
        return [ends - (slots - place) / rate for place in range(slots)]

    async def _there(self, connection: Connection) -> None:
        """Be a member, with a lease that holds."""
        if time.monotonic() - self._renewed < self._lease / 3:
            return
        began = time.monotonic()
        if self._member is not None:
            renewed = await connection.execute(written(_RENEW_SHARE), (self._rate, self._lease, self._member))
            self._member = self._member if renewed.rowcount == 1 else None
        if self._member is None:
            await connection.execute(written(_SWEEP), (self._group,))
            new = "INSERT INTO amili_purge.rate_groups (name) VALUES (?) ON CONFLICT DO NOTHING"
            await connection.execute(written(new), (self._group,))
            row = await (await connection.execute(written(_ENTER), (self._group, self._rate, self._lease))).fetchone()
            self._member = None if row is None else int(row[0])
        self._renewed = began
