"""The next step: named situations, all combinations, and walks against a server whose truth is known."""

from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.core.server_model import Fate, Server, Walk
from tests.core.strategies import READS, TAKEN_UP, progresses
from worker.core.eligibility import Finding, Findings
from worker.core.lifecycle import TRANSITIONS, Move, Standing, State, Verdict
from worker.core.replies import Kind, Meaning, Reply
from worker.core.steps import (
    Ask,
    Delete,
    Hold,
    Priority,
    Progress,
    Purpose,
    Renew,
    Rules,
    Settle,
    Step,
    answered,
    effect,
    heard,
    next_step,
    renewed,
)
from worker.core.values import replace

RULES = Rules(check_max_age=2.0, settle_time=1.0, verify_time=30.0, deletes=3, renewals=20)
SOME, NONE, UNKNOWN = Finding.SOME, Finding.NONE, Finding.UNKNOWN
FREE = Findings(SOME, NONE, NONE)
ODD = Findings(NONE, SOME)
GONE, THERE, UNREAD = Findings(NONE), Findings(SOME), Findings(UNKNOWN, why="x")
OPEN = Standing()
LOST = Standing(State.OPEN, unanswered=1)
DOUBTED = Standing(State.IN_DOUBT, unanswered=1)
MISSING = Standing(State.MISSING, delete_status=404)
MISSING_TOO = replace(MISSING, unanswered=1)
CONTESTED = Standing(State.CONTESTED, delete_status=409)
CONTESTED_TOO = replace(CONTESTED, unanswered=1)
CONFIRMED = Standing(State.CONFIRMED, delete_status=200)
working = partial(Progress, purpose=Purpose.DELETE)
"""A customer being deleted; what this pass has found was found at 0 s."""
READ_BACK = Ask(Kind.GET_CUSTOMER, Priority.READ_BACK)


def step(progress: Progress, *, now: float = 0.0, witnessed: bool = True) -> Step:
    """The next step by the rules above."""
    return next_step(progress, RULES, now, witnessed=witnessed)


def ending(progress: Progress, *, now: float = 0.0, witnessed: bool = True) -> tuple[Verdict, str]:
    """The verdict and the reason with which the customer ends here."""
    found = step(progress, now=now, witnessed=witnessed)
    assert isinstance(found, Settle)
    return found.verdict, found.reason


FIRST_PASS: list[tuple[Findings, Step]] = [
    (Findings(), Ask(Kind.GET_CUSTOMER, Priority.CUSTOMER)),
    (Findings(SOME), Ask(Kind.GET_DOCUMENTS, Priority.FIRST_LIST)),
    (Findings(SOME, NONE), Ask(Kind.GET_ARITEMS, Priority.SECOND_LIST)),
    (FREE, Delete()),
    (Findings(NONE), Hold()),
    (
        Findings(UNKNOWN, why="customer:http_400"),
        Settle(Verdict.UNCHECKED, "customer:http_400", {"customer": "unknown"}),
    ),
    (
        Findings(SOME, SOME),
        Settle(Verdict.INELIGIBLE, "documents", {"customer": "some", "documents": "some"}),
    ),
    (
        Findings(SOME, NONE, SOME),
        Settle(Verdict.INELIGIBLE, "ar_items", {"customer": "some", "documents": "none", "aritems": "some"}),
    ),
]


@pytest.mark.parametrize(("findings", "expected"), FIRST_PASS)
@pytest.mark.parametrize("state", [State.OPEN, State.HELD, State.ELIGIBLE, State.UNCHECKED, State.REFUSED])
def test_a_customer_without_a_delete_is_read_in_order(state: State, findings: Findings, expected: Step) -> None:
    assert step(working(Standing(state), findings=findings)) == expected


