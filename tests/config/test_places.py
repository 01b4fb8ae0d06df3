"""How each place is read, what is no setting of ours, and what must not vanish."""

from pathlib import Path

import pytest

from tests.config.places import Machine, refused
from worker.errors import Exit, SettingsWrong, UsageWrong


def test_a_misspelt_guard_is_refused_in_every_place_with_the_nearest_name(machine: Machine) -> None:
    machine.environ["AMILI_MAX_DELETS"] = "5"
    machine.dotenv("max_delete", "5")
    machine.secret("max_delete", "5")
    machine.toml("maxdeletes = 5")
    assert machine.faults() == (
        "AMILI_MAX_DELETS (environment): there is no such setting; did you mean AMILI_MAX_DELETES?",
        "AMILI_MAX_DELETE (.env): there is no such setting; did you mean AMILI_MAX_DELETES?",
        "max_delete (secrets directory): there is no such setting; did you mean max_deletes?",
        "maxdeletes (amili-purge.toml): there is no such setting; did you mean max_deletes?",
    )


def test_names_wrong_values_and_what_is_missing_come_in_one_go(machine: Machine) -> None:
    machine.environ |= {"AMILI_ZZZZ": "1", "AMILI_CLIENT_NO": "0"}
    machine.flag("rate", "fast")
    machine.toml("attempts = 0\ncolour = 1")
    lines = machine.faults(needs_api=True)
    assert sorted(line.split(" ")[0] for line in lines) == sorted(
        ["AMILI_ZZZZ", "colour", "--rate", "AMILI_CLIENT_NO", "attempts", "base_url", "no"]
    )
    assert all("\n" not in line for line in lines)


def test_a_refusal_has_the_exit_code_of_settings(machine: Machine) -> None:
    machine.toml("rate = 0")
    assert refused(machine.load).code is Exit.SETTINGS


def test_a_command_that_needs_little_passes_over_the_faults_of_the_rest(machine: Machine) -> None:
    machine.variable("sentinel", "")
    machine.variable("colour_of_the_sky", "blue")
    machine.toml('campaigns = "elsewhere"\nrate = -1\nverify_shar = 1')
    loaded = machine.load(right={"campaigns"})
    assert (loaded.settings.campaigns, loaded.settings.sentinel, loaded.settings.rate) == (Path("elsewhere"), None, 10)
    assert loaded.origins["rate"] == "default"
    assert len(loaded.passed_over) == 4
    assert machine.faults() == loaded.passed_over


@pytest.mark.parametrize("toml", ['campaigns = ""', 'campains = "elsewhere"', "not TOML"])
def test_a_fault_in_what_a_command_needs_is_never_passed_over(machine: Machine, toml: str) -> None:
    machine.toml(toml)
    refused(lambda: machine.load(right={"campaigns"}))


def test_a_name_like_no_setting_gets_no_guess(machine: Machine) -> None:
    machine.environ["AMILI_QQQQQQ"] = "1"
    assert machine.faults() == ("AMILI_QQQQQQ (environment): there is no such setting",)


def test_other_peoples_variables_are_none_of_our_business(machine: Machine) -> None:
    machine.environ |= {"PATH": "/bin", "RATE": "5", "MAX_DELETES": "1", "AMILIA": "x"}
    (machine.home / ".env").write_text("RATE=5\nexport OTHER='x'\nFLAG\n", encoding="utf-8")
    assert machine.load().settings.rate == 10


def test_what_kubernetes_says_of_a_service_of_our_name_is_ignored(machine: Machine) -> None:
    machine.environ |= {
        "AMILI_PURGE_SERVICE_HOST": "10.0.0.7",
        "AMILI_PURGE_SERVICE_PORT_METRICS": "9464",
        "AMILI_PURGE_PORT": "tcp://10.0.0.7:9464",
        "AMILI_PURGE_PORT_9464_TCP_ADDR": "10.0.0.7",
    }
    assert machine.load().settings.metrics_port is None


def test_a_misspelt_port_without_such_a_service_is_still_refused(machine: Machine) -> None:
    machine.environ["AMILI_METRIC_PORT"] = "9464"
    assert "AMILI_METRICS_PORT?" in machine.faults()[0]


def test_a_service_called_metrics_cannot_hide_a_setting(machine: Machine) -> None:
    machine.environ |= {"AMILI_METRICS_SERVICE_HOST": "10.0.0.7", "AMILI_METRICS_PORT": "9464"}
    assert machine.load().settings.metrics_port == 9464


def test_an_empty_value_is_a_fault_and_not_the_default(machine: Machine) -> None:
    machine.variable("max_deletes", "")
    assert machine.faults() == ("AMILI_MAX_DELETES (environment): is empty: give a value, or leave the setting out",)


def test_true_in_toml_is_not_the_number_one(machine: Machine) -> None:
    machine.toml("max_deletes = true")
    assert machine.faults() == ("max_deletes (amili-purge.toml): cannot be true or false",)


def test_dotenv_values_stand_as_they_are_written(machine: Machine) -> None:
    (machine.home / ".env").write_text(
        "\ufeffexport AMILI_COLUMN='Kunde nr'\nAMILI_SHEET=a${HOME}b # why\n", encoding="utf-8"
    )
    settings = machine.load().settings
    assert (settings.column, settings.sheet) == ("Kunde nr", "a${HOME}b")


