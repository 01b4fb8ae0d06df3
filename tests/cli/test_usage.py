"""Wrong words end with 64 before anything else is looked at, and no password or token is ever repeated."""

import pytest

from tests.cli.typing_in import API, TOKEN, Shell

DIGEST = "ab" * 32


@pytest.mark.parametrize(
    "words",
    [
        "plna customers.csv",
        "plan",
        "plan customers.csv stray",
        "plan customers.csv --rat 5",
        "plan customers.csv --rate",
        "plan -",
        "plan amqp://broker.example.com/purge",
        "plan amqp://broker.example.com/purge --campaign spring",
        "run amqp://broker.example.com/purge --yes --max-deletes 5",
        "run amqp://broker.example.com/ --campaign spring --yes --max-deletes 5",
        "run amqp://broker.example.com/purge --campaign spring --max-deletes 5",
        "enqueue",
        "enqueue customers.csv",
        "enqueue customers.csv https://broker.example.com/purge",
        "enqueue customers.csv amqp://broker.example.com",
        "enqueue amqp://broker.example.com/purge customers.csv",
        "enqueue customers.csv amqp://broker.example.com/purge stray",
        "plan customers.csv --campaign ../elsewhere",
        "run customers.csv",
        "run customers.csv --yes",
        "run --campaign spring",
        "run --campaign spring --yes",
        "apply",
        "apply spring",
        "apply spring --approve",
        "apply spring --approve abcdef",
        f"apply spring --approve {DIGEST[:-1]}",
        f"apply spring --approve {DIGEST}",
        "reconcile spring",
        "list stray",
        "status",
        "status spring",
        "verify",
        "verify spring",
        "report spring",
        "resume spring",
        "resume spring --because",
        "explain",
        "doctor stray",
        "sandbox --faults nonsense",
        "sandbox --port high",
        "sandbox --rate 5",
        "demo stray",
        "prove stray",
        "--nonsense",
    ],
)
def test_wrong_words_are_64_with_a_message_and_no_result(shell: Shell, words: str) -> None:
    typed = shell.type(*words.split())
    assert (typed.code, typed.out) == (64, "")
    assert "64" in typed.err
    assert "Traceback" not in typed.err


def test_a_misspelt_flag_is_one_line_that_names_the_nearest(shell: Shell) -> None:
    typed = shell.type("plan", "customers.csv", "--max-delets", "5")
    assert typed.err.count("\n") == 1
    assert "--max-deletes" in typed.err
    assert "amili-purge plan --help" in typed.err


def test_a_flag_without_its_value_leads_to_the_help_of_its_command(shell: Shell) -> None:
    assert "amili-purge apply --help" in shell.type("apply", "spring", "--approve").err


def test_no_words_at_all_show_the_help_and_are_64(shell: Shell) -> None:
    typed = shell.type()
    assert (typed.code, typed.out) == (64, "")
    assert "doctor" in typed.err


@pytest.mark.parametrize("words", ["", "  ", "WHY", "…", " text ", "..."])
def test_what_is_no_reason_does_not_lift_a_stop(shell: Shell, words: str) -> None:
    refused = shell.type("resume", "spring", "--because", words)
    assert refused.code == 64
    assert "says nothing" in refused.err


@pytest.mark.parametrize(
    "words",
    [
        ("plan", "amqp://anna:pass-word@broker.example.com/purge"),
        ("run", "amqp://anna:pass-word@broker.example.com/purge", "--campaign", "spring", "--yes"),
        ("enqueue", "list.csv", "amqps://anna:pass-word@broker.example.com/purge"),
        ("enqueue", "https://anna:pass-word@files.example.com/list.csv", "amqp://broker.example.com/purge"),
        ("plan", "https://anna:pass-word@files.example.com/list.csv"),
        ("plan", "list.csv", "--base-url", "https://anna:pass-word@api.example.com"),
        ("plan", "list.csv", "--proxy", "http://anna:pass-word@proxy.example.com"),
        ("list", "amqp://anna:pass-word@broker.example.com/purge"),
        ("status", "amqp://anna:pass-word@broker.example.com/purge"),
    ],
)
def test_user_info_in_a_url_is_64_and_is_not_repeated(shell: Shell, words: tuple[str, ...]) -> None:
    typed = shell.type(*words)
    assert typed.code == 64
    assert "pass-word" not in typed.err


def test_a_url_as_input_is_shown_with_its_user_info_masked(shell: Shell) -> None:
    typed = shell.type("plan", "amqp://anna:pass-word@broker.example.com/purge")
    assert "amqp://***@broker.example.com/purge" in typed.err


@pytest.mark.parametrize("flag", ["--token", "--oauth-client-secret", "--amqp-password"])
def test_a_secret_has_no_flag_and_is_not_repeated(shell: Shell, flag: str) -> None:
    for words in ((flag, TOKEN), (f"{flag}={TOKEN}",)):
        typed = shell.type("plan", "customers.csv", *words)
        assert typed.code == 64
        assert f"AMILI_{flag.removeprefix('--').replace('-', '_').upper()}" in typed.err
        assert TOKEN not in typed.err


def test_a_plan_on_a_queue_says_why_not_and_how_it_is_run(shell: Shell) -> None:
    typed = shell.type("plan", "amqp://broker.example.com:5672/purge", "--campaign", "spring")
    assert "a queue can only be run" in typed.err
    assert "amili-purge run amqp://broker.example.com/purge --campaign NAME" in typed.err


def test_usage_is_tested_before_settings_and_settings_before_input(shell: Shell) -> None:
    shell.export(AMILI_MAX_DELETS="5")
    assert shell.type("run", "missing.csv").code == 64
    assert shell.type("run", "missing.csv", "--yes").code == 78
    assert shell.type("apply", "spring").code == 64
    assert shell.type("plan", "missing.csv").code == 78


def test_an_input_that_is_not_there_is_65_once_the_settings_are_right(shell: Shell) -> None:
    shell.export(**API)
    typed = shell.type("plan", "missing.csv")
    assert (typed.code, typed.out) == (65, "")
    assert "missing.csv" in typed.err


def test_a_cap_may_come_from_any_place(shell: Shell) -> None:
    shell.export(**API)
    shell.write("amili-purge.toml", "max_deletes = 5\n")
    assert shell.type("run", "missing.csv", "--yes").code == 65


def test_an_unknown_setting_is_78_with_the_nearest_name(shell: Shell) -> None:
    shell.export(**API, AMILI_MAX_DELETS="5")
    typed = shell.type("plan", "customers.csv")
    assert typed.code == 78
    assert "AMILI_MAX_DELETES" in typed.err


def test_every_fault_of_the_settings_has_a_line(shell: Shell) -> None:
    typed = shell.type("plan", "customers.csv", "--rate", "fast", "--max-failure-share", "2")
    assert typed.code == 78
    for name in ("--rate", "--max-failure-share", "base_url", "client_no", "token"):
        assert any(name in line for line in typed.err.splitlines()), name


def test_a_message_says_what_happened_what_it_means_and_what_to_do(shell: Shell) -> None:
    what, meaning, *advice = shell.type("plan", "-").err.splitlines()
    assert what.startswith("amili-purge: standard input")
    assert "Nothing was sent" in meaning
    assert advice == ["  add --campaign NAME"]
