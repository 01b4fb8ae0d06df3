"""What a server can answer, as values: one `Said` for each column of the matrix, with the name that the page gives it.

Decides bytes only. What the worker makes of an answer stands in the tables (`reads`, `deletes`, `tokens`).
"""

import json
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.utils import formatdate
from enum import Enum
from functools import cache

from worker.core.values import replace

CLIENT = 2218
SUBJECT = "100001"
"""The customer that a cell is about: free to be deleted."""
OTHER = "100009"
"""A customer of the same client who is never on the list."""
HUGE = 64 * 1024 * 1024
"""Bytes of a huge body, once unpacked."""

Json = dict[str, object]


class Manner(Enum):
    """How an answer reaches the wire, or does not."""

    WHOLE = "whole"
    HALF_RESET = "half_reset"  # half of the promised body, then TCP RST
    HALF_CLOSED = "half_closed"  # half of the promised body, then the end of the connection
    DRIP = "drip"  # the head at once, then one byte a second
    ENDLESS = "endless"  # the head, then `HUGE` bytes
    RESET = "reset"  # TCP RST without an answer
    CLOSED = "closed"  # the end of the connection without an answer
    HANG = "hang"  # nothing at all, for ever
    REFUSED = "refused"  # nobody listens when the request is to be sent


def sound(body: Json) -> bytes:
    """The body as it ought to be."""
    return json.dumps(body).encode()


@dataclass(frozen=True, slots=True)
class Said:
    """One answer. `name` is the page's, `cause` the worker's stable word for it; `body` is made of the sound one."""

    name: str
    cause: str
    status: int = 200
    body: Callable[[Json], bytes] = sound
    headers: tuple[str, ...] = ()
    manner: Manner = Manner.WHOLE

    def wire(self, body: Json) -> tuple[bytes, bytes]:
        """Head and body as they go out."""
        raw = b"" if self.status in (204, 304) else self.body(body)
        length = HUGE if self.manner is Manner.ENDLESS else len(raw)
        named = (
            [] if any(line.startswith("Content-Type") for line in self.headers) else ["Content-Type: application/json"]
        )
        sized = [] if self.status in (204, 304) else [f"Content-Length: {length}"]
        head = "\r\n".join([f"HTTP/1.1 {self.status} Said", *named, *sized, *self.headers])
        return head.encode() + b"\r\n\r\n", raw

    def called(self, name: str) -> "Said":
        """The same under another name."""
        return replace(self, name=name)


def status(number: int, *headers: str, name: str = "") -> Said:
    """A status with an error in the API's form; gateways speak HTML."""
    error = b'{"status":"ERROR","result":"FAILED","message":"Nei"}'
    if number in (502, 504):
        return Said(name or str(number), f"http_{number}", number, fixed(_PAGE), ("Content-Type: text/html", *headers))
    return Said(name or str(number), f"http_{number}", number, fixed(error), headers)


def statuses(*numbers: int) -> tuple[Said, ...]:
    """Several of them."""
    return tuple(map(status, numbers))


def fixed(body: bytes) -> Callable[[Json], bytes]:
    """A body that has nothing to do with what was asked."""
    return lambda _: body


def changed(**members: object) -> Callable[[Json], bytes]:
    """The sound body with other members; None takes one away."""

    def made(body: Json) -> bytes:
        return sound({name: value for name, value in {**body, **members}.items() if value is not None})

    return made


def listing(*records: Json, summary: Mapping[str, object] | None = None, key: str = "") -> Callable[[Json], bytes]:
    """A list with these records instead of none, under its own key or another one."""

    def made(body: Json) -> bytes:
        own = next(name for name, value in body.items() if isinstance(value, list))
        counted = {"totalCount": len(records), "currentPageSize": len(records), "totalPages": 1}
        return sound({"summary": counted if summary is None else dict(summary), key or own: list(records)})

    return made


def record(number: object = SUBJECT, client: object = CLIENT) -> Json:
    """A document or AR item; None leaves a member out."""
    named = {"documentNo": 1, "customerNo": number, "clientNo": client}
    return {name: value for name, value in named.items() if value is not None}


