"""`report.html` as bytes: what is embedded and how, and what it says of each way a campaign can stand."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.report.books import CAMPAIGN, BooksInMemory, row
from tests.report.course import Course
from worker.core.checkpoint import Witnessed
from worker.core.facts import ControlFact
from worker.core.lifecycle import Verdict
from worker.core.values import replace
from worker.ports import CampaignNote, PlanNote
from worker.report import page as pages
from worker.report import summarise, write
from worker.report.history import History
from worker.report.markup import embedded, moment, number, text
from worker.report.sections import GROUPS, Told, counts, state


def written(directory: Path, books: BooksInMemory, code: int | None = 0, why: str | None = None) -> str:
    write(books, directory, exit_code=code, stopped_by=why)
    return (directory / "report.html").read_text("utf-8")


def block(html: str, name: str) -> object:
    found = re.search(rf'<script type="application/json" id="{name}">(.*?)</script>', html, re.DOTALL)
    assert found is not None
    return json.loads(found[1])


def test_every_verdict_is_in_exactly_one_group() -> None:
    assert sorted(verdict for group in GROUPS.values() for verdict in group) == sorted(Verdict)


def test_what_is_embedded_cannot_end_its_element() -> None:
    hostile = "</script><!--\u2028&\ud800"
    data = embedded([hostile])
    assert json.loads(data) == [hostile]
    assert data.isascii()
    assert not set("<>&") & set(data)


def test_text_is_escaped_and_what_cannot_be_seen_is_spelt() -> None:
    assert text('<b title="x">\u202e') == "&lt;b title=&quot;x&quot;&gt;\\u202e"


def test_counts_and_times_are_written_for_people() -> None:
    assert (number(31204), number(999)) == ("31\u202f204", "999")
    assert (moment("2025-01-31T10:00:00.5Z"), moment(None)) == ("2025-01-31 10:00:00 UTC", "—")


def test_only_what_a_person_has_to_look_at_is_listed(tmp_path: Path) -> None:
    rows = [row(f" {place} ", "Kari", verdict=verdict, status=None) for place, verdict in enumerate(Verdict)]
    listed = block(written(tmp_path, BooksInMemory(rows), 10), "listed")
    assert isinstance(listed, list)
    assert {line[2] for line in listed} == {"in_doubt", "unchecked", "refused"}
    assert "Kari" not in (tmp_path / "report.html").read_text("utf-8")


def test_beyond_the_most_that_is_embedded_exceptions_are_only_counted(tmp_path: Path) -> None:
    rows = [row(str(place), "x", verdict=Verdict.REFUSED) for place in range(pages.SHOWN + 5)]
    html = written(tmp_path, BooksInMemory(rows), 10)
    listed, facts = block(html, "listed"), block(html, "facts")
    assert isinstance(listed, list)
    assert isinstance(facts, dict)
    assert (len(listed), facts["exceptions"]) == (pages.SHOWN, pages.SHOWN + 5)


def test_reasons_are_ranked_and_duplicates_have_none(tmp_path: Path) -> None:
    rows = [row("1", "x"), row("2", "x")] + [
        row("1", "x", verdict=Verdict.DUPLICATE, reason=f"line {n}") for n in range(9)
    ]
    facts = block(written(tmp_path, BooksInMemory(rows)), "facts")
    assert isinstance(facts, dict)
    assert facts["reasons"] == [["deleted", "confirmed", 2]]


def test_the_policy_forbids_all_but_the_two_scripts_and_the_style(tmp_path: Path) -> None:
    html = written(tmp_path, BooksInMemory())
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', html)
    assert policy is not None
    assert policy[1].startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe" not in policy[1]
    assert not re.search(r'(?:src|href|action)="', html)
    assert "sourceMappingURL" not in html


def test_the_statement_names_digests_people_window_version_and_head(tmp_path: Path) -> None:
    course = Course()
    course.start(0, "plan")
    course.end(9)
    course.start(60, "apply", user="ola", approval="e5" * 32)
    course.end(70)
    note = replace(CAMPAIGN, plan=PlanNote("e5" * 32, 1, "", {}))
    html = written(tmp_path, BooksInMemory([row("1", "x")], note, told=course.lines))
    statement = html[html.index('<section id="statement">') :]
    for told in ("ab" * 32, "e5" * 32, "c0" * 32, "kari on ops-1, token of purge", "ola on ops-1", "0.1.0", "7 lines"):
        assert told in statement
    assert "amili-purge verify export-1f3a" in statement
    assert "no checkpoint of this log was signed" in statement


def test_the_statement_names_the_second_person_and_whether_the_rule_bound(tmp_path: Path) -> None:
    key, course = "second.example+<1>+AbC=", Course()
    course.add(30, ControlFact("approve", {"user": "ola", "key": key}))
    for start, advisory in ((60, True), (90, False)):
        signed: dict[str, Any] = {"signedBy": key, "signedAt": "2025-01-31T11:58:00Z", "advisory": advisory}
        course.start(start, "apply", approval="e5" * 32, **signed)
        course.end(start + 9)
    html = written(tmp_path, BooksInMemory([row("1", "x")], told=course.lines))
    approved = html[html.index("<dt>Approved by</dt>") :].split("</dd>")[0]
    signer = "second.example (key <code>second.example+&lt;1&gt;+AbC=</code>), 2025-01-31 11:58:00 UTC"
    assert f"{signer}; advisory: the runner can write approver_keys<br>plan" in approved
    assert f"{signer}<br>plan <code>{'e5' * 32}</code>, applied by kari on ops-1" in approved
    assert "approve, by ola with the key <code>second.example+&lt;1&gt;+AbC=</code>" in html


def test_the_statement_names_the_key_of_the_checkpoints_and_how_far_they_reach(tmp_path: Path) -> None:
    witnessed = Witnessed("log.example+<1>+AbC=", delivered=3, failed=1, covered=1200, lines=1234)
    write(BooksInMemory([row("1", "x")]), tmp_path, exit_code=0, stopped_by=None, witnessed=witnessed)
    html = (tmp_path / "report.html").read_text("utf-8")
    statement = html[html.index('<section id="statement">') :]
    assert "the key <code>log.example+&lt;1&gt;+AbC=</code>" in statement
    assert re.search(r"covers 1.200 of 1.234 lines", statement)


def test_a_run_without_a_plan_is_said_to_have_none(tmp_path: Path) -> None:
    course = Course()
    course.start(0, "run")
    html = written(tmp_path, BooksInMemory([row("1", "x")], told=course.lines))
    assert "by run --yes without a plan" in html
    assert "did not end by itself, or goes on" in html


PLANNED = replace(CAMPAIGN, planning=True, plan=PlanNote("d1" * 32, 1, "", {}))
LATCHED = replace(CAMPAIGN, latch="wrong_echo: 1")


@pytest.mark.parametrize(
    ("verdict", "note", "code", "why", "said"),
    [
        (Verdict.DELETED, CAMPAIGN, 0, None, "Every row is settled."),
        (Verdict.DELETED, CAMPAIGN, None, None, "Work is going on, or was broken off"),
        (Verdict.DELETED, CAMPAIGN, 20, "max_deletes", "stopped (max_deletes, exit code 20)"),
        (Verdict.DELETED, LATCHED, 20, "wrong_echo", "Stopped for safety: wrong_echo: 1"),
        (
            Verdict.IN_DOUBT,
            CAMPAIGN,
            10,
            None,
            "some rows are in doubt (we may have deleted them) or could not be checked",
        ),
        (Verdict.NOT_REACHED, CAMPAIGN, 0, None, "some rows were left for a later one"),
        (Verdict.ELIGIBLE, PLANNED, 0, None, "The plan is complete. It has deleted nothing"),
    ],
)
def test_how_the_campaign_stands_is_said_in_words(
    tmp_path: Path, verdict: Verdict, note: CampaignNote, code: int | None, why: str | None, said: str
) -> None:
    assert said in written(tmp_path, BooksInMemory([row("1", "x", verdict=verdict)], note), code, why)


def test_counts_that_do_not_add_up_are_shouted() -> None:
    summary = replace(summarise(BooksInMemory([row("1")]), exit_code=0, stopped_by=None), rows=2)
    told = Told(summary, CAMPAIGN, History())
    assert state(told)[0] == "stop"
    assert "DO NOT ADD UP" in counts(told)
