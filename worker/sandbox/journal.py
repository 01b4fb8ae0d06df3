"""The sandbox's own request ledger: what really came over the wire, and what it did.

One record a request, in the order of arrival, in memory and, when a file is named, as JSON lines. A line is
written before the first byte of the answer leaves, and again when something about the request changes (a hang
ends, a late effect comes); `read` keeps the last line of each number. It never holds a token or a body.
"""

from bisect import bisect_left
from collections import Counter, deque
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from worker.sandbox.conduct import Ending
from worker.sandbox.faults import Kind


@dataclass(slots=True)
class Record:
    """One request; times are seconds, monotonic (one clock for all processes of a machine) and Unix.

    It was seen at `arrived`, and had come up to `lag` seconds before: so long the sandbox itself had been held up.
    """

    number: int
    arrived: float
    wall: float
    method: str
    target: str
    kind: Kind
    customer: str | None = None
    fault: str | None = None
    status: int | None = None
    ended: Ending = Ending.PENDING
    effect_at: float | None = None
    effect_wall: float | None = None
    lag: float = 0.0


class Journal:
    """All requests since the start. A file that is there already is begun anew: new world, new ledger."""

    def __init__(self, path: Path | None = None) -> None:
        """Open the file unbuffered, so that each line is in the system's hands when `write` returns."""
        self.records: list[Record] = []
        self._file = None if path is None else path.open("wb", buffering=0)

    def write(self, record: Record) -> None:
        """Put the record into the file as it stands now."""
        if self._file is not None:
            self._file.write(line(record))

    def close(self) -> None:
        """Close the file; records stay readable in memory."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def counts(self) -> dict[str, int]:
        """Requests by kind, every kind named."""
        found = Counter(record.kind for record in self.records)
        return {kind.value: found[kind] for kind in Kind}

    def effects(self) -> list[Record]:
        """The DELETEs that took effect."""
        return [record for record in self.records if record.effect_at is not None]

    def most_in_a_second(self) -> int:
        """The most requests to the API (the token service not counted) in any sliding second."""
        return most_within(1.0, (record.arrived for record in self.records if record.kind is not Kind.TOKEN))


def most_within(seconds: float, times: Iterable[float]) -> int:
    """The most of these (ascending) times in any half-open window of that length."""
    inside: deque[float] = deque()
    most = 0
    for time in times:
        inside.append(time)
        while time - inside[0] >= seconds:
            inside.popleft()
        most = max(most, len(inside))
    return most


def surely_within(seconds: float, records: Iterable[Record]) -> int:
    """The most requests that certainly came within any window of that length, wherever in their lags they came."""
    spans = [(record.arrived - record.lag, record.arrived) for record in records]
    latest, most = [last for _, last in spans], 0
    for first, _ in spans:
        inside = spans[bisect_left(latest, first) : bisect_left(latest, first + seconds)]
        most = max(most, sum(earliest >= first for earliest, _ in inside))
    return most


def line(record: Record) -> bytes:
    """The record as one JSON line."""
    return orjson.dumps(record, option=orjson.OPT_APPEND_NEWLINE)


def parse(data: bytes) -> list[Record]:
    """Records from JSON lines, the last line of each number; a torn last line is passed over."""
    whole = data[: data.rfind(b"\n") + 1]
    records = (_record(orjson.loads(text)) for text in whole.splitlines())
    return [record for _, record in sorted({record.number: record for record in records}.items())]


def read(path: Path) -> list[Record]:
    """Read a journal's file, also while the sandbox goes on writing."""
    return parse(path.read_bytes())


def _record(fields: dict[str, Any]) -> Record:
    values = fields | {"kind": Kind(str(fields["kind"])), "ended": Ending(str(fields["ended"]))}
    return Record(**values)
