"""A link to a broker for as long as one is needed: made anew whenever it is lost, until the broker is gone too long.

Decides how long to wait before the next try, and when to give up. One task owns the link; whoever needs it asks here
each time, and never holds on to one that was lost.
"""

import asyncio
import random
from collections.abc import Callable
from typing import Self

from aiormq.abc import DeliveredMessage

from worker.core.retry import Patience
from worker.errors import CommandFailed, OutOfReach
from worker.ports import Observer
from worker.sources.link import Link, Lost
from worker.sources.queue_url import Credentials, QueueAddress, QueueOptions

_PATIENCE = Patience(base=0.2, longest=5.0)


def key_of(message: DeliveredMessage) -> tuple[str | None, bytes]:
    """By which a message is known when it comes again: the broker numbers it anew on each connection."""
    return message.header.properties.message_id, message.body


class Keeper:
    """Opened by `async with`, which fails as the first link does: `SettingsWrong`, `InputWrong`, `OutOfReach`.

    Later on every refusal counts as an outage, as those two say that nothing was done. `consume` has messages sent.
    """

    def __init__(
        self,
        address: QueueAddress,
        login: Credentials,
        options: QueueOptions,
        *,
        consume: bool,
        observer: Observer | None = None,
        dice: Callable[[], float] = random.random,
    ) -> None:
        self.address = address
        self.options = options
        self.links = 0
        """How many connections there have been."""
        self.lost_at = 0.0
        """When the last of them was lost; in the loop's seconds."""
        self.owed: set[tuple[str | None, bytes]] = set()
        """Message ids and bodies of what came on lost connections, was not acknowledged, and has not come again."""
        self._login = login
        self._consume = consume
        self._observer = observer
        self._dice = dice
        self._link: Link | None = None
        self._failure: CommandFailed | None = None
        self._changed = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._keep(), name="queue")
        self._task.add_done_callback(lambda _: self._change())
        try:
            await self.linked()
        except BaseException:
            await self.__aexit__()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        if self._link is not None:
            await self._link.close()

    @property
    def link(self) -> Link | None:
        """The link, if there is one at this moment; raises once it has been given up."""
        if self._failure is not None:
            raise self._failure
        if self._task is not None and self._task.done():
            self._task.result()  # A bug, or the end: nobody may wait for a link that nobody makes.
        return None if self._link is None or self._link.why_lost is not None else self._link

    async def linked(self) -> Link:
        """The link, as soon as there is one."""
        while (link := self.link) is None:
            await self._changed.wait()
        return link

    def came_again(self, message: DeliveredMessage) -> None:
        """It is here: nobody else holds it for us."""
        self.owed.discard(key_of(message))

    async def _keep(self) -> None:
        """Make links until one fails for good; whoever waits for one is told."""
        now = asyncio.get_running_loop().time
        gone_since, misses = now(), 0
        while True:
            why = await self._hold()
            if self._link is not None and self._link.served:
                gone_since, misses = now(), 0
            gone, self._link = now() - gone_since, None
            self._failure = why if isinstance(why, CommandFailed) else self._given_up(why, gone)
            if self._failure is not None:
                return
            await asyncio.sleep(min(_PATIENCE.wait(misses, self._dice()), self.options.outage_budget - gone))
            misses += 1

    async def _hold(self) -> str | CommandFailed:
        """Make one link, and wait until it is lost. Why it was, or could not be made, or what makes trying vain."""
        try:
            self._link = await Link.open(self.address, self._login, self.options, consume=self._consume)
        except Lost as lost:
            return self._told("queue_out_of_reach", str(lost))
        except CommandFailed as refused:
            return self._told("queue_out_of_reach", str(refused)) if self.links else refused
        self.links += 1
        self._change()
        if self.links > 1:
            self._told("queue_found", "")
        why = await self._link.lost()
        self.lost_at = asyncio.get_running_loop().time()
        self.owed |= {key_of(message) for message in self._link.unsettled}
        await self._link.close()
        return self._told("queue_lost", why)

    def _given_up(self, why: str, gone: float) -> OutOfReach | None:
        if gone < self.options.outage_budget:
            return None
        return OutOfReach(
            f"the queue {self.address} is out of reach: {why}",
            f"It was tried for {self.options.outage_budget:g} s (outage_budget). What is not acknowledged stays in it.",
        )

    def _told(self, event: str, why: str) -> str:
        if self._observer is not None:
            self._observer.told(event, queue=str(self.address), **({"why": why} if why else {}))
        return why

    def _change(self) -> None:
        """Let everybody who waits for a link look again."""
        self._changed.set()
        self._changed = asyncio.Event()
