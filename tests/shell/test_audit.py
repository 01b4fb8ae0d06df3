"""The audit file at work: appended, marked at a clean end, checked and completed at a start, rebuilt, refused."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from worker.audit import AuditFile
from worker.core.chain import Head, seal
from worker.core.facts import CampaignFact
from worker.errors import LogBroken, NotDurable


class Chain:
    """A ledger's audit lines, without the ledger; `asked` counts how often they were read from the first."""

    def __init__(self, count: int) -> None:
        self.kept: list[bytes] = []
        self.asked = 0
        self._head = Head()
        self.grow(count)

    def grow(self, count: int) -> list[bytes]:
        for _ in range(count):
            self._head, record = seal(self._head, "2026-05-01T12:00:00.000000Z", CampaignFact("æ", {"x": "y"}))
            self.kept.append(record.line)
        return self.kept[-count:]

    def lines(self, after: int) -> Iterator[bytes]:
        self.asked += after == 0
        return iter(self.kept[after:])

    @property
    def text(self) -> bytes:
        return b"".join(line + b"\n" for line in self.kept)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "may" / "audit.jsonl"


@pytest.fixture
def chain(path: Path) -> Chain:
    path.parent.mkdir()
    return Chain(5)


def ended(path: Path, chain: Chain) -> str:
    """A campaign whose last run ended cleanly."""
    return AuditFile.open(path, chain.lines, None).close_clean()


def test_a_first_start_writes_what_the_ledger_has_and_then_what_comes(path: Path, chain: Chain) -> None:
    file = AuditFile.open(path, chain.lines, None)
    assert path.read_bytes() == chain.text
    file.append(chain.grow(2))
    file.append(chain.grow(1))
    file.close()
    assert path.read_bytes() == chain.text
    assert path.stat().st_mode & 0o077 == 0


def test_a_line_that_is_told_of_twice_stands_once(path: Path, chain: Chain) -> None:
    mark = ended(path, chain)
    for believed in (mark, None):
        file = AuditFile.open(path, chain.lines, believed)
        file.append(chain.kept[-2:])
        more = chain.grow(2)
        file.append(more[:1])
        file.append(more)
        file.close()
    assert path.read_bytes() == chain.text


def test_after_a_clean_end_the_file_is_believed_by_its_mark(path: Path, chain: Chain) -> None:
    mark, asked = ended(path, chain), chain.asked
    file = AuditFile.open(path, chain.lines, mark)
    assert chain.asked == asked
    file.append(chain.grow(1))
    file.close()
    assert path.read_bytes() == chain.text


def test_a_mark_holds_size_time_and_last_line(path: Path, chain: Chain) -> None:
    size, time, last = json.loads(ended(path, chain))
    assert (size, time) == (len(chain.text), path.stat().st_mtime_ns)
    assert len(last) == 64


def test_a_file_that_was_only_touched_after_a_clean_end_is_read_and_found_whole(path: Path, chain: Chain) -> None:
    mark, asked = ended(path, chain), chain.asked
    os.utime(path, ns=(1, 1))
    AuditFile.open(path, chain.lines, mark).close()
    assert chain.asked == asked + 1


@pytest.mark.parametrize("cut", [1, 60, 250, 10_000])
def test_a_short_or_missing_file_after_a_clean_end_is_broken(path: Path, chain: Chain, cut: int) -> None:
    mark = ended(path, chain)
    path.write_bytes(chain.text[:-cut])
    with pytest.raises(LogBroken, match="short or missing") as refused:
        AuditFile.open(path, chain.lines, mark)
    assert "amili-purge report may" in refused.value.advice[-1]
    path.unlink()
    with pytest.raises(LogBroken, match="short or missing"):
        AuditFile.open(path, chain.lines, mark)
    assert not path.exists()


@pytest.mark.parametrize("kept", range(0, 1200, 37))
def test_a_true_prefix_after_a_kill_is_completed_wherever_it_was_torn(path: Path, chain: Chain, kept: int) -> None:
    path.write_bytes(chain.text[:kept])
    file = AuditFile.open(path, chain.lines, None)
    assert path.read_bytes() == chain.text
    file.append(chain.grow(1))
    file.close()
    assert path.read_bytes() == chain.text


@pytest.mark.parametrize("at", [0, 100, 400, -1, -2, -80])
@pytest.mark.parametrize("clean", [True, False])
def test_a_differing_byte_is_broken_always(path: Path, chain: Chain, at: int, clean: bool) -> None:
    mark = ended(path, chain)
    text = bytearray(chain.text)
    text[at] ^= 1
    path.write_bytes(text)
    os.utime(path, ns=(1, 1))
    line = bytes(chain.text[: at % len(text)]).count(b"\n") + 1
    with pytest.raises(LogBroken, match=f"line {line} is not"):
        AuditFile.open(path, chain.lines, mark if clean else None)
    assert path.read_bytes() == bytes(text)


@pytest.mark.parametrize("extra", [b"\n", b"x", b'{"seq":6}\n'])
def test_more_than_the_ledger_holds_is_broken(path: Path, chain: Chain, extra: bytes) -> None:
    path.write_bytes(chain.text + extra)
    with pytest.raises(LogBroken, match="line 6 is not"):
        AuditFile.open(path, chain.lines, None)


def test_a_torn_line_that_is_not_the_ledgers_is_broken(path: Path, chain: Chain) -> None:
    path.write_bytes(b"\n".join(chain.kept[:2]) + b'\n{"seq":4')
    with pytest.raises(LogBroken, match="line 3 is not"):
        AuditFile.open(path, chain.lines, None)


def test_a_file_that_was_moved_away_is_rebuilt_byte_for_byte(path: Path, chain: Chain) -> None:
    ended(path, chain)
    path.unlink()
    path.with_name(".audit.jsonl.anew").write_bytes(b"left by a killed attempt")
    chain.grow(1)
    mark = AuditFile.rebuild(path, chain.lines).close_clean()
    assert path.read_bytes() == chain.text
    AuditFile.open(path, chain.lines, mark).close()
    assert [file.name for file in path.parent.iterdir()] == ["audit.jsonl"]


def test_a_file_that_is_still_there_is_never_rebuilt(path: Path, chain: Chain) -> None:
    path.write_bytes(b"evidence")
    with pytest.raises(LogBroken, match="still there"):
        AuditFile.rebuild(path, chain.lines)
    assert path.read_bytes() == b"evidence"


def test_a_full_disk_is_not_durable(chain: Chain) -> None:
    file = AuditFile(Path("/dev/full"))
    with pytest.raises(NotDurable, match="No space left"):
        file.append(chain.kept)
    file.close()
    file.close()


def test_a_place_that_cannot_be_opened_is_not_durable(tmp_path: Path, chain: Chain) -> None:
    with pytest.raises(NotDurable, match="directory"):
        AuditFile.open(tmp_path, chain.lines, None)
    with pytest.raises(NotDurable, match="No such file"):
        AuditFile.open(tmp_path / "gone" / "audit.jsonl", chain.lines, None)
