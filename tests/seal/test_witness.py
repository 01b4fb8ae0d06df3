"""The witness signs before too much is unsigned, never waits for a delivery, and tells of what did not arrive."""

import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.seal.test_keys import made
from worker.core.chain import Head, Subject, seal
from worker.core.checkpoint import Checkpoint, Note, notes_in
from worker.core.facts import CampaignFact, CheckFact
from worker.core.merkle import Frontier
from worker.errors import LogBroken
from worker.seal import Log, Signer, Spacing, Witness, unsigned

TIME = "2025-01-02T03:04:05.678901Z"
NEVER = Spacing(lines=10**9, seconds=10**6)
BOUND = {"campaign": "spring", "baseUrl": "https://arm.example/v1", "clientNo": 2218}


def lines(count: int, marked: int = 0) -> list[bytes]:
    """A log of so many lines; the one `marked` differs from what it would be."""
    head, found = Head(), []
    for place in range(1, count + 1):
        fact = CampaignFact("created", BOUND) if place == 1 else CheckFact({}, 4 if place == marked else 3)
        head, record = seal(head, TIME, fact, None if place == 1 else Subject(2218, str(place)))
        found.append(record.line)
    return found


def root(of: list[bytes]) -> bytes:
    frontier = Frontier()
    for line in of:
        frontier.add(line)
    return frontier.root()


class Kept:
    """An outlet that keeps what it is handed, or says why not, as `answer` has it."""

    def __init__(self, answer: Callable[[int], str | None] = lambda _: None) -> None:
        self.notes: list[Note] = []
        self._answer = answer
        self._calls = 0

    def __call__(self, note: str) -> str | None:
        self._calls += 1
        why = self._answer(self._calls)
        if why is None:
            self.notes += notes_in(note)
        return why

    def until(self, count: int) -> None:
        end = time.monotonic() + 30
        while len(self.notes) < count and time.monotonic() < end:
            time.sleep(0.005)

    @property
    def sizes(self) -> list[int]:
        return [note.checkpoint.size for note in self.notes]


@pytest.fixture
def signer(tmp_path: Path) -> Signer:
    return made(tmp_path)


def test_checkpoints_are_never_further_apart_than_so_many_lines_however_they_come(signer: Signer) -> None:
    kept, whole = Kept(), lines(60)
    witness = Witness(signer, kept, Log.read(whole[:3], signer, ()), Spacing(lines=10, seconds=10**6))
    for start, end in ((3, 4), (4, 45), (45, 58)):
        witness.append(whole[start:end])
    told = witness.close()
    assert kept.sizes == [10, 20, 30, 40, 50, 58]
    for note in kept.notes:
        assert unsigned(note, [signer.key]) == ""
        assert note.checkpoint.root == root(whole[: note.checkpoint.size])
    assert (told.delivered, told.failed, told.covered, told.lines) == (6, 0, 58, 58)
    assert (told.key, told.complete) == (str(signer.key), True)


def test_a_line_that_waits_is_signed_after_its_time_although_no_other_comes(signer: Signer) -> None:
    kept, whole = Kept(), lines(5)
    witness = Witness(signer, kept, Log.read(whole[:4], signer, ()), Spacing(lines=10**9, seconds=0.05))
    kept.until(1)
    witness.append(whole[4:])
    kept.until(2)
    assert kept.sizes == [4, 5]
    witness.close()
    assert kept.sizes == [4, 5]


def test_the_end_signs_what_is_left_and_a_second_end_changes_nothing(signer: Signer) -> None:
    kept = Kept()
    witness = Witness(signer, kept, Log.read(lines(3), signer, ()), NEVER)
    assert witness.close() == witness.close() == witness.account()
    assert kept.sizes == [3]


