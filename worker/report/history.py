"""What the audit lines tell of a campaign's course: its runs, who started them, and how many requests were sent when.

Decides where a moment stands on an axis of worked time, on which the nights between runs take no room. Reads each
line once and keeps no customer; it judges no line (the verifier does).
"""

import json
from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from math import ceil
from typing import Any, Final

from worker.core.facts import FactKind
from worker.core.values import replace

BUCKETS: Final = 200
"""So many intervals at the most, however long a campaign takes: they grow instead."""
_SILENCE: Final = 60.0  # seconds without a line after which a new run begins a new stretch of work
_STEADY: Final = 200.0  # requests an interval: with less, the moment of recording would look like an uneven pace
_KEPT: Final = 500  # runs and interventions that a page can still show
# Where things stand in a line: its time has always as many characters, and its kind comes right after.
_TIME: Final = b'"time":"'
_SECOND: Final = len("2025-01-31T12:00:00")
_FRACTION: Final = len("2025-01-31T12:00:00.000000")
_KIND: Final = len('2025-01-31T12:00:00.000000Z","kind":"')
_CHECK: Final = b"ch"
_SENDING: Final = frozenset({_CHECK, b"at"})  # a check, an attempt
_BESIDES: Final = frozenset({b"in", b"ve"})  # an intent, a verdict
_GETS: Final = b'"gets":'
_SENT: Final = b'"sent":true'


@dataclass(frozen=True, slots=True)
class Ran:
    """One run: who started it and under which approval. `ended_at` is None for one that was killed or goes on.

    `signed_by` is the verifier key of the second person, if one had to sign, and `advisory` that this bound nobody.
    """

    command: str
    started_at: str
    user: str
    host: str
    subject: str | None
    version: str
    approval: str | None
    process: tuple[object, object]
    signed_by: str | None = None
    signed_at: str | None = None
    advisory: bool = False
    ended_at: str | None = None
    exit_code: int | None = None
    why: str | None = None


@dataclass(frozen=True, slots=True)
class Intervention:
    """Somebody steered the campaign: what was done, when, by whom, and why; an approval names the `key` it was with."""

    time: str
    action: str
    user: str
    because: str
    key: str


class History:
    """The course of one campaign: seconds of worked time, and the requests of each interval of `width` seconds."""

    def __init__(self) -> None:
        self.runs: list[Ran] = []
        self.interventions: list[Intervention] = []
        self.left_out = 0
        self.width = 1.0
        self.requests: list[int] = []
        self.limits: list[tuple[float, float]] = []
        self.stretches: list[tuple[float, float]] = []
        self.seconds = 0.0
        self._begins: list[float] = []
        self._working: set[tuple[object, object]] = set()
        self._found = ("", 0)

    def follow(self, lines: Iterable[bytes]) -> "History":
        """Read the lines from the first on."""
        waiting, time = 0, b""
        for line in lines:
            begin = line.index(_TIME) + len(_TIME)
            kind = line[begin + _KIND : begin + _KIND + 2]
            if kind in _SENDING:
                if line[begin : begin + _SECOND] != time[:_SECOND]:  # of most seconds there are many lines
                    self._add(waiting, time)
                    waiting = 0
                time = line[begin : begin + _FRACTION]
                waiting += _gets(line) if kind == _CHECK else _SENT in line
            elif kind not in _BESIDES:
                self._add(waiting, time)
                waiting, time = 0, b""
                self._told(json.loads(line))
        self._add(waiting, time)
        return self

    def at(self, time: str) -> int:
        """The interval that holds a moment (RFC 3339); one after the last line belongs to the last."""
        second = time[:_SECOND]
        if self._found[0] != second:
            worked = min(self._worked(_moment(second)), self.seconds)
            self._found = (second, min(int(worked / self.width), max(len(self.requests) - 1, 0)))
        return self._found[1]

    def _told(self, members: Mapping[str, Any]) -> None:
        if members["kind"] == FactKind.CAMPAIGN:
            self._campaign(members, _moment(members["time"][:_FRACTION]))
        elif members["kind"] == FactKind.CONTROL:  # between two runs as a rule: it is no work
            told = (str(members.get(name) or "") for name in ("time", "action", "user", "because", "key"))
            self._keep(self.interventions, Intervention(*told))

    def _campaign(self, members: Mapping[str, Any], moment: float) -> None:
        process = (members.get("host"), members.get("pid"))
        if members["event"] == "started":
            self._begin(members, moment, process)
        elif members["event"] == "ended":
            self.seconds = max(self.seconds, self._worked(moment))
            self._working.discard(process)
            self._end(members, process)

    def _begin(self, members: Mapping[str, Any], moment: float, process: tuple[object, object]) -> None:
        idle = not self._working or self._worked(moment) - self.seconds > _SILENCE
        if idle:
            self._begins.append(moment)
            self.stretches.append((self.seconds, moment))
        self._working.add(process)
        rate = members.get("settings", {}).get("rate")
        if isinstance(rate, int | float) and rate > 0:
            if not self.limits:
                self.width = float(ceil(max(1.0, _STEADY / rate)))
            self.limits.append((self._worked(moment), float(rate)))
        self._keep(self.runs, _ran(members, process))

    def _end(self, members: Mapping[str, Any], process: tuple[object, object]) -> None:
        for place in reversed(range(len(self.runs))):
            run = self.runs[place]
            if run.process == process and run.ended_at is None:
                code, why = members.get("exitCode"), members.get("why")
                self.runs[place] = replace(run, ended_at=members["time"], exit_code=code, why=why)
                return

    def _keep(self, kept: list[Any], one: object) -> None:
        """The first stays, and the last ones do."""
        kept.append(one)
        if len(kept) > _KEPT:
            del kept[1]
            self.left_out += 1

    def _add(self, count: int, time: bytes) -> None:
        if not time:
            return
        self.seconds = max(self.seconds, self._worked(_moment(time.decode())))
        place = int(self.seconds / self.width)
        while place >= BUCKETS:
            pairs = self.requests + [0] * (len(self.requests) % 2)
            self.requests = [sum(pair) for pair in zip(pairs[::2], pairs[1::2], strict=True)]
            self.width *= 2
            place = int(self.seconds / self.width)
        self.requests += [0] * (place + 1 - len(self.requests))
        self.requests[place] += count

    def _worked(self, moment: float) -> float:
        place = bisect_right(self._begins, moment) - 1
        if place < 0:
            return 0.0
        before, begun = self.stretches[place]
        worked = before + moment - begun
        return worked if place + 1 == len(self.stretches) else min(worked, self.stretches[place + 1][0])


def _moment(time: str) -> float:
    """Seconds since 1970 of a time in UTC without its last letter."""
    return datetime.fromisoformat(f"{time}+00:00").timestamp()


def _gets(line: bytes) -> int:
    begin = line.rindex(_GETS) + len(_GETS)
    return int(line[begin : line.index(b",", begin)])


def _ran(members: Mapping[str, Any], process: tuple[object, object]) -> Ran:
    return Ran(
        command=members["command"],
        started_at=members["time"],
        user=members["user"],
        host=members["host"],
        subject=members.get("tokenSubject"),
        version=members["version"],
        approval=members.get("approval"),
        process=process,
        signed_by=members.get("signedBy"),
        signed_at=members.get("signedAt"),
        advisory=bool(members.get("advisory")),
    )
