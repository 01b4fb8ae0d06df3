"""Which texts name a queue, what they mean, and that none with a password is ever repeated."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.errors import Exit, UsageWrong
from worker.sources.queue_url import QueueAddress, is_queue, parse_queue_url


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("amqp://broker/purge", QueueAddress(False, "broker", 5672, "/", "purge")),
        ("AMQPS://Broker.Example.com/purge", QueueAddress(True, "broker.example.com", 5671, "/", "purge")),
        ("amqp://127.0.0.1:5673/arm/purge", QueueAddress(False, "127.0.0.1", 5673, "arm", "purge")),
        ("amqps://[::1]:1/purge", QueueAddress(True, "::1", 1, "/", "purge")),
        ("amqp://broker/%2F/purge", QueueAddress(False, "broker", 5672, "/", "purge")),
        ("amqp://broker//purge", QueueAddress(False, "broker", 5672, "/", "purge")),
        ("amqp://broker/a%2Fb/c%2Fd%20e%C3%B8", QueueAddress(False, "broker", 5672, "a/b", "c/d eø")),
    ],
)
def test_a_url_names_host_port_virtual_host_and_queue(text: str, address: QueueAddress) -> None:
    assert parse_queue_url(text) == address
    assert is_queue(text)


@pytest.mark.parametrize(
    "text",
    [
        "amqp://broker",
        "amqp://broker/",
        "amqp://broker/arm/",
        "amqp://broker/a/b/c",
        "amqp:///purge",
        "amqp://-/purge",
        "amqp://broker:0/purge",
        "amqp://broker:port/purge",
        "amqp://broker:99999/purge",
        "amqp://[::1%25eth0]/purge",
        "amqp://broker/pur ge",
        "amqp://broker/pur\\ge",
        "amqp://broker/purgø",
        "amqp://broker/purge\n",
        "amqp://broker/purge?heartbeat=1",
        "amqp://broker/purge#x",
        "amqp://broker/purge?",
        "amqp://broker/%zz",
        "amqp://broker/%ff",
        "amqp://broker/a%00b",
        "amqp://broker/" + "q" * 251,
        "amqp://broker/" + "v" * 256 + "/q",
        "http://broker/purge",
        "purge",
    ],
)
def test_what_names_no_queue_is_64_and_shows_how_one_is_written(text: str) -> None:
    with pytest.raises(UsageWrong) as caught:
        parse_queue_url(text)
    assert caught.value.code is Exit.USAGE
    assert "amqp[s]://host[:port]/[VHOST/]QUEUE" in caught.value.advice[0]


@pytest.mark.parametrize(
    "text", ["amqp://anna:s3cret@broker/purge", "amqp://s3cret@broker/q", "amqps://:s3cret@h/q", "amqp://h/s3cret@q"]
)
def test_user_info_is_refused_with_where_it_belongs_and_not_repeated(text: str) -> None:
    with pytest.raises(UsageWrong) as caught:
        parse_queue_url(text)
    assert "s3cret" not in f"{caught.value!r} {caught.value.advice}"
    assert "AMILI_AMQP_PASSWORD" in caught.value.advice[0]


def test_only_such_a_scheme_means_a_queue() -> None:
    assert not any(map(is_queue, ("purge.csv", "-", "amqp.csv", "x-amqp://h/q", "https://h/q")))


NAMES = st.text(st.characters(codec="utf-8"), min_size=1, max_size=40).filter(str.isprintable)


@given(st.booleans(), st.sampled_from(["broker", "10.0.0.1", "::1"]), st.integers(1, 65_535), NAMES, NAMES)
def test_an_address_is_written_so_that_it_reads_back(
    secure: bool, host: str, port: int, vhost: str, queue: str
) -> None:
    address = QueueAddress(secure, host, port, vhost, queue)
    assert parse_queue_url(str(address)) == address


def test_the_dead_letters_lie_beside_their_queue() -> None:
    assert parse_queue_url("amqp://broker/purge").dead == "purge.dead"
