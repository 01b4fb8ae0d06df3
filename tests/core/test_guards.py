"""When a run must stop: caps that no interleaving passes, shares of failures, answers that do not fit."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.core import guards
from worker.core.guards import Limits, Stop, Tally, accepting, objection, plan_share, reserve
from worker.core.lifecycle import Verdict
from worker.core.replies import Kind, Meaning, Reply

LIMITS = Limits(customers=1000)
GOOD, BAD = Verdict.DELETED, Verdict.REFUSED


def tally(*endings: tuple[Verdict, str, int]) -> Tally:
    """The tally after so many customers have ended so, in this order."""
    counted = Tally()
    for verdict, reason, count in endings:
        for _ in range(count):
            counted = counted.with_ending(verdict, reason)
    return counted


def why(stop: Stop | None) -> str | None:
    """The stable word of a stop."""
    return None if stop is None else stop.why


@given(st.integers(0, 30), st.lists(st.booleans(), max_size=80))
def test_the_cap_is_never_passed_and_a_place_given_back_can_be_taken_again(cap: int, wishes: list[bool]) -> None:
    limits, counted, taken = replace(LIMITS, max_deletes=cap), Tally(), 0
    for wants in wishes:
        if wants:
            outcome = reserve(counted, limits)
            assert isinstance(outcome, Stop) is (taken == cap)
            counted, taken = (counted, taken) if isinstance(outcome, Stop) else (outcome, taken + 1)
        elif taken:
            counted, taken = counted.given_back(), taken - 1
        assert counted.charged == taken <= cap


def test_the_cap_counts_earlier_runs_and_does_not_latch() -> None:
    outcome = reserve(Tally(charged=7), replace(LIMITS, max_deletes=7))
    assert isinstance(outcome, Stop)
    assert (outcome.exit, outcome.why, outcome.latches) == (20, "max_deletes", False)
    assert reserve(Tally(charged=7), LIMITS) == Tally(charged=8)


@pytest.mark.parametrize(
    ("deleted", "others", "stops"), [(49, 50, False), (49, 51, False), (50, 50, True), (99, 0, False), (100, 0, True)]
)
def test_run_judges_the_share_of_deletions_once_a_hundred_are_settled(deleted: int, others: int, stops: bool) -> None:
    counted = tally((GOOD, "", deleted), (Verdict.INELIGIBLE, "documents", others))
    outcome = reserve(counted, replace(LIMITS, max_delete_share=0.5))
    assert isinstance(outcome, Stop) is stops
    if isinstance(outcome, Stop):
        assert (outcome.exit, outcome.why, outcome.latches) == (20, "max_delete_share", True)


@pytest.mark.parametrize(("eligible", "share", "stops"), [(500, 0.5, False), (501, 0.5, True), (1000, None, False)])
def test_apply_judges_the_share_of_deletions_before_the_first(eligible: int, share: float | None, stops: bool) -> None:
    assert (plan_share(eligible, replace(LIMITS, max_delete_share=share)) is not None) is stops


@pytest.mark.parametrize(
    ("endings", "stops"),
    [
        ([(BAD, "http_422", 19)], False),
        ([(BAD, "http_422", 20)], True),
        ([(GOOD, "", 19), (BAD, "http_422", 1)], False),
        ([(GOOD, "", 18), (BAD, "http_422", 2)], True),
        ([(GOOD, "", 95), (BAD, "http_422", 5)], False),
        ([(GOOD, "", 94), (Verdict.IN_DOUBT, "timeout", 6)], True),
        ([(BAD, "http_422", 5), (GOOD, "", 200), (BAD, "http_422", 5)], False),
        ([(GOOD, "", 200), (Verdict.UNCHECKED, "customer:timeout", 6)], True),
        ([(Verdict.INELIGIBLE, "documents", 500)], False),
    ],
)
def test_failures_are_judged_by_their_share_of_the_last_hundred(
    endings: list[tuple[Verdict, str, int]], stops: bool
) -> None:
    stop = objection(tally(*endings), LIMITS)
    assert why(stop) == ("max_failure_share" if stops else None)
    assert stop is None or (stop.exit, stop.latches) == (20, True)


CAUSE = "documents:http_404"


@pytest.mark.parametrize(
    ("endings", "expected"),
    [
        ([(Verdict.UNCHECKED, CAUSE, 19)], None),
        ([(Verdict.UNCHECKED, CAUSE, 20)], "one_cause"),
        ([(Verdict.INELIGIBLE, "documents", 5), (Verdict.UNCHECKED, CAUSE, 19)], None),
        ([(Verdict.INELIGIBLE, "documents", 5), (Verdict.UNCHECKED, CAUSE, 20)], "one_cause"),
        ([(Verdict.ELIGIBLE, "nothing_attached", 1), (Verdict.UNCHECKED, CAUSE, 20)], "max_failure_share"),
        ([(Verdict.UNCHECKED, "customer:http_500", 20)], "max_failure_share"),
        ([(Verdict.UNCHECKED, "customer:http_404_not_believed", 20)], "max_failure_share"),
        ([(Verdict.UNCHECKED, "aritems:html", 10), (Verdict.UNCHECKED, CAUSE, 10)], "max_failure_share"),
    ],
)
def test_one_cause_in_the_answers_for_all_is_named_before_it_looks_like_failure(
    endings: list[tuple[Verdict, str, int]], expected: str | None
) -> None:
    stop = objection(tally(*endings), LIMITS)
    assert why(stop) == expected
    assert expected != "one_cause" or (
        stop is not None and stop.exit == 76 and 'empty_list = "200,404"' in stop.advice[0]
    )


def test_a_customer_that_was_cleared_shows_that_the_answers_fit() -> None:
    counted = tally((Verdict.UNCHECKED, CAUSE, 19)).with_pass().with_ending(Verdict.UNCHECKED, CAUSE)
    assert counted.with_pass() is counted
    assert why(objection(counted, LIMITS)) == "max_failure_share"


MISSED = (Verdict.IN_DOUBT, "missing_yet_there")


@pytest.mark.parametrize(
    ("between", "expected"),
    [
        ((Verdict.INELIGIBLE, "documents", 1), "delete_not_routed"),
        ((Verdict.DELETED, "confirmed", 1), None),
        ((Verdict.REFUSED, "http_422", 1), None),
    ],
)
def test_five_deletes_in_a_row_that_nobody_routes_stop_the_run(
    between: tuple[Verdict, str, int], expected: str | None
) -> None:
    assert why(objection(tally((*MISSED, 4)), LIMITS)) is None
    stop = objection(tally((*MISSED, 4), between, (*MISSED, 1)), LIMITS)
    assert why(stop) == expected
    assert stop is None or stop.exit == 76


@pytest.mark.parametrize(("doubts", "stops"), [(3, False), (4, True)])
def test_too_many_doubts_stop_the_run(doubts: int, stops: bool) -> None:
    stop = objection(tally((Verdict.IN_DOUBT, "timeout", doubts)), replace(LIMITS, max_in_doubt=3))
    assert why(stop) == ("max_in_doubt" if stops else None)


@pytest.mark.parametrize(
    ("verdict", "was_in_doubt", "doubts"),
    [(Verdict.IN_DOUBT, False, 6), (Verdict.IN_DOUBT, True, 5), (Verdict.DELETED_INFERRED, True, 4)],
)
def test_a_doubt_is_counted_once_over_all_runs(verdict: Verdict, was_in_doubt: bool, doubts: int) -> None:
    assert Tally(in_doubt=5).with_ending(verdict, "x", was_in_doubt=was_in_doubt).in_doubt == doubts


@pytest.mark.parametrize(
    ("reason", "line"),
    [
        ("documents:http_204", 'empty_list = "200,204"'),
        ("aritems:http_404", 'empty_list = "200,404"'),
        ("documents:filter_ignored", 'documents_filter = "NAME"'),
        ("aritems:wrong_type", "aritems_key"),
        ("documents:html", "doctor"),
        ("customer:http_400", "doctor"),
    ],
)
def test_the_advice_names_the_setting_that_would_accept_such_answers(reason: str, line: str) -> None:
    assert line in accepting(reason)


REPLY = Reply(Kind.GET_CUSTOMER, Meaning.FORBIDDEN, "http_403", 403)


@pytest.mark.parametrize(
    ("stop", "code", "latches"),
    [
        (guards.unauthorised(REPLY), 77, False),
        (guards.forbidden(REPLY), 77, False),
        (guards.redirected(REPLY), 76, False),
        (guards.out_of_reach(300), 69, False),
        (guards.broken("x"), 70, False),
        (guards.wrong_echo("1", "2"), 20, True),
        (guards.still_there("1"), 76, False),
        (guards.nobody_exists(20), 20, True),
        (guards.sentinel_lost("9"), 20, True),
        (guards.latched("spring", "wrong_echo"), 20, False),
        (guards.interrupted("SIGTERM"), 75, False),
    ],
)
def test_each_stop_has_its_exit_code_and_says_what_to_do(stop: Stop, code: int, latches: bool) -> None:
    assert (stop.exit, stop.latches) == (code, latches)
    assert stop.message
    assert stop.advice


def test_a_wrong_echo_names_both_customers() -> None:
    assert guards.wrong_echo("1007", "1008").message == "the DELETE of 1007 was answered with a success for 1008"
