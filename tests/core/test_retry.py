"""What follows each meaning of an answer, how long waits get, and when an outage ends the run."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.core.guards import Stop, out_of_reach
from worker.core.replies import Kind, Meaning, Reply
from worker.core.retry import UNGRANTED, Again, Decision, Final, Patience, RenewToken, RetryBudget, Silence, Try, decide
from worker.core.values import replace

PATIENCE = Patience(attempts=3, base=0.5, longest=30.0, outage=300.0)
M = Meaning


def heard(meaning: Meaning, status: int | None = 200, retry_after: float | None = None) -> Reply:
    """A reply to GET customer."""
    return Reply(Kind.GET_CUSTOMER, meaning, "said", status, retry_after=retry_after)


def decided(
    reply: Reply, *, tries: int = 0, began: float = 10.0, now: float = 11.0, silence: Silence | None = None
) -> Decision:
    """What follows, with dice at 1; without a silence of its own somebody was answered a moment ago."""
    return decide(reply, Try(tries, began, now, dice=1.0), silence or Silence(answered_at=10.5), PATIENCE)


# What follows a first answer of each meaning: a kind of decision, or the exit code and word of the stop.
FOLLOWS: dict[Meaning, type | tuple[int, str]] = {
    M.PRESENT: Final,
    M.CLEAR: Final,
    M.ABSENT: Final,
    M.DELETED: Final,
    M.REJECTED: Final,
    M.MISSING: Final,
    M.CONTESTED: Final,
    M.WRONG_ECHO: Final,
    M.UNUSABLE: Final,
    M.THROTTLED: Again,
    M.NOT_SENT: Again,
    M.UNANSWERED: Again,
    M.UNAUTHORISED: RenewToken,
    M.NO_CREDENTIALS: (77, "unauthorised"),
    M.FORBIDDEN: (77, "forbidden"),
    M.REDIRECTED: (76, "redirected"),
}


@pytest.mark.parametrize("meaning", Meaning)
@pytest.mark.parametrize("status", [None, 200])
def test_each_meaning_has_its_consequence(meaning: Meaning, status: int | None) -> None:
    decision, expected = decided(heard(meaning, status)), FOLLOWS[meaning]
    if isinstance(decision, Stop):
        assert (decision.exit, decision.why) == expected
    else:
        assert type(decision) is expected


@pytest.mark.parametrize("meaning", [M.NOT_SENT, M.UNANSWERED])
@pytest.mark.parametrize(
    ("tries", "expected"),
    [(0, Again(0.5, park=False, spent=True)), (1, Again(1.0, park=False, spent=True)), (2, Final())],
)
def test_a_miss_is_tried_again_until_the_attempts_are_spent(meaning: Meaning, tries: int, expected: Decision) -> None:
    assert decided(heard(meaning, None), tries=tries) == expected


@pytest.mark.parametrize("meaning", [M.NOT_SENT, M.UNANSWERED])
def test_while_nobody_is_answered_all_work_parks_and_no_attempt_is_spent(meaning: Meaning) -> None:
    nobody = Silence(answered_at=9.0, since=10.0, misses=3)
    assert decided(heard(meaning, None), tries=2, silence=nobody) == Again(4.0, park=True, spent=False)


def test_a_delete_that_has_left_counts_even_while_nobody_is_answered() -> None:
    lost = Reply(Kind.DELETE, M.UNANSWERED, "timeout")
    assert decided(lost, silence=Silence(answered_at=9.0, since=11.0, misses=1)) == Final()


@pytest.mark.parametrize("status", [None, 500])
def test_without_a_token_all_work_parks_whoever_else_is_answered(status: int | None) -> None:
    refused = Reply(Kind.TOKEN, M.UNANSWERED, "said", status)
    silence = Silence(answered_at=11.0).after(refused, 10.5, 11.0).after(refused, 11.5, 12.0)
    assert silence == Silence(answered_at=11.0, since=11.0, misses=2, missed_at=12.0)
    assert decided(refused, tries=2, silence=silence) == Again(2.0, park=True, spent=False)


def test_an_http_answer_is_no_outage_however_useless() -> None:
    nobody_else = Silence(answered_at=9.0)
    assert decided(heard(M.UNANSWERED, 500), tries=2, silence=nobody_else) == Final()


@pytest.mark.parametrize(
    ("retry_after", "expected"),
    [(7.0, Again(7.0, park=True, spent=False)), (None, Again(1.0, park=True, spent=False))],
)
def test_a_throttled_request_parks_all_for_the_time_told_or_backs_off(
    retry_after: float | None, expected: Decision
) -> None:
    throttled = heard(M.THROTTLED, 429, retry_after)
    assert decided(throttled, tries=9, silence=Silence(11.0, 11.0, misses=1)) == expected


@pytest.mark.parametrize(
    ("retry_after", "since", "stops"),
    [(300.0, 11.0, False), (300.0, None, False), (301.0, None, True), (100.0, -189.5, True)],
)
def test_a_wait_beyond_the_outage_budget_ends_the_run(retry_after: float, since: float | None, stops: bool) -> None:
    decision = decided(heard(M.THROTTLED, 429, retry_after), silence=Silence(11.0, since, misses=1))
    assert isinstance(decision, Stop) is stops
    if isinstance(decision, Stop):
        assert (decision.exit, decision.latches) == (69, False)


@pytest.mark.parametrize("meaning", [M.NOT_SENT, M.UNANSWERED, M.THROTTLED])
@pytest.mark.parametrize(("since", "expected"), [(-285.0, 4.0), (-289.0, None)])
def test_a_wait_of_our_own_choosing_ends_with_the_budget_and_not_before(
    meaning: Meaning, since: float, expected: float | None
) -> None:
    reply = heard(meaning, None)
    decision = decided(reply, silence=Silence(answered_at=-290.0, since=since, misses=9))
    assert decision == (out_of_reach(300.0, reply) if expected is None else Again(expected, park=True, spent=False))


@pytest.mark.parametrize("kind", Kind)
def test_where_it_was_the_token_that_could_not_be_had_the_advice_says_so(kind: Kind) -> None:
    stop = decided(Reply(kind, M.NOT_SENT, "dns"), silence=Silence(answered_at=-290.0, since=-289.0, misses=9))
    assert isinstance(stop, Stop)
    assert (UNGRANTED in stop.advice) is (kind is Kind.TOKEN)


@given(st.integers(0, 2000), st.floats(0, 1))
def test_a_wait_is_a_random_part_of_a_doubling_ceiling(misses: int, dice: float) -> None:
    assert 0 <= PATIENCE.wait(misses, dice) <= min(30.0, 0.5 * 2.0 ** min(misses, 60))
    assert PATIENCE.wait(misses, 1.0) == min(30.0, 0.5 * 2.0 ** min(misses, 60))


def test_retries_are_paid_for_by_useful_answers() -> None:
    budget = RetryBudget(purse=1.0, full=1.05, earned=0.1)
    spent = budget.spend()
    assert spent is not None
    assert spent.spend() is None
    assert spent.earn().purse == pytest.approx(0.1)
    assert budget.earn().purse == 1.05


def test_a_silence_lasts_from_the_first_miss_to_the_next_useful_answer() -> None:
    silence = (
        Silence(answered_at=1.0).after(heard(M.NOT_SENT, None), 1.5, 2.0).after(heard(M.UNANSWERED, None), 2.0, 3.0)
    )
    assert silence == Silence(answered_at=1.0, since=2.0, misses=2, missed_at=3.0)
    assert silence.after(heard(M.THROTTLED, 429), 3.5, 4.0) == Silence(4.0, since=2.0, misses=3, missed_at=4.0)
    assert silence.after(heard(M.UNANSWERED, 500), 4.0, 5.0) == Silence(answered_at=5.0)


@pytest.mark.parametrize(("began", "nobody"), [(0.5, False), (1.0, False), (1.5, True)])
def test_nobody_was_heard_since_a_request_began_if_no_answer_is_younger(began: float, nobody: bool) -> None:
    assert Silence(answered_at=1.0).heard_nobody_since(began) is nobody


def test_requests_that_were_in_flight_together_miss_together() -> None:
    throttled, silence = heard(M.THROTTLED, 429), Silence(answered_at=1.0)
    for now in (2.0, 2.1, 2.2):
        silence = silence.after(throttled, 1.5, now)
    assert silence == Silence(answered_at=2.2, since=2.0, misses=1, missed_at=2.0)
    assert silence.after(throttled, 2.0, 3.0).misses == 2


def test_an_answer_too_many_ends_the_run_before_anything_is_mistaken() -> None:
    stop = decided(replace(heard(M.NOT_SENT, None), cause="surplus_answer"))
    assert isinstance(stop, Stop)
    assert (stop.exit, stop.why) == (76, "surplus_answer")


def test_a_surplus_answer_is_explained_to_whoever_reads_the_last_line() -> None:
    stop = decided(replace(heard(M.NOT_SENT, None), cause="surplus_answer"))
    assert isinstance(stop, Stop)
    assert stop.message == (
        "a connection held an answer that nobody had asked for, so answers can no longer be told apart"
    )
    assert stop.advice == (
        "a proxy or load balancer on the way may repeat answers: ask the API's owner before going on",
    )


def test_the_end_of_an_outage_names_what_went_wrong_last() -> None:
    message = out_of_reach(300.0, heard(M.UNANSWERED, 502)).message
    assert message == "no useful answer within the outage budget of 300 s (the last try, get_customer: said)"
