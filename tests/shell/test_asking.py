"""Reads that are asked until their answer stands: waits, replays, parks and outages, on virtual time."""

import pytest

from tests.fakes.api import FAIR, REFUSED, Scripted, Tokens, answered, lost
from tests.fakes.stage import Orders, Stage
from tests.fakes.world import Person
from worker.core.replies import Kind, Meaning
from worker.core.retry import Patience
from worker.ports import Renewal


def numbers(count: int) -> list[str]:
    return [str(number) for number in range(count)]


def test_a_read_is_tried_as_often_as_attempts_allow_and_then_unchecked() -> None:
    stage = Stage(Scripted(once={(Kind.GET_DOCUMENTS, "1"): [answered(500)] * 3}))
    stage.customers(["1", "2"])
    assert stage.run(Orders(patience=Patience(attempts=3))).exit == 0
    assert stage.storage.verdict("1") == "unchecked"
    assert stage.storage.of("1").reason == "documents:http_500"
    assert stage.storage.verdict("2") == "deleted"


def test_a_401_is_renewed_once_and_the_read_replayed_once() -> None:
    stage = Stage(Scripted(once={(Kind.GET_CUSTOMER, "1"): [answered(401)]}))
    stage.customers(["1"])
    assert stage.run().exit == 0
    assert stage.tokens.renewals == 1
    assert stage.storage.verdict("1") == "deleted"


def test_two_hundred_401s_at_once_lead_to_one_renewal() -> None:
    stage = Stage(tokens=Tokens(expires_at=1000.0))
    stage.customers(numbers(200))
    assert stage.run(Orders(concurrency=200)).exit == 0
    assert stage.tokens.renewals == 1
    assert {stage.storage.verdict(number) for number in numbers(200)} == {"deleted"}


def test_a_401_with_the_fresh_token_ends_the_run() -> None:
    stage = Stage(Scripted(once={(Kind.GET_CUSTOMER, "1"): [answered(401), answered(401)]}))
    stage.customers(["1"])
    assert stage.run().exit == 77
    assert stage.world.deletes() == []


@pytest.mark.parametrize("renewal", [Renewal.FIXED, Renewal.REFUSED])
def test_a_token_that_cannot_change_ends_the_run(renewal: Renewal) -> None:
    stage = Stage(tokens=Tokens(expires_at=1000.0, renewal=renewal))
    stage.customers(numbers(3))
    assert stage.run().exit == 77


def test_refused_credentials_end_the_run_with_77_and_not_as_a_bug() -> None:
    stage = Stage(tokens=Tokens(refuses=True))
    stage.customers(numbers(3))
    assert stage.run().exit == 77
    assert stage.world.wires == []


def test_a_token_that_comes_late_is_waited_for_and_costs_no_attempt() -> None:
    stage = Stage(tokens=Tokens(unreachable_until=1060.0))
    stage.customers(numbers(3))
    ended = stage.run(Orders(patience=Patience(attempts=1)))
    assert ended.exit == 0
    assert {stage.storage.verdict(number) for number in numbers(3)} == {"deleted"}


def test_without_a_token_for_longer_than_the_outage_budget_the_run_ends_with_69() -> None:
    stage = Stage(tokens=Tokens(unreachable_until=9999.0))
    stage.customers(numbers(3))
    ended = stage.run()
    assert (ended.exit, round(ended.seconds)) == (69, 300)


@pytest.mark.parametrize("when", [5.0, 50.0])
def test_a_token_service_that_is_away_does_not_keep_a_stopped_run_from_ending(when: float) -> None:
    away = Tokens(unreachable_from=1010.0, unreachable_until=9999.0)
    stage = Stage(Scripted(once={(Kind.DELETE, "1"): [lost(reaches=True)]}), away)
    stage.customers(["1"])
    ended = stage.run(Orders(sigterm=when))
    assert (ended.exit, stage.storage.verdict("1")) == (75, "in_doubt")
    assert ended.seconds < when + 30.0 + 30.0 + 5.0


def test_a_retry_after_parks_everybody_and_spends_no_attempt() -> None:
    stage = Stage(Scripted(once={(Kind.GET_CUSTOMER, "1"): [answered(429, retry_after=60.0)] * 4}))
    stage.customers(["1", "2"])
    ended = stage.run(Orders(patience=Patience(attempts=1), concurrency=2))
    assert ended.exit == 0
    assert {stage.storage.verdict(number) for number in ("1", "2")} == {"deleted"}
    assert ended.pace.parks == [(60.0, "http_429")] * 4
    throttled = [wire.back_at for wire in stage.world.wires if wire.meaning is Meaning.THROTTLED]
    for back in throttled:
        assert back is not None
        assert [wire for wire in stage.world.wires if back < wire.at < back + 60.0] == []


def test_a_retry_after_longer_than_the_outage_budget_ends_the_run() -> None:
    stage = Stage(Scripted(always={Kind.GET_CUSTOMER: answered(503, retry_after=301.0)}))
    stage.customers(["1"])
    assert stage.run().exit == 69


@pytest.mark.parametrize("strike", [REFUSED, lost(reaches=False)])
def test_an_outage_parks_all_and_ends_with_69_having_settled_nobody(strike: object) -> None:
    away = Scripted(always=dict.fromkeys(Kind, REFUSED if strike is REFUSED else lost(reaches=False)))
    stage = Stage(away)
    stage.customers(numbers(30))
    ended = stage.run(Orders(patience=Patience(attempts=1)))
    assert ended.exit == 69
    assert {stage.storage.verdict(number) for number in numbers(30)} <= {"not_reached", "unchecked"}


def test_an_outage_that_passes_costs_nobody_an_attempt() -> None:
    stage = Stage(Scripted(once={(Kind.GET_CUSTOMER, number): [REFUSED] * 6 for number in numbers(4)}))
    stage.customers(numbers(4))
    assert stage.run(Orders(patience=Patience(attempts=1))).exit == 0
    assert {stage.storage.verdict(number) for number in numbers(4)} == {"deleted"}


def test_an_empty_purse_lets_replies_stand_at_once() -> None:
    stage = Stage(Scripted(always={Kind.GET_ARITEMS: answered(500)}))
    stage.customers(numbers(60))
    ended = stage.run()
    assert ended.observer.heard_of("retry_budget_empty")
    asked = [wire for wire in stage.world.wires if wire.kind is Kind.GET_ARITEMS]
    assert 60 < len(asked) < 60 * 3
    assert {stage.storage.verdict(number) for number in numbers(60)} == {"unchecked"}


def test_a_redirect_ends_the_run_and_is_not_followed() -> None:
    stage = Stage(Scripted(once={(Kind.GET_CUSTOMER, "1"): [answered(302), FAIR]}))
    stage.customers(["1"], Person(documents=1))
    assert stage.run().exit == 76
    assert len(stage.world.wires) == 1
