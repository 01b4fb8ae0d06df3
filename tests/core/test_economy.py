"""What a customer took in requests: who counts for what, and how it is told."""

import pytest

from worker.core.economy import Economy, Spent
from worker.core.lifecycle import Verdict

TAKEN = {
    Verdict.DELETED: Spent(deletions=1, for_deletions=5),
    Verdict.DELETED_INFERRED: Spent(deletions=1, for_deletions=5),
    Verdict.INELIGIBLE: Spent(rejections=1, for_rejections=5),
}


@pytest.mark.parametrize("verdict", Verdict)
def test_deletions_and_rejections_are_counted_and_nothing_else_is(verdict: Verdict) -> None:
    assert Spent().after(verdict, 5) == TAKEN.get(verdict, Spent())


def test_what_was_spent_outlives_a_run() -> None:
    spent = Spent().after(Verdict.DELETED, 4).after(Verdict.INELIGIBLE, 2).after(Verdict.DELETED_INFERRED, 6)
    assert spent == Spent(2, 10, 1, 2)
    assert Spent.of(spent.counts()) == spent
    assert Spent.of({"delete": 9}) == Spent()


def test_the_figures_stand_beside_the_least() -> None:
    assert Economy.of({}) == Economy(None, 4, None, None)
    learned = {"documents_first": 10, "documents_found": 0, "aritems_first": 10, "aritems_found": 5}
    counts = Spent(3, 13, 4, 9).counts() | learned
    assert Economy.of(counts) == Economy(4.333, 4, 2.25, 2.0)


def test_the_least_is_told_to_the_thousandth() -> None:
    learned = {"documents_first": 3, "documents_found": 1, "aritems_first": 3, "aritems_found": 1}
    assert Economy.of(learned).least_per_rejection == 2.4
    learned = {"documents_first": 7, "documents_found": 1, "aritems_first": 7, "aritems_found": 2}
    assert Economy.of(learned).least_per_rejection == 2.263
