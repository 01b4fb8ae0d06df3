"""The log, line by line, and that no observer's fault can reach the run."""

import asyncio
import io
import json
import logging
from collections.abc import Callable, Iterable

import pytest

from tests.shell.observed import TIME, attempted, record, reply, settled
from worker.core.facts import CampaignFact, CheckFact, ControlFact, Fact, IntentFact, Record
from worker.core.lifecycle import Verdict
from worker.core.replies import Meaning, Reply
from worker.observe import Form, Log, Observers, libraries_heard, open_log
from worker.ports import Observer


class Hand:
    """A clock that a test turns by hand."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


class Written:
    """A log and what it wrote."""

    def __init__(self, form: Form, level: str = "info") -> None:
        self.stream = io.StringIO()
        self.clock = Hand()
        self.log: Log = open_log(form, level, self.stream, self.clock)

    def lines(self) -> list[str]:
        return self.stream.getvalue().splitlines()

    def objects(self) -> list[dict[str, object]]:
        return [json.loads(line) for line in self.lines()]


class Broken:
    """An observer whose disk is full."""

    def __init__(self, error: type[BaseException] = OSError) -> None:
        self.error = error

    def recorded(self, records: Iterable[Record]) -> None:
        raise self.error("no space left; Bearer secret")

    def replied(self, reply: Reply) -> None:
        raise self.error

    def told(self, event: str, **fields: object) -> None:
        raise self.error


def test_a_verdict_is_one_line_with_the_names_of_the_audit_line() -> None:
    written, fact = Written("json"), settled(Verdict.INELIGIBLE)
    written.log.recorded([fact])
    audited = json.loads(fact.line)
    expected = {name: audited[name] for name in audited if name not in {"kind", "prev", "hash"}}
    assert written.objects() == [expected | {"event": "verdict", "level": "info"}]


def test_a_line_of_a_fact_has_the_time_of_the_fact_and_others_their_own() -> None:
    written = Written("json")
    written.log.recorded([attempted()])
    written.log.told("parked", why="retry_after")
    times = [line["time"] for line in written.objects()]
    assert times[0] == TIME
    assert times[1] != TIME


def test_checks_and_intents_are_for_debugging() -> None:
    facts = [record(CheckFact({"customer": "some"}, 1)), record(IntentFact(1))]
    quiet, loud = Written("json"), Written("json", "debug")
    for written in (quiet, loud):
        written.log.recorded(facts)
    assert [line["event"] for line in loud.objects()] == ["check", "intent"]
    assert quiet.lines() == []


def test_an_attempt_that_comes_with_its_verdict_is_for_debugging_and_one_that_comes_alone_is_not() -> None:
    quiet, loud = Written("json"), Written("json", "debug")
    for written in (quiet, loud):
        written.log.recorded([attempted(), settled(Verdict.DELETED)])
        written.log.recorded([attempted()])
    assert [line["event"] for line in loud.objects()] == ["attempt", "verdict", "attempt"]
    assert [line["event"] for line in quiet.objects()] == ["verdict", "attempt"]


def test_a_campaigns_own_facts_say_in_their_name_what_happened() -> None:
    written = Written("json")
    facts: list[Fact] = [
        CampaignFact("started", {"host": "h1", "rate": 10.0}),
        ControlFact("resume", {"because": "looked at"}),
    ]
    written.log.recorded([record(fact, customer=None) for fact in facts])
    begun, resumed = written.objects()
    assert (begun["event"], begun["host"], begun["level"]) == ("campaign_started", "h1", "info")
    assert (resumed["event"], resumed["because"], resumed["level"]) == ("control_resume", "looked at", "warning")
    assert "customerNo" not in begun


@pytest.mark.parametrize("verdict", [Verdict.UNCHECKED, Verdict.IN_DOUBT, Verdict.REFUSED])
def test_a_failure_is_a_warning(verdict: Verdict) -> None:
    written = Written("json", "warning")
    written.log.recorded([settled(verdict), settled(Verdict.DELETED)])
    assert [line["verdict"] for line in written.objects()] == [verdict]


def test_every_verdict_is_a_line_for_machines() -> None:
    written = Written("json")
    written.log.recorded(settled(Verdict.UNCHECKED, customer=str(number)) for number in range(5))
    assert [line["customerNo"] for line in written.objects()] == ["0", "1", "2", "3", "4"]


def test_a_person_sees_one_line_a_kind_of_error_and_none_a_row() -> None:
    written = Written("console")
    written.log.recorded([settled(Verdict.DELETED), attempted(), *[settled(Verdict.UNCHECKED, "timeout")] * 50])
    written.log.recorded([settled(Verdict.UNCHECKED, "http_500")])
    assert [("timeout" in line, "http_500" in line) for line in written.lines()] == [(True, False), (False, True)]


def test_a_persons_line_of_a_fact_is_short_and_says_what_a_doubt_means() -> None:
    written = Written("console")
    written.log.recorded([settled(Verdict.IN_DOUBT, "still_there")])
    (line,) = written.lines()
    assert "in_doubt (we may have deleted it)" in line
    assert "still_there" in line
    assert "seq=" not in line
    assert "evidence" not in line


def test_a_persons_line_of_progress_has_words_and_leaves_out_what_is_not_known() -> None:
    written = Written("console")
    written.log.told("progress", done=3, verdicts={"deleted": 2, "in_doubt": 1}, seconds_left=None)
    (line,) = written.lines()
    assert "deleted 2, in_doubt (we may have deleted it) 1" in line
    assert "seconds_left" not in line


def test_a_person_who_debugs_sees_all() -> None:
    written = Written("console", "debug")
    written.log.recorded([settled(Verdict.DELETED), attempted()])
    assert len(written.lines()) == 2


def test_the_first_trouble_of_a_kind_is_a_warning_and_a_usual_answer_is_not() -> None:
    written = Written("json", "debug")
    for status, meaning in ((200, Meaning.PRESENT), (500, Meaning.UNANSWERED), (500, Meaning.UNANSWERED)):
        written.log.replied(reply(status, meaning))
    assert [(line["cause"], line["level"]) for line in written.objects()] == [
        ("http_200", "debug"),
        ("http_500", "warning"),
        ("http_500", "debug"),
    ]


def test_what_repeats_itself_is_told_to_a_person_now_and_then() -> None:
    written = Written("console")
    for seconds in (0, 1, 29, 31):
        written.clock.seconds = seconds
        written.log.told("parked", why="http_429")
    written.log.told("parked", why="outage")
    assert len(written.lines()) == 3


def test_machines_are_told_each_time() -> None:
    written = Written("json")
    for _ in range(3):
        written.log.told("parked", why="http_429", seconds=2.5)
    assert [line["seconds"] for line in written.objects()] == [2.5] * 3


def test_an_unknown_event_is_an_ordinary_line_and_a_retry_is_for_debugging() -> None:
    written = Written("json")
    written.log.told("witnessed", status=200)
    written.log.told("retry", attempt=2)
    assert [(line["event"], line["level"]) for line in written.objects()] == [("witnessed", "info")]


@pytest.mark.parametrize("form", ["json", "console"])
def test_hostile_text_is_one_line_and_cannot_steer_a_terminal(form: Form) -> None:
    written = Written(form)
    written.log.told("witnessed", why="a\x1b[2J\nlevel=critical\u202e" + "x" * 5, parts=["\x1b"])
    assert len(written.lines()) == 1
    assert not {"\x1b", "\u202e"} & set(written.stream.getvalue())


def test_a_stream_that_is_no_terminal_gets_no_colours() -> None:
    written = Written("console")
    written.log.told("witnessed")
    assert "\x1b" not in written.stream.getvalue()


def test_without_a_stream_the_log_goes_to_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    open_log("json", "info").told("witnessed")
    captured = capsys.readouterr()
    assert json.loads(captured.err)["event"] == "witnessed"
    assert captured.out == ""


def test_a_packages_warning_becomes_a_line_without_the_values_in_it() -> None:
    written, package, before = Written("json"), logging.getLogger("some.package"), list(logging.getLogger().handlers)
    with libraries_heard(written.log):
        package.error("Task was lost: %s\nheaders: Bearer secret", "Bearer secret")
        package.info("connected")
    (line,) = written.objects()
    assert (line["event"], line["package"], line["message"]) == ("library", "some.package", "Task was lost: %s")
    assert "secret" not in written.stream.getvalue()
    assert logging.getLogger().handlers == before


CALLS: list[Callable[[Observer], None]] = [
    lambda observer: observer.recorded([settled(Verdict.DELETED)]),
    lambda observer: observer.replied(reply(503, Meaning.THROTTLED)),
    lambda observer: observer.told("witnessed"),
]


@pytest.mark.parametrize("call", CALLS)
def test_a_broken_observer_stops_neither_the_run_nor_the_others(call: Callable[[Observer], None]) -> None:
    written = Written("json")
    call(Observers([Broken(), written.log, Broken(ValueError)]))
    assert [line["event"] for line in written.objects()].count("observer_failed") == 2
    assert len(written.lines()) == 3


def test_a_broken_observer_is_told_of_once_and_by_kind_only() -> None:
    written = Written("json")
    observers = Observers([written.log, Broken()])
    for _ in range(3):
        observers.recorded([])
    (line,) = written.objects()
    assert (line["observer"], line["error"]) == ("Broken", "OSError")
    assert "secret" not in written.stream.getvalue()


def test_records_that_can_be_read_once_only_reach_every_observer() -> None:
    first, second = Written("json"), Written("json")
    Observers([first.log, second.log]).recorded(iter([attempted()]))
    assert first.lines() == second.lines() != []


@pytest.mark.parametrize("error", [asyncio.CancelledError, KeyboardInterrupt])
def test_what_ends_the_process_passes_through(error: type[BaseException]) -> None:
    with pytest.raises(error):
        Observers([Broken(error)]).told("witnessed")
