"""The ledger as reports read it: a connection of its own, beside whoever writes, row by row.

Decides which words an unfinished customer has in a report. It changes nothing, and holds no list in memory.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import fields
from pathlib import Path
from typing import Any

import orjson

from worker.core.chain import Head
from worker.core.intake import Header
from worker.core.lifecycle import RECORDED, Standing, State, Verdict, reported
from worker.core.orders import Orders
from worker.core.steps import Purpose
from worker.core.summary import SETTLED
from worker.errors import UsageWrong
from worker.ledger.database import failing, open_for_reading
from worker.ledger.leave import ORDERS, orders_of
from worker.ports import CampaignNote, PlanNote, ReportRow, RunNote, WorkerNote

# In the order of the fields of `CampaignNote`.
_CAMPAIGN = """
SELECT name, base_url, client_no, input_digest, begun_by, header, rows, customers, invalid, duplicate, blank,
       planning, plan, latch, pseudonym_key, closed_at, forgotten_at FROM campaign
"""
# In the order of the fields of `RunNote`.
_RUNS = "SELECT command, started_at, ended_at, exit_code, stopped_by, requests, pulse FROM runs ORDER BY id"
# Customers of whom nothing is known yet are counted, not sorted: at a start they are nearly all.
_GROUPS = """
SELECT 'open', 0, 0, '', count(*) FROM customers
WHERE state = 'open' AND unanswered = 0 AND setback = 0 AND reason = ''
UNION ALL
SELECT state, CASE WHEN unanswered > 0 THEN 1 ELSE 0 END, setback, reason, count(*) FROM customers
WHERE NOT (state = 'open' AND unanswered = 0 AND setback = 0 AND reason = '') GROUP BY 1, 2, 3, 4
"""
_ROWS = """
SELECT r.line, r.cells, r.invalid, r.verdict, r.reason, r.delete_status, r.settled_at,
       c.line, c.state, CASE WHEN c.unanswered > 0 THEN 1 ELSE 0 END, c.setback, c.reason, c.delete_status, c.settled_at
