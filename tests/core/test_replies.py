"""Each answer's meaning against the API's page, written out again by hand: statuses, bodies, lists, echoes."""

import re
from itertools import chain

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.core.strategies import API_KINDS, ASKED, READS, answers, bodies, echoes, pages, statuses
from worker.core.replies import Answer, AnswerRules, Kind, Meaning, NoAnswer, Reply, Unreadable, understand

RULES = AnswerRules()
LISTS = (Kind.GET_DOCUMENTS, Kind.GET_ARITEMS)
M = Meaning

# What every status but 200 means to GET customer, to a GET of a list, and to DELETE. Each status stands here once.
BY_STATUS = [
    (range(100, 200), M.UNANSWERED, M.UNANSWERED, M.UNANSWERED),
    ([201, 202, 203, *range(205, 300)], M.UNANSWERED, M.UNANSWERED, M.UNANSWERED),
    ([204], M.UNANSWERED, M.UNUSABLE, M.UNANSWERED),
    (range(300, 400), M.REDIRECTED, M.REDIRECTED, M.REDIRECTED),
    ([401], M.UNAUTHORISED, M.UNAUTHORISED, M.UNAUTHORISED),
    ([403], M.FORBIDDEN, M.FORBIDDEN, M.FORBIDDEN),
    ([404], M.ABSENT, M.UNUSABLE, M.MISSING),
    ([408], M.UNANSWERED, M.UNANSWERED, M.UNANSWERED),
    ([422], M.UNUSABLE, M.UNUSABLE, M.REJECTED),
    ([429], M.THROTTLED, M.THROTTLED, M.THROTTLED),
    ([400, 402, 405, 406, 407, *range(409, 422)], M.UNUSABLE, M.UNUSABLE, M.CONTESTED),
    ([*range(423, 429), *range(430, 500)], M.UNUSABLE, M.UNUSABLE, M.CONTESTED),
    (range(500, 600), M.UNANSWERED, M.UNANSWERED, M.UNANSWERED),
]

SUCCESS = {"status": "PROCESSED", "result": "DELETED", "message": "Slettet", "clientNo": 2218, "customerNo": "Ab12"}
CUSTOMER = {"customerNo": "AB12", "clientNo": 2218, "name": "Kari"}
ROW = {"customerNo": "ab12", "documentNo": 7}


def meaning(kind: Kind, body: object, status: int = 200, rules: AnswerRules = RULES) -> tuple[Meaning, str]:
    """What such an answer means, and its cause."""
    reply = understand(kind, Answer(status, body), ASKED, rules)
    return reply.meaning, reply.cause


def test_the_table_holds_every_status_but_200_once() -> None:
    held = sorted(chain.from_iterable(row[0] for row in BY_STATUS))
    assert held == [status for status in range(100, 600) if status != 200]


@pytest.mark.parametrize(("held", "customer", "attached", "delete"), BY_STATUS, ids=lambda cell: str(cell)[:20])
def test_a_status_means_to_each_request_what_the_page_says(
    held: list[int], customer: Meaning, attached: Meaning, delete: Meaning
) -> None:
    expected = dict(zip(API_KINDS, (customer, attached, attached, delete), strict=True))
    for status in held:
        for kind in API_KINDS:
            assert meaning(kind, SUCCESS, status) == (expected[kind], f"http_{status}"), (kind, status)


@given(st.sampled_from(API_KINDS), statuses.filter(lambda status: status != 200), bodies, bodies)
def test_only_a_200_is_judged_by_its_body(kind: Kind, status: int, body: object, other: object) -> None:
    assume(kind is not Kind.DELETE or not 200 < status < 300)  # of these any that names another number is a wrong echo
    assert meaning(kind, body, status) == meaning(kind, other, status)


