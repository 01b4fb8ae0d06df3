"""What one answer of the API means, per kind of request: the table of docs/answers.md, as data.

Decides the meaning of an answer and nothing else: not whether to retry, stop or delete. It sees bodies,
which hold personal data, and lets none of it through: a `Reply` carries statuses and our own words only.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import assert_never

from worker.core.customer import CustomerNo, fold, shown
from worker.core.matching import MISMATCH, alike
from worker.core.values import Value


class Kind(StrEnum):
    """The requests that the worker sends; the values are the names in `summary.json`."""

    GET_CUSTOMER = "get_customer"
    GET_DOCUMENTS = "get_documents"
    GET_ARITEMS = "get_aritems"
    DELETE = "delete"
    TOKEN = "token"


class Meaning(StrEnum):
    """What an answer, or its absence, tells us."""

    PRESENT = "present"  # the customer, or a record attached to it, was seen
    CLEAR = "clear"  # a list was read to its certain end and is empty
    ABSENT = "absent"  # GET customer: 404
    DELETED = "deleted"  # DELETE: exactly the documented success
    REJECTED = "rejected"  # DELETE: 422, the customer has documents or AR items
    MISSING = "missing"  # DELETE: 404
    CONTESTED = "contested"  # DELETE: another 4xx
    WRONG_ECHO = "wrong_echo"  # DELETE: a success that names another customer
    THROTTLED = "throttled"  # 429, or 503 with Retry-After: everybody waits, no attempt is spent
    UNAUTHORISED = "unauthorised"  # 401: renew once, replay once
    NO_CREDENTIALS = "no_credentials"  # the token service refuses us
    FORBIDDEN = "forbidden"  # 403
    REDIRECTED = "redirected"  # any 3xx: never followed
    NOT_SENT = "not_sent"  # no connection or no token: nobody can have acted on it
    UNANSWERED = "unanswered"  # no readable answer; a DELETE may have taken effect
    UNUSABLE = "unusable"  # an answer that will not get better by asking again


class Unreadable(StrEnum):
    """A body that is no JSON, and why; it stands where the decoded JSON would be."""

    EMPTY = "empty_body"
    HTML = "html"
    TRUNCATED = "truncated"
    NOT_JSON = "not_json"
    AMBIGUOUS = "ambiguous"  # an object names a key twice
    TOO_LARGE = "too_large"


class Answer(Value, frozen=True):
    """An HTTP answer as it came. `body` is decoded JSON or `Unreadable`; `retry_after` and `ms` are durations."""

    status: int
    body: object
    ms: int = 0
    retry_after: float | None = None


SURPLUS = "surplus_answer"
"""Cause of a request that was not sent because its connection held an answer that nobody had asked for."""


class NoAnswer(Value, frozen=True):
    """No HTTP answer came. `sent` is False only if no byte of the request can have reached anybody."""

    sent: bool
    cause: str
    ms: int = 0


class Reply(Value, frozen=True):
    """What the worker believes of one request.

    `cause` is a stable word for reasons and logs (`http_500`, `timeout`, `filter_ignored`). `status` is None when
    nobody answered. `retry_after` is in seconds from now. `credential` numbers the token that was used, so that two
    hundred simultaneous 401s lead to one renewal. `echoed` is the customer number that a wrong echo named.
    """

    kind: Kind
    meaning: Meaning
    cause: str
    status: int | None = None
    ms: int = 0
    retry_after: float | None = None
    credential: int = 0
    echoed: str = ""


class AnswerRules(Value, frozen=True):
    """How this API is known to answer, and which field of a record must say what the list says, if one must."""

    empty_list: frozenset[int] = frozenset({200})
    documents_key: str = "documents"
    aritems_key: str = "arItems"
    match_field: str | None = None


class Asked(Value, frozen=True):
    """Whom a request was about; every record and echo is held against it. `expected` is what its field must say."""

    client_no: int
    number: CustomerNo
    expected: str | None = None

    def __repr__(self) -> str:
        """Without what is expected: that is from the list, and goes no further."""
        return f"Asked(client_no={self.client_no}, number={self.number})"


_Found = tuple[Meaning, str]

_UNCERTAIN = frozenset({408, 500, 502, 503, 504})
_ALWAYS: Mapping[int, Meaning] = {
    401: Meaning.UNAUTHORISED,
    403: Meaning.FORBIDDEN,
    429: Meaning.THROTTLED,
}
_DELETE: Mapping[int, Meaning] = {404: Meaning.MISSING, 422: Meaning.REJECTED}


def understand(kind: Kind, answer: Answer | NoAnswer, asked: Asked, rules: AnswerRules, credential: int = 0) -> Reply:
    """The meaning of one answer to one request to the API; total: every status and every body has one.

    `credential` numbers the token sent along. An HTTP answer of the token service is none of the API's: `ValueError`.
    """
    if isinstance(answer, NoAnswer):
        meaning = Meaning.UNANSWERED if answer.sent else Meaning.NOT_SENT
        return Reply(kind, meaning, answer.cause, None, answer.ms, credential=credential)
    meaning, cause = _by_status(kind, answer, asked, rules)
    echoed = _echoed(answer.body) if meaning is Meaning.WRONG_ECHO else ""
    return Reply(kind, meaning, cause, answer.status, answer.ms, answer.retry_after, credential, echoed)


def _echoed(body: object) -> str:
    """The customer number that a wrong echo named, bounded: the one thing of a body that a message may show."""
    named = body.get("customerNo") if isinstance(body, dict) else None
    return shown(str(named), 64) if isinstance(named, str | int) else ""


def _by_status(kind: Kind, answer: Answer, asked: Asked, rules: AnswerRules) -> _Found:
    status, cause = answer.status, f"http_{answer.status}"
    meaning = _whatever_was_asked(answer)
    if meaning is not None:
        return meaning, cause
    match kind:
        case Kind.DELETE:
            return _deletion(status, answer.body, asked, cause)
        case Kind.GET_CUSTOMER:
            return _customer(answer, asked, rules, cause)
        case Kind.GET_DOCUMENTS:
            return _list(answer, rules.documents_key, asked, rules)
        case Kind.GET_ARITEMS:
            return _list(answer, rules.aritems_key, asked, rules)
        case Kind.TOKEN:
            raise ValueError("the token service answers nothing about customers")
        case _:
            assert_never(kind)


def _whatever_was_asked(answer: Answer) -> Meaning | None:
    if answer.status == 503 and answer.retry_after is not None:
        return Meaning.THROTTLED
    if 300 <= answer.status < 400:
        return Meaning.REDIRECTED
    return _ALWAYS.get(answer.status)


def _deletion(status: int, body: object, asked: Asked, cause: str) -> _Found:
    if status in _DELETE:
        return _DELETE[status], cause
    if 200 <= status < 300:
        return _echo(status, body, asked)
    if 400 <= status < 500 and status not in _UNCERTAIN:
        return Meaning.CONTESTED, cause
    return Meaning.UNANSWERED, cause


def _echo(status: int, body: object, asked: Asked) -> _Found:
    """Success is exactly 200, PROCESSED, DELETED and our own numbers; less than that is no answer at all.

    A text or number in any 2xx that is not the one we asked for is a wrong echo; other types name nobody.
    """
    if isinstance(body, dict) and _names_another(body, asked):
        return Meaning.WRONG_ECHO, "wrong_echo"
    if status != 200:
        return Meaning.UNANSWERED, f"http_{status}"
    if not isinstance(body, dict):
        return Meaning.UNANSWERED, _shape(body)
    if body.get("status") != "PROCESSED" or body.get("result") != "DELETED":
        return Meaning.UNANSWERED, "no_success"
    return (Meaning.DELETED, "http_200") if _is_asked(body, asked) else (Meaning.UNANSWERED, "no_echo")


_SCALARS = (str, int, float)


def _names_another(body: Mapping[object, object], asked: Asked) -> bool:
    named, client = body.get("customerNo"), body.get("clientNo")
    other_customer = type(named) in _SCALARS and fold(str(named)) != asked.number.key
    return other_customer or (type(client) in _SCALARS and client not in (asked.client_no, str(asked.client_no)))


def _is_asked(record: Mapping[object, object], asked: Asked) -> bool:
    """A record is the asked customer's only if both numbers in it say so."""
    client = record.get("clientNo")
    return _names(record, asked) and type(client) is int and client == asked.client_no


