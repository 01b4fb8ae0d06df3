"""One shared way to the servers: the HTTP session with its options, and what one exchange over it gives.

Decides that one exchange is one request on the wire: nothing is resent, redirected, cached or taken from the
environment. It never looks into an answer, and keeps of each only the time that its server says it is.
"""

import asyncio
import ssl
import time
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Self

import aiohttp
from aiohttp.connector import Connection as AiohttpConnection
from yarl import URL

from worker.armrest.answers import FAILURES, SurplusAnswer, Unsent, Withheld, decoded, moment, no_answer, wait_asked
from worker.core.replies import Answer, Kind, NoAnswer, Unreadable
from worker.errors import SettingsWrong

LARGEST_BODY: Final = 1024 * 1024
"""Bytes, unpacked. The smallest pages are a few thousand."""

_KEPT_ALIVE: Final = 4.0
"""Seconds. Less than the five after which common servers hang up: a DELETE on such a connection would be in doubt."""


@dataclass(frozen=True, slots=True)
class WireOptions:
    """How servers are reached. Timeouts in seconds; `request_timeout` bounds a whole exchange, connecting included.

    `connections` is how many may be open at once: one a customer in flight, so that none waits for another.
    `clearance` is how long connecting for a DELETE may take at the most, whatever `connect_timeout` says.
    """

    version: str
    contact: str | None = None
    connect_timeout: float = 10.0
    request_timeout: float = 30.0
    connections: int = 8
    proxy: str | None = field(default=None, repr=False)  # may hold a password
    ca_file: Path | None = None
    clearance: float = 2.0

    @property
    def user_agent(self) -> str:
        """Who we say we are."""
        name = f"amili-purge/{self.version}"
        return f"{name} ({self.contact})" if self.contact else name


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One request. `url` is complete and encoded, and goes out as it stands; a DELETE has no `body`.

    `withheld` is asked right before the first byte why it must not leave after all.
    """

    kind: Kind
    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)  # hold the token
    body: bytes | None = field(default=None, repr=False)  # holds the client's secret
    withheld: Callable[[], str | None] | None = field(default=None, repr=False)


_WITHHELD: Final[ContextVar[Callable[[], str | None] | None]] = ContextVar("withheld", default=None)
"""What the request that this task is sending asks last: aiohttp has no way to hand it on."""


class Connection:
    """The session, opened by `async with`. `counts` holds the requests that may have left, by kind's value.

    `now` is in monotonic seconds, `wall` in Unix seconds.
    """

    def __init__(
        self,
        options: WireOptions,
        now: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self.counts: Counter[str] = Counter({kind.value: 0 for kind in Kind})
        self._options = options
        self._now = now
        self._wall = wall
        self._date: tuple[str, float] | None = None
        total, connect = options.request_timeout, options.connect_timeout
        self._reading = aiohttp.ClientTimeout(total=total, connect=connect)
        # A clearance must not grow old while a connection is made for its DELETE.
        self._deleting = aiohttp.ClientTimeout(total=total, connect=min(connect, options.clearance))
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        """Open the session; connections are made when they are needed. SettingsWrong if `ca_file` cannot be used."""
        self._session = _session(self._options)
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close all connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    @property
    def skew(self) -> float | None:
        """By how many seconds the server's clock was ahead of ours at its last answer; None if it never said."""
        if self._date is None:
            return None
        said, heard_at = self._date
        at_server = moment(said)
        return None if at_server is None else at_server - heard_at

    async def exchange(self, outgoing: Outgoing) -> Answer | NoAnswer:
        """Send one request, once, and read its answer; whatever goes wrong is a value."""
        began = self._now()
        self.counts[outgoing.kind] += 1
        _WITHHELD.set(outgoing.withheld)
        try:
            async with self._send(outgoing) as response:
                body = await _body(response)
                return self._answer(response, body, self._ms(began))
        except FAILURES as failure:
            missing = no_answer(failure, self._ms(began))
        if not missing.sent:
            self.counts[outgoing.kind] -= 1
        return missing

    def _send(self, outgoing: Outgoing) -> AbstractAsyncContextManager[aiohttp.ClientResponse]:
        if self._session is None:
            raise RuntimeError("the connection is not open")
        return self._session.request(
            outgoing.method,
            URL(outgoing.url, encoded=True),
            headers=outgoing.headers,
            data=outgoing.body,
            allow_redirects=False,
            timeout=self._deleting if outgoing.kind is Kind.DELETE else self._reading,
        )

    def _answer(self, response: aiohttp.ClientResponse, body: object, ms: int) -> Answer:
        date = response.headers.get("Date")
        if date is not None:
            self._date = (date, self._wall())
        retry_after = wait_asked(response.headers.get("Retry-After"), date, self._wall())
        return Answer(response.status, body, ms, retry_after)

    def _ms(self, began: float) -> int:
        return int((self._now() - began) * 1000)


