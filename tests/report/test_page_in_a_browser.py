"""The report page as a browser shows it: silent, self-sufficient, true to `summary.json`, harmless, quick to search."""

import json
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.report.books import CAMPAIGN, BooksInMemory, row
from tests.report.browser import Viewer
from tests.report.course import Course, at, large
from worker.core.lifecycle import Verdict
from worker.core.values import replace
from worker.ports import ReportRow
from worker.report import write

HOSTILE = "</script><img src=x onerror=alert(1)>\u2028`${alert(1)}`"
DOUBT = "we may have deleted it"


def written(directory: Path, books: BooksInMemory, code: int | None = 10) -> Path:
    write(books, directory, exit_code=code, stopped_by=None)
    return directory / "report.html"


def small() -> BooksInMemory:
    course = Course()
    course.start(0, "run", rate=10)
    course.check(1)
    course.attempt(2)
    course.end(30, 10)
    rows = [
        row("0042", "a"),
        row("7", "b", verdict=Verdict.IN_DOUBT, reason="still_there", status=502),
        row("8", "c", verdict=Verdict.REFUSED, reason="http_422", status=422),
        row("9", "d", verdict=Verdict.UNCHECKED, reason="customer:timeout", status=None),
        row("0042", "e", verdict=Verdict.DUPLICATE, reason="line 2", status=None),
    ]
    settled = [each if each.verdict is Verdict.DELETED else ReportRow(*_without_time(each)) for each in rows]
    settled[0] = ReportRow(2, ("0042", "a"), Verdict.DELETED, "confirmed", 200, at(2))
    return BooksInMemory(settled, told=course.lines)


def _without_time(each: ReportRow) -> tuple[int, tuple[str, ...], Verdict, str, int | None, None]:
    return each.line, each.cells, each.verdict, each.reason, each.http_status, None


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [1200, 390], ids=["screen", "phone"])
def test_it_loads_nothing_says_nothing_and_fits_the_width(
    viewer: Viewer, tmp_path: Path, width: int, dark: bool
) -> None:
    path = written(tmp_path, small())
    with viewer.at(path, width=width, dark=dark) as looked:
        assert looked.complaints == []
        assert looked.requests == [path.as_uri()]
        assert looked.page.evaluate("document.documentElement.scrollWidth") == width
        assert looked.page.evaluate("[...document.querySelectorAll('canvas')].every((one) => one.width > 100)")


def test_the_theme_of_the_reader_is_followed(viewer: Viewer, tmp_path: Path) -> None:
    colours = []
    for dark in (False, True):
        with viewer.at(written(tmp_path, small()), dark=dark) as looked:
            colours.append(looked.page.evaluate("getComputedStyle(document.body).backgroundColor"))
    assert colours == ["rgb(251, 250, 247)", "rgb(20, 24, 29)"]


def test_its_numbers_are_those_of_the_summary(viewer: Viewer, tmp_path: Path) -> None:
    with viewer.at(written(tmp_path, small())) as looked:
        summary = json.loads((tmp_path / "summary.json").read_text("utf-8"))
        shown = looked.page.eval_on_selector_all(
            "[data-verdict]", "all => all.map((one) => [one.dataset.verdict, one.cells[1].textContent])"
        )
        assert {name: int(rows) for name, rows in shown} == {k: v for k, v in summary["verdicts"].items() if v}
        assert looked.text(".verdicts .total").split() == ["all", "rows", "5", "they", "add", "up", "to", "the", "rows"]
        drawn = looked.page.evaluate("Chart.getChart(document.querySelector('[data-chart=verdicts] canvas')).data")
        assert drawn["datasets"][0]["data"] == [rows for rows in summary["verdicts"].values() if rows]
        assert summary["audit"]["head"] in looked.text("#statement")


def test_the_tiles_add_up_to_the_rows(viewer: Viewer, tmp_path: Path) -> None:
    with viewer.at(written(tmp_path, small())) as looked:
        tiles = [int(text) for text in looked.page.locator(".tile b").all_inner_texts()]
        assert sum(tiles[:-1]) == tiles[-1] == 5


def test_progress_ends_at_what_was_settled_and_the_limit_is_drawn(viewer: Viewer, tmp_path: Path) -> None:
    with viewer.at(written(tmp_path, large(settled=300, exceptions=4))) as looked:
        ends = "(name, at) => Chart.getChart(document.querySelector(`[data-chart=${name}] canvas`))"
        progress = looked.page.evaluate(f"({ends})('progress').data.datasets.map((one) => one.data.at(-1).y)")
        limits = looked.page.evaluate(f"({ends})('pace').data.datasets[1].data.map((one) => one.y)")
        assert progress == [300, 240]
        assert limits == [10, 20, 20]


