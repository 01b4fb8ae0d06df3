"""Who vouches for a 404: held ones, the sentinel, and lists of ghosts, on virtual time."""

from collections import Counter

import pytest

from tests.fakes.api import FAIR, Scripted, Strike, answered
from tests.fakes.stage import Orders, Stage
from tests.fakes.world import Person
from worker.core.replies import Kind

GHOST = Person(exists=False)
ATTACHED = Person(documents=1)


def ghosts(count: int) -> list[str]:
    return [f"g{number}" for number in range(count)]


def test_held_404s_are_released_by_a_later_200_without_another_read() -> None:
    stage = Stage()
    stage.customers(ghosts(5), GHOST)
    stage.customers(["alive"], ATTACHED)
    assert stage.run(Orders(concurrency=1)).exit == 0
    assert {stage.storage.verdict(number) for number in ghosts(5)} == {"already_absent"}
    assert len([wire for wire in stage.world.wires if wire.number in ghosts(5)]) == 5


@pytest.mark.parametrize("slow", [0.0, 0.3, 1.0])
def test_a_404_that_is_held_while_a_200_is_on_its_way_is_not_forgotten(slow: float) -> None:
    stage = Stage(Scripted(once={(Kind.GET_CUSTOMER, "alive"): [Strike(up=slow, down=slow)]}))
    stage.customers(["alive"], ATTACHED)
    stage.customers(ghosts(3), GHOST)
    assert stage.run(Orders(concurrency=2)).exit == 0
    assert {stage.storage.verdict(number) for number in ghosts(3)} == {"already_absent"}


def test_fewer_than_twenty_of_whom_nobody_exists_are_unchecked_and_stop_nothing() -> None:
    stage = Stage()
    stage.customers(ghosts(19), GHOST)
    ended = stage.run()
    assert ended.exit == 0
    assert ended.observer.heard_of("absence_not_believed")
    assert {stage.storage.verdict(number) for number in ghosts(19)} == {"unchecked"}


def test_twenty_of_whom_nobody_exists_stop_the_run() -> None:
    stage = Stage()
    stage.customers(ghosts(20), GHOST)
    ended = stage.run()
    assert ended.stop is not None
    assert (ended.exit, ended.stop.why, ended.stop.latches) == (20, "nobody_exists", True)
    assert {stage.storage.verdict(number) for number in ghosts(20)} == {"unchecked"}


def test_after_twenty_held_the_reads_are_spread_so_that_a_gone_beginning_is_no_list_of_ghosts() -> None:
    stage = Stage()
    stage.customers(ghosts(150), GHOST)
    stage.customers([f"{number}" for number in range(50)], ATTACHED)
    assert stage.run(Orders(concurrency=4)).exit == 0
    assert {stage.storage.verdict(number) for number in ghosts(150)} == {"already_absent"}


def test_a_hundred_ghosts_of_a_longer_list_stop_the_run() -> None:
    stage = Stage()
    stage.customers(ghosts(400), GHOST)
    ended = stage.run(Orders(concurrency=8))
    assert ended.exit == 20
    assert 100 <= len(stage.world.wires) <= 108


def test_a_named_sentinel_is_read_before_anything_else() -> None:
    stage = Stage()
    stage.world.settle_in("watch", ATTACHED)
    stage.customers(ghosts(3), GHOST)
    assert stage.run(Orders(sentinel="watch")).exit == 0
    assert stage.world.wires[0].number == "watch"
    assert {stage.storage.verdict(number) for number in ghosts(3)} == {"already_absent"}


def test_a_lost_sentinel_stops_the_run_before_anything_else() -> None:
    stage = Stage()
    stage.customers(["1"])
    assert stage.run(Orders(sentinel="nobody")).exit == 20
    assert [wire.number for wire in stage.world.wires] == ["nobody"]


def test_a_sentinel_that_is_lost_on_the_way_leaves_the_404s_since_then_unchecked() -> None:
    lost_later = Scripted(once={(Kind.GET_CUSTOMER, "watch"): [FAIR, FAIR, answered(404)]})
    stage = Stage(lost_later)
    stage.world.settle_in("watch", ATTACHED)
    stage.customers(ghosts(60), GHOST)
    ended = stage.run(Orders(sentinel="watch", concurrency=1))
    assert ended.stop is not None
    assert (ended.exit, ended.stop.why) == (20, "sentinel_lost")
    told = Counter(str(stage.storage.verdict(number)) for number in ghosts(60))
    assert told == {"already_absent": 20, "unchecked": 20, "not_reached": 20}


def test_a_customer_found_ineligible_is_chosen_as_sentinel() -> None:
    stage = Stage()
    stage.customers(["alive"], ATTACHED)
    stage.customers(ghosts(45), GHOST)
    assert stage.run(Orders(concurrency=1)).exit == 0
    assert [wire.number for wire in stage.world.wires].count("alive") == 2 + 2  # customer and documents, then twice
    assert {stage.storage.verdict(number) for number in ghosts(45)} == {"already_absent"}


def test_without_a_sentinel_a_long_row_of_404s_is_not_believed() -> None:
    stage = Stage()
    stage.customers(["deleted"])
    stage.customers(ghosts(25), GHOST)
    ended = stage.run(Orders(concurrency=1))
    assert (stage.storage.verdict("deleted"), ended.stop) == ("deleted", None)
    assert {stage.storage.verdict(number) for number in ghosts(25)} == {"unchecked"}


def test_a_404_held_by_a_killed_run_is_read_again() -> None:
    stage = Stage(Scripted(once={(Kind.GET_CUSTOMER, "1"): [answered(404)]}))
    stage.customers(["1", "2"])
    crashed = next(ended for at in range(1, 200) if (ended := _died(at)) is not None)
    assert crashed.storage.verdict("1") == "deleted"


def _died(at: int) -> Stage | None:
    """The campaign after its second run, if the first died while a 404 was held."""
    stage = Stage(Scripted(once={(Kind.GET_CUSTOMER, "1"): [answered(404)]}))
    stage.customers(["1", "2"])
    stage.run(Orders(concurrency=1, crash_at=at))
    if stage.storage.of("1").standing.state != "held":
        return None
    stage.run(Orders(concurrency=2))
    return stage
