"""What people order of a campaign reaches its worker, and what ends one worker reaches the others.

Decides nothing of its own: it tells the ledger that this worker lives, learns what was ordered, and hands that to pace
and oversight. It sends no request.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from worker.core.guards import Stop
from worker.core.orders import Orders, for_all
from worker.core.values import replace
from worker.errors import CommandFailed
from worker.oversight import Oversight
from worker.ports import Ledger, Observer, Pace

EVERY = 0.5
"""Seconds between two looks: an order is obeyed within two seconds, a busy ledger included."""
_PAUSED = "paused"


@dataclass(frozen=True, slots=True)
class Own:
    """What this worker was started with: requests a second, and its cap where it counts alone (None: the ledger does).

    `figures` are what it sent so far, by kind, and how it goes; `tuned` hears of each look, after it.
    """

    rate: float
    max_deletes: int | None
    figures: Callable[[], tuple[Mapping[str, int], Mapping[str, object]]]
    tuned: Callable[[], None]


class Steering:
    """Follows the orders given to one campaign, for as long as its worker works."""

    def __init__(self, ledger: Ledger, oversight: Oversight, pace: Pace, observer: Observer, own: Own) -> None:
        self._ledger = ledger
        self._oversight = oversight
        self._pace = pace
        self._observer = observer
        self._own = own
        self._orders = Orders()
        self._passed_on = False

    async def follow(self) -> None:
        """Look again and again, until cancelled. A ledger that cannot be asked any more ends the run."""
        while True:
            try:
                await self.look()
            except CommandFailed as failure:
                why = type(failure).__name__
                self._oversight.halt(Stop(failure.code, why, str(failure), failure.advice))
            await self._oversight.pause(EVERY)

    async def look(self) -> None:
        """Tell that this worker lives, and obey what was ordered since the last look."""
        await self._pass_on()
        orders = await self._ledger.beat(*self._own.figures())
        if orders.count != self._orders.count:
            self._obey(orders)
        if orders.halt is not None and self._oversight.stop is None:
            self._oversight.halt(orders.halt)
        self._own.tuned()

    async def _pass_on(self) -> None:
        """What ended this run for a reason that holds for all workers is told to them."""
        stop = self._oversight.stop
        if stop is not None and not self._passed_on and for_all(stop):
            self._passed_on = True
            await self._ledger.halt(stop)

    def _obey(self, orders: Orders) -> None:
        before, self._orders = self._orders, orders
        if orders == replace(before, count=orders.count, halt=orders.halt):
            return
        if orders.paused != before.paused:
            self._pace.hold(_PAUSED if orders.paused else None)
        if orders.rate != before.rate:
            self._pace.set_rate(self._own.rate if orders.rate is None else orders.rate)
        if orders.max_deletes != before.max_deletes and self._own.max_deletes is not None:
            self._oversight.set_cap(self._own.max_deletes if orders.max_deletes is None else orders.max_deletes)
        self._observer.told("steered", paused=orders.paused, rate=orders.rate, max_deletes=orders.max_deletes)
