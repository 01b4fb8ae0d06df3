"""The campaign's rate under one owner: who may send the next request, and when.

Decides who gets the permit that is due. When that is, a schedule says: this process's own, or one that many share. It
never looks at a request, never retries, and is the only place of asyncio-throttle: as a hard guard behind the
schedule, since by itself it polls, bursts and overshoots fractions.
"""

import asyncio
import heapq
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from typing import Final, Protocol, Self

from asyncio_throttle.throttler import Throttler

from worker.core.steps import Priority
from worker.ports import Clock, RateShare
from worker.schedule import OwnSchedule, Schedule, SharedSchedule

_GUARDED: Final = 0.014
"""Share by which the guard's window is longer than the rate's: the time that one request may take longer to the
server than another. What the schedule keeps beyond it lets late permits catch up."""

_LONGEST_SLEEP: Final = 0.25
"""Seconds after which a changed rate or a longer park is seen."""

_SHORTEST_SLEEP: Final = 0.004
"""Seconds. At high rates a few permits are given out together, not a wake-up for each."""


_GATHERED: Final = 0.001
"""Seconds that the first to come after a pause waits for others, at rates that have several permits due within them:
one wake-up serves all, and what they send leaves together."""


class MonotonicClock:
    """The machine's monotonic clock."""

    def now(self) -> float:
        """Seconds."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Wait for that long."""
        await asyncio.sleep(seconds)


class Guard(Protocol):
    """What makes too many permits impossible, whatever the schedule says: `rate_limit` in any `period` seconds."""

    rate_limit: int
    period: float

    async def acquire(self) -> None:
        """Wait until one more is allowed."""


def throttled() -> Guard:
    """The guard of real campaigns. It keeps real time: a pacer on another clock needs another guard."""
    throttler: Guard = Throttler(1, retry_interval=_SHORTEST_SLEEP)
    return throttler


@dataclass(frozen=True, slots=True)
class Paced:
    """The pace at one moment, for progress. `waited` sums up the seconds that granted requests have waited.

    `throttled_by` is why requests wait: the reason of a park, `rate`, or None when none waits. `parked_until` is a
    time of the pacer's clock, None when nothing is parked. `limited_by` is why less than the rate is kept to, if so.
    """

    granted: int
    waiting: int
    waited: float
    parked_until: float | None
    throttled_by: str | None
    limited_by: str | None = None


_Waiter = tuple[Priority, int, float, asyncio.Future[bool]]
"""A request that waits: those furthest along first, then by turn; since when, and how it is told."""


