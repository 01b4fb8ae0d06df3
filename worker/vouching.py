"""Who vouches for a 404: holds the unbelieved ones, reads the sentinel, releases or gives up.

Decides nothing of its own: `core.belief` says when. It knows nothing of one customer's further way, and it never
settles anybody who was not held.
"""

import asyncio
from typing import assert_never

from worker.asking import Asking
from worker.core.belief import Close, at_the_end
from worker.core.customer import CustomerNo
from worker.core.guards import nobody_exists, sentinel_lost
from worker.core.lifecycle import Verdict
from worker.core.replies import Kind, Meaning
from worker.core.steps import Priority
from worker.oversight import Oversight
from worker.ports import Held, Ledger, Observer

_BELIEVED = Held(Verdict.ALREADY_ABSENT, "http_404")
_DISBELIEVED = Held(Verdict.UNCHECKED, "customer:http_404_not_believed")


class Vouching:
    """Believes and disbelieves the 404s of a run."""

    def __init__(
        self, asking: Asking, ledger: Ledger, oversight: Oversight, observer: Observer, *, named: CustomerNo | None
    ) -> None:
        self._asking = asking
        self._ledger = ledger
        self._oversight = oversight
        self._observer = observer
        self._named = named
        self._one_reader = asyncio.Lock()
        self._rested_at = 0

    def names(self, number: CustomerNo) -> bool:
        """Whether this is the customer that the settings name as the sentinel."""
        return self._named is not None and self._named.key == number.key

    async def begin(self) -> None:
        """A named sentinel is read before anything else."""
        if self._named is not None and not await self._read(self._named):
            self._oversight.halt(sentinel_lost(self._oversight.terms.called(self._named.text)))

    async def found(self) -> None:
        """A GET customer answered 200: the 404s that are held are believed now."""
        held = self._oversight.belief.row
        self._oversight.belief = self._oversight.belief.found()
        if held:
            await self._release(_BELIEVED)

    async def held(self) -> None:
        """One more 404 is held: perhaps it is time to read the sentinel, or to see that nobody exists."""
        belief = self._oversight.belief = self._oversight.belief.missing()
        if belief.wants_sentinel:
            await self._consult()
        if self._oversight.belief.nobody:
            self._oversight.halt(nobody_exists(self._oversight.belief.row))

    async def _consult(self) -> None:
        async with self._one_reader:
            if not self._oversight.belief.row or self._oversight.stop is not None:
                return
            sentinel = self._named or await self._ledger.sentinel()
            while sentinel is not None and not await self._read(sentinel):
                # A sentinel of our own choosing may have been deleted by us while it was asked for.
                other = None if self._named else await self._ledger.sentinel()
                if other is None or other == sentinel:
                    self._oversight.halt(sentinel_lost(self._oversight.terms.called(sentinel.text)))
                    return
                sentinel = other

    async def _read(self, sentinel: CustomerNo) -> bool:
        """Whether the sentinel is not known to be lost: found, or not asked because the run ends."""
        reply = (await self._asking.read(Kind.GET_CUSTOMER, sentinel, Priority.READ_BACK)).reply
        if reply is None or self._oversight.stop is not None:
            return True
        if reply.meaning is Meaning.PRESENT:
            await self.found()
        return reply.meaning is Meaning.PRESENT

    async def rest(self) -> None:
        """Nothing is left for the moment: ask the sentinel once, so that what is held need not wait for more."""
        row = self._oversight.belief.row
        if row and row != self._rested_at:
            self._rested_at = row
            await self._consult()

    async def finish(self) -> None:
        """The list is worked off, or the run was stopped: what is still held ends here."""
        if not self._oversight.belief.row:
            return
        if self._oversight.stop is None and not self._oversight.belief.seen:
            await self._consult()
        await self._close()

    async def _close(self) -> None:
        belief, stop = self._oversight.belief, self._oversight.stop
        if not belief.row:
            return
        if stop is not None:
            # What a lost sentinel or a list of ghosts leaves behind was asked and not believed; what any other
            # stop leaves behind is simply not reached yet.
            if stop.why in ("sentinel_lost", "nobody_exists"):
                await self._release(_DISBELIEVED)
            return
        close = at_the_end(belief)
        match close:
            case Close.BELIEVE:
                await self._release(_BELIEVED)
            case Close.UNCHECKED:
                self._observer.told("absence_not_believed", held=belief.row, advice='name a sentinel = "NUMBER"')
                await self._release(_DISBELIEVED)
            case Close.NOBODY:
                self._oversight.halt(nobody_exists(belief.row))
                await self._release(_DISBELIEVED)
            case _:
                assert_never(close)

    async def _release(self, held: Held) -> None:
        while records := await self._ledger.release_held(held):
            self._observer.recorded(records)
            for _ in records:
                self._oversight.ended(held.verdict, held.reason)
