"""What a campaign left behind, read back: its audit log, summary and report, and the server's side of it.

Decides nothing and trusts nothing: files are read as any user's script would read them. It never opens the ledger.
"""

import csv
import json
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from worker.sandbox.journal import Record


def fold(number: str) -> str:
    """What makes two spellings one customer."""
    return unicodedata.normalize("NFC", number).casefold()


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the audit log, as far as a judge looks at it; `time` in Unix seconds, `customer` folded."""

    seq: int
    time: float
    kind: str
    customer: str | None = None
    event: str | None = None
    command: str | None = None
    sent: bool = False
    verdict: str | None = None
    findings: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the report."""

    number: str
    verdict: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """What `summary.json` says."""

    rows: int
    customers: int
    verdicts: Mapping[str, int]
    requests: Mapping[str, int]
    audit_lines: int
    audit_head: str
    exit_code: int | None = 0


@dataclass(frozen=True, slots=True)
class Evidence:
    """One campaign and its server: `existing` are the customers (folded) that are there in the end."""

    raw: Sequence[bytes]
    lines: Sequence[Line]
    summary: Told
    report: Sequence[Row]
    wire: Sequence[Record]
    existing: frozenset[str]


def gather(directory: Path, wire: Sequence[Record], existing: Iterable[str], column: str = "Kundenr") -> Evidence:
    """The evidence of the campaign in this directory; `column` is the report's column of customer numbers."""
    raw = (directory / "audit.jsonl").read_bytes().splitlines(keepends=True)
    return Evidence(
        raw=raw,
        lines=[_line(json.loads(line)) for line in raw],
        summary=_told(json.loads((directory / "summary.json").read_bytes())),
        report=_report(directory / "report.csv", column),
        wire=wire,
        existing=frozenset(existing),
    )


def _line(members: dict[str, Any]) -> Line:
    customer, evidence = members.get("customerNo"), members.get("evidence", {})
    return Line(
        seq=members["seq"],
        time=datetime.fromisoformat(members["time"]).timestamp(),
        kind=members["kind"],
        customer=None if customer is None else fold(customer),
        event=members.get("event"),
        command=members.get("command"),
        sent=bool(evidence.get("sent")),
        verdict=members.get("verdict"),
        findings=members.get("findings"),
    )


def _told(summary: dict[str, Any]) -> Told:
    audit = summary["audit"]
    names = ("rows", "customers", "verdicts", "requests", "exit_code")
    return Told(audit_lines=audit["lines"], audit_head=audit["head"], **{name: summary[name] for name in names})


def _report(path: Path, column: str) -> list[Row]:
    text = path.read_text("utf-8-sig")
    delimiter = next((mark for mark in ";\t|," if mark in text.partition("\n")[0]), ",")
    rows = csv.DictReader(text.splitlines(), delimiter=delimiter)
    return [Row(row[column], row["verdict"], row["reason"]) for row in rows]