@pytest.mark.parametrize("kind", API_KINDS)
@pytest.mark.parametrize("seconds", [0.0, 30.0])
def test_a_retry_after_turns_503_and_nothing_else_into_a_wait(kind: Kind, seconds: float) -> None:
    for status in range(100, 600):
        plain = understand(kind, Answer(status, {}), ASKED, RULES)
        told = understand(kind, Answer(status, {}, retry_after=seconds), ASKED, RULES)
        assert told.meaning == (Meaning.THROTTLED if status == 503 else plain.meaning)
        assert told.retry_after == seconds


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize(("sent", "expected"), [(False, Meaning.NOT_SENT), (True, Meaning.UNANSWERED)])
def test_without_an_answer_it_counts_whether_a_byte_can_have_left(kind: Kind, sent: bool, expected: Meaning) -> None:
    assert understand(kind, NoAnswer(sent, "timeout", 30), ASKED, RULES) == Reply(kind, expected, "timeout", ms=30)


def test_the_token_services_answers_are_not_mistaken_for_the_apis() -> None:
    with pytest.raises(ValueError, match="token"):
        meaning(Kind.TOKEN, {"access_token": "x"})


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (SUCCESS, (M.DELETED, "http_200")),
        (SUCCESS | {"customerNo": "aB12"}, (M.DELETED, "http_200")),
        (SUCCESS | {"customerNo": "Ab13"}, (M.WRONG_ECHO, "wrong_echo")),
        (SUCCESS | {"clientNo": 2219}, (M.WRONG_ECHO, "wrong_echo")),
        (SUCCESS | {"customerNo": "Ab13", "clientNo": None}, (M.WRONG_ECHO, "wrong_echo")),
        (SUCCESS | {"customerNo": None, "clientNo": 2219}, (M.WRONG_ECHO, "wrong_echo")),
        (SUCCESS | {"customerNo": 12}, (M.WRONG_ECHO, "wrong_echo")),
        (SUCCESS | {"customerNo": ["Ab13"], "clientNo": {}}, (M.UNANSWERED, "no_echo")),
        (SUCCESS | {"customerNo": True}, (M.UNANSWERED, "no_echo")),
        (SUCCESS | {"clientNo": "2219"}, (M.WRONG_ECHO, "wrong_echo")),
        (SUCCESS | {"customerNo": None}, (M.UNANSWERED, "no_echo")),
        (SUCCESS | {"clientNo": "2218"}, (M.UNANSWERED, "no_echo")),
        (SUCCESS | {"clientNo": 2218.0}, (M.UNANSWERED, "no_echo")),
        (SUCCESS | {"status": "processed"}, (M.UNANSWERED, "no_success")),
        (SUCCESS | {"result": "QUEUED", "customerNo": "Ab13"}, (M.WRONG_ECHO, "wrong_echo")),
        ({}, (M.UNANSWERED, "no_success")),
        ([SUCCESS], (M.UNANSWERED, "wrong_type")),
        (None, (M.UNANSWERED, "wrong_type")),
        (Unreadable.TRUNCATED, (M.UNANSWERED, "truncated")),
    ],
)
def test_a_delete_succeeds_only_as_documented(body: object, expected: tuple[Meaning, str]) -> None:
    assert meaning(Kind.DELETE, body) == expected


@given(answers | st.builds(Answer, st.just(200), echoes))
def test_nothing_but_the_documented_success_is_a_deletion(answer: Answer) -> None:
    body = answer.body
    documented = (
        answer.status == 200
        and isinstance(body, dict)
        and (body.get("status"), body.get("result")) == ("PROCESSED", "DELETED")
        and str(body.get("customerNo")).lower() == "ab12"
        and repr(body.get("clientNo")) == "2218"
    )
    assert (understand(Kind.DELETE, answer, ASKED, RULES).meaning is Meaning.DELETED) == documented


@pytest.mark.parametrize(
    ("named", "echoed"),
    [
        ("Ab13", "Ab13"),
        ("x" * 99, "x" * 64 + "…"),
        (13, "13"),
        ("\x1b]0;x\u202e", "\\u001b]0;x\\u202e"),
        ({"name": "Kari"}, ""),
        (None, ""),
    ],
)
def test_of_a_wrong_echo_the_number_is_kept_and_nothing_else(named: object, echoed: str) -> None:
    answer = Answer(200, SUCCESS | {"customerNo": named, "clientNo": 2219})
    assert understand(Kind.DELETE, answer, ASKED, RULES).echoed == echoed


