"""The course of a campaign from its audit lines: worked time, requests by interval, and who did what."""

from tests.report.course import Course, at
from worker.report.history import BUCKETS, History


def told(course: Course) -> History:
    return History().follow(course.lines)


def test_the_night_between_two_runs_takes_no_room() -> None:
    course = Course()
    for begin in (0, 50_000):
        course.start(begin, rate=200)
        course.check(begin + 3.5)
        course.end(begin + 10)
    history = told(course)
    assert history.seconds == 20
    assert [place for place, sent in enumerate(history.requests) if sent] == [3, 13]
    assert [before for before, _ in history.stretches] == [0, 10]


def test_a_killed_run_ends_at_its_last_line() -> None:
    course = Course()
    course.start(0, rate=200)
    course.check(5)
    course.start(4000, rate=200)
    course.check(4002)
    course.end(4003)
    history = told(course)
    assert history.seconds == 8
    assert [(run.exit_code, run.ended_at) for run in history.runs] == [(None, None), (0, at(4003))]


def test_a_long_silence_within_a_run_is_worked_time() -> None:
    course = Course()
    course.start(0, rate=200)
    course.check(600)
    course.end(601)
    assert told(course).seconds == 601


def test_two_processes_at_once_share_one_stretch_and_end_by_themselves() -> None:
    course = Course()
    course.start(0, rate=200)
    course.start(2, rate=200, pid=8)
    course.check(5)
    course.end(6, 0)
    course.check(9)
    course.end(10, 75, "interrupted", pid=8)
    history = told(course)
    assert history.seconds == 10
    assert len(history.stretches) == 1
    assert [(run.exit_code, run.why) for run in history.runs] == [(0, None), (75, "interrupted")]


def test_gets_and_sent_deletes_are_requests_and_one_given_up_is_none() -> None:
    course = Course()
    course.start(0, rate=200)
    course.check(1, gets=3)
    course.attempt(1)
    course.attempt(1, sent=False)
    course.verdict(1)
    assert sum(told(course).requests) == 4


def test_the_intervals_grow_with_the_campaign_and_lose_no_request() -> None:
    course = Course()
    course.start(0, rate=200)
    for hour in range(30):
        course.check(hour * 3600.0)
    history = told(course)
    assert len(history.requests) <= BUCKETS
    assert sum(history.requests) == 90
    assert history.width * BUCKETS >= history.seconds


def test_at_a_low_rate_an_interval_holds_enough_to_tell_a_pace() -> None:
    course = Course()
    course.start(0, rate=4)
    assert told(course).width == 50


def test_a_moment_after_the_last_line_belongs_to_the_last_interval() -> None:
    course = Course()
    course.start(0, rate=200)
    course.check(3.5)
    history = told(course)
    assert (history.at(at(2)), history.at(at(900)), history.at(at(-50))) == (2, 3, 0)


def test_a_customer_number_cannot_pretend_to_be_a_count() -> None:
    course = Course()
    course.start(0, rate=200)
    course.check(1, '","gets":900,"kind":"campaign', gets=1)
    history = told(course)
    assert (sum(history.requests), len(history.runs)) == (1, 1)


def test_who_approved_and_who_steered_is_kept() -> None:
    course = Course()
    course.start(0, approval="d1")
    course.resume(1, "looked")
    history = told(course)
    assert (history.runs[0].user, history.runs[0].approval) == ("kari", "d1")
    assert [(one.action, one.user, one.because) for one in history.interventions] == [("resume", "ola", "looked")]


def test_of_very_many_runs_the_first_and_the_last_are_kept() -> None:
    course = Course()
    for hour in range(600):
        course.start(hour * 3600.0, command=f"run{hour}")
        course.end(hour * 3600.0 + 1)
    history = told(course)
    assert (history.runs[0].command, history.runs[-1].command) == ("run0", "run599")
    assert history.left_out == 600 - len(history.runs) == 100


def test_without_lines_there_is_no_course() -> None:
    history = told(Course())
    assert (history.requests, history.seconds, history.runs, history.at(at(0))) == ([], 0, [], 0)
