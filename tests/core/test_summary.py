"""Whether the account adds up, and which exit code the counts amount to."""

import pytest

from worker.core.chain import Head
from worker.core.lifecycle import Verdict
from worker.core.summary import SETTLED, Summary, ended
from worker.errors import Exit

ONE_OF_EACH = dict.fromkeys(Verdict, 1)


def summary(rows: int) -> Summary:
    """An account of so many rows, in which each verdict stands once."""
    return Summary(
        campaign="spring",
        rows=rows,
        customers=10,
        verdicts=ONE_OF_EACH,
        requests={"delete": 3},
        started_at=None,
        ended_at=None,
        seconds=1.5,
        exit_code=None,
        stopped_by=None,
        plan_digest=None,
        head=Head(),
    )


@pytest.mark.parametrize(("rows", "adds_up"), [(12, True), (11, False), (13, False)])
def test_the_verdicts_add_up_to_the_rows_or_not(rows: int, adds_up: bool) -> None:
    assert len(Verdict) == 12
    assert summary(rows).adds_up is adds_up


def test_the_unsettled_verdicts_are_those_that_a_later_run_takes_up() -> None:
    assert set(Verdict) - SETTLED == {"unchecked", "in_doubt", "not_reached"}


@pytest.mark.parametrize("verdict", Verdict)
def test_a_run_that_nothing_stopped_is_unsettled_only_by_unchecked_and_in_doubt(verdict: Verdict) -> None:
    expected = 10 if verdict in ("unchecked", "in_doubt") else 0
    assert ended({verdict: 1}, None) == expected
    assert ended(ONE_OF_EACH | {verdict: 0}, None) == 10


def test_an_empty_campaign_is_settled() -> None:
    assert ended({}, None) == 0


@pytest.mark.parametrize("stop", Exit)
def test_what_stopped_the_run_comes_before_the_counts(stop: Exit) -> None:
    assert ended(ONE_OF_EACH, stop) is stop