def test_a_slow_outlet_does_not_hold_up_the_lines(signer: Signer) -> None:
    gate = threading.Event()

    def wait(_: int) -> None:
        gate.wait(30)

    kept, whole = Kept(wait), lines(40)
    witness = Witness(signer, kept, Log.read(whole[:1], signer, ()), Spacing(lines=10, seconds=10**6))
    witness.append(whole[1:])
    assert kept.sizes == []  # the lines were taken while the first checkpoint was still being handed over
    gate.set()
    witness.close()
    assert kept.sizes == [10, 20, 30, 40]


def test_what_did_not_arrive_is_counted_and_told_once_and_the_next_covers_it(signer: Signer) -> None:
    kept, whole = Kept(lambda call: "no way" if call == 1 else None), lines(12)
    witness = Witness(signer, kept, Log.read(whole[:1], signer, ()), Spacing(lines=10, seconds=10**6))
    witness.append(whole[1:11])
    end = time.monotonic() + 30
    while not witness.account().failed and time.monotonic() < end:
        time.sleep(0.005)
    assert (witness.news(), witness.news()) == (["no way"], [])
    witness.append(whole[11:])
    told = witness.close()
    assert (kept.sizes, told.delivered, told.failed, told.complete) == ([12], 1, 1, True)


def test_while_nothing_arrives_the_end_tries_the_last_one_only(signer: Signer) -> None:
    tried, whole = [], lines(500)

    def refuse(call: int) -> str:
        tried.append(call)
        return "no way"

    witness = Witness(signer, Kept(refuse), Log.read(whole[:1], signer, ()), Spacing(lines=1, seconds=10**6))
    witness.append(whole[1:])
    told = witness.close()
    assert (told.delivered, told.failed, told.covered, told.complete) == (0, 499, 0, False)
    assert len(tried) <= 6


def test_lines_that_it_knows_are_passed_over(signer: Signer) -> None:
    kept, whole = Kept(), lines(9)
    witness = Witness(signer, kept, Log.read(whole[:4], signer, ()), NEVER)
    witness.append(whole[2:6])
    witness.append(whole[5:])
    witness.close()
    assert [note.checkpoint for note in kept.notes] == [Checkpoint(Log.read(whole, signer, ()).origin, 9, root(whole))]


def test_after_a_gap_nothing_is_signed_and_that_is_told(signer: Signer) -> None:
    kept, whole = Kept(), lines(9)
    witness = Witness(signer, kept, Log.read(whole[:4], signer, ()), NEVER)
    witness.append(whole[5:])
    witness.append(whole[4:])
    told = witness.close()
    assert (kept.notes, told.failed, told.complete) == ([], 1, False)
    assert "line 5 never came" in witness.news()[0]


def test_a_log_that_is_not_what_was_signed_is_not_signed_again(signer: Signer, tmp_path: Path) -> None:
    kept, whole = Kept(), lines(20)
    Witness(signer, kept, Log.read(whole, signer, ()), NEVER).close()
    assert Log.read([*whole, b"one more"], signer, kept.notes).frontier.size == 21
    with pytest.raises(LogBroken, match="rewritten"):
        Log.read(lines(20, marked=7), signer, kept.notes)
    with pytest.raises(LogBroken, match="cut"):
        Log.read(whole[:19], signer, kept.notes)
    stranger = made(tmp_path, "stranger")
    assert Log.read(whole[:19], stranger, kept.notes).frontier.size == 19


def test_checkpoints_of_other_logs_in_the_same_file_are_none_of_its_business(signer: Signer) -> None:
    other = Checkpoint("elsewhere", 20, bytes(32))
    note = Note(other, other.text(), (signer.sign(other.text()),))
    assert Log.read(lines(20), signer, [note]).frontier.size == 20


def test_a_log_is_named_by_what_its_first_line_is_bound_to(signer: Signer) -> None:
    first, *_ = whole = lines(2)
    origin = Log.read(whole, signer, ()).origin
    assert origin.startswith("arm.example/v1/clients/2218/amili-purge/spring/")
    assert origin.endswith(first[-66:-2].decode())
