"""When the next permit is due: on a schedule of this process alone, or on one that many processes share.

Decides moments, never who gets them. Late permits may be made up for within bounds; time in which nobody asked is not
saved up.
"""

from collections import deque
from typing import Final, Protocol

from worker.core.forecast import KEPT
from worker.ports import Clock, RateShare

_CAUGHT_UP: Final = 0.1
"""Seconds by which late permits do not delay those after them: a busy machine costs no rate."""

_COMES_BACK: Final = 0.005
"""Seconds by which the next request may come after its permit was due without losing it: answers take their time."""

_STALE: Final = 0.02
"""Seconds after which a slot of a shared schedule is past: the others have theirs, and two would meet."""


class Schedule(Protocol):
    """When permits are due, on a monotonic clock (s)."""

    @property
    def share(self) -> float:
        """How many permits a second may be counted on."""

    def set_rate(self, rate: float) -> None:
        """So many requests a second, at most."""

    def wanted_again(self) -> None:
        """Somebody asks after a time in which nobody did."""

    async def next(self, waiting: int) -> float:
        """When the next permit is due; `waiting` is how many ask."""

    def spend(self, now: float, parked_until: float) -> None:
        """The permit that was due has been given out."""


class OwnSchedule:
    """Equal intervals, `KEPT` longer than the rate asks for."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._due = clock.now()
        self._interval = 0.0
        self.share = 0.0

    def set_rate(self, rate: float) -> None:
        """The next permit is due no later than one interval of the new rate from now."""
        self.share = rate
        self._interval = 1 / (rate * (1 - KEPT))
        self._due = min(self._due, self._clock.now() + self._interval)

    def wanted_again(self) -> None:
        """What was not asked for is not saved up."""
        self._due = max(self._due, self._clock.now() - _COMES_BACK)

    async def next(self, waiting: int) -> float:
        """The next moment of the schedule."""
        return self._due

    def spend(self, now: float, parked_until: float) -> None:
        """One interval on, from when it was due, or from a little ago if that is longer past."""
        self._due = max(self._due, parked_until, now - _CAUGHT_UP) + self._interval


class SharedSchedule:
    """Slots of a schedule that is kept elsewhere, for all who share it; each slot is one process's alone."""

    def __init__(self, clock: Clock, share: RateShare) -> None:
        self._clock = clock
        self._share = share
        self._slots = deque[float]()

    @property
    def share(self) -> float:
        """The rate of the group, divided by those who are there."""
        return self._share.share

    def set_rate(self, rate: float) -> None:
        """The others hear of it with the next renewal."""
        self._share.set_rate(rate)

    def wanted_again(self) -> None:
        """A slot that passed while nobody asked is past."""

    async def next(self, waiting: int) -> float:
        """The next slot that is not past; more are asked for when none is left."""
        while True:
            while self._slots and self._slots[0] < self._clock.now() - _STALE:
                self._slots.popleft()
            if self._slots:
                return self._slots[0]
            self._slots.extend(await self._share.slots(waiting))

    def spend(self, now: float, parked_until: float) -> None:
        """That slot is used."""
        if self._slots:
            self._slots.popleft()
