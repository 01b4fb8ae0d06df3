"""The final figures, pushed to a gateway that listens on a real socket."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from prometheus_client import generate_latest

from worker.core.chain import Head
from worker.core.lifecycle import Verdict
from worker.core.summary import Summary
from worker.core.values import replace
from worker.observe import push
from worker.observe.pushed import Gateway, figures

SUMMARY = Summary(
    campaign="may-2026",
    rows=3,
    customers=3,
    verdicts={Verdict.DELETED: 2, Verdict.IN_DOUBT: 1},
    requests={"get_customer": 3, "delete": 3},
    started_at="2026-05-01T10:00:00Z",
    ended_at="2026-05-01T10:00:09Z",
    seconds=9.0,
    exit_code=10,
    stopped_by=None,
    plan_digest=None,
    head=Head(),
)


class Listening(ThreadingHTTPServer):
    """A gateway that remembers what it was sent."""

    status = 200

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Heard)
        self.heard: list[tuple[str, str, str]] = []


class Heard(BaseHTTPRequestHandler):
    server: Listening

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.server.heard.append((self.command, self.path, body))
        self.send_response(self.server.status)
        self.end_headers()

    def log_message(self, *_: object, **__: object) -> None:
        pass


@contextmanager
def gateway() -> Iterator[Listening]:
    with Listening() as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def to(server: Listening, path: str = "") -> Gateway:
    return Gateway(f"http://127.0.0.1:{server.server_port}{path}", "purge")


def told(code: int, command: str = "run") -> str:
    return generate_latest(figures(replace(SUMMARY, exit_code=code), command, 1777.0)).decode()


def test_the_figures_are_added_to_the_group_of_the_job() -> None:
    with gateway() as server:
        assert push(to(server, "/behind"), SUMMARY, "run") is None
    ((method, path, body),) = server.heard
    # POST keeps what the group has under other names: the time of the last success, after a failure.
    assert (method, path) == ("POST", "/behind/metrics/job/purge")
    assert 'amili_purge_campaign_rows{verdict="in_doubt"} 1.0' in body
    assert 'amili_purge_campaign_requests{kind="delete"} 3.0' in body
    assert "amili_purge_last_run_exit_code 10.0" in body


def test_the_time_of_a_success_is_told_of_a_success_only() -> None:
    assert "amili_purge_last_success_timestamp_seconds 1777.0" in told(0)
    assert "last_success" not in told(10)
    assert "last_success" not in told(20)
    assert "last_success" not in told(0, "plan")


def test_no_campaign_is_named_in_a_label() -> None:
    assert "may-2026" not in told(0)


def test_a_gateway_that_refuses_is_a_reason_to_tell() -> None:
    with gateway() as server:
        server.status = 503
        assert push(to(server), SUMMARY, "run") == "HTTP status 503"


def test_a_gateway_that_is_not_there_is_a_reason_to_tell() -> None:
    with gateway() as server:
        gone = to(server)
    assert "refused" in str(push(gone, SUMMARY, "run"))


def test_a_gateway_that_says_nothing_holds_nobody_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        there = Gateway(f"http://127.0.0.1:{silent.getsockname()[1]}", "purge")
        assert push(there, SUMMARY, "run", patience=0.2) in {"no answer in time", "timed out"}


def test_proxies_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    with gateway() as server:
        monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
        assert push(to(server), SUMMARY, "run") is None
