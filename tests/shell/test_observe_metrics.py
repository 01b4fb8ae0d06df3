"""The metrics as Prometheus sees them: over HTTP, through a real socket."""

import socket
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from prometheus_client import generate_latest

from tests.shell.observed import PULSE, attempted, reply, settled
from worker.core.lifecycle import Verdict
from worker.core.replies import Kind, Meaning
from worker.errors import SettingsWrong
from worker.observe import Metrics, serving


def scraped(metrics: Metrics) -> dict[str, float]:
    """Every sample that a scrape would give, by name and labels."""
    return samples(generate_latest(metrics.registry).decode())


def samples(text: str) -> dict[str, float]:
    pairs = (line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
    return {name: float(value) for name, value in pairs}


@pytest.fixture
def metrics() -> Metrics:
    return Metrics(lambda: PULSE)


def test_they_are_served_over_http_on_a_free_port(metrics: Metrics) -> None:
    metrics.replied(reply())
    with serving(metrics, "127.0.0.1", 0) as port, urlopen(f"http://127.0.0.1:{port}/metrics", timeout=30) as answer:
        assert samples(answer.read().decode()) == scraped(metrics)


def test_requests_are_counted_by_kind_and_status(metrics: Metrics) -> None:
    for each in (reply(), reply(), reply(422, Meaning.REJECTED, Kind.DELETE), reply(None, Meaning.UNANSWERED)):
        metrics.replied(each)
    found = scraped(metrics)
    assert found['amili_purge_requests_total{kind="get_customer",status="200"}'] == 2
    assert found['amili_purge_requests_total{kind="delete",status="422"}'] == 1
    assert found['amili_purge_requests_total{kind="get_customer",status="none"}'] == 1


def test_the_time_to_an_answer_is_in_seconds(metrics: Metrics) -> None:
    metrics.replied(reply())
    found = scraped(metrics)
    assert found['amili_purge_request_seconds_sum{kind="get_customer"}'] == pytest.approx(0.12)
    assert found['amili_purge_request_seconds_bucket{kind="get_customer",le="0.1"}'] == 0
    assert found['amili_purge_request_seconds_bucket{kind="get_customer",le="0.25"}'] == 1


def test_verdicts_are_counted_and_nothing_else_is_one(metrics: Metrics) -> None:
    metrics.recorded([settled(Verdict.DELETED), attempted(), settled(Verdict.DELETED)])
    assert scraped(metrics)['amili_purge_verdicts_total{verdict="deleted"}'] == 2


def test_a_verdict_is_there_before_it_occurs_unless_it_is_never_recorded(metrics: Metrics) -> None:
    found = scraped(metrics)
    assert found['amili_purge_verdicts_total{verdict="in_doubt"}'] == 0
    assert 'amili_purge_verdicts_total{verdict="duplicate"}' not in found


def test_events_are_counted_by_name_without_their_fields(metrics: Metrics) -> None:
    metrics.told("parked", why="0042", seconds=3)
    assert scraped(metrics)['amili_purge_events_total{event="parked"}'] == 1


def test_the_gauges_show_the_pulse_of_the_moment() -> None:
    pulses = iter([PULSE] * 5)
    found = scraped(Metrics(lambda: next(pulses)))
    names = ("rate_limit", "permits_granted", "permits_waiting", "parked_seconds", "in_flight")
    assert [found[f"amili_purge_{name}"] for name in names] == [10, 42, 3, 1.5, 8]


def test_no_customer_is_in_any_sample(metrics: Metrics) -> None:
    metrics.recorded([settled(Verdict.DELETED, customer="SECRET-77"), attempted()])
    metrics.told("retry", customer="SECRET-77")
    assert [name for name in scraped(metrics) if "SECRET" in name or "2218" in name] == []


def test_two_runs_in_one_process_do_not_share_their_counts(metrics: Metrics) -> None:
    metrics.recorded([settled(Verdict.DELETED)])
    assert scraped(Metrics(lambda: PULSE))['amili_purge_verdicts_total{verdict="deleted"}'] == 0


def test_nothing_listens_once_the_run_is_over(metrics: Metrics) -> None:
    with serving(metrics, "127.0.0.1", 0) as port:
        pass
    with pytest.raises(URLError):
        urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5)


def test_a_port_that_is_taken_is_a_wrong_setting(metrics: Metrics) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(SettingsWrong, match=f"127.0.0.1:{port}"), serving(metrics, "127.0.0.1", port):
            pass
