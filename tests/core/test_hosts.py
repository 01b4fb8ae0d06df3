"""Hosts: what is one, and what only looks like one."""

import pytest

from worker.core.hosts import is_address, is_host


@pytest.mark.parametrize("host", ["localhost", "a", "api.amili.no", "rabbit_1", "127.0.0.1", "::1", "2001:db8::7"])
def test_names_and_addresses_are_hosts(host: str) -> None:
    assert is_host(host)


@pytest.mark.parametrize("text", ["", "-a", "a-", ".", "a b", "A", "fe80::1%eth0", "[::1]", "user@a", "1.2.3.4\n"])
def test_what_is_no_host(text: str) -> None:
    assert not is_host(text)


def test_a_name_is_no_address() -> None:
    assert is_address("10.0.0.1")
    assert not is_address("localhost")
