"""A person at the broker: makes queues, puts messages in, looks what is there. Connects anew for each deed.

Decides nothing, and knows nothing of the worker: a restart of the broker in between does not matter to it.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Self
from uuid import uuid4

import aio_pika
import aiormq
from aio_pika.abc import AbstractChannel, AbstractIncomingMessage

from tests.brokers import Reach
from worker.sources.queue_url import Credentials, QueueAddress, QueueOptions

QUICK = QueueOptions(prefetch=100, outage_budget=60.0, answer_timeout=10.0, heartbeat=2)
"""For tests: what is gone is noticed soon."""


class _NoUtf8(str):
    """A text that goes over the wire as bytes which are no UTF-8."""

    __slots__ = ()

    def encode(self, encoding: str = "utf-8", errors: str = "strict") -> bytes:
        return b"\xff\xfe"


class Hand:
    """Opened by `async with`; the queues that it made are removed at the end."""

    def __init__(self, reach: Reach) -> None:
        self.reach = reach
        self.login = Credentials(reach.user, reach.password)
        self._made: list[tuple[str, str]] = []

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        for vhost, name in self._made:
            async with self._channel(vhost) as channel:
                await channel.queue_delete(name)
                await channel.queue_delete(f"{name}.dead")

    async def make(
        self,
        kind: str = "classic",
        *,
        vhost: str | None = None,
        durable: bool = True,
        name: str | None = None,
        arguments: Mapping[str, str | int] | None = None,
    ) -> QueueAddress:
        """A new queue."""
        name = name or f"amili-{uuid4().hex}"
        vhost = vhost or self.reach.vhost
        async with self._channel(vhost) as channel:
            await channel.declare_queue(name, durable=durable, arguments={"x-queue-type": kind, **(arguments or {})})
        self._made.append((vhost, name))
        return QueueAddress(secure=False, host=self.reach.host, port=self.reach.port, vhost=vhost, queue=name)

    async def put(self, address: QueueAddress, *bodies: str | bytes, ids: Sequence[str] = ()) -> None:
        """Messages into a queue, confirmed; with `ids` each has its own."""
        async with self._channel(address.vhost) as channel:
            for place, body in enumerate(bodies):
                letter = aio_pika.Message(
                    body if isinstance(body, bytes) else body.encode(),
                    message_id=ids[place] if ids else f"id-{place}",
                    headers={"by": "hand"},
                    delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
                )
                await channel.default_exchange.publish(letter, routing_key=address.queue)

    async def put_unreadable(self, address: QueueAddress) -> None:
        """A message whose id is no UTF-8, as a careless client in another language could send it."""
        async with self._channel(address.vhost) as channel:
            wire = await channel.get_underlay_channel()
            properties = aiormq.spec.Basic.Properties(message_id=_NoUtf8("x"), delivery_mode=2)
            await wire.basic_publish(b"1", routing_key=address.queue, properties=properties)

    async def count(self, address: QueueAddress, *, dead: bool = False) -> int:
        """How many messages are ready."""
        async with self._channel(address.vhost) as channel:
            queue = await channel.declare_queue(address.dead if dead else address.queue, passive=True)
            return queue.declaration_result.message_count or 0

    async def settled_count(self, address: QueueAddress, wanted: int, *, dead: bool = False) -> int:
        """The count, once it is as wanted or has had ten seconds to become so."""
        for _ in range(100):
            if await self.count(address, dead=dead) == wanted:
                return wanted
            await asyncio.sleep(0.1)
        return await self.count(address, dead=dead)

    async def all_of(self, name: str, vhost: str | None = None) -> list[AbstractIncomingMessage]:
        """All messages of a queue, which is empty afterwards."""
        found = []
        async with self._channel(vhost or self.reach.vhost) as channel:
            queue = await channel.declare_queue(name, passive=True)
            while (message := await queue.get(fail=False)) is not None:
                await message.ack()
                found.append(message)
        return found

    async def is_of_kind(self, name: str, kind: str) -> bool:
        """Whether a queue is durable and of this kind: another declaration would be refused."""
        async with self._channel(self.reach.vhost) as channel:
            try:
                await channel.declare_queue(name, durable=True, arguments={"x-queue-type": kind})
            except aio_pika.exceptions.ChannelPreconditionFailed:
                return False
            return True

    async def remove(self, name: str) -> None:
        """A queue goes, with all that is in it."""
        async with self._channel(self.reach.vhost) as channel:
            await channel.queue_delete(name)

    @asynccontextmanager
    async def _channel(self, vhost: str) -> AsyncIterator[AbstractChannel]:
        connection = await aio_pika.connect(
            host=self.reach.host,
            port=self.reach.port,
            login=self.reach.user,
            password=self.reach.password,
            virtualhost=vhost,
        )
        async with connection, connection.channel() as channel:
            yield channel