class Pacer:
    """Hands out permits, opened by `async with`: one task owns the schedule, everybody else waits on a future.

    Permits are due on a schedule of their own, a little below `rate` (requests a second, fractions too), or on one that
    all members of a rate group share (`share`). Time in which nobody asked is not saved up, so there is no burst after
    it, and none at the start.
    """

    def __init__(
        self, rate: float, clock: Clock, guard: Callable[[], Guard] = throttled, share: RateShare | None = None
    ) -> None:
        self._clock = clock
        self._guard = guard()
        self._schedule: Schedule = OwnSchedule(clock) if share is None else SharedSchedule(clock, share)
        self._waiters: list[_Waiter] = []
        self._turns = count()
        self._wanted = asyncio.Event()
        self._owner: asyncio.Task[None] | None = None
        self._parked_until = -math.inf
        self._parked_why = ""
        self._held_by: str | None = None
        self._limit = math.inf
        self._limited_by = ""
        self._winding_down = False
        self._closed = False
        self._granted = 0
        self._waited = 0.0
        self.set_rate(rate)

    async def __aenter__(self) -> Self:
        """Start to hand out permits."""
        self._owner = asyncio.create_task(self._hand_out(), name="pace")
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop; whoever still waits is told False. Raises what the owner failed with, if it did."""
        if self._owner is not None:
            self._owner.cancel()
            await asyncio.wait([self._owner])
            if not self._owner.cancelled():
                self._owner.result()

    @property
    def rate(self) -> float:
        """Requests a second, at most: what was set, whatever limit is below it."""
        return self._rate

    @property
    def share(self) -> float:
        """Requests a second that this process may count on: the rate, or its part of a shared one."""
        return min(self._rate, self._limit, self._schedule.share)

    def set_rate(self, rate: float) -> None:
        """Change the rate; seen within a quarter of a second."""
        self._rate = rate
        self._keep_to(min(rate, self._limit))

    def limit(self, rate: float | None, why: str) -> None:
        """Keep to less than the rate, and why; None lifts that. Where many share a rate, the lowest of all holds."""
        self._limit, self._limited_by = (math.inf, "") if rate is None else (rate, why)
        self._keep_to(min(self._rate, self._limit))

    def _keep_to(self, rate: float) -> None:
        self._schedule.set_rate(rate)
        # A throttler that counts whole requests in one second would make 3 of 2.5: so 3 in 1.2 seconds.
        self._guard.rate_limit = math.ceil(rate)
        self._guard.period = math.ceil(rate) / rate * (1 + _GUARDED)

    async def permit(self, priority: Priority) -> bool:
        """Wait for leave to send one request; False if nothing new may be sent any more."""
        if self._denied(priority):
            return False
        now = self._clock.now()
        if not self._waiters:
            self._schedule.wanted_again()
        told: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        waiter = (priority, next(self._turns), now, told)
        heapq.heappush(self._waiters, waiter)
        self._wanted.set()
        try:
            return await told
        except asyncio.CancelledError:
            self._leave(waiter)
            raise

    def park(self, seconds: float, why: str) -> None:
        """Nobody gets a permit for that long; a longer park is not shortened."""
        until = self._clock.now() + seconds
        if until > self._parked_until:
            self._parked_until, self._parked_why = until, why

    def hold(self, why: str | None) -> None:
        """While there is a reason, only READ_BACK gets permits, and everybody else waits; None lets all go on."""
        self._held_by = why
        self._wanted.set()

    def wind_down(self) -> None:
        """From now on only READ_BACK gets permits; everybody else who waits is told False."""
        self._winding_down = True
        self._turn_away()

    def figures(self) -> Paced:
        """How it stands."""
        parked = self._parked_until > self._clock.now()
        held_by = self._parked_why if parked else self._held_by or "rate"
        return Paced(
            granted=self._granted,
            waiting=len(self._waiters),
            waited=self._waited,
            parked_until=self._parked_until if parked else None,
            throttled_by=held_by if parked or self._waiters else None,
            limited_by=self._limited_by or None,
        )

    def _denied(self, priority: Priority) -> bool:
        return self._closed or (self._winding_down and priority is not Priority.READ_BACK)

    def _turn_away(self) -> None:
        """Tell all who may no longer send; the rest keep their places."""
        denied = [waiter for waiter in self._waiters if self._denied(waiter[0])]
        self._waiters = [waiter for waiter in self._waiters if not self._denied(waiter[0])]
        heapq.heapify(self._waiters)
        for *_, told in denied:
            _tell(told, leave=False)

    async def _hand_out(self) -> None:
        try:
            while True:
                await self._until_due()
                await self._guard.acquire()
                self._grant(self._clock.now())
        finally:
            self._closed = True
            self._turn_away()

    async def _until_due(self) -> None:
        """Return when somebody waits who may be served, and the next permit is due."""
        paused = False
        while True:
            if not self._servable():
                self._wanted.clear()
                await self._wanted.wait()
                paused = self.share * _GATHERED > 1
                continue
            parked = self._parked_until - self._clock.now()
            if parked > 0:
                await self._clock.sleep(min(max(parked, _SHORTEST_SLEEP), _LONGEST_SLEEP))
                continue
            wait = await self._schedule.next(len(self._waiters)) - self._clock.now()
            if wait <= 0 and not paused:
                return
            await self._clock.sleep(_GATHERED if wait <= 0 else min(max(wait, _SHORTEST_SLEEP), _LONGEST_SLEEP))
            paused = False

    def _servable(self) -> bool:
        return bool(self._waiters) and (self._held_by is None or self._waiters[0][0] is Priority.READ_BACK)

    def _grant(self, now: float) -> None:
        """One permit, if there is still somebody who wants it; it leaves the schedule as it was otherwise."""
        if self._pass_on(now):
            self._schedule.spend(now, self._parked_until)

    def _pass_on(self, now: float) -> bool:
        """Give the permit at hand to the first who waits; a park or hold that began meanwhile is respected."""
        while self._servable() and now >= self._parked_until:
            _, _, since, told = heapq.heappop(self._waiters)
            if _tell(told, leave=True):
                self._granted += 1
                self._waited += now - since
                return True
        return False

    def _leave(self, waiter: _Waiter) -> None:
        """A cancelled request gives up its place; the permit it may have got already goes to the next."""
        told = waiter[-1]
        if waiter in self._waiters:
            self._waiters.remove(waiter)
            heapq.heapify(self._waiters)
        elif not told.cancelled() and told.result():
            self._granted -= 1
            self._pass_on(self._clock.now())


def _tell(told: asyncio.Future[bool], *, leave: bool) -> bool:
    """Answer a waiter; False if it has gone."""
    if told.done():
        return False
    told.set_result(leave)
    return True
