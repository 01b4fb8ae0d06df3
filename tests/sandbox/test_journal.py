"""The sandbox's request ledger: what is kept, and what is read back from its file."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from worker.sandbox.conduct import Ending
from worker.sandbox.faults import Kind
from worker.sandbox.journal import Journal, Record, line, most_within, parse, read

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
