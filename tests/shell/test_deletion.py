"""One customer's DELETE and all that can come back, on virtual time; each run is held to the invariants as well."""

import asyncio
from collections.abc import Callable

import pytest

from tests.fakes.api import FAIR, REFUSED, FakeApi, Scripted, Strike, answered, lost
from tests.fakes.memory_ledger import MemoryLedger
from tests.fakes.stage import Orders, Stage
from tests.shell.one_customer import outcome, ran, staged
from worker.core.customer import CustomerNo
from worker.core.facts import AttemptFact, IntentFact, Record
from worker.core.guards import Limits
from worker.core.replies import Answer, Kind, Reply, Unreadable
from worker.core.retry import Patience
from worker.core.steps import Purpose, Rules
from worker.ports import Entry, Work


class SlowFirstConnection(FakeApi):
    """An API to which the first connection for a DELETE takes five seconds, or the process was frozen meanwhile."""

    wait = 5.0

    async def delete(self, number: CustomerNo, withheld: Callable[[], str | None] | None = None) -> Reply:
        await asyncio.sleep(self.wait)
        self.wait = 0.0
        return await super().delete(number, withheld)


class SlowFirstIntent(MemoryLedger):
    """A disk that takes five seconds for the first intent."""

    async def record(self, entry: Entry) -> list[Record]:
        first = any(isinstance(fact, IntentFact) and fact.number == 1 for fact in entry.facts)
        await asyncio.sleep(5.0 * first)
        return await super().record(entry)


@pytest.mark.parametrize(
    ("strike", "verdict", "deletes"),
    [
        (FAIR, "deleted", 1),
        (lost(reaches=True), "deleted_inferred", 1),
        (lost(reaches=False), "deleted", 2),
        (Strike(twice=True), "deleted", 1),
        (answered(500, reaches=True), "deleted_inferred", 1),
        (answered(503, reaches=False), "deleted", 2),
        (answered(429, retry_after=5.0), "deleted", 2),
        (answered(429, retry_after=5.0, reaches=True), "deleted_inferred", 1),
        (answered(401), "deleted", 2),
        (answered(422), "refused", 1),
        (answered(409), "refused", 1),
        (answered(410, reaches=True), "deleted_inferred", 1),
        (answered(404), "in_doubt", 1),
        (answered(202, reaches=True), "deleted_inferred", 1),
        (answered(204), "deleted", 2),
        (Strike(answer=Answer(200, Unreadable.TRUNCATED)), "deleted_inferred", 1),
        (REFUSED, "deleted", 1),
    ],
)
def test_what_becomes_of_a_customer_whose_first_delete_meets(strike: Strike, verdict: str, deletes: int) -> None:
    stage = staged(strike)
    assert ran(stage).exit == 0
    assert (outcome(stage)[0], len(stage.world.deletes("1"))) == (verdict, deletes)


def test_an_effect_that_comes_after_the_reading_back_is_still_ours() -> None:
    stage = staged(lost(reaches=True, late=40.0), Strike(up=20.0))
    assert ran(stage).exit == 0
    assert outcome(stage) == ("deleted_inferred", "read_back")
    assert len(stage.world.deletes()) == 2


def test_a_409_does_not_answer_for_an_earlier_delete_that_takes_effect_late() -> None:
    stage = staged(lost(reaches=True, late=90.0), answered(409))
    assert ran(stage).exit == 0
    assert outcome(stage) == ("in_doubt", "http_409")


@pytest.mark.parametrize("status", [404, 409, 429, 500])
def test_what_a_delete_did_is_read_back_once_it_can_show(status: int) -> None:
    stage = staged(answered(status, reaches=True))
    assert isinstance(stage.faults, Scripted)
    stage.faults.once[Kind.GET_CUSTOMER, "1"] = [FAIR, Strike(stale=0.9)]
    stage.run(Orders(concurrency=1))
    assert outcome(stage) == ("already_absent" if status == 404 else "deleted_inferred", "read_back")
    assert len(stage.world.deletes()) == 1


