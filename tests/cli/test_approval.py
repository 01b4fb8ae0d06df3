"""Only the whole digest, or the client number and the count, approve a plan."""

from pathlib import Path

import pytest

from worker.app.ending import Question
from worker.cli.approval import answers, approval, asked
from worker.core.values import replace
from worker.errors import UsageWrong

DIGEST = "0a1b" * 16
QUESTION = Question("https://api.example.com/arm/v1", 2218, 31204, 12_600.0, DIGEST, 31204, Path("campaigns/spring"))


@pytest.mark.parametrize("given", [DIGEST, DIGEST.upper(), f" {DIGEST}\n"])
def test_the_plans_digest_approves_it(given: str) -> None:
    approve = approval(given)
    assert approve is not None
    assert approve(QUESTION)


def test_another_digest_does_not_and_leads_to_the_plan_without_handing_out_the_right_one() -> None:
    approve = approval("0b1a" * 16, ("--campaigns", "c"))
    assert approve is not None
    with pytest.raises(UsageWrong, match="not that of the plan") as raised:
        approve(QUESTION)
    assert raised.value.advice == (
        "look at who would be deleted: campaigns/spring/report.csv",
        "amili-purge status spring --campaigns c",
    )


@pytest.mark.parametrize("given", ["", DIGEST[:-1], DIGEST[:12], DIGEST + "0", "yes", "g" * 64])
def test_what_cannot_be_a_whole_digest_is_wrong_usage(given: str) -> None:
    with pytest.raises(UsageWrong, match="whole plan digest"):
        approval(given)


def test_without_a_digest_and_a_terminal_nobody_can_approve() -> None:
    assert approval(None) is None


@pytest.mark.parametrize("typed", ["2218 31204\n", "  2218   31204 ", "2218 31204"])
def test_client_number_and_count_approve(typed: str) -> None:
    assert answers(QUESTION, typed)


@pytest.mark.parametrize("typed", ["", "\n", "y\n", "yes", "2218", "31204", "31204 2218", "2218 31205", "2218 31204 x"])
def test_nothing_else_does(typed: str) -> None:
    assert not answers(QUESTION, typed)


def test_the_question_shows_host_client_count_time_and_digest() -> None:
    shown = asked(QUESTION)
    assert max(map(len, shown.splitlines())) <= 80
    for told in ("api.example.com", "https://api.example.com/arm/v1", "2218", "31204", "3 h 30 min", DIGEST):
        assert told in shown
    assert "still to delete" not in shown


def test_beside_the_plans_count_stands_what_is_left_of_it() -> None:
    shown = asked(replace(QUESTION, left=19))
    assert "count   31204\n" in shown
    assert "19 still to delete (of 31204 in the plan)" in shown
