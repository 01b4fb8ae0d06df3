"""Which column is read, and what is said when that is not clear."""

import pytest

from worker.errors import InputWrong
from worker.sources.columns import header_of


@pytest.mark.parametrize(
    ("columns", "wanted", "number_at", "client_at"),
    [
        (["navn", "CustomerNo"], None, 1, None),
        (["navn", "customer_number"], None, 1, None),
        (["navn", " Customer "], None, 1, None),
        (["KLIENT NR", "Kunde_Nr"], None, 1, 0),
        (["kundenummer", "Client No"], None, 0, 1),
        (["kundenr", ""], None, 0, None),
        (["kundenr", "Kid"], "kid", 1, None),
        (["kid", "KID"], "KID", 1, None),
        (["kundenr", "customer"], "customer", 1, None),
        (["kid"], "KID", 0, None),
        (["clientno"], "clientno", 0, None),
    ],
)
def test_the_column_is_the_named_one_else_the_one_with_a_known_name(
    columns: list[str], wanted: str | None, number_at: int, client_at: int | None
) -> None:
    header = header_of(columns, ";", wanted)
    assert (header.named, header.number_at, header.client_at) == (True, number_at, client_at)
    assert header.columns == tuple(columns)


@pytest.mark.parametrize("wanted", [None, "Kunde Nr", "customerno"])
def test_a_single_cell_that_is_no_known_name_is_no_header(wanted: str | None) -> None:
    header = header_of(["543210"], ",", wanted)
    assert (header.columns, header.named, header.number_at) == (("customerno",), False, 0)


@pytest.mark.parametrize(
    ("columns", "wanted", "told"),
    [
        (["id", "navn"], None, "no column of customer numbers; the columns are: 'id', 'navn'"),
        (["kundenr", "customer"], None, "more than one column of customer numbers"),
        (["kundenr", "Kunde Nr"], "KUNDENR", "more than one column"),
        (["kundenr", "navn"], "kid", "no column called 'kid'; the columns are: 'kundenr', 'navn'"),
        (["kundenr", "clientno", "klientnr"], None, "more than one client column"),
        (["klientnr"], None, "no column of customer numbers"),
        (["543210"], "kid", "no column called 'kid': the input is a single column without a header"),
        (["a\x1b[31m", "b"], None, r"'a\\u001b\[31m'"),
    ],
)
def test_an_unclear_column_is_told_with_the_columns_there_are(
    columns: list[str], wanted: str | None, told: str
) -> None:
    with pytest.raises(InputWrong, match=told):
        header_of(columns, ",", wanted)


@pytest.mark.parametrize(
    "columns", [["543210", "Foo"], ["543210", "kundenr", "kundenr"], ["543210", "klientnr", "klientnr"]]
)
def test_what_may_be_a_customer_instead_of_a_header_is_not_shown_where_it_must_not_be(columns: list[str]) -> None:
    with pytest.raises(InputWrong, match=f"its first line has {len(columns)} cells, which are not shown") as refused:
        header_of(columns, ",", None, masked=True)
    assert "543210" not in str(refused.value)