async def _turns() -> None:
    """Wait until the loop has looked at its sockets a few times; the task is woken once, not with each turn."""
    loop = asyncio.get_running_loop()
    over: asyncio.Future[None] = loop.create_future()
    loop.call_soon(loop.call_soon, loop.call_soon, _end, over)
    await over


def _end(wait: "asyncio.Future[None]") -> None:
    if not wait.done():  # whoever waited may have been cancelled
        wait.set_result(None)


class _Careful(aiohttp.ClientRequest):
    """A request that is sent only on a connection on which nothing waits to be read.

    A server or proxy that repeats an answer would otherwise have it taken for the next customer's: an empty list and a
    404 name nobody. Some turns of the loop let in what already lies at the socket. Asking the socket itself costs more:
    turns are shared by all who send, and what they send leaves together.
    """

    async def send(self, conn: AiohttpConnection) -> aiohttp.ClientResponse:
        """Send, or fail before the first byte."""
        await _turns()
        protocol = conn.protocol
        if protocol is None or not protocol.is_connected():
            conn.close()
            raise Unsent
        if protocol.should_close:
            conn.close()
            raise SurplusAnswer
        withheld = _WITHHELD.get()
        why = None if withheld is None else withheld()
        if why is not None:
            raise Withheld(why)
        return await super().send(conn)  # which awaits nothing before it has written a request that has no body


def _session(options: WireOptions) -> aiohttp.ClientSession:
    """A session that does nothing behind our back."""
    session = aiohttp.ClientSession(
        # One more than the customers in flight: the token service is reached the same way.
        connector=aiohttp.TCPConnector(
            limit=options.connections + 1, keepalive_timeout=_KEPT_ALIVE, ssl=_trust(options.ca_file)
        ),
        cookie_jar=aiohttp.DummyCookieJar(),
        headers={"User-Agent": options.user_agent, "Accept": "application/json"},
        proxy=options.proxy,
        request_class=_Careful,
        trust_env=False,
        raise_for_status=False,
    )
    # A dropped connection would make aiohttp send a DELETE a second time, unseen by the audit.
    session._retry_connection = False  # noqa: SLF001 - aiohttp has no public switch; tests at the socket watch over it
    return session


def _trust(ca_file: Path | None) -> ssl.SSLContext | bool:
    if ca_file is None:
        return True
    try:
        return ssl.create_default_context(cafile=ca_file)
    except OSError:  # ssl.SSLError is one
        raise SettingsWrong(f"ca_file {ca_file} cannot be read as PEM certificates") from None


async def _body(response: aiohttp.ClientResponse) -> object:
    """The decoded body, read to its bound; one that breaks off is TRUNCATED, one that only drips is a timeout."""
    parts, size = list[bytes](), 0
    try:
        while part := await response.content.readany():
            parts.append(part)
            size += len(part)
            if size > LARGEST_BODY:
                response.close()
                return Unreadable.TOO_LARGE
    except TimeoutError:
        raise
    except FAILURES:
        return Unreadable.TRUNCATED
    return decoded(b"".join(parts))
