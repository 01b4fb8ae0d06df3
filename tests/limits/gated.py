"""A sandbox that keeps requests waiting at a gate until a test has seen enough of them.

Decides only when a request is let in and what the gate itself refuses; all else is the sandbox's own.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from pathlib import Path

from aiohttp import web

from tests.campaigns.stage import Stage, cast
from worker.sandbox.faults import NO_FAULTS
from worker.sandbox.options import SandboxOptions
from worker.sandbox.server import Sandbox, serve
from worker.sandbox.world import Customer

Meets = Callable[[web.BaseRequest], bool]


class Gated(Sandbox):
    """`meets` says which requests wait; `waiting` are those at the gate, in order, each as method and raw target."""

    def __init__(self, options: SandboxOptions, meets: Meets) -> None:
        super().__init__(options)
        self.arrived = 0
        self.waiting: dict[int, tuple[str, asyncio.Event]] = {}
        self._meets = meets
        self._open = False
        self._grown = asyncio.Condition()

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        if not self._open and self._meets(request):
            async with self._grown:
                self.arrived += 1
                place, let_in = self.arrived, asyncio.Event()
                self.waiting[place] = (f"{request.method} {request.raw_path}", let_in)
                self._grown.notify_all()
            await let_in.wait()
            self.waiting.pop(place, None)
        return await super().handle(request)

    async def crowd(self, size: int) -> None:
        """Wait until so many have come to the gate."""
        async with self._grown:
            await self._grown.wait_for(lambda: self.arrived >= size)

    def let_in(self, count: int, beginning: str = "") -> None:
        """Let in the first ones whose method and target begin so."""
        fitting = [let_in for what, let_in in self.waiting.values() if what.startswith(beginning)]
        for let_in in fitting[:count]:
            let_in.set()

    def open(self) -> None:
        """Nobody waits any more."""
        self._open = True
        self.let_in(len(self.waiting))


@asynccontextmanager
async def gated(
    directory: Path, meets: Meets, free: Iterable[str], listed: Iterable[str] = ()
) -> AsyncIterator[tuple[Stage, Gated]]:
    """A stage whose world holds these free customers and whose list names others besides."""
    sandbox = Gated(SandboxOptions(customers=0, faults=NO_FAULTS), meets)
    chosen = tuple(free)
    for number in chosen:
        sandbox.world.add(Customer(number, 500_000))
    async with serve(sandbox):
        stage = Stage(sandbox, directory, cast())
        stage.list = stage.file((*listed, *chosen))
        stage.flags |= {"concurrency": 64}
        try:
            yield stage, sandbox
        finally:
            sandbox.open()
