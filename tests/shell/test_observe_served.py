"""Metrics and probes through a real socket, as Prometheus and a kubelet ask for them."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

import pytest
from prometheus_client import generate_latest

from tests.shell.observed import PULSE, reply
from worker.errors import SettingsWrong
from worker.observe import Health, Metrics, serving
from worker.observe.health import STALE


def asked(port: int, path: str, host: str = "127.0.0.1") -> tuple[int, str]:
    try:
        with urlopen(f"http://{host}:{port}{path}", timeout=30) as answer:
            return answer.status, answer.read().decode()
    except HTTPError as refused:
        with refused:
            return refused.code, refused.read().decode()


@contextmanager
def served(health: Health) -> Iterator[int]:
    with serving(Metrics(lambda: PULSE), health, "127.0.0.1", 0) as port:
        yield port


def test_the_metrics_are_served_on_a_free_port() -> None:
    metrics = Metrics(lambda: PULSE)
    metrics.replied(reply())
    with serving(metrics, Health(), "127.0.0.1", 0) as port:
        assert asked(port, "/metrics") == (200, generate_latest(metrics.registry).decode())


def test_a_process_whose_loop_goes_round_is_alive_and_one_that_hangs_is_not() -> None:
    now = [0.0]
    health = Health(lambda: now[0])
    with served(health) as port:
        assert asked(port, "/healthz")[0] == 200
        now[0] = STALE
        assert asked(port, "/healthz") == (503, "the event loop hangs\n")
        health.beat()
        assert asked(port, "/healthz")[0] == 200


def test_readiness_is_the_runs_own_word_and_a_process_that_hangs_is_not_ready() -> None:
    now, at_work = [0.0], [False]
    health = Health(lambda: now[0])
    health.at_work = lambda: at_work[0]
    with served(health) as port:
        assert asked(port, "/readyz") == (503, "not at work\n")
        at_work[0] = True
        assert asked(port, "/readyz") == (200, "at work\n")
        now[0] = STALE
        assert asked(port, "/readyz")[0] == 503


def test_nothing_else_is_served() -> None:
    with served(Health()) as port:
        assert asked(port, "/")[0] == 404


async def test_the_heart_beats_while_the_loop_goes_round_and_no_longer() -> None:
    now = [0.0]
    health = Health(lambda: now[0])
    async with health.beating():
        now[0] = STALE
        assert not health.alive()
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert health.alive()
    now[0] = 2 * STALE
    await asyncio.sleep(0)
    assert not health.alive()


def test_nothing_listens_once_the_run_is_over() -> None:
    with served(Health()) as port:
        pass
    with pytest.raises(URLError):
        urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5)


def test_a_port_that_is_taken_is_a_wrong_setting() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        metrics, refused = Metrics(lambda: PULSE), pytest.raises(SettingsWrong, match=f"127.0.0.1:{port}")
        with refused, serving(metrics, Health(), "127.0.0.1", port):
            pass


def test_an_address_of_the_newer_kind_will_do() -> None:
    with serving(Metrics(lambda: PULSE), Health(), "::1", 0) as port:
        assert asked(port, "/healthz", "[::1]")[0] == 200
