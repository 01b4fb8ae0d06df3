"""DELETEs that were in flight when a run ended or died: the last reading, and the next run's, on virtual time."""

import pytest

from tests.fakes.api import FAIR, Scripted, answered, lost
from tests.fakes.stage import Orders, Stage
from tests.shell.one_customer import outcome, ran, staged
from worker.core.replies import Kind


@pytest.mark.parametrize(("reaches", "verdict"), [(True, "deleted_inferred"), (False, "in_doubt")])
def test_deletes_in_flight_at_a_sigterm_are_settled_by_one_reading(reaches: bool, verdict: str) -> None:
    stage = Stage(Scripted(always={Kind.DELETE: lost(reaches=reaches)}))
    stage.customers(["1", "2", "3", "4", "5", "6"])
    ended = ran(stage, Orders(concurrency=4, sigterm=2.0))
    assert ended.exit == 75
    assert [stage.storage.verdict(number) for number in "1234"] == [verdict] * 4
    assert [stage.storage.verdict(number) for number in "56"] == ["not_reached"] * 2


def test_a_sigterm_before_any_delete_leaves_everybody_not_reached() -> None:
    stage = staged()
    assert ran(stage, Orders(sigterm=0.2)).exit == 75
    assert (outcome(stage)[0], stage.world.deletes()) == ("not_reached", [])


def test_a_last_reading_that_nobody_answers_ends_within_its_time() -> None:
    stage = Stage(Scripted(once={(Kind.GET_CUSTOMER, "1"): [FAIR, *[lost(reaches=True)] * 9]}))
    stage.customers(["1"])
    faults = stage.faults
    assert isinstance(faults, Scripted)
    faults.once[Kind.DELETE, "1"] = [lost(reaches=True)]
    ended = ran(stage, Orders(sigterm=2.0))
    assert (ended.exit, outcome(stage)[0]) == (75, "in_doubt")
    assert ended.seconds < 65.0


def test_a_stop_while_an_effect_is_waited_for_leaves_one_bounded_reading() -> None:
    """Whenever the stop comes: a reading that begins after it must not wait for an outage to be over."""
    for tenth in range(1, 40):
        stage = Stage(Scripted(once={(Kind.GET_CUSTOMER, "1"): [FAIR, *[lost(reaches=True)] * 99]}))
        stage.customers(["1"])
        assert isinstance(stage.faults, Scripted)
        stage.faults.once[Kind.DELETE, "1"] = [answered(504)]
        ended = ran(stage, Orders(sigterm=tenth / 10))
        assert (ended.exit, ended.seconds < 65.0) == (75, True), f"SIGTERM after {tenth / 10} s"


def died_with_a_delete_in_flight(*, reaches: bool) -> Stage:
    """A campaign whose first run was killed while nobody had answered its DELETE."""
    for at in range(1, 100):
        stage = staged(lost(reaches=reaches))
        if stage.run(Orders(crash_at=at)).crashed and stage.world.deletes():
            return stage
    raise AssertionError("no crash came while a DELETE was in flight")


def test_reading_back_after_a_crash_needs_a_list_read_as_witness() -> None:
    stage = died_with_a_delete_in_flight(reaches=True)
    assert ran(stage).exit == 0
    assert outcome(stage)[0] == "deleted_inferred"
    assert [wire.kind for wire in stage.world.wires if wire.run == 2] == [Kind.GET_CUSTOMER, Kind.GET_DOCUMENTS]


def test_reading_back_where_every_route_is_broken_stays_in_doubt() -> None:
    stage = died_with_a_delete_in_flight(reaches=False)
    stage.faults = Scripted(always=dict.fromkeys(Kind, answered(404)))
    ran(stage)
    assert outcome(stage) == ("in_doubt", "absence_not_believed")


def test_a_doubt_that_was_put_on_the_protect_list_is_read_back_and_never_deleted_again() -> None:
    stage = died_with_a_delete_in_flight(reaches=False)
    stage.protect("1")
    ran(stage)
    assert outcome(stage) == ("in_doubt", "still_there")
    assert len(stage.world.deletes()) == 1
