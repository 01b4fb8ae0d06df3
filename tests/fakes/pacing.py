"""A pace on any clock: equal intervals, the furthest along first, parks, winding down; and the real pacer, guarded.

`FakePace` decides as the port says, without a guard behind it and without rates that change.
"""

import asyncio
import heapq
from collections import deque
from itertools import count

from worker.core.steps import Priority
from worker.pace import Pacer
from worker.ports import Clock


class Window:
    """The guard that asyncio-throttle is on real time, on any clock: so many in any period (s)."""

    rate_limit = 0
    period = 0.0

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._log: deque[float] = deque()

    async def acquire(self) -> None:
        while len(self._log) >= self.rate_limit and self._clock.now() - self._log[0] <= self.period:
            await self._clock.sleep(0.004)
        self._log.append(self._clock.now())
        if len(self._log) > self.rate_limit:
            self._log.popleft()


class RealPace(Pacer):
    """The worker's own pacer on any clock, which remembers its parks."""

    def __init__(self, rate: float, clock: Clock) -> None:
        self.parks: list[tuple[float, str]] = []
        super().__init__(rate, clock, lambda: Window(clock))

    def park(self, seconds: float, why: str) -> None:
        self.parks.append((seconds, why))
        super().park(seconds, why)


class FakePace:
    """Grants one permit each `interval` seconds of the running loop."""

    def __init__(self, interval: float = 0.0) -> None:
        self.parks: list[tuple[float, str]] = []
        self.winding_down = False
        self._interval = interval
        self._turns = count()
        self._waiting: list[tuple[Priority, int, asyncio.Future[bool]]] = []
        self._due = 0.0
        self._timer: asyncio.TimerHandle | None = None

    async def permit(self, priority: Priority) -> bool:
        if self.winding_down and priority is not Priority.READ_BACK:
            return False
        answer: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (priority, next(self._turns), answer))
        self._set_timer()
        return await answer

    def park(self, seconds: float, why: str) -> None:
        self.parks.append((seconds, why))
        self._due = max(self._due, asyncio.get_running_loop().time() + seconds)

    def hold(self, why: str | None) -> None:
        """Nobody pauses a campaign on this pace."""

    @property
    def rate(self) -> float:
        return 1 / self._interval if self._interval else 1e6

    def set_rate(self, rate: float) -> None:
        self._interval = 1 / rate

    def limit(self, rate: float | None, why: str) -> None:
        """Nothing slows this pace down but its parks."""

    def wind_down(self) -> None:
        self.winding_down = True
        for priority, _, answer in self._waiting:
            if priority is not Priority.READ_BACK and not answer.done():
                answer.set_result(False)

    def _set_timer(self) -> None:
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_at(self._due, self._grant)

    def _grant(self) -> None:
        self._timer = None
        now = asyncio.get_running_loop().time()
        self._waiting = [waiter for waiter in self._waiting if not waiter[2].done()]
        heapq.heapify(self._waiting)
        if now >= self._due and self._waiting:
            heapq.heappop(self._waiting)[2].set_result(True)
            self._due = now + self._interval
        if self._waiting:
            self._set_timer()
