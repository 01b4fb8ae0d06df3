"""The sandbox's request ledger: what is kept, and what is read back from its file."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.sandbox.attention import Attention
from worker.sandbox.conduct import Ending
from worker.sandbox.faults import Kind
from worker.sandbox.journal import Journal, Record, line, most_within, parse, read, surely_within

TIMES = st.lists(st.integers(0, 5000).map(lambda ms: ms / 1000), max_size=40).map(sorted)
RECORDS = st.builds(
    Record,
    number=st.integers(1, 10**6),
    arrived=st.floats(0, 10**6),
    wall=st.floats(0, 10**10),
    method=st.sampled_from(["GET", "DELETE"]),
    target=st.text("/%2eabø?=", max_size=9),
    kind=st.sampled_from(Kind),
    customer=st.none() | st.text("ab1ø", max_size=5),
    fault=st.none() | st.just("html"),
    status=st.none() | st.integers(200, 599),
    ended=st.sampled_from(Ending),
    effect_at=st.none() | st.floats(0, 10**6),
    effect_wall=st.none() | st.floats(0, 10**10),
)


def record(number: int, kind: Kind = Kind.DELETE, arrived: float = 0.0) -> Record:
    return Record(number, arrived, 0.0, "DELETE", "/", kind)


@given(st.lists(RECORDS, max_size=5, unique_by=lambda one: one.number))
def test_records_survive_their_lines(records: list[Record]) -> None:
    assert parse(b"".join(map(line, records))) == sorted(records, key=lambda one: one.number)


def test_each_record_is_in_the_file_as_soon_as_it_is_written(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal")
    journal.write(record(1))
    assert [one.number for one in read(tmp_path / "journal")] == [1]
    journal.close()


def test_the_last_line_of_a_number_counts(tmp_path: Path) -> None:
    journal, late = Journal(tmp_path / "journal"), record(1)
    journal.write(late)
    journal.write(record(2))
    late.effect_at = 5.0
    journal.write(late)
    journal.close()
    assert read(tmp_path / "journal") == [late, record(2)]


def test_a_torn_last_line_is_passed_over() -> None:
    data = line(record(1)) + line(record(2))
    assert parse(data[:-5]) == [record(1)]


def test_a_new_sandbox_begins_its_file_anew(tmp_path: Path) -> None:
    (tmp_path / "journal").write_bytes(line(record(9)))
    Journal(tmp_path / "journal").close()
    assert read(tmp_path / "journal") == []


def test_every_kind_is_counted_also_at_none() -> None:
    journal = Journal()
    journal.records += [record(1), record(2), record(3, Kind.TOKEN)]
    assert journal.counts() == dict.fromkeys(Kind, 0) | {"delete": 2, "token": 1}


def test_the_token_service_does_not_count_towards_the_pace() -> None:
    journal = Journal()
    journal.records += [record(1), record(2, Kind.TOKEN), record(3, arrived=0.5)]
    assert journal.most_in_a_second() == 2


@given(TIMES)
def test_the_fullest_second_is_the_one_that_counting_by_hand_finds(times: list[float]) -> None:
    by_hand = max((sum(0 <= other - start < 1.0 for other in times) for start in times), default=0)
    assert most_within(1.0, times) == by_hand


def test_exactly_a_second_apart_is_not_the_same_second() -> None:
    assert most_within(1.0, [0.0, 1.0, 2.0]) == 1


def test_what_came_while_the_sandbox_was_held_up_is_counted_where_it_surely_came() -> None:
    held = [Record(n, 2.0, 0.0, "GET", "/", Kind.GET_CUSTOMER, lag=1.5) for n in range(3)]
    seen = [Record(n, 2.1 + n / 100, 0.0, "GET", "/", Kind.GET_CUSTOMER) for n in range(3)]
    assert surely_within(1.0, held) == 0
    assert surely_within(1.0, [*held, *seen]) == 3
    assert surely_within(2.0, [*held, *seen]) == 6


@given(st.lists(st.integers(0, 5000), max_size=60).map(sorted), st.integers(1, 3000))
def test_with_full_attention_it_is_the_most_in_any_window(times: list[int], window: int) -> None:
    exactly = [time / 1024 for time in times]  # fractions that floats hold, so that no rounding decides
    records = [Record(n, time, 0.0, "GET", "/", Kind.GET_CUSTOMER) for n, time in enumerate(exactly)]
    assert surely_within(window / 1024, records) == most_within(window / 1024, exactly)


def test_requests_seen_right_after_a_hold_up_may_have_come_at_any_time_of_it() -> None:
    attention = Attention()
    attention.beat(1.0)
    assert attention.lag(1.005) == 0.0
    attention.beat(1.01)
    attention.beat(1.51)
    assert attention.lag(1.55) == pytest.approx(0.54)
    assert attention.lag(1.62) == pytest.approx(0.10)
    for beat in range(30):
        attention.beat(1.52 + beat / 100)
    assert attention.lag(1.811) == 0.0
