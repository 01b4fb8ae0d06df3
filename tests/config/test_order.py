"""Which of six places wins, and that the origin tells."""

from pathlib import Path

import pytest

from config import Settings, load
from tests.config.places import Machine

STRONGEST_FIRST = [
    "flag",
    "environment AMILI_RATE",
    ".env",
    "secrets directory",
    "amili-purge.toml",
    "default",
]


def place(machine: Machine, rank: int) -> None:
    """Put a rate of `rank` + 1 into the place of that rank."""
    value = str(rank + 1)
    match rank:
        case 0:
            machine.flag("rate", value)
        case 1:
            machine.variable("rate", value)
        case 2:
            machine.dotenv("rate", value)
        case 3:
            machine.secret("rate", value)
        case 4:
            machine.toml(f"rate = {value}")


@pytest.mark.parametrize("rank", range(5))
def test_a_place_wins_over_all_weaker_ones(machine: Machine, rank: int) -> None:
    for weaker in range(rank, 5):
        place(machine, weaker)
    loaded = machine.load()
    assert (loaded.settings.rate, loaded.origins["rate"]) == (rank + 1, STRONGEST_FIRST[rank])


@pytest.mark.parametrize("rank", range(5))
def test_a_place_is_read_where_it_stands_alone(machine: Machine, rank: int) -> None:
    place(machine, rank)
    loaded = machine.load()
    assert (loaded.settings.rate, loaded.origins["rate"]) == (rank + 1, STRONGEST_FIRST[rank])


def test_without_any_place_the_default_is_in_force(machine: Machine) -> None:
    loaded = machine.load()
    assert (loaded.settings.rate, loaded.origins["rate"]) == (10, "default")


def test_a_flag_that_was_not_given_is_none_and_changes_nothing(machine: Machine) -> None:
    machine.flag("rate", None)
    assert machine.load().origins["rate"] == "default"


def test_a_named_settings_file_takes_the_place_of_the_usual_one(machine: Machine) -> None:
    machine.toml("rate = 1\nattempts = 5")
    (machine.home / "staging.toml").write_text("rate = 2", encoding="utf-8")
    machine.settings_file = Path("staging.toml")
    loaded = machine.load()
    assert (loaded.settings.rate, loaded.origins["rate"]) == (2, "staging.toml")
    assert loaded.settings.attempts == 3


def test_a_wrong_value_in_a_weaker_place_is_not_in_force_and_not_judged(machine: Machine) -> None:
    machine.toml("rate = -1")
    machine.flag("rate", "2")
    assert machine.load().settings.rate == 2


def test_no_place_beyond_the_named_ones_is_read(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AMILI_RATE", "77")
    assert machine.load().settings.rate == 10
    assert Settings().rate == 10


def test_the_process_has_an_environment_and_a_directory_of_its_own(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:

    monkeypatch.chdir(machine.home)
    monkeypatch.setenv("AMILI_RATE", "77")
    machine.dotenv("attempts", "4")
    settings = load({}).settings
    assert (settings.rate, settings.attempts) == (77, 4)
