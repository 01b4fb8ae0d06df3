"""A visitor of a running sandbox: plain requests over real sockets, nothing of the worker's own client."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Any, Self

import aiohttp
import orjson

from worker.sandbox.faults import Faults
from worker.sandbox.options import SandboxOptions
from worker.sandbox.server import Sandbox, serve
from worker.sandbox.world import Customer


@dataclass(frozen=True, slots=True)
class Seen:
    """What came back: status, headers and all bytes of the body."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:  # noqa: ANN401 - JSON border
        return orjson.loads(self.body)


class Visitor:
    """Sends one request at a time, with the sandbox's own token unless told otherwise."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.clients = f"{sandbox.base_url}/clients/{sandbox.world.client_no}"

    async def __aenter__(self) -> Self:
        timeout = aiohttp.ClientTimeout(total=10)
        self._session = aiohttp.ClientSession(timeout=timeout, auto_decompress=False)
        self._session._retry_connection = False  # noqa: SLF001 - aiohttp would repeat a DELETE by itself
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._session.close()

    async def ask(
        self, method: str, url: str, token: str | None = None, data: Mapping[str, str] | str | None = None
    ) -> Seen:
        bearer = {"Authorization": f"Bearer {self.sandbox.token if token is None else token}"}
        asked = self._session.request(method, url, headers=bearer, data=data, allow_redirects=False)
        async with asked as seen:
            return Seen(seen.status, seen.headers, await seen.read())

    async def get(self, number: str) -> Seen:
        return await self.ask("GET", f"{self.clients}/customers/{number}")

    async def documents(self, query: str) -> Seen:
        return await self.ask("GET", f"{self.clients}/documents?{query}")

    async def delete(self, number: str) -> Seen:
        return await self.ask("DELETE", f"{self.clients}/customers/{number}")

    async def token(self, **form: str) -> Seen:
        ready = self.sandbox.ready()
        sound = {
            "grant_type": "client_credentials",
            "client_id": ready.oauth_client_id,
            "client_secret": ready.oauth_client_secret,
        }
        return await self.ask("POST", ready.token_url, data=sound | form)


PLAIN = SandboxOptions()
FREE, HELD, OWING = "100001", "100002", "AB100003"
"""In `visiting`: nothing attached; three documents; two AR items."""


@asynccontextmanager
async def visiting(faults: str = "", options: SandboxOptions = PLAIN) -> AsyncIterator[Visitor]:
    """Serve a world of three customers and visit it."""
    sandbox = Sandbox(replace(options, customers=0, faults=Faults.parse(faults)))
    sandbox.world.add(Customer(FREE, 500_000))
    sandbox.world.add(Customer(HELD, 500_001, documents=3))
    sandbox.world.add(Customer(OWING, 500_002, ar_items=2))
    async with serve(sandbox), Visitor(sandbox) as visitor:
        yield visitor


async def raw(origin: str, request: bytes) -> bytes:
    """Write these bytes to the server's socket and read until it closes; ConnectionResetError for a RST."""
    host, _, port = origin.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    try:
        writer.write(request)
        return await reader.read()
    finally:
        writer.transport.abort()


def request_line(visitor: Visitor, method: str, target: str) -> bytes:
    """A whole request with that raw target, after which the connection closes."""
    bearer = f"Authorization: Bearer {visitor.sandbox.token}"
    return f"{method} {target} HTTP/1.1\r\nHost: sandbox\r\nConnection: close\r\n{bearer}\r\n\r\n".encode()
