"""Many customers at once: guards, failures of the ledger, bugs, and how a run comes to its end, on virtual time."""

import pytest

from tests.fakes.api import FakeApi, Scripted, answered, lost
from tests.fakes.memory_ledger import MemoryLedger
from tests.fakes.stage import Orders, Stage
from tests.fakes.world import Person
from tests.simulation.invariants import violations
from worker.core.customer import CustomerNo
from worker.core.facts import AttemptFact, IntentFact, Record
from worker.core.guards import Limits
from worker.core.lifecycle import IllegalMove, Verdict
from worker.core.replies import Kind, Reply, Unreadable
from worker.core.steps import Purpose
from worker.errors import NotDurable, OutOfReach
from worker.ports import Claim, Entry, Held, Work


def numbers(count: int) -> list[str]:
    return [str(number) for number in range(count)]


def verdicts(stage: Stage, verdict: str) -> int:
    """How many customers have that verdict."""
    return sum(stage.storage.verdict(stored.number.text) == verdict for stored in stage.storage.customers)


def limits(customers: int, max_deletes: int | None = None) -> Limits:
    return Limits(customers, max_deletes=max_deletes, max_failure_share=1.0)


@pytest.mark.parametrize("cap", [0, 1, 7, 63, 99])
def test_the_cap_is_reached_exactly_however_many_are_in_flight(cap: int) -> None:
    stage, orders = Stage(), Orders(limits=limits(100, cap), concurrency=64)
    stage.customers(numbers(100))
    ended = stage.run(orders)
    assert ended.stop is not None
    assert (ended.exit, ended.stop.why, ended.stop.latches) == (20, "max_deletes", False)
    assert verdicts(stage, "deleted") == len(stage.world.deletes()) == cap
    assert violations(stage, orders) == []


def test_the_cap_holds_over_runs_and_a_higher_one_goes_on() -> None:
    stage = Stage()
    stage.customers(numbers(10))
    for _ in range(2):
        assert stage.run(Orders(limits=limits(10, 4))).exit == 20
        assert verdicts(stage, "deleted") == 4
    assert stage.run(Orders(limits=limits(10, 10))).exit == 0
    assert verdicts(stage, "deleted") == 10


def test_a_cap_that_is_just_enough_stops_nothing() -> None:
    stage = Stage()
    stage.customers(numbers(10))
    stage.customers(["d"], Person(documents=1))
    assert stage.run(Orders(limits=limits(11, 10), concurrency=8)).exit == 0


def test_customers_in_doubt_keep_their_places_under_the_cap() -> None:
    stage = Stage(Scripted(always={Kind.DELETE: answered(500)}))
    stage.customers(numbers(10))
    assert stage.run(Orders(limits=limits(10, 3), concurrency=8)).exit == 20
    assert verdicts(stage, "in_doubt") == 3
    assert {wire.number for wire in stage.world.deletes()} == {
        stored.number.text for stored in stage.storage.customers if stored.standing.charged
    }


def test_places_given_back_are_used_by_those_who_waited_for_them() -> None:
    stage = Stage(Scripted(once={(Kind.DELETE, number): [answered(422)] for number in numbers(8)}))
    stage.customers(numbers(8))
    assert stage.run(Orders(limits=limits(8, 2), concurrency=8)).exit == 0
    assert (verdicts(stage, "refused"), stage.storage.most_charged) == (8, 2)


def test_more_failures_than_their_share_stop_the_run_once_twenty_have_ended() -> None:
    stage = Stage(Scripted(once={(Kind.DELETE, str(number)): [answered(422)] for number in range(0, 400, 10)}))
    stage.customers(numbers(400))
    ended = stage.run(Orders(limits=Limits(400, max_failure_share=0.05), concurrency=1))
    assert ended.stop is not None
    assert (ended.exit, ended.stop.why, ended.stop.latches) == (20, "max_failure_share", True)
    assert verdicts(stage, "deleted") + verdicts(stage, "refused") == 20


def test_twenty_unchecked_for_one_cause_in_the_answers_are_76() -> None:
    stage = Stage(Scripted(always={Kind.GET_DOCUMENTS: answered(204, Unreadable.EMPTY)}))
    stage.customers(numbers(50))
    ended = stage.run(Orders(limits=Limits(50)))
    assert ended.stop is not None
    assert (ended.exit, ended.stop.why) == (76, "one_cause")
    assert "empty_list" in ended.stop.advice[0]


def test_more_doubts_than_max_in_doubt_stop_the_run() -> None:
    stage = Stage(Scripted(always={Kind.DELETE: answered(500)}))
    stage.customers(numbers(10))
    ended = stage.run(Orders(limits=Limits(10, max_in_doubt=2, max_failure_share=1.0), concurrency=1))
    assert ended.stop is not None
    assert (ended.stop.why, verdicts(stage, "in_doubt")) == ("max_in_doubt", 3)


def test_doubts_that_are_settled_no_longer_count_against_max_in_doubt() -> None:
    stage = Stage(Scripted(always={Kind.DELETE: answered(500)}))
    stage.customers(numbers(3))
    orders = Orders(limits=Limits(3, max_in_doubt=3, max_failure_share=1.0), concurrency=1)
    assert stage.run(orders).exit == 0
    assert stage.run(orders).exit == 0
    assert verdicts(stage, "in_doubt") == 3
    stage.faults = Scripted()
    assert stage.run(orders).exit == 0
    assert verdicts(stage, "deleted") == 3