def test_beside_every_doubt_stands_that_we_may_have_deleted_it(viewer: Viewer, tmp_path: Path) -> None:
    with viewer.at(written(tmp_path, small())) as looked:
        for query in (
            "[data-verdict=in_doubt]",
            ".ranked tr:has-text('in_doubt')",
            ".scroller tr:has-text('in_doubt')",
        ):
            assert DOUBT in looked.text(query)
        assert f"1 in_doubt ({DOUBT})" in looked.text("#statement")
        assert f"in_doubt ({DOUBT})" in looked.page.locator("#exceptions option").all_inner_texts()
        labels = looked.page.evaluate(
            "Chart.getChart(document.querySelector('[data-chart=verdicts] canvas')).data.labels"
        )
        assert ["in_doubt", DOUBT] in labels


def test_hostile_text_is_shown_as_text(viewer: Viewer, tmp_path: Path) -> None:
    course = Course()
    course.start(0, "run", user=HOSTILE)
    course.check(1)
    course.resume(2, HOSTILE)
    course.end(3, 20, HOSTILE)
    rows = [row(HOSTILE, HOSTILE, verdict=Verdict.REFUSED, reason=HOSTILE, status=422)]
    note = replace(CAMPAIGN, name=HOSTILE, base_url=HOSTILE, latch=HOSTILE)
    books = BooksInMemory(rows, note, told=course.lines)
    with viewer.at(written(tmp_path, books)) as looked:
        assert looked.complaints == []
        assert looked.page.locator("img").count() == 0
        assert looked.rows()[0][0] == looked.rows()[0][2] == HOSTILE
        assert "</script><img src=x onerror=alert(1)>\\u2028" in looked.text("h1")
        assert looked.page.locator("script").count() == 4


def test_exceptions_are_sorted_by_a_click_and_back_by_another(viewer: Viewer, tmp_path: Path) -> None:
    with viewer.at(written(tmp_path, small())) as looked:
        head = looked.page.get_by_role("button", name="verdict")
        head.click()
        assert [line[0] for line in looked.rows()] == ["7", "8", "9"]
        head.click()
        assert [line[0] for line in looked.rows()] == ["9", "8", "7"]
        assert looked.page.locator("th.verdict").get_attribute("aria-sort") == "descending"


def test_exceptions_are_searched_by_number_and_reason_and_chosen_by_verdict(viewer: Viewer, tmp_path: Path) -> None:
    with viewer.at(written(tmp_path, small())) as looked:
        for wanted, numbers in (("TIMEOUT", ["9"]), ("8", ["8"]), ("nobody", []), ("", ["7", "8", "9"])):
            looked.page.get_by_role("searchbox").fill(wanted)
            expect(looked.page.locator("td.customer")).to_have_text(numbers)
        looked.page.get_by_role("combobox").select_option("in_doubt")
        assert looked.rows() == [["7", f"in_doubt {DOUBT}", "still_there", "502", "2"]]


def test_a_hundred_thousand_exceptions_are_shown_a_screen_at_a_time_and_all_are_searched(
    viewer: Viewer, tmp_path: Path
) -> None:
    with viewer.at(written(tmp_path, large(settled=10))) as looked:
        assert looked.found() == "100000 of 100000"
        assert 5 < len(looked.rows()) < 60
        looked.page.evaluate("document.querySelector('.scroller').scrollTop = 1e9")
        looked.page.wait_for_selector("td.customer:text-is('599999')")
        assert len(looked.rows()) < 60
        looked.page.get_by_role("searchbox").fill("577777")
        expect(looked.page.locator("tr.row")).to_have_count(1)
        assert looked.rows()[0][0] == "577777"
        looked.page.get_by_role("searchbox").fill("")
        expect(looked.page.locator("tr.row")).not_to_have_count(1)
        looked.page.get_by_role("button", name="customer").click(click_count=2, delay=20)
        looked.page.wait_for_selector("td.customer:text-is('599999')")


def test_on_paper_the_colours_are_light_and_the_statement_begins_a_page(viewer: Viewer, tmp_path: Path) -> None:
    with viewer.at(written(tmp_path, small()), dark=True) as looked:
        page = looked.page
        page.evaluate(
            "addEventListener('beforeprint', () => { window.paper = document.documentElement.dataset.paper })"
        )
        assert page.pdf(path=tmp_path / "print.pdf").startswith(b"%PDF")
        assert page.evaluate("window.paper") == ""
        page.emulate_media(media="print")
        assert page.evaluate("getComputedStyle(document.querySelector('#statement')).breakBefore") == "page"
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
        assert looked.complaints == []


def test_without_exceptions_it_says_so(viewer: Viewer, tmp_path: Path) -> None:
    with viewer.at(written(tmp_path, BooksInMemory([row("1", "a")]), 0)) as looked:
        assert "There are none." in looked.text("section#exceptions")
        assert not looked.page.locator(".scroller").is_visible()