def _names(record: Mapping[object, object], asked: Asked) -> bool:
    named = record.get("customerNo")
    return isinstance(named, str) and fold(named) == asked.number.key


def _customer(answer: Answer, asked: Asked, rules: AnswerRules, cause: str) -> _Found:
    status, body = answer.status, answer.body
    if status == 404:
        return Meaning.ABSENT, cause
    if status == 200:
        if not isinstance(body, dict):
            return Meaning.UNANSWERED, _shape(body)
        if not _is_asked(body, asked):
            return Meaning.UNANSWERED, "wrong_record"
        if rules.match_field is None or asked.expected is None:
            return Meaning.PRESENT, cause
        return Meaning.PRESENT, cause if alike(asked.expected, body.get(rules.match_field)) else MISMATCH
    return _useless(status, cause)


def _list(answer: Answer, key: str, asked: Asked, rules: AnswerRules) -> _Found:
    cause = f"http_{answer.status}"
    if answer.status == 200:
        return _records(answer.body, key, asked)
    if answer.status in (204, 404):
        return (Meaning.CLEAR if answer.status in rules.empty_list else Meaning.UNUSABLE), cause
    return _useless(answer.status, cause)


def _useless(status: int, cause: str) -> _Found:
    """A 4xx to a read will not get better by asking again; a 5xx or an odd 2xx may."""
    permanent = 400 <= status < 500 and status not in _UNCERTAIN
    return (Meaning.UNUSABLE if permanent else Meaning.UNANSWERED), cause


