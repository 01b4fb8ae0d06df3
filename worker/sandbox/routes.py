"""What a request asks for, read from its raw target.

Pure. The path is parted before anything is decoded, so that `%2F` and `%2e%2e` stay inside their segment and
no library normalises them away. Names are case-sensitive; what the values mean is for `api` to say.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote

from worker.sandbox.faults import Kind

PREFIX = "/arm/v1"
TOKEN_PATH = "/token"
_LISTS = {
    "customers": Kind.LIST_CUSTOMERS,
    "documents": Kind.GET_DOCUMENTS,
    "aritems": Kind.GET_ARITEMS,
}
_ONE = {"GET": Kind.GET_CUSTOMER, "DELETE": Kind.DELETE}


@dataclass(frozen=True, slots=True)
class Call:
    """One request: `client` and `customer` are decoded; `known` tells a wrong method from a wrong path."""

    kind: Kind
    path: str
    client: str = ""
    customer: str | None = None
    known: bool = True
    query: Mapping[str, str] = field(default_factory=dict)


def route(method: str, target: str) -> Call:
    """Read method and raw target (as they stood in the request line)."""
    path, _, query = target.partition("?")
    if path == TOKEN_PATH:
        return Call(Kind.TOKEN, path) if method == "POST" else Call(Kind.OTHER, path)
    if not path.startswith(PREFIX + "/"):
        return Call(Kind.OTHER, path, known=False)
    return _under_prefix(method, path, _parse(query) if query else {})


def _under_prefix(method: str, path: str, query: Mapping[str, str]) -> Call:
    match path[len(PREFIX) + 1 :].split("/"):
        case ["clients", client, "customers", number] if number:
            kind = _ONE.get(method, Kind.OTHER)
            return Call(kind, path, unquote(client), unquote(number), query=query)
        case ["clients", client, name] if name in _LISTS:
            kind = _LISTS[name] if method == "GET" else Kind.OTHER
            return Call(kind, path, unquote(client), query=query)
    return Call(Kind.OTHER, path, known=False)


def _parse(query: str) -> dict[str, str]:
    """The first value of each name."""
    values: dict[str, str] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        values.setdefault(name, value)
    return values