@cache
def packed() -> bytes:
    """A small body that unpacks to a huge one; made piece by piece, and once."""
    packer = zlib.compressobj(wbits=31)
    blanks = b" " * 65_536
    return b"".join((packer.compress(b"{"), *(packer.compress(blanks) for _ in range(HUGE // 65_536)), packer.flush()))


def in_the_form_of_a_date(seconds: float) -> str:
    """Retry-After as an HTTP date, for a server whose own Date is 1970."""
    return f"Retry-After: {formatdate(seconds, usegmt=True)}\r\nDate: {formatdate(0, usegmt=True)}"


_PAGE = b"<!DOCTYPE html><html><body><h1>Logg inn</h1></body></html>"

GOOD = Said("200 as documented", "http_200")
PLAIN_TEXT = Said("200 as documented, called text/plain", "http_200", headers=("Content-Type: text/plain",))
HTML = Said("HTML", "html", body=fixed(_PAGE), headers=("Content-Type: text/html",))
EMPTY = Said("an empty body", "empty_body", body=fixed(b""))
TRUNCATED = Said("JSON that breaks off, in a whole answer", "truncated", body=lambda body: sound(body)[:-9])
NO_JSON = Said("a text that is no JSON", "not_json", body=fixed(b"OK"))
TWICE = Said(
    "JSON that says a name twice",
    "ambiguous",
    body=lambda body: sound(body)[:-1] + b',"customerNo":"100001","customerNo":"100001"}',
)
NULL = Said("`null`", "wrong_type", body=fixed(b"null"))
TEXT = Said("a JSON text", "wrong_type", body=fixed(b'"OK"'))
HUGE_BODY = Said("a body of 64 MiB", "too_large", manner=Manner.ENDLESS)
PACKED = Said("64 MiB packed into 64 KiB", "too_large", body=lambda _: packed(), headers=("Content-Encoding: gzip",))
HALF_RESET = Said("a reset within the body", "truncated", manner=Manner.HALF_RESET)
HALF_CLOSED = Said("the connection closed within the body", "truncated", manner=Manner.HALF_CLOSED)
UNREADABLE = (HTML, EMPTY, TRUNCATED, NO_JSON, TWICE, NULL, TEXT, HUGE_BODY, PACKED, HALF_RESET, HALF_CLOSED)
"""What is called 200 and cannot be read as what was asked for."""

HANG = Said("nothing until the timeout", "timeout", manner=Manner.HANG)
DRIP = Said("one byte a second", "timeout", manner=Manner.DRIP)
RESET = Said("a reset without an answer", "reset", manner=Manner.RESET)
CLOSED = Said("the connection closed without an answer", "reset", manner=Manner.CLOSED)
NO_ANSWER = (HANG, DRIP, RESET, CLOSED)
REFUSED = Said("connection refused", "refused", manner=Manner.REFUSED)

UNCERTAIN = statuses(408, 500, 502, 503, 504)
_AT_ONCE, _FAR_OFF = "Retry-After: 0", "Retry-After: 86400"
THROTTLED = (
    status(429, _AT_ONCE, name="429 with Retry-After in seconds"),
    status(429, in_the_form_of_a_date(0), name="429 with Retry-After as a date"),
    status(503, _AT_ONCE, name="503 with Retry-After in seconds"),
    status(503, in_the_form_of_a_date(0), name="503 with Retry-After as a date"),
    status(429, name="429 without Retry-After"),
    status(429, "Retry-After: soon", name="429 with a Retry-After that cannot be read"),
)
TOO_LONG = (
    status(429, _FAR_OFF, name="429 with a Retry-After beyond `outage_budget`"),
    status(429, in_the_form_of_a_date(86400), name="429 with a Retry-After beyond it, as a date"),
    status(503, _FAR_OFF, name="503 with a Retry-After beyond it"),
)
REDIRECTS = tuple(status(number, "Location: /arm/v1/elsewhere") for number in (301, 302, 303, 307, 308))