# What is settled after a DELETE: the progress, whether anything was witnessed, the verdict and its reason.
SETTLEMENTS: list[tuple[str, Progress, bool, Verdict, str]] = [
    ("422", working(Standing(State.REJECTED, 0, 422)), False, Verdict.REFUSED, "http_422"),
    ("422 after a lost one", working(Standing(State.REJECTED, 1, 422)), False, Verdict.REFUSED, "http_422"),
    ("200", working(CONFIRMED), False, Verdict.DELETED, "confirmed"),
    ("200, read back", working(CONFIRMED, findings=GONE, verify=True), False, Verdict.DELETED, "read_back"),
    ("200, unreadable", working(CONFIRMED, findings=UNREAD, verify=True), False, Verdict.DELETED, "confirmed"),
    ("lost, gone", working(LOST, findings=GONE), True, Verdict.DELETED_INFERRED, "read_back"),
    ("lost, unreadable", working(LOST, findings=UNREAD), True, Verdict.IN_DOUBT, "x"),
    ("lost, there, documents", working(LOST, findings=Findings(SOME, SOME)), True, Verdict.INELIGIBLE, "documents"),
    ("lost, half read", working(LOST, findings=Findings(SOME, UNKNOWN, why="x")), True, Verdict.IN_DOUBT, "x"),
    ("lost, there, spent", working(LOST, findings=FREE, deletes=3), True, Verdict.IN_DOUBT, "attempts_spent"),
    ("lost, protected", working(LOST, findings=FREE, protected=True), True, Verdict.IN_DOUBT, "still_there"),
    ("404, gone", working(MISSING, findings=GONE), True, Verdict.ALREADY_ABSENT, "read_back"),
    ("lost, 404, gone", working(MISSING_TOO, findings=GONE), True, Verdict.DELETED_INFERRED, "read_back"),
    ("404, there", working(MISSING, findings=THERE), True, Verdict.IN_DOUBT, "missing_yet_there"),
    ("409, there", working(CONTESTED, findings=THERE), True, Verdict.REFUSED, "http_409"),
    ("lost, 409, there", working(CONTESTED_TOO, findings=THERE), True, Verdict.IN_DOUBT, "http_409"),
    ("409, gone", working(CONTESTED, findings=GONE), True, Verdict.DELETED_INFERRED, "read_back"),
    ("wrong echo, there", working(LOST, findings=THERE, misdirected=True), True, Verdict.IN_DOUBT, "wrong_echo"),
    ("wrong echo, gone", working(LOST, findings=GONE, misdirected=True), True, Verdict.IN_DOUBT, "wrong_echo"),
    ("no witness", working(LOST, findings=Findings(NONE, UNKNOWN)), False, Verdict.IN_DOUBT, "absence_not_believed"),
    ("gone, but documents", working(LOST, findings=ODD), True, Verdict.IN_DOUBT, "absent_with_documents"),
    ("protected", working(OPEN, protected=True), True, Verdict.PROTECTED, "protect_list"),
    ("protected, free", working(OPEN, findings=FREE, protected=True), True, Verdict.PROTECTED, "protect_list"),
    ("sentinel", working(OPEN, protected=True, sentinel=True), True, Verdict.PROTECTED, "sentinel"),
    ("never sent", working(OPEN, findings=FREE, deletes=3), True, Verdict.UNCHECKED, "attempts_spent"),
]


@pytest.mark.parametrize(
    ("progress", "witnessed", "verdict", "reason"),
    [row[1:] for row in SETTLEMENTS],
    ids=[row[0] for row in SETTLEMENTS],
)
def test_what_is_believed_after_a_delete(progress: Progress, witnessed: bool, verdict: Verdict, reason: str) -> None:
    assert ending(progress, witnessed=witnessed) == (verdict, reason)


@pytest.mark.parametrize(
    ("standing", "spent", "after"),
    [(LOST, 1, 1.0), (LOST, 0, 0.0), (DOUBTED, 0, 0.0), (Standing(State.MISSING), 1, 1.0)],
)
def test_an_open_effect_is_read_back_first_after_a_settle_time_if_the_delete_left_in_this_run(
    standing: Standing, spent: int, after: float
) -> None:
    assert step(working(standing, deletes=spent)) == replace(READ_BACK, after=after)
    assert step(working(standing, deletes=spent, renewals=1)) == replace(READ_BACK, after=1.0)


def test_a_lost_delete_is_followed_by_another_only_after_the_whole_check() -> None:
    assert step(working(LOST, findings=Findings(SOME))) == Ask(Kind.GET_DOCUMENTS, Priority.FIRST_LIST)
    assert step(working(LOST, findings=FREE, deletes=2)) == Delete()


def test_an_unwitnessed_absence_asks_for_a_list_before_it_is_believed() -> None:
    assert step(working(LOST, findings=Findings(NONE)), witnessed=False) == Ask(Kind.GET_DOCUMENTS, Priority.READ_BACK)


