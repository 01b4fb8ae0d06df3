"""The ramp: one deletion, ten, a hundred, the rest; and no way from a bad stage to the next."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.core.guards import Stop
from worker.core.lifecycle import Verdict
from worker.core.ramp import STAGES, Ramp, climb
from worker.errors import Exit

GOOD = Verdict.DELETED
ENDINGS = (GOOD, Verdict.DELETED_INFERRED, Verdict.REFUSED, Verdict.IN_DOUBT, Verdict.UNCHECKED, Verdict.INELIGIBLE)


def taken(ramp: Ramp, share: float = 0.05) -> Ramp:
    """The ramp with one more place taken."""
    step = climb(ramp, share)
    assert isinstance(step, Ramp)
    return step


def after(*verdicts: Verdict, ramp: Ramp | None = None, share: float = 0.05) -> Ramp:
    """The ramp after deletions that were tried one after the other and ended so."""
    here = ramp or Ramp()
    for verdict in verdicts:
        here = taken(here, share).with_ending(verdict).landed()
    return here


def test_one_place_then_ten_then_a_hundred_then_all() -> None:
    ramp = Ramp()
    for size in STAGES:
        for _ in range(size):
            ramp = taken(ramp)
        assert climb(ramp, 0.05) is None
        for _ in range(size):
            ramp = ramp.with_ending(GOOD).landed()
    ramp = taken(ramp)
    assert ramp.over
    assert climb(ramp, 0.0) is ramp


def test_who_waits_goes_on_only_when_the_last_in_flight_has_ended() -> None:
    ramp = after(GOOD)
    for _ in range(10):
        ramp = taken(ramp)
    for _ in range(9):
        ramp = ramp.with_ending(GOOD).landed()
        assert climb(ramp, 0.05) is None
    assert taken(ramp.with_ending(GOOD).landed()).stage == 2


def test_a_place_that_is_given_back_is_free_for_another() -> None:
    ramp = taken(Ramp()).landed()
    assert taken(ramp) == Ramp(flying=1)


@pytest.mark.parametrize("verdict", [Verdict.REFUSED, Verdict.IN_DOUBT])
def test_a_first_deletion_that_fails_stops_for_safety_and_latches(verdict: Verdict) -> None:
    stop = climb(after(verdict), 0.05)
    assert isinstance(stop, Stop)
    assert (stop.exit, stop.why, stop.latches) == (Exit.SAFETY_STOP, "ramp", True)
    assert (
        "stage of 1 went badly: 1 of 1 deletions were refused or are in doubt (we may have deleted them)"
        in stop.message
    )
    assert "report.csv" in stop.advice[0]


def test_refusals_are_judged_among_deletions_and_not_thinned_by_who_was_left_alone() -> None:
    ramp = after(Verdict.REFUSED)
    for _ in range(99):
        ramp = ramp.with_ending(Verdict.INELIGIBLE)
    assert isinstance(climb(ramp, 0.05), Stop)


def test_customers_that_could_not_be_checked_are_judged_among_all() -> None:
    ramp = after(GOOD).with_ending(Verdict.UNCHECKED)
    stop = climb(ramp, 0.05)
    assert isinstance(stop, Stop)
    assert "1 of 2 customers ended unchecked, in doubt (we may have deleted them) or refused" in stop.message
    for _ in range(18):
        ramp = ramp.with_ending(Verdict.INELIGIBLE)
    assert taken(ramp).stage == 1


def test_exactly_the_share_is_allowed_and_one_more_is_not() -> None:
    ramp = after(GOOD, *[GOOD] * 10)
    at_the_share = after(*[Verdict.REFUSED] * 5, *[GOOD] * 95, ramp=ramp)
    assert taken(at_the_share).over
    beyond = after(*[Verdict.REFUSED] * 6, *[GOOD] * 94, ramp=ramp)
    assert isinstance(climb(beyond, 0.05), Stop)


@given(st.lists(st.sampled_from(ENDINGS), max_size=130), st.floats(0, 1))
def test_no_stage_ever_tries_more_than_its_size(endings: list[Verdict], share: float) -> None:
    ramp = Ramp()
    for verdict in endings:
        step = climb(ramp, share)
        if not isinstance(step, Ramp):
            assert isinstance(step, Stop)
            assert ramp.turned > share * ramp.tried or ramp.failed > share * ramp.ended
            return
        ramp = step.with_ending(verdict).landed()
        assert ramp.over or ramp.flying + ramp.tried <= STAGES[ramp.stage]
