"""The metrics: what Prometheus may ask for, in a registry of their own.

Decides names, labels and buckets. No label ever holds a customer, a client or free text: only our own words and HTTP
statuses. Nothing is served unless somebody asks for it.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, start_http_server

from worker.core.facts import Record, VerdictFact
from worker.core.lifecycle import Verdict
from worker.core.replies import Kind, Reply
from worker.errors import SettingsWrong
from worker.observe.pulse import Pulse, ReadPulse

_SECONDS: Final = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
# The rest have no record of their own.
_RECORDED: Final = frozenset(Verdict) - {Verdict.INVALID, Verdict.DUPLICATE, Verdict.NOT_REACHED}
_GAUGES: Final[Mapping[str, tuple[str, Callable[[Pulse], float]]]] = {
    "rate_limit": ("Requests to the API a second, at most.", lambda pulse: pulse.rate),
    "permits_granted": ("Permits to send a request, given in this run.", lambda pulse: pulse.granted),
    "permits_waiting": ("Customers that wait for a permit.", lambda pulse: pulse.waiting),
    "parked_seconds": ("Seconds for which nobody gets a permit yet.", lambda pulse: pulse.parked_for),
    "in_flight": ("Customers that are being worked on.", lambda pulse: pulse.in_flight),
}


class Metrics:
    """Counts what it is told of in `registry`; gauges are read from the pulse at each scrape."""

    def __init__(self, pulse: ReadPulse) -> None:
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "amili_purge_requests",
            "Requests sent, by kind and HTTP status.",
            ["kind", "status"],
            registry=self.registry,
        )
        self._seconds = Histogram(
            "amili_purge_request_seconds",
            "Time to an answer, or to its absence.",
            ["kind"],
            buckets=_SECONDS,
            registry=self.registry,
        )
        self._verdicts = Counter(
            "amili_purge_verdicts", "Verdicts recorded in this run.", ["verdict"], registry=self.registry
        )
        self._events = Counter("amili_purge_events", "Parked, retried and the like.", ["event"], registry=self.registry)
        self._begin_at_nought()
        for name, (words, read) in _GAUGES.items():
            Gauge(f"amili_purge_{name}", words, registry=self.registry).set_function(_reading(pulse, read))

    def recorded(self, records: Iterable[Record]) -> None:
        """Count verdicts."""
        for record in records:
            if isinstance(record.fact, VerdictFact):
                self._verdicts.labels(record.fact.verdict.value).inc()

    def replied(self, reply: Reply) -> None:
        """Count a request by its status (`none` without an answer), and its time."""
        status = "none" if reply.status is None else str(reply.status)
        self._requests.labels(reply.kind.value, status).inc()
        self._seconds.labels(reply.kind.value).observe(reply.ms / 1000)

    def told(self, event: str, **_fields: object) -> None:
        """Count the event by its name; its fields are for the log."""
        self._events.labels(event).inc()

    def _begin_at_nought(self) -> None:
        """An alert on a counter's growth needs it to be there before it grows."""
        for kind in Kind:
            self._seconds.labels(kind.value)
        for verdict in _RECORDED:
            self._verdicts.labels(verdict.value)


def _reading(pulse: ReadPulse, read: Callable[[Pulse], float]) -> Callable[[], float]:
    return lambda: read(pulse())


@contextmanager
def serving(metrics: Metrics, host: str, port: int) -> Iterator[int]:
    """Serve the metrics over HTTP on a thread while the block lasts; gives the port (0 finds a free one).

    `SettingsWrong` if the address cannot be had.
    """
    try:
        server, thread = start_http_server(port, host, metrics.registry)
    except OSError as error:
        raise SettingsWrong(
            f"metrics cannot be served on {host}:{port}: {error.strerror or error}",
            "Give another metrics_host or metrics_port, or leave metrics_port out.",
        ) from error
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
