"""When a run must stop: caps that no interleaving passes, shares of failures, answers that do not fit."""

from collections.abc import Callable
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.core import guards
from worker.core.guards import Limits, Stop, Tally, accepting, objection, plan_share, reserve
from worker.core.lifecycle import Verdict
from worker.core.replies import Kind, Meaning, Reply
from worker.core.values import replace

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
    ("deleted", "others", "stops"),
    [(49, 50, False), (49, 51, False), (50, 50, True), (50, 51, False), (99, 0, False), (100, 0, True)],
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
        ([(BAD, "http_422", 6), (GOOD, "", 94)], True),
        ([(BAD, "http_422", 6), (GOOD, "", 95)], False),
        ([(Verdict.INELIGIBLE, "documents", 500)], False),
    ],
)
def test_failures_are_judged_by_their_share_of_the_last_hundred(
    endings: list[tuple[Verdict, str, int]], stops: bool
) -> None:
    stop = objection(tally(*endings), LIMITS)
    assert why(stop) == ("max_failure_share" if stops else None)


CAUSE = "documents:http_404"


@pytest.mark.parametrize(
    ("endings", "expected"),
    [
        ([(Verdict.UNCHECKED, CAUSE, 19)], None),
        ([(Verdict.UNCHECKED, CAUSE, 20)], "one_cause"),
        ([(Verdict.INELIGIBLE, "documents", 5), (Verdict.UNCHECKED, CAUSE, 19)], None),
        ([(Verdict.INELIGIBLE, "documents", 5), (Verdict.UNCHECKED, CAUSE, 20)], "one_cause"),
        ([(Verdict.ELIGIBLE, "nothing_attached", 1), (Verdict.UNCHECKED, CAUSE, 20)], "max_failure_share"),
        ([(Verdict.UNCHECKED, "customer:http_206", 20)], "one_cause"),
        ([(Verdict.UNCHECKED, "customer:http_408", 20)], "max_failure_share"),
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
    assert why(objection(tally((*MISSED, 4), between, (*MISSED, 1)), LIMITS)) == expected
    assert why(objection(tally(between, (*MISSED, 4)), LIMITS)) is None


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
        ("aritems:http_400", "aritems_filter"),
        ("documents:http_422", "documents_key"),
        ("documents:html", "run `amili-purge doctor`"),
        ("customer:http_400", "doctor"),
    ],
)
def test_the_advice_names_the_setting_that_would_accept_such_answers(reason: str, line: str) -> None:
    assert line in accepting(reason)


REPLY = Reply(Kind.GET_CUSTOMER, Meaning.FORBIDDEN, "http_403", 403)
HALF = replace(LIMITS, max_delete_share=0.5)
FAILED = "customers ended unchecked, in doubt (we may have deleted them) or refused"
SHARED = "customers are more than the allowed share of 0.5"

