"""One connection to a broker, from its opening to its end.

Decides what the broker's refusals mean: a queue that is not there, a login that is not taken, or only a connection
that broke off and may come back (`Lost`). It never reconnects; whoever holds a link asks for another one.
"""

import asyncio
import ssl
from collections import deque
from collections.abc import Awaitable, Collection, Sequence
from typing import Final, Self, TypeVar

import aio_pika
from aio_pika.abc import AbstractChannel, AbstractConnection
from aio_pika.exceptions import CONNECTION_EXCEPTIONS, DeliveryError, PublishError
from aiormq.abc import AbstractChannel as WireChannel
from aiormq.abc import DeliveredMessage

from worker.core.customer import shown
from worker.errors import CommandFailed, OutOfReach, SettingsWrong
from worker.sources.declaring import declare_dead, look_up, meaning_of
from worker.sources.queue_url import Credentials, QueueAddress, QueueOptions

T = TypeVar("T")

FAILURES: Final = (*CONNECTION_EXCEPTIONS, ValueError)
"""What the library raises when a connection ends; a ValueError is a frame that it cannot decode."""

_LONG_ENOUGH: Final = 5.0
"""Seconds after which a connection on which nothing came was a good one all the same."""

_CLOSING: Final = 2.0  # seconds


class Lost(Exception):
    """The connection is gone, or could not be made; `str()` says why, and another one may do better."""


