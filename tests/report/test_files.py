"""The files of a report: bytes on the disk, replaced as a whole, in step with each other."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.report.books import CAMPAIGN, BooksInMemory, row, run
from worker.core.lifecycle import Verdict
from worker.core.values import replace
from worker.errors import NotDurable
from worker.ports import PlanNote, ReportRow
from worker.report import as_json, as_line, discard_rows, leave_word, summarise, write

MEMBERS = [
    *("campaign", "rows", "customers", "verdicts", "requests", "economy", "started_at"),
    *("ended_at", "seconds", "exit_code", "stopped_by", "plan_digest", "audit"),
]


class BooksThatBreak(BooksInMemory):
    """Books whose rows end in an error, as a ledger's on a broken disk do."""

    def rows(self) -> Iterator[ReportRow]:
        yield row("1", "a")
        raise NotDurable("the ledger cannot be read")


class BooksThatMove(BooksInMemory):
    """Books beside a run: once the rows are read, one of them has settled."""

    def rows(self) -> Iterator[ReportRow]:
        yield row("1", "a", verdict=Verdict.NOT_REACHED, reason="", status=None)
        self.given = [row("1", "a")]


def summary_in(directory: Path) -> dict[str, object]:
    found: dict[str, object] = json.loads((directory / "summary.json").read_text("utf-8"))
    return found


def test_the_csv_begins_with_a_byte_order_mark_and_ends_its_lines_with_crlf(tmp_path: Path) -> None:
    write(BooksInMemory([row("1", "Ærlig")]), tmp_path, exit_code=0, stopped_by=None)
    data = (tmp_path / "report.csv").read_bytes()
    assert data.startswith(b"\xef\xbb\xbfKundenr;Navn;verdict;")
    assert b"\r\n1;\xc3\x86rlig;deleted;confirmed;200;2025-01-31T10:00:00.000001Z\r\n" in data
    assert data.count(b"\n") == data.count(b"\r\n") == 2


def test_the_summary_has_exactly_the_members_of_the_contract_in_their_order(tmp_path: Path) -> None:
    write(BooksInMemory(), tmp_path, exit_code=0, stopped_by=None)
    assert list(summary_in(tmp_path)) == MEMBERS


def test_the_summary_tells_what_a_customer_took_in_all_runs_and_the_least_it_could_be(tmp_path: Path) -> None:
    learned = {"documents_first": 20, "documents_found": 1, "aritems_first": 80, "aritems_found": 48}
    one = run("10:00:00", "10:00:10", deletions=2, for_deletions=8, rejections=49, for_rejections=100, **learned)
    other = run("11:00:00", "11:00:10", deletions=1, for_deletions=7)
    write(BooksInMemory([row("1", "a")], ran=[one, other]), tmp_path, exit_code=0, stopped_by=None)
    assert summary_in(tmp_path)["economy"] == {
        "requests_per_deletion": 5.0,
        "least_per_deletion": 4,
        "requests_per_rejection": 2.041,
        "least_per_rejection": 2.032,
    }


def test_the_summary_names_every_verdict_but_a_plans_word(tmp_path: Path) -> None:
    write(BooksInMemory([row("1", "a")]), tmp_path, exit_code=0, stopped_by=None)
    expected = {verdict.value: 0 for verdict in Verdict if verdict is not Verdict.ELIGIBLE} | {"deleted": 1}
    assert summary_in(tmp_path)["verdicts"] == expected


def test_a_plan_counts_the_eligible_and_shows_its_digest(tmp_path: Path) -> None:
    note = replace(CAMPAIGN, planning=True, plan=PlanNote("d1", 0, "2025-01-01T00:00:00Z", {}))
    write(BooksInMemory(note=note), tmp_path, exit_code=0, stopped_by=None)
    assert summary_in(tmp_path)["plan_digest"] == "d1"
    assert '"eligible": 0' in (tmp_path / "summary.json").read_text("utf-8")


def test_all_runs_are_added_up_and_the_span_is_from_first_to_last(tmp_path: Path) -> None:
    ran = [run("10:00:00", "10:00:02.500000", get_customer=3), run("11:00:00", "11:00:01", get_customer=1, delete=1)]
    write(BooksInMemory(ran=ran), tmp_path, exit_code=20, stopped_by="stop")
    found = summary_in(tmp_path)
    assert found["requests"] == {"get_customer": 4, "get_documents": 0, "get_aritems": 0, "delete": 1, "token": 0}
    assert (found["seconds"], found["exit_code"], found["stopped_by"]) == (3.5, 20, "stop")
    assert (found["started_at"], found["ended_at"]) == ("2025-01-01T10:00:00Z", "2025-01-01T11:00:01Z")


