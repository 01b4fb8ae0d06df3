"""Checkpoints arrive where they are sent, and where they cannot, the reason comes back instead of an exception."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.tree import ROOT
from tests.seal.receiver import receiving
from tests.seal.test_keys import made, signed
from worker.errors import SettingsWrong
from worker.seal import file_of, kept_in, outlet

NOTE = "log\n5\nx\n\n\u2014 k s\n"


def test_only_a_path_is_a_file_of_this_machine() -> None:
    assert file_of("/mnt/evidence/kept.txt") == Path("/mnt/evidence/kept.txt")
    assert [file_of(other) for other in ("-", "https://hooks.example/a", "http://127.0.0.1:1/")] == [None] * 3


def test_a_file_is_appended_to_and_can_be_read_by_others(tmp_path: Path) -> None:
    path = tmp_path / "kept.txt"
    path.write_text("before\n")
    hand_over = outlet(str(path))
    assert (hand_over(NOTE), hand_over(NOTE)) == (None, None)
    assert path.read_text() == "before\n" + NOTE * 2


def test_a_file_that_cannot_be_written_is_78_before_anything_is_done(tmp_path: Path) -> None:
    with pytest.raises(SettingsWrong, match="checkpoint_to"):
        outlet(str(tmp_path / "none" / "kept.txt"))


def test_a_file_that_goes_away_is_a_reason(tmp_path: Path) -> None:
    (tmp_path / "place").mkdir()
    hand_over = outlet(str(tmp_path / "place" / "kept.txt"))
    (tmp_path / "place" / "kept.txt").unlink()
    (tmp_path / "place").rmdir()
    assert "No such file" in str(hand_over(NOTE))


def test_a_full_disk_is_a_reason() -> None:
    assert "No space left" in str(outlet("/dev/full")(NOTE))


def test_standard_output_takes_the_note_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert outlet("-")(NOTE) is None
    assert capsys.readouterr().out == NOTE


def test_a_closed_standard_output_is_a_reason() -> None:
    script = (
        "import sys; from worker.seal import outlet; sys.stderr.write(str(outlet('-')('note'))); sys.stderr.flush()"
    )
    reads, writes = os.pipe()
    os.close(reads)
    done = subprocess.run([sys.executable, "-c", script], stdout=writes, stderr=subprocess.PIPE, cwd=ROOT, check=False)
    os.close(writes)
    assert done.stderr.startswith(b"standard output: BrokenPipeError")


def test_a_webhook_gets_the_note_as_its_body() -> None:
    with receiving() as hook:
        assert outlet(hook.url)(NOTE) is None
        assert (hook.bodies, hook.paths) == ([NOTE], ["/hook?to=us"])


@pytest.mark.parametrize("status", [302, 404, 500])
def test_an_answer_other_than_success_is_a_reason_and_nothing_is_followed(status: int) -> None:
    with receiving() as hook:
        hook.status = status
        assert outlet(hook.url)(NOTE) == f"http://127.0.0.1: answered with {status}"
        assert len(hook.bodies) == 1


def test_a_webhook_that_is_not_there_is_a_reason_that_does_not_tell_its_path() -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        told = outlet(f"http://127.0.0.1:{nobody.getsockname()[1]}/secret")(NOTE)
    assert told == "http://127.0.0.1: ConnectionRefusedError"


def test_https_is_spoken_to_a_webhook_that_says_so() -> None:
    with receiving() as hook:
        told = outlet(hook.url.replace("http://", "https://"))(NOTE)
        assert told is not None
        assert hook.bodies == []


def test_what_a_file_keeps_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "kept.txt"
    assert list(kept_in(str(path))) == []
    note = signed(made(tmp_path))
    outlet(str(path))(str(note))
    assert list(kept_in(str(path))) == [note]


@pytest.mark.parametrize("target", ["-", "http://127.0.0.1:9/x"])
def test_other_targets_keep_nothing_for_us(target: str) -> None:
    assert list(kept_in(target)) == []


def test_a_file_that_we_may_only_add_to_serves_and_has_kept_nothing_that_we_see(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    tmp_path.chmod(0o711)
    Path("kept.txt").touch()
    Path("kept.txt").chmod(0o222)
    us = os.geteuid()
    if us == 0:
        os.seteuid(65_534)  # to root no file is closed
    try:
        assert outlet("kept.txt")(NOTE) is None
        assert list(kept_in("kept.txt")) == []
    finally:
        os.seteuid(us)
    assert Path("kept.txt").stat().st_size == len(NOTE.encode())


def test_what_is_no_file_has_kept_nothing(tmp_path: Path) -> None:
    assert list(kept_in(str(tmp_path))) == []
