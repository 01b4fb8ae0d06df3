"""Tab completes commands, flags, files and campaigns, in the shells themselves where they are there."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.typing_in import ROOT, surroundings
from worker.cli.group import COMMANDS

DATABASE = "postgresql://127.0.0.1:9/nowhere"


def asked(here: Path, words: str, **environ: str) -> list[str]:
    """What bash is offered for the last word of this line, each as `type,value`."""
    line = {"COMP_WORDS": words, "COMP_CWORD": str(len(words.split(" ")) - 1)}
    return answer(here, "bash_complete", **line, **environ)[1].split()


def answer(here: Path, instruction: str, **environ: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-m", "worker"],
        cwd=here,
        env=surroundings({**environ, "_AMILI_PURGE_COMPLETE": instruction}),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    return done.returncode, done.stdout


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """Two campaigns, and two things beside them that are none."""
    for name in ("campaigns/spring", "campaigns/summer", "campaigns/.hidden", "elsewhere/autumn"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "campaigns" / "stray").write_text("", encoding="utf-8")
    return tmp_path


def test_commands_are_offered_all_of_them(here: Path) -> None:
    assert asked(here, "amili-purge ") == [f"plain,{entry.name}" for entry in COMMANDS]
    assert asked(here, "amili-purge re") == ["plain,reconcile", "plain,report", "plain,receipt", "plain,resume"]


def test_flags_are_offered_and_no_secret_is_among_them(here: Path) -> None:
    assert asked(here, "amili-purge plan --max-d") == [
        "plain,--max-deletes",
        "plain,--max-deletes-window",
        "plain,--max-delete-share",
    ]
    assert asked(here, "amili-purge plan --token") == ["plain,--token-file", "plain,--token-url"]


@pytest.mark.parametrize(
    "words",
    [
        *(f"{name} s" for name in ("status", "report", "apply", "reconcile", "approve", "receipt", "verify")),
        *(f"{name} s" for name in ("pause", "resume", "stop", "set rate=2")),
        "plan --campaign s",
        "run --campaign s",
    ],
)
def test_the_name_of_a_campaign_is_offered_where_one_is_meant(here: Path, words: str) -> None:
    assert asked(here, f"amili-purge {words}") == ["plain,spring", "plain,summer"]


def test_campaigns_are_looked_for_where_the_line_and_the_settings_say(here: Path) -> None:
    assert asked(here, "amili-purge status --campaigns elsewhere ") == ["plain,autumn"]
    (here / "amili-purge.toml").write_text('campaigns = "elsewhere"\n', encoding="utf-8")
    assert asked(here, "amili-purge status ") == ["plain,autumn"]


def test_no_database_is_asked(here: Path) -> None:
    assert asked(here, "amili-purge status sp", AMILI_LEDGER=DATABASE) == ["plain,spring"]


def test_settings_that_cannot_be_read_offer_nothing_and_say_nothing(here: Path) -> None:
    assert asked(here, "amili-purge status ", AMILI_RATE="many") == []
    assert asked(here, "amili-purge status --campaigns nowhere ") == []


def test_inputs_are_files_and_so_is_what_verify_takes_besides_campaigns(here: Path) -> None:
    assert asked(here, "amili-purge plan cust") == ["file,cust"]
    assert asked(here, "amili-purge enqueue cust") == ["file,cust"]
    assert asked(here, "amili-purge verify case-17") == ["file,case-17"]


def test_a_line_with_help_in_it_shows_none_while_it_is_completed(here: Path) -> None:
    assert asked(here, "amili-purge status --help s") == ["plain,spring", "plain,summer"]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_has_a_script(here: Path, shell: str) -> None:
    code, script = answer(here, f"{shell}_source")
    assert code == 0
    assert f"_AMILI_PURGE_COMPLETE={shell}_complete" in script


def test_an_instruction_that_no_shell_gives_is_64(here: Path) -> None:
    assert answer(here, "nonsense") == (64, "")


def test_bash_itself_completes_with_its_script(here: Path, tmp_path: Path) -> None:
    program = tmp_path / "bin" / "amili-purge"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\nexec '{sys.executable}' -m worker \"$@\"\n", encoding="utf-8")
    program.chmod(0o755)
    bash = shutil.which("bash")
    assert bash, "bash is on every machine that this is developed on"
    script = (
        'eval "$(_AMILI_PURGE_COMPLETE=bash_source amili-purge)"\n'
        "COMP_WORDS=(amili-purge status s) COMP_CWORD=2\n"
        '_amili_purge_completion amili-purge\necho "${COMPREPLY[@]}"'
    )
    path = f"{program.parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        [bash, "--norc", "-c", script],
        cwd=here,
        env=surroundings({"PATH": path, "PYTHONPATH": str(ROOT)}),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.stderr) == ("spring summer\n", "")
