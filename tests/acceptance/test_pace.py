"""The pace at the server: its journal, not the pacer, says how many requests came in which second."""

from dataclasses import dataclass
from pathlib import Path

from tests.acceptance.stage import Desk, sandbox
from worker.prove.judge import Terms, judge, worst
from worker.sandbox.faults import Kind
from worker.sandbox.journal import most_within

FREE = ("--with-documents", "0", "--with-ar-items", "0", "--absent", "0")
BUSY = 0.15
"""How much closer than they were sent requests may arrive while other tests keep the machine busy. On the whole they
are never faster than the rate; `benchmarks.pace` measures the claim itself, on a machine that is left alone."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What the server saw of one campaign; `ideal` and `taken` are seconds from the first request to the last."""

    requests: int
    deletions: int
    most: int
    period: float
    ideal: float
    taken: float
    breaches: str


def measured(directory: Path, *, customers: int, rate: float, concurrency: int, jitter: float = 0.0) -> Measured:
    """Delete that many customers at that rate, and look at the server's journal; breaches beyond the jitter count."""
    with sandbox(directory, "--customers", str(customers), "--seed", "5", *FREE) as box:
        desk = Desk(directory, box.api())
        numbers = directory / "numbers.csv"
        numbers.write_text("\n".join(["Kundenr", *box.state()["deletable"], ""]), "utf-8")
        pace = ("--rate", str(rate), "--concurrency", str(concurrency), "--verify-share", "0")
        words = ("run", "numbers.csv", "--campaign", "paced", "--yes", "--max-deletes", str(customers), *pace)
        ended = desk.start(*words).ended(patience=120 + 6 * customers / rate)
        assert ended.code == 0, ended.err
        evidence = desk.evidence("paced", box)
    arrivals = [record.arrived for record in evidence.wire]
    period = -(-rate // 1) / rate
    return Measured(
        requests=len(arrivals),
        deletions=sum(record.kind is Kind.DELETE for record in evidence.wire),
        most=most_within(period, arrivals),
        period=period,
        ideal=(len(arrivals) - 1) / rate,
        taken=arrivals[-1] - arrivals[0],
        breaches=worst(judge(evidence, Terms(rate * (1 + jitter), killed=False))),
    )


def test_at_forty_a_second_the_server_never_sees_more_and_every_deletion_takes_four(tmp_path: Path) -> None:
    found = measured(tmp_path, customers=100, rate=40, concurrency=16, jitter=BUSY)
    assert found.breaches == ""
    assert (found.requests, found.deletions) == (400, 100)
    assert found.taken >= found.ideal


def test_at_half_a_request_a_second_customers_are_deleted_all_the_same(tmp_path: Path) -> None:
    found = measured(tmp_path, customers=2, rate=0.5, concurrency=8, jitter=BUSY)
    assert found.breaches == ""
    assert (found.requests, found.deletions) == (8, 2)
    assert found.taken >= found.ideal * 0.99
