"""Where words go: results to standard output, the rest to standard error, and what happens when nobody reads them."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.typing_in import Shell, surroundings
from worker.cli.telling import MEANINGS, bug, meant, message
from worker.errors import Exit


@pytest.mark.parametrize("words", [("list",), ("--help",)])
def test_a_reader_who_has_gone_is_no_fault(tmp_path: Path, words: tuple[str, ...]) -> None:
    ours, theirs = os.pipe()
    os.close(ours)
    done = subprocess.run(
        [sys.executable, "-m", "worker", *words],
        cwd=tmp_path,
        env=surroundings(),
        stdout=theirs,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    os.close(theirs)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_result_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        done = subprocess.run(
            [sys.executable, "-m", "worker", "list"],
            cwd=tmp_path,
            env=surroundings(),
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == 74
    assert "standard output cannot be written" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_terminal_that_cannot_show_a_letter_ends_nothing(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "worker", "list", "--campaigns", "kjøpere"],
        cwd=tmp_path,
        env={**surroundings(), "PYTHONUTF8": "0", "PYTHONIOENCODING": "ascii"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "kj" in done.stdout


def test_sigterm_outside_a_run_is_75(tmp_path: Path) -> None:
    fifo = tmp_path / "numbers.csv"
    os.mkfifo(fifo)
    api = {"AMILI_BASE_URL": "http://127.0.0.1:9/arm", "AMILI_CLIENT_NO": "1", "AMILI_TOKEN": "t"}
    with subprocess.Popen(
        [sys.executable, "-m", "worker", "plan", "numbers.csv", "--campaign", "spring"],
        cwd=tmp_path,
        env=surroundings(api),
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        with fifo.open("w", encoding="utf-8"):  # opens once the command reads, and then it waits for us
            process.send_signal(signal.SIGTERM)
            assert process.wait(20) == 75
        assert process.stderr is not None
        assert "interrupted" in process.stderr.read()


def test_every_exit_code_has_its_meaning_in_words() -> None:
    assert set(MEANINGS) == set(Exit)


@pytest.mark.parametrize("code", Exit)
def test_a_meaning_fits_a_terminal_and_keeps_its_code_in_one_piece(code: Exit) -> None:
    lines = meant(code).splitlines()
    assert max(map(len, lines)) <= 80
    assert f"(exit {code.value})" in lines[-1]


def test_a_message_masks_what_a_url_holds() -> None:
    told = message("no way to http://anna:pass-word@proxy", Exit.OUT_OF_REACH, ["try http://anna:pass-word@other"])
    assert "pass-word" not in told
    assert told.count("***@") == 2


def test_a_bug_is_shown_with_its_traceback_and_said_to_be_one() -> None:
    told = bug(KeyError("a bug of ours"))
    assert "a bug of ours" in told
    assert "(exit 70)" in told


def test_results_and_messages_go_separate_ways(shell: Shell) -> None:
    wrong, right = shell.type("status", "nobody"), shell.type("list")
    assert wrong.err
    assert not wrong.out
    assert right.out
    assert not right.err
