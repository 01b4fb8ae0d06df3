"""The canonical audit line, its hash, and the check of a chain of them.

Decides the bytes of a line: members in a fixed order, `prev` the hash of the line before, `hash` last. It proves
that no line was changed, dropped or moved within what it is shown; it cannot see that a tail was cut off.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256

from worker.core.facts import Fact, Record

GENESIS = "0" * 64
"""`prev` of the first line."""
FORMAT = "amili-purge-audit/1"
"""The format named in the first line of every campaign."""
_MARK = b',"hash":"'


@dataclass(frozen=True, slots=True)
class Head:
    """The end of a chain: how many lines it has, and the hash of the last (64 zeros before the first)."""

    seq: int = 0
    hash: str = GENESIS


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom a fact is about; both numbers stand in each of a customer's lines."""

    client_no: int
    customer_no: str


def seal(head: Head, time: str, fact: Fact, subject: Subject | None = None) -> tuple[Head, Record]:
    """One more line on the chain: its record (`line` without a newline), and the new head."""
    seq = head.seq + 1
    whom = {} if subject is None else {"clientNo": subject.client_no, "customerNo": subject.customer_no}
    members = {"seq": seq, "time": time, "kind": fact.kind.value, **whom, **fact.body(), "prev": head.hash}
    text = json.dumps(members, ensure_ascii=False, separators=(",", ":"))
    # A file name that is no UTF-8 holds lone surrogates; escaped as \udcxx they are still JSON, and read back the same.
    opened = text.encode(errors="backslashreplace")[:-1]
    digest = sha256(opened).hexdigest()
    line = b'%b%b%b"}' % (opened, _MARK, digest.encode())
    client, customer = (None, None) if subject is None else (subject.client_no, subject.customer_no)
    return Head(seq, digest), Record(seq, time, fact, client, customer, line)


@dataclass(frozen=True, slots=True)
class Link:
    """One line of a log that holds: its decoded members."""

    members: dict[str, object]


@dataclass(frozen=True, slots=True)
class Flaw:
    """The first line of a log that does not hold, counted from 1, and what is wrong with it."""

    line: int
    what: str


def follow(lines: Iterable[bytes]) -> Iterator[Link | Flaw]:
    """Each line of a log (with its newline) as a `Link`, until the first `Flaw`, which is the last item."""
    head = Head()
    for line in lines:
        link = _link(line, head)
        if isinstance(link, str):
            yield Flaw(head.seq + 1, link)
            return
        head = Head(head.seq + 1, str(link.members["hash"]))
        yield link


def _link(line: bytes, head: Head) -> Link | str:
    """The line as a link, or what is wrong with it. Each line is decoded once: logs may hold millions."""
    if not line.endswith(b"\n"):
        return "the line is torn: it has no line end"
    opened, mark, rest = line.rpartition(_MARK)
    if not mark or len(rest) != 64 + len(b'"}\n') or not rest.endswith(b'"}\n'):
        return "the line has no hash at its end"
    digest = sha256(opened).hexdigest()
    if digest.encode() != rest[:64]:
        return "the line's hash does not fit its bytes"
    try:
        members = json.loads(opened + b"}")
    except (ValueError, RecursionError):
        return "the line is not JSON"
    if not isinstance(members, dict) or members.get("seq") != head.seq + 1:
        return f"seq is not {head.seq + 1}: lines were dropped, doubled or moved"
    if members.get("prev") != head.hash:
        return "prev is not the hash of the line before"
    return Link(members | {"hash": digest})
