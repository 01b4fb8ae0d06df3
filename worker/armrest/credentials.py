"""Tokens for client credentials: asked for ahead of need, once however many want one (RFC 6749, 4.4).

Decides when a token is asked for and how long it is used. The client's secret and the token are never shown, and
leave only towards the token service and the API.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlencode

from worker.armrest.jwt import Peek, peek
from worker.armrest.tokens import Bearer, usable
from worker.armrest.wire import Connection, Outgoing
from worker.core.replies import Answer, Kind, Meaning, NoAnswer, Reply
from worker.ports import Renewal

_SHARE: Final = 0.8
_AHEAD: Final = 60.0  # seconds
_LEAST_PAUSE: Final = 1.0  # seconds between early renewals that fail
_MAY_PASS: Final = frozenset({408, 429})


@dataclass(frozen=True, slots=True)
class Credentials:
    """Where to ask for a token, and as whom."""

    url: str
    client_id: str
    client_secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class _Grant:
    """A token's lifetime on the monotonic clock; infinite if its service does not say."""

    token: str = field(repr=False)
    expires: float
    renew: float


class ClientCredentials:
    """Obtains tokens from the token service. A renewal in flight is shared by all who ask; `close` ends it.

    `now` is in monotonic seconds, `wall` in Unix seconds.
    """

    def __init__(
        self,
        connection: Connection,
        credentials: Credentials,
        now: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._connection = connection
        self._credentials = credentials
        self._now = now
        self._wall = wall
        self._bearer: Bearer | None = None
        self._number = 0
        self._expires = 0.0
        self._renew = 0.0
        self._asking: asyncio.Task[Reply | None] | None = None

    def at_hand(self) -> Bearer | None:
        """The last token until it expires."""
        return self._bearer if self._now() < self._expires else None

    async def ready(self) -> Reply | None:
        """Obtain a token, or renew it ahead of expiry; a failed early renewal is no trouble yet."""
        if self.at_hand() is not None and self._now() < self._renew:
            return None
        trouble = await self._shared()
        return trouble if self.at_hand() is None else None

    async def renew(self, credential: int) -> Renewal:
        """RENEWED also if somebody else's 401 has led to a new token already."""
        if self._bearer is not None and self._bearer.number != credential:
            return Renewal.RENEWED
        self._bearer = None
        trouble = await self._shared()
        if trouble is None:
            return Renewal.RENEWED
        refused = trouble.meaning is Meaning.NO_CREDENTIALS
        return Renewal.REFUSED if refused else Renewal.OUT_OF_REACH

    def about(self) -> Peek:
        """What the last token says of itself; its service's word on its end, if the token has none."""
        if self._bearer is None:
            return Peek()
        said = peek(self._bearer.value)
        if said.expires_at is not None or self._expires == float("inf"):
            return said
        return Peek(self._wall() + self._expires - self._now(), said.subject)

    async def close(self) -> None:
        """End a renewal in flight."""
        if self._asking is not None:
            self._asking.cancel()
            await asyncio.gather(self._asking, return_exceptions=True)

    async def _shared(self) -> Reply | None:
        """Wait for the one renewal; whoever is cancelled while waiting leaves it to the others."""
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(self._ask(), name="token")
        return await asyncio.shield(self._asking)

    async def _ask(self) -> Reply | None:
        credentials = self._credentials
        form = {
            "grant_type": "client_credentials",
            "client_id": credentials.client_id,
            "client_secret": credentials.client_secret,
        }
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        asked_at = self._now()
        answer = await self._connection.exchange(
            Outgoing(Kind.TOKEN, "POST", credentials.url, kind, urlencode(form).encode())
        )
        grant = granted(answer, asked_at, self._wall())
        if grant is not None:
            self._take(grant)
            return None
        self._renew = self._now() + max(_LEAST_PAUSE, (self._expires - self._now()) / 2)
        return refusal(answer)

    def _take(self, grant: _Grant) -> None:
        self._number += 1
        self._bearer = Bearer(self._number, grant.token)
        self._expires, self._renew = grant.expires, grant.renew


def granted(answer: Answer | NoAnswer, now: float, wall: float) -> _Grant | None:
    """The token of an answer; its life is counted from the asking, to be on the safe side."""
    if isinstance(answer, NoAnswer) or answer.status != 200 or not isinstance(answer.body, dict):
        return None
    token = answer.body.get("access_token")
    if not isinstance(token, str) or not usable(token):
        return None
    life = lifetime(answer.body, token, wall)
    return _Grant(token, now + life, now + max(life * _SHARE, life - _AHEAD))


def lifetime(body: dict[str, object], token: str, wall: float) -> float:
    """Seconds a new token lives: what the service says, else what the token says, else for ever."""
    seconds = _number(body.get("expires_in"))
    if seconds is not None:
        return seconds
    until = _number(body.get("expires_on")) or peek(token).expires_at
    return float("inf") if until is None else max(0.0, until - wall)


def _number(value: object) -> float | None:
    """A number above 0, also as digits in a text; anything else says nothing."""
    if isinstance(value, str) and value.isascii() and value.isdecimal():
        value = float(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if value > 0 else None


def refusal(answer: Answer | NoAnswer) -> Reply:
    """Why there is no token: refused for good, asked to wait, or nobody there to say."""
    if isinstance(answer, NoAnswer):
        return Reply(Kind.TOKEN, Meaning.NOT_SENT, f"token_{answer.cause}", None, answer.ms)
    return Reply(
        Kind.TOKEN, _refusal(answer), f"token_http_{answer.status}", answer.status, answer.ms, answer.retry_after
    )


def _refusal(answer: Answer) -> Meaning:
    if answer.status == 429 or (answer.status == 503 and answer.retry_after is not None):
        return Meaning.THROTTLED
    if 300 <= answer.status < 400:
        return Meaning.REDIRECTED
    refused = 400 <= answer.status < 500 and answer.status not in _MAY_PASS
    return Meaning.NO_CREDENTIALS if refused else Meaning.NOT_SENT
