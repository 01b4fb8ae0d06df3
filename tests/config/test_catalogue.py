"""The lists that the command line and the documents are made of, and the examples on disk."""

import re
import tomllib
from pathlib import Path

import pytest

from config import GROUPS, Settings, environment_name, flag_name, flags_of
from config.examples import env_line, files, main, table, toml_line
from tests.config.places import Machine

FIELDS = list(Settings.model_fields)
FLAGS = {flag.field: flag for flag in flags_of()}


def test_every_setting_is_in_one_group_in_the_order_it_is_declared() -> None:
    assert [field for fields in GROUPS.values() for field in fields] == FIELDS
    assert list(FLAGS) == FIELDS


@pytest.mark.parametrize("field", FIELDS)
def test_every_setting_is_explained_in_whole_sentences(field: str) -> None:
    description = Settings.model_fields[field].description
    assert description is not None
    assert re.fullmatch(r"[A-Z`].{15,}\.", description), field
    assert FLAGS[field].help.startswith(description)


def test_only_secrets_are_kept_from_the_command_line() -> None:
    assert {field for field, flag in FLAGS.items() if flag.is_secret} == {
        "token",
        "oauth_client_secret",
        "ledger_password",
        "amqp_password",
    }


@pytest.mark.parametrize(
    ("field", "kind", "metavar"),
    [
        ("max_deletes", int, "N"),
        ("rate", float, "X"),
        ("max_delete_share", float, "X"),
        ("adaptive", bool, ""),
        ("allow_empty", bool, ""),
        ("until_empty", bool, ""),
        ("prefetch", int, "N"),
        ("campaigns", str, "PATH"),
        ("empty_list", str, "N,N"),
        ("log_format", str, "console|json"),
        ("log_level", str, "debug|info|warning|error"),
        ("proxy", str, "TEXT"),
    ],
)
def test_a_flag_says_what_it_takes(field: str, kind: type, metavar: str) -> None:
    assert (FLAGS[field].kind, FLAGS[field].metavar) == (kind, metavar)


def test_a_flag_tells_its_default() -> None:
    assert FLAGS["rate"].help.endswith(" Default: 10.")
    assert "Default" not in FLAGS["max_deletes"].help


def test_one_name_is_spelt_three_ways() -> None:
    assert (flag_name("max_deletes"), environment_name("max_deletes")) == ("--max-deletes", "AMILI_MAX_DELETES")


@pytest.mark.parametrize("path", files(), ids=lambda path: path.name)
def test_the_example_on_disk_is_what_the_declarations_say(path: Path) -> None:
    assert path.read_text(encoding="utf-8") == files()[path], "run: python -m config.examples"


def test_an_example_as_it_stands_changes_nothing(machine: Machine) -> None:
    for path, name in zip(files(), ["amili-purge.toml", ".env"], strict=True):
        (machine.home / name).write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
    assert set(machine.load().origins.values()) == {"default"}


@pytest.mark.parametrize("field", FIELDS)
def test_a_line_of_an_example_is_valid_once_it_is_uncommented(machine: Machine, field: str) -> None:
    machine.toml(toml_line(field))
    (machine.home / ".env").write_text(env_line(field), encoding="utf-8")
    loaded = machine.load()
    assert loaded.origins[field] == ".env"
    (machine.home / ".env").unlink()
    assert getattr(machine.load().settings, field) == getattr(loaded.settings, field)
    assert list(tomllib.loads(toml_line(field))) == [field]


@pytest.mark.parametrize("field", FIELDS)
def test_the_examples_hold_every_setting(field: str) -> None:
    toml, env = (text.splitlines() for text in files().values())
    assert f"#{toml_line(field)}" in toml
    assert f"#{env_line(field)}" in env


def test_the_table_has_a_row_for_each_setting_and_no_cell_too_many() -> None:
    rows = table().splitlines()
    assert len(rows) == 2 + len(GROUPS) + len(FIELDS)
    assert {len(re.findall(r"(?<!\\)\|", row)) for row in rows} == {4}


def test_the_table_can_be_printed(capsys: pytest.CaptureFixture[str]) -> None:
    main(["--table"])
    assert capsys.readouterr().out == table()


def test_the_examples_can_be_written_anew(tmp_path: Path) -> None:
    main([], tmp_path)
    assert {path.name: path.read_text(encoding="utf-8") for path in tmp_path.iterdir()} == {
        path.name: text for path, text in files().items()
    }