@pytest.mark.parametrize("purpose", [Purpose.PLAN, Purpose.RECONCILE])
def test_who_only_reads_settles_a_doubt_as_far_as_reading_can(purpose: Purpose) -> None:
    doubt = working(DOUBTED, purpose=purpose)
    assert ending(replace(doubt, findings=Findings(SOME, SOME))) == (Verdict.INELIGIBLE, "documents")
    assert ending(replace(doubt, findings=Findings(NONE))) == (Verdict.DELETED_INFERRED, "read_back")
    assert ending(replace(doubt, findings=FREE)) == (Verdict.IN_DOUBT, "still_there")


def test_a_plan_ends_with_the_word_eligible() -> None:
    plan = working(OPEN, findings=FREE, purpose=Purpose.PLAN)
    assert ending(plan, now=99.0) == (Verdict.ELIGIBLE, "nothing_attached")


@pytest.mark.parametrize(
    ("age", "lasted", "expected"),
    [(2.0, 2.0, Delete()), (2.1, 0.0, Renew()), (0.0, 4.0, Delete()), (0.0, 4.1, Renew())],
)
@pytest.mark.parametrize("listed_at", [0.0, 1000.0])
def test_a_clearance_that_grew_old_or_was_drawn_out_is_checked_again(
    listed_at: float, age: float, lasted: float, expected: Step
) -> None:
    cleared = working(OPEN, findings=FREE, listed_at=listed_at, fresh_at=listed_at + lasted)
    assert step(cleared, now=listed_at + lasted + age) == expected


@pytest.mark.parametrize(("standing", "verdict"), [(Standing(), Verdict.UNCHECKED), (LOST, Verdict.IN_DOUBT)])
@pytest.mark.parametrize("now", [1.9, 2.1])
def test_passes_that_lead_to_no_attempt_are_not_begun_for_ever(
    standing: Standing, verdict: Verdict, now: float
) -> None:
    assert ending(working(standing, findings=FREE, renewals=20), now=now) == (verdict, "passes_spent")


def test_a_success_that_is_read_back_and_still_there_is_asked_again_for_half_a_minute() -> None:
    success = working(CONFIRMED, verify=True, answered_at=100.0)
    assert step(success, now=100.0) == READ_BACK
    still = replace(success, findings=Findings(SOME))
    assert step(still, now=129.0) == replace(READ_BACK, after=1.0)
    assert step(still, now=130.0) == Settle(
        Verdict.IN_DOUBT, "still_there_after_success", {"customer": "some", "status": 200}
    )


def test_what_a_read_found_is_kept_until_a_new_pass() -> None:
    progress = heard(replace(working(OPEN), gets=1), Reply(Kind.GET_CUSTOMER, Meaning.PRESENT, "http_200"), 7.0)
    assert (progress.findings, progress.listed_at, progress.fresh_at) == (Findings(SOME), 0.0, 7.0)
    later = heard(progress, Reply(Kind.GET_DOCUMENTS, Meaning.CLEAR, "http_200"), 8.0)
    assert (later.listed_at, later.fresh_at) == (8.0, 8.0)
    last = heard(later, Reply(Kind.GET_ARITEMS, Meaning.CLEAR, "http_200"), 9.0)
    assert (last.listed_at, last.fresh_at) == (8.0, 9.0)
    assert (renewed(progress).findings, renewed(progress).gets, renewed(progress).renewals) == (Findings(), 0, 1)


# What each answer to a DELETE says of its effect; whatever is not here is unanswered.
EFFECTS = {
    Meaning.DELETED: Move.CONFIRM,
    Meaning.REJECTED: Move.REJECT,
    Meaning.MISSING: Move.MISS,
    Meaning.CONTESTED: Move.CONTEST,
    Meaning.UNAUTHORISED: Move.TURNED_AWAY,
    Meaning.FORBIDDEN: Move.TURNED_AWAY,
    Meaning.NOT_SENT: Move.TURNED_AWAY,
    Meaning.NO_CREDENTIALS: Move.GIVE_UP,
}


@pytest.mark.parametrize("meaning", Meaning)
def test_only_a_certain_answer_says_what_a_delete_did(meaning: Meaning) -> None:
    assert effect(Reply(Kind.DELETE, meaning, "said")) is EFFECTS.get(meaning, Move.UNANSWERED)


