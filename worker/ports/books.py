"""The ledger as it is read: by reports, `status` and whoever waits for the end.

Decides nothing, and changes nothing.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from worker.core.chain import Head
from worker.core.intake import Header
from worker.core.lifecycle import Verdict
from worker.core.steps import Purpose


@dataclass(frozen=True, slots=True)
class PlanNote:
    """A finished plan: its digest, how many customers it found eligible, and the settings it was made under."""

    digest: str
    eligible: int
    made_at: str
    guards: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class CampaignNote:
    """What a campaign is bound to, and what its input held. `begun_by` is `plan` or `run`.

    `rows` counts all rows, `customers` the distinct valid numbers; `invalid`, `duplicate` count rows, `blank` lines.
    `planning` is True until the first `apply` or `run` has started; `latch` is why later starts are barred.
    `pseudonym_key` is the id of the key of its pseudonyms, None where its log has numbers. `closed_at`: since then
    numbers and cells are gone from the ledger; `forgotten_at`: and from everywhere else.
    """

    name: str
    base_url: str
    client_no: int
    input_digest: str
    begun_by: Purpose
    header: Header
    rows: int
    customers: int
    invalid: int
    duplicate: int
    blank: int
    planning: bool
    plan: PlanNote | None
    latch: str | None
    pseudonym_key: str | None = None
    closed_at: str | None = None
    forgotten_at: str | None = None


@dataclass(frozen=True, slots=True)
class RunNote:
    """One run of a command: when (RFC 3339, UTC), how it ended (None while it goes on, or was killed), what it sent.

    `requests` also holds what it has learned of the lists, and what it spent on whom (`Lists.counts`, `Spent.counts`).

    `pulse` is how it was going a moment ago: pace, limit, in flight, what holds it back.
    """

    command: str
    started_at: str
    ended_at: str | None
    exit_code: int | None
    stopped_by: str | None
    requests: Mapping[str, int]
    pulse: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class WorkerNote:
    """A worker that is alive, as far as the ledger knows: where it lives, since when, and how it was going just now.

    `silent`: seconds since its last sign of life, where that is recorded.
    """

    command: str
    host: str
    pid: int
    started_at: str
    pulse: Mapping[str, object]
    silent: float | None = None


@dataclass(frozen=True, slots=True)
class ReportRow:
    """One input row with its verdict. `http_status`: of the last DELETE's answer; `settled_at`: RFC 3339 or None."""

    line: int
    cells: tuple[str, ...]
    verdict: Verdict
    reason: str
    http_status: int | None
    settled_at: str | None


class Books(Protocol):
    """The ledger as reports and `status` read it: beside a run, without holding it up, in constant memory."""

    def campaign(self) -> CampaignNote:
        """What the campaign is bound to."""

    def runs(self) -> list[RunNote]:
        """All runs, oldest first."""

    def verdicts(self) -> Mapping[Verdict, int]:
        """Rows by verdict, as reported at this moment; they add up to the rows."""

    def reasons(self) -> Mapping[tuple[Verdict, str], int]:
        """Customers by verdict and reason, for tables."""

    def rows(self) -> Iterator[ReportRow]:
        """Every row in the input's order."""

    def head(self) -> Head:
        """The end of the audit chain."""

    def lines(self, after: int = 0) -> Iterator[bytes]:
        """The audit lines (no newline) with a seq greater than `after`."""