FROM rows r LEFT JOIN customers c ON c.id = r.customer ORDER BY r.line
"""
_BEFORE = "SELECT verdict, reason, count(*) FROM rows WHERE verdict IS NOT NULL GROUP BY 1, 2"
_LINES = "SELECT line FROM facts WHERE seq > ? ORDER BY seq"
_LAST = "SELECT line FROM facts ORDER BY seq DESC LIMIT 1"
# Where the log has pseudonyms, so has a plan's digest: it would tell numbers to whoever tries all.
_ELIGIBLE = "SELECT coalesce(ref, key) FROM found_free ORDER BY key"
_APPROVED = "SELECT coalesce(ref, key) FROM customers WHERE approved = 1 ORDER BY key"
_BY_APPROVAL = """
SELECT state, CASE WHEN unanswered > 0 THEN 1 ELSE 0 END, count(*) FROM customers WHERE approved = ? GROUP BY 1, 2
"""
_ENDINGS = "SELECT coalesce(ref, key), state, reason, intents FROM customers ORDER BY id"
_SET_BACK = "http_403"
_UNFINISHED: Mapping[State, str] = {State.ELIGIBLE: "not_applied", State.HELD: "absence_not_believed"}
_Told = tuple[Verdict, str]
_Row = tuple[Any, ...]  # Whatever the driver hands over; the queries above say what it is.


class CampaignBooks:
    """One campaign's ledger, read only. Each method sees what is committed when it is called.

    Usable from one thread at a time, not necessarily the one that opened it.
    """

    _workers = """
    SELECT command, host, pid, started_at, pulse, NULL FROM runs
    WHERE ended_at IS NULL AND id = (SELECT max(id) FROM runs)
    """

    def close(self) -> None:
        """Let go of the ledger."""
        raise NotImplementedError

    def snapshot(self) -> AbstractContextManager[None]:
        """Within it all methods see the same moment, whatever is written meanwhile."""
        raise NotImplementedError

    def _select(self, query: str, *values: int) -> Iterator[_Row]:
        """The rows of a query, one by one."""
        raise NotImplementedError

    def enrolled(self) -> bool:
        """Whether there is a campaign in it; a start that was killed early leaves none."""
        return next(self._select(_CAMPAIGN), None) is not None

    def campaign(self) -> CampaignNote:
        """What the campaign is bound to; `UsageWrong` if nothing was enrolled."""
        row = next(self._select(_CAMPAIGN), None)
        if row is None:
            raise UsageWrong("The campaign holds no list yet.", "Give its INPUT to `plan` or `run`.")
        members = _named(CampaignNote, row)
        members |= {"begun_by": Purpose(members["begun_by"]), "header": _header(members["header"])}
        members |= {"planning": bool(members["planning"]), "plan": _plan(members["plan"])}
        return CampaignNote(**members)

    def orders(self) -> Orders:
        """What people have ordered of it."""
        for row in self._select(ORDERS):
            return orders_of(row)
        return Orders()

    def runs(self) -> list[RunNote]:
        """All runs, oldest first."""
        members = (_named(RunNote, row) for row in self._select(_RUNS))
        return [RunNote(**one | {name: orjson.loads(one[name]) for name in ("requests", "pulse")}) for one in members]

    def workers(self) -> list[WorkerNote]:
        """Who may be working on it: runs that have begun and not ended. Of a file only the lock tells if it lives."""
        found = self._select(self._workers)
        return [
            WorkerNote(command, host, pid, started_at, told := orjson.loads(pulse), _silent(told, left))
            for command, host, pid, started_at, pulse, left in found
        ]

    def verdicts(self) -> Mapping[Verdict, int]:
        """Rows by verdict, as reported at this moment; they add up to the rows."""
        note = self.campaign()
        counts = Counter({Verdict.INVALID: note.invalid, Verdict.DUPLICATE: note.duplicate})
        for (verdict, _), count in self.reasons().items():
            counts[verdict] += count
        return +counts

    def reasons(self) -> Mapping[tuple[Verdict, str], int]:
        """Rows by verdict and reason, but for invalid and duplicate ones."""
        planning, counts = self.campaign().planning, Counter[_Told]()
        for verdict, reason, count in self._select(_BEFORE):
            counts[Verdict(verdict), reason] += count
        for *standing, count in self._select(_GROUPS):
            counts[_told(*standing, planning=planning)] += count
        return +counts

    def rows(self) -> Iterator[ReportRow]:
        """Every row in the input's order. `settled_at` and `http_status` are the customer's."""
        planning, told = self.campaign().planning, dict[_Row, _Told]()
        for line, text, invalid, verdict, reason, status, settled_at, first, *customer in self._select(_ROWS):
            cells = tuple(orjson.loads(text))
            if invalid is not None:
                yield ReportRow(line, cells, Verdict.INVALID, invalid, None, None)
            elif verdict is not None:  # a later request opened its customer again
                yield ReportRow(line, cells, Verdict(verdict), reason, status, settled_at)
            elif first != line:
                yield ReportRow(line, cells, Verdict.DUPLICATE, reason or f"line {first}", None, None)
            else:
                known = tuple(customer[:4])
                if known not in told:
                    told[known] = _told(*known, planning=planning)
                yield ReportRow(line, cells, *told[known], *customer[4:])

    def head(self) -> Head:
        """The end of the audit chain."""
        for (line,) in self._select(_LAST):
            members = json.loads(line)
            return Head(members["seq"], members["hash"])
        return Head()

    def lines(self, after: int = 0) -> Iterator[bytes]:
        """The audit lines (no newline) with a seq greater than `after`."""
        return (line for (line,) in self._select(_LINES, after))

    def audit_mark(self) -> str | None:
        """What the audit file looked like after the last clean end; None while a run goes on, or after a kill."""
        return next((mark for (mark,) in self._select("SELECT audit_mark FROM campaign")), None)

    def eligible_keys(self) -> Iterator[str]:
        """The keys (or pseudonyms) of the customers that a plan finds free to go, sorted by key, for its digest."""
        return (key for (key,) in self._select(_ELIGIBLE))

    def approved_keys(self) -> Iterator[str]:
        """The same of the customers that the plan found eligible, whatever became of them since."""
        return (key for (key,) in self._select(_APPROVED))

    def charged_besides(self) -> int:
        """How many customers count against `max_deletes` that the plan in force did not find, but an older one."""
        groups = self._select(_BY_APPROVAL, 0)
        return sum(count for state, unanswered, count in groups if Standing(State(state), unanswered).charged)

    def approved_left(self) -> int:
        """How many approved customers are not settled yet: `apply` may still delete so many."""
        groups = self._select(_BY_APPROVAL, 1)
        standings = ((Standing(State(state), unanswered), count) for state, unanswered, count in groups)
        return sum(count for standing, count in standings if reported(standing, planning=False) not in SETTLED)

    def endings(self) -> Iterator[tuple[str, Verdict | None, str, int]]:
        """Each customer's key or pseudonym, recorded verdict (None if none), its reason, how many intents it had."""
        for key, state, reason, intents in self._select(_ENDINGS):
            yield key, (Verdict(state) if state in RECORDED else None), reason, intents


class SqliteBooks(CampaignBooks):
    """The books of a campaign in a file."""

    def __init__(self, path: Path) -> None:
        self._connection = open_for_reading(path)

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Within it all methods see the same moment, whatever is written meanwhile."""
        with failing("read"):
            self._connection.execute("BEGIN")
        try:
            yield
        finally:
            self._connection.rollback()

    def _select(self, query: str, *values: int) -> Iterator[_Row]:
        with failing("read"):
            yield from self._connection.execute(query, values)


def _named(kind: type[CampaignNote | RunNote], row: _Row) -> dict[str, Any]:
    return dict(zip((field.name for field in fields(kind)), row, strict=True))


def _header(text: str) -> Header:
    members = orjson.loads(text)
    return Header(**{**members, "columns": tuple(members["columns"])})


def _plan(text: str | None) -> PlanNote | None:
    return None if text is None else PlanNote(**orjson.loads(text))


def _silent(pulse: Mapping[str, float], left: float | None) -> float | None:
    """Seconds since a worker's last sign of life, by what is left of the lease that it took then."""
    return None if left is None or "lease" not in pulse else pulse["lease"] - left


def _told(state: str, unanswered: int, setback: int, reason: str, *, planning: bool) -> _Told:
    """Verdict and reason of a customer; one without a recorded verdict has a word for why."""
    standing = Standing(State(state), unanswered)
    verdict = reported(standing, planning=planning)
    if verdict.value == state:
        return verdict, reason
    if verdict is Verdict.IN_DOUBT:
        return verdict, reason or "not_read_back"
    return verdict, _SET_BACK if setback else _UNFINISHED.get(standing.state, "run_ended")
