"""What a command that talks to the API must have, and the three ways to a token."""

from pathlib import Path

import pytest

from config import ClientCredentials, FixedToken, Settings, TokenFile
from tests.config.places import Machine, refused

OAUTH = {
    "token_url": "https://login.example.com/t",
    "oauth_client_id": "purge",
    "oauth_client_secret": "s3cret",
}
REACH = {"base_url": "https://api.example.com/arm/v1", "client_no": "2218"}


def settings(**given: str) -> Settings:
    return Settings.model_validate(given)


def test_a_ready_token_is_one_way() -> None:
    api = settings(**REACH, token="abc").api()
    assert isinstance(api.token, FixedToken)
    assert api.token.token.get_secret_value() == "abc"
    assert (api.base_url, api.client_no) == ("https://api.example.com/arm/v1", 2218)


def test_a_token_file_is_one_way() -> None:
    assert settings(**REACH, token_file="t.jwt").api().token == TokenFile(Path("t.jwt"))


def test_client_credentials_are_one_way() -> None:
    way = settings(**REACH, **OAUTH).api().token
    assert isinstance(way, ClientCredentials)
    assert (way.url, way.client_id) == (OAUTH["token_url"], "purge")
    assert way.client_secret.get_secret_value() == "s3cret"


def test_what_the_client_needs_is_handed_on() -> None:
    api = settings(
        **REACH,
        token="abc",
        connect_timeout="1",
        request_timeout="2",
        attempts="4",
        proxy="http://proxy:1",
        ca_file="ca.pem",
        contact="ops@example.com",
    ).api()
    assert (api.connect_timeout, api.request_timeout, api.attempts) == (1, 2, 4)
    assert (api.ca_file, api.contact) == (Path("ca.pem"), "ops@example.com")
    assert api.proxy is not None
    assert api.proxy.get_secret_value() == "http://proxy:1"


def test_everything_that_is_missing_is_named_with_its_spellings() -> None:
    assert refused(settings().api).advice == (
        "base_url is missing: --base-url, AMILI_BASE_URL, or base_url in amili-purge.toml",
        "client_no is missing: --client-no, AMILI_CLIENT_NO, or client_no in amili-purge.toml",
        (
            "no way to a token: one of token (AMILI_TOKEN, or a file token in --secrets-dir), token_file, "
            "or token_url + oauth_client_id + oauth_client_secret"
        ),
    )


@pytest.mark.parametrize("missing", OAUTH)
def test_half_of_the_client_credentials_names_the_other_half(missing: str) -> None:
    given = {name: value for name, value in OAUTH.items() if name != missing}
    (fault,) = refused(settings(**REACH, **given).api).advice
    assert fault.startswith(f"{missing} is missing beside ")


@pytest.mark.parametrize(
    "ways",
    [
        {"token": "abc", "token_file": "t.jwt"},
        {"token": "abc", **OAUTH},
        {"token_file": "t.jwt", **OAUTH},
        {"token": "abc", "token_file": "t.jwt", **OAUTH},
    ],
)
def test_two_ways_to_a_token_are_one_too_many(ways: dict[str, str]) -> None:
    (fault,) = refused(settings(**REACH, **ways).api).advice
    assert fault.startswith("more than one way to a token: ")


def test_a_load_for_the_api_finds_the_same_faults_without_a_second_round(machine: Machine) -> None:
    machine.variable("oauth_client_id", "purge")
    machine.variable("rate", "0")
    assert machine.faults(needs_api=True)[1:] == refused(settings(oauth_client_id="purge").api).advice


def test_commands_that_stay_at_home_need_nothing(machine: Machine) -> None:
    assert machine.load().settings.base_url is None
