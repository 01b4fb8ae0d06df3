"""A second verifier, written from docs/audit-format.md alone: standard library, and one package for Ed25519.

`python second_verifier.py LOG [CHECKPOINTS KEY …]` says ok, or what is wrong. It shares no line with the worker.
"""

import base64
import json
import re
import sys
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

ENDING = re.compile(rb',"hash":"([0-9a-f]{64})"}\Z')
SIZE, ROOT = re.compile(r"0|[1-9][0-9]*"), re.compile(r"[A-Za-z0-9+/]{43}=")
DONE, STANDS = {"deleted", "deleted_inferred"}, {"already_absent", "ineligible", "protected", "refused"}
VERDICTS = DONE | STANDS | {"unchecked", "in_doubt", "eligible"}
Line = dict[str, Any]  # whatever the JSON of a line holds


def object_in(line: bytes) -> Line | None:
    """Section 2: the line's members if its hash fits and it is an object."""
    found = ENDING.search(line)
    opened = line.rpartition(b',"hash":"')[0]
    if found is None or len(opened) != found.start() or sha256(opened).hexdigest().encode() != found[1]:
        return None
    try:
        members = json.loads(line.decode("utf-8"))
    except (ValueError, RecursionError):
        return None
    return members if isinstance(members, dict) else None


def chain(data: bytes) -> Iterator[tuple[bytes, Line] | str]:
    """Sections 1 and 3, rules 1 to 4: each line with its members, or a last word about the first that is faulty."""
    before = "0" * 64
    for place, line in enumerate(data.split(b"\n")[:-1], start=1):
        members = object_in(line)
        if members is None:
            yield f"line {place}: its hash does not fit, or it is no object"
            return
        if repr(members.get("seq")) != repr(place) or members.get("prev") != before:
            yield f"line {place}: it does not follow the line before"
            return
        before = members["hash"]
        yield line, members


class Customer:
    """Rules 7 to 11, for one customer: one method for each kind of line."""

    def __init__(self) -> None:
        self.intents = self.attempts = self.sent = self.since = 0
        self.last = ""

    def faults(self, members: Line, place: int, recheck: int) -> Iterator[str]:
        kind = members.get("kind")
        if kind != "control" and (self.last in DONE or (self.last in STANDS and recheck <= self.since)):
            yield "named again after its verdict"
        if kind in ("intent", "attempt", "verdict", "control"):
            yield from getattr(self, kind)(members, place)
        elif kind != "check":
            yield "a kind that does not exist"

    def intent(self, members: Line, _: int) -> Iterator[str]:
        self.intents += 1
        if members.get("attempt") != self.intents:
            yield "an intent with a wrong number"

    def attempt(self, members: Line, _: int) -> Iterator[str]:
        evidence = members.get("evidence")
        sent = evidence.get("sent") if isinstance(evidence, dict) else None
        self.attempts, self.sent = self.attempts + 1, self.sent + (sent is True)
        if self.attempts > self.intents or not isinstance(sent, bool):
            yield "an attempt without an intent, or that does not say whether it was sent"

    def control(self, members: Line, _: int) -> Iterator[str]:
        if members.get("action") != "requested_again" or self.last not in DONE | STANDS:
            yield "opened again without having been settled"
        self.last, self.sent = "", 0

    def verdict(self, members: Line, place: int) -> Iterator[str]:
        verdict = members.get("verdict")
        if not isinstance(verdict, str) or verdict not in VERDICTS:
            yield "a verdict that does not exist"
            return
        self.last, self.since = verdict, place
        if (verdict == "deleted" and not self.sent) or (verdict == "deleted_inferred" and not self.intents):
            yield "a deletion without a DELETE"


def story(lines: Sequence[Line]) -> Iterator[str]:
    """Section 3, rules 5 to 12."""
    customers: dict[str, Customer] = defaultdict(Customer)
    first = lines[0] if lines else {}
    names = sorted(("customerNo", "customerRef"), reverse="pseudonymKey" in first)
    recheck, most = 0, first.get("customers")
    if first.get("kind") != "campaign" or first.get("format") != "amili-purge-audit/1":
        yield "the first line is not that of a campaign in this format"
    for place, members in enumerate(lines, start=1):
        kind, number = members.get("kind"), members.get(names[0])
        if kind == "campaign":
            recheck = place if members.get("recheck") is True else recheck
            most = members.get("customers") if members.get("event") == "enlisted" else most
        elif kind == "control" and not members.keys() & names:
            continue
        elif isinstance(number, str) and members.get("clientNo") == first.get("clientNo") and names[1] not in members:
            folded = unicodedata.normalize("NFC", unicodedata.normalize("NFC", number).casefold())
            yield from customers[folded].faults(members, place, recheck)
        else:
            yield f"line {place}: it names no customer of this client"
    if [at for at, line in enumerate(lines) if (line.get("kind"), line.get("event")) == ("campaign", "created")] != [0]:
        yield "the first line, and no other, creates the campaign"
    yield from ["more customers are named than the campaign has"] * (isinstance(most, int) and len(customers) > most)


