"""The help shows every command and every setting in its group, is there at once, and imports nobody else's code."""

import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import click
import pytest

from config import GROUPS, flags_of
from tests.cli.typing_in import Shell, started, surroundings
from worker.cli.flags import Command
from worker.cli.group import COMMANDS, cli

NAMES = [entry.name for entry in COMMANDS]
WITHOUT_SETTINGS = {"init", "sandbox", "demo", "prove"}
OF_THEIR_OWN = {"--client-no", "--ledger", "--rate"}
"""Flags of these that are called like a setting, and are none."""


def loaded(name: str) -> Command:
    found = cli.get_command(click.Context(cli), name)
    assert isinstance(found, Command)
    return found


def test_the_commands_stand_in_their_groups(shell: Shell) -> None:
    lines = [line.strip() for line in shell.type("--help").out.splitlines()]
    found = [line.split()[0].rstrip(":") for line in lines if line.split(" ")[0].rstrip(":") in {*NAMES, *_GROUPS}]
    assert found == [word for group in _GROUPS for word in (group, *_of(group))]


_GROUPS = ["Work", "Look", "Evidence", "Steer", "Try"]


def _of(group: str) -> list[str]:
    return [entry.name for entry in COMMANDS if entry.group == group]


@pytest.mark.parametrize("name", NAMES)
def test_each_command_has_help_with_two_examples_of_itself(shell: Shell, name: str) -> None:
    typed = shell.type(name, "-h")
    assert (typed.code, typed.err) == (0, "")
    examples = typed.out.partition("Examples:")[2].strip().partition("\n\n")[0].splitlines()
    assert len(examples) == 2
    assert all(line.strip().startswith(f"amili-purge {name}") for line in examples)


@pytest.mark.parametrize("name", NAMES)
def test_each_setting_but_secrets_is_a_flag_under_its_group(name: str) -> None:
    params = [param for param in loaded(name).params if isinstance(param, click.Option)]
    flags = {option for param in params for option in param.opts}
    wanted = {flag.name for flag in flags_of() if not flag.is_secret} | {"--settings", "--secrets-dir"}
    if name in WITHOUT_SETTINGS:
        assert flags.isdisjoint(wanted - OF_THEIR_OWN)
    else:
        assert wanted <= flags
    assert flags.isdisjoint({flag.name for flag in flags_of() if flag.is_secret})


def test_the_help_of_a_command_lists_settings_in_their_groups(shell: Shell) -> None:
    out = shell.type("plan", "--help").out
    places = [out.index(f"Settings: {group}:") for group in GROUPS]
    assert places == sorted(places)
    assert out.index("--help") < places[0]
    assert places[2] < out.index("--max-deletes") < places[3]


@pytest.mark.parametrize("name", ["list", "status", "report", "verify", "resume"])
def test_a_command_that_only_looks_shows_where_campaigns_lie_and_no_guard(shell: Shell, name: str) -> None:
    out = shell.type(name, "--help").out
    assert "--campaigns" in out
    assert "--max-deletes" not in out
    assert "All other settings are accepted" in out
    assert out.index("Examples:") < out.index("Options:")
    assert len(out.splitlines()) < 40


def test_the_version_is_the_packages(shell: Shell) -> None:
    assert shell.type("--version").out == f"amili-purge {version('amili-purge')}\n"


def test_help_does_not_wait_for_what_is_heavy() -> None:
    program = (
        "import sys; from worker.cli.door import enter; code = enter(['--help']); "
        "sys.exit(code or bool({'aiohttp', 'pydantic', 'rich', 'sqlite3', 'worker.app'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], env=surroundings(), capture_output=True, check=False)
    assert done.returncode == 0


@pytest.mark.parametrize("module", ["approve", "evidence", "feed", "look", "personal", "steer"])
def test_a_command_that_runs_nothing_loads_nothing_that_runs(module: str) -> None:
    program = (
        f"import sys, worker.cli.{module}; "
        "sys.exit(bool({'aiohttp', 'rich', 'structlog', 'prometheus_client', 'worker.campaign'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], env=surroundings(), capture_output=True, check=False)
    assert done.returncode == 0


def test_a_strangers_module_in_the_current_directory_is_not_imported(tmp_path: Path) -> None:
    (tmp_path / "config.py").write_text("raise SystemExit('the wrong config')\n", encoding="utf-8")
    code, out, err = started("list", here=tmp_path)
    assert (code, err) == (0, "")
    assert "amili-purge plan" in str(out)