def _records(body: object, key: str, asked: Asked) -> _Found:
    """A list is empty only if it says nothing to the contrary; every record must be the asked customer's."""
    found = _array(body, key)
    if found is None:
        return Meaning.UNANSWERED, _shape(body)
    if not all(isinstance(record, dict) and _is_theirs(record, asked) for record in found):
        return Meaning.UNUSABLE, "filter_ignored"
    total = _announced(body)
    if total is None:
        return Meaning.UNANSWERED, "wrong_type"
    return (Meaning.PRESENT if found or total else Meaning.CLEAR), "http_200"


def _is_theirs(record: Mapping[object, object], asked: Asked) -> bool:
    """An attached record must name the customer; it need not name the client, but not another one either."""
    return _names(record, asked) and record.get("clientNo", asked.client_no) == asked.client_no


def _array(body: object, key: str) -> list[object] | None:
    """The configured array, else the only top-level one, else a bare one; None is unreadable, never empty."""
    if isinstance(body, list):
        return body
    if not isinstance(body, dict):
        return None
    if key in body:
        return body[key] if isinstance(body[key], list) else None
    arrays = [value for value in body.values() if isinstance(value, list)]
    return arrays[0] if len(arrays) == 1 else None


def _announced(body: object) -> int | None:
    """How many records the summary speaks of; None when it contradicts itself or is of a wrong type."""
    if not isinstance(body, dict) or "summary" not in body:
        return 0
    summary = body["summary"]
    if not isinstance(summary, dict):
        return None
    counts = [summary.get(name, 0) for name in ("totalCount", "currentPageSize", "totalPages")]
    if any(type(count) is not int or count < 0 for count in counts):
        return None
    total, shown, pages = counts
    # An empty list may still be called one page; a second page, or a way to it, cannot be empty.
    return max(total, shown) or int(pages > 1 or bool(summary.get("nextPage")))


def _shape(body: object) -> str:
    return body.value if isinstance(body, Unreadable) else "wrong_type"
