"""The judge: holds a campaign's account against the server's own journal, and names every breach of A to H.

Decides from files alone: `audit.jsonl`, `summary.json`, `report.csv`, the sandbox's journal and who still exists.
It shares no rule with the worker: hashes, verdicts and folding are spelt out here once more. It never mends a doubt
in the worker's favour; what a SIGKILL excuses stands beside the check that it loosens.
"""

import hashlib
import json
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from itertools import pairwise
from math import ceil, inf
from typing import Final

from worker.prove.evidence import Evidence, Line, fold
from worker.sandbox.conduct import Ending
from worker.sandbox.faults import Kind
from worker.sandbox.journal import Record, surely_within

GONE: Final = {"deleted", "deleted_inferred"}
OPEN: Final = {"unchecked", "in_doubt", "not_reached", "eligible"}
UNASKED: Final = {"invalid", "duplicate"}
DELETING: Final = {"apply", "run"}
CLEAR: Final = {"customer": "some", "documents": "none", "aritems": "none"}
_READS: Final = (Kind.GET_CUSTOMER, Kind.GET_DOCUMENTS, Kind.GET_ARITEMS)
_HARMLESS: Final = {None, "hang_before", "hang_after", "drip", "latency", "jitter"}


@dataclass(frozen=True, slots=True)
class Terms:
    """What the runs were allowed: requests a second, seconds for a clearance and a request; whether one was killed.

    With `crowd` many workers were at it at once: no reader of the wire can tell whose request is whose, so a pass may
    begin before another worker's start, and one worker's end is not the others'.
    """

    rate: float
    killed: bool
    check_max_age: float = 2.0
    request_timeout: float = 30.0
    crowd: bool = False


@dataclass(slots=True)
class Story:
    """One customer: what the audit says, in its order, and what came over the wire."""

    lines: list[Line] = field(default_factory=list)
    wire: list[Record] = field(default_factory=list)

    def of(self, kind: str) -> list[Line]:
        """The audit's lines of that kind."""
        return [line for line in self.lines if line.kind == kind]

    @property
    def deletes(self) -> list[Record]:
        """The DELETEs that arrived."""
        return [record for record in self.wire if record.kind is Kind.DELETE]

    @property
    def sent(self) -> int:
        """How many DELETEs the audit says were sent."""
        return sum(line.sent for line in self.of("attempt"))

    @property
    def verdict(self) -> str | None:
        """The last one."""
        verdicts = self.of("verdict")
        return verdicts[-1].verdict if verdicts else None


@dataclass(frozen=True, slots=True)
class Case:
    """Evidence and terms, with the story of each customer (numbers folded)."""

    evidence: Evidence
    terms: Terms
    stories: dict[str, Story]


Check = Callable[[Case], Iterator[str]]


def judge(evidence: Evidence, terms: Terms) -> list[str]:
    """Every breach, each beginning with the letter of the invariant; an account that holds has none."""
    case = Case(evidence, terms, _stories(evidence))
    return [f"{letter}: {breach}" for letter, check in CHECKS.items() for breach in check(case)]


def _stories(evidence: Evidence) -> dict[str, Story]:
    stories: dict[str, Story] = defaultdict(Story)
    for line in evidence.lines:
        if line.customer is not None:
            stories[line.customer].lines.append(line)
    for record in evidence.wire:
        if record.customer is not None:
            stories[record.customer].wire.append(record)
    return stories


def _intended(case: Case) -> Iterator[str]:
    """A DELETE on the wire has an earlier intent of its own."""
    for number, story in case.stories.items():
        times = [line.time for line in story.of("intent")]
        for count, delete in enumerate(story.deletes, start=1):
            if bisect_right(times, delete.wall) < count:
                yield f"DELETE {count} of {number} (request {delete.number}) has no earlier intent"


def _one_verdict(case: Case) -> Iterator[str]:
    """Each row has one verdict, the audit's last one; the counts add up, in rows and in requests."""
    report, summary = case.evidence.report, case.evidence.summary
    counts = Counter(row.verdict for row in report)
    told = {verdict: count for verdict, count in summary.verdicts.items() if count}
    if counts != told or sum(counts.values()) != summary.rows:
        yield f"report.csv has {dict(counts)}, summary.json {told} of {summary.rows} rows"
    asked = [fold(row.number) for row in report if row.verdict not in UNASKED]
    if len(set(asked)) != len(asked) or len(asked) != summary.customers:
        yield f"{len(asked)} rows name {len(set(asked))} customers, summary.json has {summary.customers}"
    for row in report:
        if row.verdict not in UNASKED and not _told(row.verdict, case.stories.get(fold(row.number), Story())):
            yield f"{row.number} is {row.verdict} in report.csv, and not so in the audit log"
    strangers = {number for number, story in case.stories.items() if story.lines} - set(asked)
    yield from (f"{number} is in the audit log, and on no row" for number in strangers)


