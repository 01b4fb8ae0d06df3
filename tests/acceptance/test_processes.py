"""Signals with DELETEs in flight, and a second process on one campaign: real processes, real sockets."""

import signal
from pathlib import Path

import pytest

from tests.acceptance.stage import Box, Desk, Running, sandbox, waited
from worker.prove.judge import Terms, judge, worst
from worker.sandbox.faults import Kind
from worker.sandbox.journal import read

MANNER = ("--max-deletes", "500", "--rate", "500", "--concurrency", "8", "--settle-time", "0.1", "--verify-share", "0")
RUN = ("run", "sample.csv", "--campaign", "spring", "--yes", *MANNER)
SLOW_DELETES = "hang_after@delete=1:1.2s"
"""Every DELETE takes effect at once and is answered after a good second."""


def deletes(box: Box) -> int:
    return sum(record.kind is Kind.DELETE for record in read(box.journal))


def with_deletes_in_flight(desk: Desk, box: Box) -> Running:
    """A run whose first DELETEs have arrived and are not answered yet."""
    running = desk.start(*RUN)
    assert waited(lambda: deletes(box) >= 3), running.err.read_text()
    return running


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_settles_what_has_left_and_the_next_run_goes_on(tmp_path: Path, number: signal.Signals) -> None:
    with sandbox(tmp_path, "--customers", "150", "--seed", "4", "--faults", SLOW_DELETES) as box:
        desk = Desk(tmp_path, box.api())
        running = with_deletes_in_flight(desk, box)
        running.signal(number)
        ended = running.ended()
        assert (ended.code, number.name in ended.err) == (75, True)
        halfway = desk.evidence("spring", box)
        assert worst(judge(halfway, Terms(500, killed=False))) == ""
        assert halfway.summary.verdicts["in_doubt"] == 0
        assert halfway.summary.verdicts["deleted"] == deletes(box) >= 3
        assert halfway.summary.verdicts["not_reached"] > 100
        # Each of the eight customers in flight has one DELETE at the most: a run that went on would have sent more.
        assert deletes(box) <= 8
        box.set_faults("")
        assert desk.do(*RUN).code == 0
        evidence = desk.evidence("spring", box)
    assert worst(judge(evidence, Terms(500, killed=False))) == ""
    assert evidence.summary.verdicts["not_reached"] == 0


def test_an_unanswered_delete_is_read_back_once_and_in_doubt_if_that_fails_too(tmp_path: Path) -> None:
    faults = "hang_before@delete=1:4s,hang_before@get_customer#30-=1:4s"
    with sandbox(tmp_path, "--customers", "150", "--seed", "4", "--faults", faults) as box:
        desk = Desk(tmp_path, box.api())
        running = desk.start(*RUN, "--request-timeout", "1")
        assert waited(lambda: deletes(box) >= 1)
        running.signal(signal.SIGTERM)
        ended = running.ended()
        assert ended.code == 75
        evidence = desk.evidence("spring", box)
        assert worst(judge(evidence, Terms(500, killed=False, request_timeout=1))) == ""
        assert evidence.summary.verdicts["in_doubt"] == deletes(box) >= 1
        box.set_faults("")
        assert desk.do("reconcile", "spring", *MANNER).code == 0
        evidence = desk.evidence("spring", box)
        assert evidence.summary.verdicts["in_doubt"] == 0
        assert evidence.summary.verdicts["deleted_inferred"] >= 1
        assert desk.do(*RUN).code == 0
        evidence = desk.evidence("spring", box)
    assert worst(judge(evidence, Terms(500, killed=False, request_timeout=1))) == ""


def files_of(directory: Path) -> dict[str, bytes]:
    return {str(path.relative_to(directory)): path.read_bytes() for path in directory.rglob("*") if path.is_file()}


@pytest.mark.parametrize("second", [RUN, ("reconcile", "spring")])
def test_a_second_process_on_a_campaign_is_refused_and_writes_nothing(tmp_path: Path, second: tuple[str, ...]) -> None:
    with sandbox(tmp_path, "--customers", "150", "--seed", "4", "--faults", SLOW_DELETES) as box:
        desk = Desk(tmp_path, box.api())
        running = with_deletes_in_flight(desk, box)
        running.signal(signal.SIGSTOP)
        try:
            before, asked = files_of(desk.campaigns), len(box.settled_wire())
            ended = desk.do(*second)
            assert (ended.code, ended.out) == (73, "")
            assert "spring" in ended.err
            assert files_of(desk.campaigns) == before
            assert len(read(box.journal)) == asked
        finally:
            running.signal(signal.SIGCONT)
        running.signal(signal.SIGTERM)
        assert running.ended().code == 75
        evidence = desk.evidence("spring", box)
    assert worst(judge(evidence, Terms(500, killed=False))) == ""


def test_a_look_at_a_campaign_at_work_is_not_refused(tmp_path: Path) -> None:
    with sandbox(tmp_path, "--customers", "150", "--seed", "4", "--faults", SLOW_DELETES) as box:
        desk = Desk(tmp_path, box.api())
        running = with_deletes_in_flight(desk, box)
        looks = [desk.do(*words).code for words in (("status", "spring"), ("list",), ("report", "spring"))]
        verified = desk.do("verify", "spring").code
        running.signal(signal.SIGTERM)
        assert running.ended().code == 75
    assert (looks, verified) == ([0, 0, 0], 0)
