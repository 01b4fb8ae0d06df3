"""The canonical audit line, its hash, and the check of a chain of them.

Decides the bytes of a line: members in a fixed order, `prev` the hash of the line before, `hash` last. It proves
that no line was changed, dropped or moved within what it is shown; it cannot see that a tail was cut off.
"""

import json
from collections.abc import Iterable, Iterator
from hashlib import sha256
from typing import NamedTuple

import orjson

from worker.core.facts import CUSTOMER_NO, CUSTOMER_REF, Fact, Record
from worker.core.values import Value

GENESIS = "0" * 64
"""`prev` of the first line."""
FORMAT = "amili-purge-audit/1"
"""The format named in the first line of every campaign."""
_MARK = b',"hash":"'
_CANONICAL = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
"""Members as the line has them. Made once: `json.dumps` would make an encoder anew for each line."""


class Head(Value, frozen=True):
    """The end of a chain: how many lines it has, and the hash of the last (64 zeros before the first)."""

    seq: int = 0
    hash: str = GENESIS


class Subject(Value, frozen=True):
    """Whom a fact is about; both numbers stand in each of a customer's lines.

    With `is_ref` it is a pseudonym that stands in the place of the customer number.
    """

    client_no: int
    customer: str
    is_ref: bool = False

    def members(self) -> dict[str, object]:
        """The members of the line that name it."""
        return {"clientNo": self.client_no, CUSTOMER_REF if self.is_ref else CUSTOMER_NO: self.customer}


def seal(head: Head, time: str, fact: Fact, subject: Subject | None = None, salt: str = "") -> tuple[Head, Record]:
    """One more line on the chain: its record (`line` without a newline), and the new head.

    `salt` is chance that nobody can guess: without it, who sees the hash of a neighbour's line could try all numbers.
    """
    seq = head.seq + 1
    whom = {} if subject is None else subject.members()
    salted = {"salt": salt} if salt else {}
    members = {"seq": seq, "time": time, "kind": fact.kind.value, **whom, **fact.body(), **salted, "prev": head.hash}
    opened = _written(members, plain=subject is not None)[:-1]
    digest = sha256(opened).hexdigest()
    line = b'%b%b%b"}' % (opened, _MARK, digest.encode())
    if subject is None:
        return Head(seq, digest), Record(seq, time, fact, None, None, line)
    number, ref = (None, subject.customer) if subject.is_ref else (subject.customer, None)
    return Head(seq, digest), Record(seq, time, fact, subject.client_no, number, line, ref)


def _written(members: dict[str, object], *, plain: bool) -> bytes:
    """The canonical text; `plain` members (words, whole numbers) have it by the quick way too, as tests see to."""
    if plain:
        try:
            return orjson.dumps(members)
        except orjson.JSONEncodeError:
            pass
    # A file name that is no UTF-8 holds lone surrogates; escaped as \udcxx they are still JSON, and read back the same.
    return _CANONICAL(members).encode(errors="backslashreplace")


class Link(NamedTuple):
    """One line of a log that holds: its decoded members, its hash among them, and its bytes without the line end."""

    members: dict[str, object]
    line: bytes


class Flaw(Value, frozen=True):
    """The first line of a log that does not hold, counted from 1, and what is wrong with it."""

    line: int
    what: str


def follow(lines: Iterable[bytes]) -> Iterator[Link | Flaw]:
    """Each line of a log (with its newline) as a `Link`, until the first `Flaw`, which is the last item.

    Each line is hashed and decoded once, and asked no more than it must be: logs may hold millions.
    """
    prev = GENESIS
    for seq, line in enumerate(lines, start=1):
        opened, _, end = line.rpartition(_MARK)
        digest = sha256(opened).hexdigest()
        members = None
        if end == b'%b"}\n' % digest.encode():
            try:
                members = orjson.loads(line)
            except ValueError:
                members = _decoded(line)
        if not isinstance(members, dict) or not _is(members.get("seq"), seq) or members.get("prev") != prev:
            yield Flaw(seq, _flaw(line, digest, members, seq))
            return
        prev = digest
        yield Link(members, line[:-1])


def link_in(line: bytes) -> Link | str:
    """One line by itself (without its line end): its hash fits its bytes; or what is wrong with it."""
    whole = line + b"\n"
    opened, _, end = whole.rpartition(_MARK)
    digest = sha256(opened).hexdigest()
    members = _decoded(whole)
    if end != b'%b"}\n' % digest.encode() or not isinstance(members, dict):
        return _flaw(whole, digest, members, 0)
    return Link(members, line)


def _flaw(line: bytes, digest: str, members: object, seq: int) -> str:
    """What is wrong with a line that does not hold."""
    _, mark, end = line.rpartition(_MARK)
    if not line.endswith(b"\n"):
        return "the line is torn: it has no line end"
    if not mark or len(end) != 64 + len(b'"}\n') or not end.endswith(b'"}\n'):
        return "the line has no hash at its end"
    if end[:64] != digest.encode():
        return "the line's hash does not fit its bytes"
    if not isinstance(members, dict):
        return "the line is not JSON"
    if not _is(members.get("seq"), seq):
        return f"seq is not {seq}: lines were dropped, doubled or moved"
    return "prev is not the hash of the line before"


def _is(found: object, number: int) -> bool:
    """Whether it is this whole number: 4.0 and true are equal to one, and are none."""
    return found.__class__ is int and found == number


def _decoded(line: bytes) -> object:
    """What the line says; None if it is no JSON in UTF-8. The quick way does not know every text that is JSON."""
    try:
        return json.loads(line.decode())
    except (ValueError, RecursionError):
        return None
