"""Campaigns killed with SIGKILL again and again, under faults: the account must equal the server's own journal."""

import json
import random
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from tests.acceptance.stage import Box, Desk, Running, sandbox, waited
from worker.prove.evidence import Evidence, fold
from worker.prove.judge import GONE, Terms, judge, worst
from worker.sandbox.population import populate

SEED = 7
RATE = 2000.0
TIMEOUT = 0.8
FAULTS = (
    "reset_before=0.006,reset_after=0.006,http_500=0.006,http_502=0.004,http_504=0.004,http_408=0.002,outage=0.003,"
    "truncated=0.005,cut_short=0.003,html=0.002,null=0.002,wrong_type=0.002,http_429=0.0004:1s,http_503=0.0002:1date,"
    "hang_before=0.001:1.2s,hang_after=0.001:1.2s,late_effect@delete=0.01:0.3s,late_silent@delete=0.005:0.3s,"
    "accepted@delete=0.005:0.1s,no_content@delete=0.004"
)
PACE = ("--rate", str(RATE), "--concurrency", "32", "--settle-time", "0.1", "--log-level", "warning")
MANNER = (*PACE, "--request-timeout", str(TIMEOUT), "--max-failure-share", "0.5", "--max-deletes", "100000")
KILLED = Terms(RATE, killed=True, request_timeout=TIMEOUT)
ROUNDS = 12


def seated(directory: Path, box: Box) -> Desk:
    return Desk(directory, box.api())


def begun(desk: Desk, box: Box, dice: random.Random, share: int, *words: str) -> Running:
    """A command that has come to a random moment: of its start-up, or of its requests."""
    before = box.journal.stat().st_size
    running = desk.start(*words)
    if dice.random() < 0.2:
        time.sleep(dice.uniform(0.0, 0.5))
    else:
        grown = before + dice.randint(1, share)
        waited(lambda: box.journal.stat().st_size > grown or running.is_over())
    return running


def killed(desk: Desk, box: Box, times: int, share: int, *words: str) -> int:
    """Start it so many times and kill it at a random moment; how many were still at work then."""
    dice = random.Random(SEED)
    alive = 0
    for _ in range(times):
        running = begun(desk, box, dice, share, *words)
        alive += not running.is_over()
        running.kill()
    return alive


def worked_off(desk: Desk, *words: str) -> None:
    """Start it again and again until nothing is left open, which must end with 0."""
    for _ in range(ROUNDS):
        ended = desk.do(*words)
        if ended.code != 10:
            assert ended.code == 0, ended.err
            return
    raise AssertionError(f"something is still open after {ROUNDS} rounds")


def expected(customers: int) -> dict[str, str]:
    """How each customer must end if every fault is weathered; `gone` for the two words that a deletion has."""
    people = populate(customers, SEED)
    ends = {fold(one.number): "gone" if one.deletable else "ineligible" for one in people.customers}
    return ends | {fold(number): "already_absent" for number in people.absent}


def reached(evidence: Evidence) -> Mapping[str, str]:
    asked = [row for row in evidence.report if row.verdict not in {"invalid", "duplicate"}]
    return {fold(row.number): "gone" if row.verdict in GONE else row.verdict for row in asked}


def approved_digest(desk: Desk, name: str) -> str:
    summary = json.loads((desk.campaigns / name / "summary.json").read_bytes())
    return str(summary["plan_digest"])


def test_a_run_without_faults_and_kills_has_as_many_attempts_as_requests_and_intents(tmp_path: Path) -> None:
    with sandbox(tmp_path, "--customers", "300", "--seed", str(SEED)) as box:
        desk = seated(tmp_path, box)
        assert desk.do("run", "sample.csv", "--campaign", "calm", "--yes", *MANNER).code == 0
        evidence = desk.evidence("calm", box)
    assert worst(judge(evidence, Terms(RATE, killed=False))) == ""
    assert reached(evidence) == expected(300)
    kinds = Counter(line.kind for line in evidence.lines)
    deletions = sum(line.verdict == "deleted" for line in evidence.lines)
    assert kinds["intent"] == kinds["attempt"] == deletions == evidence.summary.requests["delete"] > 100


def test_faults_alone_leave_no_request_unaccounted_for(tmp_path: Path) -> None:
    with sandbox(tmp_path, "--customers", "400", "--seed", str(SEED), "--faults", FAULTS) as box:
        desk = seated(tmp_path, box)
        worked_off(desk, "run", "sample.csv", "--campaign", "rough", "--yes", *MANNER)
        evidence = desk.evidence("rough", box)
    assert worst(judge(evidence, Terms(RATE, killed=False, request_timeout=TIMEOUT))) == ""
    assert reached(evidence) == expected(400)
    assert {record.fault for record in evidence.wire} >= {"reset_after", "http_500", "truncated"}


def test_a_run_killed_twenty_times_under_faults_accounts_for_every_customer(tmp_path: Path) -> None:
    words = ("run", "sample.csv", "--campaign", "storm", "--yes", *MANNER)
    with sandbox(tmp_path, "--customers", "2000", "--seed", str(SEED), "--faults", FAULTS) as box:
        desk = seated(tmp_path, box)
        assert killed(desk, box, 20, 60_000, *words) == 20
        worked_off(desk, *words)
        evidence = desk.evidence("storm", box)
        assert desk.do("verify", "storm").code == 0
    assert worst(judge(evidence, KILLED)) == ""
    assert reached(evidence) == expected(2000)
    assert evidence.summary.verdicts["deleted_inferred"] > 0


def test_a_plan_and_its_apply_killed_again_and_again_account_for_every_customer(tmp_path: Path) -> None:
    plan = ("plan", "sample.csv", "--campaign", "storm", *MANNER)
    with sandbox(tmp_path, "--customers", "500", "--seed", str(SEED), "--faults", FAULTS) as box:
        desk = seated(tmp_path, box)
        assert killed(desk, box, 5, 40_000, *plan) == 5
        worked_off(desk, *plan)
        approved = approved_digest(desk, "storm")
        apply = ("apply", "storm", "--approve", approved, *MANNER)
        assert killed(desk, box, 7, 40_000, *apply) == 7
        worked_off(desk, *apply)
        evidence = desk.evidence("storm", box)
    assert worst(judge(evidence, KILLED)) == ""
    assert reached(evidence) == expected(500)
