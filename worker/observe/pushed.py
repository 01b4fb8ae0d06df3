"""The final figures of a run, pushed to a Prometheus Pushgateway: who ends between two scrapes is seen all the same.

Decides names, the group that they are kept under, and how long the gateway may take. A push that fails is a reason to
tell, never an exception: the account is in the campaign's files.
"""

import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from threading import Thread
from typing import Final
from urllib.parse import urlsplit

from prometheus_client import CollectorRegistry, Gauge, pushadd_to_gateway

from worker.core.summary import Summary
from worker.errors import Exit

PATIENCE: Final = 10.0
"""Seconds that the gateway may take altogether."""


@dataclass(frozen=True, slots=True)
class Gateway:
    """Where figures go: the gateway's address, and the job that they are kept under."""

    url: str
    job: str


def push(gateway: Gateway, summary: Summary, command: str, patience: float = PATIENCE) -> str | None:
    """Send the figures; why that failed, in a few words, or None.

    What the gateway has under other names stays: after a failure the last success is still known.
    """
    registry = figures(summary, command, time.time())
    failures: list[str] = ["no answer in time"]

    def send() -> None:
        try:
            pushadd_to_gateway(gateway.url, gateway.job, registry, timeout=patience, handler=_directly)
        except (OSError, HTTPException) as error:
            failures[:] = [str(error) or type(error).__name__]
        else:
            failures.clear()

    # A gateway that answers a byte a second would outlive any timeout of a socket, but not this one.
    thread = Thread(target=send, name="push", daemon=True)
    thread.start()
    thread.join(patience)
    return failures[0] if failures else None


def figures(summary: Summary, command: str, now: float) -> CollectorRegistry:
    """What is pushed: the account of the campaign and how the command ended at `now` (seconds since 1970).

    A plan settles nothing, so it is no success of the job, however well it ended.
    """
    registry = CollectorRegistry()

    def gauge(name: str, words: str, *labels: str) -> Gauge:
        return Gauge(f"amili_purge_{name}", words, labels, registry=registry)

    rows = gauge("campaign_rows", "Rows of the campaign by verdict.", "verdict")
    for verdict, count in summary.verdicts.items():
        rows.labels(verdict.value).set(count)
    requests = gauge("campaign_requests", "Requests of all runs by kind.", "kind")
    for kind, count in summary.requests.items():
        requests.labels(kind).set(count)
    gauge("campaign_worked_seconds", "Seconds worked in all runs.").set(summary.seconds)
    gauge("last_run_timestamp_seconds", "When the last run ended.").set(now)
    if summary.exit_code is not None:
        gauge("last_run_exit_code", "How the last run ended.").set(summary.exit_code)
    if summary.exit_code == Exit.SETTLED and command != "plan":
        gauge("last_success_timestamp_seconds", "When a run last ended with every row settled.").set(now)
    return registry


def _directly(
    url: str, method: str, timeout: float | None, headers: list[tuple[str, str]], data: bytes
) -> Callable[[], None]:
    """The library's way to send, without the proxies that the environment names: nothing else here uses them."""

    def send() -> None:
        parts = urlsplit(url)
        kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
        with closing(kind(parts.hostname or "", parts.port, timeout=timeout)) as connection:
            connection.request(method, parts.path, data, dict(headers))
            status = connection.getresponse().status
        if status >= HTTPStatus.MULTIPLE_CHOICES:
            raise OSError(f"HTTP status {status}")

    return send
