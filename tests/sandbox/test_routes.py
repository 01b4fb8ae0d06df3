"""What a raw target means, and what the lists do with their paging names."""

from collections.abc import Iterator, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.sandbox.faults import Kind
from worker.sandbox.pages import Window, page, window
from worker.sandbox.routes import route

CLIENT = "/arm/v1/clients/2218"


@pytest.mark.parametrize(
    ("method", "target", "kind"),
    [
        ("GET", f"{CLIENT}/customers/7", Kind.GET_CUSTOMER),
        ("DELETE", f"{CLIENT}/customers/7?options=x", Kind.DELETE),
        ("GET", f"{CLIENT}/documents?customerno=7", Kind.GET_DOCUMENTS),
        ("GET", f"{CLIENT}/aritems?customerno=7", Kind.GET_ARITEMS),
        ("GET", f"{CLIENT}/customers", Kind.LIST_CUSTOMERS),
        ("POST", "/token", Kind.TOKEN),
        ("GET", "/token", Kind.OTHER),
        ("GET", "/clients/2218/customers/7", Kind.OTHER),
        ("GET", f"{CLIENT}/Customers/7", Kind.OTHER),
        ("GET", f"{CLIENT}/customers/", Kind.OTHER),
        ("GET", f"{CLIENT}/customers/7/", Kind.OTHER),
        ("DELETE", f"{CLIENT}/customers", Kind.OTHER),
        ("DELETE", f"{CLIENT}/customers/../customers/7", Kind.OTHER),
    ],
)
def test_a_target_is_routed_by_its_raw_segments(method: str, target: str, kind: Kind) -> None:
    assert route(method, target).kind is kind


@pytest.mark.parametrize(
    ("segment", "customer"), [("a%2Fb", "a/b"), ("%2e%2e", ".."), ("%C3%B8", "ø"), ("a+b", "a+b"), ("..", "..")]
)
def test_a_segment_is_decoded_once_and_stays_one_segment(segment: str, customer: str) -> None:
    call = route("GET", f"{CLIENT}/customers/{segment}")
    assert (call.kind, call.customer) == (Kind.GET_CUSTOMER, customer)


def test_a_wrong_method_is_told_from_a_wrong_path() -> None:
    assert route("PUT", f"{CLIENT}/customers/7").known
    assert not route("GET", f"{CLIENT}/customer/7").known


def test_of_a_name_given_twice_the_first_value_counts() -> None:
    assert route("GET", f"{CLIENT}/documents?customerno=7&customerno=8").query == {"customerno": "7"}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, Window(1, 100, 10_000)),
        ({"pagesize": "4"}, Window(1, 10, 10_000)),
        ({"pagesize": "5"}, Window(1, 5, 10_000)),
        ({"pagesize": "1001"}, Window(1, 1000, 10_000)),
        ({"pagesize": "many", "pageno": "0"}, Window(1, 100, 10_000)),
        ({"pageSize": "5"}, Window(1, 100, 10_000)),
        ({"maximumcount": "20000"}, Window(1, 100, 10_000)),
        ({"maximumcount": "7", "pageno": "2"}, Window(2, 100, 7)),
    ],
)
def test_paging_names_are_read_as_documented(query: Mapping[str, str], expected: Window) -> None:
    assert window(query) == expected


@given(st.integers(0, 60), st.integers(5, 20), st.integers(0, 70))
def test_pages_together_hold_every_row_once_up_to_the_maximum(total: int, size: int, maximum: int) -> None:
    seen: list[object] = []
    number: int | None = 1
    while number is not None:
        rows: Iterator[dict[str, object]] = ({"row": row} for row in range(total))
        body = page("rows", rows, total, Window(number, size, maximum), str)
        assert isinstance(body, dict)
        seen += [row["row"] for row in body["rows"]]
        assert body["summary"]["totalCount"] == min(total, maximum)
        number = int(body["summary"]["nextPage"]) if body["summary"]["nextPage"] else None
    assert seen == list(range(min(total, maximum)))


def test_a_page_beyond_the_last_is_empty() -> None:
    one: dict[str, object] = {"row": 1}
    assert page(None, [one], 1, Window(3, 5, 100), str) == []
