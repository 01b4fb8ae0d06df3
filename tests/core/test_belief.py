"""When a 404 is believed: rows of them, the sentinel's turn, and lists in which nobody exists."""

from functools import reduce

import pytest

from worker.core.belief import Belief, Close, at_the_end


def after(row: int, belief: Belief = Belief()) -> Belief:  # noqa: B008 - a frozen value is the same for every call
    """The belief after so many 404s in a row."""
    return reduce(lambda so_far, _: so_far.missing(), range(row), belief)


SEEN = Belief().found()


def test_a_found_customer_ends_the_row_and_shows_that_routes_work() -> None:
    assert after(7).found() == Belief(seen=True, routed=True, row=0)


def test_a_readable_list_shows_that_routes_work_but_vouches_for_no_404() -> None:
    assert after(7).listed() == Belief(seen=False, routed=True, row=7)


@pytest.mark.parametrize(("row", "wanted"), [(0, False), (19, False), (20, True), (21, False), (40, True)])
def test_the_sentinel_is_read_after_every_twenty_404s(row: int, wanted: bool) -> None:
    assert after(row).wants_sentinel is wanted
    assert after(row, SEEN).wants_sentinel is wanted


@pytest.mark.parametrize(("row", "spread"), [(19, False), (20, True), (99, True)])
def test_after_twenty_ghosts_the_next_are_taken_from_across_the_list(row: int, spread: bool) -> None:
    assert after(row).spread is spread
    assert not after(row, SEEN).spread


@pytest.mark.parametrize(("row", "nobody"), [(99, False), (100, True)])
def test_a_hundred_ghosts_and_nobody_found_are_enough(row: int, nobody: bool) -> None:
    assert after(row).nobody is nobody
    assert not after(row, SEEN).nobody


@pytest.mark.parametrize(
    ("belief", "close"),
    [
        (after(19, SEEN), Close.BELIEVE),
        (after(20, SEEN), Close.UNCHECKED),
        (after(19), Close.UNCHECKED),
        (after(19).listed(), Close.UNCHECKED),
        (after(20), Close.NOBODY),
    ],
)
def test_what_is_still_held_at_the_end_is_believed_only_in_a_short_row_after_a_200(
    belief: Belief, close: Close
) -> None:
    assert at_the_end(belief) is close