@pytest.mark.parametrize(("spent", "deletes", "renewals"), [(True, 2, 0), (False, 1, 1)])
def test_an_answered_delete_begins_a_new_pass(spent: bool, deletes: int, renewals: int) -> None:
    before = working(Standing(State.INTENDED), findings=FREE, gets=3, deletes=1)
    reply = Reply(Kind.DELETE, Meaning.WRONG_ECHO, "wrong_echo", 200)
    after = answered(before, reply, 5.0, spent=spent)
    expected = working(Standing(State.OPEN, 1, 200), answered_at=5.0, deletes=deletes, misdirected=True)
    assert after == replace(expected, renewals=renewals)
    later = answered(
        replace(after, standing=Standing(State.INTENDED)), replace(reply, meaning=Meaning.DELETED), 6.0, spent=spent
    )
    assert later.misdirected


@settings(max_examples=10 * settings().max_examples)
@given(progresses, st.floats(0, 200), st.booleans())
def test_every_progress_has_a_next_step_and_no_delete_without_permission(
    progress: Progress, now: float, witnessed: bool
) -> None:
    following = step(progress, now=now, witnessed=witnessed)
    match following:
        case Delete():
            assert progress.findings.evidence() == {"customer": "some", "documents": "none", "aritems": "none"}
            assert now - progress.fresh_at <= RULES.check_max_age
            assert now - progress.listed_at <= 2 * RULES.check_max_age
            assert progress.purpose is Purpose.DELETE
            assert progress.deletes < RULES.deletes
            assert not progress.protected
            assert (progress.standing.state, Move.INTEND) in TRANSITIONS
        case Settle():
            assert (progress.standing.state, following.move) in TRANSITIONS
            if progress.standing.unanswered:
                assert following.verdict not in (Verdict.UNCHECKED, Verdict.PROTECTED, Verdict.ALREADY_ABSENT)
        case Hold():
            assert not progress.standing.owed
        case Ask():
            assert following.kind in READS
        case Renew():
            assert progress.renewals < RULES.renewals


@pytest.mark.parametrize("state", TAKEN_UP)
@pytest.mark.parametrize("purpose", [Purpose.PLAN, Purpose.RECONCILE])
def test_nothing_is_deleted_but_for_the_purpose_of_deleting(state: State, purpose: Purpose) -> None:
    assert step(working(Standing(state), findings=FREE, purpose=purpose)) != Delete()


HONEST = sorted(set(Fate) - {Fate.LIE})
"""A success that is a lie is found only by reading back: it has its own test."""
fates = st.lists(st.sampled_from(HONEST), max_size=16)
truths = st.builds(Server, there=st.booleans(), documents=st.booleans(), aritems=st.booleans())
free = st.builds(Server)
runs = st.lists(st.tuples(st.sampled_from(Purpose), st.booleans()), min_size=1, max_size=4)


@settings(max_examples=15 * settings().max_examples)
@given(free | truths, fates, runs)
def test_every_walk_ends_with_a_verdict_that_is_true(
    server: Server, script: list[Fate], commands: list[tuple[Purpose, bool]]
) -> None:
    walk = Walk(server, iter(script), RULES)
    for purpose, verify in commands:
        walk.run(purpose, verify=verify)
        if walk.standing.state in (State.DELETED, State.DELETED_INFERRED, State.ALREADY_ABSENT):
            return


def test_a_success_that_is_a_lie_is_found_by_reading_back() -> None:
    walk = Walk(Server(), iter([Fate.WELL, Fate.WELL, Fate.WELL, Fate.LIE]), RULES)
    walk.run(Purpose.DELETE, verify=True)
    assert walk.settled is not None
    assert (walk.settled.verdict, walk.settled.reason) == (Verdict.IN_DOUBT, "still_there_after_success")


@pytest.mark.parametrize("fate", HONEST)
def test_after_any_single_mishap_further_runs_come_to_a_settled_verdict(fate: Fate) -> None:
    walk = Walk(Server(), iter([Fate.WELL, Fate.WELL, Fate.WELL, fate]), RULES)
    for _ in range(3):
        if walk.standing.state not in (State.DELETED, State.DELETED_INFERRED, State.REFUSED):
            walk.run(Purpose.DELETE)
    assert walk.standing.state in (State.DELETED, State.DELETED_INFERRED, State.REFUSED, State.INELIGIBLE)
