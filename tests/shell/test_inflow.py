"""The order by which no message is lost, and when a queue is over: an inflow on a queue in memory, in virtual time."""

import asyncio

import pytest

from tests.fakes.queueing import MemoryInbox, MemoryRoll
from tests.fakes.virtual_time import run
from worker.core.customer import DEFAULT_PATTERN, CustomerNo
from worker.core.request import Request, parse_request
from worker.errors import NotDurable, OutOfReach
from worker.inflow import LOOKS, Inflow, Taking
from worker.ports import Delivery


def parse(delivery: Delivery) -> Request:
    return parse_request(delivery.body, delivery.message_id, 2218, DEFAULT_PATTERN)


class Stage:
    """An inflow with its fakes. `came` counts calls; `open_then` is how it stood at the last; `stopped` ends it."""

    def __init__(self, *bodies: str, until_empty: bool = True, at_most: int = 100) -> None:
        self.inbox = MemoryInbox()
        self.inbox.put(*bodies)
        self.roll = MemoryRoll(self.inbox.deeds)
        self.came = 0
        self.stopped = False
        self.open_then = True
        self.inflow = Inflow(
            self.inbox,
            self.roll,
            parse,
            self._arrived,
            stopping=lambda: self.stopped,
            taking=Taking(at_most, until_empty),
        )

    def stop(self) -> None:
        self.stopped = True

    def _arrived(self) -> None:
        self.came += 1
        self.open_then = self.inflow.open

    @property
    def deeds(self) -> list[str]:
        return self.inbox.deeds

    def numbers(self) -> list[str]:
        numbers = (row.number for row in self.roll.rows.values())
        return sorted(number.text for number in numbers if isinstance(number, CustomerNo))


def test_a_batch_is_enlisted_before_any_of_it_is_acknowledged() -> None:
    stage = Stage("1", "2")
    run(stage.inflow.pour())
    assert stage.deeds == ["take 2", "enlist 2", "acknowledge 1", "acknowledge 2"]
    assert stage.numbers() == ["1", "2"]


def test_nothing_is_acknowledged_while_enlisting_goes_on() -> None:
    stage = Stage("1", "[]")

    async def story() -> None:
        stage.roll.gate = asyncio.Event()
        pouring = asyncio.create_task(stage.inflow.pour())
        await asyncio.sleep(100)
        assert (stage.deeds, stage.came) == (["take 2"], 0)
        stage.roll.gate.set()
        await pouring

    run(story())
    assert stage.deeds == ["take 2", "enlist 2", "acknowledge 1", "bury []"]


def test_what_the_ledger_could_not_take_stays_in_the_queue_and_the_failure_goes_through() -> None:
    stage = Stage("1")
    stage.roll.failure = NotDurable("the disk is full")
    with pytest.raises(NotDurable):
        run(stage.inflow.pour())
    assert stage.deeds == ["take 1"]
    assert not stage.inflow.open
    assert stage.came == 1


def test_poison_is_recorded_then_buried_with_its_reason_and_never_acknowledged_alone() -> None:
    stage = Stage("[]", "1", '{"customerNo": "5", "clientNo": 7}', "a/b")
    run(stage.inflow.pour())
    assert stage.inbox.dead == [
        (b"[]", "not_a_request"),
        (b'{"customerNo": "5", "clientNo": 7}', "other_client"),
        (b"a/b", "characters"),
    ]
    assert [deed for deed in stage.deeds if deed.startswith("acknowledge")] == ["acknowledge 1"]
    assert len(stage.roll.rows) == 4


def test_batches_are_what_is_there_up_to_the_bound() -> None:
    stage = Stage(*map(str, range(250)))
    run(stage.inflow.pour())
    assert [deed for deed in stage.deeds if deed.startswith("take")] == ["take 100", "take 100", "take 50"]


def test_a_message_that_comes_again_after_a_lost_connection_changes_nothing() -> None:
    stage = Stage("1", "2", "1")
    stage.inbox.on_take = stage.stop
    run(stage.inflow.pour())
    stage.inbox.drop()
    again = Stage()
    again.inbox.ready = stage.inbox.ready
    run(again.inflow.pour())
    assert again.numbers() == ["1", "2"]
    assert again.deeds[:2] == ["take 3", "enlist 3"]


def test_a_drained_queue_is_believed_only_after_several_looks_in_a_row() -> None:
    stage = Stage("1")
    stage.inbox.lies = LOOKS - 1
    stage.inbox.late.append((b"2", None))
    run(stage.inflow.pour())
    assert stage.numbers() == ["1", "2"]


def test_a_standing_inflow_waits_and_takes_what_comes_later() -> None:
    stage = Stage("1", until_empty=False)

    async def story() -> None:
        pouring = asyncio.create_task(stage.inflow.pour())
        await asyncio.sleep(3600)
        assert stage.inflow.open
        stage.inbox.put("2")
        await asyncio.sleep(10)
        stage.stop()
        await pouring

    run(story())
    assert not stage.inflow.open
    assert stage.numbers() == ["1", "2"]


def test_whoever_waits_for_customers_is_woken_at_the_end() -> None:
    stage = Stage()
    run(stage.inflow.pour())
    assert (stage.came, stage.open_then) == (1, False)


def test_once_the_run_stops_nothing_more_is_taken_and_what_is_not_enlisted_is_left() -> None:
    stage = Stage("1", "2")
    stage.inbox.on_take = stage.stop
    run(stage.inflow.pour())
    assert stage.deeds == ["take 2"]
    assert len(stage.inbox.unsettled) == 2


def test_a_stop_leaves_what_is_poison_for_the_next_run() -> None:
    stage = Stage("[]", "1")

    async def story() -> None:
        stage.roll.gate = asyncio.Event()
        pouring = asyncio.create_task(stage.inflow.pour())
        await asyncio.sleep(1)
        stage.stop()
        stage.roll.gate.set()
        await pouring

    run(story())
    assert stage.deeds == ["take 2", "enlist 2", "acknowledge 1"]
    assert len(stage.inbox.unsettled) == 1


def test_a_queue_out_of_reach_ends_it_with_its_reason() -> None:
    stage = Stage()

    stage.inbox.failure = OutOfReach("the queue is gone")
    with pytest.raises(OutOfReach):
        run(stage.inflow.pour())
    assert not stage.inflow.open
