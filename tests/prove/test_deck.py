"""The deck deals as many kills as were asked for, and every named point among them."""

from collections import Counter

import pytest

from worker.prove.deck import Assault, Deck
from worker.prove.points import BY_NAME, POINTS, RANDOM, Stage


def dealt(deck: Deck) -> list[Assault]:
    cards = []
    for stage in Stage:
        for command in ("run", "plan", "apply"):
            cards += deck.draw(stage, command, 10_000)
    return cards


def kills(cards: list[Assault]) -> Counter[str]:
    return Counter(name for card in cards for name in card.points)


@pytest.mark.parametrize("asked", [1, 2, 3, 20, 100, 299, 300])
def test_there_are_as_many_kills_as_were_asked_for(asked: int) -> None:
    deck = Deck(asked, 1)
    assert kills(dealt(deck)).total() == asked
    assert deck.is_empty


def test_a_hundred_kills_meet_every_named_point_and_many_random_moments() -> None:
    for seed in range(5):
        found = kills(dealt(Deck(100, seed)))
        assert found.keys() == {RANDOM, *BY_NAME}
        assert found[RANDOM] >= 40


def test_a_seed_decides_the_schedule() -> None:
    assert dealt(Deck(60, 3)) == dealt(Deck(60, 3)) != dealt(Deck(60, 4))


def test_a_command_is_dealt_only_what_it_can_meet() -> None:
    deck = Deck(300, 1)
    planned = [name for stage in Stage for card in deck.draw(stage, "plan", 999) for name in card.points]
    assert not [name for name in planned if name != RANDOM and "plan" not in BY_NAME[name].commands]
    assert "DELETE on its way" not in planned
    assert "all checked, plan not approved" in planned


def test_what_comes_after_a_certain_kill_is_dealt_with_it() -> None:
    pairs = [card.points for card in dealt(Deck(300, 1)) if len(card.points) > 1]
    assert {second: first for first, second in pairs} == {point.name: point.after for point in POINTS if point.after}


def test_points_of_enrolling_come_in_the_order_in_which_they_can_be_met() -> None:
    cards = Deck(300, 2).draw(Stage.FRESH, "run", 999)
    places = [POINTS.index(BY_NAME[card.points[0]]) for card in cards]
    assert places == sorted(places)
    assert len(set(places)) == 3


def test_what_is_given_back_is_dealt_again_and_what_is_cleared_is_not() -> None:
    deck = Deck(1, 1)
    (card,) = dealt(deck)
    deck.back(card)
    assert not deck.is_empty
    assert dealt(deck) == [card]
    deck.back(card)
    deck.clear()
    assert dealt(deck) == []
