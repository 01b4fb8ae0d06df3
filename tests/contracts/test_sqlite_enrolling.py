"""Enrolment: all rows or none, bound for good, duplicates found by the key, and the first fact of the campaign."""

import json
from collections.abc import Iterator

import pytest

from tests.contracts.ledgers import BINDING, HEADER, PLAN, SqliteHome, rows, told
from worker.core.customer import Rejected, Why
from worker.core.intake import Row, number_of
from worker.core.lifecycle import Verdict
from worker.core.values import replace
from worker.errors import CommandFailed, InputWrong, SettingsWrong
from worker.ledger import Binding, SqliteLedger, enrol
from worker.ports import ReportRow

MORE_THAN_A_BATCH = 12_000


@pytest.fixture
async def ledger(sqlite: SqliteHome) -> SqliteLedger:
    return await sqlite.begun("100", "x y", "Ab1", "0100", "100", "aB1", "")


async def test_each_row_is_a_customer_invalid_or_a_duplicate_of_a_named_line(
    sqlite: SqliteHome, ledger: SqliteLedger
) -> None:
    assert told(sqlite.books()) == [
        (2, Verdict.NOT_REACHED, "run_ended"),
        (3, Verdict.INVALID, "characters"),
        (4, Verdict.NOT_REACHED, "run_ended"),
        (5, Verdict.NOT_REACHED, "run_ended"),
        (6, Verdict.DUPLICATE, "line 2"),
        (7, Verdict.DUPLICATE, "line 4"),
        (8, Verdict.INVALID, "empty"),
    ]


async def test_a_row_of_a_later_batch_repeats_one_of_an_earlier(sqlite: SqliteHome) -> None:
    ledger = await sqlite.begun(*map(str, range(MORE_THAN_A_BATCH)), "5", "no number", str(MORE_THAN_A_BATCH - 1))
    last = MORE_THAN_A_BATCH + 2
    assert told(sqlite.books())[-3:] == [
        (last, Verdict.DUPLICATE, "line 7"),
        (last + 1, Verdict.INVALID, "characters"),
        (last + 2, Verdict.DUPLICATE, f"line {last - 1}"),
    ]
    assert (sqlite.books().campaign().customers, sqlite.books().campaign().rows) == (MORE_THAN_A_BATCH, last + 1)
    claims = await ledger.claim(PLAN, count=MORE_THAN_A_BATCH + 1, spread=False)
    assert [(claim.id, claim.number.text) for claim in claims] == [(n + 1, str(n)) for n in range(MORE_THAN_A_BATCH)]
    await ledger.close()


async def test_rows_keep_their_cells_as_they_were(sqlite: SqliteHome) -> None:
    ledger = SqliteLedger(sqlite.path)
    cells = (' =1+1"; ', "Åse\n\tØ", "")
    row = Row(7, "1", None, cells)
    bad = Row(9, "2", None, cells, fault=Rejected(Why.SURPLUS_CELLS))
    await enrol(ledger, BINDING, HEADER, lambda: [row, bad], number_of)
    await ledger.close()
    assert list(sqlite.books().rows()) == [
        ReportRow(7, cells, Verdict.NOT_REACHED, "run_ended", None, None),
        ReportRow(9, cells, Verdict.INVALID, "surplus_cells", None, None),
    ]


async def test_the_first_fact_says_what_was_enrolled(sqlite: SqliteHome, ledger: SqliteLedger) -> None:
    first = json.loads(next(sqlite.books().lines()))
    del first["time"], first["salt"], first["hash"]
    assert first == {
        "seq": 1,
        "kind": "campaign",
        "event": "created",
        "format": "amili-purge-audit/1",
        "campaign": "may",
        "baseUrl": "https://arm.example/v1",
        "clientNo": 2218,
        "inputDigest": BINDING.input_digest,
        "rows": 7,
        "customers": 3,
        "invalid": 2,
        "duplicate": 2,
        "blank": 0,
        "prev": "0" * 64,
    }


async def test_the_note_of_the_campaign_holds_layout_and_counts(sqlite: SqliteHome, ledger: SqliteLedger) -> None:
    note = sqlite.books().campaign()
    assert (note.header, note.begun_by, note.name) == (HEADER, BINDING.begun_by, "may")
    assert (note.rows, note.customers, note.invalid, note.duplicate, note.blank) == (7, 3, 2, 2, 0)


async def test_enrolling_the_same_again_changes_nothing(sqlite: SqliteHome, ledger: SqliteLedger) -> None:
    before = sqlite.path.with_name("audit"), sqlite.books().head()
    assert await enrol(ledger, BINDING, HEADER, rows("100", "7"), number_of) is None
    assert sqlite.books().head() == before[1]
    assert len(told(sqlite.books())) == 7


@pytest.mark.parametrize(
    ("other", "refusal"),
    [
        (replace(BINDING, input_digest="e2" * 32), InputWrong),
        (replace(BINDING, base_url="https://other.example"), SettingsWrong),
        (replace(BINDING, client_no=7), SettingsWrong),
        (replace(BINDING, client_no=7, input_digest="e2" * 32), SettingsWrong),
    ],
)
async def test_a_campaign_stays_bound_and_says_to_what(
    ledger: SqliteLedger, other: Binding, refusal: type[CommandFailed]
) -> None:
    with pytest.raises(refusal, match=r"bound to .*(https://arm.example/v1, client 2218|d1d1d1d1d1d1)"):
        await enrol(ledger, other, HEADER, rows("1"), number_of)


async def test_an_input_that_breaks_off_leaves_nothing_behind(sqlite: SqliteHome) -> None:
    def broken() -> Iterator[Row]:
        yield from rows(*map(str, range(MORE_THAN_A_BATCH)))()
        raise InputWrong("a quote is never closed")

    ledger = SqliteLedger(sqlite.path)
    with pytest.raises(InputWrong):
        await enrol(ledger, BINDING, HEADER, broken, number_of)
    books = sqlite.books()
    assert (books.enrolled(), list(books.lines())) == (False, [])
    assert await enrol(ledger, BINDING, HEADER, rows("1"), number_of) is not None
    assert (books.enrolled(), books.campaign().customers) == (True, 1)
    await ledger.close()


async def test_an_empty_list_is_a_campaign_with_nothing_to_do(sqlite: SqliteHome) -> None:
    ledger = await sqlite.begun()
    assert await ledger.claim(PLAN, count=5, spread=True) == []
    assert await ledger.claim(PLAN, count=5, spread=False) == []
    assert sqlite.books().verdicts() == {}
