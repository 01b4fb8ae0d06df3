"""Sixty-four in flight on virtual time: never one more than the cap, and after a stop no DELETE begins."""

from collections.abc import Callable

import pytest

from tests.limits.judging import cap_faults
from tests.limits.scenes import IN_FLIGHT, Scene, capped, forbidding, interrupted, unvouched, waiting
from tests.limits.series import caps, stops
from worker.core.facts import AttemptFact

RUNS = 40
"""Of each kind of stop; `python -m tests.limits` makes two hundred of each and of the caps, or any number."""


def test_with_answers_lost_a_cap_is_never_passed_by_one_customer_and_its_places_are_used_up() -> None:
    found = caps(100)
    assert found.faults == []
    assert found.runs == 100
    assert found.stopped > 50  # so many filled the cap; for the others it was larger than their list


@pytest.mark.parametrize("scenes", [forbidding, interrupted, unvouched])
def test_once_the_reason_to_stop_is_known_no_delete_begins(scenes: Callable[[int], Scene]) -> None:
    found = stops(scenes, RUNS)
    assert found.faults == []
    assert found.stopped > RUNS / 2
    # What was stopped was a crowd at work, with more to delete.
    assert found.in_flight > 0.8 * IN_FLIGHT * found.stopped
    assert found.spared > 20 * found.stopped


@pytest.mark.parametrize("seed", range(5))
def test_who_waited_too_long_for_a_place_keeps_it_while_it_looks_again(seed: int) -> None:
    scene = waiting(seed)
    ended = scene.run()
    assert list(cap_faults(scene, ended)) == []
    facts = [record.fact for record in scene.stage.storage.records]
    # Else a crowd looks again and intends for each place that is given back, and all but one in vain.
    assert not [fact for fact in facts if isinstance(fact, AttemptFact) and not fact.sent]
    assert len(scene.stage.world.wires) < 500


def test_one_customer_more_than_allowed_would_be_found() -> None:
    assert len(caps(10, judged_by=1).faults) >= 5


@pytest.mark.parametrize("scenes", [forbidding, interrupted, unvouched])
def test_a_delete_after_the_stop_would_be_found(scenes: Callable[[int], Scene]) -> None:
    def before_the_first_answer(scene: Scene) -> int:
        return min(wire.back_order or 0 for wire in scene.stage.world.wires)

    assert len(stops(scenes, 2, before_the_first_answer).faults) > 10


def test_the_same_seed_is_the_same_campaign() -> None:
    first, second = capped(3), capped(3)
    first.run()
    second.run()
    assert [one.line for one in first.stage.storage.records] == [one.line for one in second.stage.storage.records]
