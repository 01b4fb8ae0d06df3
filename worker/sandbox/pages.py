"""The API's lists: which page is asked for, and what stands on it.

Pure. Rows are made only for the page that is shown. `totalCount` and the pages never go beyond the maximum
count.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

from worker.sandbox.population import MARKER
from worker.sandbox.world import Customer

_SIZE, _SIZE_CAP, _SIZE_FLOOR, _SIZE_INSTEAD = 100, 1000, 5, 10
_MAXIMUM = 10_000


@dataclass(frozen=True, slots=True)
class Window:
    """Which page of how many rows, of at most `maximum` rows in all."""

    page_no: int
    page_size: int
    maximum: int


def window(query: Mapping[str, str]) -> Window:
    """Read `pageno`, `pagesize`, `maximumcount`; what is not a number counts as not given."""
    size = _number(query.get("pagesize"), _SIZE)
    return Window(
        page_no=max(1, _number(query.get("pageno"), 1)),
        page_size=_SIZE_INSTEAD if size < _SIZE_FLOOR else min(size, _SIZE_CAP),
        maximum=min(max(0, _number(query.get("maximumcount"), _MAXIMUM)), _MAXIMUM),
    )


def page(
    key: str | None, rows: Iterable[dict[str, object]], total: int, shown: Window, link: Callable[[int], str]
) -> object:
    """The body of one page; with `key` None the bare array. `link` makes the absolute URL of a page."""
    total = min(total, shown.maximum)
    start = (shown.page_no - 1) * shown.page_size
    records = list(islice(rows, start, max(start, min(start + shown.page_size, total))))
    if key is None:
        return records
    last = max(1, -(-total // shown.page_size))
    return {"summary": _summary(len(records), total, last, shown, link), key: records}


def _summary(size: int, total: int, last: int, shown: Window, link: Callable[[int], str]) -> dict[str, object]:
    return {
        "pageNo": shown.page_no,
        "currentPageSize": size,
        "pageSizeLimit": shown.page_size,
        "totalPages": last,
        "totalCount": total,
        "maximumCount": shown.maximum,
        "nextPage": link(shown.page_no + 1) if shown.page_no < last else None,
        "lastPage": link(last),
        "queryId": f"sandbox-{total}-{shown.page_size}",
    }


def documents(client_no: int, customer: Customer) -> Iterator[dict[str, object]]:
    """The documents of one customer."""
    for place in range(customer.documents):
        yield _row(client_no, customer, "documentNo", place) | {"documentType": "INVOICE"}


def ar_items(client_no: int, customer: Customer) -> Iterator[dict[str, object]]:
    """The AR items of one customer."""
    for place in range(customer.ar_items):
        yield _row(client_no, customer, "arItemNo", place) | {"balance": 1250.5}


def _row(client_no: int, customer: Customer, name: str, place: int) -> dict[str, object]:
    return {
        name: customer.account_no * 10 + place,
        "clientNo": client_no,
        "customerNo": customer.number,
        "recipientName": f"Kari Nordmann {MARKER}",
    }


def _number(text: str | None, default: int) -> int:
    return int(text) if text is not None and text.isascii() and text.isdecimal() else default
