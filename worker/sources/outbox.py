"""Messages into a queue, each confirmed by the broker.

Decides what is sent again: everything that was not confirmed, as a request that comes twice is one request. It never
makes the queue, and never reports a message as sent that the broker has not on its disk.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from worker.errors import OutOfReach
from worker.sources.queue_url import Credentials, QueueAddress, QueueOptions
from worker.sources.rabbitmq import keeper_of

if TYPE_CHECKING:
    from worker.sources.keeping import Keeper


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message: JSON in UTF-8, and its message id."""

    body: bytes
    message_id: str


class Outbox:
    """The way into one queue, opened by `Outbox.open`."""

    def __init__(self, keeper: "Keeper") -> None:
        self._keeper = keeper

    @classmethod
    @asynccontextmanager
    async def open(
        cls, address: QueueAddress, credentials: Credentials, options: QueueOptions
    ) -> "AsyncIterator[Outbox]":
        """Connect, for as long as the context lasts; it fails as `RabbitMq.open` does."""
        keeper = keeper_of()(address, credentials, options, consume=False)
        async with keeper:
            yield cls(keeper)

    async def publish(self, messages: Sequence[Outgoing]) -> None:
        """Put all of them on the queue, persistent; returns once each is confirmed.

        `OutOfReach` if the broker is gone, or confirms nothing, for longer than the outage budget, and if it refuses.
        """
        left, now = list(messages), asyncio.get_running_loop().time
        confirmed_at = now()
        while left:
            link = await self._keeper.linked()
            sent = await link.publish_all(self._keeper.address.queue, [(m.body, m.message_id) for m in left])
            if any(sent):
                confirmed_at = now()
            left = [message for message, ok in zip(left, sent, strict=True) if not ok]
            if left and now() - confirmed_at >= self._keeper.options.outage_budget:
                raise OutOfReach(f"the queue {self._keeper.address} confirms no message", "Run the same command again.")
