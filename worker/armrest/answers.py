"""What came over the wire, as values: bodies as JSON or a word for why not, failures as a word, waits in seconds.

Decides how bytes and foreign exceptions are read, and whether a failed request can have reached anybody. It never
keeps a text of the other side, and never decides what an answer means: that is `core.replies`.
"""

import asyncio
import json
import re
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Final

import aiohttp
import orjson
from aiohttp.http_exceptions import HttpProcessingError

from worker.core.replies import SURPLUS, NoAnswer, Unreadable

FAILURES: Final = (aiohttp.ClientError, HttpProcessingError, OSError)
"""All that aiohttp raises for a request; timeouts are OSErrors."""

_LONGEST_WAIT: Final = 1e9
"""Seconds. More than any budget, and still a number that every JSON reader holds."""
_SECONDS: Final = re.compile(r"[-+]?[0-9]+(?:\.[0-9]+)?")
_BOM: Final = b"\xef\xbb\xbf"
_BLANKS: Final = b" \t\r\n"


def decoded(body: bytes) -> object:
    """The JSON in a body, or why it holds none."""
    text = body.removeprefix(_BOM).strip(_BLANKS)
    if not text:
        return Unreadable.EMPTY
    if text.startswith(b"<"):
        return Unreadable.HTML
    try:
        found: object = orjson.loads(text)
    except orjson.JSONDecodeError:
        cut = text[:1] in {b"{", b"["} and text[-1:] not in {b"}", b"]"}
        return Unreadable.TRUNCATED if cut else Unreadable.NOT_JSON
    return Unreadable.AMBIGUOUS if not _is_plain(found, text) and _repeats_a_key(text) else found


def _is_plain(found: object, text: bytes) -> bool:
    """Whether the text is what was read from it, written anew: then each of its keys stands in it once."""
    try:
        return orjson.dumps(found) == text
    except orjson.JSONEncodeError:  # nested too deeply to be written
        return False


def _repeats_a_key(text: bytes) -> bool:
    """Whether an object names a key twice: readers differ in which one counts (RFC 8259, 4), so neither does."""
    try:
        _STRICT.decode(text.decode())
    except (ValueError, RecursionError):
        return True
    return False


def _each_once(pairs: list[tuple[str, object]]) -> None:
    if len(pairs) > 1 and len({key for key, _ in pairs}) < len(pairs):
        raise ValueError("a key stands twice")


_STRICT: Final = json.JSONDecoder(object_pairs_hook=_each_once)


def wait_asked(value: str | None, date: str | None, wall: float) -> float | None:
    """The seconds that a Retry-After asks for, from now; None without one that can be read (RFC 9110, 10.2.3).

    A point in time is held against the answer's own Date, as its server's clock may be off; `wall` (Unix seconds)
    stands in for a missing one. What lies in the past is 0.
    """
    if value is None:
        return None
    if _SECONDS.fullmatch(value.strip()):
        return _bounded(float(value.strip()))
    until = moment(value)
    if until is None:
        return None
    at_server = moment(date)
    return _bounded(until - (wall if at_server is None else at_server))


def _bounded(seconds: float) -> float:
    return min(max(seconds, 0.0), _LONGEST_WAIT)


def moment(value: str | None) -> float | None:
    """An HTTP date as Unix seconds; None for what is no date."""
    if value is None:
        return None
    try:
        parsed = parsedate_to_datetime(value)
        return (parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).timestamp()
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


class Unsent(aiohttp.ClientConnectionError):
    """A kept connection was not used after all; nothing was sent on it."""

    cause = "gone"  # the server had closed it


class SurplusAnswer(Unsent):
    """It held an answer that nobody had asked for."""

    cause = SURPLUS


class Withheld(Unsent):
    """It was not to leave after all; the cause says why."""

    def __init__(self, why: str) -> None:
        super().__init__()
        self.cause = why


def no_answer(failure: Exception, ms: int) -> NoAnswer:
    """A request that failed before an answer could be read. What is not certainly unsent counts as sent."""
    cause = _before_sending(failure)
    if cause is not None:
        return NoAnswer(sent=False, cause=cause, ms=ms)
    return NoAnswer(sent=True, cause=_after_sending(failure), ms=ms)


def _before_sending(failure: Exception) -> str | None:
    """Why no connection came about; None if there was one. Only these are raised before a byte has left."""
    match failure:
        case Unsent():
            return failure.cause
        case aiohttp.ConnectionTimeoutError():
            return "connect_timeout"
        case aiohttp.ClientConnectorDNSError():
            return "dns"
        case aiohttp.ClientConnectorSSLError() | aiohttp.ClientConnectorCertificateError():
            return "tls"
        case aiohttp.ClientConnectorError(os_error=ConnectionRefusedError()):
            return "connection_refused"
        case aiohttp.ClientConnectorError():
            return "unreachable"
        case aiohttp.ClientHttpProxyError():
            return "proxy"
        case _:
            return None


def _after_sending(failure: Exception) -> str:
    match failure:
        case asyncio.TimeoutError():
            return "timeout"
        case aiohttp.ClientResponseError() | aiohttp.ClientPayloadError() | HttpProcessingError():
            return "malformed"
        case _:
            return "reset"
