"""Customers from RabbitMQ: messages taken, acknowledged, buried among the dead letters.

Decides what is of the queue and what of a connection: a message belongs to the connection that it came on, and is
nobody's once that is gone. It never looks into a body. The library is an extra, and is loaded only here.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from worker.errors import OutOfReach, SettingsWrong
from worker.ports import Delivery, Observer
from worker.sources.queue_url import Credentials, QueueAddress, QueueOptions

if TYPE_CHECKING:
    from aiormq.abc import DeliveredMessage

    from worker.sources.keeping import Keeper
    from worker.sources.link import Link

WHY: Final = "x-amili-why"
"""Header of a dead letter: why it is no request that we take."""

_HEARTBEATS_MISSED: Final = 3
_FAILED: Final = 3
"""Dead letters in a row whose confirmation did not come."""


@dataclass(frozen=True, slots=True)
class _Handle:
    """A message, and the connection that it came on."""

    link: "Link"
    message: "DeliveredMessage"


class RabbitMq:
    """The port's Inbox on one durable queue, classic or quorum. One owner calls it, one call at a time."""

    def __init__(self, keeper: "Keeper") -> None:
        self._keeper = keeper
        self._failing_since: float | None = None
        self._failed = 0

    @classmethod
    @asynccontextmanager
    async def open(
        cls, address: QueueAddress, credentials: Credentials, options: QueueOptions, observer: Observer | None = None
    ) -> "AsyncIterator[RabbitMq]":
        """Connect, for as long as the context lasts; `observer` hears of connections lost and found.

        `InputWrong` if there is no such queue, `SettingsWrong` for login, virtual host, certificates or a library that
        is not installed, `OutOfReach` if no broker answers within the outage budget.
        """
        keeper = keeper_of()(address, credentials, options, consume=True, observer=observer)
        async with keeper:
            yield cls(keeper)

    async def take(self, at_most: int, wait: float) -> list[Delivery]:
        """Up to so many messages that are there; [] when none came within `wait` seconds."""
        try:
            async with asyncio.timeout(wait):
                link = await self._keeper.linked()
                while not link.waiting:
                    await link.stir()
                    link = await self._keeper.linked()
        except TimeoutError:
            return []
        messages = [link.waiting.popleft() for _ in range(min(at_most, len(link.waiting)))]
        for message in messages:
            self._keeper.came_again(message)
        return [_delivery(link, message) for message in messages]

    async def acknowledge(self, deliveries: Sequence[Delivery]) -> None:
        """They are durable. One of a connection that is gone is passed over: it will come again."""
        by_link: dict[Link, list[DeliveredMessage]] = {}
        for delivery in deliveries:
            handle = _handle(delivery)
            by_link.setdefault(handle.link, []).append(handle.message)
        for link, messages in by_link.items():
            await link.acknowledge(*messages)

    async def bury(self, delivery: Delivery, why: str) -> None:
        """Publish it to QUEUE.dead, have that confirmed, and only then acknowledge it.

        Of a connection that is gone nothing is published: the message will come again. One that goes while the
        confirmation is on its way can leave two copies. `OutOfReach` if the dead letters' queue takes nothing.
        """
        handle = _handle(delivery)
        failure = await handle.link.bury(handle.message, {WHY: why})
        if failure is None:
            failure = self._judged(lost=handle.link.why_lost is not None)
        if failure is not None:
            raise OutOfReach(
                f"the queue {self._keeper.address.dead} takes no message: {failure}",
                "The message stays where it was. Look at that queue's limits, rights and leader.",
            )

    def _judged(self, *, lost: bool) -> str | None:
        """A connection may go once while a dead letter is confirmed; one after the other is no accident."""
        now = asyncio.get_running_loop().time()
        if not lost:
            self._failing_since, self._failed = None, 0
            return None
        self._failing_since, self._failed = self._failing_since or now, self._failed + 1
        too_long = now - self._failing_since >= self._keeper.options.outage_budget
        return "nothing is confirmed" if too_long and self._failed >= _FAILED else None

    async def drained(self) -> bool:
        """Whether nothing is ready, and nothing of ours is unacknowledged.

        Of a quorum queue without a leader the broker says that it has no messages and no consumers; but we are one. And
        after a lost connection it may take that for alive for a while: a second consumer may be our own ghost, and hold
        what came on it. It is waited for through three heartbeats, or the outage budget if something is owed to us;
        after that another worker has it.
        """
        keeper = self._keeper
        link = keeper.link
        if link is None or link.unsettled:
            return False
        counts = await link.counts()
        if counts is None or link.unsettled:
            return False
        ready, consumers = counts
        return ready == 0 and (consumers == 1 or (consumers > 1 and self._no_ghosts()))

    def _no_ghosts(self) -> bool:
        keeper = self._keeper
        wait = keeper.options.outage_budget if keeper.owed else _HEARTBEATS_MISSED * keeper.options.heartbeat
        return keeper.links == 1 or asyncio.get_running_loop().time() - keeper.lost_at >= wait


def keeper_of() -> "type[Keeper]":
    """What keeps a connection; `SettingsWrong` (78) if the library for it is not installed."""
    try:
        from worker.sources.keeping import Keeper
    except ImportError as error:
        raise SettingsWrong(
            f"queues need a package that is not installed ({error.name})", "in the clone: pip install '.[amqp]'"
        ) from None
    return Keeper


def _delivery(link: "Link", message: "DeliveredMessage") -> Delivery:
    return Delivery(message.body, message.header.properties.message_id, _Handle(link, message))


def _handle(delivery: Delivery) -> _Handle:
    if not isinstance(delivery.handle, _Handle):
        raise TypeError("this delivery is not of a RabbitMq")
    return delivery.handle