class Link:
    """An open connection with one channel. `waiting` are messages that came and nobody has taken yet."""

    def __init__(self, address: QueueAddress, options: QueueOptions) -> None:
        self.waiting: deque[DeliveredMessage] = deque()
        self.why_lost: str | None = None
        self._stirred, self._over = asyncio.Event(), asyncio.Event()
        self._address = address
        self._options = options
        self._unsettled: dict[int, DeliveredMessage] = {}
        self._opened_at = asyncio.get_running_loop().time()
        self._served = False
        self._connection: AbstractConnection | None = None
        self._channel: AbstractChannel | None = None
        self._wire: WireChannel | None = None

    @classmethod
    async def open(cls, address: QueueAddress, login: Credentials, options: QueueOptions, *, consume: bool) -> Self:
        """Connect, see that the queue is there, and with `consume` have its messages sent.

        `Lost` if that may work later; `SettingsWrong` (78) and `InputWrong` (65) if it will not.
        """
        link = cls(address, options)
        try:
            await link._ask(link._connect(login))
            await link._ask(link._prepare(consume=consume))
        except BaseException:
            await link.close()
            raise
        return link

    @property
    def served(self) -> bool:
        """Whether this connection was of use: something came or was confirmed, or it held for a while."""
        return self._served or asyncio.get_running_loop().time() - self._opened_at >= _LONG_ENOUGH

    @property
    def unsettled(self) -> Collection[DeliveredMessage]:
        """What came on it and is not acknowledged."""
        return self._unsettled.values()

    async def acknowledge(self, *messages: DeliveredMessage) -> None:
        """Take them off the queue; on a connection that is gone nothing happens, and they come again."""
        tags = [message.delivery_tag for message in messages if message.delivery_tag in self._unsettled]
        for place, tag in enumerate(tags, start=1):
            if self._wire is None or self.why_lost is not None or tag is None:
                return
            try:
                # Only the last one waits until it has left: it left after all others.
                await self._ask(self._wire.basic_ack(tag, wait=place == len(tags)))
            except Lost:
                return
            self._unsettled.pop(tag, None)

    async def bury(self, message: DeliveredMessage, headers: dict[str, str]) -> str | None:
        """Publish it among the dead letters, then acknowledge it; why it was refused, or None.

        If the connection goes meanwhile nothing is acknowledged, and the message comes again.
        """
        dead = _letter(message, headers)
        try:
            try:
                await self._publish(self._address.dead, dead)
            except PublishError:  # Somebody has removed the queue meanwhile.
                await self._ask(declare_dead(self._open_connection(), self._address))
                await self._publish(self._address.dead, dead)
        except DeliveryError as refused:
            return _told(refused)
        except Lost:
            return None
        await self.acknowledge(message)
        return None

    async def publish_all(self, queue: str, messages: Sequence[tuple[bytes, str]]) -> list[bool]:
        """Put bodies with their message ids on a queue, persistent; which of them the broker has on its disk.

        `OutOfReach` if it refuses one: the queue is gone, or full.
        """
        letters = [
            aio_pika.Message(
                body, message_id=name, content_type="application/json", delivery_mode=aio_pika.DeliveryMode.PERSISTENT
            )
            for body, name in messages
        ]
        results = await asyncio.gather(*(self._publish(queue, each) for each in letters), return_exceptions=True)
        for result in results:
            if isinstance(result, DeliveryError):
                raise OutOfReach(f"the queue {shown(queue)} takes no message: {_told(result)}", "Is it gone, or full?")
            if isinstance(result, BaseException) and not isinstance(result, Lost):
                raise result
        return [result is None for result in results]

    async def counts(self) -> tuple[int, int] | None:
        """How many messages are ready in the queue, and how many consumers it has; None if the link is lost."""
        try:
            found = await self._ask(self._open_wire().queue_declare(self._address.queue, passive=True))
        except (Lost, CommandFailed):  # A queue that was removed is for the next link to find out.
            return None
        return found.message_count or 0, found.consumer_count or 0

    async def stir(self) -> None:
        """Wait until something is waiting, or the link is lost."""
        self._stirred.clear()
        if not self.waiting and self.why_lost is None:
            await self._stirred.wait()

    async def lost(self) -> str:
        """Wait until the link is lost; why."""
        await self._over.wait()
        return self.why_lost or ""

    async def close(self) -> None:
        """Hang up; what is not acknowledged goes back to the queue."""
        self.lose("closed by us")
        if self._connection is None:
            return
        try:
            async with asyncio.timeout(_CLOSING):
                await self._connection.close()
        except FAILURES:
            return

    def lose(self, why: str) -> None:
        """From now on nothing is sent or believed any more; the first reason stays."""
        if self.why_lost is None:
            self.why_lost = why
        self._stirred.set()
        self._over.set()

    async def _publish(self, queue: str, message: aio_pika.Message) -> None:
        """Returns when the broker has it on its disk; `DeliveryError` if it does not take it, `Lost`."""
        wire = self._open_wire()
        await self._ask(
            wire.basic_publish(message.body, routing_key=queue, properties=message.properties, mandatory=True)
        )
        self._served = True

    async def _connect(self, login: Credentials) -> None:
        self._connection = await aio_pika.connect(
            host=self._address.host,
            port=self._address.port,
            login=login.user,
            password=login.password,
            virtualhost=self._address.vhost,
            ssl=self._address.secure,
            ssl_context=_trust(self._options) if self._address.secure else None,
            client_properties={"connection_name": "amili-purge"},
            heartbeat=self._options.heartbeat,
        )

    async def _prepare(self, *, consume: bool) -> None:
        connection = self._open_connection()
        await look_up(connection, self._address)
        if consume:
            await declare_dead(connection, self._address)
        self._channel = await connection.channel(publisher_confirms=True, on_return_raises=True)
        self._wire = wire = await self._channel.get_underlay_channel()
        for closing in (wire.closing, wire.connection.closing):
            closing.add_done_callback(self._closed)
        wire.on_consumer_cancel_callbacks.add(self._cancelled)
        if consume:
            await wire.basic_qos(prefetch_count=self._options.prefetch)
            await wire.basic_consume(self._address.queue, self._came)

    def _open_connection(self) -> AbstractConnection:
        if self._connection is None or self.why_lost is not None:
            raise Lost(self.why_lost or "there is no connection")
        return self._connection

    def _open_wire(self) -> WireChannel:
        if self._wire is None or self.why_lost is not None:
            raise Lost(self.why_lost or "there is no connection")
        return self._wire

    async def _came(self, message: DeliveredMessage) -> None:
        if message.delivery_tag is not None and self.why_lost is None:
            self._unsettled[message.delivery_tag] = message
            self.waiting.append(message)
            self._served = True
            self._stirred.set()

    def _closed(self, closing: "asyncio.Future[object]") -> None:
        error = None if closing.cancelled() else closing.exception()
        self.lose(_told(error) if error is not None else "the connection was closed")

    async def _cancelled(self, _frame: object) -> None:
        self.lose("the broker took the queue away")

    async def _ask(self, work: Awaitable[T]) -> T:
        """One thing asked of the broker, within the time for answers; however the library puts it, it failed."""
        try:
            async with asyncio.timeout(self._options.answer_timeout):
                return await work
        except DeliveryError:
            raise
        except FAILURES as error:
            refusal = meaning_of(error, self._address)
            if refusal is not None:
                raise refusal from error
            why = "no answer in time" if isinstance(error, TimeoutError) else _told(error)
        except asyncio.CancelledError:
            # The library also cancels whoever waits on a connection that got stuck.
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                raise
            why = "the connection got stuck"
        self.lose(why)
        raise Lost(why)


def _letter(message: DeliveredMessage, headers: dict[str, str]) -> aio_pika.Message:
    """The message once more, as it came, with further headers; it outlives a restart of the broker."""
    came = message.header.properties
    return aio_pika.Message(
        message.body,
        headers={**(came.headers or {}), **headers},
        content_type=came.content_type,
        content_encoding=came.content_encoding,
        message_id=came.message_id,
        delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
    )


def _trust(options: QueueOptions) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=options.ca_file)
    except OSError:  # ssl.SSLError is one
        raise SettingsWrong(f"ca_file {options.ca_file} cannot be read as PEM certificates") from None


def _told(error: BaseException) -> str:
    """What went wrong, in one bounded line."""
    return shown(str(error) or type(error).__name__, 200)
