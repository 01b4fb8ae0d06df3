"""The fuse ends its own process at its point, and nowhere else: seen from outside, in real processes."""

from collections.abc import Callable
from multiprocessing import get_context
from pathlib import Path
from signal import SIGKILL

import pytest

from tests.prove import planted
from worker.prove.points import BY_NAME, POINTS, Point, Stage

KILLED = -SIGKILL
SURVIVED = 3
TWICE = Point("twice", Stage.WORK, ("replied:delete", "sql:COMMIT"))
TORN = Point("torn", Stage.WORK, ("committed:verdict",), torn=True)
LATER = Point("later", Stage.WORK, ("heard:intent",), linger=0.01)


def ended(target: Callable[..., None], *given: object) -> int | None:
    process = get_context("forkserver").Process(target=target, args=given)
    process.start()
    process.join(60)
    code = process.exitcode
    process.close()
    return code


@pytest.mark.parametrize(
    ("signs", "count", "code"),
    [
        (("replied:delete", "sql:COMMIT"), 1, KILLED),
        (("sql:COMMIT", "replied:delete"), 1, SURVIVED),
        (("replied:delete", "replied:delete"), 1, SURVIVED),
        (("replied:get_customer", "sql:COMMIT"), 1, SURVIVED),
        (("replied:delete", "sql:COMMIT"), 2, SURVIVED),
        (("replied:delete", "sql:COMMIT", "replied:delete", "sql:COMMIT"), 2, KILLED),
    ],
)
def test_all_signs_must_be_seen_in_their_order(tmp_path: Path, signs: tuple[str, ...], count: int, code: int) -> None:
    assert ended(planted.burn, TWICE, count, tmp_path, signs) == code


def test_a_torn_line_is_left_behind(tmp_path: Path) -> None:
    assert ended(planted.burn, TORN, 1, tmp_path, ("committed:verdict:",)) == KILLED
    assert (tmp_path / "audit.jsonl").read_bytes() == b"01234"


def test_an_end_may_come_a_moment_later(tmp_path: Path) -> None:
    assert ended(planted.burn, LATER, 1, tmp_path, ("heard:intent",)) == KILLED


@pytest.mark.parametrize(
    ("name", "left"),
    [
        ("torn line found, not cut", {"audit.jsonl": 27}),
        ("report.csv written, not in its place", {"audit.jsonl": 19, ".report.csv.part": 5}),
        ("marked, report.csv not begun", {"audit.jsonl": 19}),
        ("report.csv in its place, summary.json not begun", {"audit.jsonl": 19, "report.csv": 5}),
        ("summary.json written, not in its place", {"audit.jsonl": 19, "report.csv": 5, ".summary.json.part": 5}),
    ],
)
def test_files_are_left_as_they_were_at_the_point(tmp_path: Path, name: str, left: dict[str, int]) -> None:
    assert ended(planted.touch, name, tmp_path) == KILLED
    assert {path.name: path.stat().st_size for path in tmp_path.iterdir()} == left


def test_a_transaction_is_lost_if_its_commit_is_the_point(tmp_path: Path) -> None:
    assert ended(planted.touch, "start not committed", tmp_path) == KILLED
    assert (tmp_path / "ledger.db").exists()
    assert ended(planted.touch, "start not committed", tmp_path) == KILLED  # the table is not there yet


def test_a_process_that_comes_to_other_points_lives_on(tmp_path: Path) -> None:
    assert ended(planted.touch, "end not committed", tmp_path) == SURVIVED


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        ("start committed, not in the audit file", 0),
        ("start in the audit file, nothing asked", 3),
        ("intent committed, not in the audit file", 0),
        ("intent in the audit file, nobody told", 3),
    ],
)
def test_the_tap_knows_ledger_and_file_apart(tmp_path: Path, name: str, lines: int) -> None:
    assert ended(planted.tapped, name, tmp_path) == KILLED
    audit = tmp_path / "audit.jsonl"
    assert (audit.read_bytes().count(b"\n") if audit.exists() else 0) == lines


def test_each_point_has_a_name_of_its_own_and_follows_one_that_is_there() -> None:
    assert len(BY_NAME) == len(POINTS)
    assert {point.after for point in POINTS if point.after} <= BY_NAME.keys()
    assert all(point.signs and point.commands for point in POINTS)
