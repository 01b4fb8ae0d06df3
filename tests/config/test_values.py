"""What each setting may be: both sides of every bound, and the spellings that text allows."""

from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config import Settings
from config.values import has_user_info, is_loopback, mask_url
from tests.config.places import Machine

ACCEPTED: Mapping[str, Sequence[object]] = {
    "client_no": [1, 2**53 - 1],
    "connect_timeout": [0.001, 86_400],
    "request_timeout": [0.001, 86_400],
    "attempts": [1, 20],
    "rate": [0.001, 2.5, 10_000],
    "concurrency": [1, 1000],
    "outage_budget": [0, 86_400],
    "max_deletes": [0, 2**53 - 1],
    "max_delete_share": [0, 1],
    "max_failure_share": [0, 1],
    "max_in_doubt": [0, 2**53 - 1],
    "max_invalid_share": [0, 1],
    "check_max_age": [0.001, 86_400],
    "verify_share": [0, 1],
    "limit": [1, 2**53 - 1],
    "plan_max_age": [0.001, 31_536_000],
    "require_approval": ["true", "no", "1"],
    "checkpoint_to": ["-", "kept.txt", "/mnt/x/kept.txt", "https://hooks.example/a?b=c", "http://127.0.0.1:1/x"],
    "settle_time": [0, 86_400],
    "metrics_port": [1, 65_535],
    "empty_list": ["200", "404", "204, 404"],
    "accept_lengths": ["1", "5,64"],
    "delimiter": [",", ";", "|", "\t", "\\t", "tab"],
    "encoding": ["utf-8", "UTF-16", "windows-1252", "cp1252"],
    "customer_pattern": ["[0-9]{6}", "K\\d+"],
    "documents_filter": ["customerno", "filter.customer-no"],
    "aritems_filter": ["customerno", "x_1"],
    "ledger": ["ledger.db", "L-2.sqlite", "postgresql://db/amili", "postgres://db:5433/amili?user=u&sslmode=require"],
    "lease": [1, 3_600],
    "max_deletes_window": [1, "24h", "7d", "90s", "1.5 h"],
    "forget_after": [0, "90d", "36600d"],
    "audit_pseudonyms": ["true", "no", "1"],
    "rate_group": ["armrest production"],
    "log_format": ["console", "JSON"],
    "log_level": ["debug", "INFO", "warning", "error"],
    "adaptive": ["true", "no", "1"],
    "allow_empty": ["true", "no", "1"],
    "until_empty": ["true", "no", "1"],
    "prefetch": [1, 10_000],
    "contact": ["ops@example.com", "x" * 200],
    "token": ["abc.def-_~+/="],
    "base_url": ["https://api.example.com", "http://127.9.9.9:8080/arm", "http://[::1]:1", "http://LOCALHOST/v1"],
    "token_url": ["https://login.example.com/t?api-version=1.0", "http://localhost:1/t"],
    "proxy": ["http://proxy:3128", "https://u:p@proxy.example.com/", "http://10.0.0.1"],
}

