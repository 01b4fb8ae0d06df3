"""A clock that passes only when a test lets it, and callers that ask a pacer on it for permits."""

import asyncio
import heapq
import random
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from worker.core.steps import Priority
from worker.pace import Pacer


class VirtualClock:
    """Time that passes only when a test lets it; `oversleep` makes each sleep late by up to that many seconds."""

    def __init__(self, oversleep: float = 0.0) -> None:
        self.at = 100.0
        self.sleeps = 0
        self._late = random.Random(1)
        self._oversleep = oversleep
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []

    def now(self) -> float:
        return self.at

    async def sleep(self, seconds: float) -> None:
        self.sleeps += 1
        woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        due = self.at + seconds + self._late.uniform(0, self._oversleep)
        heapq.heappush(self._sleepers, (due, self.sleeps, woken))
        await woken

    async def pass_by(self, seconds: float) -> None:
        """Let that much time pass, waking whoever is due on the way."""
        until = self.at + seconds
        await settle()
        while self._sleepers and self._sleepers[0][0] <= until:
            due, _, woken = heapq.heappop(self._sleepers)
            self.at = max(self.at, due)
            if not woken.done():
                woken.set_result(None)
            await settle()
        self.at = until


async def settle() -> None:
    """Let every task run until it waits."""
    for _ in range(10):
        await asyncio.sleep(0)


class VirtualGuard:
    """A sliding window on the virtual clock, as asyncio-throttle keeps one on the real clock."""

    rate_limit = 0
    period = 0.0

    def __init__(self, clock: VirtualClock) -> None:
        self._clock = clock
        self._log: deque[float] = deque()

    async def acquire(self) -> None:
        while len([at for at in self._log if self._clock.at - at <= self.period]) >= self.rate_limit:
            await self._clock.sleep(0.004)
        self._log.append(self._clock.at)
        if len(self._log) > self.rate_limit:
            self._log.popleft()


class Asking:
    """A pacer, and who got a permit when."""

    def __init__(self, pacer: Pacer, clock: VirtualClock) -> None:
        self.pacer = pacer
        self.clock = clock
        self.granted: list[tuple[float, str]] = []
        self.denied: list[str] = []
        self.tasks: list[asyncio.Task[None]] = []

    def ask(self, name: str, priority: Priority = Priority.CUSTOMER) -> asyncio.Task[None]:
        self.tasks.append(asyncio.create_task(self._ask(name, priority)))
        return self.tasks[-1]

    def keep_asking(self, count: int) -> None:
        self.tasks += [asyncio.create_task(self._keep_asking()) for _ in range(count)]

    @property
    def times(self) -> list[float]:
        return [at for at, _ in self.granted]

    @property
    def names(self) -> list[str]:
        return [name for _, name in self.granted]

    async def _ask(self, name: str, priority: Priority) -> None:
        if await self.pacer.permit(priority):
            self.granted.append((self.clock.now(), name))
        else:
            self.denied.append(name)

    async def _keep_asking(self) -> None:
        while await self.pacer.permit(Priority.CUSTOMER):
            self.granted.append((self.clock.now(), ""))


@asynccontextmanager
async def asking(rate: float, oversleep: float = 0.0) -> AsyncIterator[Asking]:
    clock = VirtualClock(oversleep)
    async with Pacer(rate, clock, lambda: VirtualGuard(clock)) as pacer:
        one = Asking(pacer, clock)
        yield one
    await asyncio.gather(*one.tasks, return_exceptions=True)
