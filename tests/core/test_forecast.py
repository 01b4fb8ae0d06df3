"""What a forecast promises, held against sums done by hand."""

import pytest

from worker.core.forecast import Forecast, about, for_deletion, for_plan, remaining, spoken


def test_a_plan_takes_three_requests_a_customer_at_the_share_of_the_rate_that_is_used() -> None:
    forecast = for_plan(982, rate=10)
    assert forecast.requests == 2946
    assert forecast.seconds == pytest.approx(300)


def test_a_deletion_takes_four_requests_and_a_share_is_read_back() -> None:
    assert for_deletion(1000, rate=10, verify_share=0.01).requests == 4010


def test_without_reading_back_a_deletion_takes_exactly_four_requests() -> None:
    assert for_deletion(2000, rate=40, verify_share=0).requests == 8000


def test_a_fractional_rate_stretches_the_time() -> None:
    assert for_deletion(3, rate=0.2, verify_share=0).seconds == pytest.approx(12 / 0.1964)


def test_nothing_to_do_takes_no_time() -> None:
    assert for_deletion(0, rate=10, verify_share=0.5) == Forecast(0, 0.0)


def test_time_left_follows_the_pace_so_far() -> None:
    assert remaining(left=300, done=100, seconds=50) == pytest.approx(150)


def test_time_left_is_unknown_before_the_first_customer_is_done() -> None:
    assert remaining(left=5, done=0, seconds=3) is None


def test_nothing_left_takes_no_time_even_if_nothing_was_done() -> None:
    assert remaining(left=0, done=0, seconds=3) == 0


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "less than a minute"),
        (59.9, "less than a minute"),
        (60, "1 min"),
        (61, "2 min"),
        (3600, "1 h"),
        (3599.5, "1 h"),
        (12_540, "3 h 29 min"),
        (86_400, "1 d"),
        (187_200, "2 d 4 h"),
    ],
)
def test_a_duration_is_said_in_two_units_at_most(seconds: float, words: str) -> None:
    assert spoken(seconds) == words


@pytest.mark.parametrize(("seconds", "words"), [(59.9, "less than a minute"), (60, "about 1 min")])
def test_within_a_sentence_only_a_figure_is_called_rough(seconds: float, words: str) -> None:
    assert about(seconds) == words
