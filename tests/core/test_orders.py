"""What people order: which of two numbers holds, who else must stop, and that a halt is kept word for word."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.core.guards import Stop
from worker.core.orders import Orders, careful, for_all, read, stopped, written
from worker.errors import Exit

STOPS = st.builds(
    Stop,
    exit=st.sampled_from(Exit),
    why=st.text(min_size=1, max_size=20),
    message=st.text(max_size=50),
    advice=st.lists(st.text(max_size=20), max_size=3).map(tuple),
    latches=st.booleans(),
)


@pytest.mark.parametrize(
    ("own", "ordered", "holds"), [(5, 3, 3), (3, 5, 3), (None, 5, 5), (5, None, 5), (None, None, None), (0, 5, 0)]
)
def test_a_start_keeps_to_the_smaller_of_what_is_known(own: float | None, ordered: float | None, holds: object) -> None:
    assert careful(own, ordered) == holds


@given(STOPS)
def test_a_halt_is_kept_word_for_word(stop: Stop) -> None:
    assert read(written(stop)) == stop


def test_a_halt_without_advice_is_read_too() -> None:
    kept = {"exit": 20, "why": "w", "message": "m", "advice": None, "latches": False}
    assert read(kept) == Stop(Exit.SAFETY_STOP, "w", "m")


@pytest.mark.parametrize("code", Exit)
def test_guards_and_answers_that_cannot_be_believed_end_all_workers_and_nothing_else_does(code: Exit) -> None:
    assert for_all(Stop(code, "w", "m")) == (code in {Exit.SAFETY_STOP, Exit.PROTOCOL})


def test_a_stop_by_a_person_names_the_person_bars_later_starts_and_is_for_all() -> None:
    stop = stopped("anna on host")
    assert (stop.exit, stop.why, stop.latches, for_all(stop)) == (Exit.SAFETY_STOP, "stop", True, True)
    assert "anna on host" in stop.message


def test_nothing_is_ordered_at_first() -> None:
    assert Orders() == Orders(count=0, paused=False, rate=None, max_deletes=None, halt=None)


def test_a_stop_by_a_person_says_what_was_sent() -> None:
    assert stopped("x").advice == ("nothing new was sent; what had left was settled",)


def test_a_halt_is_written_with_its_exit_code_as_a_number() -> None:
    kept = {"exit": 20, "why": "w", "message": "m", "advice": ("a",), "latches": True}
    assert written(Stop(Exit.SAFETY_STOP, "w", "m", ("a",), latches=True)) == kept
