"""What one queue message means: which customer it asks for, and which request it is.

Decides both from the message alone, so that a message that comes again means the same again. The customer is part of
every identity: no request can hide a request for another customer. Never repairs a message, and keeps no more of it
than what stands in the place of the number: the rest may be all that its sender knows of the customer.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Final
from urllib.parse import quote

from worker.core.customer import CustomerNo, Rejected, Why, parse, path_segment, shown

LARGEST: Final = 64 * 1024
"""Bytes of a body. A request is a hundred; what is larger is something else."""

LONGEST_ID: Final = 200
"""Characters of a request id or a message id."""

LONGEST_RAW: Final = 256
"""Characters of `Request.raw`."""

NUMBER: Final = "customerNo"
CLIENT: Final = "clientNo"
REQUEST: Final = "requestId"
_OURS: Final = {name.lower(): name for name in (NUMBER, CLIENT, REQUEST)}
_SEPARATORS: Final = re.compile(r"[\s_-]+")
_JSON_BEGINS: Final = ("{", "[", '"')
# As text these would pass for numbers; a producer that writes them had none.
_JSON_WORDS: Final = frozenset({"null", "true", "false", "NaN", "Infinity", "-Infinity"})


@dataclass(frozen=True, slots=True)
class Request:
    """One message: its identity, what a report may show of it (bounded, escaped), and its number or why it has none."""

    id: str
    raw: str
    number: CustomerNo | Rejected


@dataclass(frozen=True, slots=True)
class _Said:
    """What was read of a body: the text in the place of the number, its request id, and what speaks against it."""

    text: str | None
    request_id: str | None = None
    refused: Rejected | None = None


class _Unreadable(ValueError):
    """JSON that we do not take, though Python's reader would."""


def parse_request(body: bytes, message_id: str | None, client_no: int, pattern: re.Pattern[str]) -> Request:
    """Read one message; whatever it holds, a value comes back and nothing is raised.

    The identity of a request is its `requestId`, else its message id, else its number. The first two are looked at
    together with the number. A message that is no request is its bytes, and its message id if it has one.
    """
    said = _read(body, client_no)
    number = said.refused or parse(said.text or "", pattern)
    if isinstance(number, CustomerNo) and said.request_id is None and not _is_name(message_id or "-"):
        number = _no_request("its message id is longer than 200 characters, or has unprintable ones")
    identity = _poison(body, message_id) if isinstance(number, Rejected) else _identity(number, said, message_id)
    return Request(identity, identity[:LONGEST_RAW] if said.text is None else _raw(said.text), number)


def request_of(text: str, request_id: str | None, pattern: re.Pattern[str]) -> Request:
    """A number as somebody gives it, with the id of their request or none: what a message of both would mean."""
    named = request_id is None or _is_name(request_id)
    number = parse(text, pattern) if named else _no_request(f"a request id has 1 to {LONGEST_ID} printable characters")
    if isinstance(number, Rejected):
        return Request(_poison(text.encode("utf-8", "surrogatepass"), request_id), _raw(text), number)
    return Request(_identity(number, _Said(text, request_id), None), _raw(text), number)


def _identity(number: CustomerNo, said: _Said, message_id: str | None) -> str:
    """Percent-encoded, a number has no colon: no two triples of kind, number and name are written alike."""
    who = path_segment(CustomerNo(number.key))
    if said.request_id is not None:
        return f"request:{who}:{said.request_id}"
    return f"message:{who}:{message_id}" if message_id else f"number:{who}"


def _poison(body: bytes, message_id: str | None) -> str:
    name = quote(message_id or "", safe="", errors="backslashreplace")[:LONGEST_ID]
    return f"body:sha256:{sha256(body).hexdigest()}" + (f":{name}" if name else "")


def _raw(text: str) -> str:
    """Two cuts, as escaping makes the text longer."""
    return shown(text.strip(), LONGEST_RAW - 1)[:LONGEST_RAW]


def _read(body: bytes, client_no: int) -> _Said:
    """Tell JSON from a bare number, and read it."""
    if len(body) > LARGEST:
        return _Said(None, refused=_no_request(f"its body has more than {LARGEST} bytes"))
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        return _Said(None, refused=_no_request("its body is not UTF-8"))
    bare = text.strip()
    if bare in _JSON_WORDS:
        return _Said(bare, refused=_no_request("its body is a JSON word"))
    return _read_json(bare, client_no) if bare.startswith(_JSON_BEGINS) else _Said(text)


def _read_json(text: str, client_no: int) -> _Said:
    try:
        # Numbers stay text: nothing here counts with them, and their length is judged like a text's.
        members = json.loads(text, object_pairs_hook=_distinct, parse_constant=_refuse, parse_float=_Decimal)
    except _Unreadable as error:
        return _Said(None, refused=_no_request(str(error)))
    except (ValueError, RecursionError):
        return _Said(None, refused=_no_request("its body is not JSON that can be read"))
    if not isinstance(members, dict):
        return _Said(None, refused=_no_request("its body is JSON, but no object"))
    number, request_id = members.get(NUMBER), members.get(REQUEST)
    return _Said(
        str(number) if isinstance(number, str | int) else None,
        None if request_id is None else str(request_id),
        _misspelt(members) or _objection(members, client_no),
    )


class _Decimal(str):
    """A JSON number with a point or an exponent: nothing that we read may be one."""

    __slots__ = ()


def _distinct(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Readers disagree about which of two equal keys counts; so none does."""
    members = dict(pairs)
    if len(members) != len(pairs):
        raise _Unreadable("a key stands twice in an object")
    return members


def _refuse(word: str) -> object:
    raise _Unreadable(f"{word} is no JSON")


def _misspelt(members: Mapping[str, object]) -> Rejected | None:
    """A misspelt key must not vanish among the unknown ones: `clientno` would be a client that nobody compares."""
    for key in members:
        meant = _OURS.get(_SEPARATORS.sub("", key).lower())
        if meant is not None and meant != key:
            return _no_request(f"a key is spelt otherwise than {meant}")
    return None


def _objection(members: Mapping[str, object], client_no: int) -> Rejected | None:
    number = members.get(NUMBER)
    if isinstance(number, _Decimal) or not isinstance(number, str):
        return _no_request(f"{NUMBER} must be a string: as a JSON number it would lose leading zeros")
    if REQUEST in members and not _is_request_id(members[REQUEST]):
        return _no_request(f"{REQUEST} must be a string of 1 to {LONGEST_ID} printable characters, or a whole number")
    if CLIENT in members:
        client = _client(members[CLIENT])
        if client is None:
            return _no_request(f"{CLIENT} must be a whole number")
        if client != str(client_no):
            return Rejected(Why.OTHER_CLIENT, f"{CLIENT} is not the client_no of the settings")
    return None


def _is_request_id(value: object) -> bool:
    if isinstance(value, bool | _Decimal) or not isinstance(value, str | int):
        return False
    return _is_name(str(value))


def _is_name(text: str) -> bool:
    """Whether a text may be an identity: something, bounded, all of it visible."""
    return 0 < len(text) <= LONGEST_ID and text.isprintable()


def _client(value: object) -> str | None:
    """A client as its digits without leading zeros: `02218` is 2218. None if it is no whole number."""
    if isinstance(value, bool | _Decimal) or not isinstance(value, str | int):
        return None
    text = str(value).strip()
    return text.lstrip("0") or "0" if text.isascii() and text.isdigit() else None


def _no_request(why: str) -> Rejected:
    return Rejected(Why.NOT_A_REQUEST, why)