REFUSED: Mapping[str, Sequence[object]] = {
    "client_no": [0, -1, 2**53, "12a", 1.5],
    "connect_timeout": [0, -1, 86_401, "nan", "inf"],
    "request_timeout": [0, 86_401, "nan"],
    "attempts": [0, 21, "three"],
    "rate": [0, -1, 10_001, "nan", "inf", "10/s"],
    "concurrency": [0, 1001],
    "outage_budget": [-1, 86_401, "inf"],
    "max_deletes": [-1, 2**53, "1.5", "all"],
    "max_delete_share": [-0.1, 1.1, "nan", "90%"],
    "max_failure_share": [-0.1, 1.1, "nan"],
    "max_in_doubt": [-1, 2**53],
    "max_invalid_share": [-0.1, 1.1, "nan"],
    "check_max_age": [0, 86_401, "nan"],
    "verify_share": [-0.1, 1.1, "nan"],
    "limit": [0, 2**53],
    "plan_max_age": [0, 31_536_001, "nan"],
    "require_approval": ["maybe", 2],
    "checkpoint_to": ["http://hooks.example/", "ftp://hooks.example/", "https://u:p@hooks.example/", "https://"],
    "settle_time": [-1, 86_401, "nan"],
    "metrics_port": [0, 65_536],
    "empty_list": ["201", "200;404", "200,", "none"],
    "accept_lengths": ["0", "65", "5;6", ","],
    "delimiter": [":", ",,", "TAB", " "],
    "encoding": ["utf-9", "rot13", "base64"],
    "customer_pattern": ["[0-9", "(", "a{99999999999}"],
    "documents_filter": ["customer no", "a&b", "1st", "x" * 65],
    "aritems_filter": ["a=b", "a?"],
    "documents_key": [5],
    "lease": [0.9, 3_601, "nan"],
    "max_deletes_window": [0, 366 * 86_400 + 1, "24 hours", "h", "-1h", "inf"],
    "forget_after": ["-1d", "36601d", "3 months", "nan"],
    "rate_group": ["gruppe å"],
    "ledger": [
        "mysql://db/amili",
        "postgresql+psycopg://db/x",
        "postgresql://db/a b",
        "a/b.db",
        "..",
        "audit.jsonl",
        "Report.csv",
        ".hidden",
    ],
    "log_format": ["xml"],
    "log_level": ["loud", "trace"],
    "adaptive": ["maybe", 2],
    "allow_empty": ["maybe", 2],
    "until_empty": ["maybe", 2],
    "prefetch": [0, 10_001, True],
    "contact": ["line\nend", "ærlig", "x" * 201],
    "token": ["two words", "line\nend", "Bearer abc", "å"],
    "sentinel": [100001],
    "base_url": [
        "http://api.example.com",
        "http://127.0.0.1.example.com",
        "http://localhost.example.com",
        "http://127.1",
        "http://0.0.0.0",
        "ftp://api.example.com",
        "api.example.com/arm",
        "https://",
        "https:///arm",
        "https://api.example.com:99999",
        "https://api.example.com:0",
        "https://api.example.com/arm?x=1",
        "https://api.example.com/arm?",
        "https://api.example.com/arm#x",
        "https://api.example.com/arm#",
        "https://api.example.com/a/../b",
        "https://user@api.example.com",
        "https://api.example.com\\@evil.example.com",
        "https://api.example.com/a\\b",
        "https://api.exa mple.com",
        "https://api.example.com/\n",
        "https://bücher.example.com",
        "https://api%2eexample.com",
        "https://[::1%25lo]/",
        "https://[::1",
    ],
    "token_url": ["http://login.example.com", "https://u:p@login.example.com", "https://login.example.com/#"],
    "proxy": ["socks5://proxy:1080", "proxy:3128", "http://proxy/path", "http://proxy?x=1"],
}


def pairs(table: Mapping[str, Sequence[object]]) -> list[tuple[str, object]]:
    return [(name, value) for name, values in table.items() for value in values]


@pytest.mark.parametrize(("name", "value"), pairs(ACCEPTED))
def test_a_value_within_its_bounds_is_accepted(machine: Machine, name: str, value: object) -> None:
    machine.flag(name, value) if name not in {"token", "proxy"} else machine.variable(name, str(value))
    assert getattr(machine.load().settings, name) is not None


@pytest.mark.parametrize(("name", "value"), pairs(REFUSED))
def test_a_value_beyond_its_bounds_is_one_fault(machine: Machine, name: str, value: object) -> None:
    if isinstance(value, str):
        machine.variable(name, value)
    else:
        machine.flag(name, value)
    (fault,) = machine.faults()
    spelt = f"AMILI_{name.upper()} (environment): " if isinstance(value, str) else f"--{name.replace('_', '-')} ("
    assert fault.startswith(spelt)
    assert "\n" not in fault


