"""Progress, as drawn on a terminal of 80 columns and as lines where there is none."""

import io
import sys
import threading

import pytest
from rich.console import Console

from tests.shell.observed import PULSE, attempted, reply, settled
from worker.core.lifecycle import Verdict
from worker.core.replies import Kind, Meaning
from worker.core.values import replace
from worker.observe import Progress, Pulse, terminal, watching


class Hand:
    """A clock that a test turns by hand."""

    seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


class Lines:
    """Where lines go; `came` is set with the first."""

    def __init__(self) -> None:
        self.said: list[tuple[str, dict[str, object]]] = []
        self.came = threading.Event()

    def told(self, event: str, **fields: object) -> None:
        self.said.append((event, fields))
        self.came.set()


@pytest.fixture
def clock() -> Hand:
    return Hand()


def begun(clock: Hand, customers: int = 100, pulse: Pulse = PULSE, **before: int) -> Progress:
    return Progress(customers, {Verdict(name): count for name, count in before.items()}, lambda: pulse, clock)


def drawn(progress: Progress) -> str:
    file = io.StringIO()
    Console(file=file, width=80).print(progress)
    return file.getvalue()


def test_counts_by_verdict_include_those_of_earlier_runs(clock: Hand) -> None:
    progress = begun(clock, deleted=40)
    progress.recorded([settled(Verdict.DELETED), attempted(), settled(Verdict.INELIGIBLE)])
    text = drawn(progress)
    assert "42 of 100 customers" in text
    assert "deleted 41 · ineligible 1" in text


def test_doubt_is_spelt_out_on_the_display_too(clock: Hand) -> None:
    assert "in_doubt (we may have deleted it) 1" in drawn(begun(clock, in_doubt=1))


def test_the_pace_stands_against_the_limit_and_leaves_the_token_service_out(clock: Hand) -> None:
    progress = begun(clock)
    for _ in range(18):
        progress.replied(reply())
    progress.replied(reply(200, Meaning.PRESENT, Kind.TOKEN))
    clock.seconds = 2
    assert "9.0 of 10 requests a second · 8 in flight" in drawn(progress)


def test_the_pace_is_that_of_the_last_seconds(clock: Hand) -> None:
    progress = begun(clock)
    for second in range(1, 31):
        clock.seconds = second
        if second > 20:
            progress.replied(reply())
        progress.figures()
    assert progress.figures()["pace"] == 1.0


def test_time_left_follows_from_what_this_run_has_done(clock: Hand) -> None:
    progress = begun(clock, customers=100, deleted=50)
    progress.recorded([settled(Verdict.DELETED)] * 10)
    clock.seconds = 60
    assert "4 min left" in drawn(progress)
    assert progress.figures()["seconds_left"] == 240


def test_time_left_is_not_made_up_before_there_is_a_pace(clock: Hand) -> None:
    progress = begun(clock)
    assert "time left not known yet" in drawn(progress)
    assert progress.figures()["seconds_left"] is None


def test_what_throttles_is_named_only_while_it_does(clock: Hand) -> None:
    parked = replace(PULSE, throttled_by="Retry-After, 12 s")
    assert "held back by Retry-After, 12 s" in drawn(begun(clock, pulse=parked))
    assert "held back" not in drawn(begun(clock))


def test_nothing_on_the_display_is_wider_than_the_terminal(clock: Hand) -> None:
    progress = begun(clock, customers=10**9, pulse=replace(PULSE, throttled_by="the API's 429"))
    progress.recorded(settled(verdict) for verdict in Verdict)
    assert max(map(len, drawn(progress).splitlines())) <= 80


def test_a_campaign_of_no_customers_can_be_drawn(clock: Hand) -> None:
    assert "0 of 0 customers" in drawn(begun(clock, customers=0))


def test_a_pipe_gets_lines_and_nothing_drawn(clock: Hand) -> None:
    pipe, lines = io.StringIO(), Lines()
    with watching(begun(clock, deleted=3), lines, Console(file=pipe, force_terminal=True), every=0.01):
        assert lines.came.wait(30)
    assert pipe.getvalue() == ""
    event, fields = lines.said[0]
    assert event == "progress"
    assert fields == {
        "done": 3,
        "customers": 100,
        "verdicts": {"deleted": 3},
        "pace": 0.0,
        "rate": 10,
        "in_flight": 8,
        "throttled_by": None,
        "rate_reason": None,
        "seconds_left": None,
    }


def test_a_short_run_writes_no_line(clock: Hand) -> None:
    lines = Lines()
    with watching(begun(clock), lines):
        pass
    assert lines.said == []


def test_a_terminal_gets_a_display_and_no_lines(clock: Hand) -> None:
    screen, lines = Terminal(), Lines()
    with watching(begun(clock, deleted=7), lines, Console(file=screen, width=80, force_terminal=True), every=0.001):
        pass
    assert "7 of 100 customers" in screen.getvalue()
    assert lines.said == []


def test_results_on_standard_output_never_run_into_the_display(clock: Hand, capsys: pytest.CaptureFixture[str]) -> None:
    screen = Terminal()
    with watching(begun(clock), Lines(), Console(file=screen, width=80, force_terminal=True)):
        sys.stdout.write("digest 4711\n")
    assert capsys.readouterr().out == "digest 4711\n"
    assert "4711" not in screen.getvalue()


def test_a_run_that_fails_leaves_no_thread_behind(clock: Hand) -> None:
    with pytest.raises(RuntimeError), watching(begun(clock), Lines()):
        raise RuntimeError
    assert [thread for thread in threading.enumerate() if thread.name == "progress"] == []


def test_the_console_is_on_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    terminal().print("shown")
    assert capsys.readouterr().err == "shown\n"