@pytest.mark.parametrize("kind", API_KINDS)
def test_of_any_other_answer_no_number_is_kept(kind: Kind) -> None:
    assert understand(kind, Answer(200, SUCCESS), ASKED, RULES).echoed == ""


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (CUSTOMER, (M.PRESENT, "http_200")),
        (CUSTOMER | {"customerNo": "Ab13"}, (M.UNANSWERED, "wrong_record")),
        (CUSTOMER | {"clientNo": 2219}, (M.UNANSWERED, "wrong_record")),
        ({"customerNo": "Ab12"}, (M.UNANSWERED, "wrong_record")),
        ({}, (M.UNANSWERED, "wrong_record")),
        ([CUSTOMER], (M.UNANSWERED, "wrong_type")),
        (Unreadable.HTML, (M.UNANSWERED, "html")),
    ],
)
def test_a_customer_is_found_only_by_both_its_numbers(body: object, expected: tuple[Meaning, str]) -> None:
    assert meaning(Kind.GET_CUSTOMER, body) == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"documents": []}, (M.CLEAR, "http_200")),
        ({"documents": [ROW]}, (M.PRESENT, "http_200")),
        ({"documents": [ROW | {"clientNo": 2218}]}, (M.PRESENT, "http_200")),
        ([], (M.CLEAR, "http_200")),
        ([ROW], (M.PRESENT, "http_200")),
        ({"items": [], "note": "x"}, (M.CLEAR, "http_200")),
        ({"items": [ROW]}, (M.PRESENT, "http_200")),
        ({"items": [], "others": []}, (M.UNANSWERED, "wrong_type")),
        ({"items": [], "documents": None}, (M.UNANSWERED, "wrong_type")),
        ({"documents": {}}, (M.UNANSWERED, "wrong_type")),
        ({}, (M.UNANSWERED, "wrong_type")),
        (None, (M.UNANSWERED, "wrong_type")),
        ("none", (M.UNANSWERED, "wrong_type")),
        (Unreadable.EMPTY, (M.UNANSWERED, "empty_body")),
        ({"documents": [ROW | {"customerNo": "Ab13"}]}, (M.UNUSABLE, "filter_ignored")),
        ({"documents": [ROW, ROW | {"customerNo": "Ab13"}]}, (M.UNUSABLE, "filter_ignored")),
        ({"documents": [ROW | {"clientNo": 2219}]}, (M.UNUSABLE, "filter_ignored")),
        ({"documents": [{"documentNo": 7}]}, (M.UNUSABLE, "filter_ignored")),
        ({"documents": [None]}, (M.UNUSABLE, "filter_ignored")),
    ],
)
def test_a_list_is_read_as_the_page_says(body: object, expected: tuple[Meaning, str]) -> None:
    assert meaning(Kind.GET_DOCUMENTS, body) == expected


@pytest.mark.parametrize(
    ("summary", "expected"),
    [
        ({}, (M.CLEAR, "http_200")),
        ({"totalCount": 0, "currentPageSize": 0, "totalPages": 1, "nextPage": None}, (M.CLEAR, "http_200")),
        ({"totalCount": 0, "lastPage": "https://api.example/1", "pageSizeLimit": 10}, (M.CLEAR, "http_200")),
        ({"totalCount": 3}, (M.PRESENT, "http_200")),
        ({"totalCount": 0, "currentPageSize": 1}, (M.PRESENT, "http_200")),
        ({"totalPages": 2}, (M.PRESENT, "http_200")),
        ({"totalCount": 0, "nextPage": "https://api.example/2"}, (M.PRESENT, "http_200")),
        ({"totalCount": -1}, (M.UNANSWERED, "wrong_type")),
        ({"totalCount": None}, (M.UNANSWERED, "wrong_type")),
        ({"totalCount": "0"}, (M.UNANSWERED, "wrong_type")),
        ({"totalCount": False}, (M.UNANSWERED, "wrong_type")),
        (None, (M.UNANSWERED, "wrong_type")),
        ([], (M.UNANSWERED, "wrong_type")),
    ],
)
def test_an_empty_page_is_believed_only_if_the_summary_agrees(summary: object, expected: tuple[Meaning, str]) -> None:
    assert meaning(Kind.GET_ARITEMS, {"summary": summary, "arItems": []}) == expected


