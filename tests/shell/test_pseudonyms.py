"""With pseudonyms a run tells nobody a number, whatever stops it; without, a person is told which it was."""

from collections.abc import Callable

import pytest

from tests.fakes.api import FakeApi, Scripted, Strike
from tests.fakes.stage import Ended, Orders, Stage
from worker.core.customer import CustomerNo
from worker.core.guards import Limits
from worker.core.pseudonym import PseudonymKey
from worker.core.replies import Kind, Reply
from worker.core.retry import Patience
from worker.oversight import Terms

OURS = "Qwzxkvjq1"
ECHO = "Qwzxkvjq2"
NAMES = PseudonymKey(bytes(32)).campaign("https://arm.example/v1", 2218, "spring", "d1" * 32)


class Chatty(FakeApi):
    """Fails as a library can, with the URL in the error's text."""

    async def get_customer(self, number: CustomerNo, expected: str | None = None) -> Reply:
        raise RuntimeError(f"cannot parse https://arm.example/v1/customers/{number.text}")


def struck(strike: Strike) -> Callable[[], Stage]:
    def stage() -> Stage:
        stage = Stage(Scripted(once={(Kind.DELETE, OURS): [strike]}))
        stage.customers([OURS])
        return stage

    return stage


def chatty() -> Stage:
    stage = Stage()
    stage.api = Chatty
    stage.customers([OURS])
    return stage


def lost() -> Stage:
    stage = Stage()
    stage.customers(["AB"])
    return stage


CASES = [
    (struck(Strike(reaches=False, echo=ECHO)), None, 20),
    (struck(Strike(reaches=False)), None, 76),
    (lost, OURS, 20),
    (chatty, None, 70),
]


def said(ended: Ended) -> str:
    assert ended.stop is not None
    return f"{ended.stop.message} {ended.stop.advice} {ended.observer.events!r}"


@pytest.mark.parametrize(("stage", "sentinel", "code"), CASES)
def test_no_stop_tells_a_number(stage: Callable[[], Stage], sentinel: str | None, code: int) -> None:
    ended = stage().run(Orders(verify=True, sentinel=sentinel, pseudonyms=NAMES))
    assert ended.exit == code
    assert OURS[:8] not in said(ended)


@pytest.mark.parametrize(("stage", "sentinel", "code"), CASES)
def test_without_pseudonyms_each_tells_it(stage: Callable[[], Stage], sentinel: str | None, code: int) -> None:
    ended = stage().run(Orders(verify=True, sentinel=sentinel))
    assert ended.exit == code
    assert OURS in said(ended)


def test_a_bug_is_told_by_its_place() -> None:
    ended = chatty().run(Orders(pseudonyms=NAMES))
    assert "RuntimeError in get_customer:" in said(ended)


def test_what_is_told_instead_can_be_looked_up() -> None:
    ended = struck(Strike(reaches=False, echo=ECHO))().run(Orders(pseudonyms=NAMES))
    assert NAMES.of(OURS) in said(ended)
    assert NAMES.of(ECHO) in said(ended)


def test_an_answer_that_names_nobody_is_not_given_a_pseudonym() -> None:
    assert Terms(Limits(1), Patience(), lambda: 1.0, pseudonyms=NAMES).called("") == ""
