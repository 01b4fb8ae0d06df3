"""The listening socket: always loopback, and shut for a while when connections are to be refused.

It knows nothing of requests; it hands them to one handler and never logs them.
"""

import asyncio
from collections.abc import Awaitable, Callable

from aiohttp import web

HOST = "127.0.0.1"
_PATIENCE = 0.1
"""Seconds that hung requests are given when the server ends."""
_BACKLOG = 1024


class Listener:
    """A server on 127.0.0.1; port 0 takes a free one and keeps it."""

    def __init__(self, handle: Callable[[web.BaseRequest], Awaitable[web.StreamResponse]], port: int) -> None:
        """Prepare within a running loop; nothing listens before `open`."""
        self._server = web.Server(handle, access_log=None)
        self._runner = web.ServerRunner(self._server, shutdown_timeout=_PATIENCE)
        self._port = port
        self._site: web.TCPSite | None = None
        self._shut: asyncio.Task[None] | None = None

    async def open(self) -> str:
        """Listen, and give the origin (scheme, host, port). OSError if the port is taken."""
        await self._runner.setup()
        await self._listen()
        self._port = self._runner.addresses[0][1]
        return f"http://{HOST}:{self._port}"

    def refuse(self, seconds: float) -> None:
        """Drop every connection and refuse new ones for so long; a refusal in force is not prolonged."""
        if self._shut is None or self._shut.done():
            self._shut = asyncio.create_task(self._be_shut(seconds))

    async def close(self) -> None:
        """Stop listening and drop what hangs."""
        if self._shut is not None:
            self._shut.cancel()
            await asyncio.wait([self._shut])
        await self._runner.cleanup()

    async def _listen(self) -> None:
        self._site = web.TCPSite(self._runner, HOST, self._port, backlog=_BACKLOG)
        await self._site.start()

    async def _be_shut(self, seconds: float) -> None:
        if self._site is not None:
            await self._site.stop()
        for connection in self._server.connections:
            connection.force_close()
        await asyncio.sleep(seconds)
        await self._listen()
