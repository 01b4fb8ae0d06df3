"""The two lists in either order: who waits for a permit longer, and from when a check grows old."""

from functools import partial

import pytest

from worker.core.eligibility import LISTS, Finding, Findings
from worker.core.lifecycle import Standing, State
from worker.core.replies import Kind, Meaning, Reply
from worker.core.steps import Ask, Priority, Progress, Purpose, Rules, heard, next_step

SOME, NONE = Finding.SOME, Finding.NONE
OPEN, LOST = Standing(), Standing(State.OPEN, unanswered=1)
working = partial(Progress, purpose=Purpose.DELETE)


def test_the_list_that_comes_first_waits_longer_than_the_one_that_ends_the_check() -> None:
    of = partial(next_step, rules=Rules(), now=0.0, witnessed=True, first=Kind.GET_ARITEMS)
    assert of(working(OPEN, findings=Findings(SOME))) == Ask(Kind.GET_ARITEMS, Priority.FIRST_LIST)
    assert of(working(OPEN, findings=Findings(SOME, None, NONE))) == Ask(Kind.GET_DOCUMENTS, Priority.SECOND_LIST)
    assert of(working(LOST, findings=Findings(SOME))) == Ask(Kind.GET_ARITEMS, Priority.FIRST_LIST)


@pytest.mark.parametrize("kinds", [LISTS, LISTS[::-1]])
def test_the_age_of_a_pass_counts_from_its_first_list_whichever_it_is(kinds: tuple[Kind, Kind]) -> None:
    progress = heard(working(OPEN), Reply(Kind.GET_CUSTOMER, Meaning.PRESENT, "http_200"), 7.0)
    for kind, at in zip(kinds, (8.0, 9.0), strict=True):
        progress = heard(progress, Reply(kind, Meaning.CLEAR, "http_200"), at)
    assert (progress.listed_at, progress.fresh_at) == (8.0, 9.0)
