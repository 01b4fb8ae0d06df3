"""Customers as they arrive: messages taken from an inbox, enlisted, and only then acknowledged.

Decides the order that nothing is lost by, and when the queue is over. It knows nothing of what a message means
(`parse` does), and works no customer off.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from worker.core.customer import Rejected
from worker.core.request import Request
from worker.ports import Delivery, Inbox

LOOKS = 3
"""How often in a row, with an empty take in between, the inbox must say that it is drained: one look can be too early,
as a message may be on its way while it is neither in the queue nor here."""


@dataclass(frozen=True, slots=True)
class Taking:
    """How messages are taken: `at_most` at once, each take waiting so many seconds.

    A stop is noticed after one `wait`. With `until_empty` a drained inbox ends it; else it stands.
    """

    at_most: int = 100
    until_empty: bool = False
    wait: float = 0.5


class Roll(Protocol):
    """The part of a ledger that customers are added to while a run goes on."""

    async def enlist(self, requests: Sequence[Request]) -> None:
        """Add them durably, as `Ledger.enlist` says; one may stand in a batch twice."""


class Inflow:
    """One owner of one inbox. `came` is called when rows are new; `stopping` is asked whether the run ends."""

    def __init__(
        self,
        inbox: Inbox,
        ledger: Roll,
        parse: Callable[[Delivery], Request],
        came: Callable[[], None],
        *,
        stopping: Callable[[], bool],
        taking: Taking,
    ) -> None:
        self._inbox = inbox
        self._ledger = ledger
        self._parse = parse
        self._came = came
        self._stopping = stopping
        self._taking = taking
        self._open = True

    @property
    def open(self) -> bool:
        """Whether customers may still arrive: until then nobody may believe that none is left."""
        return self._open

    async def pour(self) -> None:
        """Take until the queue is over or the run ends; what was taken and not enlisted stays unacknowledged.

        What the ledger and the inbox raise (74, 69) goes through. Whichever way it ends, `came` is called once more
        after `open` has become False, so that whoever waits for customers looks again.
        """
        try:
            await self._take_all()
        finally:
            self._open = False
            self._came()

    async def _take_all(self) -> None:
        looks = 0
        while not self._stopping() and looks < LOOKS:
            deliveries = await self._inbox.take(self._taking.at_most, self._taking.wait)
            if deliveries:
                looks = 0
                await self._enlist(deliveries)
            elif self._taking.until_empty:
                looks = looks + 1 if await self._inbox.drained() else 0

    async def _enlist(self, deliveries: Sequence[Delivery]) -> None:
        """Durable first; then the good ones leave the queue, and the others go among the dead letters."""
        read = [(delivery, self._parse(delivery)) for delivery in deliveries]
        if self._stopping():
            return
        await self._ledger.enlist([request for _, request in read])
        self._came()
        await self._inbox.acknowledge([each for each, request in read if not isinstance(request.number, Rejected)])
        for delivery, request in read:
            # Each waits for a confirmation; what a stop leaves here comes again, and is known already.
            if isinstance(request.number, Rejected) and not self._stopping():
                await self._inbox.bury(delivery, request.number.why)
