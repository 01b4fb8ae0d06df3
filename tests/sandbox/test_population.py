"""The seeded population and the sample list made from it."""

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.sandbox.population import MARKER, Population, personal, populate
from worker.sandbox.sample import write_sample
from worker.sandbox.world import World, key


@given(st.integers(0, 200), st.integers())
def test_a_seed_gives_the_same_population_again(size: int, seed: int) -> None:
    assert populate(size, seed) == populate(size, seed)


@given(st.integers(0, 300), st.integers(0, 1000))
def test_numbers_are_as_many_as_asked_and_distinct_in_any_case(size: int, seed: int) -> None:
    numbers = populate(size, seed).numbers
    assert len({key(number) for number in numbers}) == len(numbers) == size


@given(st.integers(0, 60), st.integers(0, 1000), st.sampled_from([0.0, 0.3, 1.0]), st.sampled_from([0.0, 0.3, 1.0]))
def test_it_knows_who_has_most_and_who_has_nothing(size: int, seed: int, documents: float, ar_items: float) -> None:
    population = populate(size, seed, documents, ar_items)
    known = {customer.number: (customer.documents > 0) + (customer.ar_items > 0) for customer in population.customers}
    most, least = max(known.values(), default=0), min(known.values(), default=1)
    assert (population.with_items is None) is (most == 0)
    assert known.get(population.with_items or "", 0) == most
    assert (population.without_items is None) is (least > 0)
    assert known.get(population.without_items or "", 0) == 0


def test_another_seed_gives_other_customers() -> None:
    assert populate(50, 1) != populate(50, 2)


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_shares_of_nobody_and_everybody_are_exact(share: float) -> None:
    customers = populate(60, 1, with_documents=share, with_ar_items=1 - share, absent=0.0).customers
    assert {bool(customer.documents) for customer in customers} == {share == 1.0}
    assert {bool(customer.ar_items) for customer in customers} == {share == 0.0}


def test_shares_in_between_are_about_kept() -> None:
    population = populate(4000, 3, with_documents=0.2, with_ar_items=0.1, absent=0.25)
    world = World(1, population.customers)
    assert len(population.absent) / 4000 == pytest.approx(0.25, abs=0.03)
    assert len(world.with_documents()) / 3000 == pytest.approx(0.2, abs=0.03)
    assert len(world.with_ar_items()) / 3000 == pytest.approx(0.1, abs=0.03)


def test_all_digit_numbers_have_one_length_so_that_no_zeros_look_lost() -> None:
    numbers = populate(500, 1).numbers
    assert len({len(number) for number in numbers if number.isdigit()}) == 1
    assert any(not number.isdigit() for number in numbers)


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for inner in value.values():
            yield from _texts(inner)
    else:
        yield str(value)


@given(st.integers(0, 10**7))
def test_every_personal_field_but_the_name_carries_the_marker(account_no: int) -> None:
    record = personal(account_no)
    assert all(MARKER in text for field, value in record.items() if field != "name" for text in _texts(value))


@pytest.fixture
def population() -> Population:
    return populate(300, 5)


def _rows(path: Path) -> list[list[str]]:
    return list(csv.reader(path.read_text("utf-8-sig").splitlines(), delimiter=";"))


def test_a_sample_is_what_a_norwegian_excel_writes(tmp_path: Path, population: Population) -> None:
    write_sample(tmp_path / "kunder.csv", population)
    data = (tmp_path / "kunder.csv").read_bytes()
    assert data.startswith(b"\xef\xbb\xbfKundenr;Navn;Sted\r\n")
    assert data.count(b"\n") == data.count(b"\r\n")


def test_a_sample_holds_everybody_and_the_wrecks_it_tells_of(tmp_path: Path, population: Population) -> None:
    sample = write_sample(tmp_path / "kunder.csv", population)
    _, *lines = _rows(tmp_path / "kunder.csv")
    numbers = [line[0] for line in lines if line]
    folded = [key(number) for number in numbers if "/" not in number]
    assert (len(numbers), lines.count([])) == (sample.rows, sample.blank)
    assert set(folded) == {key(number) for number in population.numbers}
    assert len(folded) - len(set(folded)) == sample.duplicates >= 1
    assert sum("/" in number for number in numbers) == sample.invalid == 1


def test_a_repeat_with_letters_is_spelt_in_another_case(tmp_path: Path, population: Population) -> None:
    write_sample(tmp_path / "kunder.csv", population)
    spelt = {line[0] for line in _rows(tmp_path / "kunder.csv")[1:] if line}
    assert any(number.swapcase() in spelt for number in spelt if number.isalnum() and not number.isdigit())


def test_a_sample_names_each_customer_as_the_record_does(tmp_path: Path, population: Population) -> None:
    write_sample(tmp_path / "kunder.csv", population)
    listed = {(key(line[0]), line[1]) for line in _rows(tmp_path / "kunder.csv")[1:] if line and "/" not in line[0]}
    assert {(key(each.number), personal(each.account_no)["name"]) for each in population.customers} <= listed
    assert len(listed) == len({number for number, _ in listed})  # a repeat has the same name


def test_a_sample_holds_no_other_field_of_a_record(tmp_path: Path, population: Population) -> None:
    write_sample(tmp_path / "kunder.csv", population)
    assert MARKER not in (tmp_path / "kunder.csv").read_text("utf-8-sig")


def test_a_sample_of_nobody_is_a_header(tmp_path: Path) -> None:
    assert write_sample(tmp_path / "kunder.csv", populate(0, 1)).rows == 0
    assert _rows(tmp_path / "kunder.csv") == [["Kundenr", "Navn", "Sted"]]
