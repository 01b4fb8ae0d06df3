"""Every state with every move, legal or not, against a table written by hand; and what a standing amounts to."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.diagram import PAGE, page
from worker.core.lifecycle import (
    OPEN_STATES,
    RECHECK_STATES,
    TRANSITIONS,
    IllegalMove,
    Move,
    Standing,
    State,
    Verdict,
    recover,
    reported,
)

AT_REST = "hold intend eligible ineligible protected unchecked already_absent deleted_inferred in_doubt"

# Each state, and the moves that it allows. Written from the verdicts' page, not from the code.
ALLOWED = {
    "open": AT_REST,
    "held": AT_REST,
    "eligible": AT_REST,
    "unchecked": AT_REST,
    "in_doubt": AT_REST,
    "ineligible": AT_REST,
    "protected": AT_REST,
    "refused": AT_REST,
    "already_absent": AT_REST,
    "intended": "give_up turned_away unanswered confirm reject miss contest",
    "confirmed": "deleted in_doubt",
    "rejected": "refused",
    "missing": "already_absent deleted_inferred in_doubt",
    "contested": "refused deleted_inferred in_doubt",
    "deleted": "",
    "deleted_inferred": "",
}

# Where each move leads, wherever it is allowed; a verdict leads to the state of its name.
LEADS_TO = {
    "hold": "held",
    "intend": "intended",
    "give_up": "open",
    "turned_away": "open",
    "unanswered": "open",
    "confirm": "confirmed",
    "reject": "rejected",
    "miss": "missing",
    "contest": "contested",
    "eligible": "eligible",
    "deleted": "deleted",
    "deleted_inferred": "deleted_inferred",
    "already_absent": "already_absent",
    "ineligible": "ineligible",
    "protected": "protected",
    "refused": "refused",
    "unchecked": "unchecked",
    "in_doubt": "in_doubt",
}

# A state without a lost answer: the verdict it is reported with (outside a plan), owed, charged.
AMOUNTS_TO = {
    "open": ("not_reached", False, False),
    "held": ("not_reached", False, False),
    "intended": ("in_doubt", True, True),
    "confirmed": ("in_doubt", True, True),
    "rejected": ("in_doubt", True, True),
    "missing": ("in_doubt", True, True),
    "contested": ("in_doubt", True, True),
    "eligible": ("not_reached", False, False),
    "deleted": ("deleted", False, True),
    "deleted_inferred": ("deleted_inferred", False, True),
    "already_absent": ("already_absent", False, False),
    "ineligible": ("ineligible", False, False),
    "protected": ("protected", False, False),
    "refused": ("refused", False, False),
    "unchecked": ("unchecked", False, False),
    "in_doubt": ("in_doubt", True, True),
}
# The same with a lost answer, where that makes a difference.
AMOUNTS_TO_WITH_A_LOST_ANSWER = AMOUNTS_TO | {
    "open": ("in_doubt", True, True),
    "held": ("in_doubt", True, True),
    "eligible": ("in_doubt", True, True),
    "unchecked": ("in_doubt", True, True),
    "already_absent": ("already_absent", True, False),
    "ineligible": ("ineligible", True, False),
    "protected": ("protected", True, False),
    "refused": ("refused", True, False),
}


def test_the_hand_written_tables_name_every_state_and_move() -> None:
    assert set(ALLOWED) == set(AMOUNTS_TO) == set(State)
    assert set(LEADS_TO) == set(Move)


@pytest.mark.parametrize("state", State)
def test_a_state_allows_its_moves_and_no_others(state: State) -> None:
    for move in Move:
        if move in ALLOWED[state].split():
            assert Standing(state).after(move).state == LEADS_TO[move]
        else:
            with pytest.raises(IllegalMove, match=f"{state} does not allow {move}"):
                Standing(state).after(move)


def test_the_table_holds_nothing_besides() -> None:
    assert len(TRANSITIONS) == sum(len(moves.split()) for moves in ALLOWED.values())


@pytest.mark.parametrize(
    ("state", "before", "move", "after"),
    [
        (State.INTENDED, 0, Move.UNANSWERED, 1),
        (State.INTENDED, 1, Move.UNANSWERED, 2),
        (State.INTENDED, 1, Move.TURNED_AWAY, 1),
        (State.INTENDED, 0, Move.GIVE_UP, 0),
        (State.INTENDED, 0, Move.CONTEST, 0),
        (State.INTENDED, 0, Move.MISS, 0),
        (State.CONFIRMED, 0, Move.IN_DOUBT, 1),
        (State.CONFIRMED, 0, Move.DELETED, 0),
        (State.CONTESTED, 0, Move.IN_DOUBT, 1),
        (State.CONTESTED, 0, Move.REFUSED, 0),
        (State.MISSING, 0, Move.IN_DOUBT, 0),
        (State.IN_DOUBT, 0, Move.INTEND, 1),
        (State.IN_DOUBT, 2, Move.INTEND, 2),
        (State.OPEN, 0, Move.INTEND, 0),
        (State.OPEN, 1, Move.IN_DOUBT, 1),
    ],
)
def test_only_a_delete_of_unknown_effect_counts_as_unanswered(
    state: State, before: int, move: Move, after: int
) -> None:
    assert Standing(state, before).after(move).unanswered == after


def test_the_status_of_the_last_answered_delete_is_kept() -> None:
    standing = Standing(State.INTENDED).after(Move.CONTEST, 409)
    assert standing.after(Move.REFUSED).delete_status == 409
    assert replied(standing.after(Move.REFUSED)).delete_status == 500


def replied(standing: Standing) -> Standing:
    """The standing after one more DELETE that was answered 500."""
    return standing.after(Move.INTEND).after(Move.UNANSWERED, 500)


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize(("unanswered", "table"), [(0, AMOUNTS_TO), (1, AMOUNTS_TO_WITH_A_LOST_ANSWER)])
def test_a_standing_amounts_to_what_the_contract_says(
    state: State, unanswered: int, table: dict[str, tuple[str, bool, bool]]
) -> None:
    standing = Standing(state, unanswered)
    assert (reported(standing, planning=False), standing.owed, standing.charged) == table[state]


@pytest.mark.parametrize(("state", "unanswered", "planning"), [*product(State, range(3), [True, False])])
def test_the_cap_counts_exactly_what_is_or_may_be_deleted_by_us(state: State, unanswered: int, planning: bool) -> None:
    standing = Standing(state, unanswered)
    maybe_by_us = {Verdict.DELETED, Verdict.DELETED_INFERRED, Verdict.IN_DOUBT}
    assert standing.charged == (reported(standing, planning=planning) in maybe_by_us)


def test_eligible_is_a_plans_word_only() -> None:
    told = {state: reported(Standing(state), planning=True) for state in State}
    assert told.pop(State.ELIGIBLE) is Verdict.ELIGIBLE
    assert {state: verdict.value for state, verdict in told.items()} == {
        state: AMOUNTS_TO[state][0] for state in State if state is not State.ELIGIBLE
    }


def test_an_intent_found_at_a_start_may_have_left_the_house() -> None:
    assert recover(Standing(State.INTENDED)) == Standing(State.OPEN, 1)
    assert recover(Standing(State.INTENDED, 1, 500)) == Standing(State.OPEN, 2, 500)


def test_a_held_customer_is_read_anew_at_a_start() -> None:
    assert recover(Standing(State.HELD)) == Standing(State.OPEN)


@pytest.mark.parametrize("state", sorted(set(State) - {State.INTENDED, State.HELD}))
def test_a_start_leaves_every_other_standing_as_it_is(state: State) -> None:
    assert recover(Standing(state, 1, 404)) == Standing(state, 1, 404)


def test_every_state_is_taken_up_by_itself_or_on_request_but_deletions() -> None:
    assert not OPEN_STATES & RECHECK_STATES
    assert set(State) - OPEN_STATES - RECHECK_STATES == {State.DELETED, State.DELETED_INFERRED}
    assert {"ineligible", "protected", "refused", "already_absent", "eligible"} == RECHECK_STATES


@given(st.lists(st.sampled_from(Move), max_size=40))
def test_a_deletion_is_final_and_a_lost_answer_is_never_forgotten(moves: list[Move]) -> None:
    standing = Standing()
    for move in moves:
        if (standing.state, move) not in TRANSITIONS:
            continue
        before, standing = standing, standing.after(move)
        assert before.state not in (State.DELETED, State.DELETED_INFERRED)
        assert standing.unanswered >= before.unanswered
        if standing.unanswered and standing.state in OPEN_STATES:
            assert reported(standing, planning=False) is Verdict.IN_DOUBT


def test_the_page_of_the_lifecycle_shows_this_table() -> None:
    assert PAGE.read_text("utf-8") == page(), "run `python -m tests.core.diagram`"
