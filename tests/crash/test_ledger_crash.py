"""Real processes, a real disk, SIGKILL at any moment: what was promised is there, and the next start is a good one."""

import asyncio
import json
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.crash.recorder import CUSTOMERS
from worker.audit import AuditFile, verify_campaign
from worker.core.facts import CampaignFact
from worker.ledger import SqliteBooks, SqliteLedger

KILLS = 20
COMMAND = (sys.executable, "-m", "tests.crash.recorder")
ROOT = Path(__file__).parents[2]


def killed_after(directory: Path, seconds: float) -> int:
    """Let a process record for so long, kill it, and return the last fact that it was told is durable."""
    recorder = subprocess.Popen([*COMMAND, str(directory)], stdout=subprocess.PIPE, cwd=ROOT)
    with recorder:
        assert recorder.stdout is not None
        first = recorder.stdout.readline()
        time.sleep(seconds)
        recorder.kill()
        told = [line for line in (first + recorder.stdout.read()).splitlines(keepends=True) if line.endswith(b"\n")]
    return int(told[-1]) if told else 0


def proved(directory: Path, durable: int) -> tuple[str, ...]:
    """Hold what is on the disk against itself and against what was promised; what the proof notes."""
    books = SqliteBooks(directory / "ledger.db")
    found = verify_campaign(books, directory / "audit.jsonl")
    lines = [json.loads(line) for line in books.lines()]
    books.close()
    assert found.problems == ()
    assert [line["seq"] for line in lines] == list(range(1, len(lines) + 1))
    assert len(lines) >= durable
    assert sum(found.verdicts.values()) == CUSTOMERS
    return found.notes


def repaired(directory: Path) -> None:
    """The start check as the next command makes it; after it the file is the ledger's, byte for byte."""
    books = SqliteBooks(directory / "ledger.db")
    AuditFile.open(directory / "audit.jsonl", books.lines, books.audit_mark()).close()
    assert (directory / "audit.jsonl").read_bytes() == b"".join(line + b"\n" for line in books.lines())
    books.close()


def test_whenever_it_is_killed_what_was_promised_is_there_and_the_next_start_is_good(tmp_path: Path) -> None:
    dice = random.Random(20)
    for kill in range(KILLS):
        durable = killed_after(tmp_path, dice.uniform(0, 0.08))
        assert durable > 0
        proved(tmp_path, durable)
        if kill % 2:  # Else the next process is the one that repairs.
            repaired(tmp_path)


def test_a_file_torn_by_hand_after_a_kill_is_noted_and_completed(tmp_path: Path) -> None:
    durable = killed_after(tmp_path, 0.02)
    audit = tmp_path / "audit.jsonl"
    audit.write_bytes(audit.read_bytes()[:-200])
    assert "left it behind" in proved(tmp_path, durable)[0]
    repaired(tmp_path)
    assert not any("behind" in note for note in proved(tmp_path, durable))


@pytest.mark.parametrize("largest", [60_000, 400_000, 700_000])
def test_a_disk_that_takes_no_more_ends_the_command_with_74_and_loses_nothing(tmp_path: Path, largest: int) -> None:
    killed_after(tmp_path, 0)
    ended = subprocess.run([*COMMAND, str(tmp_path), str(largest)], capture_output=True, cwd=ROOT, check=False)
    assert ended.returncode == 74, ended.stderr
    told = [int(line) for line in ended.stdout.split()]
    proved(tmp_path, max(told, default=0))
    repaired(tmp_path)


def test_after_a_failed_disk_the_ledger_goes_on_where_it_was(tmp_path: Path) -> None:
    killed_after(tmp_path, 0)
    subprocess.run([*COMMAND, str(tmp_path), "400000"], capture_output=True, cwd=ROOT, check=False)

    async def go_on() -> int:
        ledger = SqliteLedger(tmp_path / "ledger.db")
        seq = (await ledger.note(CampaignFact("went on", {}))).seq
        await ledger.close()
        return seq

    seq = asyncio.run(go_on())
    proved(tmp_path, seq)
