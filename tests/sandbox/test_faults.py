"""How faults are written and read, and which of them strike."""

import random
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.sandbox.conduct import Ending, Perform, conduct
from worker.sandbox.faults import DELAYS, HABITS, SCOPE, Fault, Faults, Kind, Rule

RATES = st.integers(0, 1000).map(lambda thousandths: thousandths / 1000)
SECONDS = st.integers(0, 9000).map(lambda thousandths: thousandths / 1000)
KINDS = st.none() | st.sampled_from(Kind)


@st.composite
def rules(draw: st.DrawFn) -> Rule:
    fault = draw(st.sampled_from(Fault))
    first = draw(st.integers(1, 50))
    last = draw(st.none() | st.integers(first, 99))
    if fault in DELAYS:
        return Rule(fault, 1.0, draw(SECONDS), draw(KINDS), first, last)
    seconds = draw(st.none() | SECONDS)
    dated = seconds is not None and draw(st.booleans())
    return Rule(fault, draw(RATES), seconds, draw(KINDS), first, last, dated)


@given(st.lists(rules(), max_size=6))
def test_what_is_written_is_read_back_equal(some: list[Rule]) -> None:
    faults = Faults(tuple(some))
    assert Faults.parse(str(faults)) == faults


def test_the_form_reads_as_the_documentation_says() -> None:
    text = "latency=0.02, http_429@get_documents=.1:3s,http_503=0.1:3date,hang_after@delete,outage#100-200"
    assert Faults.parse(text).rules == (
        Rule(Fault.LATENCY, 1.0, 0.02),
        Rule(Fault.HTTP_429, 0.1, 3.0, Kind.GET_DOCUMENTS),
        Rule(Fault.HTTP_503, 0.1, 3.0, dated=True),
        Rule(Fault.HANG_AFTER, kind=Kind.DELETE),
        Rule(Fault.OUTAGE, first=100, last=200),
    )


@pytest.mark.parametrize(
    "wrong",
    ["http_599=0.1", "http_500=1.5", "http_500@everything", "http 500", "latency", "latency=0.1:2s", "html="],
)
def test_a_fault_that_is_not_understood_is_named(wrong: str) -> None:
    with pytest.raises(ValueError, match=re.escape(repr(wrong))):
        Faults.parse(f"reset_before=0.1,{wrong}")


@given(st.lists(rules(), max_size=8), st.sampled_from(Kind), st.integers(1, 100), st.randoms())
def test_whatever_strikes_covers_the_request(some: list[Rule], kind: Kind, number: int, dice: random.Random) -> None:
    hit = Faults(tuple(some)).hit(kind, number, dice.random)
    struck = {rule.fault for rule in some if rule.covers(kind, number)}
    assert hit.habits <= struck & HABITS
    assert hit.strike is None or (hit.strike in some and hit.strike.covers(kind, number))
    assert hit.delay >= 0.0


@given(st.lists(rules(), max_size=6), st.integers())
def test_the_same_seed_strikes_the_same_requests(some: list[Rule], seed: int) -> None:
    faults, one, two = Faults(tuple(some)), random.Random(seed).random, random.Random(seed).random
    assert [faults.hit(Kind.DELETE, n, one) for n in range(9)] == [faults.hit(Kind.DELETE, n, two) for n in range(9)]


def test_rates_add_up() -> None:
    faults, dice = Faults.parse("http_500=0.2,reset_before=0.3"), random.Random(1).random
    strikes = [faults.hit(Kind.DELETE, n, dice).strike for n in range(1, 4001)]
    named = [strike.fault for strike in strikes if strike is not None]
    assert named.count(Fault.HTTP_500) / 4000 == pytest.approx(0.2, abs=0.03)
    assert named.count(Fault.RESET_BEFORE) / 4000 == pytest.approx(0.3, abs=0.03)


def test_a_habit_has_its_own_roll_and_its_own_rate() -> None:
    faults, dice = Faults.parse("arrives=0.25,lying_success"), random.Random(1).random
    hits = [faults.hit(Kind.DELETE, n, dice) for n in range(1, 4001)]
    assert sum(bool(hit.habits) for hit in hits) / 4000 == pytest.approx(0.25, abs=0.03)
    assert all(hit.strike is not None for hit in hits)


def test_a_window_strikes_its_first_and_last_request_and_none_beside_them() -> None:
    faults = Faults.parse("outage#3-5")
    struck = [n for n in range(1, 9) if faults.hit(Kind.DELETE, n, lambda: 0.0).strike]
    assert struck == [3, 4, 5]


def test_the_token_service_is_struck_only_by_name() -> None:
    assert Faults.parse("http_500").hit(Kind.TOKEN, 1, lambda: 0.0).strike is None
    assert Faults.parse("http_500@token").hit(Kind.TOKEN, 1, lambda: 0.0).strike is not None


@pytest.mark.parametrize("fault", sorted(SCOPE))
def test_a_fault_without_meaning_for_a_kind_never_strikes_it(fault: Fault) -> None:
    struck = {kind for kind in Kind if Rule(fault).covers(kind, 1)}
    assert struck == SCOPE[fault]


def test_latency_is_whole_and_jitter_is_a_part() -> None:
    assert Faults.parse("latency=2,jitter=1").hit(Kind.DELETE, 1, lambda: 0.25).delay == pytest.approx(2.25)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 408, 409, 410, 422, 429, 500, 502, 503, 504])
def test_an_error_status_means_that_nothing_was_done(status: int) -> None:
    assert conduct(Rule(Fault(f"http_{status}"))).perform is Perform.NEVER


def test_a_late_effect_has_a_second_when_none_is_named() -> None:
    assert conduct(Rule(Fault.LATE_SILENT)).seconds == pytest.approx(1.0)
    assert conduct(Rule(Fault.LATE_SILENT, seconds=3.0)).ending is Ending.CLOSED
    assert conduct(Rule(Fault.LATE_SILENT, seconds=3.0)).seconds == pytest.approx(3.0)
