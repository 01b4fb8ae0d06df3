"""When a cell and a field say the same, and what follows for the customer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.strategies import ASKED
from worker.core.eligibility import AskNext, Findings, Ineligible, judge, with_reply
from worker.core.lifecycle import Standing, State, Verdict
from worker.core.matching import MISMATCH, alike, folded
from worker.core.replies import Answer, AnswerRules, Asked, Kind, Meaning, Reply, understand
from worker.core.steps import Progress, Purpose, Rules, Settle, next_step

RULES = AnswerRules(match_field="name")
RECORD = {"clientNo": ASKED.client_no, "customerNo": ASKED.number.text, "name": "Åse  MÜLLER"}


@pytest.mark.parametrize(
    ("expected", "found"),
    [
        ("Åse Müller", "åse müller"),
        ("ase muller", "Åse Müller"),
        ("A\u030ase Mu\u0308ller", "\u00c5se M\u00fcller"),
        ("  Ola\u00a0 Nordmann ", "ola nordmann"),
        ("STRASSE", "straße"),
        ("42", 42),
    ],
)
def test_case_accents_and_blanks_make_no_difference(expected: str, found: object) -> None:
    assert alike(expected, found)


@pytest.mark.parametrize(
    ("expected", "found"),
    [
        ("Ola Nordmann", "Kari Nordmann"),
        ("Ola", "Ola Nordmann"),
        ("Bjørn", "Bjorn"),
        ("", ""),
        (" ", "x"),
        ("Ola", None),
        ("1", True),
        ("Ola", ["Ola"]),
    ],
)
def test_anything_else_does_and_nothing_matches_nothing(expected: str, found: object) -> None:
    assert not alike(expected, found)


@given(st.text())
def test_folding_twice_is_folding_once(text: str) -> None:
    assert folded(folded(text)) == folded(text)


def heard(expected: str | None, rules: AnswerRules = RULES) -> Reply:
    asked = Asked(ASKED.client_no, ASKED.number, expected)
    return understand(Kind.GET_CUSTOMER, Answer(200, RECORD), asked, rules)


def test_only_whether_it_matches_leaves_the_record() -> None:
    assert (heard("ase muller").meaning, heard("ase muller").cause) == (Meaning.PRESENT, "http_200")
    other = heard("Kari")
    assert (other.meaning, other.cause) == (Meaning.PRESENT, MISMATCH)
    assert "MÜLLER" not in repr(other)
    assert "Kari" not in repr(Asked(1, ASKED.number, "Kari"))


def test_without_a_field_or_an_expectation_nothing_is_compared() -> None:
    assert heard("Kari", AnswerRules()).cause == "http_200"
    assert heard(None).cause == "http_200"


def test_a_record_without_the_field_does_not_match() -> None:
    assert heard("ase muller", AnswerRules(match_field="fullName")).cause == MISMATCH


def test_who_does_not_match_stays_and_no_list_is_asked_for() -> None:
    assert judge(with_reply(Findings(), heard("Kari"))) == Ineligible(MISMATCH)
    assert judge(with_reply(Findings(), heard("ase muller"))) == AskNext(Kind.GET_DOCUMENTS)


def test_after_a_delete_without_an_answer_another_name_settles_nothing() -> None:
    findings = with_reply(Findings(), heard("Kari"))
    open_ = Progress(Standing(), Purpose.DELETE, findings=findings)
    owed = Progress(Standing(State.OPEN, unanswered=1), Purpose.DELETE, findings=findings)
    steps = [next_step(progress, Rules(), 0.0, witnessed=True) for progress in (open_, owed)]
    told = [(step.verdict, step.reason) for step in steps if isinstance(step, Settle)]
    assert told == [(Verdict.INELIGIBLE, MISMATCH), (Verdict.IN_DOUBT, MISMATCH)]
