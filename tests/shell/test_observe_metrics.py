"""The metrics as Prometheus sees them."""

from importlib.metadata import version

import pytest
from prometheus_client import generate_latest

from tests.shell.observed import PULSE, attempted, reply, settled
from worker.core.lifecycle import Verdict
from worker.core.replies import Kind, Meaning
from worker.core.values import replace
from worker.observe import Metrics, Pulse


def scraped(metrics: Metrics) -> dict[str, float]:
    """Every sample that a scrape would give, by name and labels."""
    return samples(generate_latest(metrics.registry).decode())


def samples(text: str) -> dict[str, float]:
    pairs = (line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
    return {name: float(value) for name, value in pairs}


@pytest.fixture
def metrics() -> Metrics:
    return Metrics(lambda: PULSE)


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
    found = scraped(Metrics(lambda: PULSE))
    names = ("rate_limit", "permits_granted", "permits_waiting", "parked_seconds", "in_flight")
    assert [found[f"amili_purge_{name}"] for name in names] == [10, 42, 3, 1.5, 8]


def test_no_customer_is_in_any_sample(metrics: Metrics) -> None:
    metrics.recorded([settled(Verdict.DELETED, customer="SECRET-77"), attempted()])
    metrics.told("retry", customer="SECRET-77")
    assert [name for name in scraped(metrics) if "SECRET" in name or "2218" in name] == []


def test_two_runs_in_one_process_do_not_share_their_counts(metrics: Metrics) -> None:
    metrics.recorded([settled(Verdict.DELETED)])
    assert scraped(Metrics(lambda: PULSE))['amili_purge_verdicts_total{verdict="deleted"}'] == 0


def test_a_wait_for_a_permit_and_what_holds_requests_back_are_told() -> None:
    pulse = replace(PULSE, waited=7.5, throttled_by="http_429")
    found = scraped(Metrics(lambda: pulse))
    assert found["amili_purge_permit_wait_seconds_total"] == 7.5
    assert found['amili_purge_held_back{why="http_429"}'] == 1
    assert [name for name in scraped(Metrics(lambda: PULSE)) if "held_back" in name] == []


def test_parks_that_overlap_are_not_counted_twice() -> None:
    now = [100.0]
    metrics = Metrics(lambda: PULSE, now=lambda: now[0])
    metrics.told("parked", seconds=10, why="http_429")
    now[0] = 104.0
    metrics.told("parked", seconds=8, why="http_503")  # until 112, of which 110 is counted already
    metrics.told("parked", seconds=1, why="http_503")
    now[0] = 120.0
    metrics.told("parked", seconds=0.5, why="timeout")
    assert scraped(metrics)["amili_purge_parks_seconds_total"] == pytest.approx(12.5)


def test_the_time_before_a_retry_is_summed_up(metrics: Metrics) -> None:
    for seconds in (0.5, 2):
        metrics.told("retry", seconds=seconds, why="timeout")
    metrics.told("retry")
    assert scraped(metrics)["amili_purge_retry_wait_seconds_total"] == 2.5


def test_the_last_verdict_is_dated_and_a_run_without_one_is_as_old_as_its_start() -> None:
    wall = [1000.0]
    metrics = Metrics(lambda: PULSE, wall=lambda: wall[0])
    wall[0] = 1060.0
    metrics.recorded([attempted()])
    assert scraped(metrics)["amili_purge_last_settled_timestamp_seconds"] == 1000
    metrics.recorded([settled(Verdict.INELIGIBLE)])
    assert scraped(metrics)["amili_purge_last_settled_timestamp_seconds"] == 1060


def test_doubts_and_what_is_left_to_do_are_gauges() -> None:
    found = scraped(Metrics(lambda: replace(PULSE, in_doubt=2, unsettled=310)))
    assert (found["amili_purge_in_doubt"], found["amili_purge_unsettled"]) == (2, 310)


def test_a_share_and_a_lease_are_told_by_workers_that_have_one() -> None:
    several = replace(PULSE, share=2.5, lease_left=28.0)
    alone, among_others = scraped(Metrics(lambda: PULSE)), scraped(Metrics(lambda: several))
    names = ("amili_purge_rate_share", "amili_purge_lease_seconds")
    assert [alone.get(name) for name in names] == [None, None]
    assert [among_others.get(name) for name in names] == [2.5, 28]


def test_the_version_at_work_is_told(metrics: Metrics) -> None:
    (line,) = (name for name in scraped(metrics) if "build_info" in name)
    assert f'version="{version("amili-purge")}"' in line


def test_a_scrape_reads_the_pulse_once_so_that_its_figures_fit_each_other() -> None:
    asked: list[Pulse] = []

    def pulse() -> Pulse:
        asked.append(PULSE)
        return PULSE

    metrics = Metrics(pulse)
    assert asked == []
    scraped(metrics)
    assert len(asked) == 1
