"""MANY customers: claim them, work them off with bounded consumers, and come to one end.

Decides how many are in flight, in which order they are taken up, and when nothing more can come. It knows nothing of
one customer's steps, and no consumer's failure goes unnoticed: what is not foreseen ends the run with 70.
"""

import asyncio
from collections import deque
from collections.abc import Coroutine
from contextlib import suppress

from worker.core.guards import Stop, broken
from worker.deletion import Deletion
from worker.errors import CommandFailed
from worker.inflow import Inflow
from worker.oversight import Oversight
from worker.ports import Claim, Ledger, Observer, Work
from worker.vouching import Vouching

_LOOK_AGAIN = 0.5
"""Seconds until an empty list is looked at again, while customers may still come or come back."""


class Campaign:
    """One run over the open customers of a campaign."""

    def __init__(
        self, ledger: Ledger, deletion: Deletion, vouching: Vouching, oversight: Oversight, observer: Observer
    ) -> None:
        self.inflow: Inflow | None = None
        """Where customers come from while the run goes on, if they do."""
        self._came = asyncio.Event()
        self._clock = oversight.clock
        self._ledger = ledger
        self._deletion = deletion
        self._vouching = vouching
        self._oversight = oversight
        self._observer = observer
        self._claims: deque[Claim] = deque()
        self._one_claimer = asyncio.Lock()
        self._in_hand: dict[str, float] = {}
        """Since when (monotonic s) each customer is worked on."""

    @property
    def in_flight(self) -> int:
        """How many customers are worked on at this moment."""
        return len(self._in_hand)

    @property
    def oldest(self) -> tuple[str, float] | None:
        """The customer that has been worked on for longest, and since when (monotonic s)."""
        # Read from a display's thread while the run goes on: a copy cannot change under the loop.
        return min(dict(self._in_hand).items(), key=lambda each: each[1], default=None)

    async def work_off(self, work: Work, *, concurrency: int) -> Stop | None:
        """Settle what is open; why the run ended early, or None. As many coroutines as `concurrency`."""
        await self._noticed(self._vouching.begin())
        async with asyncio.TaskGroup() as group:
            if self.inflow is not None:
                group.create_task(self._noticed(self.inflow.pour()))
            for _ in range(concurrency):
                group.create_task(self._noticed(self._consume(work, concurrency)))
        await self._noticed(self._vouching.finish())
        return self._oversight.stop

    async def _consume(self, work: Work, ahead: int) -> None:
        while (claim := await self._next(work, ahead)) is not None:
            await self._one(claim)

    async def _noticed(self, part: Coroutine[object, object, None]) -> None:
        """Do one part of the run; whatever makes it fail ends the run with a reason."""
        try:
            await part
        except CommandFailed as failure:
            self._oversight.halt(Stop(failure.code, type(failure).__name__, str(failure), failure.advice))
        except Exception as bug:  # noqa: BLE001 - the border of one customer: nothing unforeseen may pass it
            said, where = self._oversight.terms.spoken(bug), None if self._oversight.terms.pseudonyms else bug
            self._observer.told("bug", error=type(bug).__name__, detail=said, exc_info=where)
            self._oversight.halt(broken(said))

    async def _one(self, claim: Claim) -> None:
        called = self._oversight.terms.called(claim.number.text)
        self._in_hand[called] = self._clock.now()
        try:
            await self._deletion.settle(claim)
        finally:
            del self._in_hand[called]

    def came(self) -> None:
        """There are customers that were not there before: whoever waits looks again."""
        self._came.set()

    async def _next(self, work: Work, ahead: int) -> Claim | None:
        async with self._one_claimer:
            while self._oversight.stop is None:
                # Asked before the claim: what comes in between, and is the last, must not be overlooked.
                coming = self.inflow is not None and self.inflow.open
                if not self._claims:
                    spread = self._oversight.belief.spread
                    self._claims.extend(await self._ledger.claim(work, count=ahead, spread=spread))
                if self._claims:
                    return self._claims.popleft()
                if not coming and not await self._ledger.others_at_work():
                    return None
                await self._vouching.rest()
                await self._wait()
            return None

    async def _wait(self) -> None:
        """Until customers have come, or a moment has passed in which another worker may have let go of some."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_LOOK_AGAIN):
                await self._came.wait()
        self._came.clear()