def _told(verdict: str, story: Story) -> bool:
    """Whether the audit says so too; what was not reached has no verdict, or a plan's."""
    if verdict == "not_reached":
        return story.verdict in {None, "eligible"}
    owed = verdict == "in_doubt" and len(story.of("intent")) > 0  # a killed run leaves its intents in doubt
    return story.verdict == verdict or owed


def _settled_once(case: Case) -> Iterator[str]:
    """After a settled verdict no line names the customer, and no DELETE arrives."""
    for number, story in case.stories.items():
        settled = [line for line in story.of("verdict") if line.verdict not in OPEN]
        if settled and story.lines[-1] is not settled[0]:
            yield f"{number} was settled in line {settled[0].seq}, and line {story.lines[-1].seq} names it again"
        if settled and any(delete.wall > settled[0].time for delete in story.deletes if not _late(case, delete)):
            yield f"{number} was settled in line {settled[0].seq}, and deleted again"


def _late(case: Case, delete: Record) -> bool:
    """What a frozen worker had in its hand when others took over; the API cannot fence it, so it must do no harm."""
    return case.terms.crowd and delete.status == HTTPStatus.NOT_FOUND and delete.effect_at is None


def late(evidence: Evidence) -> int:
    """DELETEs that arrived after their customer was settled, and found nobody: none is expected."""
    settled = {line.customer: line.time for line in evidence.lines if line.verdict is not None}
    deletes = [record for record in evidence.wire if record.kind is Kind.DELETE and record.customer in settled]
    return sum(record.wall > settled[record.customer] for record in deletes)


def _true(case: Case) -> Iterator[str]:
    """`deleted…` means gone, and by us; `in_doubt` may be either; everything else is not deleted by us."""
    for row in case.evidence.report:
        if row.verdict in UNASKED | {"in_doubt"}:
            continue
        number = fold(row.number)
        deletes = case.stories[number].deletes if number in case.stories else []
        ours = any(delete.effect_at is not None for delete in deletes)
        if ours != (row.verdict in GONE):
            yield f"{number} is {row.verdict}, and our DELETEs {'took' if ours else 'did not take'} effect"
        if row.verdict in GONE | {"already_absent"} and number in case.evidence.existing:
            yield f"{number} is {row.verdict}, and exists"
        if row.verdict in {"ineligible", "refused"} and number not in case.evidence.existing:
            yield f"{number} is {row.verdict}, and does not exist"
        if row.verdict == "deleted" and all(delete.status != HTTPStatus.OK for delete in deletes):
            yield f"{number} is deleted, and no DELETE of it was answered 200"
    yield from _denied(case)


def _denied(case: Case) -> Iterator[str]:
    """Not even for a while may a customer whom our DELETE has removed be called anything but deleted or in doubt."""
    for number, story in case.stories.items():
        gone_at = min((delete.effect_wall for delete in story.deletes if delete.effect_wall is not None), default=inf)
        for line in story.of("verdict"):
            if line.time > gone_at and line.verdict not in GONE | {"in_doubt"}:
                yield f"{number} is {line.verdict} in line {line.seq}, after our DELETE had taken effect"


def _counted(case: Case) -> Iterator[str]:
    """Attempts sent <= wire <= intents; all equal, and none left open, when no process was killed."""
    for number, story in case.stories.items():
        intents, attempts, wire = len(story.of("intent")), len(story.of("attempt")), len(story.deletes)
        if not story.sent <= wire <= intents:
            yield f"{number}: {story.sent} attempts sent, {wire} on the wire, {intents} intents"
        elif not case.terms.killed and (story.sent != wire or attempts != intents):
            sums = f"{story.sent} of {attempts} attempts were sent, {wire} on the wire, {intents} intents"
            yield f"{number}: no process was killed, and {sums}"
    for kind, told in case.evidence.summary.requests.items():
        seen = sum(record.kind.value == kind for record in case.evidence.wire)
        if told > seen or (told < seen and not case.terms.killed):
            yield f"summary.json has {told} {kind}, {seen} were on the wire"