# What is judged, and of its stop: the stable word, the exit code, whether it latches, the message, words of the advice.
STOPS: list[tuple[Callable[[], object], str, int, bool, str, str]] = [
    (
        partial(reserve, Tally(charged=7), replace(LIMITS, max_deletes=7)),
        *("max_deletes", 20, False, "7 customers are deleted or may be, and max_deletes is 7", "higher --max-deletes"),
    ),
    (
        partial(reserve, Tally(ended=100, deleted=50), HALF),
        *("max_delete_share", 20, True, f"51 deletions of 101 {SHARED}", "A higher max_delete_share"),
    ),
    (
        partial(plan_share, 501, HALF),
        *("max_delete_share", 20, True, f"501 deletions of 1000 {SHARED}", "`amili-purge resume`"),
    ),
    (
        partial(objection, tally((Verdict.UNCHECKED, CAUSE, 20)), LIMITS),
        *("one_cause", 76, False, f"20 customers could not be checked for one cause ({CAUSE}), and none passed"),
        'empty_list = "200,404"',
    ),
    (
        partial(objection, tally((*MISSED, 5)), LIMITS),
        *("delete_not_routed", 76, False, "5 DELETEs in a row were answered 404, and the customers are still there"),
        "DELETE does not seem to be routed at this base_url",
    ),
    (
        partial(objection, tally((Verdict.IN_DOUBT, "timeout", 4)), replace(LIMITS, max_in_doubt=3)),
        *(
            "max_in_doubt",
            20,
            True,
            "4 customers are in doubt (we may have deleted them), and max_in_doubt is 3",
            "`amili-purge reconcile`",
        ),
    ),
    (
        partial(objection, tally((BAD, "http_422", 20)), LIMITS),
        *("max_failure_share", 20, True, f"20 of the last 20 {FAILED}", "look at the reasons in report.csv"),
    ),
    (
        partial(objection, tally((Verdict.ELIGIBLE, "", 100), (Verdict.UNCHECKED, CAUSE, 6)), LIMITS),
        *("max_failure_share", 20, True, f"6 of the last 100 {FAILED}", 'empty_list = "200,404"'),
    ),
    (
        partial(guards.unauthorised, REPLY),
        *(
            "unauthorised",
            77,
            False,
            "the API does not accept our token (http_403)",
            "token_file or the OAuth settings",
        ),
    ),
    (partial(guards.forbidden, REPLY), "forbidden", 77, False, "the API forbids get_customer (403)", "protect list"),
    (
        partial(guards.redirected, REPLY),
        *("redirected", 76, False, "the API answers get_customer with a redirect", "base_url must be the API itself"),
    ),
    (
        partial(guards.out_of_reach, 300.0),
        *("outage", 69, False, "no useful answer within the outage budget of 300 s", "run the same command again"),
    ),
    (partial(guards.broken, "x"), "broken", 70, False, "x", "please report this, with the log"),
    (
        partial(guards.wrong_echo, "1007", "1008"),
        *("wrong_echo", 20, True, "the DELETE of 1007 was answered with a success for 1008", "in the ARM before"),
    ),
    (
        partial(guards.wrong_echo, "1007", ""),
        *("wrong_echo", 20, True, "the DELETE of 1007 was answered with a success for another", "both customers"),
    ),
    (
        partial(guards.still_there, "1007"),
        *("still_there", 76, False, "the deletion of 1007 was confirmed, but the customer is still there"),
        "the API's successes cannot be believed",
    ),
    (
        partial(guards.nobody_exists, 20),
        *("nobody_exists", 20, True, "20 customers were asked for and none exists", 'sentinel = "NUMBER"'),
    ),
    (
        partial(guards.sentinel_lost, "9"),
        *("sentinel_lost", 20, True, "the sentinel 9, which must exist, does not answer 200", "check base_url"),
    ),
    (
        partial(guards.latched, "spring", "wrong_echo"),
        *("latched", 20, False, "an earlier run was stopped for safety (wrong_echo), and nobody has lifted that"),
        'amili-purge resume spring --because "…"',
    ),
    (
        partial(guards.interrupted, "SIGTERM"),
        *("interrupted", 75, False, "SIGTERM received", "run the same command again"),
    ),
]


@pytest.mark.parametrize(("judged", "word", "code", "latches", "message", "advice"), STOPS)
def test_each_stop_has_its_word_and_exit_code_and_says_what_happened_and_what_to_do(
    judged: Callable[[], object], word: str, code: int, latches: bool, message: str, advice: str
) -> None:
    stop = judged()
    assert isinstance(stop, Stop)
    assert (stop.why, stop.exit, stop.latches, stop.message) == (word, code, latches, message)
    assert any(advice in line for line in stop.advice)


@pytest.mark.parametrize(
    ("why", "fits"),
    [
        ("nobody_exists: 20 customers were asked for", True),
        ("sentinel_lost: the sentinel 9", True),
        ("stop: stopped by ola", False),
        ("max_failure_share: 6 of the last 100", False),
    ],
)
def test_to_begin_anew_is_said_where_the_address_may_have_been_wrong(why: str, fits: bool) -> None:
    assert ("begin anew" in "\n".join(guards.latched("spring", why).advice)) is fits
