"""The metrics: what Prometheus may ask for while a run goes on, in a registry of their own.

Decides names, labels and buckets. No label ever holds a customer, a client or free text: only our own words and HTTP
statuses. It serves nothing: `served` does, if somebody asks for it.
"""

import platform
import time
from collections.abc import Callable, Iterable, Mapping
from importlib.metadata import version
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from worker.core.facts import Record, VerdictFact
from worker.core.lifecycle import RECORDED
from worker.core.replies import Kind, Reply
from worker.observe.pulse import Pulse, ReadPulse

_SECONDS: Final = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
_GAUGES: Final[Mapping[str, tuple[str, Callable[[Pulse], float | None]]]] = {
    "rate_limit": ("Requests to the API a second, at most.", lambda pulse: pulse.rate),
    "permits_granted": ("Permits to send a request, given in this run.", lambda pulse: pulse.granted),
    "permits_waiting": ("Customers that wait for a permit.", lambda pulse: pulse.waiting),
    "parked_seconds": ("Seconds for which nobody gets a permit yet.", lambda pulse: pulse.parked_for),
    "in_flight": ("Customers that are being worked on.", lambda pulse: pulse.in_flight),
    "in_doubt": ("Customers in doubt (we may have deleted them), over all runs.", lambda pulse: pulse.in_doubt),
    "unsettled": ("Customers that this run still has before it.", lambda pulse: pulse.unsettled),
    "rate_share": ("This worker's share of the rate, in requests a second.", lambda pulse: pulse.share),
    "lease_seconds": ("Seconds until this worker's lease ends.", lambda pulse: pulse.lease_left),
}


class Metrics:
    """Counts what it is told of in `registry`; what the pulse tells is read at each scrape.

    `now` gives monotonic seconds, `wall` seconds since 1970.
    """

    def __init__(
        self,
        pulse: ReadPulse,
        now: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self.registry = CollectorRegistry()
        self._now = now
        self._wall = wall
        self._parked_until = now()
        self._requests = self._counter("requests", "Requests sent, by kind and HTTP status.", "kind", "status")
        self._seconds = Histogram(
            "amili_purge_request_seconds",
            "Time to an answer, or to its absence.",
            ["kind"],
            buckets=_SECONDS,
            registry=self.registry,
        )
        self._verdicts = self._counter("verdicts", "Verdicts recorded in this run.", "verdict")
        self._events = self._counter("events", "Parked, retried and the like.", "event")
        self._parks = self._counter("parks_seconds", "Seconds for which nobody got a permit, or will get one yet.")
        self._retries = self._counter("retry_wait_seconds", "Seconds that requests waited to be sent once more.")
        self._last_settled = self._gauge("last_settled_timestamp_seconds", "When the last verdict was recorded.")
        # A run that settles nobody must look as old as it is.
        self._last_settled.set(wall())
        self._begin_at_nought()
        self.registry.register(_AtThisMoment(pulse))

    def recorded(self, records: Iterable[Record]) -> None:
        """Count verdicts, and note when."""
        for record in records:
            if isinstance(record.fact, VerdictFact):
                self._verdicts.labels(record.fact.verdict.value).inc()
                self._last_settled.set(self._wall())

    def replied(self, reply: Reply) -> None:
        """Count a request by its status (`none` without an answer), and its time."""
        status = "none" if reply.status is None else str(reply.status)
        self._requests.labels(reply.kind.value, status).inc()
        self._seconds.labels(reply.kind.value).observe(reply.ms / 1000)

    def told(self, event: str, **fields: object) -> None:
        """Count the event by its name, and the time that it costs; its other fields are for the log."""
        self._events.labels(event).inc()
        match event, fields.get("seconds"):
            case "parked", int() | float() as seconds:
                self._park(seconds)
            case "retry", int() | float() as seconds:
                self._retries.inc(seconds)
            case _:
                pass

    def _park(self, seconds: float) -> None:
        """Parks overlap: only what one adds to the others counts."""
        until = self._now() + seconds
        self._parks.inc(max(0.0, until - max(self._now(), self._parked_until)))
        self._parked_until = max(until, self._parked_until)

    def _begin_at_nought(self) -> None:
        """An alert on a counter's growth needs it to be there before it grows."""
        for kind in Kind:
            self._seconds.labels(kind.value)
        for verdict in RECORDED:
            self._verdicts.labels(verdict.value)
        build = self._gauge("build_info", "The version at work; always 1.", "version", "python")
        build.labels(version("amili-purge"), platform.python_version()).set(1)

    def _counter(self, name: str, words: str, *labels: str) -> Counter:
        return Counter(f"amili_purge_{name}", words, labels, registry=self.registry)

    def _gauge(self, name: str, words: str, *labels: str) -> Gauge:
        return Gauge(f"amili_purge_{name}", words, labels, registry=self.registry)


class _AtThisMoment(Collector):
    """Reads the pulse once a scrape, so that its figures fit each other; what it does not know is left out."""

    def __init__(self, pulse: ReadPulse) -> None:
        self._pulse = pulse

    def describe(self) -> Iterable[Metric]:
        """Nothing: asking for the names must not need a run that goes on."""
        return ()

    def collect(self) -> Iterable[Metric]:
        """The figures of this moment."""
        pulse = self._pulse()
        for name, (words, read) in _GAUGES.items():
            value = read(pulse)
            if value is not None:
                yield GaugeMetricFamily(f"amili_purge_{name}", words, value=value)
        waited = "Seconds that requests waited for their permits, summed up."
        yield CounterMetricFamily("amili_purge_permit_wait_seconds", waited, value=pulse.waited)
        held = GaugeMetricFamily("amili_purge_held_back", "1 for what holds requests back.", labels=["why"])
        if pulse.throttled_by is not None:
            held.add_metric([pulse.throttled_by], 1)
        yield held