def test_a_wrong_echo_stops_the_run_and_is_in_doubt() -> None:
    stage = staged(Strike(reaches=False, echo="777"))
    ended = ran(stage)
    assert ended.stop is not None
    assert (ended.exit, outcome(stage)) == (20, ("in_doubt", "wrong_echo"))
    assert "1" in ended.stop.message
    assert "777" in ended.stop.message
    assert stage.world.wires[-1].kind is Kind.GET_CUSTOMER


@pytest.mark.parametrize(("reaches", "verdict"), [(True, "deleted_inferred"), (False, "in_doubt")])
def test_a_redirected_delete_is_read_back_before_the_run_ends(reaches: bool, verdict: str) -> None:
    stage = staged(answered(302, reaches=reaches))
    assert ran(stage).exit == 76
    assert outcome(stage)[0] == verdict
    assert stage.world.wires[-1].kind is Kind.GET_CUSTOMER


def test_a_forbidden_delete_was_certainly_not_applied_and_is_tried_last_later() -> None:
    stage = staged(answered(403))
    stage.customers(["2"])
    assert ran(stage).exit == 77
    assert outcome(stage)[0] == "not_reached"
    assert stage.storage.charged() == 0
    ran(stage)
    assert [wire.number for wire in stage.world.deletes()] == ["1", "2", "1"]


def test_a_forbidden_reading_back_stays_in_doubt_and_is_tried_last_later() -> None:
    stage = staged(lost(reaches=True))
    faults = stage.faults
    assert isinstance(faults, Scripted)
    faults.once[Kind.GET_CUSTOMER, "1"] = [FAIR, answered(403)]
    stage.customers(["2"])
    assert ran(stage).exit == 77
    assert outcome(stage)[0] == "in_doubt"
    assert ran(stage).exit == 0
    assert [wire.number for wire in stage.world.wires if wire.run == 2][-1] == "1"
    assert outcome(stage)[0] == "deleted_inferred"


def test_a_delete_that_is_always_throttled_comes_to_an_end() -> None:
    stage = staged(*[answered(429, retry_after=1.0)] * 500)
    assert ran(stage).exit == 0
    assert outcome(stage) == ("in_doubt", "passes_spent")
    assert len(stage.world.deletes()) <= Rules().renewals + 1


def test_a_black_hole_for_deletes_alone_comes_to_an_end_with_one_customer_at_a_time() -> None:
    stage = staged(*[lost(reaches=False)] * 500)
    ran(stage)
    assert outcome(stage)[0] == "in_doubt"


def test_unanswered_deletes_are_sent_as_often_as_attempts_allow() -> None:
    stage = staged(*[answered(500)] * 5)
    assert ran(stage).exit == 0
    assert outcome(stage) == ("in_doubt", "attempts_spent")
    assert len(stage.world.deletes()) == Rules().deletes


def test_a_document_that_arrives_between_check_and_delete_is_the_servers_to_refuse() -> None:
    stage = staged(Strike(up=5.0))
    stage.world.document_arrives("1", 1003.0)
    assert ran(stage).exit == 0
    assert outcome(stage) == ("refused", "http_422")


def test_a_document_found_after_an_unanswered_delete_makes_it_ineligible() -> None:
    stage = staged(lost(reaches=False))
    stage.world.document_arrives("1", 1010.0)
    assert ran(stage).exit == 0
    assert outcome(stage) == ("ineligible", "documents")


def test_a_clearance_that_grew_too_old_is_given_up_unsent_and_checked_again() -> None:
    stage = staged()
    stage.ledger = SlowFirstIntent
    assert ran(stage).exit == 0
    attempts = [record.fact for record in stage.storage.records if isinstance(record.fact, AttemptFact)]
    assert [(fact.sent, fact.cause) for fact in attempts] == [(False, "clearance_too_old"), (True, "http_200")]
    assert len(stage.world.deletes()) == 1
    assert [wire.kind for wire in stage.world.wires].count(Kind.GET_CUSTOMER) == 2