def test_beside_a_run_there_is_no_end_and_no_exit_code(tmp_path: Path) -> None:
    write(BooksInMemory(ran=[run("10:00:00", None)]), tmp_path, exit_code=None, stopped_by=None)
    found = summary_in(tmp_path)
    assert (found["ended_at"], found["exit_code"], found["seconds"]) == (None, None, 0)


def test_the_head_of_the_audit_log_stands_in_the_summary(tmp_path: Path) -> None:
    write(BooksInMemory(), tmp_path, exit_code=0, stopped_by=None)
    assert summary_in(tmp_path)["audit"] == {"lines": 7, "head": "c0" * 32}


def test_both_files_tell_the_same_counts_while_the_books_move_on(tmp_path: Path) -> None:
    books = BooksThatMove([row("1", "a", verdict=Verdict.NOT_REACHED)])
    summary = write(books, tmp_path, exit_code=None, stopped_by=None)
    assert ";not_reached;" in (tmp_path / "report.csv").read_text("utf-8")
    assert summary.verdicts[Verdict.NOT_REACHED] == 1
    assert summary.adds_up


def test_a_report_that_breaks_off_leaves_the_old_one_and_no_litter(tmp_path: Path) -> None:
    write(BooksInMemory([row("old", "row")]), tmp_path, exit_code=0, stopped_by=None)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    with pytest.raises(NotDurable, match="ledger"):
        write(BooksThatBreak(), tmp_path, exit_code=0, stopped_by=None)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
    assert sorted(before) == ["report.csv", "report.html", "summary.json"]


def test_a_directory_that_is_not_there_is_not_durable(tmp_path: Path) -> None:
    with pytest.raises(NotDurable, match="could not be written"):
        write(BooksInMemory(), tmp_path / "gone", exit_code=0, stopped_by=None)


def test_a_file_that_cannot_be_replaced_is_not_durable(tmp_path: Path) -> None:
    (tmp_path / "report.csv").mkdir()
    with pytest.raises(NotDurable, match=r"report\.csv"):
        write(BooksInMemory(), tmp_path, exit_code=0, stopped_by=None)
    assert [path.name for path in tmp_path.iterdir()] == ["report.csv"]


def test_half_a_surrogate_pair_is_spelt_out(tmp_path: Path) -> None:
    write(BooksInMemory([row("1", "a\ud800b")]), tmp_path, exit_code=0, stopped_by=None)
    assert b"a\\ud800b" in (tmp_path / "report.csv").read_bytes()


def test_the_line_has_the_members_of_the_file() -> None:
    summary = summarise(BooksInMemory([row("1", "a")]), exit_code=0, stopped_by=None)
    assert json.loads(as_line(summary)) == json.loads(as_json(summary))
    assert as_line(summary).isascii()
    assert "\n" not in as_line(summary)


@pytest.mark.parametrize("most", [4096, 900, 600, 400, 250, 120])
def test_a_line_that_is_too_long_leaves_out_what_says_least(most: int) -> None:
    books = BooksInMemory([row("1", "a")], note=replace(CAMPAIGN, name="n" * 40))
    line = as_line(summarise(books, exit_code=20, stopped_by="max_deletes"), most)
    found = json.loads(line)
    assert len(line) <= most
    assert (found["campaign"], found["exit_code"], found["stopped_by"]) == ("n" * 40, 20, "max_deletes")
    assert ("verdicts" in found) >= ("requests" in found)


def test_a_message_goes_into_no_pipe_that_nobody_reads(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert "cannot be written" in str(leave_word(tmp_path / "pipe", "{}"))


def test_a_report_that_ends_while_rows_are_discarded_leaves_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    part, report = tmp_path / ".report.csv.elsewhere-7.part", tmp_path / "report.csv"
    part.write_text("500001")
    unlink = Path.unlink

    def beside_a_report(self: Path, missing_ok: bool = False) -> None:
        unlink(self, missing_ok=missing_ok)
        if part.exists():
            part.replace(report)

    monkeypatch.setattr(Path, "unlink", beside_a_report)
    discard_rows(tmp_path)
    assert list(tmp_path.iterdir()) == []
