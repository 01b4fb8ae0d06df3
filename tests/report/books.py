"""Books in memory: a campaign that a test describes row by row.

Decides nothing that a ledger decides: it hands back what it was given, and counts it.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from worker.core.chain import Head
from worker.core.intake import Header
from worker.core.lifecycle import Verdict
from worker.core.steps import Purpose
from worker.core.values import replace
from worker.ports import CampaignNote, ReportRow, RunNote

HEADER = Header(("Kundenr", "Navn"), named=True, delimiter=";", number_at=0)
CAMPAIGN = CampaignNote(
    name="export-1f3a",
    base_url="https://api.example.com/arm/v1",
    client_no=2218,
    input_digest="ab" * 32,
    begun_by=Purpose.PLAN,
    header=HEADER,
    rows=0,
    customers=0,
    invalid=0,
    duplicate=0,
    blank=0,
    planning=False,
    plan=None,
    latch=None,
)


@dataclass
class BooksInMemory:
    """A campaign's books; `rows` of the campaign follow from the rows given."""

    given: list[ReportRow] = field(default_factory=list)
    note: CampaignNote = CAMPAIGN
    ran: list[RunNote] = field(default_factory=list)
    end: Head = Head(7, "c0" * 32)
    told: list[bytes] = field(default_factory=list)

    def campaign(self) -> CampaignNote:
        return replace(self.note, rows=len(self.given), customers=len(self.given))

    def runs(self) -> list[RunNote]:
        return self.ran

    def verdicts(self) -> Mapping[Verdict, int]:
        return Counter(row.verdict for row in self.given)

    def reasons(self) -> Mapping[tuple[Verdict, str], int]:
        return Counter((row.verdict, row.reason) for row in self.given)

    def rows(self) -> Iterator[ReportRow]:
        yield from self.given

    def head(self) -> Head:
        return self.end

    def lines(self, after: int = 0) -> Iterator[bytes]:
        yield from self.told[after:]


def row(
    *cells: str, verdict: Verdict = Verdict.DELETED, reason: str = "confirmed", status: int | None = 200
) -> ReportRow:
    """One settled row."""
    return ReportRow(2, cells, verdict, reason, status, "2025-01-31T10:00:00.000001Z")


def run(started: str, ended: str | None, **requests: int) -> RunNote:
    """One run on the first of January, from one time of day to another."""
    times = [time and f"2025-01-01T{time}Z" for time in (started, ended)]
    return RunNote("apply", times[0] or "", times[1], 0 if ended else None, None, requests)
