"""Workers and a database that are struck down: what was promised is there, and the next to come go on from it."""

import asyncio
import json
import random
import subprocess
import sys
import time
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest

from tests.contracts.ledgers import BINDING
from tests.crash.recorder import IN_A_DATABASE, LEASE
from tests.databases import Server, database
from worker.audit import verify_campaign
from worker.core.lifecycle import Verdict
from worker.ledger.postgres import Address, PostgresBooks, PostgresLedger

COMMAND = (sys.executable, "-m", "tests.crash.recorder")
ROOT = Path(__file__).parents[2]
Recorder = subprocess.Popen[bytes]


@pytest.fixture(scope="module")
def own_server() -> Server:
    """One that may be struck down."""
    return Server()


def recorder(url: str) -> Recorder:
    """A worker that has told of its first fact, or found nothing left to do."""
    process = subprocess.Popen([*COMMAND, url], stdout=subprocess.PIPE, cwd=ROOT)
    assert process.stdout is not None
    process.stdout.readline()
    return process


def told_by(process: Recorder) -> int:
    """The last fact that a process, which has ended, was told is durable; 0 if none."""
    assert process.stdout is not None
    with process:
        whole = [line for line in process.stdout.read().splitlines(keepends=True) if line.endswith(b"\n")]
    return int(whole[-1]) if whole else 0


def proved(url: str, durable: int, tmp_path: Path) -> Counter[Verdict]:
    """Hold what the database has against itself and against what was promised; the rows by verdict."""
    with closing(PostgresBooks(Address(url), BINDING.name)) as books:
        found = verify_campaign(books, tmp_path / "none.jsonl")
        lines = [json.loads(line) for line in books.lines()]
    assert found.problems == ()
    assert [line["seq"] for line in lines] == list(range(1, len(lines) + 1))
    assert len(lines) >= durable
    assert sum(found.verdicts.values()) == IN_A_DATABASE
    return Counter(found.verdicts)


def test_whichever_workers_are_killed_what_was_promised_is_there_and_the_others_go_on(tmp_path: Path) -> None:
    dice = random.Random(7)
    with database() as url:
        workers, durable = [recorder(url) for _ in range(3)], 0
        for _ in range(6):
            time.sleep(dice.uniform(0.1, 0.4))
            victim = workers.pop(dice.randrange(len(workers)))
            victim.kill()
            durable = max(durable, told_by(victim))
            proved(url, durable, tmp_path)
            workers.append(recorder(url))
        durable = max(durable, *map(told_by, workers))
        assert [worker.returncode for worker in workers] == [0, 0, 0]
        counts = proved(url, durable, tmp_path)
    assert set(counts) <= {Verdict.DELETED, Verdict.DELETED_INFERRED, Verdict.INELIGIBLE, Verdict.IN_DOUBT}
    assert counts[Verdict.DELETED] > IN_A_DATABASE / 4


def test_a_frozen_worker_is_buried_and_records_nothing_when_it_wakes(tmp_path: Path) -> None:
    with database() as url:
        frozen, other = recorder(url), recorder(url)
        time.sleep(0.5)
        frozen.send_signal(19)  # SIGSTOP
        time.sleep(2 * LEASE)
        frozen.send_signal(18)  # SIGCONT
        durable = max(map(told_by, (other, frozen)))
        assert {other.returncode, frozen.returncode} <= {0, 69}  # on a busy machine the other may be the late one
        proved(url, durable, tmp_path)


def test_a_database_that_is_struck_down_and_comes_back_has_all_that_was_promised(
    tmp_path: Path, own_server: Server
) -> None:
    with database(own_server.url) as url:
        workers = [recorder(url), recorder(url)]
        for _ in range(2):
            time.sleep(1.0)
            own_server.strike_down()
            time.sleep(0.5)
            own_server.start()
        durable = max(map(told_by, workers))
        assert {worker.returncode for worker in workers} <= {0, 69}
        assert 0 in {worker.returncode for worker in workers}
        proved(url, durable, tmp_path)


async def test_a_database_that_stays_away_ends_the_wait_with_69(own_server: Server) -> None:
    with database(own_server.url) as url:
        ledger = await PostgresLedger.open(Address(url, outage=1.0), "may")
        own_server.strike_down()
        try:
            with pytest.raises(Exception, match="could not be reached") as ended:
                await asyncio.wait_for(ledger.in_doubt(), 30)
            assert getattr(ended.value, "code", None) == 69
        finally:
            own_server.start()
            await ledger.close()
