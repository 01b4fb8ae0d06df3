"""Generated answers to the worker's requests: the documented ones, mutated in text and in bytes.

Decides by the seed's chance alone. A body is mutated as JSON first, then as text, then as bytes, then by the HTTP
around it; about one in six stays as the documentation has it, so that a check which refuses everything is noticed.
"""

import codecs
import gzip
from dataclasses import dataclass
from random import Random

from tests.fuzz.json_text import Node, Obj, mutate, written
from worker.core.replies import Kind

CLIENT = 2218
ASKED = "AB-543210"
KEYS = {Kind.GET_DOCUMENTS: "documents", Kind.GET_ARITEMS: "arItems"}
STATUSES = (200, 201, 202, 203, 204, 206, 207, 226, 299, 301, 302, 304, 307, 400, 401, 403, 404, 405, 408, 409, 410,
            418, 422, 429, 451, 499, 500, 501, 502, 503, 504, 511, 599)  # fmt: skip
TYPES = ("application/json", "application/json; charset=utf-16", "application/json; charset=iso-8859-1", "text/html",
         "text/html; charset=nonsense", "text/plain", "application/octet-stream", "application/problem+json", "",
         "ø", "multipart/mixed; boundary=x", "application/json, text/html")  # fmt: skip
_TEXTS = ("<html><body>{}</body></html>", "{}{}", "// {}", "{},", ")]}}',\n{}", "callback({});", "\ufeff{}", "\x0c{}",
          "{}\n\n", "  {}  ", "{}\x00", "\x00{}", "'{}'", "{}#")  # fmt: skip
_ENCODINGS = ("utf-16", "utf-16-le", "utf-32", "iso-8859-1", "cp1252", "utf-7", "utf-8-sig")


@dataclass(frozen=True, slots=True)
class Generated:
    """One answer as it would come over the wire; `headers` are lines without an end."""

    kind: Kind
    status: int
    body: bytes
    retry_after: float | None = None
    headers: tuple[str, ...] = ()


def answer(kind: Kind, dice: Random) -> Generated:
    """One generated answer to a request of this kind about `ASKED` of `CLIENT`."""
    node = honest(kind, dice)
    for _ in range(dice.choice([0, 0, 0, 1, 1, 1, 1, 2, 3, 6])):
        node = mutate(node, dice)
    text = written(node)
    if dice.random() < 0.12:
        text = dice.choice(_TEXTS).replace("{}", text)
    status = 200 if dice.random() < 0.7 else dice.choice((*STATUSES, dice.randrange(100, 1000)))
    retry_after = dice.choice([0.0, 3.0]) if dice.random() < 0.05 else None
    return Generated(kind, status, _bytes(text, dice), retry_after, _headers(dice))


def honest(kind: Kind, dice: Random) -> Node:
    """The documented body of a success, of a customer, or of a list that holds something or nothing."""
    number = dice.choice([ASKED, ASKED, ASKED.lower()])
    match kind:
        case Kind.DELETE:
            numbers: list[tuple[str, Node]] = [("clientNo", CLIENT), ("accountNo", 500002), ("customerNo", number)]
            return Obj([("status", "PROCESSED"), ("result", "DELETED"), ("message", "Customer deleted"), *numbers])
        case Kind.GET_CUSTOMER:
            return _record(number, dice)
        case _:
            return _list(KEYS[kind], dice.choice([0, 0, 1, 3]), number, dice)


def _record(number: str, dice: Random) -> Node:
    return Obj([("clientNo", CLIENT), ("customerNo", number), ("name", "Ola"), ("address", Obj([("zip", "0150")]))])


def _list(key: str, count: int, number: str, dice: Random) -> Node:
    records: list[Node] = [_record(number, dice) for _ in range(count)]
    if dice.random() < 0.1:
        return records
    page: list[tuple[str, Node]] = [("pageNo", 1), ("currentPageSize", count), ("totalPages", 1), ("totalCount", count)]
    further: list[tuple[str, Node]] = [("maximumCount", 10000), ("nextPage", None), ("queryId", "x")]
    pairs: list[tuple[str, Node]] = [("summary", Obj(page + further)), (key, records)]
    if dice.random() < 0.1:
        pairs.append(
            (dice.choice(["items", key.capitalize(), "data"]), [_record(number, dice)] if dice.random() < 0.5 else [])
        )
    return Obj(dice.sample(pairs, len(pairs)))


def _bytes(text: str, dice: Random) -> bytes:
    encoding = dice.choice(_ENCODINGS) if dice.random() < 0.06 else "utf-8"
    body = text.encode(encoding, "backslashreplace" if encoding != "utf-8" else "surrogatepass")
    if dice.random() < 0.05:
        body = dice.choice([codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF8 * 2]) + body
    if dice.random() < 0.08 and body:
        body = _damaged(body, dice)
    return body


def _damaged(body: bytes, dice: Random) -> bytes:
    at = dice.randrange(len(body))
    match dice.randrange(5):
        case 0:
            return body[:at]
        case 1:
            return body[:at] + bytes([dice.randrange(256)]) + body[at + 1 :]
        case 2:
            return body[at:] + body[:at]
        case 3:
            return gzip.compress(body)
        case _:
            return b""


def _headers(dice: Random) -> tuple[str, ...]:
    if dice.random() < 0.5:
        return ()
    return tuple(f"Content-Type: {dice.choice(TYPES)}" for _ in range(dice.choice([1, 1, 1, 2])))
