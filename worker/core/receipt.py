"""A receipt: one customer's lines, the proof that each stands in a signed log, and nothing of anybody else.

Decides the members of the file and what is wrong with one. It says what these lines say: that no later line names the
customer it cannot, as that would take all the other lines.
"""

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from worker.core.chain import Link, link_in
from worker.core.checkpoint import Note, VerifierKey, notes_in
from worker.core.customer import fold
from worker.core.facts import CUSTOMER_NO, CUSTOMER_REF
from worker.core.merkle import HASH_SIZE, root_from
from worker.core.trace import Trace

FORMAT = "amili-purge-receipt/1"
"""The format named in every receipt."""


@dataclass(frozen=True, slots=True)
class Proved:
    """One line (without its line end), its place in the log (from 1), and the path to the root, the nearest first."""

    seq: int
    line: bytes
    path: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a receipt holds. `key` is the public key that it names; whether that is the right one is not said here.

    With `is_ref`, `customer_no` is the pseudonym that the campaign's log has in its place.
    """

    client_no: int
    customer_no: str
    verdict: str | None
    reason: str
    proved: tuple[Proved, ...]
    note: Note
    key: VerifierKey
    is_ref: bool = False

    @property
    def member(self) -> str:
        """What the customer is called by, in the receipt and in its lines."""
        return CUSTOMER_REF if self.is_ref else CUSTOMER_NO

    def as_json(self) -> str:
        """The text of the file."""
        members = {
            "format": FORMAT,
            "clientNo": self.client_no,
            self.member: self.customer_no,
            "verdict": self.verdict,
            "reason": self.reason,
            "lines": [_told(one) for one in self.proved],
            "checkpoint": str(self.note),
            "key": str(self.key),
        }
        return json.dumps(members, ensure_ascii=False, indent=2) + "\n"


def _told(one: Proved) -> dict[str, object]:
    path = [base64.b64encode(each).decode() for each in one.path]
    return {"seq": one.seq, "line": one.line.decode(), "path": path}


def parse(text: str) -> Receipt | str:
    """The receipt that stands in a file, or why there is none."""
    try:
        members = json.loads(text)
        if members["format"] != FORMAT:
            return f"the format is not {FORMAT}"
        proved = tuple(_proved(each) for each in members["lines"])
        notes, key = list(notes_in(members["checkpoint"])), VerifierKey.parse(members["key"])
        is_ref = CUSTOMER_NO not in members
        whom = (int(members["clientNo"]), str(members[CUSTOMER_REF if is_ref else CUSTOMER_NO]))
        told = (members["verdict"], str(members["reason"]))
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        return f"it is no receipt: {type(error).__name__}"
    if isinstance(key, str):
        return key
    if len(notes) != 1 or str(notes[0]) != members["checkpoint"]:
        return "it holds no checkpoint, or more than one"
    return Receipt(*whom, *told, proved, notes[0], key, is_ref)


def _proved(members: Mapping[str, object]) -> Proved:
    seq, line, path = members["seq"], members["line"], members["path"]
    if not isinstance(seq, int) or not isinstance(line, str) or not isinstance(path, list):
        raise TypeError
    hashes = tuple(base64.b64decode(each, validate=True) for each in path)
    if any(len(each) != HASH_SIZE for each in hashes):
        raise ValueError
    return Proved(seq, line.encode(), hashes)


def faults(receipt: Receipt) -> tuple[str, ...]:
    """What cannot be in a receipt; nothing if its lines stand in the log that was signed, and say what it says."""
    problems, trace, last = [], Trace(), 0
    if f"/clients/{receipt.client_no}/amili-purge/" not in receipt.note.checkpoint.origin:
        problems.append(f"the log is not one of client {receipt.client_no}")
    for one in receipt.proved:
        link = link_in(one.line)
        if one.seq <= last:
            problems.append(f"line {one.seq} does not come after line {last}")
        elif isinstance(link, str):
            problems.append(f"line {one.seq}: {link}")
        else:
            problems += [f"line {one.seq}: {what}" for what in _line_faults(receipt, one, link, trace)]
        last = one.seq
    if not receipt.proved or (trace.verdict, trace.reason) != (receipt.verdict, receipt.reason):
        problems.append(f"the lines do not say {receipt.verdict} ({receipt.reason})")
    return tuple(problems)


def _line_faults(receipt: Receipt, one: Proved, link: Link, trace: Trace) -> Sequence[str]:
    checkpoint, members = receipt.note.checkpoint, link.members
    if root_from(one.line, one.seq - 1, checkpoint.size, one.path) != checkpoint.root:
        return ["it does not stand there in the log that was signed"]
    number = members.get(receipt.member)
    if members.get("seq") != one.seq or members.get("clientNo") != receipt.client_no or not isinstance(number, str):
        return ["it is not a line of that place about a customer of that client"]
    if fold(number) != fold(receipt.customer_no):
        return ["it names another customer"]
    # Whether a run took up settled customers again stands in lines that are nobody's business here.
    problem = trace.take_in(members, one.seq, rechecked=one.seq)
    return [problem] if problem else []
