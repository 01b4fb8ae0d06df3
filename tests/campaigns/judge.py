"""Holds an ended command's files against the world and the wire: what every campaign owes, whatever its code.

It reads the files as a stranger would, with nothing of the worker's own reading. The truth is the sandbox's.
"""

import csv
import hashlib
import io
import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from worker.app.ending import Ending
from worker.sandbox.faults import Kind
from worker.sandbox.server import Sandbox

Line = dict[str, Any]  # One decoded line of a JSON file that a stranger reads.
GONE = frozenset({"deleted", "deleted_inferred"})
ENROLLED_ONLY = frozenset({"invalid", "duplicate"})


@dataclass(frozen=True, slots=True)
class Files:
    """A campaign's directory as a stranger reads it."""

    directory: Path

    @property
    def lines(self) -> list[Line]:
        """The audit log, each line decoded."""
        return [json.loads(line) for line in self.audit.read_bytes().splitlines()]

    @property
    def audit(self) -> Path:
        return self.directory / "audit.jsonl"

    @property
    def summary(self) -> Line:
        found: Line = json.loads((self.directory / "summary.json").read_text("utf-8"))
        return found

    @property
    def rows(self) -> list[dict[str, str]]:
        text = (self.directory / "report.csv").read_bytes().decode("utf-8-sig")
        (delimiter,) = {sign for sign in ",;|\t" if sign + "settled_at" in text.splitlines()[0]}
        return list(csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter))

    def of(self, number: str, *kinds: str) -> list[Line]:
        """The lines of one customer, of some kinds or of all."""
        return [one for one in self.lines if one.get("customerNo") == number and (not kinds or one["kind"] in kinds)]

    def kinds(self, kind: str) -> list[Line]:
        return [one for one in self.lines if one["kind"] == kind]

    def verdicts(self) -> dict[str, tuple[str, str]]:
        """Verdict and reason of each row, by its number; our columns have a prefix if the input has such names."""
        told = {}
        for row in self.rows:
            number = next(value for name, value in row.items() if name.casefold() in ("kundenr", "customerno"))
            told[number] = (row.get("amili_verdict") or row["verdict"], row.get("amili_reason") or row["reason"])
        return told


def files(ending: Ending) -> Files:
    return Files(ending.directory)


def counted(ending: Ending) -> dict[str, int]:
    """The verdicts that occurred, as `summary.json` has them."""
    return {name: count for name, count in Files(ending.directory).summary["verdicts"].items() if count}


def chained(data: bytes) -> list[Line]:
    """The lines of an audit log whose chain was recomputed here, after the words of the contract alone."""
    previous, lines = "0" * 64, []
    for seq, raw in enumerate(data.splitlines(keepends=True), start=1):
        assert raw.endswith(b'"}\n')
        line = json.loads(raw)
        opened, _, _ = raw.rpartition(b',"hash":')
        assert line["hash"] == hashlib.sha256(opened).hexdigest()
        assert (line["seq"], line["prev"]) == (seq, previous)
        assert list(line)[:3] == ["seq", "time", "kind"]
        assert list(line)[-2:] == ["prev", "hash"]
        previous = line["hash"]
        lines.append(line)
    return lines


def deleted_by_us(sandbox: Sandbox) -> set[str]:
    """Who was deleted by a request of ours; what a test deletes behind our back is request 0."""
    return {effect.customer for effect in sandbox.world.effects if effect.request}


def judged(ending: Ending, sandbox: Sandbox, *, killed: bool = False) -> None:
    """One verdict a row, files that agree, a chain that holds, and an account that fits the world and the wire."""
    found = files(ending)
    summary, lines = found.summary, chained(found.audit.read_bytes())
    assert summary["exit_code"] == ending.exit
    assert sum(summary["verdicts"].values()) == summary["rows"] == len(found.rows)
    assert Counter(row.get("amili_verdict") or row["verdict"] for row in found.rows) == counted(ending)
    assert (summary["audit"]["lines"], summary["audit"]["head"]) == (len(lines), lines[-1]["hash"])
    _true(found, sandbox)
    _as_on_the_wire(lines, sandbox, killed=killed)


def _true(found: Files, sandbox: Sandbox) -> None:
    """`deleted…` means gone by us, `in_doubt` may be either, everything else: not deleted by us."""
    gone = deleted_by_us(sandbox)
    for number, (verdict, _) in found.verdicts().items():
        if verdict in GONE:
            assert number in gone, f"{number} is {verdict} and was never deleted"
        elif verdict not in ENROLLED_ONLY | {"in_doubt"}:
            assert number not in gone, f"{number} is {verdict} and was deleted"


def _as_on_the_wire(lines: list[Line], sandbox: Sandbox, *, killed: bool) -> None:
    """Each DELETE on the wire is one attempt in the audit, and one intent; a kill leaves intents without attempts."""
    wire = Counter(record.customer for record in sandbox.journal.records if record.kind is Kind.DELETE)
    told = [line for line in lines if line["kind"] == "attempt" and line["evidence"]["sent"]]
    intents = Counter(line["customerNo"].casefold() for line in lines if line["kind"] == "intent")
    attempts = Counter(line["customerNo"].casefold() for line in told)
    assert attempts <= wire if killed else attempts == wire
    assert all(intents[number] >= count for number, count in wire.items())
