"""Replies become findings and findings a judgement: all combinations, and that unknown is never eligible."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.strategies import READS, replies
from worker.core.eligibility import (
    Absent,
    AskNext,
    Eligible,
    Finding,
    Findings,
    Ineligible,
    Judgement,
    Unchecked,
    judge,
    with_reply,
)
from worker.core.replies import Kind, Meaning, Reply

ANYTHING = (None, *Finding)
SOME, NONE, UNKNOWN = Finding.SOME, Finding.NONE, Finding.UNKNOWN

# The certain answers; whatever else a read may hear is unknown.
CERTAIN = {
    (Kind.GET_CUSTOMER, Meaning.PRESENT): SOME,
    (Kind.GET_CUSTOMER, Meaning.ABSENT): NONE,
    (Kind.GET_DOCUMENTS, Meaning.PRESENT): SOME,
    (Kind.GET_DOCUMENTS, Meaning.CLEAR): NONE,
    (Kind.GET_ARITEMS, Meaning.PRESENT): SOME,
    (Kind.GET_ARITEMS, Meaning.CLEAR): NONE,
}

# Customer, documents, AR items (a tuple: any of these), and what follows. Together the rows hold all combinations.
JUDGEMENTS: list[tuple[Finding | None, tuple[Finding | None, ...], tuple[Finding | None, ...], Judgement]] = [
    (None, ANYTHING, ANYTHING, AskNext(Kind.GET_CUSTOMER)),
    (UNKNOWN, ANYTHING, ANYTHING, Unchecked("why")),
    (NONE, ANYTHING, ANYTHING, Absent()),
    (SOME, (UNKNOWN,), ANYTHING, Unchecked("why")),
    (SOME, (None, NONE, SOME), (UNKNOWN,), Unchecked("why")),
    (SOME, (SOME,), (None, NONE, SOME), Ineligible("documents")),
    (SOME, (None, NONE), (SOME,), Ineligible("ar_items")),
    (SOME, (None,), (None, NONE), AskNext(Kind.GET_DOCUMENTS)),
    (SOME, (NONE,), (None,), AskNext(Kind.GET_ARITEMS)),
    (SOME, (NONE,), (NONE,), Eligible()),
]


@pytest.mark.parametrize(("customer", "documents", "aritems", "expected"), JUDGEMENTS)
def test_the_first_read_that_settles_the_customer_decides(
    customer: Finding | None,
    documents: tuple[Finding | None, ...],
    aritems: tuple[Finding | None, ...],
    expected: Judgement,
) -> None:
    for pair in product(documents, aritems):
        assert judge(Findings(customer, *pair, "why")) == expected


@pytest.mark.parametrize("documents", ANYTHING)
@pytest.mark.parametrize("aritems", ANYTHING)
def test_which_list_comes_first_changes_what_is_asked_and_no_judgement(
    documents: Finding | None, aritems: Finding | None
) -> None:
    findings = Findings(SOME, documents, aritems, "why")
    expected = judge(findings)
    if documents is aritems is None:
        expected = AskNext(Kind.GET_ARITEMS)
    assert judge(findings, Kind.GET_ARITEMS) == expected


def test_the_table_of_judgements_holds_every_combination_once() -> None:
    held = [(row[0], *pair) for row in JUDGEMENTS for pair in product(row[1], row[2])]
    assert len(held) == len(set(held)) == len(ANYTHING) ** 3


@pytest.mark.parametrize("kind", READS)
@pytest.mark.parametrize("meaning", Meaning)
def test_only_a_certain_answer_is_a_finding(kind: Kind, meaning: Meaning) -> None:
    findings = with_reply(Findings(), Reply(kind, meaning, "http_500"))
    expected = CERTAIN.get((kind, meaning), UNKNOWN)
    place = {Kind.GET_CUSTOMER: "customer", Kind.GET_DOCUMENTS: "documents", Kind.GET_ARITEMS: "aritems"}[kind]
    assert findings.evidence() == {place: expected.value}
    assert findings.why == (f"{place}:http_500" if expected is UNKNOWN else "")


@pytest.mark.parametrize("kind", [Kind.DELETE, Kind.TOKEN])
def test_what_is_no_read_finds_nothing(kind: Kind) -> None:
    with pytest.raises(ValueError, match="is not a read"):
        with_reply(Findings(), Reply(kind, Meaning.PRESENT, "http_200"))


@pytest.mark.parametrize("kind", READS)
def test_one_more_answer_leaves_what_the_other_reads_found(kind: Kind) -> None:
    place = {Kind.GET_CUSTOMER: "customer", Kind.GET_DOCUMENTS: "documents", Kind.GET_ARITEMS: "aritems"}[kind]
    findings = with_reply(Findings(NONE, NONE, NONE), Reply(kind, Meaning.PRESENT, "http_200"))
    assert findings.evidence() == {"customer": "none", "documents": "none", "aritems": "none", place: "some"}


def test_the_first_unknown_answer_is_the_one_that_is_named() -> None:
    findings = with_reply(Findings(), Reply(Kind.GET_DOCUMENTS, Meaning.UNUSABLE, "http_404"))
    findings = with_reply(findings, Reply(Kind.GET_ARITEMS, Meaning.UNANSWERED, "timeout"))
    assert findings.why == "documents:http_404"


@given(st.lists(replies.filter(lambda reply: reply.kind in READS), max_size=5))
def test_unknown_is_never_eligible(heard: list[Reply]) -> None:
    findings = Findings()
    for reply in heard:
        findings = with_reply(findings, reply)
    last = {reply.kind: reply.meaning for reply in heard}
    free = {Kind.GET_CUSTOMER: Meaning.PRESENT, Kind.GET_DOCUMENTS: Meaning.CLEAR, Kind.GET_ARITEMS: Meaning.CLEAR}
    assert (judge(findings) == Eligible()) == (last == free)