def test_each_list_has_its_own_configured_key() -> None:
    rules = AnswerRules(documents_key="bilag", aritems_key="poster")
    body = {"bilag": [ROW], "poster": []}
    assert meaning(Kind.GET_DOCUMENTS, body, rules=rules)[0] is Meaning.PRESENT
    assert meaning(Kind.GET_ARITEMS, body, rules=rules)[0] is Meaning.CLEAR
    assert meaning(Kind.GET_DOCUMENTS, body)[0] is Meaning.UNANSWERED
    assert meaning(Kind.GET_ARITEMS, {"bilag": [], "poster": [ROW]}, rules=rules)[0] is Meaning.PRESENT


@pytest.mark.parametrize("kind", LISTS)
@pytest.mark.parametrize("status", [204, 404])
def test_only_the_statuses_named_as_empty_clear_a_list(kind: Kind, status: int) -> None:
    named = AnswerRules(empty_list=frozenset({200, status}))
    other = AnswerRules(empty_list=frozenset({200, 204, 404} - {status}))
    assert meaning(kind, Unreadable.EMPTY, status, named)[0] is Meaning.CLEAR
    assert meaning(kind, Unreadable.EMPTY, status, other)[0] is Meaning.UNUSABLE


def truly_empty(body: object, key: str) -> bool:
    """Whether a 200 holds an empty array in the right place, and nothing beside it speaks of records."""
    if not isinstance(body, dict):
        return body == []
    arrays = [value for value in body.values() if isinstance(value, list)]
    summary = body.get("summary", {})
    said = [] if not isinstance(summary, dict) else [summary.get("totalCount"), summary.get("currentPageSize")]
    return (body[key] == [] if key in body else arrays == [[]]) and isinstance(summary, dict) and not any(said)


@given(st.sampled_from(LISTS), answers | st.builds(Answer, st.just(200), pages))
def test_a_list_is_clear_only_if_truly_empty(kind: Kind, answer: Answer) -> None:
    if understand(kind, answer, ASKED, RULES).meaning is Meaning.CLEAR:
        assert answer.status == 200
        assert truly_empty(answer.body, "documents" if kind is Kind.GET_DOCUMENTS else "arItems")


@given(st.sampled_from(API_KINDS), answers)
def test_every_answer_has_a_meaning_that_its_request_can_have_and_lets_no_body_through(
    kind: Kind, answer: Answer
) -> None:
    reply = understand(kind, answer, ASKED, RULES)
    assert (reply.kind, reply.status, reply.ms) == (kind, answer.status, 12)
    assert re.fullmatch(r"http_\d{3}|[a-z_]{4,14}", reply.cause)
    assert reply.meaning not in (Meaning.NOT_SENT, Meaning.NO_CREDENTIALS)
    only_reads, only_deletes = {M.PRESENT, M.CLEAR, M.ABSENT, M.UNUSABLE}, {M.DELETED, M.REJECTED, M.MISSING}
    assert reply.meaning not in (only_deletes | {M.CONTESTED, M.WRONG_ECHO} if kind in READS else only_reads)


@pytest.mark.parametrize("answer", [Answer(200, SUCCESS), NoAnswer(sent=True, cause="timeout", ms=1)])
def test_a_reply_knows_which_token_went_along(answer: Answer | NoAnswer) -> None:
    assert understand(Kind.DELETE, answer, ASKED, RULES, 7).credential == 7