@pytest.mark.parametrize("line", ["AMILI_MAX_DELETES", "AMILI_MAX_DELETES 5", "AMILI_MAX_DELETES: 5"])
def test_a_line_of_dotenv_that_says_nothing_is_a_fault(machine: Machine, line: str) -> None:
    (machine.home / ".env").write_text(f"# ours\n{line}\n", encoding="utf-8")
    assert machine.faults() == ("line 2 (.env): cannot be read as NAME=value",)


def test_a_secret_loses_its_line_end_and_nothing_else(machine: Machine) -> None:
    machine.secret("oauth_client_secret", " s3cret \r\n")
    secret = machine.load().settings.oauth_client_secret
    assert secret is not None
    assert secret.get_secret_value() == " s3cret "


def test_a_mounted_secret_is_read_through_its_links(machine: Machine) -> None:
    machine.secret("rate", "5")
    mount = machine.home / "secrets"
    (mount / "..2026_11_22").mkdir()
    (mount / "..2026_11_22" / "token").write_text("abc\n", encoding="utf-8")
    (mount / "..data").symlink_to("..2026_11_22")
    (mount / "token").symlink_to("..data/token")
    token = machine.load().settings.token
    assert token is not None
    assert token.get_secret_value() == "abc"


def test_a_file_of_other_use_among_the_secrets_is_left_alone(machine: Machine) -> None:
    for name in ("tls.crt", "README", ".hidden", "namespace"):
        machine.secret(name, "x")
    assert machine.load().settings.token is None


def test_a_secret_named_like_its_variable_is_refused(machine: Machine) -> None:
    machine.secret("AMILI_TOKEN", "abc")
    assert "did you mean token?" in machine.faults()[0]


def test_what_cannot_be_read_is_a_fault_each(machine: Machine) -> None:
    machine.secret("rate", "5")
    (machine.home / "secrets" / "token").mkdir()
    (machine.home / ".env").mkdir()
    (machine.home / "amili-purge.toml").write_bytes(b"column = '\xe6'")
    assert machine.faults() == (
        ".env: cannot be read, Is a directory",
        "token (secrets directory): cannot be read, Is a directory",
        "amili-purge.toml: is not UTF-8",
    )


def test_a_named_file_or_directory_that_is_missing_is_a_fault(machine: Machine) -> None:
    machine.settings_file = Path("nowhere.toml")
    machine.secrets_dir = Path("nowhere")
    assert machine.faults() == (
        f"{machine.home / 'nowhere'} (secrets directory): cannot be read, No such file or directory",
        "nowhere.toml: cannot be read, No such file or directory",
    )


def test_of_a_settings_file_that_cannot_be_used_nothing_is_called_missing(machine: Machine) -> None:
    machine.settings_file = Path("nowhere.toml")
    assert machine.faults(needs_api=True) == ("nowhere.toml: cannot be read, No such file or directory",)
    machine.settings_file = None
    machine.toml("column = oops")
    assert machine.faults(needs_api=True) == ("amili-purge.toml: is not TOML (at line 1, column 10)",)


def test_what_is_missing_is_missing_in_the_settings_file_that_was_named(machine: Machine) -> None:
    machine.settings_file = Path("staging.toml")
    (machine.home / "staging.toml").write_text("rate = 1\n", encoding="utf-8")
    assert any("base_url in staging.toml" in fault for fault in machine.faults(needs_api=True))


@pytest.mark.parametrize(("name", "told"), [("rate", "is not a number"), ("client_no", "is not a whole number")])
def test_text_that_is_no_number_is_told_plainly(machine: Machine, name: str, told: str) -> None:
    machine.flag(name, "abc")
    assert machine.faults() == (f"--{name.replace('_', '-')} (flag): {told}",)


def test_broken_toml_is_told_by_its_position(machine: Machine) -> None:
    machine.toml("rate = 1\ncolumn = oops")
    assert machine.faults() == ("amili-purge.toml: is not TOML (at line 2, column 10)",)


def test_a_table_in_toml_is_no_setting(machine: Machine) -> None:
    machine.toml("[guards]\nmax_deletes = 5")
    assert machine.faults()[0].startswith("guards (amili-purge.toml): there is no such setting")


@pytest.mark.parametrize("name", ["token", "oauth_client_secret"])
def test_secrets_have_no_flag(machine: Machine, name: str) -> None:
    machine.flag(name, "s3cret")
    with pytest.raises(UsageWrong, match="does not exist"):
        machine.load()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("base_url", "https://user:s3cret@api.example.com"),
        ("token_url", "https://user@login.example.com"),
        ("proxy", "http://user:s3cret@proxy.example.com:3128"),
        ("proxy", "user:s3cret@proxy.example.com:3128"),
        ("ledger", "postgresql://user:s3cret@db/amili"),
        ("metrics_host", "http://user:s3cret@host"),
    ],
)
def test_user_info_in_a_flag_is_wrong_usage_whatever_else_is_wrong(machine: Machine, name: str, value: str) -> None:
    machine.toml("rate = 0")
    machine.flag(name, value)
    with pytest.raises(UsageWrong) as caught:
        machine.load()
    assert "s3cret" not in f"{caught.value} {caught.value.advice}"
    assert f"AMILI_{name.upper()}" in caught.value.advice[0]


def test_an_address_to_write_to_is_not_user_info(machine: Machine) -> None:
    machine.flag("contact", "ops@example.com")
    assert machine.load().settings.contact == "ops@example.com"


def test_a_refusal_carries_no_cause_that_could_be_printed(machine: Machine) -> None:
    machine.variable("base_url", "http://user:s3cret@example.com")
    with pytest.raises(SettingsWrong) as caught:
        machine.load()
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None
