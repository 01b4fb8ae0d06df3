"""The world's rules, as properties: what a DELETE may do, and what the judge is told of it."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.sandbox.world import Customer, Deleting, World, key

COUNTS = st.integers(0, 3)
NUMBERS = st.text("0123456789abcdABCDøØåÅ", min_size=1, max_size=8)


@st.composite
def worlds(draw: st.DrawFn) -> World:
    numbers = draw(st.lists(NUMBERS, max_size=12, unique_by=key))
    return World(2218, [Customer(n, 500_000, draw(COUNTS), draw(COUNTS)) for n in numbers])


@given(worlds(), st.lists(NUMBERS, max_size=20))
def test_only_customers_without_attachments_ever_vanish(world: World, asked: list[str]) -> None:
    before, free = world.existing(), world.deletable()
    for place, number in enumerate(asked):
        world.delete(number, float(place), place)
    assert before - world.existing() == free & {key(number) for number in asked}


@given(worlds(), st.data())
def test_every_existing_customer_answers_to_its_number_in_any_case(world: World, data: st.DataObject) -> None:
    for customer in list(world.customers().values()):
        spelt = data.draw(st.sampled_from([customer.number.upper(), customer.number.lower()]))
        assert world.find(spelt) == customer


@given(worlds())
def test_effects_name_exactly_who_is_gone(world: World) -> None:
    before = world.existing()
    for place, number in enumerate(sorted(before)):
        world.delete(number, 10.0 + place, place)
    assert set(world.deleted_by_request()) == before - world.existing()
    assert [effect.customer for effect in world.effects] == sorted(before - world.existing())


@pytest.mark.parametrize(
    ("customer", "outcome"),
    [
        (Customer("7", 1), Deleting.DELETED),
        (Customer("7", 1, documents=1), Deleting.ATTACHED),
        (Customer("7", 1, ar_items=1), Deleting.ATTACHED),
        (Customer("8", 1), Deleting.MISSING),
    ],
)
def test_a_delete_ends_by_what_is_attached(customer: Customer, outcome: Deleting) -> None:
    assert World(2218, [customer]).delete("7", 1.0, 1) is outcome


def test_a_second_delete_finds_nobody_and_leaves_the_first_effect() -> None:
    world = World(2218, [Customer("7", 1)])
    world.delete("7", 1.0, 1)
    assert world.delete("7", 2.0, 2) is Deleting.MISSING
    assert world.deleted_by_request() == {"7": 1.0}


def test_a_document_that_arrives_makes_a_customer_undeletable() -> None:
    world = World(2218, [Customer("ab1", 1)])
    assert world.attach("AB1", documents=1)
    assert world.delete("ab1", 1.0, 1) is Deleting.ATTACHED
    assert world.with_documents() == {"ab1"}
    assert world.with_ar_items() == set()


def test_nothing_can_be_attached_to_nobody() -> None:
    assert not World(2218, []).attach("7", ar_items=1)


def test_composed_and_decomposed_letters_are_one_customer() -> None:
    world = World(2218, [Customer("Å1", 1)])
    assert world.find(unicodedata.normalize("NFD", "å1")) is not None


def test_case_is_folded_and_not_only_lowered() -> None:
    assert World(2218, [Customer("STRASSE", 1)]).find("straße") is not None


def test_two_customers_cannot_share_a_number_in_different_case() -> None:
    with pytest.raises(ValueError, match="exists already"):
        World(2218, [Customer("ab1", 1), Customer("AB1", 2)])


def test_a_customer_that_comes_back_can_be_deleted_again() -> None:
    world = World(2218, [Customer("7", 1)])
    world.delete("7", 1.0, 1)
    world.add(Customer("7", 1))
    assert world.delete("7", 2.0, 2) is Deleting.DELETED
    assert [effect.request for effect in world.effects] == [1, 2]