def test_a_clearance_that_grew_too_old_on_the_way_to_the_wire_is_given_up_unsent_as_well() -> None:
    stage = staged()
    stage.api = SlowFirstConnection
    assert ran(stage).exit == 0
    attempts = [record.fact for record in stage.storage.records if isinstance(record.fact, AttemptFact)]
    assert [(fact.sent, fact.cause) for fact in attempts] == [(False, "clearance_too_old"), (True, "http_200")]
    assert len(stage.world.deletes()) == 1


def test_a_confirmed_deletion_is_read_back_and_stale_answers_are_waited_for() -> None:
    stage = staged()
    faults = stage.faults
    assert isinstance(faults, Scripted)
    faults.once[Kind.GET_CUSTOMER, "1"] = [FAIR, Strike(stale=10.0), Strike(stale=10.0)]
    assert ran(stage, Orders(verify=True)).exit == 0
    assert outcome(stage) == ("deleted", "read_back")


def test_a_success_that_was_a_lie_is_seen_when_it_is_read_back() -> None:
    stage = staged(Strike(reaches=False))
    assert ran(stage, Orders(verify=True)).exit == 76
    assert outcome(stage) == ("in_doubt", "still_there_after_success")


def test_a_lie_that_was_seen_is_not_believed_because_the_run_is_interrupted() -> None:
    stage = staged(Strike(reaches=False))
    assert ran(stage, Orders(verify=True, sigterm=10.0)).exit == 75
    assert outcome(stage) == ("in_doubt", "run_ended")


def test_a_lie_that_nobody_reads_back_is_believed_as_nothing_tells_it_from_the_truth() -> None:
    stage = staged(Strike(reaches=False))
    assert stage.run().exit == 0
    assert outcome(stage) == ("deleted", "confirmed")


def test_a_404_to_a_delete_that_took_effect_behind_a_proxy_is_told_as_absent() -> None:
    stage = staged(answered(404, reaches=True))
    assert stage.run().exit == 0
    assert outcome(stage) == ("already_absent", "read_back")


def test_five_deletes_that_are_not_routed_stop_the_run() -> None:
    stage = Stage(Scripted(always={Kind.DELETE: answered(404)}))
    stage.customers([str(number) for number in range(20)])
    ended = ran(stage)
    assert ended.stop is not None
    assert (ended.exit, ended.stop.why, len(stage.world.deletes())) == (76, "delete_not_routed", 5)


def test_protected_customers_are_not_asked_for() -> None:
    stage = Stage()
    stage.customers(["1"], protect=["1"])
    assert ran(stage).exit == 0
    assert (outcome(stage)[0], stage.world.wires) == ("protected", [])


def test_a_plan_finds_the_eligible_and_cannot_delete() -> None:
    stage = staged()
    orders = Orders(Work(Purpose.PLAN))
    assert ran(stage, orders).exit == 0
    assert stage.storage.verdict("1", planning=True) == "eligible"
    assert stage.world.deletes() == []


def test_an_apply_leaves_alone_what_nobody_approved() -> None:
    stage = Stage()
    stage.customers(["1", "2", "3"], approve=["2"])
    ran(stage, Orders(Work(Purpose.DELETE, approved=True)))
    assert [wire.number for wire in stage.world.deletes()] == ["2"]


def test_reconciling_settles_doubts_by_reading_alone() -> None:
    stage = staged(*[lost(reaches=True, late=100.0)] * 3)
    stage.run(Orders(sigterm=1.0))
    assert outcome(stage)[0] == "in_doubt"
    stage.now += 200.0
    ran(stage, Orders(Work(Purpose.RECONCILE), patience=Patience()))
    assert (outcome(stage)[0], len(stage.world.deletes())) == ("deleted_inferred", 1)


def test_a_certain_refusal_gives_its_place_back() -> None:
    stage = staged(answered(422))
    stage.customers(["2"])
    ended = ran(stage, Orders(limits=Limits(2, max_deletes=1, max_failure_share=1.0), concurrency=1))
    assert (ended.stop, stage.storage.verdict("2")) == (None, "deleted")