NUMBERS = [name for name, info in Settings.model_fields.items() if info.default.__class__ in {int, float}]


@pytest.mark.parametrize("name", NUMBERS)
def test_every_number_has_both_sides_of_its_bounds_tested(name: str) -> None:
    assert name in ACCEPTED
    assert name in REFUSED


def test_an_empty_list_always_may_be_a_200(machine: Machine) -> None:
    machine.flag("empty_list", "404, 204")
    assert machine.load().settings.empty_list == {200, 204, 404}


@pytest.mark.parametrize("written", ["[5, 6]", '"5, 6"'])
def test_toml_writes_a_list_either_way(machine: Machine, written: str) -> None:
    machine.toml(f"accept_lengths = {written}\nempty_list = 404")
    loaded = machine.load().settings
    assert loaded.accept_lengths == frozenset({5, 6})
    assert loaded.empty_list == frozenset({200, 404})


@pytest.mark.parametrize("spelt", ["tab", "\t", "\\t"])
def test_a_tab_has_a_word(machine: Machine, spelt: str) -> None:
    machine.flag("delimiter", spelt)
    assert machine.load().settings.delimiter == "\t"


@pytest.mark.parametrize(("written", "seconds"), [("24h", 86_400), ("30m", 1_800), ("90", 90), ("7d", 604_800)])
def test_a_window_may_be_written_with_its_unit(machine: Machine, written: str, seconds: float) -> None:
    machine.variable("max_deletes_window", written)
    assert machine.load().settings.max_deletes_window == seconds


def test_another_kind_of_ledger_is_refused_with_the_reason(machine: Machine) -> None:
    machine.variable("ledger", "mysql://user:s3cret@db/amili")
    assert machine.faults()[0].startswith("AMILI_LEDGER (environment): must be a bare file name, or a URL that begins")


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("https://API.Example.com/arm/v1/", "https://api.example.com/arm/v1"),
        ("HTTPS://api.example.com:443//", "https://api.example.com"),
        ("http://localhost:80/Arm", "http://localhost/Arm"),
        ("http://[::1]:8080/", "http://[::1]:8080"),
        ("https://api.example.com:8443/arm%2Fv1", "https://api.example.com:8443/arm%2Fv1"),
    ],
)
def test_one_address_has_one_spelling(machine: Machine, written: str, folded: str) -> None:
    machine.flag("base_url", written)
    assert machine.load().settings.base_url == folded


@pytest.mark.parametrize(("host", "here"), [("127.0.0.1", True), ("127.255.0.1", True), ("::1", True)])
def test_loopback_is_told_by_its_number(host: str, here: bool) -> None:
    assert is_loopback(host) is here


@pytest.mark.parametrize("host", ["128.0.0.1", "0.0.0.0", "::2", "localhost.", "127.1", "2130706433", ""])  # noqa: S104 - nothing is bound to it
def test_what_is_not_plainly_loopback_is_not(host: str) -> None:
    assert not is_loopback(host)


@pytest.mark.parametrize(
    ("age", "rate", "in_force"), [(2.0, 10.0, 2.0), (2.0, 1.5, 2.0), (2.0, 1.0, 3.0), (2.0, 0.2, 15.0)]
)
def test_a_clearance_lasts_at_least_three_requests(age: float, rate: float, in_force: float) -> None:
    assert Settings(check_max_age=age, rate=rate).check_max_age_in_force == pytest.approx(in_force)


WORDS = st.text("abcXYZ019._:/-", max_size=12)


@settings(deadline=None)
@given(user=st.text("abcXYZ019:@", min_size=1), host=WORDS, before=WORDS)
def test_masking_leaves_no_user_info(user: str, host: str, before: str) -> None:
    url = f"amqps://{user}@{host}"
    assert has_user_info(url)
    assert mask_url(f"{before} {url}") == f"{before} amqps://***@{host}"
    assert not has_user_info(url.replace("@", ""))
