"""A queue in memory, and a ledger that only enlists: what an inflow meets, with everything it does to them on record.

Decides nothing but the order in which things were done. A message that is not acknowledged comes again after `drop`.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from worker.core.request import Request
from worker.ports import Delivery


@dataclass
class MemoryInbox:
    """The port's Inbox. `deeds` is what was done, in order.

    `lies` is how often it says drained while `late` ones are on their way. `failure` is what `take` ends with, and
    `on_take` is called after each that brought something.
    """

    deeds: list[str] = field(default_factory=list)
    ready: deque[tuple[bytes, str | None]] = field(default_factory=deque)
    dead: list[tuple[bytes, str]] = field(default_factory=list)
    lies: int = 0
    late: deque[tuple[bytes, str | None]] = field(default_factory=deque)
    unsettled: list[Delivery] = field(default_factory=list)
    failure: Exception | None = None
    on_take: Callable[[], None] = lambda: None

    def put(self, *bodies: str) -> None:
        self.ready.extend((body.encode(), None) for body in bodies)

    def drop(self) -> None:
        """The connection goes: whatever is not acknowledged is in the queue again."""
        self.ready.extendleft((each.body, each.message_id) for each in reversed(self.unsettled))
        self.unsettled.clear()

    async def take(self, at_most: int, wait: float) -> list[Delivery]:
        if self.failure is not None:
            raise self.failure
        await asyncio.sleep(0 if self.ready else wait)
        count = min(at_most, len(self.ready))
        taken = [Delivery(*self.ready.popleft(), handle=self) for _ in range(count)]
        self.unsettled += taken
        if taken:
            self.deeds.append(f"take {len(taken)}")
            self.on_take()
        return taken

    async def acknowledge(self, deliveries: Sequence[Delivery]) -> None:
        for delivery in deliveries:
            if delivery in self.unsettled:
                self.unsettled.remove(delivery)
                self.deeds.append(f"acknowledge {delivery.body.decode()}")

    async def bury(self, delivery: Delivery, why: str) -> None:
        self.dead.append((delivery.body, why))
        self.deeds.append(f"bury {delivery.body.decode()}")
        await asyncio.sleep(0)
        self.unsettled.remove(delivery)

    async def drained(self) -> bool:
        if self.late:  # It was on its way while the queue looked empty.
            self.lies -= 1
            if self.lies <= 0:
                self.ready.extend(self.late)
                self.late.clear()
            return True
        return not self.ready and not self.unsettled


@dataclass
class MemoryRoll:
    """An inflow's Roll: `rows` by identity. `gate` holds each enlisting up until it is set."""

    deeds: list[str]
    rows: dict[str, Request] = field(default_factory=dict)
    gate: asyncio.Event | None = None
    failure: Exception | None = None

    async def enlist(self, requests: Sequence[Request]) -> None:
        if self.gate is not None:
            await self.gate.wait()
        if self.failure is not None:
            raise self.failure
        for request in requests:
            self.rows.setdefault(request.id, request)
        self.deeds.append(f"enlist {len(requests)}")
