"""Campaigns told line by line: real audit lines at moments of a test's choice, and a large account to look at."""

from datetime import UTC, datetime, timedelta

from tests.report.books import CAMPAIGN, BooksInMemory
from worker.core.chain import Head, Subject, seal
from worker.core.facts import AttemptFact, CampaignFact, CheckFact, ControlFact, Fact, VerdictFact
from worker.core.lifecycle import Verdict
from worker.ports import ReportRow, RunNote

NOON = datetime(2025, 1, 31, 12, tzinfo=UTC)


def at(seconds: float) -> str:
    """So many seconds after noon, as the audit writes it."""
    return (NOON + timedelta(seconds=seconds)).isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"


class Course:
    """An audit log that a test writes."""

    def __init__(self) -> None:
        self.lines: list[bytes] = []
        self._head = Head()

    def add(self, seconds: float, fact: Fact, number: str | None = None) -> None:
        subject = None if number is None else Subject(2218, number)
        self._head, record = seal(self._head, at(seconds), fact, subject)
        self.lines.append(record.line)

    def start(self, seconds: float, command: str = "apply", rate: float = 10, **members: object) -> None:
        known = {"command": command, "user": "kari", "host": "ops-1", "pid": 7, "version": "0.1.0"}
        told = {**known, "tokenSubject": "purge", "approval": None, **members, "settings": {"rate": rate}}
        self.add(seconds, CampaignFact("started", told))

    def end(self, seconds: float, code: int = 0, why: str | None = None, **members: object) -> None:
        told = {"host": "ops-1", "pid": 7, **members, "exitCode": code, "why": why}
        self.add(seconds, CampaignFact("ended", told))

    def check(self, seconds: float, number: str = "1", gets: int = 3) -> None:
        self.add(seconds, CheckFact({"customer": "some"}, gets), number)

    def attempt(self, seconds: float, number: str = "1", *, sent: bool = True) -> None:
        self.add(seconds, AttemptFact(sent, 200, 12, "confirmed"), number)

    def verdict(self, seconds: float, number: str = "1", verdict: Verdict = Verdict.DELETED) -> None:
        self.add(seconds, VerdictFact(verdict, "confirmed", {}), number)

    def resume(self, seconds: float, because: str) -> None:
        self.add(seconds, ControlFact("resume", {"user": "ola", "because": because}))


_EXCEPTIONS = (
    (Verdict.UNCHECKED, "documents:http_500", None),
    (Verdict.REFUSED, "http_422", 422),
    (Verdict.UNCHECKED, "customer:timeout", None),
    (Verdict.IN_DOUBT, "still_there", 502),
)


def large(settled: int = 3000, exceptions: int = 100_000) -> BooksInMemory:
    """A campaign in two runs, two days apart, with many exceptions."""
    course, rows = Course(), list[ReportRow]()
    course.start(0, "plan", rate=10)
    for place in range(settled):
        course.check(place * 0.302, str(100_000 + place))
    course.end(settled * 0.302)
    later = 2 * 86_400.0
    course.resume(later - 60, "looked at the list; it is the right one")
    course.start(later, "apply", rate=20, approval="d1" * 32)
    for place in range(settled):
        number, seconds = str(100_000 + place), later + place * (0.201 if place < settled // 2 else 0.35)
        course.check(seconds, number)
        course.attempt(seconds, number)
        stays = place % 5 == 0
        verdict, reason = (Verdict.INELIGIBLE, "documents") if stays else (Verdict.DELETED, "confirmed")
        rows.append(ReportRow(place + 2, (number, "Navn"), verdict, reason, None if stays else 200, at(seconds)))
    course.end(later + settled * 0.35, 10)
    for place in range(exceptions):
        verdict, reason, status = _EXCEPTIONS[place % 4]
        rows.append(ReportRow(settled + place + 2, (str(500_000 + place), "Navn"), verdict, reason, status, None))
    ran = [
        RunNote("plan", at(0), at(settled * 0.302), 0, None, {"get_customer": settled}),
        RunNote("apply", at(later), at(later + settled * 0.35), 10, None, {"get_customer": settled, "delete": settled}),
    ]
    return BooksInMemory(rows, CAMPAIGN, ran, Head(len(course.lines), "c0" * 32), course.lines)
