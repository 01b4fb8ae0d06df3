"""What an answer really says, read once more and by another hand: strict JSON of the standard library, no key twice.

Decides from the documentation's words alone and shares no line with the worker: a deletion is the documented success
and nothing else; a list is empty only if nothing in it speaks of a record. What it cannot read says nothing.
"""

import json
import unicodedata
from typing import Any

from tests.fuzz.answers import ASKED, CLIENT, KEYS, Generated
from worker.core.replies import Kind

_COUNTS = {"totalCount": 0, "currentPageSize": 0, "totalPages": 1}
"""The numbers of a summary, and the most that an empty list may say."""


class _Twice(ValueError):
    """A key stands twice in one object: which one is meant, nobody knows."""


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _Twice
    return found


def _no_number(text: str) -> None:
    raise ValueError(text)


def read(body: bytes) -> Any:  # noqa: ANN401 - decoded JSON
    """The JSON of a body, `...` if it holds none that can be read in one way only."""
    try:
        text = body.removeprefix(b"\xef\xbb\xbf").decode("utf-8")
        return json.loads(text, object_pairs_hook=_once, parse_constant=_no_number)
    except (ValueError, RecursionError):
        return ...


def _fold(text: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())


def _is_asked(found: Any) -> bool:  # noqa: ANN401 - decoded JSON
    client, number = found.get("clientNo"), found.get("customerNo")
    return type(client) is int and client == CLIENT and isinstance(number, str) and _fold(number) == _fold(ASKED)


def is_deletion(answer: Generated) -> bool:
    """200, PROCESSED, DELETED, and both of our numbers."""
    found = read(answer.body)
    if answer.kind is not Kind.DELETE or answer.status != 200 or not isinstance(found, dict):
        return False
    return found.get("status") == "PROCESSED" and found.get("result") == "DELETED" and _is_asked(found)


def is_there(answer: Generated) -> bool:
    """200 and the asked customer's own record."""
    found = read(answer.body)
    return answer.status == 200 and isinstance(found, dict) and _is_asked(found)


def is_empty(answer: Generated, accepted: frozenset[int]) -> bool:
    """Nothing is attached: an empty array where the list is known to stand, and a summary that speaks of nothing."""
    if answer.status in {204, 404}:
        return answer.status in accepted
    found = read(answer.body)
    if isinstance(found, list):
        return answer.status == 200 and not found
    return (
        answer.status == 200
        and isinstance(found, dict)
        and _array(found, KEYS[answer.kind]) == []
        and _silent(found.get("summary", {}))
    )


def _array(found: dict[str, Any], key: str) -> Any:  # noqa: ANN401 - decoded JSON
    arrays = [value for value in found.values() if isinstance(value, list)]
    return found[key] if key in found else arrays[0] if len(arrays) == 1 else None


def _silent(summary: Any) -> bool:  # noqa: ANN401 - decoded JSON
    if not isinstance(summary, dict) or summary.get("nextPage"):
        return False
    counts = [(summary[name], most) for name, most in _COUNTS.items() if name in summary]
    return all(type(count) is int and 0 <= count <= most for count, most in counts)
