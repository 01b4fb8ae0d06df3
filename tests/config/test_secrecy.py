"""No secret and no user info in any error, repr, display or origin."""

import traceback

import pytest
from pydantic import ValidationError

from config import Settings, shown
from tests.config.places import Machine, refused

HIDDEN = "s3cret"

# Values that are wrong in a way that makes a careless reader repeat them.
WRONG = {
    "token": f"{HIDDEN} two words",
    "oauth_client_secret": "",
    "amqp_password": "",
    "base_url": f"https://user:{HIDDEN}@api.example.com:port",
    "token_url": f"http://user:{HIDDEN}@login.example.com",
    "proxy": f"http://user:{HIDDEN}",
    "ledger": f"mysql://user:{HIDDEN}@db/amili",
    "customer_pattern": f"({HIDDEN}",
    "client_no": HIDDEN,
    "rate": HIDDEN,
    "empty_list": f"{HIDDEN},200",
    "accept_lengths": HIDDEN,
    "log_format": HIDDEN,
    "allow_empty": HIDDEN,
    "delimiter": HIDDEN,
    "encoding": HIDDEN,
    "contact": f"{HIDDEN}\n",
}


@pytest.mark.parametrize("name", WRONG)
def test_a_refused_value_is_never_repeated(machine: Machine, name: str) -> None:
    machine.variable(name, WRONG[name])
    error = refused(machine.load)
    assert len(error.advice) == 1
    assert HIDDEN not in "".join(traceback.format_exception(error)) + repr(error) + repr(error.advice)


@pytest.mark.parametrize("name", WRONG)
def test_the_model_by_itself_does_not_repeat_a_value_either(name: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Settings.model_validate({name: WRONG[name]})
    assert HIDDEN not in str(caught.value)


def test_broken_files_are_never_repeated(machine: Machine) -> None:
    machine.toml(f'token = "{HIDDEN}\n')
    (machine.home / ".env").write_text(f"AMILI_TOKEN {HIDDEN}\n", encoding="utf-8")
    assert HIDDEN not in repr(machine.faults())


def test_secrets_in_force_show_in_no_repr(machine: Machine) -> None:
    machine.variable("oauth_client_secret", HIDDEN)
    machine.variable("amqp_password", HIDDEN)
    machine.variable("proxy", f"http://user:{HIDDEN}@proxy:3128")
    machine.environ |= {
        "AMILI_BASE_URL": "https://api.example.com",
        "AMILI_CLIENT_NO": "2218",
        "AMILI_TOKEN_URL": "https://login.example.com/t",
        "AMILI_OAUTH_CLIENT_ID": "purge",
    }
    loaded = machine.load()
    assert HIDDEN not in f"{loaded!r} {loaded.settings} {loaded.settings.api()!r}"
    assert HIDDEN not in loaded.settings.model_dump_json()


def test_the_display_masks_secrets_and_passwords_only(machine: Machine) -> None:
    machine.secret("token", f"https://{HIDDEN}")
    machine.dotenv("proxy", f"http://user:{HIDDEN}@proxy:3128")
    machine.flag("delimiter", "tab")
    machine.toml('empty_list = "404"\nrate = 2.5\nallow_empty = true')
    rows = {row.name: (row.value, row.origin) for row in shown(machine.load())}
    assert rows["token"] == ("********", "secrets directory")
    assert rows["proxy"] == ("http://***@proxy:3128", ".env")
    assert rows["delimiter"] == ("tab", "flag")
    assert rows["empty_list"] == ("200,404", "amili-purge.toml")
    assert rows["rate"] == ("2.5", "amili-purge.toml")
    assert rows["allow_empty"] == ("true", "amili-purge.toml")
    assert rows["base_url"] == ("not set", "default")
    assert HIDDEN not in repr(rows)