def _cleared(case: Case) -> Iterator[str]:
    """No DELETE without three affirmative findings of one unbroken pass within one run, the last still fresh."""
    starts = [line.time for line in case.evidence.lines if line.event == "started"]
    starts = starts[:1] if case.terms.crowd else starts
    for number, story in case.stories.items():
        for before, line in pairwise([None, *story.lines]):
            if line is not None and line.kind == "intent" and (before is None or before.findings != CLEAR):
                yield f"{number}: the intent in line {line.seq} does not follow a clear check"
        settled = min((line.time for line in story.of("verdict") if line.verdict not in OPEN), default=inf)
        since = -inf
        for delete in story.deletes:
            if _late(case, delete) and delete.wall > settled:
                continue  # It is counted as late, and none is expected.
            begun = bisect_right(starts, delete.wall)
            if begun == 0 or not _passed(story, delete, max(since, starts[begun - 1]), case.terms):
                yield f"{number}: DELETE (request {delete.number}) without three sound and fresh reads before it"
            since = delete.wall


def _passed(story: Story, delete: Record, since: float, terms: Terms) -> bool:
    """Whether the last sound read of each kind, since then and before the DELETE, make a pass that is fresh.

    Among the reads of a crowd may be one of a worker that woke up late, so there the first of the customer counts.
    """
    sound = [r for r in story.wire if r.number < delete.number and r.wall >= since and _is_sound(r)]
    last = [max((r.arrived for r in sound if r.kind is kind), default=-inf) for kind in _READS]
    if terms.crowd:
        last[0] = min((r.arrived for r in sound if r.kind is _READS[0]), default=-inf)
    # The age counts from the answer, which may have come `request_timeout` after the request.
    oldest = delete.arrived - terms.check_max_age - terms.request_timeout
    customer, *lists = last
    return -inf < customer < min(lists) and max(lists) >= oldest


def _is_sound(record: Record) -> bool:
    return record.status == HTTPStatus.OK and record.fault in _HARMLESS and record.ended is not Ending.RESET


def _paced(case: Case) -> Iterator[str]:
    """Never above the rate in any sliding second at the server; of a fraction, whole requests in whole periods.

    What came while the sandbox itself was held up is counted where it surely came.
    """
    rate = case.terms.rate
    period = ceil(rate) / rate
    most = surely_within(period, (record for record in case.evidence.wire if record.kind is not Kind.TOKEN))
    if most > ceil(rate):
        yield f"{most} requests within {period:g} s, {ceil(rate)} are allowed"


def _stopped(case: Case) -> Iterator[str]:
    """DELETEs arrive only while a run that deletes goes on: none after its end, none under a plan."""
    marks = [line for line in case.evidence.lines if line.event in {"started", "ended"}]
    marks = marks[:1] if case.terms.crowd else marks
    times = [mark.time for mark in marks]
    for record in case.evidence.wire:
        if record.kind is Kind.DELETE:
            place = bisect_right(times, record.wall)
            if place == 0 or marks[place - 1].event == "ended" or marks[place - 1].command not in DELETING:
                yield f"request {record.number} is a DELETE while no run was allowed to delete"


def _chained(case: Case) -> Iterator[str]:
    """Each line carries the hash of its own bytes and of the line before, and the summary names the last."""
    before = "0" * 64
    for place, (raw, line) in enumerate(zip(case.evidence.raw, case.evidence.lines, strict=True), start=1):
        digest = hashlib.sha256(raw[: raw.rfind(b',"hash":')]).hexdigest()
        members = json.loads(raw)
        if (line.seq, members["prev"], members["hash"]) != (place, before, digest):
            yield f"line {place} breaks the chain"
            return
        before = digest
    told = (case.evidence.summary.audit_lines, case.evidence.summary.audit_head)
    if told != (len(case.evidence.raw), before):
        yield f"summary.json says {told}, the file ends with {len(case.evidence.raw)}, {before}"


CHECKS: Final[dict[str, Check]] = {
    "A": _intended,
    "B": _one_verdict,
    "C": _settled_once,
    "D": _true,
    "E": _counted,
    "F": _cleared,
    "G": _paced,
    "H": _stopped,
    "chain": _chained,
}


def worst(breaches: Sequence[str], most: int = 20) -> str:
    """The first breaches, a line each, for a message."""
    return "\n".join([*breaches[:most], f"… {len(breaches)} in all"] if len(breaches) > most else breaches)