def test_a_run_that_settles_doubts_is_not_stopped_because_they_are_many() -> None:
    stage = Stage(Scripted(always={Kind.DELETE: answered(500)}))
    stage.customers(numbers(6))
    assert stage.run(Orders(limits=limits(6), concurrency=1)).exit == 0
    stage.faults = Scripted()
    fewer = Limits(6, max_in_doubt=1, max_failure_share=1.0)
    assert stage.run(Orders(limits=fewer, concurrency=1)).exit == 0
    assert verdicts(stage, "deleted") == 6


class FullDisk(MemoryLedger):
    """The fourth attempt can no longer be written."""

    async def record(self, entry: Entry) -> list[Record]:
        attempts = sum(isinstance(record.fact, AttemptFact) for record in self._storage.records)
        if attempts >= 3 and any(isinstance(fact, AttemptFact) for fact in entry.facts):
            raise NotDurable("no space left on the disk")
        return await super().record(entry)


def test_a_ledger_that_cannot_be_made_durable_is_74_and_nothing_more_is_deleted() -> None:
    stage = Stage()
    stage.ledger = FullDisk
    stage.customers(numbers(40))
    ended = stage.run(Orders(concurrency=4))
    assert ended.exit == 74
    assert len(stage.world.deletes()) <= 3 + 2 * 4
    unknown = [number for number in numbers(40) if stage.storage.of(number).standing.state == "intended"]
    assert {stage.storage.verdict(number) for number in unknown} == {"in_doubt"}


def test_74_overrides_what_stopped_the_run_first() -> None:
    stage = Stage(Scripted(always={Kind.DELETE: lost(reaches=True)}))
    stage.ledger = FullDisk
    stage.customers(numbers(8))
    ended = stage.run(Orders(concurrency=8, sigterm=5.0))
    assert [fields["why"] for name, fields in ended.observer.events if name == "stopping"] == [
        "interrupted",
        "NotDurable",
    ]
    assert ended.exit == 74


class AwayLedger(MemoryLedger):
    """A database that cannot be reached when 404s are to be settled."""

    async def release_held(self, held: Held) -> list[Record]:
        raise OutOfReach("the database does not answer")


def test_a_failure_at_the_very_end_of_a_run_gives_its_exit_code_too() -> None:
    stage = Stage()
    stage.ledger = AwayLedger
    stage.customers(["g"], Person(exists=False))
    assert stage.run().exit == 69


class AwayAtFirst(FakeApi):
    """A defect in the client that shows with the first read."""

    async def get_customer(self, number: CustomerNo, expected: str | None = None) -> Reply:
        raise RuntimeError("a defect")


@pytest.mark.parametrize("sentinel", ["watch", None])
def test_a_bug_is_70_wherever_it_shows(sentinel: str | None) -> None:
    stage = Stage()
    stage.api = AwayAtFirst
    stage.customers(numbers(5))
    ended = stage.run(Orders(sentinel=sentinel))
    assert ended.exit == 70
    assert ended.observer.heard_of("bug")


class Forgetful(MemoryLedger):
    """Hands out every customer as if its DELETE were already on its way."""

    async def claim(self, work: Work, *, count: int, spread: bool) -> list[Claim]:
        claims = await super().claim(work, count=count, spread=spread)
        if any(isinstance(record.fact, IntentFact) for record in self._storage.records):
            raise IllegalMove("open does not allow confirm")
        return claims


def test_an_illegal_move_is_70_and_those_in_flight_are_still_settled() -> None:
    stage = Stage()
    stage.ledger = Forgetful
    stage.customers(numbers(12))
    ended = stage.run(Orders(concurrency=2))
    assert ended.exit == 70
    assert violations(stage, Orders()) == [f"stops_fit: a bug: {ended.stop.message if ended.stop else ''}"]
    assert verdicts(stage, "in_doubt") == 0


def test_no_more_customers_are_in_flight_than_concurrency_allows() -> None:
    stage = Stage()
    stage.customers(numbers(30))
    stage.run(Orders(concurrency=3))
    wires = stage.world.wires
    begun: set[str] = set()
    for wire in wires:
        begun.add(wire.number)
        open_now = {one.number for one in wires if one.number in begun and one.order >= wire.order}
        assert len(open_now) <= 3


def test_a_finished_campaign_has_nothing_left_to_do() -> None:
    stage = Stage()
    stage.customers(numbers(5))
    stage.customers(["d"], Person(aritems=1))
    stage.run()
    sent = len(stage.world.wires)
    assert stage.run().exit == 0
    assert len(stage.world.wires) == sent


def test_rows_beyond_the_limit_are_not_reached_and_stop_nothing() -> None:
    stage = Stage()
    stage.customers(numbers(10))
    ended = stage.run(Orders(work=Work(Purpose.DELETE, limit=4)))
    assert ended.stop is None
    assert (verdicts(stage, "deleted"), verdicts(stage, Verdict.NOT_REACHED)) == (4, 6)


def most_begun(stage: Stage) -> int:
    """The most customers that had been asked about, and not sent their DELETE yet, at any moment."""
    begun, most = set[str](), 0
    for wire in stage.world.wires:
        begun.add(wire.number)
        if wire.kind is Kind.DELETE:
            begun.remove(wire.number)
        most = max(most, len(begun))
    return most


@pytest.mark.parametrize("rate", [2.0, 10.0, 40.0])
def test_no_more_customers_are_begun_than_rate_and_latency_ask_for_however_many_may_be_in_flight(rate: float) -> None:
    """So `concurrency` may be set too high: only what the rate and an answer's 0.1 s call for is ever half done."""
    stage = Stage()
    stage.customers(map(str, range(120)))
    stage.run(Orders(rate=rate, concurrency=64))
    assert len(stage.world.deletes()) == 120
    needed = rate * 0.1
    assert most_begun(stage) <= 2 + 2 * needed
