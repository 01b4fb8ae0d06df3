"""Moments as they are written: RFC 3339 in UTC."""

import time
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.core.times import stamped, to_the_second

MOMENTS = st.datetimes(timezones=st.just(UTC))


def test_a_moment_is_told_in_utc_wherever_it_was_read() -> None:
    noon = datetime(2026, 3, 1, 12, 0, 0, 5, timezone(timedelta(hours=1)))
    assert stamped(noon) == "2026-03-01T11:00:00.000005Z"
    assert to_the_second(noon) == "2026-03-01T11:00:00Z"


def test_it_is_utc_on_a_machine_that_has_another_time_too(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        patched.setenv("TZ", "Asia/Tokyo")
        time.tzset()
        told = stamped(datetime(2026, 3, 1, 12, tzinfo=UTC))
    time.tzset()
    assert told == "2026-03-01T12:00:00.000000Z"


@given(MOMENTS, MOMENTS)
def test_stamps_are_read_back_and_sort_as_their_moments_do(one: datetime, other: datetime) -> None:
    assert datetime.fromisoformat(stamped(one)) == one
    assert (stamped(one) < stamped(other)) == (one < other)
