"""A clock that jumps: an event loop whose time moves to the next timer as soon as nothing is ready.

Decides nothing but the time. `asyncio.sleep`, `timeout` and the rest work unchanged; hours pass in milliseconds, and
two runs of the same program are the same, step by step. A loop with nothing left to wait for is a deadlock: an error.
"""

import asyncio
import selectors
from collections.abc import Coroutine
from typing import TypeVar

T = TypeVar("T")


class Deadlock(AssertionError):
    """Every task waits for another one, and no timer is set."""


class _Jumping(selectors.SelectSelector):
    """Waits for nothing: the time that the loop would sleep is simply over."""

    def __init__(self, now: float) -> None:
        super().__init__()
        self.now = now

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            raise Deadlock("nothing is ready, and nothing will ever be")
        self.now += max(timeout, 0.0)
        return []


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop on virtual time (s), which begins at `start`."""

    def __init__(self, start: float = 0.0) -> None:
        self._jumping = _Jumping(start)
        super().__init__(self._jumping)

    def time(self) -> float:
        return self._jumping.now


class VirtualClock:
    """The port's clock, on whatever loop is running."""

    def now(self) -> float:
        return asyncio.get_running_loop().time()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


def run(main: Coroutine[object, object, T], start: float = 0.0) -> T:
    """Run one coroutine to its end on virtual time."""
    with asyncio.Runner(loop_factory=lambda: VirtualLoop(start)) as runner:
        return runner.run(main)
