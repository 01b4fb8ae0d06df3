"""The pages for people: the table of verdicts, and what a plan says beforehand."""

from tests.report.books import BooksInMemory, row
from worker.core.lifecycle import Verdict
from worker.core.values import replace
from worker.ports import ReportRow
from worker.report import Notice, notice, summarise, table
from worker.report.table import MEANINGS, WIDTH

FACTS = Notice(
    base_url="https://api.example.com/arm/v1",
    client_no=2218,
    eligible=31_204,
    rate=10,
    concurrency=8,
    verify_share=0,
    user_agent="amili-purge/0.1.0 (ops@example.com)",
    host="worker-1",
    contact="ops@example.com",
)


def page(*rows: ReportRow) -> str:
    books = BooksInMemory(list(rows))
    return table(summarise(books, exit_code=0, stopped_by=None), books.reasons())


def line_of(text: str, start: str) -> str:
    return next(line for line in text.splitlines() if line.startswith(start))


def ended(verdict: Verdict, reason: str = "") -> ReportRow:
    return row("1", "x", verdict=verdict, reason=reason)


def test_beside_doubt_stands_that_we_may_have_deleted_it() -> None:
    assert line_of(page(ended(Verdict.IN_DOUBT)), "in_doubt").split(maxsplit=2) == [
        "in_doubt",
        "1",
        "we may have deleted it",
    ]


def test_the_table_shows_what_occurred_and_the_sum() -> None:
    text = page(ended(Verdict.DELETED), ended(Verdict.DELETED), ended(Verdict.INVALID))
    assert [line.split()[:2] for line in text.splitlines()[1:]] == [["deleted", "2"], ["invalid", "1"], ["all", "rows"]]
    assert line_of(text, "all rows").split() == ["all", "rows", "3"]


def test_every_verdict_has_a_meaning_that_fits_the_line() -> None:
    text = page(*(ended(verdict) for verdict in Verdict))
    assert set(MEANINGS) == set(Verdict)
    assert max(map(len, text.splitlines())) <= WIDTH


def test_reasons_stand_beneath_their_verdict_commonest_first_and_not_all() -> None:
    causes = [f"documents:http_{status}" for status in (500, 500, 500, 502, 502, 418, 409, 400)]
    text = page(*(ended(Verdict.UNCHECKED, cause) for cause in causes))
    assert "(documents:http_500: 3, documents:http_502: 2" in text
    assert "others: 1)" in text
    assert max(map(len, text.splitlines())) <= WIDTH


def test_reasons_that_say_nothing_new_are_left_out() -> None:
    assert "once" not in page(ended(Verdict.DELETED, "once"))


def test_a_hostile_reason_cannot_steer_a_terminal() -> None:
    assert "\x1b" not in page(ended(Verdict.REFUSED, "http_\x1b[2J"))


def test_counts_that_do_not_add_up_are_shouted() -> None:
    summary = replace(summarise(BooksInMemory([row("1")]), exit_code=0, stopped_by=None), rows=2)
    assert "DO NOT ADD UP" in table(summary, {})


def test_a_plan_tells_requests_and_time_of_apply() -> None:
    assert notice(FACTS).splitlines()[0] == ("apply will take about 3 h 32 min: 124816 requests at 10 a second.")


def test_the_api_owner_is_told_window_address_rate_count_and_contact() -> None:
    text = notice(FACTS)
    for told in (
        *("on, for about 3 h 32 min", "https://api.example.com/arm/v1, client 2218", "our public address"),
        *("at most 10 requests a second, 8 at the same time", "31204 DELETEs", "amili-purge/0.1.0", "ops@example.com"),
    ):
        assert told in text


def test_a_token_that_dies_on_the_way_is_warned_of() -> None:
    assert "lives for 1 h more" in notice(replace(FACTS, token_seconds=3600.0))
    assert "has expired" in notice(replace(FACTS, token_seconds=-1.0))


def test_a_token_that_outlives_the_work_is_not_mentioned() -> None:
    assert "WARNING" not in notice(replace(FACTS, token_seconds=86_400.0))
    assert "WARNING" not in notice(FACTS)


def test_without_a_contact_a_blank_is_left_to_fill_in() -> None:
    assert line_of(notice(replace(FACTS, contact=None)), "  contact").split() == ["contact", "____________"]


def test_a_plan_that_found_nothing_says_so_and_announces_nothing() -> None:
    assert notice(replace(FACTS, eligible=0)) == "Nothing is eligible: apply would send no DELETE."
