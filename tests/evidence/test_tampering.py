"""2,000 tampered logs are found and 500 clean ones are not accused, by our verifier and by the second one alike.

What the chain alone finds is asked of both as well: that they agree there is what the format's page promises.
"""

import asyncio
import random
import re
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from config import Loaded, load
from tests.evidence import second_verifier
from tests.evidence.harms import HARMS, edited
from tests.evidence.logs import Campaign, Found, made
from tests.evidence.second_verifier import faults
from tests.house.tree import ROOT
from worker.app import evidence
from worker.core.checkpoint import Note, notes_in
from worker.core.values import replace
from worker.seal import Signer, generate

SEED = 20
CAMPAIGNS = 100
MEMORY = Path("/dev", "shm")
"""Where a sync costs nothing, if there is such a place: what a power cut leaves is not what is asked here."""
KILLS = 6
EACH = 200
CLEAN = 500
UNSEEN = {"cut", "splice", "edit", "rewrite"}
"""Kinds that the chain alone does not find, or not always; the page says which, and why."""
Logs = list[list[Found]]


@pytest.fixture(scope="module")
def logs() -> Logs:
    """What each of the campaigns left on the disk at several moments; the last of each is covered to its end."""

    async def all_of_them(directory: Path) -> Logs:
        return [await made(directory, seed) for seed in range(CAMPAIGNS)]

    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as directory:
        return asyncio.run(all_of_them(Path(directory)))


@pytest.fixture
def loaded(tmp_path: Path) -> Loaded:
    return load({}, environ={}, cwd=tmp_path)


def ours(loaded: Loaded, here: Path, found: Found, *, witnessed: bool) -> tuple[str, ...]:
    """What our verifier finds."""
    log, checkpoints = here / "found.jsonl", here / "kept.txt"
    log.write_bytes(found.log)
    checkpoints.write_text(found.checkpoints, "utf-8")
    if witnessed:
        return evidence.verify(loaded, str(log), checkpoints=checkpoints, keys=[found.key]).problems
    return evidence.verify(loaded, str(log)).problems


def judged(loaded: Loaded, here: Path, found: Found) -> tuple[bool, bool]:
    """Whether a log is found faulty: by the chain alone, and with its checkpoints. Both verifiers must agree."""
    alone, witnessed = (ours(loaded, here, found, witnessed=witnessed) for witnessed in (False, True))
    second = faults(found.log), faults(found.log, found.checkpoints, [found.key])
    assert (bool(alone), bool(witnessed)) == (bool(second[0]), bool(second[1])), (alone, witnessed, second)
    return bool(alone), bool(witnessed)


@pytest.mark.parametrize("kind", HARMS)
def test_each_way_of_tampering_is_found_by_both(loaded: Loaded, logs: Logs, tmp_path: Path, kind: str) -> None:
    dice, alone, tried = random.Random(SEED), 0, 0
    while tried < EACH:
        found, other = (each[-1] for each in dice.sample(logs, 2))
        harmed = HARMS[kind](found, other, dice)
        if harmed.log == found.log:
            continue  # A line that was put where it stood before is no harm.
        tried += 1
        by_chain, witnessed = judged(loaded, tmp_path, harmed)
        assert witnessed, harmed.log
        alone += by_chain
    assert alone > 0
    assert (alone < EACH * 0.97) == (kind in UNSEEN)


def _old(found: Found, size: int) -> list[Note]:
    return [note for note in notes_in(found.checkpoints) if note.checkpoint.size <= size]


def test_an_edit_is_found_by_an_old_checkpoint_of_the_lines_before_it(
    loaded: Loaded, logs: Logs, tmp_path: Path
) -> None:
    dice = random.Random(SEED)
    for _ in range(EACH):
        found = dice.choice(logs)[-1]
        size = dice.choice([note.checkpoint.size for note in notes_in(found.checkpoints)])
        kept = "".join(map(str, _old(found, size)))
        harmed = Found(edited(found, dice, size), kept, found.key)
        assert judged(loaded, tmp_path, harmed)[1]


def test_what_stands_behind_an_old_checkpoint_is_named_as_unsigned(loaded: Loaded, logs: Logs, tmp_path: Path) -> None:
    found = logs[0][-1]
    first = next(notes_in(found.checkpoints))
    log, kept = tmp_path / "found.jsonl", tmp_path / "kept.txt"
    log.write_bytes(found.log)
    kept.write_text(str(first), "utf-8")
    notes = evidence.verify(loaded, str(log), checkpoints=kept, keys=[found.key]).notes
    assert f"Lines {first.checkpoint.size + 1} to {len(found.lines)} stand after the last checkpoint" in notes[-1]


def test_a_forger_who_signs_with_a_key_of_his_own_is_found(loaded: Loaded, logs: Logs, tmp_path: Path) -> None:
    dice = random.Random(SEED)
    generate(tmp_path / "own.key", "purge.example")
    own = Signer.read(tmp_path / "own.key")
    for _ in range(20):
        found = dice.choice(logs)[-1]
        notes = [replace(note, signatures=(own.sign(note.text),)) for note in notes_in(found.checkpoints)]
        assert judged(loaded, tmp_path, replace(found, checkpoints="".join(map(str, notes))))[1]


def test_five_hundred_clean_logs_are_not_accused(loaded: Loaded, logs: Logs, tmp_path: Path) -> None:
    clean = [found for each in logs for found in each if found.checkpoints]  # Some steps come before the first one.
    assert len(clean) >= CLEAN
    accused = [found.log for found in clean[:CLEAN] if judged(loaded, tmp_path, found) != (False, False)]
    assert accused == []


def killed(directory: Path, seed: int, size: int) -> bool:
    """Work a campaign in a process of its own until its log has so many bytes, and kill that; whether it lived."""
    words = [sys.executable, "-m", "tests.evidence.logs", str(directory), str(seed)]
    audit = directory / f"c{seed}" / "audit.jsonl"
    with subprocess.Popen(words, cwd=ROOT) as process:
        while process.poll() is None and (not audit.exists() or audit.stat().st_size < size):
            time.sleep(0.001)
        process.kill()
    return process.returncode == -signal.SIGKILL


async def test_logs_of_processes_that_were_killed_are_not_accused(loaded: Loaded, tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    campaign = Campaign(tmp_path / "logs", seed=7, customers=90)
    alive = 0
    for kill in range(KILLS):
        alive += killed(tmp_path / "logs", 7, 9_000 * (kill + 1))
        found = campaign.found()
        assert judged(loaded, tmp_path, found) == (False, False)
    assert alive >= KILLS // 2
    found = (await campaign.run())[-1]
    assert found.log.count(b'"event":"started"') == KILLS + 1
    assert judged(loaded, tmp_path, found) == (False, False)


def test_all_harms_together_are_two_thousand() -> None:
    assert EACH * len([*HARMS, "old checkpoint"]) == 2_000


def test_the_second_verifier_is_short_and_imports_nothing_of_ours() -> None:
    text = Path(second_verifier.__file__).read_text("utf-8")
    assert text.count("\n") <= 200
    assert set(re.findall(r"^(?:from|import) (\w+)", text, re.MULTILINE)) - set(sys.stdlib_module_names) == {
        "cryptography"
    }
