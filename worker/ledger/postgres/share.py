"""One rate for all members of a group: slots of a schedule that the database keeps, each given out once.

Decides at which of this machine's moments a slot of the database's clock lies, and how many are taken at once. When
the database is gone, no slot comes.
"""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from worker.errors import OutOfReach
from worker.ledger.postgres.connection import Address, written
from worker.ledger.postgres.session import Connection, Line

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
RETURNING ask.slots, ask.rate, ask.members, extract(epoch FROM g.next_due)::float8,
          extract(epoch FROM clock_timestamp())::float8
"""
_ENTER: Final = """
INSERT INTO amili_purge.rate_members (rate_group, rate, lease_until)
VALUES (?, ?, clock_timestamp() + make_interval(secs => ?)) RETURNING id
"""
_RENEW_SHARE: Final = """
UPDATE amili_purge.rate_members SET rate = ?, lease_until = clock_timestamp() + make_interval(secs => ?) WHERE id = ?
"""
_SWEEP: Final = "DELETE FROM amili_purge.rate_members WHERE rate_group = ? AND lease_until < clock_timestamp()"
KEPT: Final = 0.05
"""Share of the rate that the shared schedule leaves unused: several machines' delays differ more than one's."""
_AHEAD: Final = 0.5
"""Seconds' worth of its share that a worker takes at once."""
_TRUSTED: Final = 60.0
"""Seconds after which two clocks are compared anew, however good the last comparison was."""


@dataclass(frozen=True, slots=True)
class Offset:
    """By how many seconds the database's clock is ahead of ours; sure to half of the time that the answer took."""

    ahead: float
    took: float
    at: float

    def better(self, other: "Offset") -> "Offset":
        """The one to trust from now on; a statement that had to wait says little of the clocks."""
        return other if other.took <= self.took or other.at - self.at > _TRUSTED else self


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
        self._offset: Offset | None = None

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
        slots, rate, self._members, ends, now = int(row[0]), row[1], int(row[2]), row[3], row[4]
        self._in_force = rate / (1 - KEPT)
        seen = Offset(now - (asked + heard) / 2, heard - asked, heard)
        offset = self._offset = seen if self._offset is None else self._offset.better(seen)
        return [ends - offset.ahead - (slots - place) / rate for place in range(slots)]

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