def root(leaves: Sequence[bytes]) -> bytes:
    """Section 4: the tree's root over hashes of leaves."""
    if len(leaves) == 1:
        return leaves[0]
    half = 1 << ((len(leaves) - 1).bit_length() - 1)
    return sha256(b"\x01" + root(leaves[:half]) + root(leaves[half:])).digest()


def notes(text: str) -> Iterator[tuple[list[str], list[str]]]:
    """Section 4: the lines of each checkpoint in a file, and those of its signatures."""
    lines = text.split("\n")
    for place, line in enumerate(lines):
        if line or place < 3:
            continue
        start = place
        while start and lines[start - 1] and not lines[start - 1].startswith("\u2014 "):
            start -= 1
        end = place + 1
        while end < len(lines) and lines[end].startswith("\u2014 "):
            end += 1
        body = lines[start:place]
        at = [at for at in range(1, len(body) - 1) if SIZE.fullmatch(body[at]) and ROOT.fullmatch(body[at + 1])]
        if at and end > place + 1:
            yield body[at[0] - 1 :], lines[place + 1 : end]


def trusted(body: Sequence[str], signatures: Sequence[str], keys: Sequence[str]) -> bool:
    """Section 4: whether a known key signed, and none of the known keys' signatures is wrong."""
    known = {(key.split("+", 2)[0], bytes.fromhex(key.split("+", 2)[1])): key.split("+", 2)[2] for key in keys}
    good = 0
    for line in signatures:
        blob = base64.b64decode(line.split(" ")[2])
        public = known.get((line.split(" ")[1], blob[:4]))
        if public is not None:
            try:
                text = "".join(f"{each}\n" for each in body).encode()
                Ed25519PublicKey.from_public_bytes(base64.b64decode(public)[1:]).verify(blob[4:], text)
            except (InvalidSignature, ValueError):
                return False
            good += 1
    return good > 0


def against(lines: Sequence[bytes], first: Line, text: str, keys: Sequence[str]) -> Iterator[str]:
    """Section 4: hold the log against all checkpoints of it in a file."""
    name = f"{str(first.get('baseUrl')).partition('://')[2]}/clients/{first.get('clientNo')}/amili-purge/{first.get('campaign')}"
    leaves, fitting = [sha256(b"\x00" + line).digest() for line in lines], 0
    for body, signatures in notes(text):
        if body[0].rpartition("/")[0] != name:
            continue
        size = int(body[1])
        if not trusted(body, signatures, keys):
            yield f"checkpoint of {size}: not signed by a known key"
        elif body[0] != f"{name}/{first.get('hash')}" or not 0 < size <= len(leaves):
            yield f"checkpoint of {size}: of a log that begins otherwise, or is longer"
        elif base64.b64decode(body[2]) != root(leaves[:size]):
            yield f"checkpoint of {size}: another root"
        else:
            fitting += 1
    if not fitting:
        yield "no checkpoint of this log"


def faults(data: bytes, checkpoints: str | None = None, keys: Sequence[str] = ()) -> list[str]:
    """All that is wrong with a log, held against checkpoints if there are any."""
    found = list(chain(data))
    whole = [each for each in found if not isinstance(each, str)]
    told = [each for each in found if isinstance(each, str)] + list(story([members for _, members in whole]))
    if checkpoints is not None:
        told += against([line for line, _ in whole], whole[0][1] if whole else {}, checkpoints, keys)
    return told


if __name__ == "__main__":
    kept = Path(sys.argv[2]).read_text("utf-8") if len(sys.argv) > 2 else None
    problems = faults(Path(sys.argv[1]).read_bytes(), kept, sys.argv[3:])
    sys.stdout.write(("\n".join(problems) or "ok") + "\n")
    sys.exit(bool(problems))
